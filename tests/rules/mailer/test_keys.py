"""The servers' certificate and the keys that sign mail."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from pendopo.mailer import dkim, tls

NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)


def chain(folder):
    return x509.load_pem_x509_certificates((folder / "server.pem").read_bytes())


def check(folder, name, when=NOW):
    store = Store(x509.load_pem_x509_certificates((folder / "ca.pem").read_bytes()))
    leaf, *rest = chain(folder)
    PolicyBuilder().store(store).time(when).build_server_verifier(name).verify(leaf, rest)


def test_the_certificate_is_good_for_its_names_and_no_other(tmp_path):
    tls.ensure(tmp_path / "tls", "surel.kota.go.id", NOW)
    for name in ("surel.kota.go.id", "localhost"):
        check(tmp_path / "tls", x509.DNSName(name))
    with pytest.raises(VerificationError):
        check(tmp_path / "tls", x509.DNSName("lain.kota.go.id"))
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "tls").iterdir()}
    assert modes == {"ca.key": 0o600, "ca.pem": 0o644, "server.pem": 0o600}
    ssl.create_default_context(cafile=tmp_path / "tls" / "ca.pem")


def test_it_is_kept_while_good_and_made_anew_by_the_same_authority(tmp_path):
    tls.ensure(tmp_path, "surel.kota.go.id", NOW)
    first, ca = chain(tmp_path)[0], (tmp_path / "ca.pem").read_bytes()
    tls.ensure(tmp_path, "surel.kota.go.id", NOW + timedelta(days=300))
    assert chain(tmp_path)[0] == first
    tls.ensure(tmp_path, "surel.kota.go.id", NOW + timedelta(days=310))
    second = chain(tmp_path)[0]
    assert second != first
    tls.ensure(tmp_path, "surat.kota.go.id", NOW + timedelta(days=310))
    assert chain(tmp_path)[0] != second
    assert (tmp_path / "ca.pem").read_bytes() == ca
    check(tmp_path, x509.DNSName("surat.kota.go.id"), NOW + timedelta(days=600))


def test_keys_of_a_domain_are_published_and_one_signs(tmp_path):
    folder = tmp_path / "dkim"
    assert dkim.signing(folder) == {} and dkim.published(folder, "pns.test") == []
    dkim.make(folder, "pns.test", "p202611")
    dkim.make(folder, "kota.pns.test", "p202611")
    assert dkim.signing(folder) == {}
    dkim.sign(folder, "pns.test", "p202611")
    dkim.sign(folder, "kota.pns.test", "p202611")
    ((selector, key),) = dkim.published(folder, "pns.test")
    assert selector == "p202611" and load_der_public_key(key).key_size == 2048
    dkim.make(folder, "pns.test", "p202611")
    assert dkim.published(folder, "pns.test") == [(selector, key)]
    dkim.make(folder, "pns.test", "p202612")
    dkim.sign(folder, "pns.test", "p202612")
    assert dkim.signing(folder) == {"pns.test": "p202612", "kota.pns.test": "p202611"}
    assert abs(dkim.since(folder) - datetime.now(UTC)) < timedelta(minutes=5)
    dkim.remove(folder, "pns.test", "p202611")
    assert [name for name, _ in dkim.published(folder, "pns.test")] == ["p202612"]
