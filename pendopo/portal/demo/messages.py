"""The demo nation's mail on paper: who wrote what to whom, and when. Only data.

One agency's node has mail. Its people are named by the unit of their post in `nation.SEATS`; who writes from
elsewhere has an address under `.example`, which is nobody's (RFC 2606).
"""

from dataclasses import dataclass

from pendopo.core.home import Mail
from pendopo.portal.demo.nation import DUKCAPIL, node_of

AGENCY = DUKCAPIL
NODE = node_of(AGENCY).name
DOMAIN = "dukcapil.example"
NOWHERE = "127.0.0.1:9"  # all mail to others goes there, where nobody listens: none leaves the machine

HEAD, DIRECTOR, ANALYST, CITIZENS, SYSTEMS = "01", "01.04", "01.04.01", "01.02.01", "01.05.01"
EVERYBODY = (HEAD, DIRECTOR, ANALYST, CITIZENS, SYSTEMS)
OUTSIDERS = {
    "djp": ("Pertukaran Data DJP", "pertukaran.data@djp.example"),
    "warta": ("Warta Satu Data", "warta@satudata.example"),
}
REPORT = "rekap-pemanfaatan-triwulan-iii.csv"


@dataclass(frozen=True, slots=True)
class Message:
    """One message: `hours` before the nation was made; `answers` is the place of another in MESSAGES.

    `html` stands beside the text; `file` names an attachment; `read`: its receivers have opened it.
    """

    sender: str
    to: tuple[str, ...]
    subject: str
    paragraphs: tuple[str, ...]
    hours: float
    cc: tuple[str, ...] = ()
    answers: int | None = None
    html: str = ""
    file: str = ""
    read: bool = False


def servers(offset: int) -> Mail:
    """The mail settings of the node, its ports moved by `offset`."""
    return Mail(DOMAIN, f"{NODE}.localhost", relay=NOWHERE, dns=False).shifted(offset)


_PICTURES = "https://gambar.satudata.example"
_NEWSLETTER = f"""\
<!doctype html>
<html lang="id"><head><style>
  body {{ background: #eef2f6; font-family: Arial, sans-serif; color: #1f2937; margin: 0 }}
  a {{ color: #1d4ed8 }}
</style></head><body>
<table width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding: 16px">
<table width="560" cellpadding="0" cellspacing="0" style="max-width: 100%; background: #ffffff">
  <tr><td><img src="{_PICTURES}/kepala.jpg" alt="Warta Satu Data" width="560" height="140"
    style="max-width: 100%"></td></tr>
  <tr><td style="padding: 24px">
    <h1 style="font-size: 22px; margin: 0 0 12px">Warta Satu Data, edisi November</h1>
    <p>Bulan ini tiga instansi membuka layanan data baru, dan satu kesalahan lama diperbaiki.</p>
    <h2 style="font-size: 17px; margin: 20px 0 6px">Kode wilayah seragam</h2>
    <p>Kode wilayah administrasi dimutakhirkan per 1 November. Periksa tabel rujukan di sistem Anda
      sebelum akhir bulan.</p>
    <img src="{_PICTURES}/peta.png" alt="Peta kabupaten dan kota yang kodenya berubah" width="512"
      height="240" style="max-width: 100%">
    <h2 style="font-size: 17px; margin: 20px 0 6px">Klinik data, tiap Kamis</h2>
    <p>Bawa pertanyaan Anda, pulang dengan jawaban. <a href="https://satudata.example/klinik">Daftar di
      sini</a>.</p>
  </td></tr>
  <tr><td style="padding: 16px 24px; font-size: 13px; color: #4b5563; background: #f6f8fa">
    Anda menerima warta ini karena bekerja dengan data. <a href="https://satudata.example/berhenti">Berhenti
      berlangganan</a><img src="{_PICTURES}/lacak.gif?untuk=anda" alt="" width="1" height="1">
  </td></tr>
</table></td></tr></table></body></html>
"""

MESSAGES = (
    Message(
        DIRECTOR, (ANALYST,), "Bahan rapat Satu Data",
        (
            "DJP mengundang kita ke rapat koordinasi Satu Data. Mohon disiapkan rekap pemanfaatan data "
            "triwulan III: siapa memakai apa, untuk apa, dan atas dasar apa.",
            "Bila dapat, besok siang sudah ada di saya.",
        ),
        28, cc=(SYSTEMS,), read=True,
    ),
    Message(
        ANALYST, (DIRECTOR,), "Re: Bahan rapat Satu Data",
        (
            "Siap. Rekapnya terlampir; isinya dari perjanjian yang tercatat di MANTRA.",
            "Satu perjanjian akan berakhir beberapa hari lagi. Saya sudah mengingatkan pemakainya.",
        ),
        22, cc=(SYSTEMS,), answers=0, file=REPORT, read=True,
    ),
    Message(
        SYSTEMS, (HEAD, DIRECTOR, ANALYST, CITIZENS), "Pemeliharaan jaringan Sabtu malam",
        (
            "Sabtu pukul 22.00 sampai 24.00 WIB perangkat jaringan di lantai 3 diganti.",
            "Layanan data tetap berjalan. Portal dan surel dapat terputus beberapa menit; surel yang datang "
            "menunggu dan tidak hilang.",
        ),
        16, read=True,
    ),
    Message(
        HEAD, (DIRECTOR,), "Paparan untuk Menteri",
        (
            "Mohon paparan singkat tentang pemanfaatan data kependudukan, paling banyak tiga halaman. "
            "Saya perlu angka, bukan bagan.",
        ),
        7, read=True,
    ),
    Message(
        DIRECTOR, (HEAD,), "Re: Paparan untuk Menteri",
        (
            "Baik. Sebagai pegangan sementara, rekap triwulan III terlampir. Paparannya menyusul sore ini.",
        ),
        5, answers=3, file=REPORT,
    ),
    Message(
        "djp", (DIRECTOR, ANALYST), "Kode wilayah sesudah pemekaran",
        (
            "Sebagian NIK yang kami padankan masih memakai kode wilayah lama. Apakah layanan data penduduk "
            "sudah memberi kode yang baru, atau kami perlu memetakannya sendiri?",
            "Terima kasih atas bantuannya.",
        ),
        3,
    ),
    Message(
        "warta", EVERYBODY, "Warta Satu Data, edisi November",
        (
            "Bulan ini tiga instansi membuka layanan data baru, dan satu kesalahan lama diperbaiki.",
            "Kode wilayah administrasi dimutakhirkan per 1 November. Klinik data buka tiap Kamis.",
        ),
        2, html=_NEWSLETTER,
    ),
    Message(
        CITIZENS, (ANALYST, SYSTEMS), "Uji coba layanan peserta JKN",
        (
            "Layanan peserta dari BPJS sudah dapat kami baca di lingkungan uji. Jawabannya cepat, kolomnya "
            "sesuai perjanjian.",
            "Besok kami coba dengan data satu kecamatan.",
        ),
        1,
    ),
)  # fmt: skip
