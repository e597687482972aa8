"""Forged letters, pieces and receipts: each refused with its reason, beside the true one, which is taken."""

from datetime import timedelta

import pytest

from pendopo.core import envelope, strict
from pendopo.core.keys import SigningKey
from tests.rooms.simaya.office import OFFICE, OTHER
from tests.rooms.simaya.road import NUMBER, THIRD

DATA = b"surat"
LATER = {"since": "2999-01-01T00:00:00.000Z", "long_ago": "2020-02-01T00:00:00.000Z"}
BEHALF = {"capacity": "an", "for": "Bupati"}


def later(moment: str, **delta) -> str:
    return strict.utc(strict.parse_utc(moment) + timedelta(**delta))


def letters():
    from pendopo.simaya.letters.models import Letter

    return Letter.objects.filter(agency__code=OTHER, side="in")


class Forger:
    """A true letter whose pieces have come, and what can be done to it."""

    def __init__(self, road):
        self.road = road
        self.doc, parts = road.written_by(OFFICE, to=OTHER, data=DATA)
        for part in parts:
            assert road.hand("letter-part/1", part) == ""
        self.body = envelope.open(self.doc).body

    def letter(self, by=None, /, **changes):
        return self.road.forge(self.doc, by or self.road.letter_key(OFFICE), **changes)

    def signer(self, **changes):
        return self.letter(signers=[self.body["signers"][0] | changes])

    def mandated(self, by=None, /, also=None, **changes):
        raw = self.body["signers"][0]["mandate"]
        mandate = self.road.forge(raw, by or self.road.letter_key(OFFICE), **changes)
        return self.signer(mandate=mandate.decode(), **(also or {}))

    def signed_twice(self):
        opened = envelope.open(self.doc)
        return envelope.seal(
            opened.type, opened.payload, [self.road.letter_key(OFFICE), self.road.letter_key(OTHER)]
        )

    def of(self, agency):
        """The signer with a true mandate by another agency."""
        raw = self.body["signers"][0]["mandate"]
        mandate = self.road.forge(raw, self.road.letter_key(agency), agency=agency)
        return {"signers": [self.body["signers"][0] | {"mandate": mandate.decode()}]}

    def after(self, **delta):
        return later(self.body["signed_at"], **delta)

    def delegated(self, **changes):
        given = {"position": "Bupati", "capacity": "an", "kinds": ["surat-dinas"]} | changes
        return self.mandated(signs_for=[given], also=BEHALF)


LETTERS = [
    ("letterproof.letter_signature", lambda f: f.letter(f.road.letter_key(OTHER))),
    ("letterproof.letter_signature", lambda f: f.letter(f.road.key(f"agency:{OFFICE}", "exchange"))),
    ("letterproof.letter_signature", lambda f: f.letter(SigningKey.generate(f"agency:{OFFICE}", "letter"))),
    ("letterproof.letter_signature", lambda f: f.signed_twice()),
    ("letterproof.letter_signature", lambda f: f.letter(**{"from": THIRD})),
    ("letterproof.member", lambda f: f.letter(to="ID/GOV/LAIN")),
    ("letters.not_theirs", lambda f: f.letter(to=THIRD)),
    ("letters.not_theirs", lambda f: f.letter(f.road.letter_key(THIRD), **{"from": THIRD}, **f.of(THIRD))),
    ("letterproof.mandate_agency", lambda f: f.mandated(f.road.letter_key(OTHER), agency=OTHER)),
    ("letterproof.mandate_signature", lambda f: f.mandated(f.road.letter_key(OTHER))),
    ("letterproof.mandate_signature", lambda f: f.mandated(f.road.key(f"agency:{OFFICE}", "exchange"))),
    ("letterproof.mandate_person", lambda f: f.signer(name="Orang Lain")),
    ("letterproof.mandate_person", lambda f: f.signer(number="1")),
    ("letterproof.mandate_position", lambda f: f.signer(position="Bupati")),
    ("letterproof.mandate_certificate", lambda f: f.signer(certificate="0" * 64)),
    ("letterproof.mandate_dates", lambda f: f.mandated(until=LATER["long_ago"])),
    ("letterproof.mandate_dates", lambda f: f.mandated(**{"from": LATER["since"]})),
    ("letterproof.mandate_dates", lambda f: f.mandated(at=f.after(minutes=5))),
    ("letterproof.capacity", lambda f: f.signer(capacity="plh")),
    ("letterproof.delegation", lambda f: f.signer(**BEHALF)),
    ("letterproof.delegation", lambda f: f.delegated(position="Sekretaris Daerah")),
    ("letterproof.delegation", lambda f: f.delegated(capacity="ub")),
    ("letterproof.delegation", lambda f: f.delegated(kinds=["nota-dinas"])),
    ("letters.time", lambda f: f.letter(signed_at=f.after(days=1))),
    ("letters.part_missing", lambda f: f.letter(file=f.body["file"] | {"sha": "0" * 64})),
    ("letters.file_differs", lambda f: f.letter(file=f.body["file"] | {"size": 4})),
    ("letters.choice", lambda f: f.letter(kind="surat-palsu")),
    ("letters.choice", lambda f: f.letter(urgency="kemarin")),
    ("kinds.profile_unknown", lambda f: f.letter(profile="palsu-2026")),
    ("letters.long", lambda f: f.letter(subject="a" * 401)),
    ("letters.long", lambda f: f.letter(number="1" * 201)),
    ("letterproof.letter_form", lambda f: f.letter(role="cc")),
    ("letterproof.letter_form", lambda f: f.letter(v=2)),
]


@pytest.mark.parametrize(("code", "forged"), LETTERS)
def test_a_forged_letter_is_refused_and_the_true_one_is_taken(road, code, forged):
    forger = Forger(road)
    assert road.hand("letter/1", forged(forger)) == code
    assert not letters().exists()
    assert road.hand("letter/1", forger.doc) == ""
    assert letters().get().number == NUMBER


def test_a_delegation_that_covers_it_is_taken(road):
    forger = Forger(road)
    assert road.hand("letter/1", forger.delegated()) == ""
    assert letters().get().signer_name.endswith(", Kepala Dinas a.n. Bupati")


def test_the_same_letter_again_is_nothing_and_another_under_its_id_is_refused(road):
    forger = Forger(road)
    assert road.hand("letter/1", forger.doc) == ""
    got = letters().get()
    assert road.hand("letter/1", forger.doc) == ""
    assert road.hand("letter/1", forger.letter(subject="Undangan lain")) == "letters.replayed"
    assert road.hand("letter/1", forger.letter(role="copy")) == "letters.replayed"
    assert letters().get().subject == got.subject


def test_an_id_is_its_senders_own(road):
    """An agency that got a copy cannot keep the letter from another receiver by using its id there first."""
    doc, (part,) = road.written_by(OFFICE, to=OTHER)
    body = envelope.open(doc).body
    spent, (theirs,) = road.written_by(THIRD, to=OTHER, id=body["id"], data=b"pengganjal")
    (theirs,) = [road.forge(theirs, road.letter_key(THIRD), letter=body["id"])]
    assert road.hand("letter-part/1", theirs, sender=THIRD) == ""
    assert road.hand("letter/1", spent, sender=THIRD) == ""
    assert road.hand("letter-part/1", part) == ""
    assert road.hand("letter/1", doc) == ""
    assert sorted(letters().values_list("peer", flat=True)) == sorted([OFFICE, THIRD])


def test_a_letter_brought_by_another_agency_is_refused(road):
    forger = Forger(road)
    assert road.hand("letter/1", forger.doc, sender=THIRD) == "letters.not_theirs"
    assert road.hand("letter/1", forger.doc) == ""


def test_a_revoked_key_speaks_no_more(road):
    forger = Forger(road)
    _doc, (part,) = road.written_by(THIRD, to=OTHER)
    road.revoke(road.letter_key(OFFICE))
    assert road.hand("letter/1", forger.doc) == "key.revoked"
    assert road.hand("letter-part/1", part, sender=THIRD) == ""
    mine = road.forge(part, road.letter_key(OFFICE))
    assert road.hand("letter-part/1", mine) == "key.revoked"
    assert not letters().exists()


PARTS = [
    ("key.not_signed", lambda road, part: road.forge(part, road.letter_key(OTHER))),
    ("key.use", lambda road, part: road.forge(part, road.key(f"agency:{OFFICE}", "exchange"))),
    ("letters.not_theirs", lambda road, part: road.forge(part, road.letter_key(OFFICE), to=THIRD)),
    ("letter.form", lambda road, part: road.forge(part, road.letter_key(OFFICE), n=2)),
    ("letter.form", lambda road, part: road.forge(part, road.letter_key(OFFICE), size=4)),
    ("letter.form", lambda road, part: road.forge(part, road.letter_key(OFFICE), data="c3VyYXR1")),
]


@pytest.mark.parametrize(("code", "forged"), PARTS)
def test_a_forged_piece_is_refused_and_the_true_one_completes_the_letter(road, code, forged):
    doc, (part,) = road.written_by(OFFICE, to=OTHER)
    assert road.hand("letter-part/1", forged(road, part)) == code
    assert road.hand("letter/1", doc) == "letters.part_missing"
    assert road.hand("letter-part/1", part) == ""
    assert letters().get().number == NUMBER
    assert road.hand("letter-part/1", part) == ""  # late, and for nothing


class Answerer:
    """Two letters on their way to one agency, and that agency's true receipt of the first."""

    def __init__(self, road):
        self.road = road
        self.first, self.second = road.sign(), road.sign()
        road.flush()
        road.take()
        self.doc = self.of(self.first)
        self.body = envelope.open(self.doc).body
        self.key = road.letter_key(OTHER)

    def of(self, letter):
        from pendopo.simaya.routing.job import _body
        from pendopo.simaya.routing.models import Receipt

        row = Receipt.objects.get(letter__uid=letter.uid, agency__code=OTHER)
        body = {"v": 1} | _body(row)
        return envelope.seal("letter-receipt/1", strict.dumps(body), [self.road.letter_key(OTHER)])

    def after(self, **delta):
        return later(self.body["at"], **delta)

    def forge(self, by=None, /, **changes):
        return self.road.forge(self.doc, by or self.key, **changes)


RECEIPTS = [
    ("letterproof.receipt_signature", lambda a: a.forge(a.road.letter_key(OFFICE))),
    ("letterproof.receipt_signature", lambda a: a.forge(a.road.letter_key(THIRD))),
    ("letterproof.receipt_signature", lambda a: a.forge(a.road.key(f"agency:{OTHER}", "exchange"))),
    ("letterproof.receipt_signature", lambda a: a.forge(SigningKey.generate(f"agency:{OTHER}", "letter"))),
    ("letterproof.receipt_form", lambda a: a.forge(event="lost")),
    ("letterproof.receipt_form", lambda a: a.forge(event="rejected")),
    ("letters.not_theirs", lambda a: a.forge(to=THIRD)),
    ("letters.not_theirs", lambda a: a.forge(a.road.letter_key(THIRD), **{"from": THIRD})),
    ("letters.receipt_unknown", lambda a: a.forge(letter=str(a.second.uid))),
    ("letters.receipt_unknown", lambda a: a.forge(of=a.second.deliveries.get().sha)),
    ("letters.receipt_unknown", lambda a: a.forge(of="0" * 64)),
    ("letters.time", lambda a: a.forge(at=a.after(hours=-1))),
    ("letters.time", lambda a: a.forge(at=a.after(hours=1))),
    ("letters.long", lambda a: a.forge(event="registered", agenda="9" * 201)),
]


@pytest.mark.parametrize(("code", "forged"), RECEIPTS)
def test_a_forged_receipt_changes_nothing_and_the_true_one_does(road, code, forged):
    answerer = Answerer(road)
    assert road.hand("letter-receipt/1", forged(answerer), OTHER, OFFICE) == code
    states = [letter.deliveries.get().state for letter in (answerer.first, answerer.second)]
    assert states == ["sent", "sent"]
    assert road.hand("letter-receipt/1", answerer.doc, OTHER, OFFICE) == ""
    states = [letter.deliveries.get().state for letter in (answerer.first, answerer.second)]
    assert states == ["received", "sent"]


def test_a_receipt_by_an_agency_that_never_got_it_is_refused(road):
    answerer = Answerer(road)
    theirs = answerer.forge(road.letter_key(THIRD), **{"from": THIRD})
    assert road.hand("letter-receipt/1", theirs, THIRD, OFFICE) == "letters.receipt_unknown"
    assert road.hand("letter-receipt/1", answerer.doc, OTHER, OFFICE) == ""


def test_one_receipt_an_event_the_first_counts(road):
    answerer = Answerer(road)
    assert road.hand("letter-receipt/1", answerer.doc, OTHER, OFFICE) == ""
    assert road.hand("letter-receipt/1", answerer.doc, OTHER, OFFICE) == ""
    other = answerer.forge(agenda="9")
    assert road.hand("letter-receipt/1", other, OTHER, OFFICE) == "letters.replayed"
    row = answerer.first.deliveries.get()
    assert (row.agenda, answerer.first.receipts.count()) == ("", 1)
