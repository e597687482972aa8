"""Holding a post is a role: for its days, in its agency, in one's own name, at no cost to who needs none."""

from datetime import UTC, datetime

import pytest

ZONES = {"Asia/Jakarta": 17, "Asia/Makassar": 16, "Asia/Jayapura": 15}  # the UTC hour of midnight there


@pytest.fixture
def office(db):
    """`office(zone)`: an agency with a head, his Plh. for 3 to 9 March 2026, and an administrator."""
    from types import SimpleNamespace

    from pendopo.ground.accounts.models import Account, RoleGrant
    from pendopo.ground.directory.models import Agency, Assignment, Person, Position, Unit

    def make(zone="Asia/Makassar", code="ID/GOV/ENDE"):
        agency = Agency.objects.create(code=code, name=code, zone=zone, hosted=True)
        unit = Unit.objects.create(agency=agency, code="01", name="Dinas", valid=("2020-01-01", None))
        post = Position.objects.create(unit=unit, title="Kepala Dinas", heads=True)
        people, held = {}, {}
        for name in ("kepala", "plh", "admin"):
            person = Person.objects.create(agency=agency, name=name)
            people[name] = Account.objects.create_user(f"{code}-{name}", person=person, state="active")
        valid = {"kepala": ("2020-01-01", None), "plh": ("2026-03-03", "2026-03-10")}
        for name, days in valid.items():
            held[name] = Assignment.objects.create(
                person=people[name].person,
                position=post,
                kind="plh" if name == "plh" else "definitive",
                valid=days,
                decree="SK 1",
            )
        RoleGrant.objects.create(
            account=people["admin"],
            agency=agency,
            room="simaya",
            role="administrator",
            valid=("2020-01-01", None),
        )
        return SimpleNamespace(agency=agency, post=post, people=people, held=held)

    return make


def at(monkeypatch, *moment):
    now = datetime(*moment, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


def may(account, agency):
    """Whether the account may draft a letter in the agency: an act of post holders."""
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.rights import allowed

    return allowed("simaya.letter.draft", Actor.of(account, agency), agency)


@pytest.mark.parametrize("zone", ZONES)
def test_from_midnight_to_midnight_where_the_agency_is(office, monkeypatch, zone):
    made, hour = office(zone), ZONES[zone]
    seen = []
    for moment in ((2, hour - 1, 59, 59), (2, hour), (9, hour - 1, 59, 59), (9, hour)):
        at(monkeypatch, 2026, 3, *moment)
        seen.append(may(made.people["plh"], made.agency))
    assert seen == [False, True, True, False]


def test_a_post_counts_in_its_agency_only(office):
    from pendopo.ground.accounts.actor import Actor

    made, other = office(), office(code="ID/GOV/LAIN")
    head = made.people["kepala"]
    assert may(head, made.agency) and not may(head, other.agency)
    assert not may(made.people["admin"], made.agency)  # a grant for other acts, no post
    assert Actor.of(head).agency == made.agency  # without any grant


def test_nobody_acts_in_the_post_of_a_colleague(office, monkeypatch):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.rights import Refused
    from pendopo.ground.audit.act import act
    from pendopo.ground.audit.models import Line

    at(monkeypatch, 2026, 3, 5)
    made = office()
    plh = Actor.of(made.people["plh"], made.agency)
    with (
        pytest.raises(Refused),
        act("simaya.letter.draft", actor=plh.acting_as(made.held["kepala"]), subject=made.agency),
    ):
        pass
    with act("simaya.letter.draft", actor=plh.acting_as(made.held["plh"]), subject=made.agency):
        pass
    outcomes = Line.objects.order_by("id").values_list("outcome", "actor__capacity")
    assert list(outcomes) == [("refused", "Kepala Dinas"), ("done", "Plh. Kepala Dinas")]


def test_the_line_names_the_definitive_post_when_none_was_chosen(office, monkeypatch):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.audit.act import act
    from pendopo.ground.audit.models import Line
    from pendopo.ground.directory.models import Assignment, Position

    at(monkeypatch, 2026, 3, 5)
    made = office()
    own = Position.objects.create(unit=made.post.unit, title="Sekretaris")
    person = made.people["plh"].person
    Assignment.objects.create(person=person, position=own, valid=("2021-01-01", None), decree="SK 2")
    with act("simaya.letter.draft", actor=Actor.of(made.people["plh"], made.agency), subject=made.agency):
        pass
    assert Line.objects.get().actor["capacity"] == "Sekretaris"


def test_a_right_that_a_grant_gives_asks_for_no_post(office):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.rights import allowed

    made = office()
    admin = Actor.of(made.people["admin"], made.agency)
    head = Actor.of(made.people["kepala"], made.agency)
    with CaptureQueriesContext(connection) as asked:
        assert allowed("simaya.office.edit", admin, made.agency)
        assert not allowed("mantra.source.connect", head, made.agency)
    assert len(asked) == 0
    with CaptureQueriesContext(connection) as asked:
        for _ in range(3):
            assert allowed("simaya.letter.draft", head, made.agency)
    assert len(asked) == 1
