"""`make bench WHAT=simaya`: figures of letters, as `name value` lines.

Each is a median in milliseconds by the clock; beside it stands `.cpu`, the processor time of all that worked
for it, which a busy machine does not stretch. Search and inbox are whole pages with 100,000 letters, without
the browser. BENCH_ONLY (`sign`, `archive`) leaves the other out.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.figures import say

ONLY = os.environ.get("BENCH_ONLY", "")
ROUNDS = 100  # letters signed
REPEATS = 15  # of each page
QUERIES = {
    "rare": "kata19500 irigasi",
    "common": "permintaan data",  # in every letter
    "topic": "irigasi",
    "typing": "irig",
    "two_signs": "pe",
    "number": "3/4461/107",
    "part_of_number": "3/44",
    "name": "dinas 123 wangge",
    "nothing": "tidakada",
}
TICK = 1000 / os.sysconf("SC_CLK_TCK")  # ms


def sign() -> None:
    """A letter of two pages, set, signed to B-LTA with both time stamps of the node's own authority."""
    from pendopo.simaya.paper import pdfa, render
    from tests.rules.simaya import sheets, signatures

    instance = signatures.instance()
    drawn = render.pdf(_other(sheets.sheet(), 0), sheets.AT)
    assert pdfa.pages(drawn.pdf) == 2
    clock, cpu, setting = [], [], []
    for n in range(ROUNDS + 5):
        sheet = _other(sheets.sheet(), n + 1)
        begun, used = time.perf_counter(), time.process_time()
        pages = render.pdf(sheet, sheets.AT)
        between = time.perf_counter()
        instance.sign(pages.pdf)
        if n >= 5:  # the first ones load what the others find loaded
            clock.append((time.perf_counter() - begun) * 1000)
            cpu.append((time.process_time() - used) * 1000)
            setting.append((between - begun) * 1000)
    say("simaya.render_sign_ms", statistics.median(clock), 1)
    say("simaya.render_sign_ms.cpu", statistics.median(cpu), 1)
    say("simaya.render_sign_ms.low", min(clock), 1)
    say("simaya.render_sign_ms.p99", sorted(clock)[-2], 1)
    say("simaya.render_ms", statistics.median(setting), 1)


def _other(thing, n: int):
    """The same sheet with other words in every text: a letter that was set before is not set again."""
    if isinstance(thing, dict):
        return {key: f"{value} {n}" if key == "text" else _other(value, n) for key, value in thing.items()}
    return [_other(one, n) for one in thing] if isinstance(thing, list | tuple) else thing


def pages(desk) -> None:
    """The search as one types, by who sees all and by who sees some, and the registry's list."""
    from django.db import connection

    readers = {"all": "registrar", "third": "head", "some": "Analis", "few": "Arsiparis"}
    clients = {who: _client(desk.accounts[name]) for who, name in readers.items()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = cursor.fetchone()[0]
    slowest, all_clock, all_cpu = 0.0, [], []
    for label, query in QUERIES.items():
        for who, client in clients.items():
            clock, cpu = _timed(lambda c=client, q=query: _found(c, q), server)
            assert who != "all" or (label != "nothing") is (b"<tr>" in _found(client, query)), label
            say(f"simaya.search_ms_100k.{label}.{who}", statistics.median(clock), 1)
            slowest = max(slowest, statistics.median(clock))
            all_clock += clock
            all_cpu.append(cpu)
    say("simaya.search_ms_100k", statistics.median(all_clock), 1)
    say("simaya.search_ms_100k.cpu", statistics.mean(all_cpu), 1)
    say("simaya.search_ms_100k.slowest", slowest, 1)
    for label, path in (("", ""), (".registered", "?tab=terdaftar"), (".overdue", "?tab=tenggat")):
        clock, cpu = _timed(lambda p=path: _page(clients["all"], f"/surat/masuk/{p}"), server)
        say(f"simaya.inbox_ms_100k{label}", statistics.median(clock), 1)
        say(f"simaya.inbox_ms_100k{label}.cpu", cpu, 1)


def _client(account):
    from django.conf import settings
    from django.test import Client

    client = Client(HTTP_HOST=f"{settings.HOME.node}.localhost")
    client.force_login(account, backend="pendopo.ground.accounts.signin.NumberBackend")
    return client


def _found(client, query: str) -> bytes:
    answer = client.get("/surat/cari/", {"q": query}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content


def _page(client, path: str) -> None:
    assert client.get(path).status_code == 200


def _timed(run: Callable[[], object], server: int) -> tuple[list[float], float]:
    """Milliseconds of each run, and the mean processor time of this process and the database's."""
    run()
    run()
    clock, used = [], _used(server)
    for _ in range(REPEATS):
        begun = time.perf_counter()
        run()
        clock.append((time.perf_counter() - begun) * 1000)
    return clock, (_used(server) - used) / REPEATS


def _used(server: int) -> float:
    """Processor time of this process and of the database's, which serves it alone, in ms."""
    fields = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() * 1000 + (int(fields[11]) + int(fields[12])) * TICK


def main() -> int:
    if ONLY in ("", "sign"):
        sign()
    if ONLY in ("", "archive"):
        from bench.simaya.archive import archive

        with (
            tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as folder,
            archive(Path(folder)) as desk,
        ):
            pages(desk)
    return 0


if __name__ == "__main__":
    sys.exit(main())
