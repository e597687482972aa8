"""Private names as `dnsmasq` reads them: what it answers by itself, whom it asks for all else. Pure text.

The whole zone `internal`, and the reverse names of private addresses, are answered from the configuration and
asked of nobody: a private name never leaves the site, whether it is there or not. For all else it asks the
name servers that the machine itself has (/etc/resolv.conf, read again when it changes); where that names none
the answer is REFUSED.
"""

from collections.abc import Iterable
from pathlib import Path

from pendopo.core.boxconfig import ZONE, Address, Name

PORT = 53
CACHE = 1000  # answers from elsewhere


def settings(addresses: Iterable[Address], folder: Path) -> str:
    """The settings of a dnsmasq that answers at the box's addresses towards the site, and nowhere else."""
    return f"""\
port={PORT}
bind-dynamic
{"".join(f"listen-address={one}{chr(10)}" for one in addresses)}\
local=/{ZONE}/
bogus-priv
domain-needed
no-hosts
addn-hosts={folder / "hosts"}
cache-size={CACHE}
pid-file={folder / "dnsmasq.pid"}
"""


def hosts(names: Iterable[Name]) -> str:
    """All names with each of their addresses, as in hosts(5); an address is called by its first name."""
    return "".join(f"{address} {name.name}\n" for name in names for address in name.addresses)
