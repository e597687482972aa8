"""Words of a text and their stems, by the Indonesian Snowball stemmer and a table of what it spoils.

Index and query use the same functions, so a stem need not be a word: it has to be the same for all forms
that people take for one word. `stem(stem(x)) == stem(x)`.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

LONGEST = 60  # signs of a word: nobody looks for longer ones
_word = re.compile(r"\w+")

# What a word is kept as, and what Snowball makes of some of its forms: it takes a sound that a prefix
# swallowed for lost (menetapkan, "etap"), and the beginning or the end of some words for an affix (menteri).
_TABLE = """
aju ajuk
bendahara
beri berian ian
beritahu itahu
berita
didik dikan
gerak gera
kaji aji
kait ait aitk
kantor antor
kawasan
kelola elola lola
keluarga
keluar eluar luar
kembali embal embali kembal mbali
kembang embang mbangan
kenal enal nalan
kendali endal endali kendal ndali
kepala
kerja erja rjaan
ketahui etahu etahui
kirim irim
kosong osong
kuasa uasa
kukuh ukuh
kumpul umpul
kunjung unjung
kurang urang
kutip utip
kemarin
masyarakat
menteri teri
milik mili pilik
minta pinta
mohon pohon
monitor ponitor
muat puat
mula mulai pula
mutasi mutas putas putasi
nilai ila ilai nila
nyata sata
pakai paka
pecah cahan
pedoman
peduli duli pedul
pegang gangan
pegawai gawa gawai
penuh uhan
perempuan
perihal
perintah intah
perlu luan
pesan pesanan sanan
proses roses
rapat apat
rekam ekam
rencana encana
rinci inci
rujuk ruju ujuk
rumus umus
sekolah
tagih agih
tambah ambah
tanam anam
tanda andatangan tandatangan
tangan angan
tanggung anggung
tawar awar
tegak egak tega
tegas egas
telaah elaah
teliti elit telit
temu emu
tentu entu
terbit bitan erbit
terima erima ima
tertib ertib tiban
tetap etap etapk
tilang ilang
tindak indak tinda
tinjau injau
tolak olak tola
tugas ugas ugasi
tuju uju
tukar ukar
tulis ulis
tunda unda
tunggu unggu
tunjuk tunju unjuk
tuntut untut
turun urun
tutup utup
"""
_KEPT = {form: forms[0] for forms in map(str.split, _TABLE.split("\n")) for form in forms}


def words(text: str) -> Iterator[str]:
    """The words of a text in small letters and NFC, in its order, each cut at `LONGEST` signs."""
    for found in _word.finditer(unicodedata.normalize("NFC", text).lower()):
        yield found[0][:LONGEST]


@cache
def _stemmer() -> type:
    """Its class; a stemmer holds the word it works on, so one for all would mix up what threads ask.

    Loaded when first needed: the package brings those of thirty languages, a tenth of a process's start.
    """
    from snowballstemmer.indonesian_stemmer import IndonesianStemmer

    return IndonesianStemmer


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a word that `words` gave: what its forms have in common."""
    while True:
        if word in _KEPT:
            return _KEPT[word]
        shorter = _stemmer()().stemWord(word)
        if shorter == word:
            return word
        word = shorter


def stems(text: str) -> set[str]:
    """The stems of all words of a text."""
    return {stem(word) for word in words(text)}
