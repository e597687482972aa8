"""The demo nation's history of exchanges: plain HTTP calls to each requester's own gateway, some refused."""

import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from pendopo.portal.demo import nation, script
from pendopo.portal.demo.generate.citizens import SEED

LOOKUPS = 60  # per agreement; with the lists some four hundred exchanges in all
AT_ONCE = 4
SECONDS = 30


@dataclass(frozen=True, slots=True)
class Call:
    """One request of an agency's program to its own gateway at ``port`` on loopback."""

    port: int
    client: str
    service: str
    query: tuple[tuple[str, str], ...] = ()
    purpose: str = ""
    token: str = ""
    accept: str = "application/json"

    @property
    def target(self) -> str:
        path = "/r1/" + "/".join(quote(part, safe="") for part in self.service.split("/"))
        return f"{path}?{urlencode(self.query)}" if self.query else path

    @property
    def headers(self) -> dict[str, str]:
        found = {"X-Road-Client": self.client, "Accept": self.accept}
        if self.purpose:
            found["X-Pendopo-Purpose"] = self.purpose
        if self.token:
            found["Authorization"] = f"Bearer {self.token}"
        return found

    def curl(self) -> str:
        """The same call as a line to paste into a shell."""
        headers = (f"-H '{name}: {value}'" for name, value in self.headers.items() if name != "Accept")
        return f"curl -s {' '.join(headers)} 'http://127.0.0.1:{self.port}{self.target}'"


def send(call: Call) -> tuple[int, bytes]:
    """Status and body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", call.port, timeout=SECONDS)
    try:
        connection.request("GET", call.target, headers=call.headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def call_of(plan: script.Request, offset: int, tokens: dict[str, str], **query: str) -> Call:
    """A call under the agreement that came of ``plan``; ``tokens`` by subsystem."""
    port = nation.node_of(plan.system.agency).app + offset
    client, service = plan.system.path, plan.service.path
    return Call(port, client, service, tuple(query.items()), plan.purposes[0], tokens.get(client, ""))


def history(offset: int, tokens: dict[str, str]) -> Counter[int]:
    """Drives the exchanges of every agreement in use and returns how many ended in which status.

    Raises RuntimeError when an exchange that should succeed does not: then something is broken.
    """
    seen: Counter[int] = Counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for plan in (p for p in script.REQUESTS if p.used):
            rows = first_rows(call_of(plan, offset, tokens, limit="200"))
            seen[200] += 1
            calls = list(lookups(plan, offset, tokens, rows))
            for call, (status, body) in zip(calls, pool.map(send, calls), strict=True):
                seen[status] += 1
                if status != 200:
                    raise RuntimeError(f"{call.target}: {status} {body[:300].decode()}")
        for status, _ in pool.map(send, refusals(offset, tokens)):
            seen[status] += 1
    return seen


def first_rows(call: Call) -> list[dict]:
    """The rows of the first call under a new agreement, as soon as both gateways have it."""
    deadline = time.monotonic() + SECONDS
    while True:
        status, body = send(call)
        if status == 200:
            return json.loads(body)
        if time.monotonic() > deadline:
            raise RuntimeError(f"{call.client} -> {call.service}: {status} {body[:300].decode()}")
        time.sleep(0.2)


def lookups(plan: script.Request, offset: int, tokens: dict[str, str], rows: list[dict]) -> Iterator[Call]:
    """What a program asks through a day: single records by key, some with fewer columns, a few lists."""
    rng = random.Random(f"{SEED}{plan.service.path}{plan.system.path}")  # noqa: S311 - made-up traffic
    key = plan.columns[0]
    for row in rng.sample(rows, min(LOOKUPS, len(rows))):
        few = {"select": ",".join(plan.columns[:2])} if rng.random() < 0.2 else {}
        yield call_of(plan, offset, tokens, **{key: f"eq.{row[key]}"}, **few)
    for n in range(6):
        yield call_of(plan, offset, tokens, limit=str(50 * (n + 1)))


def refusals(offset: int, tokens: dict[str, str]) -> Iterator[Call]:
    """What gateways refuse and log: columns not granted, other purposes, an unknown service."""
    plan = script.REQUESTS[0]
    for n in range(4):
        yield call_of(plan, offset, tokens, select="nik,nama_ibu", limit=str(n + 1))
    good = call_of(plan, offset, tokens)
    for purpose in ("iklan", "lain-lain"):
        yield Call(good.port, good.client, good.service, (("limit", "1"),), purpose)
    yield Call(good.port, good.client, f"{plan.service.system.path}/akta-kelahiran")
    for waiting in (p for p in script.REQUESTS if p.outcome in ("open", "refused")):
        yield call_of(waiting, offset, tokens, limit="1")
