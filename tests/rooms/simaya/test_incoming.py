"""A letter that arrived: registered, rejected, passed on, read, closed; and letters on paper."""

import io
from datetime import date, timedelta

import pytest
from PIL import Image

from tests.rooms.simaya.office import arrived, bell, clear, fault, found, registered, tomorrow
from tests.rules.simaya.signatures import page


def actions():
    from pendopo.simaya.incoming import actions

    return actions


def refused():
    from pendopo.ground.accounts.rights import Refused

    return pytest.raises(Refused)


def register(desk, letter, who="registrar", to="Kepala Dinas", **changes):
    given = {"classification": "000.1.2.3", "to": desk.posts[to] if to else None, "v": letter.v} | changes
    return actions().register(letter, **given, actor=desk.actor(who))


def receipts(letter):
    return {one.event: one for one in letter.receipts.all()}


def test_registered_with_an_agenda_number_and_on_the_heads_desk(desk, other):
    """The number is used, the sender gets a receipt that names it, the head's bell rings."""
    first, second = arrived(desk), arrived(desk, subject="Undangan")
    first, second = register(desk, first), register(desk, second, to=None)
    assert [letter.state for letter in (first, second)] == ["registered", "registered"]
    texts = [letter.numbers.get().text for letter in (first, second)]
    year = texts[0].partition("/")[2]
    assert texts == [f"1/{year}", f"2/{year}"]
    assert {letter.numbers.get().state for letter in (first, second)} == {"used"}
    assert receipts(first)["registered"].agenda == texts[0]
    assert bell(desk, "Kepala Dinas") == ["Letter from Bappeda Kab. Ende: Permintaan data SPBE"]
    assert not bell(desk, "Sekretaris") and not bell(other, "Kepala Dinas")
    assert register(other, arrived(other)).numbers.get().text == f"1/{year}"


def test_who_may_register(desk, other):
    letter = arrived(desk)
    for stranger in (desk.actor("Kepala Dinas"), desk.actor("supervisor"), other.actor("registrar")):
        with refused():
            actions().register(letter, classification="", to=None, v=letter.v, actor=stranger)
    assert not letter.numbers.exists()
    assert register(desk, letter).state == "registered"


@pytest.mark.parametrize(
    ("letter", "given", "code"),
    [
        ({"checked": ""}, {}, "simaya.guard_sound"),
        ({"checked": "signing.broken"}, {}, "simaya.guard_sound"),
        ({}, {"v": 7}, "simaya.guard_version"),
        ({}, {"classification": "x" * 41}, "letters.long"),
        ({"security": "R"}, {}, "incoming.cleared"),
        ({"state": "rejected"}, {}, "simaya.state"),
    ],
)
def test_what_is_not_registered_spends_no_number(desk, letter, given, code):
    found = arrived(desk, **letter)
    with fault(code):
        register(desk, found, **given)
    found.refresh_from_db()
    assert found.state == letter.get("state", "received") and not found.numbers.exists()
    assert not found.access.exists() and not found.receipts.exists()


def test_a_post_of_another_agency_gets_nothing(desk, other):
    letter = arrived(desk)
    with fault("letters.post"):
        actions().register(
            letter, classification="", to=other.posts["Sekretaris"], v=1, actor=desk.actor("registrar")
        )
    assert register(desk, letter, to="Sekretaris").access.get().post == desk.posts["Sekretaris"]


def test_two_clerks_at_the_same_letter(desk):
    """Whoever is second sees that it is done; the letter keeps its one number."""
    letter = arrived(desk)
    register(desk, letter)
    with fault("simaya.state"):
        register(desk, letter)
    assert letter.numbers.count() == 1


def test_rejected_with_a_reason_that_the_sender_gets(desk):
    from pendopo.simaya.register import actions as numbers
    from pendopo.simaya.register.rules import Tokens

    letter, clerk = arrived(desk, checked="signing.broken"), desk.actor("registrar")
    with fault("simaya.guard_reason"):
        actions().reject(letter, "  ", actor=clerk)
    with refused():
        actions().reject(letter, "Salah alamat", actor=desk.actor("Kepala Dinas"))
    numbers.reserve(letter, actions().AGENDA, Tokens(year=2026), "agenda", actor=clerk)
    letter = actions().reject(letter, "Salah alamat", actor=clerk)
    assert letter.state == "rejected" and receipts(letter)["rejected"].reason == "Salah alamat"
    number = letter.numbers.get()
    assert (number.state, number.reason) == ("void", "rejected")
    with fault("simaya.state"):
        register(desk, letter)


def test_passed_on_to_one_more_desk(desk):
    letter = registered(desk)
    letter = actions().pass_on(letter, desk.posts["Sekretaris"], actor=desk.actor("registrar"))
    assert {one.post.title for one in letter.access.all()} == {"Kepala Dinas", "Sekretaris"}
    assert bell(desk, "Sekretaris")
    with fault("simaya.state"):
        actions().pass_on(arrived(desk), desk.posts["Sekretaris"], actor=desk.actor("registrar"))


def test_the_first_reading_is_told_once(desk):
    letter, head = registered(desk), desk.actor("Kepala Dinas")
    for who in ("Analis", "Sekretaris"):
        with fault("simaya.party"):
            actions().mark_read(letter, actor=desk.actor(who))
    assert "read" not in receipts(letter)
    assert actions().mark_read(letter, actor=head) and not actions().mark_read(letter, actor=head)
    assert receipts(letter)["read"].by == {"position": "Kepala Dinas", "capacity": "definitive"}
    assert letter.access.get().read_at


def test_an_acting_holder_reads_on_his_days_only(desk):
    """Plh. from today: the post's letters are his; the day after the last one they are not."""
    from pendopo.simaya.letters import reads

    letter = registered(desk)
    days = {"wakil": (date(2020, 1, 1), tomorrow()), "bekas": (date(2020, 1, 1), date(2020, 2, 1))}
    for name, valid in (*days.items(), ("kelak", (tomorrow(), None))):
        desk.hire(name, "Kepala Dinas", kind="plh", valid=valid)
    for name in ("bekas", "kelak"):
        assert not reads.visible(desk.actor(name)).exists()
        with refused():
            actions().mark_read(letter, actor=desk.actor(name))
    assert reads.visible(desk.actor("wakil")).get() == letter
    assert actions().mark_read(letter, actor=desk.actor("wakil"))
    assert receipts(letter)["read"].by == {"position": "Kepala Dinas", "capacity": "plh"}


def test_closed_by_the_registry_or_the_head_once_nothing_is_open(desk):
    from pendopo.simaya.disposition import actions as dispositions

    letter = registered(desk)
    head, clerk = desk.actor("Kepala Dinas"), desk.actor("registrar")
    one = dispositions.give(letter, [desk.posts["Sekretaris"]], ["answer"], "", None, actor=head)[0]
    with fault("simaya.guard_settled"):
        actions().close(letter, actor=clerk)
    with fault("simaya.party"):
        actions().close(letter, actor=desk.actor("Sekretaris"))
    dispositions.answer(one, "Sudah dijawab.", reply=None, actor=desk.actor("Sekretaris"))
    assert actions().close(letter, actor=head).state == "closed"
    assert actions().close(registered(desk), actor=clerk).state == "closed"


def test_a_secret_letter_is_registered_unopened(desk):
    from pendopo.simaya.letters import reads

    clear(desk, "Kepala Dinas")
    letter = registered(desk, security="R", subject="Pemberhentian")
    assert letter.subject == ""
    assert reads.subject(letter, desk.actor("Kepala Dinas")) == "Pemberhentian"
    assert "Pemberhentian" not in reads.subject(letter, desk.actor("registrar"))
    assert bell(desk, "Kepala Dinas") == ["Secret letter from Bappeda Kab. Ende"]
    with fault("incoming.cleared"):
        actions().pass_on(letter, desk.posts["Sekretaris"], actor=desk.actor("registrar"))


# Paper.


def scanned(desk, data, who="registrar", **changes):
    given = {
        "subject": "Penawaran",
        "number": "12/FD/2026",
        "day": date(2026, 11, 2),
        "sender": "PT Flobamora",
    }
    return actions().scan(data, **(given | changes), actor=desk.actor(who))


def drawn(form, size=(600, 800)):
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, form)
    return out.getvalue()


@pytest.mark.parametrize("data", [page(), drawn("PNG"), drawn("JPEG")], ids=["pdf", "png", "jpeg"])
def test_scanned_in_then_like_any_other(desk, data):
    from pendopo.ground.files import store

    letter = scanned(desk, data)
    assert (letter.state, letter.origin, letter.pages, letter.peer_name) == (
        "received", "scan", 1, "PT Flobamora",
    )  # fmt: skip
    assert letter.due and store.read(letter.file).startswith(b"%PDF-")
    letter = register(desk, letter)
    assert letter.state == "registered" and not letter.receipts.exists()  # nobody to tell


def test_a_scan_is_found(desk):
    from pendopo.simaya.search.reads import search

    letter = scanned(desk, page(), subject="Penawaran peranti lunak")
    found = search(desk.actor("registrar"), "peranti").letters
    assert [row.pk for row in found] == [letter.pk]


def test_a_secret_scan_keeps_its_subject_apart(desk):
    letter = scanned(desk, page(), security="SR", subject="Rahasia sekali")
    letter.refresh_from_db()
    assert letter.subject == "" and letter.secret


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<html>bukan surat</html>", "incoming.scan_media"),
        (b"PK\x03\x04 zip", "incoming.scan_media"),
        (b"%PDF-1.7\nrusak", "paper.file_format"),
        (b"%PDF-" + b"0" * (25 << 20), "incoming.scan_size"),
        (drawn("PNG")[:300], "paper.file_picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "paper.file_picture"),
    ],
    ids=["html", "zip", "broken pdf", "26 MB", "cut png", "no png"],
)
def test_what_is_no_scan_is_not_taken(desk, data, code):
    from pendopo.simaya.letters.models import Letter

    with fault(code):
        scanned(desk, data)
    assert not Letter.objects.exists()


def test_a_picture_larger_than_memory_is_refused(desk):
    """60,000 by 60,000 pixels in a few bytes."""
    import struct
    import zlib

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", len(head)) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    with fault("paper.file_picture"):
        scanned(desk, b"\x89PNG\r\n\x1a\n" + chunk + drawn("PNG")[33:])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"subject": " "}, "simaya.guard_complete"),
        ({"sender": ""}, "simaya.guard_complete"),
        ({"day": date.today() + timedelta(days=3)}, "incoming.day"),
        ({"urgency": "kilat"}, "letters.choice"),
        ({"subject": "a\u202eb"}, "paper.body_sign"),
        ({"number": "9" * 201}, "letters.long"),
    ],
)
def test_what_the_clerk_types_is_checked(desk, given, code):
    with fault(code):
        scanned(desk, page(), **given)
    with refused():
        scanned(desk, page(), who="Kepala Dinas")
    assert scanned(desk, page()).pk


def test_an_office_comes_first(db):
    from pendopo.simaya.offices.models import Office

    desk = found("ID/GOV/BARU")
    Office.objects.all().delete()
    with fault("letters.office"):
        scanned(desk, page())


def test_the_clerks_bell_rings_until_one_takes_the_letter_up(desk):
    from pendopo.simaya.routing import notices

    first, second = arrived(desk), arrived(desk)
    for letter in (first, second):
        notices.arrived(letter)
    assert len(bell(desk, "registrar")) == 2
    register(desk, first)
    assert len(bell(desk, "registrar")) == 1
    actions().reject(second, "Salah alamat", actor=desk.actor("registrar"))
    assert not bell(desk, "registrar")
