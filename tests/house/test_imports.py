"""Rule 1: imports point down, and `pendopo verify` needs neither Django nor anything beyond the base."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("mantra", "simaya", "pnsmail", "pnsbox")


def test_the_contracts_are_kept():
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def imported(source: str) -> set[str]:
    """The modules that a source text imports, by full name."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{name.name}" for name in node.names} | {node.module}
    return found


def trespasses(room: str, source: str) -> set[str]:
    """What a source of `room` imports of another room besides its contract."""
    others = [f"pendopo.{other}" for other in ROOMS if other != room]
    return {
        name
        for name in imported(source)
        for other in others
        if name.startswith(other) and not name.startswith(f"{other}.contract") and name != other
    }


def test_rooms_meet_only_through_their_contract():
    for room in ROOMS:
        for path in (ROOT / "pendopo" / room).rglob("*.py"):
            assert not trespasses(room, path.read_text()), path


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("from pendopo.mantra.contract import send", True),
        ("from pendopo.mantra.services.models import Service", False),
        ("import pendopo.mantra.models", False),
    ],
)
def test_the_check_itself_tells_them_apart(line, allowed):
    assert (not trespasses("simaya", line)) is allowed


EVIDENCE = ROOT / "tests" / "wire" / "v1" / "evidence.json"
ANCHOR = ROOT / "tests" / "wire" / "v1" / "anchor.json"
VERIFY = f"""
import sys
sys.argv = ["pendopo", "verify", {str(EVIDENCE)!r}, "--anchor", {str(ANCHOR)!r}]
from pendopo.cli import main
try:
    main()
finally:
    loaded = {{name.split(".")[0] for name in sys.modules}}
    print(sorted(loaded & {{"django", "psycopg", "cryptography", "asyncpg"}}))
"""


def test_verify_leaves_django_alone():
    """The command's own process, asked afterwards what it has loaded."""
    done = subprocess.run([sys.executable, "-c", VERIFY], capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0].startswith("SAH") and said[-1] == "[]"


@pytest.fixture(scope="session")
def base_python():
    """Python with the base dependencies of the lock and nothing else; made once for a lock, then kept."""
    place = ROOT / ".cache" / "base-venv"
    stamp, lock = place / "made-from", (ROOT / "uv.lock").read_text()
    if not stamp.exists() or stamp.read_text() != lock:
        uv = str(Path(sys.executable).parent / "uv")
        subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(place)], check=True)
        subprocess.run(
            [uv, "sync", "--frozen", "--quiet", "--no-default-groups", "--no-install-project", "--active"],
            cwd=ROOT,
            env=os.environ | {"VIRTUAL_ENV": str(place), "UV_PROJECT_ENVIRONMENT": str(place)},
            check=True,
        )
        stamp.write_text(lock)
    return str(place / "bin" / "python")


def test_the_base_is_enough_for_core_and_verify(base_python):
    core = [path.stem for path in (ROOT / "pendopo" / "core").glob("*.py") if path.stem != "__init__"]
    script = f"import importlib\nfor m in {core!r}: importlib.import_module('pendopo.core.' + m)\n" + VERIFY
    done = subprocess.run([base_python, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("SAH")


def test_the_base_reads_letters_and_says_what_it_did_not_check(base_python, tmp_path):
    """The proof of a letter holds without the extra; a bare PDF needs it."""
    golden, pdf = ROOT / "tests" / "wire" / "v1-letters", tmp_path / "surat.pdf"
    pdf.write_bytes(b"%PDF-1.7")

    def told(file):
        argv = ["pendopo", "verify", str(file), "--anchor", str(golden / "anchor.json")]
        script = f"import sys; sys.argv = {argv!r}; from pendopo.cli import main; main()"
        done = subprocess.run([base_python, "-c", script], cwd=ROOT, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    code, said, wrong = told(golden / "letterproof.json")
    assert code == 0 and said.startswith("SAH.") and "TIDAK DIPERIKSA: tanda tangan" in said, wrong
    assert "pip install 'pendopo[letters]'" in said
    code, said, wrong = told(pdf)
    assert (code, wrong) == (2, "") and "pip install 'pendopo[letters]'" in said


def test_the_base_says_what_the_rest_needs(base_python):
    """A command of the platform on an auditor's machine: one line, not a traceback."""
    for command in (["up", "--home", "/nonexistent"], ["doctor"]):
        script = f"import sys; sys.argv = {['pendopo', *command]!r}; from pendopo.cli import main; main()"
        done = subprocess.run([base_python, "-c", script], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 1
        assert "(ops.not_installed)" in done.stderr and len(done.stderr.splitlines()) == 1
