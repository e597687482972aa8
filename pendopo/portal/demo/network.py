"""The demo nation's private network, and what one node's seat does to draw it.

Boxes are Linux machines at offices, and the nation has none: all sites wait for their codes, as on the first
day of a real network. Nothing is said of boxes that are not there.
"""

from dataclasses import dataclass
from ipaddress import ip_network

from pendopo.ground.directory.models import Agency
from pendopo.pnsbox.reach import actions as reach
from pendopo.pnsbox.sites import actions as sites
from pendopo.portal.demo.dealings import person_with, until
from pendopo.portal.demo.nation import BPJS, DJP, DUKCAPIL, KOMINFO

OFFICER = "pnsbox.officer"


@dataclass(frozen=True, slots=True)
class Office:
    """A site: short name, name, place, whose, groups, machines, and its line's provider and person."""

    code: str
    name: str
    place: str
    agency: str
    groups: tuple[str, ...]
    machines: int
    isp: str
    phone: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may reach what, and why."""

    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    services: tuple[str, ...]
    note: str


OFFICES = (
    Office("pusat-data", "Pusat Data Kominfo", "Jakarta Pusat", KOMINFO, ("pusat",), 200, "Lintas Nusa",
           "Layanan Lintas Nusa 021-555-0101"),
    Office("pemulihan", "Pusat Pemulihan Makassar", "Makassar", KOMINFO, ("pusat",), 120, "Timur Net",
           "Layanan Timur Net 0411-555-010"),
    Office("dukcapil", "Ditjen Dukcapil", "Jakarta Selatan", DUKCAPIL, ("gerbang",), 250, "Lintas Nusa",
           "Layanan Lintas Nusa 021-555-0101"),
    Office("djp", "Kantor Pusat DJP", "Jakarta Selatan", DJP, ("gerbang",), 500, "Kota Net",
           "Layanan Kota Net 021-555-0202"),
    Office("kpp-ende", "KPP Pratama Ende", "Ende, NTT", DJP, ("cabang",), 40, "Timur Net",
           "Layanan Timur Net 0411-555-010"),
    Office("kpp-sorong", "KPP Pratama Sorong", "Sorong, Papua Barat Daya", DJP, ("cabang",), 40,
           "Satelit Timur", "Layanan Satelit Timur 0967-555-03"),
    Office("bpjs", "BPJS Kesehatan Kantor Pusat", "Jakarta Pusat", BPJS, ("gerbang",), 300, "Kota Net",
           "Layanan Kota Net 021-555-0202"),
    Office("bpjs-kupang", "BPJS Kesehatan Kupang", "Kupang, NTT", BPJS, ("cabang",), 30, "Timur Net",
           "Layanan Timur Net 0411-555-010"),
)  # fmt: skip
SERVICES = {
    "mantra": ("tcp", [(5500, 5500)]),
    "web": ("tcp", [(80, 80), (443, 443)]),
    "ping": ("icmp", []),
}
RULES = (
    Rule(("djp",), ("dukcapil",), ("mantra",), "PKS-18/DJP/2026"),
    Rule(("dukcapil",), ("djp", "bpjs"), ("mantra",), "PKS-18/DJP/2026, 119/PKS/BPJS/2025"),
    Rule(("bpjs",), ("dukcapil",), ("mantra",), "119/PKS/BPJS/2025"),
    Rule(("cabang",), ("pusat-data",), ("web",), "Nota dinas 44/APTIKA/2026"),
    Rule(("kpp-ende", "kpp-sorong"), ("djp",), ("web",), "SE-9/DJP/2026"),
    Rule(("pusat",), ("all",), ("ping",), "Pemantauan"),
)


def draw_network() -> None:
    """The network, its sites, services and rules, by Kominfo's network officer."""
    officer = person_with(KOMINFO, OFFICER)
    network = sites.create_network(
        code="nusa",
        name="Jaringan Pemerintah Nusa",
        pool4=ip_network("10.64.0.0/12"),
        pool6=ip_network("fd64:6e75:7361::/48"),
        urls=["https://jaringan.kominfo.example"],
        actor=officer,
    )
    codes = {office.agency for office in OFFICES}
    # Members elsewhere come into the directory by the registry's document.
    until("all members", lambda: Agency.objects.filter(code__in=codes).count() == len(codes))
    agencies = {agency.code: agency for agency in Agency.objects.filter(code__in=codes)}
    for office in OFFICES:
        sites.add_site(
            network,
            code=office.code,
            name=office.name,
            of=agencies[office.agency],
            machines=office.machines,
            place=office.place,
            groups=list(office.groups),
            isp=office.isp,
            phone=office.phone,
            actor=officer,
        )
    for name, (protocol, ports) in SERVICES.items():
        reach.keep_service(network, name=name, protocol=protocol, ports=ports, actor=officer)
    for rule in RULES:
        reach.add_rule(
            network,
            sources=rule.sources,
            destinations=rule.destinations,
            services=rule.services,
            note=rule.note,
            actor=officer,
        )
