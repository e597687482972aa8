"""Mutual TLS 1.3 with certificates of the registry's CA; a peer is known by its public key alone."""

import hashlib
import ssl
from pathlib import Path

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
    """SHA-256, hex, of a certificate's SubjectPublicKeyInfo: how the registry document names a node.

    The certificate (DER, RFC 5280 4.1) was checked by OpenSSL before. Read by hand, because the library
    that could do it costs every gateway 12 MB.
    """
    start, _ = _inside(der, 0)  # Certificate
    at, _ = _inside(der, start)  # TBSCertificate
    if der[at] == 0xA0:  # version
        at = sum(_inside(der, at))
    for _ in ("serialNumber", "signature", "issuer", "validity", "subject"):
        at = sum(_inside(der, at))
    return hashlib.sha256(der[at : sum(_inside(der, at))]).hexdigest()


def _inside(der: bytes, at: int) -> tuple[int, int]:
    """(where the contents of the DER element at `at` start, how long they are)."""
    length = der[at + 1]
    if length < 0x80:
        return at + 2, length
    count = length & 0x7F
    return at + 2 + count, int.from_bytes(der[at + 2 : at + 2 + count], "big")
