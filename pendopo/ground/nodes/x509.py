"""The small X.509 authority behind the gateways' links: P-256, an offline root, one issuing certificate.

Gateways pin each other's public key in the registry's signed document besides; the certificate says no more
than that the registry knows this key as that node's. Plain functions; the clock is passed in.
"""

import hashlib
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from pendopo.certificates import authority, builder, name
from pendopo.core.errors import Fault

ROOT_LIFE = timedelta(days=20 * 365)
ISSUING_LIFE = timedelta(days=5 * 365)
NODE_LIFE = timedelta(days=2 * 365)
RENEW_BEFORE = timedelta(days=60)


def new_key() -> bytes:
    """A P-256 private key as PEM (PKCS #8)."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def make_root(key_pem: bytes, instance: str, now: datetime) -> str:
    """The root's self-signed certificate (PEM): it may certify one level of authorities below it."""
    key = _private(key_pem)
    own = name(f"Pendopo {instance} root")
    return _pem(authority(own, own, key.public_key(), key, now, ROOT_LIFE, below=1))


def make_issuing(key_pem: bytes, root_key_pem: bytes, root_pem: str, instance: str, now: datetime) -> str:
    """The issuing authority's certificate (PEM), signed by the root: it certifies nodes only."""
    root = x509.load_pem_x509_certificate(root_pem.encode())
    own = name(f"Pendopo {instance} issuing")
    public = _private(key_pem).public_key()
    return _pem(authority(own, root.subject, public, _private(root_key_pem), now, ISSUING_LIFE, below=0))


def make_csr(key_pem: bytes, node: str) -> str:
    """A certification request (PKCS #10, PEM) of `node` for its link key."""
    made = x509.CertificateSigningRequestBuilder().subject_name(name(node))
    return made.sign(_private(key_pem), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def issue(csr_pem: str, node: str, issuing_key_pem: bytes, issuing_pem: str, now: datetime) -> str:
    """The chain (PEM: node, then issuing) for a request, made out to `node` whatever name it asks for.

    `Fault nodes.csr` when the request is unreadable, not signed by its own key, or not for a P-256 key.
    """
    return _issue(read_csr(csr_pem).public_key(), node, issuing_key_pem, issuing_pem, now)


def renew(chain_pem: str, node: str, issuing_key_pem: bytes, issuing_pem: str, now: datetime) -> str:
    """The next chain for the key that `chain_pem` certifies."""
    return _issue(_leaf(chain_pem).public_key(), node, issuing_key_pem, issuing_pem, now)


def ends(chain_pem: str) -> datetime:
    """Until when a node's own certificate, the first of the chain, is valid."""
    return _leaf(chain_pem).not_valid_after_utc


def _leaf(chain_pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificates(chain_pem.encode())[0]


def _issue(public, node: str, issuing_key_pem: bytes, issuing_pem: str, now: datetime) -> str:
    issuing = x509.load_pem_x509_certificate(issuing_pem.encode())
    made = (
        builder(name(node), issuing.subject, public, now, NODE_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host_name(node))]), critical=False)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing.public_key()), critical=False
        )
    )
    return _pem(made.sign(_private(issuing_key_pem), hashes.SHA256())) + issuing_pem


def check_chain(chain_pem: str, root_pem: str, node: str, spki: str, now: datetime) -> None:
    """That `chain_pem` certifies `node`'s key with hash `spki` and leads to the root; `Fault nodes.chain`."""
    try:
        leaf, *rest = x509.load_pem_x509_certificates(chain_pem.encode())
        store = Store([x509.load_pem_x509_certificate(root_pem.encode())])
        verifier = PolicyBuilder().store(store).time(now).build_server_verifier(x509.DNSName(host_name(node)))
        verifier.verify(leaf, rest)
    except (ValueError, VerificationError):
        raise Fault("nodes.chain") from None
    if spki_sha(leaf) != spki:
        raise Fault("nodes.chain")


def csr_spki(csr_pem: str) -> str:
    """The hash of the public key a request is for; `Fault nodes.csr` as `issue`."""
    return spki_sha(read_csr(csr_pem))


def key_spki(key_pem: bytes) -> str:
    """The hash of a private key's public half."""
    return _spki(_private(key_pem).public_key())


def spki_sha(certified) -> str:
    """SHA-256 (hex) of the SubjectPublicKeyInfo (DER) of a certificate or request: what peers pin."""
    return _spki(certified.public_key())


def host_name(node: str) -> str:
    """The name in a node's certificate. `.invalid` (RFC 2606) says that no resolver is meant to know it."""
    return f"{node}.node.invalid"


def _spki(public) -> str:
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def read_csr(pem: str) -> x509.CertificateSigningRequest:
    """A request for a P-256 key that its own key signed; `Fault nodes.csr` for any other."""
    try:
        csr = x509.load_pem_x509_csr(pem.encode())
        public = csr.public_key()
        sound = csr.is_signature_valid
    except (ValueError, InvalidSignature):
        raise Fault("nodes.csr") from None
    if not sound or not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != "secp256r1":
        raise Fault("nodes.csr")
    return csr


def _private(pem: bytes) -> ec.EllipticCurvePrivateKey:
    return load_pem_private_key(pem, password=None)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
