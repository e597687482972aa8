"""Notices reach who holds the role, count in the bell until seen, and go when the matter is settled."""

import pytest


@pytest.fixture
def people(db):
    """Two managers and a requester of DJP, a manager of another agency."""
    from pendopo.ground.accounts.models import Account, RoleGrant
    from pendopo.ground.directory.models import Agency

    djp = Agency.objects.create(code="ID/GOV/DJP", name="Pajak", hosted=True)
    other = Agency.objects.create(code="ID/GOV/X", name="X", hosted=True)
    found = {}
    for name, agency, roles, since in (
        ("ani", djp, ["manager"], "2020-01-01"),
        ("budi", djp, ["manager", "requester"], "2020-01-01"),
        ("citra", djp, ["requester"], "2020-01-01"),
        ("dewi", other, ["manager"], "2020-01-01"),
        ("eka", djp, ["manager"], "2999-01-01"),
    ):
        found[name] = Account.objects.create_user(name, state="active")
        for role in roles:
            RoleGrant.objects.create(
                account=found[name], agency=agency, room="mantra", role=role, valid=(since, None)
            )
    return djp, found


def actor(account):
    from pendopo.ground.accounts.actor import Actor

    return Actor.of(account)


def tell(to, ref="1", **more):
    from pendopo.ground.delivery.actions import notice

    return notice(to, "uji.request", ref, "/akun/", "Token for %(name)s", **({"name": "Pajak"} | more))


def unseen(found) -> dict:
    from pendopo.ground.delivery.reads import unseen as count

    return {name: n for name, account in found.items() if (n := count(actor(account)))}


def test_a_notice_to_a_role_reaches_who_holds_it_today_once(people):
    from pendopo.ground.delivery.actions import Holders

    djp, found = people
    tell(Holders(djp, "mantra", frozenset({"manager", "requester"})))
    assert unseen(found) == {"ani": 1, "budi": 1, "citra": 1}
    tell(found["dewi"])
    assert unseen(found)["dewi"] == 1


def test_a_notice_speaks_the_readers_language(people):
    from django.utils import translation

    from pendopo.ground.delivery.reads import notices

    _, found = people
    tell(found["ani"], name="Pajak 100 %")
    with translation.override("id"):
        assert notices(actor(found["ani"]))[0].text == "Token untuk Pajak 100 %"
    with translation.override("en"):
        assert notices(actor(found["ani"]))[0].text == "Token for Pajak 100 %"


def test_seeing_is_ones_own_and_settling_is_for_all(people):
    from pendopo.ground.delivery.actions import Holders, mark_seen, settled
    from pendopo.ground.delivery.reads import notices

    djp, found = people
    managers = Holders(djp, "mantra", frozenset({"manager"}))
    first, second = tell(managers, "1"), tell(managers, "2")
    assert mark_seen(first, actor=actor(found["ani"])) == 1
    assert unseen(found) == {"ani": 1, "budi": 2}
    assert [one.seen for one in notices(actor(found["ani"]))] == [False, True]
    settled("uji.request", "2")
    assert unseen(found) == {"budi": 1}
    assert mark_seen(actor=actor(found["budi"])) == 1
    assert unseen(found) == {}
    assert second.sends.count() == 2


def test_the_bell_counts_with_one_query_and_leads_there(people):
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from pendopo.ground.delivery.reads import unseen as count

    _, found = people
    sent = tell(found["ani"])
    who = actor(found["ani"])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert count(who) == 1
    assert len(queries) == 1
    client, stranger = Client(HTTP_HOST="localhost"), Client(HTTP_HOST="localhost")
    client.force_login(found["ani"])
    stranger.force_login(found["citra"])
    assert stranger.get(f"/pemberitahuan/{sent.pk}").status_code == 404
    assert unseen(found) == {"ani": 1}
    answer = client.get(f"/pemberitahuan/{sent.pk}")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/akun/")
    assert unseen(found) == {}


@pytest.mark.parametrize(("hour", "told"), [(14, set()), (15, {"ani"})])
def test_a_role_that_begins_today_is_told_as_the_day_is_there(people, monkeypatch, hour, told):
    """The agency is in WIT, nine hours before UTC; the node in WIB, where it is still the day before."""
    from datetime import UTC, datetime

    from pendopo.ground.accounts.models import RoleGrant
    from pendopo.ground.delivery.actions import Holders

    djp, found = people
    djp.zone = "Asia/Jayapura"
    RoleGrant.objects.create(
        account=found["ani"], agency=djp, room="mantra", role="provider", valid=("2026-03-03", None)
    )
    now = datetime(2026, 3, 2, hour, tzinfo=UTC)
    monkeypatch.setattr("pendopo.ground.delivery.notices.timezone.now", lambda: now)
    holders = Holders(djp, "mantra", frozenset({"provider"}))
    assert {account.username for account in holders.accounts()} == told
