"""WireGuard's text: who is a peer on which line, and what its dump says."""

import base64
from dataclasses import replace

from pendopo.box import wireguard
from pendopo.core.boxconfig import Denied, Second
from tests import boxes
from tests.worlds import seed

CONFIG = boxes.config()
PRIVATE = seed("private")
PEER = CONFIG.peers[0]


NEW = "(none)\t(none)\t0\toff\n"  # the dump of an interface that was just made


def told(config, line, **more):
    return wireguard.change(NEW, config, line, PRIVATE, **more).text


def text(config=CONFIG, at=0, **more):
    return told(config, config.lines[at], **more)


def b64(key):
    return base64.b64encode(key).decode()


def test_a_line_has_its_port_mark_and_the_networks_behind_its_peers():
    assert (
        text()
        == f"""\
[Interface]
PrivateKey = {b64(PRIVATE)}
ListenPort = 51821
FwMark = 0x7100
[Peer]
PublicKey = {b64(PEER.key)}
AllowedIPs = 10.64.1.0/24, fd00:65::/64, 10.99.0.2/32, fd00:99::2/128
Endpoint = 198.51.100.7:51821
PersistentKeepalive = 25
"""
    )
    assert "FwMark = 0x7101" in text(at=1) and "Endpoint = [2001:db8::7]:51822" in text(at=1)


def test_a_refused_key_is_no_peer_whoever_refuses_it():
    assert "[Peer]" not in text(refused=[PEER.key])
    assert "[Peer]" not in text(replace(CONFIG, denied=(Denied(PEER.box, PEER.name, PEER.key),)))
    assert "[Peer]" in text(refused=[seed("somebody else")])


def test_where_it_was_heard_from_counts_only_where_nothing_is_known():
    silent = replace(CONFIG, peers=(replace(PEER, endpoints={}, keepalive=0),))
    assert "Endpoint" not in text(silent) and "PersistentKeepalive = off" in text(silent)
    assert "Endpoint = 192.0.2.9:7" in text(silent, heard={PEER.key: "192.0.2.9:7"})
    assert "192.0.2.9" not in text(heard={PEER.key: "192.0.2.9:7"})


def test_an_interface_that_is_new_forgets_nobody():
    """Its program has just died and begun again: it has no peers yet, or knows not where they are."""

    def now(endpoint):
        return [wireguard.Seen(PEER.key, endpoint, 0, 0, 0)]

    before = {PEER.key: "192.0.2.8:6", seed("no peer any more"): "192.0.2.1:1"}
    for said in ([], now(None)):
        assert wireguard.heard(before, said, CONFIG) == {PEER.key: "192.0.2.8:6"}
    assert wireguard.heard(before, now("192.0.2.9:7"), CONFIG) == {PEER.key: "192.0.2.9:7"}
    assert wireguard.heard({}, [wireguard.Seen(NEXT, "192.0.2.9:7", 0, 0, 0)], CHANGING)


def test_two_lines_never_call_the_same_endpoint():
    both = ("198.51.100.7:51821", "198.51.100.9:51822")
    peer = replace(PEER, endpoints={"serat": both, "seluler": both})
    assert wireguard.called(CONFIG, peer) == {"serat": both[0], "seluler": both[1]}
    alone = replace(PEER, endpoints={"serat": both[:1], "seluler": both[:1]})
    assert wireguard.called(CONFIG, alone) == {"serat": both[0]}
    assert wireguard.called(CONFIG, replace(PEER, endpoints={"seluler": both})) == {"seluler": both[0]}


NEXT = seed("wireguard", "people", "next")
CHANGING = replace(
    CONFIG,
    tunnel=replace(CONFIG.tunnel, second=CONFIG.tunnel.key),
    peers=(replace(PEER, second=Second(NEXT, {"serat": ("198.51.100.7:53821",)})),),
)


def test_a_second_tunnel_has_the_next_key_beside_the_first_one():
    first, other = CHANGING.lines[0], wireguard.second(CHANGING.lines[0])
    assert [wireguard.device(one) for one in wireguard.tunnels(CHANGING)] == [
        "pns-serat", "pns-seluler", "pns-seratN", "pns-selulerN",
    ]  # fmt: skip
    assert told(CHANGING, first) == text()
    assert told(CHANGING, other) == text().replace("ListenPort = 51821", "ListenPort = 53821").replace(
        b64(PEER.key), b64(NEXT)
    ).replace("Endpoint = 198.51.100.7:51821", "Endpoint = 198.51.100.7:53821")
    for refused in (NEXT, PEER.key):
        assert "[Peer]" not in told(CHANGING, other, refused=[refused])


def test_traffic_prefers_second_tunnels_and_stays_in_them_until_the_first_work_again():
    (peer,) = CHANGING.peers
    assert wireguard.order(CHANGING, peer) == ("seratN", "serat", "selulerN", "seluler")
    assert wireguard.order(CONFIG, PEER) == ("serat", "seluler")
    assert wireguard.order(CONFIG, PEER, {"pns-seratN"}) == ("serat", "seratN", "seluler")


def dump(config, line, **changed):
    """What `wg show dump` says of an interface that is as it should be; `changed` are fields of its peer."""
    row = {
        "key": b64(PEER.key), "psk": "(none)", "endpoint": wireguard.called(config, PEER)[line.name],
        "networks": "10.99.0.2/32,10.64.1.0/24,fd00:65::/64,fd00:99::2/128", "handshake": "0",
        "received": "1", "sent": "2", "keepalive": "25",
    } | changed  # fmt: skip
    return f"{b64(PRIVATE)}\tx\t{line.port}\t0x7100\n" + "\t".join(row.values()) + "\n"


def test_only_what_differs_is_said_to_wireguard():
    line = CONFIG.lines[0]

    def change(there, config=CONFIG, private=PRIVATE, refused=(), **more):
        found = wireguard.change(there, config, line, private, refused, **more)
        return found.text, found.gone

    peer = text().partition("[Peer]")[2]
    assert change(dump(CONFIG, line)) == ("", ())
    for changed in ({"endpoint": "192.0.2.9:1"}, {"networks": "10.64.1.0/24"}, {"keepalive": "off"}):
        assert change(dump(CONFIG, line, **changed)) == (f"[Peer]{peer}", ())
    assert change(dump(CONFIG, line, key=b64(NEXT))) == (f"[Peer]{peer}", (NEXT,))
    assert change(dump(CONFIG, line), private=seed("another")) == (
        f"[Interface]\nPrivateKey = {b64(seed('another'))}\n", ()
    )  # fmt: skip
    assert change(dump(CONFIG, line), refused=[PEER.key]) == ("", (PEER.key,))
    called = replace(CONFIG, peers=(replace(PEER, endpoints={}),))
    assert change(dump(CONFIG, line, endpoint="192.0.2.9:1"), called) == ("", ())
    more = dump(CONFIG, line) + dump(CONFIG, line, key=b64(NEXT)).split("\n")[1] + "\n"
    assert change(more) == ("", (NEXT,))
    assert change(more, alone=False) == ("", ())


def test_the_dump_is_read():
    lines = [
        f"{b64(PRIVATE)}\t{b64(PEER.key)}\t51821\t0x7100",
        f"{b64(PEER.key)}\t(none)\t198.51.100.7:51821\t10.64.1.0/24\t1772427600\t1000\t2000\t25",
        f"{b64(seed('b'))}\t(none)\t(none)\t10.64.2.0/24\t0\t0\t0\toff",
    ]
    first, second = wireguard.seen("\n".join(lines) + "\n")
    assert first == wireguard.Seen(PEER.key, "198.51.100.7:51821", 1772427600, 1000, 2000)
    assert (second.endpoint, second.handshake) == (None, 0)
