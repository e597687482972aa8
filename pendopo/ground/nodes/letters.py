"""The letters authority, at the registry: what only the root can make for it, while the root is at hand.

It certifies people and time stampers for the signatures of letters. The root certifies it and says in a list
of its own (a CRL) what it has revoked: without that list no letter's signature holds in the long term.
No Django: `pendopo doctor` asks here, too.
"""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from pendopo.certificates import SLACK
from pendopo.core.home import Home

from . import authority
from .drawer import write
from .root import Root
from .x509 import new_key

KEY, PEM, ROOT_CRL = "letters.key", "letters.pem", "root.crl"


def make(home: Home, root: Root, root_pem: str, now: datetime) -> None:
    """Writes the authority's key, its certificate and a new list of the root's, in the folder of keys.

    The key stays the same for ever. Its certificate is made anew when it would end before the next list.
    """
    top = x509.load_pem_x509_certificate(root_pem.encode())
    top_key = load_pem_private_key(root.x509_key, password=None)
    key_file, pem_file, list_file = (home.keys / name for name in (KEY, PEM, ROOT_CRL))
    if not key_file.exists():
        write(key_file, new_key())
    public = load_pem_private_key(key_file.read_bytes(), password=None).public_key()
    if not pem_file.exists() or _ends(pem_file.read_bytes()) < now + authority.ROOT_CRL_LIFE:
        made = authority.make_authority(public, top, top_key, home.instance, now)
        write(pem_file, made.public_bytes(Encoding.PEM))
    number = 1
    if list_file.exists():
        old = x509.load_der_x509_crl(list_file.read_bytes())
        number += old.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    begins = now - SLACK  # clocks differ, and a list is not valid before its time
    raw = authority.revocation_list(top, top_key, [], number, begins, authority.ROOT_CRL_LIFE)
    write(list_file, raw)


def ends(home: Home) -> datetime:
    """When the root's list or the authority's certificate ends, whichever is first; FileNotFoundError."""
    crl = x509.load_der_x509_crl((home.keys / ROOT_CRL).read_bytes())
    return min(crl.next_update_utc, _ends((home.keys / PEM).read_bytes()))


def _ends(pem: bytes) -> datetime:
    return x509.load_pem_x509_certificate(pem).not_valid_after_utc
