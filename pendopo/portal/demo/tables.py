"""The tables of the agencies' own databases: what their systems would hold, in types every engine has."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pendopo.portal.demo.generate import citizens, health, taxes
from pendopo.portal.demo.generate.citizens import AS_OF, Family


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its rows. ``columns`` are name and SQL type; ``key`` is the primary key."""

    name: str
    columns: dict[str, str]
    key: tuple[str, ...]
    rows: list[tuple[str | int | date | datetime | None, ...]]

    def create(self) -> str:
        """The CREATE TABLE statement: plain enough for PostgreSQL, MariaDB and SQLite."""
        columns = ", ".join(f"{name} {kind}" for name, kind in self.columns.items())
        return f"CREATE TABLE {self.name} ({columns}, PRIMARY KEY ({', '.join(self.key)}))"


def _changed(number: int) -> datetime:
    """When row ``number`` was last changed: each 37 minutes before the one before it."""
    return datetime.combine(AS_OF, time()) - timedelta(minutes=37 * number)


def population(families: list[Family]) -> list[Table]:
    """The population agency's ``penduduk`` and ``keluarga``."""
    people = Table(
        "penduduk",
        {
            "nik": "CHAR(16) NOT NULL",
            "no_kk": "CHAR(16) NOT NULL",
            "nama_lengkap": "VARCHAR(120) NOT NULL",
            "jenis_kelamin": "CHAR(1) NOT NULL",
            "tempat_lahir": "VARCHAR(60) NOT NULL",
            "tanggal_lahir": "DATE NOT NULL",
            "agama": "VARCHAR(20) NOT NULL",
            "status_kawin": "VARCHAR(20) NOT NULL",
            "hubungan_keluarga": "VARCHAR(20) NOT NULL",
            "pendidikan": "VARCHAR(20) NOT NULL",
            "pekerjaan": "VARCHAR(40) NOT NULL",
            "golongan_darah": "CHAR(2)",
            "nama_ibu": "VARCHAR(120) NOT NULL",
            "alamat": "VARCHAR(120) NOT NULL",
            "kode_wilayah": "CHAR(13) NOT NULL",
            "kabupaten": "VARCHAR(60) NOT NULL",
            "provinsi": "VARCHAR(60) NOT NULL",
            "diubah": "TIMESTAMP NOT NULL",
        },
        ("nik",),
        [
            (
                p.nik, p.no_kk, p.nama, p.jenis_kelamin, p.tempat_lahir, p.tanggal_lahir, p.agama,
                p.status_kawin, p.hubungan, p.pendidikan, p.pekerjaan,
                None if p.golongan_darah == "-" else p.golongan_darah, p.nama_ibu, f.alamat,
                f.village.code, f.village.regency, f.village.province, _changed(n),
            )
            for n, (f, p) in enumerate(_members(families))
        ],
    )  # fmt: skip
    cards = Table(
        "keluarga",
        {
            "no_kk": "CHAR(16) NOT NULL",
            "kepala_keluarga": "VARCHAR(120) NOT NULL",
            "jumlah_anggota": "INTEGER NOT NULL",
            "alamat": "VARCHAR(120) NOT NULL",
            "rt": "CHAR(3) NOT NULL",
            "rw": "CHAR(3) NOT NULL",
            "kode_wilayah": "CHAR(13) NOT NULL",
            "kelurahan": "VARCHAR(60) NOT NULL",
            "kecamatan": "VARCHAR(60) NOT NULL",
            "kode_pos": "CHAR(5) NOT NULL",
        },
        ("no_kk",),
        [
            (
                f.no_kk, f.members[0].nama, len(f.members), f.alamat, f.rt, f.rw, f.village.code,
                f.village.name, f.village.district, f.village.postal_code,
            )
            for f in families
        ],
    )  # fmt: skip
    return [people, cards]


def taxation(families: list[Family]) -> list[Table]:
    """The tax office's ``wajib_pajak`` and ``spt``."""
    found = list(taxes.taxpayers(families))
    taxpayers = Table(
        "wajib_pajak",
        {
            "npwp16": "CHAR(16) NOT NULL",
            "npwp15": "CHAR(15) NOT NULL",
            "nik": "CHAR(16) NOT NULL",
            "nama_wp": "VARCHAR(120) NOT NULL",
            "kpp": "VARCHAR(80) NOT NULL",
            "status": "VARCHAR(16) NOT NULL",
            "terdaftar": "DATE NOT NULL",
            "spt_terakhir": "INTEGER",
            "status_spt": "VARCHAR(16) NOT NULL",
        },
        ("npwp16",),
        [
            (t.npwp16, t.npwp15, t.nik, t.nama, t.kpp, t.status, t.terdaftar, t.spt_terakhir, t.status_spt)
            for t, _ in found
        ],
    )
    returns = Table(
        "spt",
        {
            "npwp16": "CHAR(16) NOT NULL",
            "tahun": "INTEGER NOT NULL",
            "jenis": "VARCHAR(8) NOT NULL",
            "tanggal_lapor": "DATE NOT NULL",
            "hasil": "VARCHAR(16) NOT NULL",
            "jumlah": "NUMERIC(15,0) NOT NULL",
        },
        ("npwp16", "tahun"),
        [
            (s.npwp16, s.tahun, s.jenis, s.tanggal_lapor, s.hasil, s.jumlah)
            for _, returns in found
            for s in returns
        ],
    )
    return [taxpayers, returns]


def insurance(families: list[Family]) -> list[Table]:
    """The health insurance's ``peserta``."""
    return [
        Table(
            "peserta",
            {
                "nomor_kartu": "CHAR(13) NOT NULL",
                "nik": "CHAR(16) NOT NULL",
                "nama": "VARCHAR(120) NOT NULL",
                "tanggal_lahir": "DATE NOT NULL",
                "jenis": "VARCHAR(10) NOT NULL",
                "kelas": "INTEGER NOT NULL",
                "faskes": "VARCHAR(80) NOT NULL",
                "status": "VARCHAR(10) NOT NULL",
                "terdaftar": "DATE NOT NULL",
            },
            ("nomor_kartu",),
            [
                (p.nomor, p.nik, p.nama, p.tanggal_lahir, p.jenis, p.kelas, p.faskes, p.status, p.terdaftar)
                for p in health.participants(families)
            ],
        )
    ]


def _members(families: list[Family]) -> Iterator[tuple[Family, citizens.Citizen]]:
    for family in families:
        for person in family.members:
            yield family, person
