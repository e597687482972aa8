"""Mutual TLS 1.3 with certificates of the registry's CA; a peer is known by its public key alone."""

import hashlib
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ALPN = "pendopo/1"


def _context(purpose: int, chain: Path, key: Path, root: str) -> ssl.SSLContext:
    context = ssl.SSLContext(purpose)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False  # a node is found by its key in the registry document, not by a name
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(chain, key)
    context.load_verify_locations(cadata=root)
    context.set_alpn_protocols([ALPN])
    return context


def server_context(chain: Path, key: Path, root: str) -> ssl.SSLContext:
    """For links that peers dial; `root` is the registry's X.509 root as PEM."""
    context = _context(ssl.PROTOCOL_TLS_SERVER, chain, key, root)
    context.num_tickets = 0  # links last for days: resumption gains nothing
    return context


def client_context(chain: Path, key: Path, root: str) -> ssl.SSLContext:
    """For links that we dial."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, chain, key, root)


def spki_sha(der: bytes) -> str:
    """SHA-256, hex, of a certificate's SubjectPublicKeyInfo: how the registry document names a node."""
    key = x509.load_der_x509_certificate(der).public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
