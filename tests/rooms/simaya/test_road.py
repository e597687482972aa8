"""A letter from one agency to another and its receipts back: once, in whatever order things arrive."""

import os
import random
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from pendopo.core import envelope, letterproof, strict
from pendopo.core.letter import PART_SIZE
from tests.rooms.simaya.office import OFFICE, OTHER, fault
from tests.rooms.simaya.road import NAMES, NUMBER, THIRD
from tests.rules.simaya import signatures


def arrived():
    from pendopo.simaya.letters.models import Letter

    return Letter.objects.get(agency__code=OTHER, side="in")


def receive(road, letter, event, post="Kepala Dinas", **told):
    """What the receiver's desk does with its letter in, as far as receipts go."""
    from pendopo.simaya.routing import actions

    desk = road.receiver
    by = desk.holders[post] if post else None
    return actions.receipt(letter, event, by=by, actor=desk.actor(post or "registrar"), **told)


def test_a_letter_arrives_is_checked_and_its_receipt_comes_back(road):
    from pendopo.simaya.routing.models import Part, Receipt

    letter = road.sign(road.real)
    assert letter.deliveries.get().state == "queued"
    road.carry()
    got = arrived()
    assert (got.state, got.origin, str(got.uid), got.number) == ("received", "wire", str(letter.uid), NUMBER)
    assert (got.peer, got.peer_name, got.subject) == (OFFICE, signatures.AGENCY, "Undangan rapat")
    assert got.signer_name == f"{signatures.NAME}, Kepala Dinas"
    assert (got.checked, got.is_copy, got.pages) == ("sound", False, 1)
    assert got.file.file_id == letter.file.file_id
    assert got.due > got.received_at
    sent = letter.deliveries.get()
    assert (sent.state, sorted(sent.times)) == ("received", ["queued", "received", "sent"])
    assert (sent.exchange_id, sent.sha) == (got.exchange_id, envelope.sha(got.doc.encode()))
    assert not Part.objects.exists()
    ours, theirs = Receipt.objects.get(letter=letter), Receipt.objects.get(letter=got)
    assert ours.doc == theirs.doc != ""


def test_every_order_and_every_repetition_end_the_same(road):
    """Ten letters of up to three pieces, shuffled, all taken twice; receipts shuffled as well."""
    from pendopo.simaya.letters.models import Letter
    from pendopo.simaya.routing import job
    from pendopo.simaya.routing.models import Delivery, Part, Receipt

    dice = random.Random(20261125)
    files = [os.urandom(size) for size in (900, PART_SIZE, PART_SIZE + 1, 2 * PART_SIZE + 7)]
    sent = {str(road.sign(dice.choice(files)).uid) for _ in range(10)}
    road.flush()
    dice.shuffle(road.gateway.spool)
    road.take()
    got = Letter.objects.filter(side="in")
    assert sorted(str(row.uid) for row in got) == sorted(sent)
    assert all(row.file.file.size in map(len, files) for row in got)
    assert not Part.objects.exists()
    for row in got:
        receive(road, row, "registered", agenda=f"{row.pk}"[:8])
        receive(road, row, "read")
        receive(road, row, "read")
    job.run()
    job.run()
    road.flush()
    assert len(road.gateway.spool) == 30
    dice.shuffle(road.gateway.spool)
    road.take()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"read"}
    assert Receipt.objects.filter(agency__code=OFFICE).count() == 30
    assert {len(row.times) for row in Delivery.objects.all()} == {5}


def test_a_letter_before_its_file_waits_for_the_last_piece(road):
    from pendopo.ground.delivery.models import Inbox
    from pendopo.simaya.letters.models import Letter

    road.sign(os.urandom(2 * PART_SIZE))
    *parts, letter = road.flush()[:]
    assert [part["type"] for part in parts] == ["letter-part/1"] * 2
    road.take([letter, parts[1]])
    assert not Letter.objects.filter(side="in").exists()
    assert Inbox.objects.get(type="letter/1").fault == "letters.part_missing"
    road.take([parts[0]])
    assert arrived().state == "received"
    assert Inbox.objects.get(type="letter/1").state == "done"


def test_receipts_only_raise_and_may_come_before_our_outbox_knows(road):
    from pendopo.ground.delivery.models import Outbox
    from pendopo.simaya.routing import job
    from pendopo.simaya.routing.wire import sent

    letter = road.sign()
    road.flush()
    message = Outbox.objects.get(type="letter/1")
    letter.deliveries.update(state="queued")  # as if the worker had died before it noted that
    road.take()
    job.run()
    road.flush()
    road.take()
    assert letter.deliveries.get().state == "received"
    sent(message)
    assert letter.deliveries.get().state == "received"
    receive(road, arrived(), "rejected", reason="Salah alamat")
    road_home(road)
    row = letter.deliveries.get()
    assert (row.state, row.reason) == ("rejected", "Salah alamat")
    receive(road, arrived(), "registered", agenda="9")
    road_home(road)
    assert letter.deliveries.get().state == "rejected"


def road_home(road):
    from pendopo.simaya.routing import job

    job.run()
    road.flush()
    road.take()


def test_registrars_hear_of_a_letter_until_one_has_taken_it_up(road):
    from pendopo.ground.delivery.models import NoticeSend

    road.sign()
    road.carry()
    told = NoticeSend.objects.filter(account=road.receiver.accounts["registrar"], seen_at=None)
    assert told.get().notice.url == f"/surat/masuk/{arrived().pk}/"
    assert not NoticeSend.objects.filter(account=road.receiver.accounts["Analis"]).exists()
    receive(road, arrived(), "read")
    assert told.exists()
    receive(road, arrived(), "registered", agenda="114")
    assert not told.exists()


def test_a_rejection_is_told_to_the_author(road):
    from pendopo.ground.delivery.models import NoticeSend

    road.sign()
    road.carry()
    author = NoticeSend.objects.filter(account=road.sender.accounts["Analis"])
    assert not author.exists()
    receive(road, arrived(), "rejected", reason="Salah alamat")
    road_home(road)
    assert author.get().notice.params == {"agency": NAMES[OTHER], "number": NUMBER}


def test_an_agency_named_twice_gets_one_letter_and_its_posts_and_paper_none(road):
    from pendopo.simaya.letters.drafting import Addressee
    from pendopo.simaya.letters.models import Letter

    post = str(road.sender.posts["Sekretaris"].pk)
    lines = (
        Addressee(line="Arsip", role="copy", agency=OTHER),
        Addressee(line="Kepala Bappeda", agency=OTHER),
        Addressee(line="Sekretaris", post=post),
        Addressee(line="Camat Ende"),
        Addressee(line="Kepala PUPR", role="copy", agency=THIRD),
    )
    letter = road.sign(addressees=lines)
    assert list(letter.deliveries.order_by("to_agency").values_list("to_agency", "role")) == [
        (OTHER, "to"),
        (THIRD, "copy"),
    ]
    road.flush()
    road.take()
    assert Letter.objects.get(side="in").is_copy is False
    assert letter.recipients.count() == 5


def test_an_addressee_the_registry_does_not_know_stops_it_before_anything_is_signed(road):
    from pendopo.simaya.routing.models import Delivery
    from pendopo.simaya.routing.seal import members

    assert members({OTHER, THIRD, "ID/GOV/LAIN"}) == {"ID/GOV/LAIN"}
    road.gateway.down = True  # nobody asks it
    with fault("letters.not_member"):
        road.sign(to=((OTHER, "to"), ("ID/GOV/LAIN", "copy")))
    with fault("gateway.down"):
        road.sign(to=((OTHER, "to"),))
    assert not Delivery.objects.exists()


def test_a_secret_subject_is_nowhere_but_in_its_own_place(road):
    from pendopo.ground.audit.models import Line
    from pendopo.ground.delivery.models import Notice
    from pendopo.simaya.letters.models import Secret

    word = "Mutasi zamrud"
    for desk in (road.sender, road.receiver):
        desk.hire("cleared", roles=("cleared", "registrar"))
    account = road.sender.accounts["Analis"]
    from pendopo.ground.accounts.models import RoleGrant

    RoleGrant.objects.create(
        account=account, agency=road.sender.agency, room="simaya", role="cleared", valid=("2020-01-01", None)
    )
    road.sign(subject=word, security="R")
    road.carry()
    got = arrived()
    assert (got.subject, Secret.objects.get(letter=got).subject) == ("", word)
    told = Notice.objects.get(kind="simaya.received")
    assert word not in f"{told.text} {told.params}"
    assert told.params["number"] == NUMBER
    assert not [line for line in Line.objects.all() if word in str(line.detail)]
    road.sign(subject="Undangan terbuka", security="B")
    road.carry()
    assert "Undangan terbuka" in str(Notice.objects.filter(kind="simaya.received").last().params)


def test_a_letter_signed_for_the_head_says_so_and_its_mandate_allows_it(road):
    from pendopo.simaya.offices.actions import delegate
    from tests.rooms.simaya.office import SINCE

    head, secretary = (road.sender.posts[post] for post in ("Kepala Dinas", "Sekretaris"))
    behalf = {"signer": str(secretary.pk), "on_behalf": (str(head.pk),), "acting": "Sekretaris"}
    road.sign(**behalf)
    road.flush()
    road.take()
    from pendopo.ground.delivery.models import Inbox
    from pendopo.simaya.letters.models import Letter

    assert Inbox.objects.get(type="letter/1").fault == "letterproof.delegation"
    admin = road.sender.actor("administrator")
    delegate(head, secretary, "an", ["surat-dinas"], "SK 3/2026", start=SINCE, end=None, actor=admin)
    road.sign(**behalf)
    road.flush()
    road.take()
    assert Letter.objects.get(side="in").signer_name == f"{signatures.NAME}, Sekretaris a.n. Kepala Dinas"


def test_an_answer_finds_its_question(road):
    from pendopo.ground.delivery.models import Outbox
    from pendopo.simaya.letters.models import Letter

    question = road.sign()
    road.carry()
    body = strict.loads(envelope.open(arrived().doc).payload)
    asked = {"id": str(question.uid), "number": NUMBER}
    answer = road.sign()
    own = Outbox.objects.filter(type="letter/1").last()
    assert envelope.open(bytes(own.doc)).body["reply_to"] is None
    assert body["reply_to"] is None
    # The other way round: what the second desk was asked, it answers with a letter of its own.
    in_reply = road.sign(reply_to=Letter.objects.get(side="in"))
    sealed = envelope.open(in_reply.deliveries.get().doc).body
    assert sealed["reply_to"] == asked
    assert answer.pk != in_reply.pk


def test_an_answer_is_tied_to_our_letter_only_when_we_sent_it_to_whoever_answers(road):
    from pendopo.simaya.letters.models import Letter

    question = road.sign(to=((OTHER, "to"),))
    road.carry()
    other = road.sign(to=((THIRD, "to"),))
    for asked, linked in ((question, question), (other, None)):
        doc, parts = road.written_by(OTHER, to=OFFICE, reply_to={"id": str(asked.uid), "number": NUMBER})
        for part in parts:
            assert road.hand("letter-part/1", part, OTHER, OFFICE) == ""
        assert road.hand("letter/1", doc, OTHER, OFFICE) == ""
        got = Letter.objects.get(agency__code=OFFICE, side="in", doc=doc.decode())
        assert got.reply_to == linked


def test_given_up_and_sent_again_by_the_registrar(road):
    from pendopo.ground.accounts.rights import Refused
    from pendopo.ground.delivery.models import NoticeSend, Outbox
    from pendopo.simaya.routing import actions

    letter = road.sign(os.urandom(PART_SIZE + 1))
    road.gateway.fault = "delivery.type"  # their program is older
    road.flush()
    row = letter.deliveries.get()
    assert (row.state, row.fault) == ("failed", "delivery.type")
    told = NoticeSend.objects.filter(account=road.sender.accounts["registrar"], seen_at=None)
    assert told.get().notice.url == f"/surat/keluar/{letter.pk}/"
    road.gateway.fault = ""
    with pytest.raises(Refused):
        actions.again(row, actor=road.sender.actor("Analis"))
    with pytest.raises(Refused):
        actions.again(row, actor=road.receiver.actor("registrar"))
    assert not Outbox.objects.filter(state="queued").exists()
    actions.again(row, actor=road.sender.actor("registrar"))
    assert letter.deliveries.get().state == "queued"
    assert not told.exists()
    with fault("simaya.state"):
        actions.again(row, actor=road.sender.actor("registrar"))
    road.carry()
    assert (letter.deliveries.get().state, letter.deliveries.get().fault) == ("received", "")
    assert arrived().number == NUMBER


def test_receipts_wait_for_a_gateway_and_no_agency_for_another(road):
    from pendopo.ground.nodes.models import Key
    from pendopo.simaya.routing import job
    from pendopo.simaya.routing.models import Receipt

    road.sign()
    doc, parts = road.written_by(OTHER, to=OFFICE)
    for part in parts:
        road.hand("letter-part/1", part, OTHER, OFFICE)
    road.hand("letter/1", doc, OTHER, OFFICE)
    road.flush()
    road.take()
    waiting = Receipt.objects.filter(doc="")
    road.gateway.down = True
    with fault("gateway.down"):
        job.run()
    assert waiting.count() == 2
    road.gateway.down = False
    own = Key.objects.filter(owner=f"agency:{OFFICE}")
    own.update(use="agreement")
    with fault("nodes.key_none"):
        job.run()
    assert [row.agency.code for row in waiting.all()] == [OFFICE]
    own.update(use="letter")
    job.run()
    assert not waiting.exists()


def test_a_receipt_once_an_event_and_none_for_paper(road):
    from pendopo.ground.audit.models import Line
    from pendopo.simaya.letters.models import Letter
    from pendopo.simaya.routing.models import Receipt

    road.sign()
    road.carry()
    got = arrived()
    first = receive(road, got, "registered", "Arsiparis", agenda="114")
    assert receive(road, got, "registered", "Arsiparis", agenda="115") == first
    assert first.by == {"position": "Arsiparis", "capacity": "definitive"}
    assert Line.objects.filter(act="simaya.receipt.make", detail__event="registered").count() == 1
    paper = Letter.objects.create(agency=got.agency, side="in", origin="scan", state="received", kind="x")
    assert receive(road, paper, "registered") is None
    assert Receipt.objects.filter(letter=got).count() == 2


FILES = [
    ("sound", lambda road, *of: road.real(*of)),
    ("letterproof.letter_json_missing", lambda road, *of: signatures.letter()),
    ("letterproof.letter_json", lambda road, *of: road.real(*of, subject="Undangan lain")),
    ("letterproof.letter_json", lambda road, *of: road.real(*of, number="8")),
    ("letterproof.letter_json", lambda road, *of: road.real(*of, recipients=("Camat Ende",))),
    ("pades.appended", lambda road, *of: road.real(*of) + b"\n"),
    ("pades.unsigned", lambda road, *of: signatures.page()),
    ("pades.unreadable", lambda road, *of: b"bukan PDF"),
    ("pades.signature", lambda road, *of: signatures.Instance.make().sign()),
]


@pytest.mark.parametrize(("found", "pdf"), FILES)
def test_a_file_that_does_not_hold_arrives_and_is_marked(road, found, pdf):
    road.sign(partial(pdf, road))
    road.carry()
    assert (arrived().checked, arrived().state) == (found, "received")


def test_a_signer_revoked_before_is_marked_though_the_lists_inside_are_older(road):
    from pendopo.simaya.signing.models import Authority
    from tests.rules.simaya import sent

    made, person = signatures.instance(), signatures.instance().person.certificate
    for checked, revoked_at in (
        ("pades.revoked", made.now - timedelta(seconds=1)),
        ("sound", made.now + timedelta(days=1)),
    ):
        raw = sent.crl([(person, revoked_at)], made.now + timedelta(days=2))
        values = {"authority": "", "crl": b"", "root_crl": b"", "number": 1, "doc": raw}
        Authority.objects.update_or_create(id=1, defaults=values)
        letter = road.sign(road.real)
        road.carry()
        got = type(letter).objects.get(side="in", uid=letter.uid)
        assert got.checked == checked


def test_a_sound_file_of_somebody_else_is_marked(road):
    """The PDF is true, but letter/1 names another certificate, another name, another time."""
    from pendopo.core.letter import Letter
    from pendopo.ground.files import store
    from pendopo.simaya.routing.job import verdict

    road.sign(road.real)
    road.carry()
    letter, pdf = Letter.parse(arrived().doc), store.read(arrived().file)

    def of(letter, agency=NAMES[OFFICE]):
        return verdict(pdf, letter, agency, None)

    stranger = replace(letter.signers[0], certificate="0" * 64)
    assert of(letter) == "sound"
    assert of(replace(letter, signers=(stranger,))) == "letterproof.certificate"
    assert of(letter, NAMES[OTHER]) == "letterproof.certificate_subject"
    late = replace(letter, signed_at=letter.signed_at + timedelta(minutes=6))
    assert of(late) == "letterproof.seal_time"


def test_what_a_sender_may_leave_half_done_is_limited(road, monkeypatch):
    from pendopo.simaya.routing import job, wire
    from pendopo.simaya.routing.models import Part

    monkeypatch.setattr(wire, "OPEN", 2)
    monkeypatch.setattr(wire, "LIMIT", 3 * PART_SIZE)
    letters = [road.written_by(OFFICE, to=OTHER, data=os.urandom(2 * PART_SIZE)) for _ in range(3)]
    for _doc, parts in letters[:2]:
        assert road.hand("letter-part/1", parts[0]) == ""
    assert road.hand("letter-part/1", letters[2][1][0]) == "letters.too_many"
    assert road.hand("letter-part/1", letters[0][1][1]) == ""
    big, small = (road.written_by(OFFICE, to=OTHER, data=os.urandom(n)) for n in (3 * PART_SIZE + 1, 5))
    Part.objects.all().delete()
    assert road.hand("letter-part/1", big[1][0]) == "letters.too_large"
    assert road.hand("letter-part/1", small[1][0]) == ""
    Part.objects.update(at=Part.objects.get().at - timedelta(days=29))
    job.run()
    assert Part.objects.count() == 1
    Part.objects.update(at=Part.objects.get().at - timedelta(days=2))
    job.run()
    assert not Part.objects.exists()


def test_the_journey_is_read_from_both_ends(road):
    from pendopo.simaya.routing.reads import journey

    letter = road.sign()
    road.carry()
    receive(road, arrived(), "registered", "Arsiparis", agenda="114")
    road_home(road)
    out = journey(letter)
    assert [(one.event, one.who, one.note) for one in out] == [
        ("signed", signatures.NAME, ""),
        ("sent", NAMES[OTHER], ""),
        ("received", NAMES[OTHER], ""),
        ("registered", NAMES[OTHER], "114"),
    ]
    got = journey(arrived())
    assert [(one.event, one.who, one.note) for one in got] == [
        ("signed", f"{signatures.NAME}, Kepala Dinas", ""),
        ("received", "", ""),
        ("registered", "Arsiparis", "114"),
    ]


def test_the_proof_of_either_end_holds_offline(road):
    from pendopo.ground.accounts.rights import Refused
    from pendopo.simaya.routing.reads import proof
    from pendopo.simaya.signing.models import Authority
    from pendopo.simaya.signing.pades import pades

    letter = road.sign(road.real)
    road.carry()
    receive(road, arrived(), "registered", "Arsiparis", agenda="114")
    road_home(road)
    anchor = road.home.anchor.read_bytes()
    row, got = letter.deliveries.get(), arrived()
    for raw in (
        proof(letter, row, actor=road.sender.actor("registrar")),
        proof(got, None, actor=road.receiver.actor("registrar")),
    ):
        file = strict.loads(raw)
        assert [strict.loads(one.encode()) for one in file["exchanges"]] == [{"exchange": got.exchange_id}]
        report = letterproof.verify(strict.dumps(file | {"exchanges": []}), anchor, pades)
        assert report.letter.number == NUMBER
        assert [one.event for one in report.receipts] == ["received", "registered"]
        assert report.receipts[1].agenda == "114"
    assert file["crl"] is None
    Authority.objects.create(authority="", crl=b"", root_crl=b"", number=1, doc=b"daftar")
    raw = proof(letter, row, actor=road.sender.actor("registrar"))
    assert strict.loads(raw)["crl"] == "daftar"
    with pytest.raises(Refused):
        proof(letter, row, actor=road.receiver.actor("registrar"))
    with fault("simaya.party"):  # a post without access to this letter
        proof(letter, row, actor=road.sender.actor("Arsiparis"))
    road.gateway.down = True
    with fault("gateway.down"):
        proof(letter, row, actor=road.sender.actor("registrar"))
