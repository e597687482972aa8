"""What boxes ask of their controller: signed, its own only; hostile requests, each beside one that works."""

import json
import random
import time
import zlib
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from pendopo.core import boxcall, boxconfig, strict
from pendopo.core.errors import Fault
from tests.rooms.pnsbox.land import keys

CONFIG, REPORT = "/box/v1/config?after=0", "/box/v1/report"
SAID = {
    "v": 1,
    "serial": 1,
    "state": "good",
    "undone": None,
    "lines": ["utama"],
    "peers": [],
    "capabilities": {},
}


def answered(asked):
    """The answer to a request, as the server gives it; a configuration without waiting."""
    from pendopo.pnsbox.machines import calls

    try:
        if (asked.method, asked.path) == calls.CONFIG:
            return calls.configuration(asked)[1]
        return calls.ROUTES[asked.method, asked.path](asked)
    except Fault as fault:
        return calls.refusal(fault)


def now():
    return time.time_ns() // 1_000_000


def code_of(answer):
    return answer.status, json.loads(answer.body or b"{}").get("code")


@pytest.fixture
def pair(land):
    """Boxes at `satu` and `dua`, which reaches it."""
    from pendopo.pnsbox.machines import calls

    calls.tries = type(calls.tries)()
    land.service()
    land.placed("satu")
    land.placed("dua")
    land.rule("dua", "satu")
    return land


def test_a_box_reads_its_own_configuration_and_the_deny_list(pair):
    key = bytes(pair.network.key_pub)
    for code in ("satu", "dua"):
        answer = answered(pair.boxes[code].asked("GET", CONFIG))
        told = boxconfig.open_config(answer.body, key)
        assert (told.box, told.site.name) == (pair.boxes[code].id, f"Kantor {code}")
        later = f"/box/v1/config?after={told.serial}"
        assert answered(pair.boxes[code].asked("GET", later)) is None
    deny = answered(pair.boxes["satu"].asked("GET", "/box/v1/deny"))
    assert boxconfig.open_deny(deny.body, key).denied == ()


def _signature(box, **of):
    """The signature over another request than the one sent."""
    said = {"method": "GET", "target": CONFIG, "body": b""} | of
    return box.asked(said["method"], said["target"], said["body"]).headers[boxcall.SIGNATURE.lower()]


HOSTILE = {
    "no headers": (lambda one, two: replace(one.asked("GET", CONFIG), headers={}), 401),
    "no box at all": (lambda one, two: one.asked("GET", CONFIG, Pendopo_Box="x" * 5000), 401),
    "an unknown box": (lambda one, two: one.asked("GET", CONFIG, Pendopo_Box=str(two.id)[::-1]), 401),
    "another's name, own key": (lambda one, two: one.asked("GET", CONFIG, Pendopo_Box=two.id), 401),
    "another's signature": (
        lambda one, two: one.asked("GET", CONFIG, Pendopo_Signature=_signature(two)),
        401,
    ),
    "signed for another path": (
        lambda one, two: one.asked("GET", CONFIG, Pendopo_Signature=_signature(one, target="/box/v1/deny")),
        401,
    ),
    "signed for another serial": (
        lambda one, two: one.asked(
            "GET", CONFIG, Pendopo_Signature=_signature(one, target="/box/v1/config?after=9")
        ),
        401,
    ),
    "signed for another body": (
        lambda one, two: replace(
            one.asked("POST", REPORT, SAID), body=json.dumps(SAID | {"serial": 9}).encode()
        ),
        401,
    ),
    "a signature that is none": (lambda one, two: one.asked("GET", CONFIG, Pendopo_Signature="A" * 86), 401),
    "a time that is none": (lambda one, two: one.asked("GET", CONFIG, Pendopo_Time="1e9"), 401),
    "a clock too late": (lambda one, two: one.asked("GET", CONFIG, now=now() - 90_000), 401),
    "a clock too early": (lambda one, two: one.asked("GET", CONFIG, now=now() + 90_000), 401),
    "a serial below zero": (lambda one, two: one.asked("GET", "/box/v1/config?after=-1"), 400),
    "a serial beyond all": (lambda one, two: one.asked("GET", f"/box/v1/config?after={'9' * 40}"), 400),
    "another query": (lambda one, two: one.asked("GET", f"/box/v1/config?box={two.id}"), 400),
    "a report for another": (lambda one, two: one.asked("POST", REPORT, SAID | {"box": two.id}), 400),
    "another version": (lambda one, two: one.asked("POST", REPORT, SAID | {"v": 2}), 400),
    "no JSON": (lambda one, two: one.asked("POST", REPORT, b"[" * 20_000), 400),
    "a key twice": (
        lambda one, two: one.asked("POST", REPORT, b'{"serial":1,' + json.dumps(SAID).encode()[1:]),
        400,
    ),
    "a text no database keeps": (lambda one, two: one.asked("POST", REPORT, SAID | {"state": "\x00"}), 400),
    "a report too deep": (
        lambda one, two: one.asked(
            "POST", REPORT, SAID | {"lines": [json.loads('{"a":' * 20 + "1" + "}" * 20)]}
        ),
        400,
    ),
    "too many peers": (lambda one, two: one.asked("POST", REPORT, SAID | {"peers": [{}] * 5000}), 400),
    "a key that is too short": (
        lambda one, two: one.asked("POST", "/box/v1/rotate", {"v": 1, "wg_key": "AAAA"}),
        400,
    ),
    "a key of zeros": (
        lambda one, two: one.asked("POST", "/box/v1/rotate", {"v": 1, "wg_key": strict.b64e(bytes(32))}),
        400,
    ),
    "another's key": (
        lambda one, two: one.asked("POST", "/box/v1/rotate", {"v": 1, "wg_key": strict.b64e(two.wg_key)}),
        409,
    ),
}
TWINS = [
    ("GET", CONFIG, b""),
    ("GET", "/box/v1/deny", b""),
    ("GET", "/box/v1/roads", b""),
    ("POST", REPORT, SAID),
    ("POST", "/box/v1/rotate", {"v": 1, "wg_key": strict.b64e(keys(77)[2])}),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_request_gets_nothing_and_its_twin_is_answered(pair, name):
    from pendopo.pnsbox.boxes.models import Box

    make, status = HOSTILE[name]
    before = list(Box.objects.order_by("pk").values())
    hostile = make(pair.boxes["satu"], pair.boxes["dua"])
    answer = answered(hostile)
    assert answer.status == status, answer
    assert list(Box.objects.order_by("pk").values()) == before
    method, path, body = next(one for one in TWINS if one[1].partition("?")[0] == hostile.path)
    assert answered(pair.boxes["satu"].asked(method, path, body)).status == 200


def enrolment(code, number, **changed):
    from pendopo.pnsbox.machines.asked import Asked

    pub, _secret, wg = keys(number)
    body = {"v": 1, "code": code, "box_key": strict.b64e(pub), "wg_key": strict.b64e(wg), "name": "pc-router",
            "capabilities": {"wireguard": "kernel"}} | changed  # fmt: skip
    return Asked("POST", "/box/v1/enrol", {}, json.dumps(body).encode(), "192.0.2.9")


def test_enrolment_gives_the_first_configuration(pair):
    from pendopo.ground.audit.models import Line
    from pendopo.pnsbox.boxes import actions

    code = actions.make_code(pair.site("tiga"), actor=pair.officer)
    for wrong in ("", code[:-1], "0000-0000-0000", "\x00", "ü" * 12):
        assert answered(enrolment(wrong, 9)).status in (400, 404)
    assert code_of(answered(enrolment(code, 9, box_key="x"))) == (400, "pnsbox.request")
    said = json.loads(answered(enrolment(code, 9)).body)
    assert said["network"] == str(pair.network.pk)
    told = boxconfig.open_config(said["config"], strict.b64d(said["controller_key"]))
    assert (told.box, told.site.name) == (said["box"], "Kantor tiga")
    assert Line.objects.get(act="pnsbox.box.enrol", subject_id=said["box"]).detail["machine"] == "pc-router"
    assert code_of(answered(enrolment(code, 10))) == (404, "pnsbox.code")
    assert code_of(answered(enrolment("0000-0000-0000", 10))) == (404, "pnsbox.code")


def test_whoever_guesses_codes_waits_and_others_do_not(pair):
    from pendopo.pnsbox.boxes import actions
    from pendopo.pnsbox.machines import calls

    code = actions.make_code(pair.site("tiga"), actor=pair.officer)
    for at in range(calls.tries.EACH):
        assert answered(enrolment(f"0000-0000-{at:04}", 9)).status == 404
    slow = answered(enrolment(code, 9))
    assert slow.status == 429 and 0 < int(slow.headers["Retry-After"]) <= 60
    assert answered(replace(enrolment(code, 9), remote="192.0.2.10")).status == 200


def test_guesses_are_forgotten_after_a_minute():
    from pendopo.pnsbox.machines.asked import Tries

    tries = Tries()
    for at in range(Tries.EACH):
        tries.check("a", at)
        tries.wrong("a", at)
    for now, free in ((20, False), (59.9, False), (60, True)):
        try:
            tries.check("a", now)
        except Fault as fault:
            assert not free and fault.params["seconds"] >= 1
        else:
            assert free
    for at in range(Tries.ALL):
        tries.wrong(f"b{at}", 100)
    with pytest.raises(Fault):
        tries.check("c", 101)


def test_a_box_that_was_cut_off_hears_so_and_nothing_else(pair):
    from pendopo.pnsbox.boxes import actions
    from pendopo.pnsbox.boxes.models import Box

    stolen = pair.boxes["satu"]
    actions.quarantine_box(Box.objects.get(pk=stolen.id), actor=pair.officer)
    for method, path, body in TWINS:
        assert code_of(answered(stolen.asked(method, path, body))) == (403, "pnsbox.box_refused")
        assert answered(pair.boxes["dua"].asked(method, path, body)).status == 200


def test_a_box_hears_that_its_key_is_to_change_until_it_does(pair):
    from pendopo.pnsbox.boxes import actions
    from pendopo.pnsbox.boxes.models import Box

    def told(code="satu"):
        return answered(pair.boxes[code].asked("POST", REPORT, SAID)).headers.get("Pendopo-Rotate")

    assert told() is None
    Box.objects.filter(name="satu").update(key_since=timezone.now() - timedelta(days=30))
    assert told() == "1" and told("dua") is None
    actions.ask_for_key(Box.objects.get(name="dua"), actor=pair.officer)
    assert told("dua") == "1"
    key = {"v": 1, "wg_key": strict.b64e(keys(77)[2])}
    assert answered(pair.boxes["satu"].asked("POST", "/box/v1/rotate", key)).status == 200
    assert told() is None
    assert answered(pair.boxes["satu"].asked("POST", "/box/v1/rotated", key)).status == 200
    assert told() is None and told("dua") == "1"
    busy = answered(
        pair.boxes["dua"].asked("POST", "/box/v1/rotate", key | {"wg_key": strict.b64e(b"k" * 32)})
    )
    assert code_of(busy) == (409, "pnsbox.rotate_busy")


def test_the_report_of_a_hub_is_sent_deflated_and_unpacked_within_bounds(pair):
    """4,096 peers and lines, of which nothing repeats but names; bombs, and what is no deflate."""
    from pendopo.pnsbox.boxes.models import Box
    from pendopo.pnsbox.machines import asked as requests

    chance = random.Random(6)
    row = {"line": "utama", "up": True, "in_use": True, "ms": 20}
    peers = [
        row | {
            "box": str(UUID(int=chance.getrandbits(128))),
            "endpoint": f"198.51.{n % 200}.{n % 251}:{n + 20000}",
            "handshake": 1_790_000_000 + n * 7 % 180, "received": chance.getrandbits(30),
            "sent": chance.getrandbits(30),
        }
        for n in range(requests.PEERS)
    ]  # fmt: skip
    raw = strict.dumps(SAID | {"peers": peers})
    body = zlib.compress(raw)
    print(f"{len(peers)} peers: {len(raw)} bytes, deflated {len(body)}")
    assert len(body) < requests.MOST and len(raw) < requests.LARGEST

    def sent(body, coding):
        asked = pair.boxes["satu"].asked("POST", REPORT, body)
        return answered(replace(asked, headers=asked.headers | {"content-encoding": coding}))

    assert sent(body, "deflate").status == 200
    assert len(Box.objects.get(name="satu").report["peers"]) == requests.PEERS
    bomb = zlib.compress(b" " * (requests.LARGEST + 1))
    assert sent(bomb, "deflate").status == 413
    for wrong, coding in ((body[:-9], "deflate"), (body + b"x", "deflate"), (raw, "deflate"), (body, "gzip")):
        assert code_of(sent(wrong, coding)) == (400, "pnsbox.request")


def test_a_report_is_kept_and_a_moved_line_reaches_the_peers(pair):
    from pendopo.pnsbox.boxes.models import Box

    line = {"name": "utama", "state": "up", "endpoint": "198.51.100.4:40000"}
    report = SAID | {"lines": [line], "capabilities": {"wireguard": "go"}}
    before = pair.serials()
    assert answered(pair.boxes["satu"].asked("POST", REPORT, report)).status == 200
    box = Box.objects.get(name="satu")
    assert box.report["lines"] == [line] and box.capabilities == {"wireguard": "go"} and box.reported_at
    told = lambda: dict(Box.objects.values_list("name", "roads"))  # noqa: E731 - what it counts up to now
    assert told() == {"satu": 0, "dua": 1}
    answer = answered(pair.boxes["dua"].asked("GET", "/box/v1/roads"))
    (road,) = boxconfig.open_roads(answer.body, bytes(pair.network.key_pub)).roads
    assert (road.line, road.seen) == ("utama", ("198.51.100.4:40000",))
    answered(pair.boxes["satu"].asked("POST", REPORT, report))
    odd = report | {"lines": [line | {"endpoint": "vpn.go.id:1"}, {"name": 7, "endpoint": line["endpoint"]}]}
    assert answered(pair.boxes["satu"].asked("POST", REPORT, odd)).status == 200
    assert told() == {"satu": 0, "dua": 1}, "the same, and nonsense, change nothing"
    assert pair.serials() == before, "nor does where a line is seen change a configuration"
