"""Runs the tests in stages and prints what each took: `python scripts/test.py check|all [pytest options]`.

`check` is what one waits for while working (under a minute). `all` adds what starts real servers, browsers
and nodes. `boxes` run one after the other, because they measure tenths of a second of programs that two labs
beside each other would keep waiting; the others wait for a server or a disk now and then, and what they allow
has room for neighbours.
"""

import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
RESULTS = ROOT / "artifacts" / "results"

# name, folders or files under tests/, processes
STAGES = {
    "check": [("house, rules, wire", ("house", "rules", "wire"), 2)],
    "all": [
        ("house, rules, wire", ("house", "rules", "wire"), 2),
        ("rooms, upgrade", ("rooms", "upgrade"), 4),
        ("browser", ("browser",), 3),
        ("fleet", ("fleet/test_*.py",), 2),
        ("boxes", ("fleet/box",), 1),
        ("accept", ("accept",), 3),
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
    counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for name, folders, processes in STAGES[what]:
        paths = [path for folder in folders for path in sorted((ROOT / "tests").glob(folder))]
        if paths:
            failed |= stage(name, paths, processes, options, counts)
    closing(counts, failed, time.monotonic() - began)
    return 1 if failed else 0


def lint() -> bool:
    began = time.monotonic()
    done = [subprocess.run(list(map(str, command)), cwd=ROOT).returncode for command in LINTS]
    print(f"stage lint: {time.monotonic() - began:.1f} s", flush=True)
    return any(done)


def stage(name: str, paths: list[Path], processes: int, options: list[str], counts: dict[str, int]) -> bool:
    """Run one pytest, add its counts; True when it failed."""
    began = time.monotonic()
    result = RESULTS / f"{name.partition(',')[0]}.xml"
    result.unlink(missing_ok=True)
    command = [str(BIN / "pytest"), "-q", f"--junitxml={result}", *options, *map(str, paths)]
    if processes > 1:
        # The pages are one file: they are shared out one by one.
        command += ["-n", str(processes), "--dist", "load" if "browser" in paths[0].parts else "loadfile"]
        command += ["--no-loadscope-reorder"]  # tests/conftest.py puts the long ones first
    code = subprocess.run(command, cwd=ROOT).returncode
    if result.exists():
        for suite in ET.parse(result).getroot().iter("testsuite"):  # noqa: S314 - written by our own pytest
            for kind in counts:
                counts[kind] += int(suite.get(kind, 0))
    print(f"stage {name}: {time.monotonic() - began:.1f} s", flush=True)
    return code != 0


def closing(counts: dict[str, int], failed: bool, seconds: float) -> None:
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
