"""Which line of a box calls which line of another: number i calls number i, docs/boxes.md says why.

A box with fewer lines than one that it has a rule with stands there with a line more than once, on further
ports. Plain functions over loaded rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from pendopo.core import boxconfig
from pendopo.pnsbox.boxes.lines import FIRST_PORT
from pendopo.pnsbox.boxes.models import Line
from pendopo.pnsbox.sites.models import Site

FURTHER = FIRST_PORT + 1000  # the first port of lines that stand for one more


@dataclass(frozen=True, slots=True)
class End:
    """Line number i of a box as others call it: its name, the line it is, its port at the box."""

    name: str
    line: Line
    port: int

    @property
    def endpoint(self) -> str:
        """Its fixed address, host:port; empty if it has none. A further port is taken to be open as the
        line's own is, where that one is not translated."""
        host, _, port = self.line.endpoint.rpartition(":")
        if self.port == self.line.port:
            return self.line.endpoint
        return f"{host}:{self.port}" if port == str(self.line.port) else ""

    @property
    def second(self) -> str:
        """The same of its second tunnel."""
        host, _, port = self.endpoint.rpartition(":")
        return f"{host}:{self.port + boxconfig.SECOND}" if port == str(self.port) else ""

    @property
    def seen(self) -> str:
        """Where it was last seen from outside, host:port; empty if nobody has, as of further ports."""
        return self.line.seen if self.port == self.line.port else ""


Pair = tuple[End, End]


def ends(site: Site, least: int) -> list[End]:
    """The ends of a site's lines in their order, `least` of them at the least."""
    lines = list(site.lines.all())
    found = [End(line.name, line, line.port) for line in lines]
    for at in range(len(lines), least):
        line = lines[at % len(lines)]
        found.append(End(f"{line.name[:8]}x{at}", line, FURTHER + at))
    return found


def own(site: Site, partners: Iterable[Site]) -> list[End]:
    """The ends of the box at `site`: as many as its own lines, or those of a partner that has more."""
    return ends(site, max((len(one.lines.all()) for one in partners), default=0))


def pairs(mine: list[End], site: Site, other: Site) -> list[Pair]:
    """Which of our ends calls which of the box at `other`.

    Of the ends of ours (`own(site, …)`) those that the two have between them: the larger number of lines.
    """
    both = max(len(site.lines.all()), len(other.lines.all()))
    return list(zip(mine[:both], ends(other, both)[:both], strict=True))


def called(pairs: list[Pair], *, second: bool = False) -> dict[str, tuple[str, ...]]:
    """our line → where it calls (where its second tunnel does); a line without waits to be called."""
    found = ((here.name, there.second if second else there.endpoint) for here, there in pairs)
    return {name: (where,) for name, where in found if where}


def told(end: End) -> boxconfig.Line:
    """A line as the box is told of it."""
    line = end.line
    gateway = ip_address(line.gateway) if line.gateway else None
    return boxconfig.Line(end.name, line.interface, gateway, end.port, line.metered)
