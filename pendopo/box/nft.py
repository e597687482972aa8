"""Who may pass the box, as one nftables table: what no flow names is dropped between tunnel and site.

What the site's own machines may not send is refused to them at once, so that a program need not wait; what
comes from elsewhere is dropped in silence. Where an address of the private network leads to no peer, nothing
is sent there by a line of the Internet either.

Packets of a connection carry the mark of the flow that let its first one pass, a number made of all that the
flow says. They pass for as long as a flow with that number is there, so a rule that is withdrawn also ends
what it had let through, in the one transaction that loads the table. Counters count all packets of a rule,
both ways. Pure text: `nft -f` loads it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from ipaddress import collapse_addresses, ip_network

from pendopo.box.wireguard import DEVICES
from pendopo.core.boxconfig import Config, Flow, Network, behind

TABLE = "pendopo_box"
PROBES = 51819  # port on the box's tunnel addresses: see probe.py and passing.py

_ASKED = (f"udp dport {PROBES}", f"tcp dport {PROBES}")  # whether a line works, the deny list
_FAMILY = {4: "ip", 6: "ip6"}
_PING = {4: "icmp type echo-request", 6: "icmpv6 type echo-request"}
_ICMP = {4: "meta l4proto icmp", 6: "meta l4proto ipv6-icmp"}


def table(config: Config) -> str:
    """The text of the table, replacing the one that is there."""
    flows = {mark(flow): flow for flow in config.flows}
    counters = {flow.rule: f"rule-{flow.rule}" for flow in config.flows}
    marks = ", ".join(f'{number:#010x} : "{counters[flow.rule]}"' for number, flow in flows.items())
    lines = ", ".join(f'"{line.interface}"' for line in config.lines)
    private = [f"iifname {{ {lines} }} {one} counter name dropped drop" for one in _private(config)]
    return f"""\
table inet {TABLE}
delete table inet {TABLE}
table inet {TABLE} {{
{_each("  counter {} {{ }}", counters.values())}
  counter dropped {{ }}
  map live {{
    type mark : counter
    {f"elements = {{ {marks} }}" if marks else ""}
  }}
  chain pass {{
    counter name ct mark map @live accept
  }}
  chain out {{
{_each("    {}", _rules(flows, "out"))}
  }}
  chain into {{
{_each("    {}", _rules(flows, "in"))}
  }}
  chain refuse {{
    counter name dropped
    meta l4proto tcp reject with tcp reset
    reject with icmpx admin-prohibited
  }}
  chain beside {{
{_each("    {} accept", _private(config))}
{_each("    {} goto refuse", _destinations(config.pools))}
    accept
  }}
  chain own {{
    ct state established,related ct direction reply accept
{_each("    {}", _neighbours(config))}
  }}
  chain forward {{
    type filter hook forward priority filter; policy accept;
    iifname != "{DEVICES}*" oifname != "{DEVICES}*" goto beside
    ct state invalid counter name dropped drop
    tcp flags syn tcp option maxseg size set rt mtu
    ct state established,related counter name ct mark map @live accept
    iifname {{ {lines} }} counter name dropped drop
    oifname {{ {lines} }} counter name dropped drop
    iifname != "{DEVICES}*" jump out
    oifname != "{DEVICES}*" jump into
    iifname != "{DEVICES}*" goto refuse
    counter name dropped drop
  }}
  chain input {{
    type filter hook input priority filter; policy accept;
{_each("    {}", private)}
    iifname != "{DEVICES}*" accept
    ct state invalid counter name dropped drop
    ct state established,related counter name ct mark map @live accept
    jump own
    jump into
    counter name dropped drop
  }}
}}
"""


def mark(flow: Flow) -> int:
    """The number of a flow, 32 bits and never 0: the same for as long as it says the same."""
    said = repr((flow.rule, flow.way, *map(str, (*flow.near, "", *flow.far)), flow.protocol, flow.ports))
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:4]) or 1


def _rules(flows: dict[int, Flow], way: str) -> list[str]:
    """One rule a flow. The lists in it are sets with intervals: joined, for nft takes no overlap in them."""
    found = []
    for number, flow in flows.items():
        if flow.way == way:
            source, destination = (flow.near, flow.far) if way == "out" else (flow.far, flow.near)
            version = flow.near[0].version
            family = _FAMILY[version]
            service = _ICMP[version] if flow.protocol == "icmp" else f"{flow.protocol} dport {_ports(flow)}"
            found.append(
                f"{family} saddr {_networks(source)} {family} daddr {_networks(destination)} {service} "
                f"ct direction original ct mark set {number:#010x} goto pass"
            )
    return found


def _private(config: Config) -> list[str]:
    """What is for the site and the box itself, at addresses that no line leads to."""
    return _destinations(behind(config.site.networks, config.tunnel.addresses))


def _destinations(networks: Sequence[Network]) -> list[str]:
    """Packets to one of the networks: a condition a family."""
    each = {version: [one for one in networks if one.version == version] for version in (4, 6)}
    return [f"{_FAMILY[version]} daddr {_networks(those)}" for version, those in each.items() if those]


def _neighbours(config: Config) -> list[str]:
    """Other boxes may ping this one, ask whether a line works, and what is on the deny list."""
    found = []
    for own in config.tunnel.addresses:
        family = _FAMILY[own.version]
        peers = [
            ip_network(one) for peer in config.peers for one in peer.tunnel if one.version == own.version
        ]
        if peers:
            between = f"{family} saddr {_networks(peers)} {family} daddr {own}"
            found += [f"{between} {one} accept" for one in (*_ASKED, _PING[own.version])]
    return found


def _networks(networks: Iterable[Network]) -> str:
    return f"{{ {', '.join(map(str, collapse_addresses(networks)))} }}"


def _ports(flow: Flow) -> str:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(flow.ports):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return f"{{ {', '.join(f'{first}-{last}' if first < last else str(first) for first, last in joined)} }}"


def _each(template: str, parts: Iterable[str]) -> str:
    return "\n".join(template.format(part) for part in parts)
