"""The command: one clear line with a code for what cannot be, in two languages; docs that tell the truth."""

import importlib
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pendopo import cli
from pendopo.ops.texts import TEXTS

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).parent / "pendopo"
INIT = {
    "--home": "",
    "--name": "dukcapil",
    "--agency": "ID/GOV/DUKCAPIL",
    "--agency-name": "Ditjen Dukcapil",
    "--admin": "199001012015011001",
    "--admin-name": "Sari",
}


def pendopo(*arguments: object, **env: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=os.environ | env,
    )


def init(
    home: Path, *more: object, env: dict | None = None, **changed: object
) -> subprocess.CompletedProcess:
    options = INIT | {"--home": home} | {f"--{k.replace('_', '-')}": v for k, v in changed.items()}
    return pendopo("init", *(part for option in options.items() for part in option), *more, **(env or {}))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": "Dukcapil Pusat"}, "init.name"),
        ({"agency": "DUKCAPIL"}, "id.malformed"),
        ({"agency_name": " "}, "init.empty"),
        ({"admin": "199013012015011001"}, "nip.birth"),
        ({"admin": "nomor rumah?"}, "nip.local"),
        ({"zone": "Asia/Atlantis"}, "init.zone"),
        ({"lang": "jv"}, "init.lang"),
        ({"portal_port": 8080}, "init.ports"),
        ({"mail_domain": "PNS.kota.go.id"}, "init.mail_domain"),
        ({"database": "postgresql://127.0.0.1:1/x"}, "init.database"),
    ],
)
def test_init_refuses_what_cannot_be_and_leaves_nothing(tmp_path, changed, code):
    from pendopo.core.errors import Fault
    from pendopo.ops.init import Plan
    from pendopo.ops.init import init as make

    right = {key.strip("-").replace("-", "_"): value for key, value in INIT.items() if key != "--home"}
    with pytest.raises(Fault) as refused:
        make(Plan(root=tmp_path / "home", **(right | changed)))
    assert refused.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_one_line_with_its_code(tmp_path):
    done = init(tmp_path / "home", zone="Asia/Atlantis")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1 and "(init.zone)" in done.stderr, done.stderr


def test_init_asks_a_registry_for_one_good_passphrase_and_for_no_token(tmp_path):
    good, short = {"PENDOPO_ROOT_PASSPHRASE": "sandi akar yang panjang"}, {"PENDOPO_ROOT_PASSPHRASE": "sandi"}
    home = tmp_path / "home"
    assert "(init.registry_and_join)" in init(home, "--registry", "--join", "x", env=good).stderr
    assert "(init.passphrase)" in init(home, "--registry", env=short).stderr
    assert "(init.passphrase_missing)" in init(home, "--registry").stderr
    assert list(tmp_path.iterdir()) == []


def test_init_never_touches_a_directory_in_use(tmp_path):
    kept = tmp_path / "home" / "surat.txt"
    kept.parent.mkdir()
    kept.write_text("isi")
    done = init(kept.parent)
    assert "(home.exists)" in done.stderr
    assert kept.read_text() == "isi" and list(kept.parent.iterdir()) == [kept]


def test_up_names_the_port_that_is_taken(tmp_path):
    from tests.conftest import make_home

    home = make_home(tmp_path / "home")
    with socket.create_server((home.app.host, home.app.port)):
        done = pendopo("up", "--home", home.root)
    assert done.returncode == 1
    assert f"{home.app} (gateway.app_port)" in done.stderr and "(ops.port_taken)" in done.stderr
    assert done.stdout == "", "something was started first"


def test_up_refuses_a_second_start(tmp_path):
    from pendopo.ops.up import only_one
    from tests.conftest import make_home

    home = make_home(tmp_path / "home")
    with only_one(home):
        done = pendopo("up", "--home", home.root)
    assert "(ops.already_up)" in done.stderr and str(os.getpid()) in done.stderr


def test_errors_speak_english_too():
    assert "No Pendopo home" not in pendopo("up", "--home", "/nonexistent").stderr
    assert "is no Pendopo home" in pendopo("up", "--home", "/nonexistent", PENDOPO_LANG="en").stderr


def test_every_group_of_commands_is_there():
    for name, module in cli.GROUPS.items():
        assert importlib.util.find_spec(module), f"pendopo {name} leads nowhere"


def test_every_text_has_both_languages_with_the_same_blanks():
    for key, (indonesian, english) in TEXTS.items():
        blanks = [sorted(re.findall(r"\{(\w+)\}", text)) for text in (indonesian, english)]
        assert indonesian and english and blanks[0] == blanks[1], key


def commands() -> set[str]:
    """Every command as one types it: `pendopo init`, `pendopo nodes invite`."""
    found = {f"pendopo {command.name}" for command in cli.app.registered_commands}
    found |= {f"pendopo {command.callback.__name__}" for command in cli.app.registered_commands}
    for name, module in cli.GROUPS.items():
        for command in importlib.import_module(module).app.registered_commands:
            found.add(f"pendopo {name} {command.name or command.callback.__name__.replace('_', '-')}")
    return found


def test_docs_name_only_commands_that_exist(django_home):
    known, targets = commands(), re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    pages = [ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")]
    wrong = []
    for page in pages:
        text = page.read_text()
        quoted = " \n".join(
            re.findall(r"`([^`\n]+)`", text) + re.findall(r"```.*?\n(.*?)```", text, re.DOTALL)
        )
        for words in re.findall(r"\bpendopo((?: [a-z][a-z-]+)+)", quoted):
            parts = words.split()
            depth = 2 if parts[0] in cli.GROUPS and len(parts) > 1 else 1
            if "pendopo " + " ".join(parts[:depth]) not in known:
                wrong.append(f"{page.name}: pendopo {words.strip()}")
        wrong += [
            f"{page.name}: make {t}" for t in re.findall(r"\bmake ([a-z]+)\b", quoted) if t not in targets
        ]
    assert wrong == []
