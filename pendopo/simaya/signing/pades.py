"""What a letter's PDF proves by itself: `check`, and the letter.json that the signature covers."""

import io
import ssl
import zlib
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from asn1crypto import crl, x509
from pyhanko.pdf_utils.generic import DictionaryObject, StreamObject
from pyhanko.pdf_utils.reader import PdfFileReader

from pendopo.core import strict
from pendopo.core.errors import Broken, Fault
from pendopo.core.letter import INSIDE, Crl, Inside

from .check import Seen, check

MOST = 256 * 1024  # bytes of letter.json
NODES = 200  # of the tree of embedded files: ours has one


@dataclass(frozen=True, slots=True)
class Sealed(Seen):
    """See Seen; `letter` is what the PDF says of itself, None when it has no letter.json."""

    letter: Inside | None


def pades(pdf: bytes, root: bytes, at: datetime | None = None, revoked: Crl | None = None) -> Sealed:
    """The PDF's own signature below `root` (PEM), for the moment `at` as in `check`; nothing is fetched.

    `revoked` is the registry's crl/1, however new: in it the signer's certificate must not stand as revoked
    by the time of the signature, nor its time stamper's by `at`. Raises Broken: what `check` says,
    `pades.root` for a root that is no certificate, `pades.crl` for lists of another authority,
    `pades.revoked`, `pades.stamper_revoked`, `pades.letter` (letter.json is malformed, too long or there
    twice), `pades.letter_signer` (it names another first signer than the certificate).
    """
    try:
        trusted = ssl.PEM_cert_to_DER_cert(root.decode())
        x509.Certificate.load(trusted, strict=True)
    except ValueError:
        raise Broken("pades.root") from None
    seen = check(pdf, trusted, at) if revoked is None else _listed(pdf, trusted, at, revoked)
    if isinstance(seen, Broken):
        raise seen
    try:
        letter = _letter(pdf)
    except Broken:
        raise
    except Exception as error:  # a hostile file may upset the parser below us
        raise Broken("pades.letter", why=type(error).__name__) from None
    if letter and (letter.signers[0].name, letter.signers[0].number) != (seen.name, seen.number):
        raise Broken("pades.letter_signer", name=letter.signers[0].name, found=seen.name)
    return Sealed(*(getattr(seen, field.name) for field in fields(seen)), letter)


def _listed(pdf: bytes, root: bytes, at: datetime | None, revoked: Crl) -> Seen | Broken:
    """`check` with the registry's lists, and the signer looked up there: it heeds none made after `at`."""
    try:
        listed = crl.CertificateList.load(revoked.crl)["tbs_cert_list"]
        made, rows = listed["this_update"].native, listed["revoked_certificates"].native or ()
    except (ValueError, TypeError):
        return Broken("pades.crl")
    lists = (revoked.crl, revoked.root_crl)
    seen = check(pdf, root, at, lists)
    if isinstance(seen, Broken):
        # What came when the lists inside were too old holds for the day on which the registry made these.
        later = check(pdf, root, made, lists)
        seen = later if isinstance(later, Seen) else seen
    if isinstance(seen, Broken):
        return seen
    own = x509.Certificate.load(seen.certificate)
    if listed["issuer"] != own.issuer:
        return Broken("pades.crl")
    when = {row["user_certificate"]: row["revocation_date"] for row in rows}
    ended = when.get(own.serial_number)
    if ended and ended <= seen.at:
        return Broken("pades.revoked", name=seen.name, at=strict.utc(ended))
    for stamper in map(x509.Certificate.load, seen.stampers):
        ended = when.get(stamper.serial_number) if listed["issuer"] == stamper.issuer else None
        # Whoever has a stamper's key can date back: what counts is that others saw the file before.
        if ended and (at is None or ended <= at):
            name = stamper.subject.native["common_name"]
            return Broken("pades.stamper_revoked", name=name, at=strict.utc(ended))
    return seen


def _letter(pdf: bytes) -> Inside | None:
    """letter.json as it stood when the file was signed; `check` has found the one signature."""
    reader = PdfFileReader(io.BytesIO(pdf), strict=True)
    (signature,) = reader.embedded_regular_signatures
    root = reader.get_historical_root(signature.signed_revision)
    tree = _at(_at(root, "/Names", {}), "/EmbeddedFiles", {})
    found = [file for name, file in _files(tree) if INSIDE in (name, _at(file, "/F"), _at(file, "/UF"))]
    if not found:
        return None
    if len(found) > 1:
        raise Broken("pades.letter", why=f"{len(found)} × {INSIDE}")
    raw = _content(found[0]["/EF"]["/F"])
    try:
        return Inside.parse(raw)
    except Fault as fault:
        raise Broken("pades.letter", why=fault) from None


def _files(tree: DictionaryObject) -> list[tuple[Any, DictionaryObject]]:
    """Names and files of a name tree (ISO 32000-1, 7.9.6), whichever way it is laid out."""
    found, waiting = [], [tree]
    for node in waiting:
        flat, below = _at(node, "/Names", []), _at(node, "/Kids", [])
        found += [(flat[n], flat[n + 1]) for n in range(0, len(flat), 2)]
        waiting += [below[n] for n in range(len(below))]
        if len(waiting) > NODES:
            raise Broken("pades.letter", why=f"> {NODES}")
    return found


def _at(node: DictionaryObject, name: str, otherwise: Any = None) -> Any:
    """What stands at `name`, references followed: pyHanko's `get` and iterators do not."""
    return node[name] if name in node else otherwise  # noqa: SIM401


def _content(stream: StreamObject) -> bytes:
    """The stream's bytes, unpacked no further than they may be long."""
    raw, packed = stream.encoded_data, _at(stream, "/Filter")
    if packed in ("/FlateDecode", ["/FlateDecode"]):
        raw = zlib.decompressobj().decompress(raw, MOST + 1)
    elif packed is not None:
        raise Broken("pades.letter", why=str(packed)[:40])
    if len(raw) > MOST:
        raise Broken("pades.letter", why=f"> {MOST}")
    return raw
