"""The keys that sign outgoing mail (RFC 6376): one file a domain and selector, and which selector signs.

Rspamd reads the file with the list again whenever it changes, and a key when it is first asked for. The
folder is closed to others; what lies in it is open to all who may enter, as Rspamd has a user of its own.
"""

from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from pendopo.mailer.files import write
from pendopo.mailer.private import private_pem

BITS = 2048  # RFC 8301, section 3.2: what every receiver can check
MAP = "selectors.map"


def make(folder: Path, domain: str, selector: str) -> None:
    """A key of `domain` named `selector`, where there is none yet. It signs nothing before `sign`."""
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{domain}.{selector}.key"
    if not path.exists():
        write(path, private_pem(rsa.generate_private_key(public_exponent=65537, key_size=BITS)), 0o644)


def sign(folder: Path, domain: str, selector: str) -> None:
    """From now on mail of `domain` is signed with the key `selector`, which `make` made."""
    chosen = signing(folder) | {domain: selector}
    text = "".join(f"{name} {chosen[name]}\n" for name in sorted(chosen))
    write(folder / MAP, text.encode(), 0o644)


def signing(folder: Path) -> dict[str, str]:
    """Domain → the selector that signs its mail."""
    try:
        lines = (folder / MAP).read_text().splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split(" ", 1) for line in lines)


def since(folder: Path) -> datetime:
    """When the key that signs began to: the list is written when another one does, and at no other time."""
    return datetime.fromtimestamp((folder / MAP).stat().st_mtime, UTC)


def published(folder: Path, domain: str) -> list[tuple[str, bytes]]:
    """Selector and public key (SubjectPublicKeyInfo, DER) of each key of `domain`, for its DNS records."""
    found = []
    for path in sorted(folder.glob(f"{domain}.*.key")):
        # Made by us and read from our own folder: checking its primes again takes longer than the whole page.
        key = load_pem_private_key(path.read_bytes(), None, unsafe_skip_rsa_key_validation=True).public_key()
        selector = path.name.removeprefix(f"{domain}.").removesuffix(".key")
        if "." not in selector:  # else it is of a domain below this one
            found.append((selector, key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)))
    return found


def remove(folder: Path, domain: str, selector: str) -> None:
    """Take a key away whose signatures nobody checks any more."""
    (folder / f"{domain}.{selector}.key").unlink(missing_ok=True)
