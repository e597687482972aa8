"""A sealed key opens by its own passphrase and by nothing else."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pendopo.core import strict
from pendopo.core.errors import Fault
from pendopo.simaya.signing.seal import SoftwareKey, new_key, seal, unseal

WORDS = "kuda kayu berlari pelan"
GOLDEN = Path(__file__).parents[2] / "wire" / "v1-signing" / "letter-key.json"


def code(sealed: bytes, passphrase: str = WORDS) -> str:
    with pytest.raises(Fault) as fault:
        unseal(sealed, passphrase)
    return fault.value.code


def test_the_key_comes_back_by_its_passphrase_alone():
    key = new_key()
    sealed = seal(key, WORDS)
    assert unseal(sealed, WORDS).private_numbers() == key.private_numbers()
    assert code(sealed, WORDS + " ") == "signing.passphrase"
    assert code(sealed, "") == "signing.passphrase"


def test_one_passphrase_however_it_was_typed():
    """An accent may come as one sign or as two."""
    sealed = seal(new_key(), "caf\u00e9 di Ende")
    assert unseal(sealed, "cafe\u0301 di Ende")
    assert code(sealed, "cafe di Ende") == "signing.passphrase"


def test_two_seals_of_one_key_share_nothing():
    key = new_key()
    one, two = (json.loads(seal(key, WORDS)) for _ in range(2))
    assert one["salt"] != two["salt"] and one["box"] != two["box"]


def test_a_key_of_the_first_version_opens_for_ever():
    assert unseal(GOLDEN.read_bytes(), WORDS).curve.name == "secp256r1"


def test_a_bent_box_is_refused_as_a_wrong_passphrase_is():
    body = json.loads(GOLDEN.read_bytes())
    box = bytearray(strict.b64d(body["box"]))
    box[40] ^= 1
    assert code(strict.dumps(body | {"box": strict.b64e(bytes(box))})) == "signing.passphrase"


@pytest.mark.parametrize(
    "other",
    [
        {"v": 2},
        {"type": "root/1"},
        {"salt": "AAAA"},
        {"box": ""},
        {"box": 5},
        {"cost": 1},
        {"box": strict.b64e(bytes(40))},
    ],
)
def test_another_form_is_not_tried(other):
    assert code(strict.dumps(json.loads(GOLDEN.read_bytes()) | other)) == "signing.sealed_form"


@given(st.binary(max_size=200))
@settings(max_examples=100)
def test_any_other_bytes_are_refused(raw):
    assert code(raw) == "signing.sealed_form"


def test_neither_form_shows_the_secret():
    key = SoftwareKey(new_key(), b"")
    number = str(key.private.private_numbers().private_value)
    assert number not in repr(key) and "private" not in repr(key)
