"""Signing letters: PAdES B-LTA (EN 319 142-1) by any holder of a P-256 key, in a field without size.

The letter's page already shows code and statement; a visible stamp would break PDF/A. Certificates and CRLs
go into the revision that the document time stamp seals, so nothing stands behind that seal.
"""

import io
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import crl, tsp, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    SigDSSPlacementPreference,
    TimestampDSSContentSettings,
)
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import (
    ExpiredError,
    InsufficientRevinfoError,
    PathBuildingError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pendopo.core.errors import Fault

from . import tsa
from .seal import Key

FIELD = "Tandatangan"
SEAL_FIELD = "Segel waktu"
SIGNATURE_MAX = 72  # bytes: the longest DER of two 256-bit numbers
# Hexadecimal digits kept free for the CMS: ours takes about 9,100. Given, pyHanko need not build it twice.
RESERVED = 16384

EVIDENCE = DSSContentSettings(
    include_vri=False,
    placement=SigDSSPlacementPreference.TOGETHER_WITH_NEXT_TS,
    next_ts_settings=TimestampDSSContentSettings(update_before_ts=True, include_vri=False),
)
# What pyHanko says of a certificate, and what we say.
_TROUBLE = (
    (RevokedError, "signing.revoked"),
    (InsufficientRevinfoError, "signing.crl_old"),
    (ExpiredError, "signing.expired"),
    (PathBuildingError, "signing.untrusted"),
)

# It warns at every signature that it may not fetch CRLs. It has them all.
logging.getLogger("pyhanko.sign.signers.pdf_signer").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Trust:
    """What a signature holds by, all DER: the root, the letters authority, both their CRLs."""

    root: bytes
    authority: bytes
    crls: tuple[bytes, ...]

    def context(self) -> ValidationContext:
        """For building paths now: nothing is fetched, and a missing or old CRL is a failure."""
        return ValidationContext(
            trust_roots=[x509.Certificate.load(self.root)],
            other_certs=[x509.Certificate.load(self.authority)],
            crls=[crl.CertificateList.load(raw) for raw in self.crls],
            revocation_mode="require",
            allow_fetching=False,
        )


class _Signer(Signer):
    """pyHanko's view of a `Key`."""

    def __init__(self, key: Key):
        store = SimpleCertificateStore()
        store.register_multiple(x509.Certificate.load(der) for der in key.chain)
        own = x509.Certificate.load(key.certificate)
        super().__init__(signing_cert=own, cert_registry=store, embed_roots=False)
        self.key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return bytes(SIGNATURE_MAX) if dry_run else self.key.sign(data)


class Stamper(TimeStamper):
    """pyHanko's view of a time-stamp authority in this process, which reads `clock` (aware times)."""

    def __init__(self, authority: tsa.Authority, clock: Callable[[], datetime]):
        super().__init__()
        self.authority, self.clock = authority, clock

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """The answer to a request; it needs no network."""
        return tsp.TimeStampResp.load(self.authority.respond(req.dump(), self.clock()))


def sign(
    pdf: bytes, key: Key, stamper: TimeStamper, trust: Trust, *, name: str, reason: str, place: str
) -> bytes:
    """`pdf` and two revisions more: the signature, then certificates, CRLs and the seal of time.

    PDF readers show `name`, `reason` and `place`. About 30 ms of processor time beside the key's own.

    `Fault signing.revoked`, `signing.crl_old` (a list is missing or too old), `signing.expired`,
    `signing.untrusted` (no way to the root) or `signing.failed`; then nothing is signed.
    """
    meta = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        name=name,
        reason=reason,
        location=place,
        subfilter=SigSeedSubFilter.PADES,
        embed_validation_info=True,
        use_pades_lta=True,
        timestamp_field_name=SEAL_FIELD,
        validation_context=trust.context(),
        dss_settings=EVIDENCE,
    )
    signer = PdfSigner(meta, _Signer(key), timestamper=stamper, new_field_spec=SigFieldSpec(FIELD))
    out = io.BytesIO()
    try:
        signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), output=out, bytes_reserved=RESERVED)
    except (SigningError, PdfError, ValidationError) as error:
        for kind, code in _TROUBLE:
            if isinstance(error.__cause__, kind):
                raise Fault(code) from None
        raise Fault("signing.failed", why=str(error)) from None
    return out.getvalue()
