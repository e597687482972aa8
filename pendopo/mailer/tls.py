"""The servers' certificate, from a small authority of the node's own that its clients may trust."""

import ssl
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from pendopo.certificates import authority, builder, name
from pendopo.core.home import reachable
from pendopo.mailer import space
from pendopo.mailer.engine import INSIDE, Engine
from pendopo.mailer.files import write
from pendopo.mailer.private import private_pem, public_pem

CA_LIFE = timedelta(days=10 * 365)
SERVER_LIFE = timedelta(days=365)
RENEW_BEFORE = timedelta(days=60)
SECONDS = 10  # how long a server that runs may take to show its certificate


def ensure(folder: Path, hostname: str, now: datetime) -> None:
    """Make what is missing in `folder`: ca.key, ca.pem, and server.pem (key, own certificate, authority's).

    The server's is made anew when it ends within 60 days, or for another `hostname`. It is good for that,
    for localhost and for 127.0.0.1. One file, so that no server finds a key beside another's certificate.
    """
    folder.mkdir(mode=0o755, exist_ok=True)
    if not (folder / "ca.pem").exists():
        key = ec.generate_private_key(ec.SECP256R1())
        own = name(f"Pendopo mail {hostname}"[:64])
        made = authority(own, own, key.public_key(), key, now, CA_LIFE, below=0)
        write(folder / "ca.key", private_pem(key), 0o600)
        write(folder / "ca.pem", public_pem(made), 0o644)
    if not _good(folder / "server.pem", hostname, now):
        ca = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
        ca_key = load_pem_private_key((folder / "ca.key").read_bytes(), None)
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _server(key, ca, ca_key, hostname, now)
        whole = private_pem(key) + public_pem(certificate) + public_pem(ca)
        write(folder / "server.pem", whole, 0o600)


def renew(engine: Engine, now: datetime) -> None:
    """`ensure`, and every server that shows another certificate than the one in the file reads it again.

    So what was missed is made up for, whatever died between. Connections that are open go on as they are; a
    delivery cut off is tried again by Postfix and lies there once. OSError while a server is away, `Fault
    mail.not_renewed` when one cannot be told.
    """
    ensure(engine.tls, engine.mail.hostname, now)
    own = x509.load_pem_x509_certificate((engine.tls / "server.pem").read_bytes())
    mail = engine.mail
    for server, port in (("dovecot", mail.imaps_port), ("postfix", mail.submissions_port)):
        shown = ssl.get_server_certificate((reachable(mail.host), port), timeout=SECONDS)
        if x509.load_pem_x509_certificate(shown.encode()) != own:
            command = ("sh", f"{INSIDE}/etc/start/reload.sh", server)
            space.run(engine.root, *command, said="mail.not_renewed")


def _good(path: Path, hostname: str, now: datetime) -> bool:
    try:
        load_pem_private_key(path.read_bytes(), None)
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return False
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return hostname in names.get_values_for_type(x509.DNSName) and (
        certificate.not_valid_after_utc - now > RENEW_BEFORE
    )


def _server(
    key: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
    hostname: str,
    now: datetime,
) -> x509.Certificate:
    names = [
        x509.DNSName(hostname),
        x509.DNSName("localhost"),
        x509.IPAddress(ip_address("127.0.0.1")),
        x509.IPAddress(ip_address("::1")),
    ]
    return (
        builder(name(hostname[:64]), ca.subject, key.public_key(), now, SERVER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
