"""The letters authority: made when the registry is founded, renewed when the root is at hand."""

from datetime import timedelta

import pytest
from cryptography import x509

from pendopo.core.errors import Fault
from pendopo.core.keys import SigningKey


@pytest.fixture
def top(registry, fresh_home):
    """The root's keys, brought back from where they are kept."""
    from pendopo.ground.nodes import root

    return root.open((fresh_home.root / "root-offline" / root.FILE).read_bytes(), "sandi akar untuk uji")


def held(home):
    """The authority's certificate and the root's list, both checked against the anchor's root."""
    from pendopo.ground.nodes import reads

    root = x509.load_pem_x509_certificate(reads.anchor()["root_x509"].encode())
    made = x509.load_pem_x509_certificate((home.keys / "letters.pem").read_bytes())
    crl = x509.load_der_x509_crl((home.keys / "root.crl").read_bytes())
    made.verify_directly_issued_by(root)
    assert crl.is_signature_valid(root.public_key())
    return made, crl, crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def test_founding_makes_it(registry, fresh_home):
    made, crl, number = held(fresh_home)
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    assert number == 1 and len(crl) == 0
    assert crl.next_update_utc - crl.last_update_utc == timedelta(days=5 * 365)
    for name in ("letters.key", "letters.pem", "root.crl"):
        assert (fresh_home.keys / name).stat().st_mode & 0o777 == 0o600


def test_with_the_root_at_hand_the_list_is_renewed_and_the_authority_stays(top, operator, fresh_home):
    from pendopo.ground.nodes import actions

    before, _, _ = held(fresh_home)
    until = actions.renew_letters(top, actor=operator)
    after, crl, number = held(fresh_home)
    assert (after, number, crl.next_update_utc) == (before, 2, until)


def test_an_authority_that_ends_too_soon_is_certified_again_with_its_key(top, operator, fresh_home):
    from django.utils import timezone

    from pendopo.ground.nodes import actions, letters, reads

    (fresh_home.keys / "letters.pem").unlink()
    (fresh_home.keys / "root.crl").unlink()
    long_ago = timezone.now() - timedelta(days=6 * 365)
    letters.make(fresh_home, top, reads.anchor()["root_x509"], long_ago)
    old, _, _ = held(fresh_home)
    actions.renew_letters(top, actor=operator)
    new, _, _ = held(fresh_home)
    assert new.serial_number != old.serial_number and new.public_key() == old.public_key()
    assert new.not_valid_after_utc > timezone.now() + timedelta(days=3600)


def test_a_registry_from_before_letters_gets_it(top, operator, fresh_home):
    from pendopo.ground.nodes import actions

    for name in ("letters.key", "letters.pem", "root.crl"):
        (fresh_home.keys / name).unlink()
    actions.renew_letters(top, actor=operator)
    assert held(fresh_home)[2] == 1


def test_another_root_makes_nothing(top, operator, fresh_home):
    from pendopo.ground.nodes import actions, root

    before = (fresh_home.keys / "root.crl").read_bytes()
    other = root.Root(SigningKey.generate("registry:ID", "root"), top.x509_key)
    with pytest.raises(Fault, match=r"nodes\.root_other"):
        actions.renew_letters(other, actor=operator)
    assert (fresh_home.keys / "root.crl").read_bytes() == before
