"""Which columns of a table look like personal data, and how one would mask them: a hint for the wizard.

It goes by the column's name alone, as databases of Indonesian agencies write it. The provider decides.
"""

import re
from dataclasses import dataclass

ENDS = {"kind": "ends", "head": 4, "tail": 4}
YEAR = {"kind": "year"}
INITIALS = {"kind": "initials"}
HIDE = {"kind": "hide"}


@dataclass(frozen=True)
class Hint:
    """`reason`: a stable word for what the column seems to hold; `mask`: the suggestion, or None."""

    reason: str
    mask: dict | None


# Each word must stand alone in the name: "nik" is found in "no_nik" and "nikPemohon", not in "teknik".
_RULES: list[tuple[str, dict | None, tuple[str, ...]]] = [
    ("mother", INITIALS, ("ibu kandung", "nama ibu", "nm ibu", "ibu", "mother")),
    ("national_id", ENDS, ("nik", "no ktp", "nomor ktp", "ktp", "nomor induk kependudukan", "id card")),
    ("family_card", ENDS, ("no kk", "nomor kk", "kk", "nokk", "kartu keluarga")),
    ("staff_number", ENDS, ("nip", "nipppk", "nrp")),
    ("tax_number", ENDS, ("npwp", "nitku")),
    ("passport", ENDS, ("paspor", "passport", "no paspor")),
    ("birth_place", HIDE, ("tempat lahir", "tmp lahir", "tmpt lahir", "birthplace")),
    ("birth_date", YEAR, ("tanggal lahir", "tgl lahir", "tgllahir", "lahir", "birth", "birthdate", "dob")),
    ("address", HIDE, ("alamat", "address", "jalan", "domisili", "rt", "rw", "rt rw")),
    ("phone", ENDS, ("telepon", "telp", "tlp", "hp", "no hp", "handphone", "phone", "mobile", "wa")),
    ("email", HIDE, ("email", "surel", "e mail", "mail")),
    ("religion", HIDE, ("agama", "religion", "kepercayaan")),
    ("health", HIDE, ("diagnosa", "diagnosis", "penyakit", "golongan darah", "gol darah", "disabilitas")),
    ("biometric", HIDE, ("foto", "photo", "sidik jari", "fingerprint", "biometrik", "iris", "ttd")),
    ("money", HIDE, ("gaji", "penghasilan", "no rekening", "rekening", "salary", "saldo")),
    ("location", HIDE, ("latitude", "longitude", "lintang", "bujur", "koordinat")),
    ("sex", None, ("jenis kelamin", "jns kelamin", "kelamin", "jk", "sex", "gender")),
    ("marriage", None, ("status kawin", "status perkawinan", "kawin")),
    ("name", INITIALS, ("nama", "nm", "nama lengkap", "name", "fullname")),
]
# A name of a thing is no name of a person.
_thing = re.compile(
    r" (barang|daerah|desa|dinas|file|instansi|jabatan|jenis|kab|kabupaten|kantor|kec|kecamatan|kegiatan|kel"
    r"|kelurahan|kota|negara|produk|program|prov|propinsi|provinsi|satker|table|tabel|unit|wilayah) "
)
_boundary = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")


def words(name: str) -> list[str]:
    """The words of a column's name: "tglLahir", "TGL_LAHIR" and "tgl lahir" all give ["tgl", "lahir"]."""
    return [part.lower() for part in _boundary.split(name) if part]


def hint(name: str) -> Hint | None:
    """What personal data the column `name` seems to hold; None when it looks like none."""
    sentence = f" {' '.join(words(name))} "
    for reason, mask, phrases in _RULES:
        if reason == "name" and _thing.search(sentence):
            continue
        if any(f" {phrase} " in sentence for phrase in phrases):
            return Hint(reason, mask)
    return None
