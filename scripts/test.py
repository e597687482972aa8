"""Runs the tests in stages and prints what each took: `python scripts/test.py check|all [pytest options]`.

`check` is what one waits for while working (under a minute). `all` adds what starts real servers, browsers
and nodes. `boxes` run one after the other, because they measure tenths of a second of programs that two labs
beside each other would keep waiting. Two thirds of that time both processors have nothing to do, so the rooms
are tested beside them and give way: what these allow has room for neighbours.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TextIO

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
RESULTS = ROOT / "artifacts" / "results"


class Stage(NamedTuple):
    """One pytest: its folders or files under tests/, how many processes, and for what beside it gives way."""

    name: str
    folders: tuple[str, ...]
    processes: int
    beside: "Stage | None" = None


CHECK = Stage("house, rules, wire", ("house", "rules", "wire"), 2)
STAGES = {
    "check": [CHECK],
    "all": [
        CHECK,
        Stage("rooms, upgrade", ("rooms", "upgrade"), 4, beside=Stage("boxes", ("fleet/box",), 1)),
        Stage("browser", ("browser",), 3),
        Stage("fleet", ("fleet/test_*.py",), 2),
        Stage("accept", ("accept",), 3),
    ],
}
LINTS = [
    [BIN / "ruff", "check", "--quiet", "."],
    [BIN / "ruff", "format", "--check", "--quiet", "."],
    [BIN / "lint-imports", "--no-logo"],
]


def main() -> int:
    what, *options = sys.argv[1:]
    # A shell that starts us in the background leaves Ctrl-C ignored, and tests press it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    began = time.monotonic()
    failed = lint()
    counts = Counter()
    for stage in STAGES[what]:
        wrong, counted = run(stage, options)
        failed |= wrong
        counts += counted
    closing(counts, failed, time.monotonic() - began)
    return 1 if failed else 0


def lint() -> bool:
    began = time.monotonic()
    done = [subprocess.run(list(map(str, command)), cwd=ROOT).returncode for command in LINTS]
    print(f"stage lint: {time.monotonic() - began:.1f} s", flush=True)
    return any(done)


def run(stage: Stage, options: list[str]) -> tuple[bool, Counter]:
    """Run one pytest and what goes beside it; whether one failed, and the counts of both.

    What the one beside it prints is kept until both have ended.
    """
    if stage.beside is None:
        return run_one(stage, options)
    with tempfile.TemporaryFile("w+") as said, ThreadPoolExecutor(1) as second:
        beside = second.submit(run_one, stage.beside, options, said)
        failed, counts = run_one(stage, options)
        wrong, counted = beside.result()
        said.seek(0)
        shutil.copyfileobj(said, sys.stdout)
        sys.stdout.flush()
    return failed | wrong, counts + counted


def run_one(stage: Stage, options: list[str], said: TextIO | None = None) -> tuple[bool, Counter]:
    """Run one pytest that prints to `said`; whether it failed, and its counts."""
    paths = [path for folder in stage.folders for path in sorted((ROOT / "tests").glob(folder))]
    began = time.monotonic()
    result = RESULTS / f"{stage.name.partition(',')[0]}.xml"
    result.unlink(missing_ok=True)
    command = [str(BIN / "pytest"), "-q", f"--junitxml={result}", *options, *map(str, paths)]
    if stage.processes > 1:
        # The pages are one file: they are shared out one by one.
        how = "load" if stage.folders == ("browser",) else "loadfile"
        command += ["-n", str(stage.processes), "--dist", how]
        command += ["--no-loadscope-reorder"]  # tests/conftest.py puts the long ones first
    if stage.beside:
        command = ["nice", "-n", "19", *command]
    code = subprocess.run(command, cwd=ROOT, stdout=said, stderr=said and subprocess.STDOUT).returncode
    counts = Counter()
    if result.exists():
        for suite in ET.parse(result).getroot().iter("testsuite"):  # noqa: S314 - written by our own pytest
            for kind in ("tests", "failures", "errors", "skipped"):
                counts[kind] += int(suite.get(kind, 0))
    print(f"stage {stage.name}: {time.monotonic() - began:.1f} s", file=said or sys.stdout, flush=True)
    return code != 0, counts


def closing(counts: Counter, failed: bool, seconds: float) -> None:
    """One last line over all stages, as pytest writes it."""
    passed = counts["tests"] - counts["failures"] - counts["errors"] - counts["skipped"]
    parts = [
        f"{number} {word}"
        for number, word in (
            (counts["failures"], "failed"),
            (passed, "passed"),
            (counts["skipped"], "skipped"),
            (counts["errors"], "errors"),
        )
        if number or word == "passed"
    ]
    if failed and not counts["failures"] + counts["errors"]:
        parts.append("lint or a whole stage failed")
    print(f"{' ' + ', '.join(parts) + f' in {seconds:.2f}s ':=^100}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
