"""What has happened in the demo nation: subsystems, services, requests and what became of them. Only data."""

from dataclasses import dataclass

from pendopo.portal.demo.nation import BPJS, DJP, DUKCAPIL


@dataclass(frozen=True, slots=True)
class System:
    """An information system of an agency, and the source it stands on (a property of `sources.Sources`)."""

    agency: str
    code: str
    name: str
    source: str

    @property
    def path(self) -> str:
        return f"{self.agency}/{self.code}"


@dataclass(frozen=True, slots=True)
class Service:
    """A published table. ``columns`` gives each chosen column its mask ("none", "ends", "initials" …)."""

    system: System
    code: str
    title: str
    title_en: str
    description: str
    table: str
    columns: dict[str, str]
    filters: tuple[str, ...]
    limit: int = 1000

    @property
    def path(self) -> str:
        return f"{self.system.path}/{self.code}"


@dataclass(frozen=True, slots=True)
class Request:
    """A request and its outcome.

    ``outcome``: "open" (waits for the provider), "approved", "offered" (on other terms: waits for the
    requester), "refused", "revoked" (approved, used, then revoked by the provider). ``hold`` are columns the
    provider holds back, ``mask`` those it masks.
    """

    system: System
    service: Service
    columns: tuple[str, ...]
    per_day: int
    days: int
    purposes: tuple[str, ...]
    basis: tuple[str, str, str]  # kind, number, date
    note: str
    outcome: str
    hold: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    reason: str = ""

    @property
    def used(self) -> bool:
        """Whether exchanges ran under it."""
        return self.outcome in ("approved", "revoked")


SIAK = System(DUKCAPIL, "siak", "Sistem Informasi Administrasi Kependudukan", "population")
CORETAX = System(DJP, "coretax", "Coretax", "taxation")
JKN = System(BPJS, "jkn", "Kepesertaan JKN", "insurance")
SYSTEMS = (SIAK, CORETAX, JKN)

PENDUDUK = Service(
    SIAK, "penduduk", "Data penduduk", "Population records",
    "Biodata penduduk menurut NIK. Nama ibu dan alamat disamarkan.", "penduduk",
    {"nik": "none", "nama_lengkap": "none", "jenis_kelamin": "none", "tanggal_lahir": "none",
     "status_kawin": "none", "nama_ibu": "initials", "alamat": "ends", "kode_wilayah": "none",
     "provinsi": "none"},
    ("nik", "kode_wilayah", "provinsi", "tanggal_lahir"),
)  # fmt: skip
KELUARGA = Service(
    SIAK, "keluarga", "Kartu keluarga", "Family cards", "Kepala keluarga dan alamat.", "keluarga",
    {"no_kk": "none", "kepala_keluarga": "none", "jumlah_anggota": "none", "alamat": "none",
     "kelurahan": "none", "kecamatan": "none", "kode_wilayah": "none"},
    ("no_kk", "kode_wilayah"),
)  # fmt: skip
STATUS_WP = Service(
    CORETAX, "status-wp", "Status wajib pajak", "Taxpayer status",
    "Status wajib pajak dan tahun SPT terakhir menurut NIK.", "wajib_pajak",
    {"npwp16": "none", "nik": "none", "nama_wp": "initials", "status": "none", "spt_terakhir": "none",
     "status_spt": "none"},
    ("npwp16", "nik", "status"),
)  # fmt: skip
SPT = Service(
    CORETAX, "spt", "SPT tahunan", "Yearly tax returns", "SPT tahunan menurut NPWP dan tahun pajak.", "spt",
    {"npwp16": "none", "tahun": "none", "jenis": "none", "tanggal_lapor": "none", "hasil": "none"},
    ("npwp16", "tahun", "hasil"),
)  # fmt: skip
PESERTA = Service(
    JKN, "peserta", "Peserta JKN", "Insured persons", "Kepesertaan jaminan kesehatan menurut NIK.", "peserta",
    {"nomor_kartu": "ends", "nik": "none", "nama": "none", "jenis": "none", "kelas": "none", "status": "none",
     "faskes": "none"},
    ("nik", "status", "jenis"),
)  # fmt: skip
SERVICES = (PENDUDUK, KELUARGA, STATUS_WP, SPT, PESERTA)

REQUESTS = (
    Request(
        CORETAX, PENDUDUK, ("nik", "nama_lengkap", "tanggal_lahir", "kode_wilayah"), 20_000, 365,
        ("pemadanan-nik", "penagihan"), ("PKS", "PKS-18/DJP/2026", "2026-02-16"),
        "Memadankan NIK dengan NPWP dan memutakhirkan domisili wajib pajak.", "approved",
    ),
    Request(
        SIAK, STATUS_WP, ("nik", "status", "spt_terakhir"), 5_000, 180, ("verifikasi-pekerjaan",),
        ("PKS", "PKS-18/DJP/2026", "2026-02-16"),
        "Memeriksa status wajib pajak sebelum mengubah pekerjaan di biodata.", "approved",
    ),
    Request(
        JKN, PENDUDUK, ("nik", "nama_lengkap", "tanggal_lahir", "alamat"), 10_000, 6, ("pemutakhiran",),
        ("PKS", "119/PKS/BPJS/2025", "2025-12-01"),
        "Memutakhirkan data peserta JKN tiap malam.", "approved",
    ),
    Request(
        SIAK, PESERTA, ("nik", "nomor_kartu", "status"), 2_000, 120, ("pemutakhiran-biodata",),
        ("PKS", "119/PKS/BPJS/2025", "2025-12-01"),
        "Menampilkan status jaminan kesehatan di layanan daring penduduk.", "approved",
    ),
    Request(
        CORETAX, PESERTA, ("nik", "nama", "jenis", "kelas", "faskes"), 1_000, 60, ("kepatuhan",),
        ("PKS", "PKS-44/DJP/2026", "2026-09-07"),
        "Mencocokkan pekerja yang iurannya dibayar pemberi kerja.", "offered",
        hold=("faskes",), mask=("nama",),
    ),
    Request(
        CORETAX, KELUARGA, ("no_kk", "kepala_keluarga", "jumlah_anggota", "alamat"), 3_000, 300, ("ptkp",),
        ("PKS", "PKS-18/DJP/2026", "2026-02-16"),
        "Menghitung penghasilan tidak kena pajak menurut jumlah tanggungan.", "open",
    ),
    Request(
        JKN, STATUS_WP, ("nik", "status"), 4_000, 200, ("segmentasi-peserta",),
        ("Surat", "S-311/BPJS/2026", "2026-11-02"),
        "Menentukan kelas iuran peserta mandiri.", "open",
    ),
    Request(
        JKN, KELUARGA, ("no_kk", "kepala_keluarga", "alamat", "kelurahan"), 50_000, 365, ("penagihan-iuran",),
        ("Surat", "S-298/BPJS/2026", "2026-10-12"),
        "Menagih iuran peserta mandiri yang menunggak.", "refused",
        reason="Dasar hukumnya surat biasa. Perlu perjanjian kerja sama untuk data keluarga sebanyak ini.",
    ),
    Request(
        JKN, SPT, ("npwp16", "tahun", "hasil"), 500, 90, ("uji-coba",),
        ("PKS", "PKS-07/DJP/2025", "2025-08-20"),
        "Uji coba pencocokan penghasilan peserta.", "revoked",
        reason="Uji coba selesai. Hasilnya diserahkan dengan berita acara.",
    ),
)  # fmt: skip
