"""Signing a letter: who may, with what number, and what stays when it fails or dies half-way."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.rooms.simaya.office import OTHER, fault, tomorrow
from tests.rooms.simaya.trust import PASSPHRASE


def address(token: str) -> str:
    return f"http://kominfo.localhost:8000/s/{token}/"


@pytest.fixture
def office(trusted):
    """The first agency's desk, its head able to sign; letters of it wait for the head's signature."""
    from pendopo.simaya.offices import actions

    desk = trusted.desk
    trusted.ready()
    for post, code in (("Kepala Dinas", "107"), ("Sekretaris", "107.1")):
        actions.name_post(desk.posts[post], code, actor=desk.actor("administrator"))
    return desk


def key(desk, name: str = "Kepala Dinas"):
    from pendopo.simaya.signing import actions

    return actions.unlock(actions.own(desk.actor(name)), PASSPHRASE)


def waiting(desk, **more):
    """A letter that waits for its signature."""
    from pendopo.simaya.letters import actions

    letter = desk.start(initials=(), **more)
    return actions.submit(letter, letter.v, actor=desk.actor("Analis"))


def signed(desk, letter, by: str = "Kepala Dinas", with_key=None):
    from pendopo.simaya.letters.signing import sign

    letter.refresh_from_db()
    return sign(letter, letter.v, with_key or key(desk, by), address, actor=desk.actor(by))


def test_a_signed_letter_has_number_file_and_deliveries(office):
    from pendopo.core.errors import Broken
    from pendopo.ground.files import store
    from pendopo.simaya.paper import pdfa
    from pendopo.simaya.signing import reads
    from pendopo.simaya.signing.check import check

    letter = signed(office, waiting(office))
    assert (letter.state, letter.number) == ("signed", f"000.1.2.3/1/107/{letter.day.year}")
    assert letter.numbers.get().state == "used"
    pdf = store.read(letter.file)
    seen = check(pdf, reads.trust().root)
    assert not isinstance(seen, Broken) and seen.name == office.accounts["Kepala Dinas"].person.name
    assert pdfa.faults(pdf) == [] and letter.pages == pdfa.pages(pdf) == 1
    (delivery,) = letter.deliveries.all()
    assert (delivery.to_agency, delivery.state) == (OTHER, "queued")
    assert signed(office, waiting(office)).number == f"000.1.2.3/2/107/{letter.day.year}"


def test_only_the_signer_with_a_key_of_her_own_and_the_version_she_saw(office, trusted):
    from pendopo.simaya.letters.signing import sign

    letter = waiting(office)
    head, secretary = office.actor("Kepala Dinas"), office.actor("Sekretaris")
    own = key(office)
    with fault("simaya.party"):
        sign(letter, letter.v, own, address, actor=secretary)
    with fault("simaya.guard_version"):
        sign(letter, letter.v - 1, own, address, actor=head)
    trusted.number("Sekretaris", "197503021999032001")
    trusted.make("Sekretaris")
    trusted.post()
    with fault("simaya.guard_key"):
        sign(letter, letter.v, key(office, "Sekretaris"), address, actor=head)
    assert not letter.numbers.exists(), "a number was spent on a refusal"
    assert sign(letter, letter.v, own, address, actor=head).state == "signed"


def test_a_failed_signature_keeps_the_number_for_the_next_attempt(office, monkeypatch):
    from pendopo.core.errors import Fault
    from pendopo.simaya.signing import sign as module

    letter = waiting(office)

    def broken(*_args, **_more):
        raise Fault("signing.failed", why="uji")

    with monkeypatch.context() as patched:
        patched.setattr(module, "sign", broken)
        with fault("signing.failed"):
            signed(office, letter)
    letter.refresh_from_db()
    (number,) = letter.numbers.all()
    assert (letter.state, number.state, letter.file) == ("approval", "reserved", None)
    other = signed(office, waiting(office))
    again = signed(office, letter)
    assert again.number == number.text and again.numbers.get() == number
    assert other.number != again.number


def test_a_letter_left_behind_by_a_dead_process_is_signed_by_the_next(office):
    from django.utils import timezone

    from pendopo.simaya.letters import signing
    from pendopo.simaya.letters.models import Letter

    letter = waiting(office)
    dead = signing._begin(letter, letter.v, key(office), office.actor("Kepala Dinas"))
    with fault("simaya.state"):
        signed(office, letter)
    assert signing.abandoned() == 0, "it was begun a moment ago"
    past = timezone.now() - timedelta(minutes=2)
    Letter.objects.filter(pk=letter.pk).update(attempt_at=past)
    assert signing.abandoned() == 1
    again = signed(office, letter)
    assert (again.number, again.state) == (dead.number.text, "signed")
    made = signing._Made(again.file, 1, again.template, again.signed_at, "x", [])
    with fault("simaya.state"):  # the one that was thought dead comes back
        signing._finish(dead, made, office.actor("Kepala Dinas"))
    again.refresh_from_db()
    assert again.deliveries.count() == 1 and again.attempt != dead.id


def test_on_behalf_with_a_mandate_and_as_acting_holder(office, trusted):
    from pendopo.core.letter import Letter as Sent
    from pendopo.simaya.offices import actions

    head, secretary = office.posts["Kepala Dinas"], office.posts["Sekretaris"]
    trusted.number("Sekretaris", "197503021999032001")
    trusted.make("Sekretaris")
    trusted.post()
    given = {"signer": str(secretary.pk), "on_behalf": (str(head.pk),)}
    with fault("kinds.delegation"):
        waiting(office, **given)
    actions.delegate(
        head, secretary, "an", ["surat-dinas"], "SK 12", start=tomorrow() - timedelta(days=9), end=None,
        actor=office.actor("administrator"),
    )  # fmt: skip
    letter = signed(office, waiting(office, **given), "Sekretaris")
    assert letter.signer_name.endswith(", Sekretaris a.n. Kepala Dinas")
    (said,) = Sent.parse(letter.deliveries.get().doc).signers
    assert (said.capacity, said.on_behalf, said.position) == ("an", "Kepala Dinas", "Sekretaris")


def test_a_letter_to_posts_of_ones_own_lies_on_their_desks(office):
    from pendopo.simaya.incoming import reads
    from pendopo.simaya.letters.drafting import Addressee

    chief = office.posts["Kepala Bidang"]
    memo = waiting(
        office, kind="nota-dinas", addressees=(Addressee(line="Kepala Bidang", post=str(chief.pk)),)
    )
    letter = signed(office, memo)
    assert not letter.deliveries.exists()
    (arrived,) = reads.letters(office.actor("Kepala Bidang"))
    assert (arrived.number, arrived.subject, arrived.state) == (letter.number, "Undangan rapat", "registered")
    assert not reads.letters(office.actor("Arsiparis")).exists()
    assert arrived.receipts.count() == 0


def test_annexes_and_files_are_signed_for_and_reach_both_receivers(office):
    """An annex stands in the signed file; a file's digest in letter/1; one's own posts have it as well."""
    import pypdfium2

    from pendopo.core import envelope
    from pendopo.ground.files import store
    from pendopo.simaya.incoming import reads
    from pendopo.simaya.letters import actions
    from pendopo.simaya.letters.attachments import upload
    from pendopo.simaya.letters.drafting import Addressee, AnnexText
    from tests.rooms.simaya.office import BODY
    from tests.rooms.simaya.test_attachments import pdf

    data, author = pdf(), office.actor("Analis")
    chief = Addressee(line="Kepala Bidang", post=str(office.posts["Kepala Bidang"].pk), role="copy")
    said = office.content(
        initials=(),
        addressees=(Addressee(line="Kepala Bappeda", agency=OTHER), chief),
        annexes=(AnnexText(title="Daftar peserta", body=BODY),),
    )
    letter = office.start()
    letter = actions.edit(letter, said, letter.v, new=upload("daftar.pdf", data), actor=author)
    letter = signed(office, actions.submit(letter, letter.v, actor=author))
    pages = [one.get_textpage().get_text_bounded() for one in pypdfium2.PdfDocument(store.read(letter.file))]
    assert "2 (dua) berkas" in pages[0] and "Daftar peserta" in pages[-1] and len(pages) == letter.pages == 2
    (named,) = envelope.open(letter.deliveries.get().doc).body["attachments"]
    assert (named["name"], named["sha"]) == ("daftar.pdf", letter.attachments.get().file.file_id)
    (arrived,) = reads.letters(office.actor("Kepala Bidang"))
    (copy,) = arrived.attachments.all()
    assert copy.name == "daftar.pdf" and store.read(copy.file) == data


def test_an_addressee_that_no_registry_knows_is_named_and_nothing_leaves(office):
    from pendopo.simaya.letters.drafting import Addressee

    stranger = Addressee(line="Kepala", agency=f"ID/GOV/X{uuid4().hex[:6].upper()}")
    letter = waiting(office, addressees=(stranger,))
    with fault("letters.not_member"):
        signed(office, letter)
    letter.refresh_from_db()
    assert letter.state == "approval" and not letter.deliveries.exists()
