"""letter/1 for each agency a letter goes to, with the signer's mandate, and the pieces of its file.

Signed by the agency's letter key, which the gateway holds: called outside any transaction, before the rows
that say that the letter is signed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from pendopo.core import envelope, strict
from pendopo.core.errors import Fault
from pendopo.core.letter import LETTER, MANDATE, PART, PART_SIZE
from pendopo.ground.directory.models import Agency, Assignment
from pendopo.ground.directory.rules import covers, midnight
from pendopo.ground.files import store
from pendopo.ground.nodes import documents, reads
from pendopo.simaya.kinds.rules import Capacity, Post
from pendopo.simaya.letters.drafting import Content
from pendopo.simaya.letters.models import Letter, Recipient
from pendopo.simaya.offices.models import Delegation


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed, with which certificate (DER), when (aware), on behalf of which posts (highest first)."""

    name: str
    number: str  # NIP
    assignment: Assignment
    on_behalf: tuple[Post, ...]
    certificate: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Sealed:
    """What goes to one agency: the envelope of letter/1 with its SHA-256, and those of letter-part/1."""

    recipient_id: UUID
    to_agency: str
    to_name: str
    role: str
    doc: bytes
    sha: str
    parts: tuple[bytes, ...]


class Seal:
    """An agency's letter key, as its gateway holds it. `Fault nodes.key_none` when none is certified."""

    def __init__(self, agency: str) -> None:
        self.key, self.gateway = reads.own_key(f"agency:{agency}", "letter"), reads.gateway()

    def __call__(self, type: str, body: dict) -> bytes:
        """The envelope of `body`; `Fault gateway.down` when nobody signs."""
        return documents.seal(self.gateway, type, {"v": 1} | body, [self.key])


def members(codes: Collection[str]) -> set[str]:
    """Those of `codes` that are no members of the registry: nothing can be sent there."""
    return set(codes) - reads.registry().members.keys()


def seal(
    letter: Letter,
    content: Content,
    *,
    number: str,
    day: date,
    signed: Signed,
    sha: str,
    size: int,
    pages: int,
    template: str,
) -> list[Sealed]:
    """What leaves for each agency that the letter names; posts of one's own and paper get nothing.

    An agency named more than once gets the letter once, as an addressee if it is one. `sha`: of the signed
    PDF, which the files' store holds already. `Fault letters.not_member` names an addressee that no registry
    knows, before anything is signed; `nodes.key_none`, `gateway.*`.
    """
    recipients = _receivers(letter)
    if unknown := members(recipients):
        raise Fault("letters.not_member", agency=min(unknown))
    names = {code: str(reads.registry().members[code]["name"]) for code in recipients}
    sealed, shas = Seal(letter.agency.code), (sha, *(one.sha for one in content.files))
    body = {
        "id": str(letter.uid),
        "from": letter.agency.code,
        "kind": content.kind,
        "profile": letter.profile,
        "number": number,
        "date": day.isoformat(),
        "subject": content.subject,
        "security": content.security,
        "urgency": content.urgency,
        "classification": content.classification,
        "copy": None,
        "reply_to": _answered(letter.reply_to),
        "signers": [_signer(letter.agency, signed, day, sealed)],
        "signed_at": strict.utc(signed.at),
        "file": {"sha": sha, "size": size, "pages": pages},
        "attachments": [asdict(one) | {"media": "application/pdf"} for one in content.files],
        "template": template,
    }
    found = []
    for code, recipient in recipients.items():
        lines = [one.line for one in content.addressees if one.agency == code]
        doc = sealed(LETTER, body | {"to": code, "role": recipient.role, "addressed": lines})
        parts = tuple(
            sealed(PART, part)
            for one in shas
            for part in _parts(str(letter.uid), code, one, store.path(one).read_bytes())
        )
        found.append(Sealed(recipient.pk, code, names[code], recipient.role, doc, envelope.sha(doc), parts))
    return found


def _receivers(letter: Letter) -> dict[str, Recipient]:
    """The agencies by code, addressees first: each by the first line that names it."""
    found: dict[str, Recipient] = {}
    rows = letter.recipients.exclude(agency="")
    for recipient in sorted(rows, key=lambda one: (one.role != Recipient.Role.TO, one.order)):
        found.setdefault(recipient.agency, recipient)
    return found


def _answered(letter: Letter | None) -> dict | None:
    """The letter in that this one answers, where its sender can know it by its id."""
    if letter is None or letter.origin != Letter.Origin.WIRE:
        return None
    return {"id": str(letter.uid), "number": letter.number}


def _signer(agency: Agency, signed: Signed, day: date, seal: Seal) -> dict:
    position = signed.assignment.position
    mandate = seal(
        MANDATE,
        {
            "agency": agency.code,
            "person": {"name": signed.name, "number": signed.number},
            "position": position.title,
            "kind": signed.assignment.kind,
            "from": strict.utc(midnight(agency.zone, signed.assignment.valid.lower)),
            "until": _end(agency, signed.assignment.valid.upper),
            "decree": signed.assignment.decree,
            "signs_for": [
                {"position": row.of.title, "capacity": row.capacity, "kinds": row.kinds}
                for row in Delegation.objects.filter(agency=agency, to=position).select_related("of")
                if covers(row.valid, day)
            ],
            "certificate": sha256(signed.certificate).hexdigest(),
            "at": strict.utc(signed.at),
        },
    )
    return {
        "name": signed.name,
        "number": signed.number,
        "position": position.title,
        "capacity": Capacity(signed.assignment.kind, signed.on_behalf).code,
        "for": signed.on_behalf[-1].title if signed.on_behalf else None,
        "certificate": sha256(signed.certificate).hexdigest(),
        "mandate": mandate.decode(),
    }


def _end(agency: Agency, upper: date | None) -> str | None:
    return None if upper is None else strict.utc(midnight(agency.zone, upper))


def _parts(letter: str, to: str, sha: str, data: bytes) -> Iterator[dict]:
    """The bodies of letter-part/1: all but the last are of the same size."""
    of = -(-len(data) // PART_SIZE)
    for n in range(1, of + 1):
        piece = data[(n - 1) * PART_SIZE : n * PART_SIZE]
        yield {
            "letter": letter,
            "to": to,
            "sha": sha,
            "size": len(data),
            "n": n,
            "of": of,
            "data": strict.b64e(piece),
        }
