"""Who holds a post today, in the lists of people and units, as the day is where the agency is."""

from datetime import UTC, datetime

import pytest


@pytest.mark.parametrize(("hour", "holds"), [(14, False), (15, True)])
def test_an_assignment_begins_at_midnight_where_its_agency_is(db, monkeypatch, hour, holds):
    """The agency is in WIT (UTC+9); the node in WIB, where it is still the day before."""
    from django.test import Client

    from pendopo.ground.accounts.models import Account, RoleGrant
    from pendopo.ground.directory.models import Agency, Assignment, Person, Position, Unit

    agency = Agency.objects.create(code="ID/GOV/BIAK", name="Biak", zone="Asia/Jayapura", hosted=True)
    unit = Unit.objects.create(agency=agency, code="01", name="Dinas", valid=("2020-01-01", None))
    post = Position.objects.create(unit=unit, title="Kepala Dinas", heads=True)
    person = Person.objects.create(agency=agency, name="Yosep Rumbiak")
    account = Account.objects.create_user("yosep", person=person, state="active")
    RoleGrant.objects.create(
        account=account, agency=agency, room="ground", role="administrator", valid=("2020-01-01", None)
    )
    Assignment.objects.create(
        person=person, position=post, kind="plh", valid=("2026-03-03", "2026-03-10"), decree="SPT 1"
    )
    client = Client(HTTP_HOST="localhost")
    client.force_login(account)
    now = datetime(2026, 3, 2, hour, tzinfo=UTC)
    for module in ("pages", "unit_pages"):
        monkeypatch.setattr(f"pendopo.ground.directory.{module}.timezone.now", lambda: now)
    from django.urls import reverse

    people = client.get(reverse("directory:people")).content.decode()
    assert "Yosep Rumbiak" in people
    assert ("Plh. Kepala Dinas" in people) is holds
    units = client.get(reverse("directory:units")).content.decode()
    assert "Kepala Dinas" in units
    assert ("Yosep Rumbiak" in units.partition("<main")[2]) is holds
