"""What waits for whom on home, and what other agencies' people see of it: nothing."""

import pytest


def waiting(nation, agency, role):
    from pendopo.mantra.room import waiting

    return [thing.title for thing in waiting(nation.actor(agency, role))]


def test_each_thing_waits_for_who_can_do_it(nation, service):
    from datetime import timedelta

    from pendopo.mantra.agreements.rules import today

    nation.ask(service)
    nation.grant(nation.ask(service), limits=nation.limits(per_day=60_000))  # an offer
    ending = nation.grant(nation.ask(service), limits=nation.limits(until=today() + timedelta(days=12)))
    service.drift = {"missing": ["nik"], "retyped": []}
    service.save()
    assert nation.both(ending)[0].state == "active"
    at = {role: waiting(nation, nation.dukcapil, role) for role in ("manager", "provider", "supervisor")}
    assert at["manager"] == [
        "Direktorat Jenderal Pajak meminta Data kependudukan",
        "Perjanjian dengan Direktorat Jenderal Pajak akan berakhir",
    ]
    assert at["provider"] == ["Tabel di balik Data kependudukan berubah"]
    assert at["supervisor"] == []
    assert waiting(nation, nation.djp, "requester") == [
        "Dukcapil menawarkan Data kependudukan dengan syarat lain"
    ]


def test_a_request_is_late_after_five_days(nation, service, client_of):
    from datetime import timedelta

    from pendopo.mantra.agreements.models import AccessRequest

    row = nation.received(nation.ask(service))
    manager = client_of(nation.dukcapil, "manager")
    assert "5 hari lagi" in manager.get("/").content.decode()
    AccessRequest.objects.filter(pk=row.pk).update(at=row.at - timedelta(days=7))
    assert "Buka permintaan" in manager.get("/").content.decode()  # on top, with its button


@pytest.mark.parametrize(
    ("role", "items"),
    [
        (
            "provider",
            ["Sumber", "Layanan", "Permintaan akses", "Perjanjian", "Katalog", "Sambungan saya", "Sistem"],
        ),
        ("requester", ["Layanan", "Permintaan akses", "Perjanjian", "Katalog", "Sambungan saya", "Sistem"]),
        ("none", []),
    ],
)
def test_the_menu_has_only_what_may_be_used(nation, role, items):
    from pendopo.mantra.room import menu

    groups = menu(nation.actor(nation.dukcapil, role))
    assert [item.label for group in groups for item in group.items] == items
