"""Stems: the forms of a word that people take for one end alike, and a stem is its own stem."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.simaya.search import stems
from pendopo.simaya.search.stems import stem, words

ONE_WORD = [
    "menetapkan ditetapkan penetapan ketetapan tetap",
    "mengundang undangan diundang",
    "pengiriman mengirimkan dikirim kirim",
    "permohonan memohon pemohon mohon",
    "permintaan meminta diminta",
    "menteri kementerian",
    "pegawai kepegawaian",
    "pemerintah pemerintahan perintah",
    "penilaian menilai dinilai nilai",
    "menandatangani penandatanganan",
    "penerimaan menerima diterima penerima",
    "pengelolaan dikelola mengelola",
    "tindakan menindak",
    "laporan pelaporan melaporkan",
]


@pytest.mark.parametrize("forms", ONE_WORD)
def test_forms_of_a_word_share_their_stem(forms):
    assert len({stem(form) for form in forms.split()}) == 1, {form: stem(form) for form in forms.split()}


def test_different_words_stay_apart():
    apart = "menteri teritori pegawai gaji rapat undang kirim tetap tugas nilai jalan irigasi posyandu desa"
    assert len({stem(word) for word in apart.split()}) == len(apart.split())


@given(st.text(alphabet="abdegiklmnoprstuy", min_size=1, max_size=18))
def test_a_stem_is_its_own_stem(word):
    assert stem(stem(word)) == stem(word)


@given(st.text())
def test_any_text_has_words_and_stems(text):
    for word in words(text):
        assert 0 < len(word) <= stems.LONGEST and "\0" not in word and stem(stem(word)) == stem(word)


def test_every_kept_word_is_its_own_stem():
    assert {stem(kept) for kept in stems._KEPT.values()} == set(stems._KEPT.values())


def test_a_long_text_takes_no_time():
    begun = time.process_time()
    stems.stems("pemberitahuan pelaksanaan kegiatan " * 6000)
    assert time.process_time() - begun < 2
