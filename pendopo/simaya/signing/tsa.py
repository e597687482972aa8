"""A time-stamp authority (RFC 3161, EN 319 422) on P-256: `respond` answers a request at a given time.

Requests are read by asn1crypto; tokens are written here piece by piece, because all but three of their fields
never change and a general encoder takes a hundred times as long.
"""

import hashlib
import secrets
from datetime import UTC, datetime

from asn1crypto import tsp, x509

from .seal import Key

POLICY = "2.25.329800735698586629295641978511506172918"  # a UUID of ours (ITU-T X.667)
HASHES = {"sha256": 32, "sha384": 48, "sha512": 64}
FAILURES = {
    "bad_alg": 0,
    "bad_request": 2,
    "bad_data_format": 5,
    "unaccepted_policy": 15,
    "unaccepted_extensions": 16,
}

INTEGER, BITS, OCTETS, OID, UTC_TIME, TIME, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x06, 0x17, 0x18, 0x30, 0x31


def der(tag: int, *parts: bytes) -> bytes:
    """One DER value (X.690, 8.1): tag, length, content."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(number: int) -> bytes:
    """A non-negative INTEGER."""
    return der(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER (X.690, 8.19)."""
    first, second, *rest = map(int, dotted.split("."))
    out = bytearray()
    for arc in (first * 40 + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        out += bytes(reversed(groups))
    return der(OID, bytes(out))


SHA256 = der(SEQUENCE, oid("2.16.840.1.101.3.4.2.1"))
SHA512 = der(SEQUENCE, oid("2.16.840.1.101.3.4.2.3"))
ECDSA = der(SEQUENCE, oid("1.2.840.10045.4.3.2"))
TST_INFO = oid("1.2.840.113549.1.9.16.1.4")
SIGNED_DATA = oid("1.2.840.113549.1.7.2")
ONE = integer(1)


def attribute(kind: str, value: bytes) -> bytes:
    """A CMS attribute of one value."""
    return der(SEQUENCE, oid(kind), der(SET, value))


class Authority:
    """Answers with `key`, a time stamper's. A token carries its certificate if asked for, and no other."""

    def __init__(self, key: Key):
        own = x509.Certificate.load(key.certificate)
        issuer, serial = own.issuer.dump(), integer(own.serial_number)
        issued = der(SEQUENCE, der(SEQUENCE, der(0xA4, issuer)), serial)
        # ESSCertIDv2 (RFC 5816, 2.2.1) by SHA-512: SHA-256 is its default, so DER leaves it out, and
        # asn1crypto takes a value left out for one changed. It then writes a token again at each look, twice
        # at each level, whenever a length in it ends in 0x80: some letters took six seconds.
        reference = der(SEQUENCE, SHA512, der(OCTETS, hashlib.sha512(key.certificate).digest()), issued)
        self.key = key
        self.name = der(0xA0, der(0xA4, own.subject.dump()))
        self.sid = der(SEQUENCE, issuer, serial)
        self.kind = attribute("1.2.840.113549.1.9.3", TST_INFO)
        self.reference = attribute("1.2.840.113549.1.9.16.2.47", der(SEQUENCE, der(SEQUENCE, reference)))
        self.certificates = der(0xA0, key.certificate)

    def respond(self, request: bytes, now: datetime) -> bytes:
        """The response (DER) to a request (DER); one we do not take gets the failure that RFC 3161 names."""
        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            version, imprint = asked["version"].native, asked["message_imprint"]
            name, digest = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native
            policy, extensions = asked["req_policy"].native, asked["extensions"].native
            nonce, with_certificate = asked["nonce"], bool(asked["cert_req"].native)
            nonce_der = b"" if nonce.native is None else nonce.dump()
            imprint_der = imprint.dump()
        except (ValueError, TypeError, KeyError):
            return refused("bad_data_format")
        if version != "v1":
            return refused("bad_request")
        if HASHES.get(name) != len(digest):
            return refused("bad_alg")
        if policy not in (None, POLICY):
            return refused("unaccepted_policy")
        if extensions:
            return refused("unaccepted_extensions")
        moment = now.astimezone(UTC)
        info = der(
            SEQUENCE,
            ONE,
            oid(POLICY),
            imprint_der,
            integer(secrets.randbits(127)),
            der(TIME, _general_time(moment)),
            der(SEQUENCE, ONE),  # accurate to a second
            nonce_der,
            self.name,
        )
        return der(SEQUENCE, der(SEQUENCE, integer(0)), self._token(info, moment, with_certificate))

    def _token(self, info: bytes, moment: datetime, with_certificate: bool) -> bytes:
        signed = b"".join(
            sorted(
                (
                    self.kind,
                    attribute(
                        "1.2.840.113549.1.9.5", der(UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())
                    ),
                    attribute("1.2.840.113549.1.9.4", der(OCTETS, hashlib.sha256(info).digest())),
                    self.reference,
                )
            )
        )
        signature = self.key.sign(der(SET, signed))  # signed as a SET, carried as [0] (RFC 5652, 5.4)
        signer = der(SEQUENCE, ONE, self.sid, SHA256, der(0xA0, signed), ECDSA, der(OCTETS, signature))
        data = der(
            SEQUENCE,
            integer(3),
            der(SET, SHA256),
            der(SEQUENCE, TST_INFO, der(0xA0, der(OCTETS, info))),
            self.certificates if with_certificate else b"",
            der(SET, signer),
        )
        return der(SEQUENCE, SIGNED_DATA, der(0xA0, data))


def refused(why: str) -> bytes:
    """A rejection with one of `FAILURES`."""
    bit = FAILURES[why]
    bits = bytes(bit // 8) + bytes((0x80 >> bit % 8,))
    return der(SEQUENCE, der(SEQUENCE, integer(2), der(BITS, bytes((7 - bit % 8,)), bits)))


def _general_time(moment: datetime) -> bytes:
    """GeneralizedTime in DER (X.690, 11.7): a fraction only where there is one, without trailing zeros."""
    fraction = f".{moment.microsecond // 1000:03d}".rstrip("0").rstrip(".")
    return f"{moment:%Y%m%d%H%M%S}{fraction}Z".encode()
