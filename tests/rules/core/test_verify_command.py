"""`pendopo verify` as an auditor runs it: no network, no Django, another clock, files of any kind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pendopo.ops.verify import BROKEN, UNREADABLE, VALID, run

V1 = Path(__file__).parents[2] / "wire" / "v1"
FILE, ANCHOR = V1 / "evidence.json", V1 / "anchor.json"

# Any look at the clock or the network raises; the process then says what it loaded.
APART = """
import datetime, socket, sys, time
class Clockless(datetime.datetime):
    @classmethod
    def now(cls, tz=None): raise AssertionError("asked for the time")
    utcnow = today = now
def asked(*args): raise AssertionError("asked for the time")
datetime.datetime, time.time, time.time_ns = Clockless, asked, asked
def connected(*args, **more): raise AssertionError("asked for the network")
socket.socket.connect = socket.getaddrinfo = connected
before = set(sys.modules)
from pathlib import Path
from pendopo.ops.verify import run
code = run(Path(sys.argv[1]), Path(sys.argv[2]), "id")
loaded = {name.partition(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names
print("loaded", *sorted(loaded))
sys.exit(code)
"""


def test_an_auditor_needs_neither_network_nor_clock_nor_more_than_the_base():
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-c", APART, FILE, ANCHOR],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == VALID, done.stderr
    told, _, loaded = done.stdout.rpartition("loaded ")
    assert "SAH." in told and "Direktorat Jenderal Pajak" in told
    assert set(loaded.split()) <= {"pendopo", "nacl", "_sodium", "_cffi_backend"}


def test_the_outcome_in_each_language(capsys):
    assert run(FILE, ANCHOR, "id") == VALID
    assert "SAH. Berkas ini membuktikan:" in capsys.readouterr().out
    assert run(FILE, ANCHOR, "en") == VALID
    assert "VALID. This file proves:" in capsys.readouterr().out


@pytest.mark.parametrize(("lang", "word"), [("id", "TIDAK SAH"), ("en", "NOT VALID")])
def test_a_broken_link_is_named(tmp_path, capsys, lang, word):
    broken = tmp_path / "evidence.json"
    broken.write_bytes(FILE.read_bytes().replace(b'"proof":["', b'"proof":["A', 1))
    assert run(broken, ANCHOR, lang) == BROKEN
    out = capsys.readouterr().out
    assert word in out and "(evidence.format)" in out


def test_json_for_programs(tmp_path, capsys):
    assert run(FILE, ANCHOR, "en", True) == VALID
    assert json.loads(capsys.readouterr().out)["answer"]["rows"] == 1
    assert run(ANCHOR, ANCHOR, "en", True) == BROKEN
    said = json.loads(capsys.readouterr().out)
    assert (said["valid"], said["link"]) == (False, "evidence.format")
    assert run(tmp_path / "none", ANCHOR, "en", True) == UNREADABLE
    assert json.loads(capsys.readouterr().out)["code"] == "verify.unreadable"


def test_a_folder_or_a_missing_file_is_said_plainly(tmp_path, capsys):
    for file in (tmp_path, tmp_path / "none"):
        assert run(file, ANCHOR, "id") == UNREADABLE
        assert "tidak dapat dibaca" in capsys.readouterr().out
    assert run(FILE, tmp_path / "none", "id") == UNREADABLE


def test_nothing_in_a_file_reaches_the_terminal_as_a_command(tmp_path, capsys):
    file = tmp_path / "evidence.json"
    file.write_bytes(b'{"v":"\x1b[2J"}')
    assert run(file, ANCHOR, "id") == BROKEN
    file.write_text('{"v":"\\u001b[2J"}')
    assert run(file, ANCHOR, "id") == BROKEN
    assert "\x1b" not in capsys.readouterr().out
