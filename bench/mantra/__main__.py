"""`make bench WHAT=mantra`: figures of the exchange, as `name value` lines.

Every figure is a ratio to a reference measured in the slices beside it, since this machine may be shared:
its median over the rounds, and `.low` and `.high`. BENCH_SECONDS (a slice), BENCH_ROUNDS and BENCH_ONLY
(`exchange`, `bulk`) change what is run.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figures import say, spread
from bench.mantra.reference import nginx
from pendopo.core import envelope
from tests.databases import postgresql
from tests.fleet.world import CLIENT, PROVIDER, World, column, definition

SECONDS = int(os.environ.get("BENCH_SECONDS", "3"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
ONLY = os.environ.get("BENCH_ONLY", "")
ROWS = 1_000_000
SINGLE = f"{PROVIDER}/kependudukan/penduduk"  # rows of about 1 kB, read one by one
BULK = f"{PROVIDER}/kependudukan/massal"  # a million rows of about 130 bytes
FILLERS = [f"kolom{n}" for n in range(1, 10)]
TABLES = f"""
CREATE TABLE penduduk AS SELECT (3174000000000000 + n)::text AS nik,
 {", ".join(f"repeat(md5((n * 9 + {i})::text), 3) AS {name}" for i, name in enumerate(FILLERS))}
 FROM generate_series(1, 100000) n;
ALTER TABLE penduduk ADD PRIMARY KEY (nik);
CREATE TABLE massal AS SELECT (3174000000000000 + n)::text AS nik, 'Warga Nomor ' || n AS nama,
 date '1950-01-01' + n % 20000 AS tgl_lahir, CASE n % 2 WHEN 0 THEN 'L' ELSE 'P' END AS kelamin,
 'Jalan Melati Nomor ' || n % 977 AS alamat, 'Kelurahan ' || n % 8000 AS kelurahan, 'Kota ' || n % 514
 AS kota, (n * 7 % 90000000)::numeric(14,2) AS penghasilan, n % 10 AS anggota, n % 3 = 0 AS aktif
 FROM generate_series(1, {ROWS}) n;
ALTER TABLE massal ADD PRIMARY KEY (nik);
ANALYZE;
"""
BULK_COLUMNS = [
    *(
        "nik",
        "nama",
        "tgl_lahir",
        "kelamin",
        "alamat",
        "kelurahan",
        "kota",
        "penghasilan",
        "anggota",
        "aktif",
    ),
]
BULK_TYPES = {"tgl_lahir": "date", "penghasilan": "number", "anggota": "integer", "aktif": "boolean"}
MASKS = {"nik": {"kind": "ends", "head": 4, "tail": 4}, "tgl_lahir": {"kind": "year"}}
LUA = """
request = function()
  return wrk.format("GET", "%s?nik=eq." .. (3174000000000000 + math.random(1, 100000)))
end
"""


def make_world(folder: Path, dsn: dict) -> World:
    """Two nodes with a service for single rows and one for bulk."""
    world = World(folder, dsn)
    single = definition(
        columns=[column("nik", "text"), *(column(name, "text") for name in FILLERS)], filters={"nik": ["eq"]}
    )
    bulk = definition(
        service=BULK,
        columns=[column(name, BULK_TYPES.get(name, "text")) for name in BULK_COLUMNS],
        filters={},
    )
    world.definition = world.seal("service/1", single, (PROVIDER, "agreement"))
    more = world.seal("service/1", bulk, (PROVIDER, "agreement"))
    world.put_blob(more)
    world.services = {
        SINGLE: world._service_row(world.definition),
        BULK: world._service_row(more, table="massal"),
    }
    world.agreements.clear()
    world.agree(columns=["nik", *FILLERS], masks={})
    world.agree(service=BULK, def_sha=envelope.sha(more), columns=BULK_COLUMNS, masks=MASKS)
    world.issue_nodes()
    return world


def flush_ms(folder: Path) -> list[float]:
    """Milliseconds of a lone 4 kB append with fdatasync on the disk that holds the logs."""
    took = []
    fd = os.open(folder / "flush", os.O_WRONLY | os.O_CREAT, 0o600)
    for _ in range(200):
        os.write(fd, b"x" * 4096)
        begun = time.perf_counter()
        os.fdatasync(fd)
        took.append((time.perf_counter() - begun) * 1000)
    os.close(fd)
    return sorted(took)


def wrk(url: str, clients: int, *more: str) -> dict[str, float]:
    """Requests a second, p50 and p99 in ms, over one slice; every answer must be a success."""
    out = subprocess.run(
        ["wrk", "-t1", f"-c{clients}", f"-d{SECONDS}s", "--latency", *more, url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in out:
        raise RuntimeError(out)
    found = {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])}
    units = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    for name in ("50", "99"):
        value, unit = re.search(rf"{name}%\s+([\d.]+)(us|ms|s)", out).groups()
        found[name] = float(value) * units[unit]
    return found


def exchange(world: World, folder: Path) -> None:
    """One row by key, everything on, beside the nginx chain."""
    app = world.nodes["djp"].home.app
    path = f"/r1/{SINGLE}"
    status, _, body = world.get("djp", f"{path}?nik=eq.3174000000000007")
    if status != 200:
        raise RuntimeError(body)
    say("mantra.exchange.answer_bytes", len(body), 0)
    (folder / "row.lua").write_text(LUA % path)
    ours = ["-s", str(folder / "row.lua"), "-H", f"X-Road-Client: {CLIENT}"]
    with nginx(folder / "nginx", world, body) as reference:
        for clients in (16, 1, 64):
            wrk(f"http://{app}", clients, *ours)
            ratios, rates, p50, p99 = [], [], [], []
            before = wrk(reference, clients)["rate"]
            for _ in range(ROUNDS):
                mine = wrk(f"http://{app}", clients, *ours)
                after = wrk(reference, clients)["rate"]
                ratios.append(mine["rate"] / statistics.mean((before, after)))
                before = after
                rates.append(mine["rate"])
                p50.append(mine["50"])
                p99.append(mine["99"])
            spread(f"mantra.exchange.ratio_c{clients}", ratios, 3)
            say(f"mantra.exchange.rate_c{clients}", statistics.median(rates), 0)
            say(f"mantra.exchange.p50_ms_c{clients}", statistics.median(p50), 2)
            say(f"mantra.exchange.p99_ms_c{clients}", statistics.median(p99), 2)


def seconds(command: list[str], **more) -> float:
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, **more)
    took = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(done.stderr + done.stdout)
    return took


def bulk(world: World) -> None:
    """A million rows with two masks, beside `psql \\copy` of the same columns unmasked."""
    app, dsn = world.nodes["djp"].home.app, world.dsn
    copy = f"\\copy (SELECT {', '.join(BULK_COLUMNS)} FROM massal) TO '/dev/null' CSV"
    psql = [
        "psql",
        "-q",
        "-h",
        dsn["host"],
        "-p",
        str(dsn["port"]),
        "-U",
        dsn["user"],
        "-c",
        copy,
        dsn["database"],
    ]
    login = os.environ | {"PGPASSWORD": dsn["password"]}
    ratios: dict[str, list[float]] = {"csv": [], "ndjson": []}
    before = seconds(psql, env=login)
    for _ in range(ROUNDS):
        for form, found in ratios.items():
            url = f"http://{app}/r1/{BULK}?limit=all&format={form}"
            mine = seconds(["curl", "-sf", "-o", "/dev/null", "-H", f"X-Road-Client: {CLIENT}", url])
            after = seconds(psql, env=login)
            found.append((before + after) / 2 / mine)
            before = after
    spread("mantra.bulk.csv_ratio", ratios["csv"], 3)
    spread("mantra.bulk.ndjson_ratio", ratios["ndjson"], 3)
    say("mantra.bulk.psql_seconds", before, 2)
    say("mantra.bulk.rss_mb", max(peak_mb(world, name) for name in world.nodes), 1)


def peak_mb(world: World, name: str) -> float:
    text = Path(f"/proc/{world.nodes[name].process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", text)[1]) / 1024


def main() -> int:
    missing = [name for name in ("wrk", "curl", "psql") if shutil.which(name) is None]
    if missing:
        print(
            f"missing: {', '.join(missing)} (apt-get install wrk curl nginx postgresql-client)",
            file=sys.stderr,
        )
        return 1
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        flush = flush_ms(folder)
        say("mantra.disk.flush_ms_p50", flush[len(flush) // 2], 3)
        say("mantra.disk.flush_ms_p99", flush[-2], 3)
        with postgresql("log_statement=none") as server:
            dsn = server.database()
            server.execute(TABLES, database=dsn["database"])
            world = make_world(folder / "world", dsn)
            with world.running():
                if ONLY in ("", "exchange"):
                    exchange(world, folder)
                if ONLY in ("", "bulk"):
                    bulk(world)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
