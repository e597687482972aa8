"""Setting up an office: its profile, letterhead, patterns, posts' codes and written mandates."""

import io
from datetime import date, timedelta

import pytest
from PIL import Image

from tests.rooms.simaya.office import fault

GOOD = {"profile": "permendagri-2023", "lines": ["DINAS", "Jalan El Tari 5"], "place": "Ende"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"profile": "../etc/passwd"}, "kinds.profile_unknown"),
        ({"lines": []}, "offices.letterhead"),
        ({"lines": ["DINAS", " "]}, "offices.letterhead"),
        ({"lines": ["x"] * 7}, "offices.letterhead"),
        ({"place": ""}, "offices.letterhead"),
        ({"place": "En\x00de"}, "paper.body_sign"),
        ({"patterns": {"surat-sakti": "{seq}"}}, "letters.choice"),
        ({"patterns": {"surat-dinas": "{seq}{year}"}}, "register.pattern_joined"),
        ({"patterns": {"surat-dinas": "{nik}"}}, "register.pattern"),
    ],
)
def test_what_an_office_cannot_be(desk, changes, code):
    from pendopo.simaya.offices import actions
    from pendopo.simaya.offices.models import Office

    administrator = desk.actor("administrator")
    before = Office.objects.values().get()
    with fault(code):
        actions.set_up(desk.agency, **(GOOD | changes), actor=administrator)
    assert Office.objects.values().get() == before
    patterns = {"surat-dinas": "{seq}/{position}/{year}"}
    office = actions.set_up(desk.agency, **GOOD, patterns=patterns, actor=administrator)
    assert (office.lines, office.patterns) == (GOOD["lines"], patterns)


def test_only_the_administrator_of_the_agency(desk, other):
    from pendopo.ground.accounts.rights import Refused
    from pendopo.simaya.offices import actions

    head, secretary = desk.posts["Kepala Dinas"], desk.posts["Sekretaris"]
    mandate = {"start": date(2026, 1, 1), "end": None}
    for stranger in (desk.actor("registrar"), desk.actor("Kepala Dinas"), other.actor("administrator")):
        with pytest.raises(Refused):
            actions.set_up(desk.agency, **GOOD, actor=stranger)
        with pytest.raises(Refused):
            actions.name_post(head, "KOM", actor=stranger)
        with pytest.raises(Refused):
            actions.delegate(head, secretary, "an", ["surat-dinas"], "SK 1", **mandate, actor=stranger)
    own = desk.actor("administrator")
    assert actions.name_post(head, "KOM", actor=own).code == "KOM"
    assert actions.delegate(head, secretary, "an", ["surat-dinas"], "SK 1", **mandate, actor=own).pk


def test_a_mandate_ends_from_the_day_it_is_taken_back(desk, other):
    from django.utils import timezone

    from pendopo.ground.accounts.rights import Refused
    from pendopo.ground.directory.rules import today
    from pendopo.simaya.offices import actions

    own, day = desk.actor("administrator"), today(desk.agency.zone, timezone.now())
    head, secretary = desk.posts["Kepala Dinas"], desk.posts["Sekretaris"]

    def given(start):
        return actions.delegate(
            head, secretary, "an", ["surat-dinas"], "SK 1", start=start, end=None, actor=own
        )

    running, coming = given(day - timedelta(days=9)), given(day + timedelta(days=9))
    for stranger in (desk.actor("registrar"), desk.actor("Sekretaris"), other.actor("administrator")):
        with pytest.raises(Refused):
            actions.end_delegation(running, actor=stranger)
    actions.end_delegation(running, actor=own)
    actions.end_delegation(coming, actor=own)
    running.refresh_from_db()
    coming.refresh_from_db()
    assert (running.valid.lower, running.valid.upper) == (day - timedelta(days=9), day)
    assert coming.valid.isempty
    for row in (running, coming):
        with fault("offices.delegation_ended"):
            actions.end_delegation(row, actor=own)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(out, "PNG")
    return out.getvalue()


def test_the_clock_for_an_answer_stands_still_on_the_agencys_holidays(desk, other):
    from django.utils import timezone

    from pendopo.ground.accounts.rights import Refused
    from pendopo.ground.directory.rules import today
    from pendopo.simaya.incoming import actions as incoming
    from pendopo.simaya.offices import actions, reads

    clerk, own = desk.actor("registrar"), desk.actor("administrator")
    day = today(desk.agency.zone, timezone.now())

    def due():
        return incoming.scan(
            picture(), subject="Undangan", number="", day=None, sender="PT X", actor=clerk
        ).due

    before = due()
    free = {day + timedelta(days=n): f"Cuti bersama {n}" for n in range(1, 22)}
    for stranger in (clerk, desk.actor("Kepala Dinas"), other.actor("administrator")):
        with pytest.raises(Refused):
            actions.set_holidays(desk.agency, free, actor=stranger)
    actions.set_holidays(desk.agency, free, actor=own)
    assert reads.holidays(desk.agency) == free and reads.holidays(other.agency) == {}
    after = due()
    assert before.date() <= max(free) < after.date()
    actions.set_holidays(desk.agency, {}, actor=own)
    assert due().date() == before.date()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"capacity": "plh"}, "letters.choice"),
        ({"kinds": []}, "letters.choice"),
        ({"kinds": ["surat-sakti"]}, "letters.choice"),
        ({"decree": " "}, "offices.decree"),
        ({"decree": "x" * 121}, "offices.decree"),
        ({"end": date(2026, 1, 1)}, "offices.decree"),
    ],
)
def test_what_a_mandate_cannot_be(desk, other, changes, code):
    from pendopo.simaya.offices import actions

    given = {
        "of": desk.posts["Kepala Dinas"],
        "to": desk.posts["Sekretaris"],
        "capacity": "an",
        "kinds": ["surat-dinas"],
        "decree": "SK 9/2026",
        "start": date(2026, 1, 1),
        "end": date(2026, 1, 2),
        "actor": desk.actor("administrator"),
    }
    with fault(code):
        actions.delegate(**(given | changes))
    with fault("letters.post"):
        actions.delegate(**(given | {"to": other.posts["Sekretaris"]}))
    assert actions.delegate(**given).decree == "SK 9/2026"


@pytest.mark.parametrize(
    ("code", "region", "told"),
    [
        ("", "", "register.token"),
        ("KOM{seq}", "", "register.token"),
        ("KOM\n1", "", "register.token"),
        ("K" * 41, "", "letters.long"),
        ("KOM", "bupati", "letters.choice"),
    ],
)
def test_what_a_post_cannot_be_called(desk, code, region, told):
    from pendopo.simaya.offices import actions
    from pendopo.simaya.posts import posts

    head = desk.posts["Kepala Dinas"]
    with fault(told):
        actions.name_post(head, code, region, actor=desk.actor("administrator"))
    assert posts(desk.agency)[head.pk].region == ""
    actions.name_post(head, "107.1", "head", actor=desk.actor("administrator"))
    assert posts(desk.agency)[head.pk].region == "head"


def test_the_line_above_each_post(desk):
    from pendopo.simaya.posts import posts

    found = posts(desk.agency)
    title = {str(key): post.title for key, post in found.items()}
    lines = {post.title: [title[key] for key in post.line] for post in found.values()}
    assert lines == {
        "Kepala Dinas": [],
        "Sekretaris": ["Kepala Dinas"],
        "Kepala Bidang": ["Kepala Dinas"],
        "Analis": ["Kepala Bidang", "Kepala Dinas"],
        "Arsiparis": ["Sekretaris", "Kepala Dinas"],
    }
