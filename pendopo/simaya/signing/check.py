"""Checking a signed letter offline: its PAdES signature against the instance's root, with nothing fetched."""

import asyncio
import hashlib
import io
import logging
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from asn1crypto import cms, crl, parser, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.validation import EmbeddedPdfSignature
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv import ades_past, poe
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from pendopo.core.errors import Broken
from pendopo.core.letter import DOCUMENT_SIGNING, authority_name

# SET { SEQUENCE { sha256 } }, as our time stamps and as pyHanko write it
SHA256_ALONE = {
    bytes.fromhex("310d300b0609608648016503040201"),
    bytes.fromhex("310f300d06096086480165030402010500"),
}
TICK = timedelta(seconds=1)  # a proof of existence counts from behind its moment
# Only a person's certificate signs letters: the same root also stands above time stampers and nodes.
PERSONS = KeyUsageConstraints(
    key_usage={"digital_signature", "non_repudiation"},
    match_all_key_usages=True,
    extd_key_usage={DOCUMENT_SIGNING},
)

# The moment that is asked about, while it is.
_asked: ContextVar[datetime | None] = ContextVar("asked", default=None)


class _Clock(datetime):
    """Reads the moment that is asked about. pyHanko's past validation knows no other than the machine's now:
    it would refuse a sound letter where that lies before the time stamp, if only by a second.
    """

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return _asked.get() or datetime.now(tz)


ades_past.datetime = poe.datetime = _Clock

# They tell a log why a signature does not hold; here the caller is told.
for name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(name).setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a signature proves: who, when at the latest, and that the file is as it was signed."""

    name: str
    number: str
    agency: str
    certificate: bytes  # DER
    at: datetime
    stampers: tuple[bytes, ...]  # DER: by whose word it was signed then


def policy(root: bytes, crls: Iterable[bytes] = ()) -> PdfSignatureValidationSpec:
    """Trust this root (DER) alone; every certificate below it needs a CRL that says it was good."""
    certificate = x509.Certificate.load(root)
    trust = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[certificate]),
        revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
    )
    known = LocalKnowledge(
        # The root must also be a known certificate, or past validation does not find who issued its CRL.
        known_certs=[certificate],
        known_crls=[CRLContainer(crl.CertificateList.load(raw)) for raw in crls],
    )
    return PdfSignatureValidationSpec(
        SignatureValidationSpec(trust, local_knowledge=known, key_usage_settings=PERSONS)
    )


def check(pdf: bytes, root: bytes, at: datetime | None = None, crls: Iterable[bytes] = ()) -> Seen | Broken:
    """The one signature of `pdf`, validated as AdES LTA (EN 319 102-1, 5.6.3) below `root` (DER).

    `at` is the moment for which it is shown to hold: one at which the file is known to have existed (an
    attested exchange), or now with fresh `crls` (DER). Left out, it is what the file's own last time stamp
    says, so that the answer is the same for ever: the CRLs inside cover a week after signing and no more, and
    fresh ones the life of the signer's certificate. This machine's clock decides nothing.

    Never raises; Broken names the first link that does not hold: `pades.unreadable`, `pades.unsigned`,
    `pades.count`, `pades.appended`, `pades.form`, `pades.changed`, `pades.between`, `pades.authority` (of
    another authority below the root) or, with AdES's own word, `pades.signature`.
    """
    try:
        return _follow(pdf, root, at, crls)
    except Broken as broken:
        return broken
    except Exception as error:  # a hostile file may upset any of the parsers below us
        return Broken("pades.unreadable", why=type(error).__name__)


def _follow(pdf: bytes, root: bytes, at: datetime | None, crls: Iterable[bytes]) -> Seen:
    reader = PdfFileReader(io.BytesIO(pdf), strict=True)
    signatures, stamps = reader.embedded_regular_signatures, reader.embedded_timestamp_signatures
    if not signatures and not stamps:
        raise Broken("pades.unsigned")
    if len(signatures) != 1 or len(stamps) != 1:
        raise Broken("pades.count", signatures=len(signatures), stamps=len(stamps))
    signature, stamp = signatures[0], stamps[0]
    # What is behind the last time stamp is covered by nothing, and neither is how its bytes are written.
    if _ends(stamp.byte_range) != len(pdf):
        raise Broken("pades.appended")
    if not (_written(pdf, signature.byte_range, 1) and _written(pdf, stamp.byte_range, 3)):
        raise Broken("pades.form")
    sealed = stamp.signed_data["encap_content_info"]["content"].parsed
    imprint = sealed["message_imprint"]["hashed_message"].native
    attributes = {row["type"].native: row["values"].native for row in signature.signer_info["signed_attrs"]}
    if _digest(pdf, stamp) != imprint or [_digest(pdf, signature)] != attributes["message_digest"]:
        raise Broken("pades.changed")
    stamped = sealed["gen_time"].native
    moment = max(at or stamped, stamped) + TICK
    timing = ValidationTimingInfo(moment, moment, point_in_time_validation=False)
    told = _asked.set(moment)
    try:
        result = asyncio.run(ades_lta_validation(signature, policy(root, crls), timing))
    finally:
        _asked.reset(told)
    if result.ades_subindic is not AdESPassed.OK:
        raise Broken("pades.signature", why=result.ades_subindic.name)
    # pyHanko goes on without a seal of time that does not hold, as if there were none.
    if result.oldest_evidence_record_timestamp is None:
        raise Broken("pades.signature", why="NO_POE")
    if not _named(stamp):
        raise Broken("pades.form")
    # Whoever has a time stamper could add a page behind the signature and seal that.
    signature.compute_integrity_info()
    changes = signature.diff_result
    if getattr(changes, "modification_level", None) not in (
        ModificationLevel.NONE,
        ModificationLevel.LTA_UPDATES,
    ):
        raise Broken("pades.between")
    stampers = (*_stampers(signature), stamp.signer_cert.dump())
    _for_letters(root, signature.signer_cert.dump(), *stampers)
    subject = signature.signer_cert.subject.native
    return Seen(
        subject["common_name"],
        subject["serial_number"],
        subject["organization_name"],
        signature.signer_cert.dump(),
        result.best_signature_time,
        stampers,
    )


def _for_letters(root: bytes, *signers: bytes) -> None:
    """That the letters authority certified each (DER): the root stands above others too, for other ends."""
    top = str(x509.Certificate.load(root).subject.native["common_name"])
    wanted = authority_name(top.removeprefix("Pendopo ").removesuffix(" root"))
    for raw in signers:
        found = x509.Certificate.load(raw).issuer.native.get("common_name")
        if found != wanted:
            raise Broken("pades.authority", found=found)


def _stampers(signature: EmbeddedPdfSignature) -> list[bytes]:
    """Who made the time stamps inside the signature, which say when it was made."""
    return [
        extract_certificate_info(token["content"]).signer_cert.dump()
        for row in signature.signer_info["unsigned_attrs"]
        if row["type"].native == "signature_time_stamp_token"
        for token in row["values"]
    ]


def _digest(pdf: bytes, signature: EmbeddedPdfSignature) -> bytes:
    """SHA-256 of the two signed ranges."""
    start, first, second, last = map(int, signature.byte_range)
    if start:
        raise Broken("pades.form")
    return hashlib.sha256(pdf[:first] + pdf[second : second + last]).digest()


def _ends(byte_range: Sequence[int]) -> int:
    """Where the second signed range ends."""
    return int(byte_range[2]) + int(byte_range[3])


def _written(pdf: bytes, byte_range: Sequence[int], version: int) -> bool:
    """Whether the signature between two signed ranges has its one form: upper-case DER, then zeros."""
    first, second = int(byte_range[1]), int(byte_range[2])
    digits = pdf[first + 1 : second - 1]
    if pdf[first : first + 1] != b"<" or pdf[second - 1 : second] != b">":
        return False
    try:
        raw = bytes.fromhex(digits.decode("ascii"))
        size = parser.peek(raw)
        # ContentInfo { oid, [0] { SignedData { version, digestAlgorithms, … } } }: these two stand outside
        # all that is signed (RFC 5652, 5.1), and so does the version of its one signer (5.3): they too have
        # one form here.
        outer = _children(raw[:size])
        inner = _children(_children(outer[1])[0])
        (signer,) = _children(inner[-1])
        version_of_signer = _children(signer)[0]
    except (ValueError, IndexError):
        return False
    return (
        digits == raw.hex().upper().encode()
        and not any(raw[size:])
        and len(outer) == 2
        and inner[0] == bytes((2, 1, version))
        and inner[1] in SHA256_ALONE
        and version_of_signer == bytes((2, 1, 1))
    )


def _named(signature: EmbeddedPdfSignature) -> bool:
    """Whether the signer is named byte for byte as its certificate names issuer and serial number.

    That name is not signed (RFC 5652, 5.3), and a certificate is found by it whatever the case of letters.
    """
    own = signature.signer_cert
    exact = cms.IssuerAndSerialNumber({"issuer": own.issuer, "serial_number": own.serial_number})
    return signature.signer_info["sid"].dump() == exact.dump()


def _children(der: bytes) -> list[bytes]:
    """The values inside a constructed one, which they must fill; ValueError when they do not."""
    content = parser.parse(der, strict=True)[4]
    found, at = [], 0
    while at < len(content):
        size = parser.peek(content[at:])
        found.append(content[at : at + size])
        at += size
    if at != len(content) or any(not value[0] for value in found):
        raise ValueError("not DER")
    return found
