"""A small private network as its controller describes it: two sites, two lines each, fixed keys."""

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address, ip_interface, ip_network

from pendopo.core import boxconfig, envelope
from pendopo.core.boxconfig import (
    Config,
    Controller,
    Denied,
    Deny,
    Flow,
    Lan,
    Lease,
    Line,
    Name,
    Observer,
    Peer,
    Relay,
    Road,
    Roads,
    Site,
    Tunnel,
)
from pendopo.core.keys import SigningKey
from tests.worlds import seed

CONTROLLER = SigningKey.from_seed("registry:ID", "issuing", seed("controller", "box"))
NETWORK = "019a8f00-0000-7000-8000-00000000000a"
LICENCES, PEOPLE, LOST = (f"019a8f00-0000-7000-8000-00000000000{n}" for n in (1, 2, 3))
AT = datetime(2026, 3, 2, 5, tzinfo=UTC)
MANTRA = ((5500, 5500), (8080, 8089))


def networks(*texts: str) -> tuple:
    return tuple(ip_network(one) for one in texts)


def addresses(*texts: str) -> tuple:
    return tuple(ip_address(one) for one in texts)


LICENCE_NETS, PEOPLE_NETS = networks("10.64.0.0/24", "fd00:64::/64"), networks("10.64.1.0/24", "fd00:65::/64")


def config(**changes: object) -> Config:
    """What the licence office's box is told; `changes` are fields of Config."""
    flow = Flow("mantra-only", "out", LICENCE_NETS[:1], PEOPLE_NETS[:1], "tcp", MANTRA)
    made = Config(
        network=NETWORK,
        box=LICENCES,
        serial=7,
        at=AT,
        site=Site("DPMPTSP Kota Bogor", LICENCE_NETS),
        lan=Lan("lan0", (ip_interface("10.64.0.1/24"), ip_interface("fd00:64::1/64"))),
        tunnel=Tunnel(addresses("10.99.0.1", "fd00:99::1"), 1380, seed("wireguard", "licences")),
        pools=networks("10.64.0.0/12", "fd00:60::/28"),
        lines=(
            Line("serat", "wan1", ip_address("100.64.1.1"), 51821),
            Line("seluler", "wan2", None, 51822, metered=True),
        ),
        peers=(
            Peer(
                PEOPLE,
                "Ditjen Dukcapil",
                seed("wireguard", "people"),
                addresses("10.99.0.2", "fd00:99::2"),
                PEOPLE_NETS,
                {"serat": ("198.51.100.7:51821",), "seluler": ("[2001:db8::7]:51822", "198.51.100.9:51822")},
                25,
            ),
        ),
        flows=(
            flow,
            replace(flow, near=LICENCE_NETS[1:], far=PEOPLE_NETS[1:]),
            Flow("ping", "in", LICENCE_NETS[:1], PEOPLE_NETS[:1], "icmp", ()),
        ),
        names=(Name("mantra.dukcapil.nusa.internal", addresses("10.64.1.20", "fd00:65::20")),),
        controller=Controller(("https://pns.kominfo.go.id",)),
        confirm_seconds=30,
        denied=(Denied(LOST, "Kantor Kecamatan Lama", seed("wireguard", "lost")),),
    )
    return replace(made, **changes)


def deny(**changes: object) -> Deny:
    """The network's deny list."""
    return replace(Deny(NETWORK, 3, AT, config().denied), **changes)


def roads(**changes: object) -> Roads:
    """How the licence office's box meets one that nobody can call; it relays for two others itself."""
    made = Roads(
        network=NETWORK,
        box=LICENCES,
        serial=9,
        at=AT,
        observers=(Observer(seed("wireguard", "centre"), "198.51.100.7:51820"),),
        roads=(
            Road(
                PEOPLE,
                "serat",
                ("203.0.113.2:51821",),
                Relay(LOST, seed("wireguard", "relay"), "198.51.100.7:20008"),
            ),
            Road(PEOPLE, "seluler", (), None),
        ),
        leases=(Lease("serat", 20000, (seed("wireguard", "one"), seed("wireguard", "other"))),),
    )
    return replace(made, **changes)


def sealed(what: Config | Deny | Roads, key: SigningKey = CONTROLLER) -> bytes:
    """The envelope as the controller publishes it."""
    kind = {Config: boxconfig.CONFIG, Deny: boxconfig.DENY, Roads: boxconfig.ROADS}[type(what)]
    return envelope.seal(kind, what.payload, [key])
