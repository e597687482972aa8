"""What the wizard is told when a source does not connect, and what it sees when it does."""

import asyncio
import os
import sqlite3
import ssl
import subprocess
from contextlib import closing

import pytest

from pendopo.adapters import open_source, personal
from pendopo.core.errors import Fault
from tests import databases
from tests.rooms.adapters import residents

SERVERS = ("postgresql", "mariadb")
KINDS = (*SERVERS, "sqlite")


def test_code(run, kind, dsn, timeout=5):
    """The code of the fault that connecting gives, or the product that answered."""

    async def go():
        source = open_source(kind, dsn, 1, timeout=timeout)
        try:
            return await source.test()
        except Fault as fault:
            assert dsn.get("password") not in (fault.text("id"), fault.text("en"), str(fault))
            return fault.code
        finally:
            await source.close()

    return run(go())


test_code.__test__ = False


@pytest.fixture(scope="module")
def servers(postgresql_server, mariadb_server):
    return {server.kind: server for server in (postgresql_server, mariadb_server)}


@pytest.mark.parametrize("kind", SERVERS)
def test_a_connection_that_works_names_the_product(kind, servers, run):
    product = {"postgresql": "PostgreSQL ", "mariadb": "MariaDB "}[kind]
    assert test_code(run, kind, servers[kind].dsn).startswith(product)


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"host": "tidak-ada.invalid"}, "source.host_unknown"),
        ({"password": "salah"}, "source.password"),
        ({"password": ""}, "source.password"),
        ({"user": "bukan"}, "source.password"),
        ({"database": "tiada"}, "source.database_missing"),
        ({"tls": "require"}, "source.tls"),
        ({"tls": "/tidak/ada.pem"}, "source.tls"),
        ({"port": "bukan angka"}, "source.settings"),
        ({"host": ""}, "source.settings"),
        ({"database": ""}, "source.settings"),
    ],
)
def test_each_trouble_has_its_own_code(kind, change, expected, servers, run):
    dsn = servers[kind].dsn
    assert test_code(run, kind, dsn | change) == expected
    assert not test_code(run, kind, dsn).startswith("source.")


@pytest.mark.parametrize("kind", SERVERS)
def test_nobody_listens(kind, servers, run):
    assert test_code(run, kind, servers[kind].dsn | {"port": databases.free_port()}) == "source.refused"


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_that_accepts_and_never_speaks_is_given_up(kind, servers, run):
    async def silent():
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        async with server:
            dsn = servers[kind].dsn | {"port": server.sockets[0].getsockname()[1]}
            source = open_source(kind, dsn, 1, timeout=0.3)
            with pytest.raises(Fault) as caught:
                await source.test()
            await source.close()
            return caught.value.code

    assert run(silent()) == "source.unreachable"


@pytest.mark.parametrize("kind", SERVERS)
def test_an_account_without_rights_there(kind, servers, run):
    server = servers[kind]
    dsn = server.database()
    name, password = f"tamu{dsn['database'][-3:]}", "rahasia-tamu"
    if kind == "postgresql":
        server.execute(
            f"REVOKE CONNECT ON DATABASE {dsn['database']} FROM public",
            f"CREATE ROLE {name} LOGIN PASSWORD '{password}'",
        )
        grant = f"GRANT CONNECT ON DATABASE {dsn['database']} TO {name}"
    else:
        server.execute(f"CREATE USER {name} IDENTIFIED BY '{password}'")
        grant = f"GRANT SELECT ON {dsn['database']}.* TO {name}"
    guest = dsn | {"user": name, "password": password}
    assert test_code(run, kind, guest) == "source.no_rights"
    server.execute(grant)
    assert not test_code(run, kind, guest).startswith("source.")


def test_sqlite_troubles(tmp_path, run):
    good, bad = tmp_path / "a b?#%.db", tmp_path / "surat.txt"
    with closing(sqlite3.connect(good)) as connection:
        connection.execute("CREATE TABLE t (a)")
    bad.write_text("bukan basis data, hanya surat yang cukup panjang\n" * 20)
    assert test_code(run, "sqlite", {"path": str(good)}).startswith("SQLite ")
    assert test_code(run, "sqlite", {"path": str(bad)}) == "source.not_database"
    assert test_code(run, "sqlite", {"path": str(tmp_path)}) == "source.file_missing"
    assert test_code(run, "sqlite", {"path": str(tmp_path / "tiada.db")}) == "source.file_missing"
    assert test_code(run, "sqlite", {"path": "relatif.db"}) == "source.settings"
    assert test_code(run, "sqlite", {}) == "source.settings"
    assert not os.path.exists(tmp_path / "tiada.db")


def test_an_unknown_kind_is_refused():
    with pytest.raises(Fault, match=r"source\.kind_unknown"):
        open_source("oracle", {}, 1)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A self-made authority and a certificate for localhost, as PEM files."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    )
    command += f" -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout {key} -out {certificate}"
    subprocess.run(command.split(), check=True, capture_output=True)
    key.chmod(0o600)
    return key, certificate


def test_mariadb_by_tls_with_the_certificate_checked(authority, run):
    key, certificate = authority
    with databases.mariadb(f"--ssl-key={key}", f"--ssl-cert={certificate}") as server:
        server.execute("SET GLOBAL require_secure_transport = ON")
        for tls in ("require", str(certificate)):
            assert test_code(run, "mariadb", server.dsn | {"tls": tls}).startswith("MariaDB")
        assert test_code(run, "mariadb", server.dsn | {"tls": "verify"}) == "source.tls"
        assert test_code(run, "mariadb", server.dsn).startswith("source.")


def test_postgresql_by_tls_with_the_certificate_checked(authority, postgresql_server, run):
    """The packaged server knows no TLS: a small front does its handshake and hands the rest on."""
    key, certificate = authority
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(certificate, key)

    async def pass_on(reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def serve(reader, writer):
        await reader.readexactly(8)  # SSLRequest
        writer.write(b"S")
        try:
            await writer.start_tls(made)
        except (ssl.SSLError, ConnectionError):
            return
        inner = await asyncio.open_connection("127.0.0.1", postgresql_server.dsn["port"])
        await asyncio.gather(pass_on(reader, inner[1]), pass_on(inner[0], writer), return_exceptions=True)

    async def go(tls):
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            dsn = postgresql_server.dsn | {"port": server.sockets[0].getsockname()[1], "tls": tls}
            source = open_source("postgresql", dsn, 1, timeout=5)
            try:
                return await source.test()
            except Fault as fault:
                return fault.code
            finally:
                await source.close()

    assert run(go("require")).startswith("PostgreSQL")
    assert run(go(str(certificate))).startswith("PostgreSQL")
    assert run(go("verify")) == "source.tls"


@pytest.mark.parametrize("kind", KINDS)
def test_tables_are_listed_with_their_kind(kind, sources, schemas, run):
    found = {table.name: table for table in run(sources[kind].tables())}
    assert found["penduduk"].kind == "table" and found["penduduk"].schema == schemas[kind]
    assert not any(name.startswith(("pg_", "sqlite_")) for name in found)


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_is_described_in_our_types_with_its_key(kind, sources, schemas, run):
    described = run(sources[kind].describe(schemas[kind], "penduduk"))
    assert {column.name: column.type for column in described.columns} == residents.COLUMNS
    assert described.key == ("nik",)
    assert [column.name for column in described.columns if not column.nullable] == ["nik"]
    assert [column.name for column in described.columns if column.key] == ["nik"]
    nik = described.columns[0]
    assert nik.personal and nik.reason == "national_id" and nik.mask == {"kind": "ends", "head": 4, "tail": 4}
    with pytest.raises(Fault, match=r"source\.table_missing"):
        run(sources[kind].describe(schemas[kind], "tiada"))


def test_the_fingerprint_is_of_names_and_types_not_of_the_database(sources, schemas, run):
    shas = {run(sources[kind].describe(schemas[kind], "penduduk")).schema_sha for kind in KINDS}
    assert len(shas) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_shows_values_as_texts(kind, sources, schemas, rows, run):
    sample = run(sources[kind].sample(schemas[kind], "penduduk", 2))
    known = {row["nik"]: row for row in rows}
    assert len(sample) == 2
    for shown in sample:
        row = known[shown["nik"]]
        assert list(shown) == list(residents.COLUMNS)
        assert shown["nama"] == row["nama"]
        assert shown["umur"] == (None if row["umur"] is None else str(row["umur"]))
        assert shown["aktif"] == (None if row["aktif"] is None else str(row["aktif"]).lower())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        *[("nik", "national_id"), ("NO_KTP", "national_id"), ("nikPemohon", "national_id")],
        *[("no_kk", "family_card"), ("nama", "name"), ("nm_lengkap", "name"), ("namaIbu", "mother")],
        *[("ibu_kandung", "mother"), ("tgl_lahir", "birth_date"), ("TanggalLahir", "birth_date")],
        *[("tempat_lahir", "birth_place"), ("alamat_rumah", "address"), ("no_hp", "phone")],
        *[("TELP", "phone"), ("email_kantor", "email"), ("npwp15", None), ("npwp", "tax_number")],
        *[("agama", "religion"), ("jenis_kelamin", "sex"), ("nama_kecamatan", None), ("teknik", None)],
        *[("id", None), ("harga", None), ("nama_barang", None), ("kode_wilayah", None), ("hpp", None)],
    ],
)
def test_personal_columns_are_known_by_their_names(name, reason):
    found = personal.hint(name)
    assert (found and found.reason) == reason
