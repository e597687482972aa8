"""The link certificates: a chain is believed for its node, its key, its root and its time only."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509 as lib
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from pendopo.core.errors import Fault
from pendopo.ground.nodes import x509

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


class Authority:
    def __init__(self):
        root_key = x509.new_key()
        self.root = x509.make_root(root_key, "ID", NOW)
        self.key = x509.new_key()
        self.pem = x509.make_issuing(self.key, root_key, self.root, "ID", NOW)

    def issue(self, csr: str, node: str, now: datetime = NOW) -> str:
        return x509.issue(csr, node, self.key, self.pem, now)


@pytest.fixture(scope="module")
def ours():
    return Authority()


def refused(*arguments) -> str:
    with pytest.raises(Fault) as fault:
        x509.check_chain(*arguments)
    return fault.value.code


def test_a_chain_is_believed_and_each_thing_one_step_away_is_not(ours):
    key = x509.new_key()
    spki = x509.key_spki(key)
    chain = ours.issue(x509.make_csr(key, "djp"), "djp")
    x509.check_chain(chain, ours.root, "djp", spki, NOW)

    assert refused(chain, ours.root, "dukcapil", spki, NOW) == "nodes.chain"
    assert refused(chain, ours.root, "djp", x509.key_spki(x509.new_key()), NOW) == "nodes.chain"
    assert refused(chain, Authority().root, "djp", spki, NOW) == "nodes.chain"
    assert refused(chain, ours.root, "djp", spki, NOW + x509.NODE_LIFE + timedelta(days=1)) == "nodes.chain"
    assert refused(chain.split("-----END", 1)[0], ours.root, "djp", spki, NOW) == "nodes.chain"


def test_the_registry_decides_the_name_not_the_request(ours):
    key = x509.new_key()
    chain = ours.issue(x509.make_csr(key, "dukcapil"), "djp")
    x509.check_chain(chain, ours.root, "djp", x509.key_spki(key), NOW)


def test_a_node_cannot_certify_another(ours):
    djp = x509.new_key()
    chain = ours.issue(x509.make_csr(djp, "djp"), "djp")
    victim = x509.new_key()
    forged = x509.issue(
        x509.make_csr(victim, "dukcapil"), "dukcapil", djp, chain.split("\n-----BEGIN")[0], NOW
    )
    assert refused(forged + ours.pem, ours.root, "dukcapil", x509.key_spki(victim), NOW) == "nodes.chain"


def test_requests_of_another_kind_of_key_or_with_a_broken_signature_are_refused(ours):
    other = ed25519.Ed25519PrivateKey.generate()
    name = lib.Name([lib.NameAttribute(lib.oid.NameOID.COMMON_NAME, "djp")])
    csr = lib.CertificateSigningRequestBuilder().subject_name(name).sign(other, None)
    with pytest.raises(Fault, match=r"nodes\.csr"):
        ours.issue(csr.public_bytes(Encoding.PEM).decode(), "djp")

    sound = lib.load_pem_x509_csr(x509.make_csr(x509.new_key(), "djp").encode())
    der = bytearray(sound.public_bytes(Encoding.DER))
    der[-1] ^= 1
    broken = lib.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM).decode()
    with pytest.raises(Fault, match=r"nodes\.csr"):
        ours.issue(broken, "djp")
    assert isinstance(sound.signature_hash_algorithm, hashes.SHA256)
