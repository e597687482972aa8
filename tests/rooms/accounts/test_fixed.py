"""Queries whose SQL stays: the same models as the queryset gives, for whatever is asked, in every thread."""

import threading
from datetime import date
from uuid import UUID

import pytest


@pytest.fixture
def people(db):
    """Two agencies with three people each."""
    from pendopo.ground.directory.models import Agency, Person

    for code in ("ID/GOV/SATU", "ID/GOV/DUA"):
        agency = Agency.objects.create(code=code, name=code, zone="Asia/Jakarta")
        for name in ("Maria", "Yosef", "Klara"):
            Person.objects.create(agency=agency, name=name)
    return list(Agency.objects.filter(code__startswith="ID/GOV/"))


def build(agency, name, day):
    from pendopo.ground.directory.models import Person

    rows = Person.objects.filter(agency=agency, name=name).exclude(birth=day)
    return rows.select_related("agency").order_by("name")


def values(models):
    return [{name: value for name, value in vars(one).items() if name != "_state"} for one in models]


def test_it_gives_what_the_queryset_gives(people):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from pendopo.ground.fixed import Fixed

    fixed = Fixed(build, UUID(int=1), "?", date(1, 1, 1))
    for agency in people:
        for name in ("Klara", "Maria", "nobody"):
            given = agency.pk, name, date(1990, 1, 1)
            with CaptureQueriesContext(connection) as asked:
                found = fixed(*given)
                assert [one.agency.code for one in found] == [agency.code] * (name != "nobody")
            assert len(asked) == 1
            assert values(found) == values(build(*given))


def test_its_sql_is_put_together_once_a_thread(people):
    from django.db import connection

    from pendopo.ground.fixed import Fixed

    built = []
    fixed = Fixed(lambda *given: built.append(given) or build(*given), UUID(int=1), "?", date(1, 1, 1))
    for agency in people:
        fixed(agency.pk, "Maria", date(1990, 1, 1))
    assert len(built) == 1

    def elsewhere():
        fixed(people[0].pk, "Maria", date(1990, 1, 1))
        connection.close()

    other = threading.Thread(target=elsewhere)
    other.start()
    other.join()
    assert len(built) == 2


def test_as_many_are_given_as_there_are_marks(people):
    from pendopo.ground.fixed import Fixed

    with pytest.raises(ValueError):
        Fixed(build, UUID(int=1), "?", date(1, 1, 1))(people[0].pk, "Maria")
