"""`pendopo init`, really: a private home that is whole, or nothing; also on an external database."""

import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

import psycopg
import pytest

from tests.ports import free_port

COMMAND = Path(sys.executable).parent / "pendopo"
CODE = re.compile(r"^Kode aktivasi: ([0-9A-Z]{4}(?:-[0-9A-Z]{4}){2})$", re.MULTILINE)


def init(home: Path, *more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [
            COMMAND, "init", "--home", str(home), "--name", "kominfo",
            "--agency", "ID/GOV/KOMINFO", "--agency-name", "Kementerian Komunikasi",
            "--admin", "199001012015012001", "--admin-name", "Sari Wulandari",
            "--portal-port", str(free_port()),
            "--app-port", str(free_port()),
            "--peer-port", str(free_port()),
            *more,
        ],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PENDOPO_ROOT_PASSPHRASE": "sandi akar untuk uji"},
    )  # fmt: skip


@pytest.fixture
def empty_database(postgres):
    name = f"init_{uuid.uuid4().hex[:8]}"
    postgres.create_database(name)
    yield postgres.url(name)
    postgres.drop_database(name)


def tables(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("select tablename from pg_tables where schemaname = 'public'")
        return [name for (name,) in rows]


def test_a_registry_is_made_whole_private_and_only_once(tmp_path):
    home = tmp_path / "home"
    done = init(home, "--registry")
    assert done.returncode == 0, done.stderr
    assert len(CODE.findall(done.stdout)) == 1
    for part in (
        "pendopo.toml",
        "gateway/documents/anchor.json",
        "offline/root.pendopo",
        "gateway/keys/tls.pem",
    ):
        assert (home / part).stat().st_size > 0, part
    assert [
        path for path in home.rglob("*") if path.stat().st_mode & 0o077 and "postgres" not in path.parts
    ] == []
    code = CODE.search(done.stdout)[1]
    kept = [p for p in home.rglob("*") if p.is_file() and code.encode() in p.read_bytes()]
    assert kept == [], "the activation code was written down"
    assert os.listdir(tmp_path) == ["home"]

    again = init(home, "--registry")
    assert again.returncode == 1 and "(home.exists)" in again.stderr


def test_an_external_database_is_filled_and_a_used_one_refused(tmp_path, empty_database):
    done = init(tmp_path / "home", "--registry", "--database", empty_database)
    assert done.returncode == 0, done.stderr
    assert "accounts_account" in tables(empty_database)
    assert not (tmp_path / "home" / "postgres").exists()

    other = init(tmp_path / "other", "--registry", "--database", empty_database)
    assert "(init.database_used)" in other.stderr
    assert os.listdir(tmp_path) == ["home"]


def test_a_failed_init_takes_back_what_it_made(tmp_path, empty_database):
    done = init(tmp_path / "home", "--database", empty_database, "--join", "bukan-token")
    assert done.returncode == 1 and "(nodes.token_malformed)" in done.stderr, done.stderr
    assert os.listdir(tmp_path) == []
    assert tables(empty_database) == []
    again = init(tmp_path / "home", "--database", empty_database, "--registry")
    assert again.returncode == 0, again.stderr
