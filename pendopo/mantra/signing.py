"""Signed documents of this room: made with the agency's agreement key, checked against the registry."""

from collections.abc import Iterable

from django.utils import timezone

from pendopo.core import envelope
from pendopo.core.errors import Fault
from pendopo.ground.directory.models import Agency
from pendopo.ground.nodes import documents, reads
from pendopo.ground.nodes.models import Document


def body(document: Document) -> dict:
    """The payload of a kept envelope."""
    return envelope.open(bytes(document.raw)).body


def sign_as(agency: Agency, type: str, payload: dict) -> bytes:
    """The envelope of `payload` signed by the agency's agreement key, which its gateway holds.

    `Fault gateway.down` when nobody signs, `nodes.key_none` when no key of the agency is certified.
    """
    key = reads.own_key(f"agency:{agency.code}", "agreement")
    return documents.seal(reads.gateway(), type, payload, [key])


def add_signature(agency: Agency, raw: bytes) -> bytes:
    """The same envelope with the agency's signature added."""
    key = reads.own_key(f"agency:{agency.code}", "agreement")
    return documents.countersign(reads.gateway(), raw, key)


def exchange_keys(agency: Agency) -> list[str]:
    """The agency's keys that an agreement pins: those that sign its exchanges now, newest first."""
    return reads.own_keys(f"agency:{agency.code}", "exchange")


def signers(opened: envelope.Envelope, agencies: Iterable[str]) -> set[str]:
    """Those of `agencies` whose agreement key, as the registry certifies it now, signed the envelope."""
    found = set()
    for agency in agencies:
        try:
            check_signed(opened, agency)
        except Fault:
            continue
        found.add(agency)
    return found


def check_signed(opened: envelope.Envelope, agency: str) -> None:
    """`Fault key.*` unless an agreement key of the agency, as the registry certifies it now, signed."""
    reads.registry().keys.signed(opened, timezone.now(), f"agency:{agency}", "agreement")


def agency_name(code: str) -> str:
    """The agency's name as the registry knows it; its code when it does not."""
    member = reads.registry().members.get(code)
    return member["name"] if member else code
