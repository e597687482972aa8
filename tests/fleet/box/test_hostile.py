"""Hostile things for controller and box, each beside a harmless twin one step away that works.

The controller is the product's own process, asked by boxes of which only the key is there; the boxes are real
agents in the lab, with somebody between them and the controller who gives false answers.
"""

import contextlib
import json
import re
import socket
import subprocess
import sys
import time
import zlib
from dataclasses import replace

import pytest

from pendopo.box.lab import CENTRE
from pendopo.core import boxcall, boxconfig, envelope, strict
from pendopo.core.keys import SigningKey
from tests.fleet.box import test_controller
from tests.fleet.box.liar import Liar
from tests.fleet.box.nation import PENDOPO, environment
from tests.fleet.box.spaces import inside, reaches, until
from tests.fleet.box.test_controller import AGENCY, OFFICE, PORT, land  # noqa: F401  a fixture
from tests.worlds import seed

FALSE = 8091  # the port of the one between
URL = f"http://{CENTRE}:{FALSE}"
STRANGER = SigningKey.from_seed("registry:ID", "issuing", seed("stranger"))
CONFIG, DENY = "/box/v1/config", "/box/v1/deny"
REPORT, ROTATE, ROTATED = "/box/v1/report", "/box/v1/rotate", "/box/v1/rotated"
FEWEST = 40
SAID = {"v": 1, "serial": 1, "state": "good", "undone": None, "lines": [], "peers": [], "capabilities": {}}


@pytest.fixture
def lab(land, django_home):  # noqa: F811
    from pendopo.pnsbox.sites.models import Network

    Network.objects.update(urls=[URL])
    land.network.refresh_from_db()
    with test_controller.controlled(land, django_home, "t8box") as made:
        yield made


@pytest.fixture
def liar(lab):
    made = Liar(lab.space("centre"), CENTRE, FALSE, PORT)
    yield made
    made.close()


def test_refused_or_harmless_beside_a_twin_that_works(land, lab, liar, subtests, record_property):  # noqa: F811
    door = Door(land, lab)
    until(lambda: reaches(lab.space("centre"), CENTRE, PORT), 30, 0.1)
    with contextlib.ExitStack() as open:
        slow = open.enter_context(half_open(lab))
        world = World(land, lab, liar)
        try:
            count = len(slow) + enrolled(world, subtests) + told_lies(world, subtests)
            for name, does in (*CALLS.items(), *THINGS.items()):
                with subtests.test(name):
                    does(door)
                    assert door.answered(door.one.asked("GET", DENY)), "the next one is answered"
            for name, sockets in slow.items():
                with subtests.test(name):
                    # All were hung up on meanwhile, and nobody had to wait for them.
                    until(lambda sockets=sockets: not [one for one in sockets if alive(one)], 15)
        finally:
            world.close()
    count += len(CALLS) + len(THINGS)
    record_property("figure", f"hostile.things {count}")
    assert count >= FEWEST


# What boxes, and those who are none, ask of the controller.


class Door:
    """The controller's process, asked from its own place; `one` and `two` are boxes without a machine, that
    reach each other."""

    def __init__(self, land, lab) -> None:  # noqa: F811
        self.land, self.space = land, lab.space("centre")
        self.other = lab.space("isp1")
        land.service()
        for code in ("satu", "dua"):
            land.placed(code)
        land.rule("satu dua", "dua satu")
        self.one, self.two = land.boxes["satu"], land.boxes["dua"]

    def says(self, text: bytes, space: str = "") -> bytes:
        """All that is answered to these bytes."""
        with inside(space or self.space, lambda: socket.create_connection((CENTRE, PORT), 5)) as sock:
            with contextlib.suppress(ConnectionError):
                sock.sendall(text)
            with contextlib.suppress(ConnectionError):
                return b"".join(iter(lambda: sock.recv(65536), b""))
            return b""

    def status(self, text: bytes, space: str = "") -> int:
        found = re.match(rb"HTTP/1.1 (\d{3}) ", self.says(text, space))
        return int(found[1]) if found else 0

    def refusal(self, text: bytes) -> tuple[int, str]:
        """Status and code of an answer."""
        head, _, body = self.says(text).partition(b"\r\n\r\n")
        return int(head.split(b" ")[1]), json.loads(body or b"{}").get("code", "") if head else (0, "")

    def refused(self, asked, status: int, code: str) -> None:
        assert self.refusal(raw(asked.method, asked.target, asked.body, asked.headers)) == (status, code)

    def answered(self, asked) -> bool:
        return self.status(raw(asked.method, asked.target, asked.body, asked.headers)) == 200

    def box(self, held):
        from pendopo.pnsbox.boxes.models import Box

        return Box.objects.get(pk=held.id)


def raw(method: str, target: str, body: bytes = b"", headers=None, more: str = "") -> bytes:
    """A request as it goes over the line."""
    lines = [f"{method} {target} HTTP/1.1", "Host: x", "Connection: close", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + f"\r\n{more}\r\n").encode("latin-1") + body


def begun(door) -> bytes:
    """The key that box `one` is changing to; it begins if need be."""
    if (key := door.box(door.one).next_key) is None:
        assert door.answered(door.one.asked("POST", ROTATE, rotation(next(KEYS))))
        key = door.box(door.one).next_key
    return bytes(key)


def rotation(number: int) -> dict:
    return {"v": 1, "wg_key": strict.b64e(number.to_bytes(32, "big"))}


KEYS = iter(range(7_000, 8_000))
ASKS = {
    CONFIG: lambda door: ("GET", f"{CONFIG}?after=0", b""),
    DENY: lambda door: ("GET", DENY, b""),
    REPORT: lambda door: ("POST", REPORT, SAID),
    ROTATE: lambda door: ("POST", ROTATE, rotation(next(KEYS))),
    ROTATED: lambda door: ("POST", ROTATED, {"v": 1, "wg_key": strict.b64e(begun(door))}),
}
LATE = 61_000  # ms


def another_id(door, ask):
    door.refused(door.one.asked(*ask, Pendopo_Box=door.two.id), 401, "box.call_signature")


def another_key(door, ask):
    door.refused(replace(door.two, id=door.one.id).asked(*ask), 401, "box.call_signature")


def again(door, ask):
    sent = door.one.asked(*ask)
    assert door.answered(sent)
    door.refused(sent, 409, "box.call_again")


def older(door, ask):
    now = time.time_ns() // 1_000_000
    door.refused(door.one.asked(*ask, now=now - LATE), 401, "box.call_clock")


def beside(way, ask):
    """The call in this way: it changes nothing of either box; right, it works."""

    def does(door) -> None:
        said = ask(door)
        if way is not again:
            before = [door.box(one) for one in (door.one, door.two)]
            way(door, said)
            for was, now in zip(before, (door.box(door.one), door.box(door.two)), strict=True):
                for name in ("wg_key", "next_key", "serial", "report"):
                    assert getattr(was, name) == getattr(now, name), name
            assert door.answered(door.one.asked(*said))
        else:
            way(door, said)

    return does


CALLS = {
    f"{path} {name}": beside(way, ask)
    for path, ask in ASKS.items()
    for name, way in (
        ("with another's id", another_id),
        ("with another's key", another_key),
        ("sent again", again),
        ("too late", older),
    )
}
THINGS = {}


def hostile(name):
    """Puts a function on the list; it does the hostile thing and its twin."""

    def listed(does):
        assert name not in THINGS
        THINGS[name] = does
        return does

    return listed


def bodies(*those: tuple[str, bytes, int]) -> None:
    """Reports that are refused by their body; the right one is taken."""
    for name, body, status in those:

        def does(door, body=body, status=status) -> None:
            before = door.box(door.one).report
            asked = door.one.asked("POST", REPORT, body)
            assert door.status(raw("POST", REPORT, body, asked.headers)) == status
            assert door.box(door.one).report == before
            assert door.answered(door.one.asked("POST", REPORT, SAID))

        hostile(name)(does)


bodies(
    ("a report beyond all measure", b"x" * 300_000, 413),
    ("a report that is no JSON", b"\xff\xfe{}", 400),
    ("a report with a key twice", b'{"serial":1,' + json.dumps(SAID).encode()[1:], 400),
    ("a report without end inside", b"[" * 60_000, 400),
    ("a report with a zero that no database keeps", json.dumps(SAID | {"state": "\x00"}).encode(), 400),
    ("a report with half a letter", b'{"v":1,"state":"\\ud800"}', 400),
    ("a report for another box", json.dumps(SAID | {"box": "dua"}).encode(), 400),
    ("a number that no reader agrees on", json.dumps(SAID | {"serial": 1e400}).encode(), 400),
)


@hostile("another's serials by the query")
def _(door):
    door.refused(door.one.asked("GET", f"{CONFIG}?box={door.two.id}"), 400, "pnsbox.request")
    assert door.answered(door.one.asked("GET", f"{CONFIG}?after=0"))


@hostile("two names in one request")
def _(door):
    asked = door.one.asked("GET", DENY)
    for first in (door.one.id, door.two.id):
        text = raw("GET", DENY, b"", asked.headers, f"Pendopo-Box: {first}\r\n")
        assert door.refusal(text) == (401, "box.call_signature")
    assert door.answered(asked)


@hostile("a method that was not signed")
def _(door):
    asked = door.one.asked("GET", DENY)
    assert door.refusal(raw("POST", REPORT, json.dumps(SAID).encode(), asked.headers))[0] == 401


@hostile("a length and pieces at once, and another's request behind")
def _(door):
    first, second = (one.asked("GET", DENY) for one in (door.one, door.two))
    hidden = raw("GET", DENY, b"", second.headers | {boxcall.BOX: door.one.id})
    heads = "".join(f"{name}: {value}\r\n" for name, value in first.headers.items())
    text = f"GET {DENY} HTTP/1.1\r\nHost: x\r\n{heads}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    said = door.says(text.encode() + b"0\r\n\r\n" + hidden)
    assert said.count(b" 200 ") <= 1 and b'"denied"' not in said.partition(b"HTTP/1.1 401")[2]
    assert door.answered(door.two.asked("GET", DENY))


@hostile("pieces beyond all measure")
def _(door):
    asked = door.one.asked("POST", REPORT, SAID)
    heads = "".join(f"{name}: {value}\r\n" for name, value in asked.headers.items())
    text = (
        f"POST {REPORT} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{heads}Transfer-Encoding: chunked\r\n\r\n"
    )
    piece = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    assert door.status(text.encode() + piece * 10) in (400, 413)
    body = asked.body
    assert door.status(text.encode() + f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n") == 200


@hostile("a report that swells")
def _(door):
    for said, status in ((b" " * (3 << 20), 413), (json.dumps(SAID).encode(), 200)):
        body = zlib.compress(said)
        asked = door.one.asked("POST", REPORT, body)
        assert (
            door.status(raw("POST", REPORT, body, asked.headers | {"Content-Encoding": "deflate"})) == status
        )


@hostile("ways around")
def _(door):
    for path in (
        "/box/v1/../v1/deny",
        "//box/v1/deny",
        "/box/v1/%64eny",
        "/box/v1/deny/",
    ):
        assert door.status(raw("GET", path, b"", door.one.asked("GET", DENY).headers)) in (400, 401, 404), (
            path
        )
    assert door.answered(door.one.asked("GET", DENY))


@hostile("what is no HTTP")
def _(door):
    for text in (
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x00" * 4096,
        b"GET\r\n\r\n",
    ):
        assert door.status(text + b"\r\n\r\n") in (0, 400, 404, 505)


@hostile("a head beyond all measure")
def _(door):
    asked = door.one.asked("GET", DENY)
    assert door.status(raw("GET", DENY, b"", asked.headers | {"X": "a" * 2_000_000})) in (0, 400, 431)
    assert door.status(raw("GET", DENY, b"", asked.headers | {"X": "a" * 2_000})) == 200


@hostile("a report that was held back")
def _(door):
    now = time.time_ns() // 1_000_000
    moved = SAID | {"lines": [{"name": "utama", "up": True, "endpoint": "198.51.100.66:1"}]}
    seen = lambda: door.box(door.one).site.lines.get(name="utama").seen  # noqa: E731 - what peers are told
    before = seen()
    late = door.one.asked("POST", REPORT, moved, now=now - 5_000)
    assert door.answered(door.one.asked("POST", REPORT, SAID | {"state": "new"}))
    assert door.answered(late)
    assert door.box(door.one).report["state"] == "new"
    assert seen() == before
    assert door.answered(
        door.one.asked(
            "POST", REPORT, moved | {"lines": [moved["lines"][0] | {"endpoint": "198.51.100.7:1"}]}
        )
    )
    assert seen() == "198.51.100.7:1"


@hostile("names that are none")
def _(door):
    names = ("../../etc/passwd", "utama\r\nX: y", "<script>", "x" * 4000, "", "$(reboot)")
    odd = SAID | {"lines": [{"name": name, "up": True, "endpoint": "198.51.100.9:9"} for name in names]}
    before = door.land.serials()
    assert door.answered(door.one.asked("POST", REPORT, odd))
    assert door.land.serials() == before


@hostile("addresses that are none")
def _(door):
    before = door.land.serials()
    for where in (
        "vpn.go.id:1",
        "0.0.0.0:1",
        "224.0.0.1:9",
        "198.51.100.9:99999",
        "198.51.100.9:1\nPostUp=x",
        "[::1%x]:1",
    ):
        said = SAID | {"lines": [{"name": "utama", "up": True, "endpoint": where}]}
        assert door.answered(door.one.asked("POST", REPORT, said)), where
    assert door.land.serials() == before


@hostile("another's WireGuard key")
def _(door):
    theirs = {"v": 1, "wg_key": strict.b64e(bytes(door.box(door.two).wg_key))}
    door.refused(door.one.asked("POST", ROTATE, theirs), 409, "pnsbox.key_taken")
    assert door.answered(door.one.asked("POST", ROTATE, rotation(next(KEYS))))


@hostile("a key of zeros")
def _(door):
    door.refused(
        door.one.asked("POST", ROTATE, {"v": 1, "wg_key": strict.b64e(bytes(32))}), 400, "pnsbox.request"
    )
    assert door.answered(door.one.asked("POST", ROTATE, rotation(next(KEYS))))


def enrolment(code, number, **changed) -> bytes:
    from tests.rooms.pnsbox.land import keys

    pub, _secret, wg = keys(number)
    body = {
        "v": 1, "code": code, "box_key": strict.b64e(pub), "wg_key": strict.b64e(wg), "name": "pc",
        "capabilities": {},
    } | changed  # fmt: skip
    return raw("POST", "/box/v1/enrol", json.dumps(body).encode())


@hostile("a code by somebody else, another's keys, and guesses")
def _(door):
    from pendopo.pnsbox.boxes import actions

    code = actions.make_code(door.land.site("tiga"), actor=door.land.officer)
    assert door.refusal(enrolment(code, 90, name="x" * 10_000)) == (400, "pnsbox.request")
    theirs = {"box_key": strict.b64e(bytes(door.box(door.two).box_key))}
    assert door.refusal(enrolment(code, 90, **theirs)) == (409, "pnsbox.key_taken")
    assert door.status(enrolment(code, 90)) == 200
    assert door.refusal(enrolment(code, 91)) == (404, "pnsbox.code")
    fresh = actions.make_code(door.land.site("empat"), actor=door.land.officer)
    until(lambda: door.refusal(enrolment("0000-0000-0000", 92)) == (429, "pnsbox.slow_down"))
    assert door.status(enrolment(fresh, 92)) == 429
    assert door.status(enrolment(fresh, 92), door.other) == 200, "who guesses waits alone"


@contextlib.contextmanager
def half_open(lab):
    """Connections that begin a head and never end it, and requests whose body never comes."""
    head = f"GET {DENY} HTTP/1.1\r\nHost: x\r\n".encode()
    body = f"POST {REPORT} HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n".encode()

    def made(text: bytes, number: int) -> list[socket.socket]:
        found = [socket.create_connection((CENTRE, PORT), 5) for _ in range(number)]
        for one in found:
            one.sendall(text)
            one.setblocking(False)
        return found

    def all():
        return {
            "connections that say nothing": made(b"", 100),
            "heads without end": made(head, 300),
            "bodies that never come": made(body, 100),
        }

    found = inside(lab.space("centre"), all)
    yield found
    for one in (sock for those in found.values() for sock in those):
        one.close()


def alive(sock: socket.socket) -> bool:
    """Whether the other side has not hung up yet."""
    try:
        while sock.recv(4096):
            pass
    except BlockingIOError:
        return True
    except ConnectionError:
        pass
    return False


# What a box is answered.


class World:
    """Two offices with real agents, and the one between them and their controller."""

    def __init__(self, land, lab, liar) -> None:  # noqa: F811
        self.land, self.lab, self.liar = land, lab, liar
        self.agents: dict[str, subprocess.Popen] = {}
        self.ids: dict[str, str] = {}
        self.first: dict[str, bytes] = {}
        self.turn = 0

    def enrol(self, code: str) -> int:
        """`pendopo box enrol` at a site, with its code; what it ends with."""
        from pendopo.pnsbox.boxes import actions
        from pendopo.pnsbox.boxes.models import Box

        if code not in self.first:
            self.first[code] = actions.make_code(
                self.land.network.sites.get(code=code), actor=self.land.officer
            )
        typed = (*PENDOPO, "box", "enrol", "--controller", URL, "--code", self.first[code])
        ended = self.lab.start(code, *typed, env=environment(), stderr=subprocess.PIPE)
        said = ended.communicate(timeout=30)[1].decode()
        assert "Traceback" not in said, said
        self.ids[code] = str(Box.objects.filter(site__code=code).values_list("pk", flat=True)[0])
        return ended.returncode

    def start(self, code: str) -> None:
        with open(self.lab.folder / f"{code}.log", "wb") as log:
            command = (sys.executable, "-m", "pendopo.box")
            self.agents[code] = self.lab.start(code, *command, stdout=log, stderr=log, env=environment())

    def told(self, code: str) -> str:
        return (self.lab.folder / f"{code}.log").read_text()

    def change(self) -> None:
        """One that both boxes are told."""
        self.turn += 1
        self.land.service("giliran", ports=((self.turn, self.turn),))

    def sound(self) -> bool:
        """Whether both run what they were told last."""
        from pendopo.pnsbox.boxes.models import Box

        rows = Box.objects.filter(pk__in=self.ids.values())
        return {(one.report.get("state"), one.report.get("serial") == one.serial) for one in rows} == {
            ("good", True)
        }

    def close(self) -> None:
        for code, agent in self.agents.items():
            print(code, self.told(code)[-3000:])
            agent.terminate()
            agent.wait(10)


def http(body: bytes = b"", *heads: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *heads, "", ""]).encode() + body


def sized(body: bytes, *heads: str) -> bytes:
    return http(body, f"Content-Length: {len(body)}", *heads)


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


def other(world, code: str) -> str:
    return world.ids[OFFICE if code == AGENCY else AGENCY]


def altered(raw: bytes) -> bytes:
    """The configuration with one letter of the site's name changed, under the signature that it had."""
    said = strict.loads(raw)
    payload = strict.b64d(said["payload"])
    assert b"Kantor" in payload
    return strict.dumps(said | {"payload": strict.b64e(payload.replace(b"Kantor", b"Kantar", 1))})


def by_stranger(world, code: str, true: bytes) -> bytes:
    """The true configuration with a much later serial, signed by somebody."""
    config = boxconfig.open_config(body_of(true), bytes(world.land.network.key_pub))
    return envelope.seal(boxconfig.CONFIG, replace(config, serial=999_999).payload, [STRANGER])


def strangers_list(world, code: str) -> bytes:
    """A deny list by somebody that names the neighbour."""
    from tests.boxes import AT

    key = bytes(world.land.network.boxes.get(pk=other(world, code)).wg_key)
    denied = boxconfig.Denied(other(world, code), "x", key)
    said = boxconfig.Deny(str(world.land.network.pk), 10**12, AT, (denied,))
    return envelope.seal(boxconfig.DENY, said.payload, [STRANGER])


def listed(world, code: str, true: bytes) -> bytes:
    world.liar.lies[world.ids[code], DENY] = lambda _: sized(strangers_list(world, code))
    return sized(body_of(true), f"Pendopo-Deny: {10**12}")


# name → (world, site, true answer) → false one; what the agent says of it (nothing: another way answers)
LIES = {
    "a body beyond all measure": (lambda w, c, t: http(b"x" * 9000, "Content-Length: 9437184"), ""),
    "a length below zero": (lambda w, c, t: http(b"{}", "Content-Length: -5"), ""),
    "a head without end": (lambda w, c, t: b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000, ""),
    "a status that is none": (lambda w, c, t: b"HTTP/1.1 zwei OK\r\n\r\n", ""),
    "no answer at all": (lambda w, c, t: b"", ""),
    "half an answer": (lambda w, c, t: http(b"{" * 10, "Content-Length: 5000"), ""),
    "pieces of no size": (lambda w, c, t: http(b"zz\r\n\r\n", "Transfer-Encoding: chunked"), ""),
    "trouble of its own": (lambda w, c, t: http(b"", "Content-Length: 0", status="503 No"), ""),
    "another place to ask": (
        lambda w, c, t: http(b"", "Location: http://198.18.1.1/", "Content-Length: 0", status="302 There"),
        "box.refused",
    ),
    "a page": (lambda w, c, t: sized(b"<html><form>"), "box.config_field"),
    "a key twice": (
        lambda w, c, t: sized(b'{"v":1,' + body_of(t)[1:]),
        "box.config_field",
    ),
    "without end inside": (lambda w, c, t: sized(b"[" * 200_000), "box.config_field"),
    "another's configuration": (
        lambda w, c, t: w.liar.answers[other(w, c), CONFIG],
        "box.config_other",
    ),
    "an older one": (lambda w, c, t: sized(w.older[c]), "box.config_old"),
    "one letter changed": (
        lambda w, c, t: sized(altered(body_of(t))),
        "box.config_signature",
    ),
    "a stranger's signature": (lambda w, c, t: sized(by_stranger(w, c, t)), "box.config_signature"),
    "the deny list in its place": (
        lambda w, c, t: sized(bytes(w.land.network.deny)),
        "box.config_field",
    ),
    "a stranger's deny list": (listed, "box.config_signature"),
    "a deny list that nobody has": (
        lambda w, c, t: sized(body_of(t), f"Pendopo-Deny: {10**15}"),
        "box.config_old",
    ),
    "a list's number that is none": (lambda w, c, t: sized(b"{}", "Pendopo-Deny: -1"), "box.config_field"),
}


def enrolled(world, subtests) -> int:
    """False answers to a box that joins; with the same code the true one is taken. How many things."""
    lies = {
        "first words without end inside": lambda true: sized(b'{"config":' + b"[" * 100_000),
        "first words of a stranger": lambda true: sized(
            strict.dumps(json.loads(body_of(true)) | {"controller_key": strict.b64e(STRANGER.pub)})
        ),
        "first words for another box": lambda true: sized(
            strict.dumps(json.loads(body_of(true)) | {"box": str(world.land.network.pk)})
        ),
    }
    for name, lie in lies.items():
        with subtests.test(name):
            world.liar.lies["", "/box/v1/enrol"] = lie
            assert world.enrol(AGENCY) == 1
            assert not (world.lab.private(AGENCY, "etc/pendopo-box") / "identity.json").exists()
    for code in (AGENCY, OFFICE):
        assert world.enrol(code) == 0
        world.start(code)
    return len(lies)


def told_lies(world, subtests) -> int:
    """Two lies at a time, one for each box, in the place of the true answer to what changed."""
    land = world.land  # noqa: F811
    land.service("giliran")
    land.rule(OFFICE, AGENCY, ["giliran", "ping"])
    until(world.sound, 30, 0.1)
    world.older = {code: body_of(world.liar.answers[id, CONFIG]) for code, id in world.ids.items()}
    names = list(LIES)
    for pair in zip(names[::2], names[1::2], strict=True):
        with subtests.test(" and ".join(pair)):
            world.liar.told.clear()
            before = {code: len(world.told(code)) for code in world.ids}
            for code, name in zip(world.ids, pair, strict=True):
                lie = LIES[name][0]
                world.liar.lies[world.ids[code], CONFIG] = lambda true, c=code, does=lie: does(world, c, true)
            world.change()
            until(lambda: len({id for id, path in world.liar.told if path == CONFIG}) == 2)
            until(world.sound, 10, 0.05)
            for code, name in zip(world.ids, pair, strict=True):
                said = world.told(code)[before[code] :]
                assert LIES[name][1] in said and "999999" not in said, (name, said)
    for agent in world.agents.values():
        assert agent.poll() is None
    far = world.lab.places[0].machine[0].partition("/")[0]
    until(lambda: test_controller.pings(world.lab, OFFICE, far))
    return len(LIES)
