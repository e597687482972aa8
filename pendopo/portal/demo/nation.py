"""The demo nation on paper: its nodes, agencies and accounts. Nothing here does anything.

One password for all: these accounts exist on demo nodes only, which listen on loopback.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pendopo.portal.demo.generate.agencies import AGENCIES
from pendopo.portal.demo.generate.staff import Employee, Staff

PASSWORD = "contoh-pendopo-2026"  # noqa: S105 - printed at every start
KOMINFO, DUKCAPIL, DJP, BPJS = (agency.code for agency in AGENCIES)
NAMES = {agency.code: agency.name for agency in AGENCIES}


@dataclass(frozen=True, slots=True)
class Node:
    """One installation: its name and ports, the agency it is made for and those it hosts besides."""

    name: str
    agency: str
    portal: int
    app: int
    peer: int
    registry: bool = False
    hosts: tuple[str, ...] = ()


NODES = (
    Node("kominfo", KOMINFO, 8000, 8080, 5500, registry=True, hosts=(BPJS,)),
    Node("dukcapil", DUKCAPIL, 8010, 8090, 5510),
    Node("djp", DJP, 8020, 8100, 5520),
)


@dataclass(frozen=True, slots=True)
class Seat:
    """A post whose holder has an account: where it is, and the roles ("room.role") that go with it.

    ``title`` "" is the unit's head.
    """

    agency: str
    unit: str
    title: str
    roles: tuple[str, ...]

    def holder(self, staff: Staff) -> Employee:
        """Who holds the post. Raises StopIteration for a vacant or unknown one."""
        head = next(u.head for u in staff.units if u.code == self.unit)
        return staff.holder(self.unit, self.title or head)


ADMINISTRATOR = ("ground.administrator", "mantra.administrator")
OPERATOR = ("ground.operator", *ADMINISTRATOR)
OFFICE = ("simaya.administrator", "simaya.registrar")
PROGRAMMER = "Pranata Komputer Ahli Muda"

# The first of an agency founds its node or, for a hosted one, is its administrator.
SEATS = (
    Seat(KOMINFO, "01.03.03", "", (*OPERATOR, *OFFICE)),
    Seat(KOMINFO, "01.03.02", "", ("pnsbox.officer",)),
    Seat(DUKCAPIL, "01.05.01", "", (*OPERATOR, *OFFICE, "pnsmail.administrator")),
    Seat(DUKCAPIL, "01.04.01", PROGRAMMER, ("mantra.provider",)),
    Seat(DUKCAPIL, "01.04", "", ("mantra.manager",)),
    Seat(DUKCAPIL, "01.02.01", PROGRAMMER, ("mantra.requester",)),
    Seat(DUKCAPIL, "01", "", ("mantra.supervisor", "simaya.cleared")),
    Seat(DJP, "01.03.02", "", (*OPERATOR, *OFFICE)),
    Seat(DJP, "01.02.03", PROGRAMMER, ("mantra.requester",)),
    Seat(DJP, "01.02", "", ("mantra.manager",)),
    Seat(DJP, "01.02.01", PROGRAMMER, ("mantra.provider",)),
    Seat(DJP, "01", "", ("mantra.supervisor", "simaya.cleared")),
    Seat(BPJS, "01.04.02", "", (*ADMINISTRATOR, *OFFICE, "pnsbox.viewer")),
    Seat(BPJS, "01.02.01", PROGRAMMER, ("mantra.provider", "mantra.requester")),
    Seat(BPJS, "01.02", "", ("mantra.manager",)),
)


def node_of(agency: str) -> Node:
    """The node an agency lives on."""
    return next(node for node in NODES if agency in (node.agency, *node.hosts))


def seats(agency: str) -> list[Seat]:
    """The agency's posts with an account, its administrator first."""
    return [seat for seat in SEATS if seat.agency == agency]


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the demo: who signs in with which number, and what for."""

    agency: str
    number: str
    name: str
    position: str
    roles: tuple[str, ...]


def accounts(everyone: dict[str, Staff], today: date) -> Iterator[Account]:
    """The accounts of all agencies; ``everyone`` as `generate.agencies.everyone` gives it."""
    for seat in SEATS:
        person = seat.holder(everyone[seat.agency])
        now = [a for a in person.assignments if a.since <= today and (a.until is None or today < a.until)]
        titles = [a.title if a.kind == "definitive" else f"{a.kind.capitalize()}. {a.title}" for a in now]
        yield Account(seat.agency, person.number, person.name, " · ".join(titles), seat.roles)
