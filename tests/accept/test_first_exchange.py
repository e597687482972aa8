"""The day of the first exchange: two agencies, two nodes, from `pendopo init` to an auditor's answer.

Dukcapil (population, MariaDB; also the registry) publishes six columns, two of them masked. The tax
office asks for three from another node. The provider narrows, approves; a plain X-Road REST client has
rows within five seconds. In the afternoon the other way round from PostgreSQL. Then both rotate their
keys, and an auditor verifies a year later without a network.
"""

import subprocess
import time

import psycopg
import pymysql
import pytest
from desk import Desk
from installation import COMMAND, Installation, pendopo
from servers import mariadb, postgresql, until

PEOPLE = 2000
PURPOSE = "TJ-04"
CORETAX = "ID/GOV/DJP/coretax"
SIAK = "ID/GOV/DUKCAPIL/siak"


def nik(n: int) -> str:
    return f"530801{n % 28 + 1:02d}{n % 12 + 1:02d}{70 + n % 30:02d}{n:04d}"


def population(server) -> dict:
    """The population agency's own table, in its own MariaDB, with an account that may only read."""
    link = pymysql.connect(
        host=server["host"],
        port=server["port"],
        user=server["user"],
        password=server["password"],
        autocommit=True,
        charset="utf8mb4",
    )
    with link.cursor() as cursor:
        cursor.execute("CREATE DATABASE kependudukan CHARACTER SET utf8mb4")
        cursor.execute(
            "CREATE TABLE kependudukan.penduduk (nik CHAR(16) PRIMARY KEY,"
            " nama_lengkap VARCHAR(120) NOT NULL, tgl_lahir DATE NOT NULL, alamat VARCHAR(200),"
            " kode_wilayah CHAR(13), status_kawin TINYINT,"
            " nama_ibu VARCHAR(120), no_hp VARCHAR(20), diubah DATETIME)"
        )
        cursor.executemany(
            "INSERT INTO kependudukan.penduduk VALUES (%s,%s,%s,%s,%s,%s,%s,%s,%s)",
            [
                (
                    nik(n),
                    f"MARIA GORETI WEA {n}",
                    f"{1970 + n % 30}-{n % 12 + 1:02d}-{n % 28 + 1:02d}",
                    f"Jl. Kelimutu {n}, Ende",
                    "53.08.01.1001",
                    n % 4 + 1,
                    f"IBU KE-{n}",
                    f"0812{n:08d}",
                    "2026-01-02 03:04:05",
                )
                for n in range(PEOPLE)
            ],
        )
        cursor.execute("CREATE USER 'baca'@'127.0.0.1' IDENTIFIED BY 'hanya-baca'")
        cursor.execute("GRANT SELECT ON kependudukan.* TO 'baca'@'127.0.0.1'")
    link.close()
    return {
        "kind": "MariaDB",
        "host": server["host"],
        "port": server["port"],
        "database": "kependudukan",
        "user": "baca",
        "password": "hanya-baca",
    }


def taxes(server) -> dict:
    """The tax office's own table, in its own PostgreSQL."""
    with psycopg.connect(
        host=server["host"],
        port=server["port"],
        user=server["user"],
        password=server["password"],
        dbname="postgres",
        autocommit=True,
    ) as link:
        link.execute("CREATE DATABASE pajak")
    with psycopg.connect(
        host=server["host"],
        port=server["port"],
        user=server["user"],
        password=server["password"],
        dbname="pajak",
        autocommit=True,
    ) as link:
        link.execute(
            "CREATE TABLE wajib_pajak (npwp text PRIMARY KEY, nik text, status text, spt_terakhir int)"
        )
        with link.cursor().copy("COPY wajib_pajak FROM STDIN") as copy:
            for n in range(PEOPLE):
                copy.write_row((f"09{n:013d}", nik(n), "aktif" if n % 3 else "non-efektif", 2020 + n % 6))
        link.execute("CREATE ROLE baca LOGIN PASSWORD 'hanya-baca'")
        link.execute("GRANT SELECT ON wajib_pajak TO baca")
    return {
        "kind": "PostgreSQL",
        "host": server["host"],
        "port": server["port"],
        "database": "pajak",
        "user": "baca",
        "password": "hanya-baca",
    }


@pytest.fixture
def dukcapil():
    node = Installation(
        "dukcapil",
        "ID/GOV/DUKCAPIL",
        "Dinas Kependudukan dan Pencatatan Sipil",
        "198704122010012003",
        "Yosefina Dhae",
    )
    yield node
    node.remove()


@pytest.fixture
def djp():
    node = Installation(
        "djp", "ID/GOV/DJP", "Direktorat Jenderal Pajak", "198501152009031004", "Bagus Prakoso"
    )
    yield node
    node.remove()


def publish(
    desk: Desk, source: dict, *, table: str, columns: dict[str, str], title: str, system: str, code: str
):
    """The wizard from first page to published service. `columns`: each ticked one and its mask."""
    desk.open("/mantra/sumber/")
    desk.press("Hubungkan sumber data", "link")
    desk.tick(source["kind"])
    desk.press("Lanjutkan")
    desk.fill("Alamat server", source["host"])
    desk.fill("Porta", str(source["port"]))
    desk.fill("Nama basis data", source["database"])
    desk.fill("Akun", source["user"])
    desk.fill("Kata sandi", source["password"])
    desk.press("Uji dan lanjutkan")
    desk.tick(table)
    desk.press("Lanjutkan")
    desk.sees(f"Kolom {table}")
    for box in desk.page.get_by_label("Terbitkan ").all():
        box.uncheck()
    for column, mask in columns.items():
        desk.tick(f"Terbitkan {column}")
        desk.choose(f"Samaran {column}", mask)
    for column in list(columns)[:1]:
        desk.tick(f"Pemanggil boleh menyaring menurut {column}")
    desk.press("Lanjutkan")
    desk.fill("Nama layanan", title)
    desk.choose("Bagian dari sistem", "Sistem baru")
    desk.fill("Kode sistem baru", system)
    desk.fill("Kode layanan", code)
    desk.press("Lanjutkan")
    desk.sees("Tiga baris seperti yang akan keluar")
    assert source["password"] not in desk.page.content()
    desk.press("Terbitkan layanan")
    desk.sees(f"{title} sudah terbit.")


def ask(desk: Desk, title: str, columns: list[str], system: str, until: str, per_day: str):
    """A programmer finds a service in the catalogue and asks for part of it."""

    def listed():
        desk.open("/mantra/katalog/")
        return desk.page.get_by_role("link", name=title).count()

    until_listed(listed)
    desk.press(title, "link")
    desk.press("Minta akses", "link")
    for column in columns:
        desk.tick(column)
    desk.fill("Untuk apa datanya", "Pencocokan wajib pajak daerah")
    desk.fill("Kode tujuan", PURPOSE)
    desk.fill("Jenis dasar hukum", "PKS")
    desk.fill("Nomornya", "14/PJ/2026")
    desk.fill("Tanggalnya", "2026-08-03")
    desk.choose("Untuk sistem Anda yang mana?", system)
    desk.fill("Permintaan per hari, paling banyak", per_day)
    desk.fill("Sampai kapan", until)
    desk.press("Tanda tangani dan kirim")
    desk.sees("Permintaan sedang menuju")


def until_listed(probe):
    until("the service in the catalogue", probe)


def add_system(desk: Desk, name: str, code: str) -> str:
    """A system of the agency, whose programs sign in with a token; the token."""
    desk.open("/mantra/sistem/")
    desk.press("Tambah sistem", "link")
    desk.fill("Nama sistem", name)
    desk.fill("Kode", code)
    desk.tick("Dengan token di setiap panggilan")
    desk.press("Tambahkan sistem")
    desk.press("Buat token")
    desk.sees("Salin sekarang")
    return desk.page.locator("code.secret").inner_text().strip()


def approve(desk: Desk, requester: str, title: str, *, choices: dict[str, str]) -> None:
    """The provider's review: each column in `choices` gets its decision, then the safe button."""
    desk.wait_for("/", f"{requester} meminta {title}")
    desk.press(f"{requester} meminta {title}", "link")
    desk.sees("Tidak ada yang keluar sebelum Anda menyetujui.")
    for column, decision in choices.items():
        desk.page.get_by_role("radiogroup", name=f"Keputusan untuk {column}").get_by_label(decision).check(
            force=True
        )
    if choices:
        desk.press("Setujui yang dipersempit")
    else:
        desk.press("Setujui sesuai permintaan")
    desk.sees("Disetujui dan ditandatangani.")


def evidence(desk: Desk, exchange: str) -> bytes:
    """The evidence file of an exchange, as the portal gives it."""
    desk.open("/mantra/bukti/")
    desk.fill("Id pertukaran", exchange)
    return desk.save("Unduh bukti")


def audit(folder, proof: bytes, anchor: bytes) -> subprocess.CompletedProcess:
    """The auditor's machine: the file, the anchor, no network, the clock a year later."""
    (folder / "bukti.json").write_bytes(proof)
    (folder / "jangkar.json").write_bytes(anchor)
    return subprocess.run(
        [
            "unshare", "--net", "faketime", "-f", "+366d",
            COMMAND, "verify", folder / "bukti.json", "--anchor", folder / "jangkar.json",
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )  # fmt: skip


def test_first_exchange(chromium, dukcapil, djp, tmp_path):
    with mariadb() as maria, postgresql() as postgres:
        people, taxpayers = population(maria), taxes(postgres)

        # Morning: two installations, the second one admitted by a token of the first.
        code = dukcapil.init("--registry")
        dukcapil.up()
        token = pendopo(
            "nodes", "invite", "--home", dukcapil.home,
            "--agency", djp.agency, "--agency-name", djp.title, "--name", "djp",
        ).stdout.split()[-1]  # fmt: skip
        other = djp.init("--join", token)
        djp.up()
        yosefina, bagus = Desk(chromium, dukcapil.url), Desk(chromium, djp.url)
        yosefina.activate(dukcapil.admin, code, "danau tiga warna kelimutu")
        bagus.activate(djp.admin, other, "kantor pajak pagi hari")

        # She publishes six columns of her table, two masked.
        publish(
            yosefina,
            people,
            table="penduduk",
            columns={
                "nik": "4 karakter awal dan 4 akhir",
                "nama_lengkap": "Apa adanya",
                "tgl_lahir": "Apa adanya",
                "alamat": "Tiga titik untuk setiap nilai",
                "kode_wilayah": "Apa adanya",
                "status_kawin": "Apa adanya",
            },
            title="Data kependudukan",
            system="siak",
            code="penduduk",
        )

        # He finds it on his own node and asks for three columns.
        key = add_system(bagus, "Coretax", "coretax")
        ask(
            bagus,
            "Data kependudukan",
            ["NIK", "Nama lengkap", "Tgl lahir"],
            "Coretax (coretax)",
            until="2027-12-31",
            per_day="50000",
        )
        path = f"/r1/{dukcapil.agency}/siak/penduduk?nik=eq.{nik(7)}"
        asks = {"X_Road_Client": CORETAX, "Authorization": f"Bearer {key}"}
        refused = djp.get(path, **asks)
        assert refused.status == 500
        assert refused.headers["x-road-error"].startswith("Server.ServerProxy.AccessDenied")

        # She sees what would leave, narrows it, approves; he has rows within five seconds.
        approve(yosefina, djp.title, "Data kependudukan", choices={"Tgl lahir": "Samarkan"})
        approved = time.monotonic()
        answer = djp.rows(path, CORETAX, deadline=5, Authorization=f"Bearer {key}")
        waited = time.monotonic() - approved
        print(f"\nrows {waited:.2f} s after the approval")
        assert waited < 5
        born = 1970 + 7 % 30
        assert answer.json() == [
            {
                "nik": f"{nik(7)[:4]}••••••••{nik(7)[-4:]}",
                "nama_lengkap": "MARIA GORETI WEA 7",
                "tgl_lahir": f"{born}",
            }
        ]
        assert answer.headers["x-road-client"] == CORETAX
        assert answer.headers["x-road-service"] == f"{dukcapil.agency}/siak/penduduk"
        assert answer.headers["x-road-request-hash"]
        first = answer.headers["x-road-request-id"]
        outside = djp.get(path + "&select=nik,alamat", **asks)
        assert outside.status == 500, outside
        everything = djp.get(f"/r1/{dukcapil.agency}/siak/penduduk?limit=100", **asks)
        assert len(everything.json()) == 100
        assert 'rel="next"' in everything.headers["link"]

        # Afternoon: the other way round, from PostgreSQL.
        publish(
            bagus,
            taxpayers,
            table="wajib_pajak",
            columns={
                "npwp": "Apa adanya",
                "nik": "Apa adanya",
                "status": "Apa adanya",
                "spt_terakhir": "Apa adanya",
            },
            title="Status wajib pajak",
            system="pajak",
            code="status",
        )
        ask(
            yosefina,
            "Status wajib pajak",
            ["NPWP", "Status"],
            "siak (siak)",
            until="2027-06-30",
            per_day="1000",
        )
        approve(bagus, dukcapil.title, "Status wajib pajak", choices={})
        back = dukcapil.rows(f"/r1/{djp.agency}/pajak/status?npwp=eq.{9:02d}{7:013d}", SIAK, deadline=5)
        assert back.json() == [{"npwp": f"09{7:013d}", "status": "aktif"}]

        # Both change their keys; exchanges go on, and the morning's evidence still holds.
        anchor = (dukcapil.home / "gateway" / "documents" / "anchor.json").read_bytes()
        for node in (dukcapil, djp):
            for use in ("exchange", "agreement", "log"):
                pendopo("keys", "rotate", "--home", node.home, "--agency", node.agency, "--use", use)
        assert djp.rows(path, CORETAX, Authorization=f"Bearer {key}").json() == answer.json()
        proof = evidence(bagus, first)

        # A year later the auditor asks who got what, when and on what basis.
        told = audit(tmp_path, proof, anchor)
        assert told.returncode == 0, told.stdout + told.stderr
        for fact in (CORETAX, "nama_lengkap", "14/PJ/2026", PURPOSE, "2026"):
            assert fact in told.stdout, told.stdout
        step = max(1, len(proof) // 12)
        for at in range(5, len(proof), step):
            altered = bytearray(proof)
            altered[at] ^= 1
            refusal = audit(tmp_path, bytes(altered), anchor)
            assert refusal.returncode != 0, at
            assert "Traceback" not in refusal.stdout + refusal.stderr

        yosefina.close()
        bagus.close()
