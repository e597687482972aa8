"""People, numbers, units and dated assignments, through the actions."""

from datetime import date, timedelta

import pytest

NIP = "198503152010012001"


@pytest.fixture
def agency(db):
    return host("ID/GOV/A")


def host(code):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory import actions

    return actions.create_agency(code, f"Agency {code[-1]}", "Asia/Makassar", actor=Actor.system(via="cli"))


def node(agency):
    from pendopo.ground.accounts.actor import Actor

    return Actor.system(agency)


def person(agency, number=NIP, scheme="nip", name="Yosefina Dhae"):
    from pendopo.ground.directory import actions

    return actions.create_person(agency, name, scheme, number, actor=node(agency))


def post(agency, title="Kepala Dinas"):
    from pendopo.ground.directory import actions

    unit = agency.units.first() or actions.create_unit(agency, "01", "Sekretariat", actor=node(agency))
    return actions.create_position(unit, title, actor=node(agency))


def refused(code):
    """ValidationError with this code, wherever in it."""
    from django.core.exceptions import ValidationError

    class Check:
        def __enter__(self):
            return self

        def __exit__(self, kind, error, trace):
            assert kind is ValidationError, f"expected {code}"
            inner = error.error_dict.values() if hasattr(error, "error_dict") else [error.error_list]
            assert code in [one.code for errors in inner for one in errors]
            return True

    return Check()


def test_birth_comes_from_the_number(agency):
    assert person(agency).birth == date(1985, 3, 15)


def test_a_national_number_belongs_to_one_person_anywhere(agency):
    person(agency)
    with refused("number.taken"):
        person(agency, "19850315 201001 2 001")
    with refused("number.taken"):
        person(host("ID/GOV/B"))


def test_a_local_number_is_one_only_within_its_agency(agency):
    person(agency, "A-17", "local")
    with refused("number.taken"):
        person(agency, "a-17", "local")
    assert person(host("ID/GOV/B"), "A-17", "local").pk


def test_a_wrong_number_keeps_cores_code(agency):
    with refused("nip.birth"):
        person(agency, "198513152010012001")


def test_a_new_number_ends_the_old_one_today(agency):
    from pendopo.ground.directory import actions

    someone = person(agency, "198503152021212001", "nippppk")
    actions.change_number(someone, "nippppk", "198503152026212001", actor=node(agency))
    today = date.today()
    assert [n.value for n in someone.numbers.filter(valid__contains=today)] == ["198503152026212001"]
    with refused("number.taken"):
        person(agency, "198503152021212001", "nippppk")


def test_one_definitive_holder_a_post_at_a_time(agency):
    from pendopo.ground.directory import actions

    head, first = post(agency), person(agency)
    second = person(agency, "197907072004071007", name="Bagus")
    actions.assign(first, head, "definitive", date(2024, 1, 1), date(2026, 1, 1), actor=node(agency))
    with refused("assignment.taken"):
        actions.assign(second, head, "definitive", date(2025, 12, 31), actor=node(agency))
    # One day later, or acting beside the holder, is fine.
    actions.assign(second, head, "plh", date(2025, 12, 31), date(2026, 1, 1), actor=node(agency))
    actions.assign(second, head, "definitive", date(2026, 1, 1), actor=node(agency))


def test_the_database_itself_refuses_two_holders(agency):
    from django.db import IntegrityError, transaction
    from django.db.backends.postgresql.psycopg_any import DateRange

    from pendopo.ground.directory.models import Assignment

    head, first = post(agency), person(agency)
    with pytest.raises(IntegrityError, match="one_definitive_holder"), transaction.atomic():
        for _ in range(2):
            Assignment.objects.create(
                person=first, position=head, kind="definitive", valid=DateRange(date(2024, 1, 1), None)
            )


def test_ending_frees_the_post_that_day(agency):
    from pendopo.ground.directory import actions

    head, first = post(agency), person(agency)
    second = person(agency, "197907072004071007", name="Bagus")
    held = actions.assign(first, head, "definitive", date(2024, 1, 1), actor=node(agency))
    with refused("assignment.dates"):
        actions.end_assignment(held, date(2023, 12, 31), actor=node(agency))
    actions.end_assignment(held, date(2025, 6, 1), actor=node(agency))
    actions.assign(second, head, "definitive", date(2025, 6, 1), actor=node(agency))


def test_an_assignment_that_never_began_may_be_taken_back(agency):
    from pendopo.ground.directory import actions

    tomorrow = date.today() + timedelta(days=1)
    held = actions.assign(person(agency), post(agency), "definitive", tomorrow, actor=node(agency))
    actions.end_assignment(held, tomorrow, actor=node(agency))
    held.refresh_from_db()
    assert held.valid.isempty


def test_a_person_of_another_agency_is_not_assigned(agency):
    from pendopo.ground.directory import actions

    with refused("assignment.foreign"):
        actions.assign(
            person(host("ID/GOV/B")), post(agency), "definitive", date(2024, 1, 1), actor=node(agency)
        )


def test_units_make_a_tree_without_rings(agency):
    from pendopo.ground.directory import actions

    top = actions.create_unit(agency, "01", "Sekretariat", actor=node(agency))
    below = actions.create_unit(agency, "01.1", "Subbagian", top, actor=node(agency))
    with refused("unit.parent"):
        actions.edit_unit(top, "01", "Sekretariat", below, actor=node(agency))
    with refused("unit.code"):
        actions.create_unit(agency, "01", "Lain", actor=node(agency))
    actions.edit_unit(below, "01.2", "Subbagian", None, actor=node(agency))


def test_an_agency_known_from_the_registry_becomes_hosted(db):
    from pendopo.ground.directory.models import Agency

    Agency.objects.create(code="ID/GOV/C", name="As the registry says")
    assert host("ID/GOV/C").hosted
    with refused("agency.exists"):
        host("ID/GOV/C")
