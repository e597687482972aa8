"""The four agencies of the demo nation and their units. The offices' names are real, their people are not."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from pendopo.portal.demo.generate.staff import Staff, Unit, staff


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency of the demo nation: its identifier, name, number of staff and tree of units as text."""

    code: str
    name: str
    people: int
    head: str
    second: str  # what a unit of the second level is called, and its head
    third: str
    tree: str

    @property
    def units(self) -> list[Unit]:
        """The units, parents first, coded 01, 01.02, 01.02.03."""
        found = [Unit("01", self.name, "", self.head)]
        for line in filter(None, map(str.strip, self.tree.splitlines())):
            name, _, below = line.partition(":")
            word = self.second
            if name.startswith("Sekretariat"):
                word = "Sekretaris"
            elif name.startswith("Pusat"):
                word = "Kepala"
            code = f"01.{sum(u.parent == '01' for u in found) + 1:02}"
            title = "Sekretaris" if word == "Sekretaris" else f"{word} {name.removeprefix('Direktorat ')}"
            found.append(Unit(code, name, "01", title))
            for n, part in enumerate(filter(None, map(str.strip, below.split(","))), 1):
                found.append(
                    Unit(f"{code}.{n:02}", f"{self.third} {part}", code, f"Kepala {self.third} {part}")
                )
        return found


AGENCIES = (
    Agency(
        "ID/GOV/KOMINFO", "Ditjen Aplikasi Informatika Kominfo", 120, "Direktur Jenderal", "Direktur",
        "Bidang",
        """Sekretariat Direktorat Jenderal: Perencanaan, Kepegawaian, Keuangan, Umum
        Direktorat Layanan Aplikasi Informatika Pemerintahan: Interoperabilitas, Aplikasi Umum, Tata Kelola
        Direktorat Infrastruktur Pemerintahan: Pusat Data Nasional, Jaringan, Operasi
        Direktorat Pengendalian Aplikasi: Penyidikan, Pengawasan
        Pusat Kelembagaan: Kerja Sama, Hubungan Masyarakat""",
    ),
    Agency(
        "ID/GOV/DUKCAPIL", "Ditjen Kependudukan dan Pencatatan Sipil", 220, "Direktur Jenderal", "Direktur",
        "Subdirektorat",
        """Sekretariat Direktorat Jenderal: Perencanaan, Perundang-undangan, Keuangan, Umum
        Direktorat Pendaftaran Penduduk: Identitas, Pindah Datang, Penduduk Rentan, Wilayah I
        Direktorat Pencatatan Sipil: Kelahiran, Perkawinan, Pengangkatan Anak, Wilayah II
        Direktorat Integrasi Data Kependudukan: Pemanfaatan Data, Kualitas Data, Data Nasional
        Direktorat Pengelolaan Informasi: Sistem Informasi, Jaringan Komunikasi Data, Keamanan Informasi
        Direktorat Bina Aparatur: Standardisasi, Bimbingan Teknis""",
    ),
    Agency(
        "ID/GOV/DJP", "Direktorat Jenderal Pajak", 180, "Direktur Jenderal", "Direktur", "Subdirektorat",
        """Sekretariat Direktorat Jenderal: Organisasi, Kepegawaian, Keuangan
        Direktorat Data dan Informasi Perpajakan: Pengolahan Data, Tata Kelola Data, Pertukaran Data
        Direktorat Teknologi Informasi dan Komunikasi: Pengembangan Sistem, Operasi, Keamanan Sistem
        Direktorat Potensi dan Kepatuhan: Ekstensifikasi, Kepatuhan Wajib Pajak, Penerimaan
        Direktorat Penyuluhan dan Pelayanan: Penyuluhan, Pelayanan, Hubungan Masyarakat""",
    ),
    Agency(
        "ID/GOV/BPJS", "BPJS Kesehatan", 80, "Direktur Utama", "Direktur", "Bidang",
        """Sekretariat Badan: Umum, Hukum
        Direktorat Kepesertaan: Data Peserta, Perluasan Peserta
        Direktorat Jaminan Pelayanan Kesehatan: Faskes Primer, Rujukan
        Direktorat Teknologi Informasi: Aplikasi, Operasi""",
    ),
)  # fmt: skip


def everyone(today: date) -> dict[str, Staff]:
    """The staff of every agency, by its identifier: 600 people whose numbers are all different."""
    taken: Counter = Counter()
    return {a.code: staff(a.units, a.people, today, n, taken) for n, a in enumerate(AGENCIES)}
