"""The demo nation's letters on paper: offices, who writes to whom, and how far each letter is. Only data."""

from dataclasses import dataclass

from pendopo.portal.demo.nation import BPJS, DJP, DUKCAPIL, KOMINFO

HEAD = "01"  # the unit whose head signs


@dataclass(frozen=True, slots=True)
class Office:
    """How an agency writes; units of who writes and who initials, and codes of heads' posts by unit."""

    profile: str
    lines: tuple[str, ...]
    place: str
    codes: dict[str, str]
    author: str = ""
    chief: str = ""


OFFICES = {
    KOMINFO: Office(
        "anri-2021",
        ("KEMENTERIAN KOMUNIKASI DAN DIGITAL", "REPUBLIK INDONESIA", "Jalan Merdeka 9, Jakarta 10110"),
        "Jakarta",
        {HEAD: "KOM"},
    ),
    BPJS: Office(
        "anri-2021",
        ("BADAN PENYELENGGARA JAMINAN SOSIAL", "KESEHATAN", "Jalan Letjen Suprapto, Jakarta 10510"),
        "Jakarta",
        {HEAD: "BPJS"},
    ),
    DUKCAPIL: Office(
        "anri-2021",
        (
            "DIREKTORAT JENDERAL",
            "KEPENDUDUKAN DAN PENCATATAN SIPIL",
            "Jalan Raya Pasar Minggu, Jakarta 12520",
        ),
        "Jakarta",
        {HEAD: "DKPS", "01.04": "DKPS.4"},
        author="01.04.01",
        chief="01.04",
    ),
    DJP: Office(
        "anri-2021",
        ("KEMENTERIAN KEUANGAN", "DIREKTORAT JENDERAL PAJAK", "Jalan Gatot Subroto 40, Jakarta 12190"),
        "Jakarta",
        {HEAD: "DJP", "01.02": "DJP.2"},
        author="01.02.03",
        chief="01.02",
    ),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter and how far it is: "draft", "returned", "initial", "sign" (waits for each), "sent"."""

    sender: str
    receiver: str
    line: str
    subject: str
    paragraphs: tuple[str, ...]
    outcome: str
    urgency: str = "biasa"
    classification: str = "000.1.2"
    comment: str = ""


LETTERS = (
    Letter(
        DJP, DUKCAPIL, "Direktur Jenderal Kependudukan dan Pencatatan Sipil",
        "Permintaan data pemadanan NIK triwulan IV",
        (
            "Menindaklanjuti perjanjian kerja sama pemanfaatan data kependudukan, bersama ini kami mohon "
            "bantuan Saudara menyiapkan data pemadanan NIK triwulan IV.",
            "Data kami terima melalui MANTRA. Atas kerja sama Saudara kami ucapkan terima kasih.",
        ),
        "sent", "segera",
    ),
    Letter(
        DJP, DUKCAPIL, "Direktur Jenderal Kependudukan dan Pencatatan Sipil",
        "Undangan rapat koordinasi Satu Data",
        (
            "Dengan hormat kami mengundang Saudara pada rapat koordinasi Satu Data, Selasa, 1 Desember 2026, "
            "pukul 09.00 WIB, di Gedung Marie Muhammad lantai 7.",
            "Mohon menugaskan pejabat yang membidangi pertukaran data.",
        ),
        "sent",
    ),
    Letter(
        DUKCAPIL, DJP, "Direktur Jenderal Pajak", "Pemutakhiran kode wilayah",
        (
            "Bersama ini kami sampaikan bahwa kode wilayah administrasi telah dimutakhirkan per 1 November "
            "2026. Mohon sistem di instansi Saudara disesuaikan.",
        ),
        "sent", "segera",
    ),
    Letter(
        DUKCAPIL, DJP, "Direktur Jenderal Pajak", "Jawaban atas permintaan data pemadanan",
        ("Menjawab surat Saudara, data pemadanan NIK triwulan IV sedang kami siapkan.",),
        "sign",
    ),
    Letter(
        DUKCAPIL, DJP, "Direktur Jenderal Pajak", "Jadwal pemeliharaan layanan data penduduk",
        ("Layanan data penduduk dipelihara Sabtu, 28 November 2026, pukul 22.00 sampai 24.00 WIB.",),
        "initial",
    ),
    Letter(
        DUKCAPIL, DJP, "Direktur Jenderal Pajak", "Permintaan narasumber bimbingan teknis",
        ("Kami mohon satu narasumber untuk bimbingan teknis pertukaran data.",),
        "returned", comment="Sebutkan hari dan tempatnya.",
    ),
    Letter(
        DJP, DUKCAPIL, "Direktur Jenderal Kependudukan dan Pencatatan Sipil", "Laporan pemakaian data",
        ("Bersama ini kami laporkan pemakaian data penduduk bulan Oktober 2026.",),
        "sign",
    ),
)  # fmt: skip

SENDERS = tuple(dict.fromkeys(letter.sender for letter in LETTERS))
NOTE = "Satukan dengan laporan triwulan III."
REPORT = "Datanya sudah disusun dan siap dikirim."
