"""A configuration means exactly what was written, or it is refused with the field that is wrong."""

import copy
import json
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pendopo.core import boxcall, boxconfig, strict
from pendopo.core.boxconfig import Config, Flow, Line, Name, Peer, Second
from pendopo.core.errors import Fault
from pendopo.core.keys import SigningKey
from tests import boxes
from tests.worlds import seed

BODY = json.loads(boxes.config().payload)


def told(payload: bytes) -> tuple[str, str]:
    with pytest.raises(Fault) as fault:
        boxconfig.parse_config(payload)
    return fault.value.code, fault.value.params.get("field")


def changed(path: str, value: object) -> bytes:
    """The payload with another value at `a.0.b`; `-` in front takes the last step away."""
    body = copy.deepcopy(BODY)
    *steps, last = (int(one) if one.isdigit() else one for one in path.lstrip("-").split("."))
    at = body
    for step in steps:
        at = at[step]
    if path.startswith("-"):
        del at[last]
    else:
        at[last] = value
    return strict.dumps(body)


def net4(n: int) -> IPv4Network:
    return IPv4Network((10 << 24 | n << 8, 24))


def net6(n: int) -> IPv6Network:
    return IPv6Network((0xFD << 120 | n << 64, 64))


ports = st.lists(
    st.tuples(st.integers(1, 65535), st.integers(1, 65535)).map(sorted).map(tuple), min_size=1, max_size=3
).map(tuple)
words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)


@st.composite
def configs(draw: st.DrawFn) -> Config:
    """Any configuration of up to four lines and six peers that contradicts nothing."""
    names = draw(
        st.lists(st.from_regex(r"[a-z][a-z0-9]{0,9}", fullmatch=True), unique=True, min_size=1, max_size=4)
    )
    lines = tuple(
        Line(name, f"wan{at}", draw(st.none() | st.ip_addresses()), 51820 + at, draw(st.booleans()))
        for at, name in enumerate(names)
    )
    mine, count = (net4(0), net6(0)), draw(st.integers(0, 6))
    second = draw(st.sampled_from([None, seed("second")]))
    peers = tuple(
        Peer(
            f"019a8f00-0000-7000-8000-0000000001{n:02x}",
            draw(words),
            seed("peer", n),
            (IPv4Address(f"10.200.0.{n}"), IPv6Address(f"fd99::{n:x}")),
            draw(st.sampled_from([(net4(n), net6(n)), (net4(n),), ()])),
            dict.fromkeys(draw(st.sets(st.sampled_from(names))), ("192.0.2.1:51820", "[2001:db8::1]:1")),
            draw(st.integers(0, 3600)),
            second and draw(st.sampled_from([None, Second(seed("s", n), {names[0]: ("192.0.2.1:53820",)})])),
        )
        for n in range(1, count + 1)
    )
    flows = tuple(
        Flow("r1", draw(st.sampled_from(["out", "in"])), mine[v : v + 1], peer.addresses[v : v + 1], *service)
        for peer in peers
        for v in range(len(peer.addresses))
        for service in [draw(st.tuples(st.sampled_from(["tcp", "udp"]), ports) | st.just(("icmp", ())))]
    )
    hosts = tuple(
        Name(f"n{n}.nusa.internal", (draw(st.ip_addresses()),)) for n in range(draw(st.integers(0, 3)))
    )
    serial = draw(st.integers(1, 2**53 - 1))
    return boxes.config(
        serial=serial, lines=lines, peers=peers, flows=flows, names=hosts,
        site=boxconfig.Site(draw(words), mine), lan=boxconfig.Lan(None, ()),
        tunnel=replace(boxes.config().tunnel, second=second),
    )  # fmt: skip


@settings(max_examples=60)
@given(configs())
def test_what_is_written_is_read(config):
    assert boxconfig.parse_config(config.payload) == config


@given(st.data())
def test_no_byte_can_be_changed_under_the_signature(data):
    raw = boxes.sealed(boxes.config())
    at = data.draw(st.integers(0, len(raw) - 1))
    other = (
        raw[:at] + bytes([data.draw(st.integers(0, 255).filter(lambda one: one != raw[at]))]) + raw[at + 1 :]
    )
    with pytest.raises(Fault) as fault:
        boxconfig.open_config(other, boxes.CONTROLLER.pub)
    assert fault.value.code in ("box.config_field", "box.config_signature")
    assert boxconfig.open_config(raw, boxes.CONTROLLER.pub) == boxes.config()


def test_only_the_controllers_key_counts():
    stranger = SigningKey.from_seed("registry:ID", "issuing", seed("stranger"))
    for raw, open in (
        (boxes.sealed(boxes.config(), stranger), boxconfig.open_config),
        (boxes.sealed(boxes.deny(), stranger), boxconfig.open_deny),
    ):
        with pytest.raises(Fault) as fault:
            open(raw, boxes.CONTROLLER.pub)
        assert fault.value.code == "box.config_signature"
    with pytest.raises(Fault) as fault:
        boxconfig.open_config(boxes.sealed(boxes.deny()), boxes.CONTROLLER.pub)
    assert fault.value.params["field"] == "envelope.type"


@pytest.mark.parametrize(
    ("path", "bad", "field", "good"),
    [
        ("box", "LICENCES", "box", boxes.LOST),
        ("serial", 0, "serial", 1),
        ("serial", True, "serial", 8),
        ("at", "2026-03-02", "at", "2026-03-02T05:00:00.000Z"),
        ("site.networks.0", "10.64.0.1/24", "site.networks[0]", "10.64.0.0/24"),
        ("site.networks", [], "site.networks", ["10.64.0.0/24", "fd00:64::/64"]),
        ("lan.interface", "lan0; reboot", "lan.interface", None),
        ("lan.addresses.0", "10.65.0.1/24", "lan.addresses[0]", "10.64.0.254/24"),
        ("tunnel.mtu", 1279, "tunnel.mtu", 1280),
        ("tunnel.addresses", ["fe80::1%1\nPostUp=x"], "tunnel.addresses[0]", ["fe80::1"]),
        ("tunnel.key", "c2hvcnQ", "tunnel.key", strict.b64e(seed("other"))),
        ("tunnel.addresses", ["10.99.0.1", "10.99.0.9"], "tunnel.addresses", ["10.99.0.9"]),
        ("lines.1.name", "serat", "lines", "seluler"),
        ("lines.0.name", "Serat", "lines[0].name", "serat"),
        ("lines.1.port", 51821, "lines", 51823),
        ("lines.1.port", 64000, "lines[1].port", 63535),
        ("lines.0.metered", 1, "lines[0].metered", True),
        ("lines.0.gateway", "100.64.1", "lines[0].gateway", "100.64.1.2"),
        ("peers.0.key", "c2hvcnQ", "peers[0].key", strict.b64e(seed("other"))),
        ("peers.0.key", strict.b64e(seed("wireguard", "lost")), "peers[0].key", strict.b64e(seed("found"))),
        ("peers.0.box", boxes.LICENCES, "peers", boxes.LOST),
        ("peers.0.addresses.0", "10.64.0.128/25", "peers", "10.64.1.0/24"),
        ("peers.0.tunnel.0", "10.99.0.1", "peers", "10.64.1.1"),
        ("peers.0.endpoints", {"satelit": ["192.0.2.1:1"]}, "peers[0].endpoints", {"serat": ["192.0.2.1:1"]}),
        ("peers.0.endpoints.serat.0", "vpn.example:1", "peers[0].endpoints.serat[0]", "192.0.2.1:1"),
        ("peers.0.endpoints.serat.0", "192.0.2.1:01", "peers[0].endpoints.serat[0]", "[2001:db8::1]:1"),
        ("peers.0.second", {"key": strict.b64e(seed("next")), "endpoints": {}}, "peers[0].second", None),
        ("flows.0.way", "both", "flows[0].way", "in"),
        ("flows.0.near.0", "10.64.1.0/24", "flows[0].near", "10.64.0.128/25"),
        ("flows.0.far.0", "fd00:65::/64", "flows[0].far", "10.64.2.0/24"),
        ("flows.0.ports", [[2, 1]], "flows[0].ports[0]", [[1, 2]]),
        ("flows.0.ports", [], "flows[0].ports", [[1, 65535]]),
        ("flows.2.ports", [[1, 1]], "flows[2].ports", []),
        ("flows.0.rule", 'r1" accept', "flows[0].rule", "r1"),
        ("names.0.name", "mantra dukcapil", "names[0].name", "mantra.dukcapil.nusa.internal"),
        ("names.0.name", "www.dukcapil.go.id", "names[0].name", "www.dukcapil.internal"),
        ("controller.urls.0", "file:///etc/passwd", "controller.urls[0]", "http://100.64.9.1:8000"),
        ("confirm_seconds", 0, "confirm_seconds", 1),
        ("metric", 5, "metric", None),
        ("-denied", None, "denied", None),
    ],
)  # fmt: skip
def test_nonsense_is_refused_by_its_field(path, bad, field, good):
    assert told(changed(path, bad)) == ("box.config_field", field)
    if path not in ("metric", "-denied"):
        boxconfig.parse_config(changed(path, good))


def test_second_tunnels_are_with_known_lines_and_keys_that_count():
    config = boxes.config(tunnel=replace(boxes.config().tunnel, second=seed("own next")))
    (peer,) = config.peers
    for bad in (
        Second(seed("next"), {"satelit": ("192.0.2.1:1",)}),
        Second(config.denied[0].key, {}),
    ):
        assert told(replace(config, peers=(replace(peer, second=bad),)).payload)[1] == "peers[0].second"
    good = replace(config, peers=(replace(peer, second=Second(seed("next"), {"serat": ("192.0.2.1:1",)})),))
    assert boxconfig.parse_config(good.payload) == good


def test_a_later_version_is_said():
    with pytest.raises(Fault) as fault:
        boxconfig.parse_config(changed("v", 2))
    assert (fault.value.code, fault.value.params["found"]) == ("box.config_version", "2")
    assert told(changed("v", 1) + b"\n")[1] == "json.not_exact"


def test_what_is_behind_a_box_is_said_once():
    inside, outside = IPv4Address("10.64.0.9"), IPv4Address("10.99.0.1")
    assert boxconfig.behind([net4(0)], [outside]) == [net4(0), ip_network("10.99.0.1/32")]
    wide = ip_network("10.64.0.0/24")
    assert boxconfig.behind([wide], [inside]) == [wide]


KEY = SigningKey.from_seed("node:kantor", "log", seed("box"))
CALL = ("GET", "/box/v1/config?after=7", b"")


def test_a_call_is_the_boxs_own_for_a_minute():
    sent = boxcall.headers(boxes.LICENCES, KEY.sign, *CALL, 1_000_000)
    assert sent[boxcall.BOX] == boxes.LICENCES
    for now in (1_000_000 - 60_000, 1_000_000 + 60_000):
        boxcall.check(KEY.pub, sent, *CALL, now)
    for now, off in ((1_000_000 - 61_000, 61), (1_000_000 + 61_000, -61)):
        with pytest.raises(Fault) as fault:
            boxcall.check(KEY.pub, sent, *CALL, now)
        assert (fault.value.code, fault.value.params["seconds"]) == ("box.call_clock", off)


@pytest.mark.parametrize(
    "forged",
    [
        {"method": "POST"},
        {"target": "/box/v1/config?after=8"},
        {"body": b"{}"},
        {boxcall.TIME: "1000001"},
        {boxcall.TIME: "01000000"},
        {boxcall.SIGNATURE: "A" * 86},
        {boxcall.SIGNATURE: ""},
        {"pub": SigningKey.from_seed("node:kantor", "log", seed("thief")).pub},
    ],
)
def test_a_call_changed_in_anything_is_nobodys(forged):
    sent = boxcall.headers(boxes.LICENCES, KEY.sign, *CALL, 1_000_000)
    call = dict(zip(("method", "target", "body"), CALL, strict=True)) | {"pub": KEY.pub}
    boxcall.check(given=sent, now=1_000_000, **call)
    call |= {name: value for name, value in forged.items() if name in call}
    sent |= {name: value for name, value in forged.items() if name in sent}
    with pytest.raises(Fault) as fault:
        boxcall.check(given=sent, now=1_000_000, **call)
    assert fault.value.code == "box.call_signature"


def test_a_call_counts_once_and_is_forgotten_when_its_time_is_over():
    heard, minute = boxcall.Heard(), boxcall.SKEW * 1000
    heard.once("a", 0)
    heard.once("b", 1)
    for now in (1, 2 * minute):
        with pytest.raises(Fault) as fault:
            heard.once("a", now)
        assert fault.value.code == "box.call_again"
    heard.once("a", 2 * minute + 1)
    with pytest.raises(Fault):
        heard.once("a", 2 * minute + 2)
