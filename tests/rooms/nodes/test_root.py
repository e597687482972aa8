"""The root's file opens with its passphrase only, and an altered byte does not pass."""

import pytest

from pendopo.core.errors import Fault
from pendopo.core.keys import SigningKey
from pendopo.ground.nodes import root, x509


def test_the_root_file_gives_back_both_keys_and_nothing_without_the_passphrase():
    made = root.Root(SigningKey.generate("registry:ID", "root"), x509.new_key())
    data = root.seal(made, "sandi akar untuk uji")
    opened = root.open(data, "sandi akar untuk uji")
    assert (opened.key.seed, opened.x509_key) == (made.key.seed, made.x509_key)
    with pytest.raises(Fault, match=r"nodes\.root_passphrase"):
        root.open(data, "sandi akar untuk ujI")
    with pytest.raises(Fault, match=r"nodes\.root_(file|passphrase)"):
        root.open(data.replace(b'"box":"', b'"box":"A', 1)[: len(data)], "sandi akar untuk uji")
    assert made.key.seed not in data
