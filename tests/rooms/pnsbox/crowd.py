"""Five hundred sites of twenty agencies around a data centre, with what their boxes last said."""

from datetime import timedelta

ISPS = ("Nusanet", "Telkom", "Satelit Timur")
DISTRICTS = ("Ende", "Sikka", "Ngada", "Nagekeo", "Manggarai", "Flores Timur", "Lembata", "Alor")


def crowd(land, number=500, agencies=20):
    """Sites `s0`… with boxes in service around `pusat`, which alone they reach; no acts, for speed."""
    from django.utils import timezone

    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory import actions as directory
    from pendopo.pnsbox.boxes.models import Box, Line
    from pendopo.pnsbox.reach.models import Rule
    from pendopo.pnsbox.sites.models import Site
    from tests.rooms.pnsbox.land import KOMINFO
    from tests.rooms.pnsbox.test_publish import many

    land.service("web")
    land.service("mantra", "tcp", ((5500, 5500),))
    many(land, number + 1)
    node, now = Actor.system(via="cli"), timezone.now()
    offices = [
        directory.create_agency(f"ID/GOV/DINAS{at}", f"Dinas Nomor {at + 1}", "Asia/Makassar", actor=node)
        for at in range(agencies)
    ]
    sites = list(Site.objects.filter(network=land.network).order_by("code"))
    sites.sort(key=lambda site: int(site.code[1:]))
    centre, *rest = sites
    centre.code, centre.name, centre.of = "pusat", "Pusat Data Provinsi", land.agencies[KOMINFO]
    centre.names = [KOMINFO]
    for at, site in enumerate(rest):
        site.of = offices[at % agencies]
        district = DISTRICTS[at % len(DISTRICTS)]
        site.name, site.place = f"{site.of.name}, UPT {district} {at}", f"{district}, NTT"
        site.names = sorted([site.of.code, "upt", district.lower().replace(" ", "-")])
    Site.objects.bulk_update(sites, ["code", "name", "of", "names", "place"])
    lines = list(Line.objects.filter(site__network=land.network).order_by("site__name"))
    for at, line in enumerate(lines):
        line.isp = ISPS[at % len(ISPS)]
        line.phone = f"Petugas {line.isp} 0812-3333-44{at % 100:02}"
    Line.objects.bulk_update(lines, ["isp", "phone"])
    Rule.objects.filter(network=land.network).delete()
    base = {"agency": land.network.agency, "network": land.network}
    Rule.objects.bulk_create(
        Rule(**base, number=number, sources=[source], destinations=[destination], services=services)
        for number, (source, destination, services) in enumerate(
            [("upt", "pusat", ["web", "mantra"]), *((one.code, one.code, ["web"]) for one in offices)], 1
        )
    )
    reported(land.network, now)
    land.network.refresh_from_db()
    return {box.site.code: box for box in Box.objects.select_related("site").filter(network=land.network)}


def reported(network, now, silent=()):
    """Every box reports, but those at the sites `silent`: their neighbour does not hear them."""
    from pendopo.pnsbox.boxes.models import Box

    boxes = {box.site.code: box for box in Box.objects.select_related("site").filter(network=network)}
    centre = boxes["pusat"]

    def peer(box, at, up):
        return {
            "box": str(box.pk), "line": "utama", "handshake": int(now.timestamp()) - 40, "up": up,
            "ms": 8 + at * 7 % 160, "loss": 2 if at % 90 == 1 else 0, "in_use": up, "received": 10_000 * at,
            "sent": 3_000 * at,
        }  # fmt: skip

    for at, (code, box) in enumerate(sorted(boxes.items())):
        box.serial = 3
        if code in silent:
            continue
        others = [(at, centre)]
        if code == "pusat":
            others = [(at, one) for at, one in enumerate(boxes.values()) if one != centre]
        up = [one.site.code not in silent for _at, one in others]
        box.report = {
            "serial": 3, "state": "good", "undone": None, "lines": [{"name": "utama", "up": any(up)}],
            "peers": [peer(one, at, up) for (at, one), up in zip(others, up, strict=True)],
        }  # fmt: skip
        box.reported_at, box.enrolled_at = now, now - timedelta(days=30)
    Box.objects.bulk_update(boxes.values(), ["serial", "report", "reported_at", "enrolled_at"])
