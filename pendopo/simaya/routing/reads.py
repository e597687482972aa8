"""Where a letter is on its road, and the file that proves it to a stranger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pendopo.core import envelope, letterproof, strict
from pendopo.core.errors import Fault
from pendopo.core.letter import Receipt as Said
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.files import store
from pendopo.ground.nodes import reads as nodes
from pendopo.simaya.letters.models import Letter, Side
from pendopo.simaya.letters.reads import opened
from pendopo.simaya.signing.models import Authority

from .models import Delivery

EVENTS = ("sent", "received", "registered", "rejected", "read")


@dataclass(frozen=True, slots=True)
class Passed:
    """One station of a letter: `signed`, or one of `EVENTS`; when; who (a signer, an agency, a post)."""

    event: str
    at: datetime
    who: str
    note: str = ""  # the agenda number, or why it was rejected


def deliveries(letter: Letter) -> list[Delivery]:
    """The deliveries of a letter out, in the order of its addressees."""
    return list(letter.deliveries.select_related("recipient").order_by("-role", "recipient__order"))


def journey(letter: Letter) -> list[Passed]:
    """What has happened to a letter so far, oldest first: at its receivers as they said, or here."""
    found = []
    if letter.signed_at:
        found.append(Passed("signed", letter.signed_at, letter.signer_name))
    if letter.side == Side.OUT:
        for delivery in deliveries(letter):
            notes = {"registered": delivery.agenda, "rejected": delivery.reason}
            found += [
                Passed(event, strict.parse_utc(at), delivery.to_name, notes.get(event, ""))
                for event, at in delivery.times.items()
                if event in EVENTS
            ]
    else:
        found += [
            Passed(row.event, row.at, row.by["position"] if row.by else "", row.agenda or row.reason)
            for row in letter.receipts.all()
        ]
    return sorted(found, key=lambda one: (one.at, ("signed", *EVENTS).index(one.event)))


def proof(letter: Letter, delivery: Delivery | None, *, actor: Actor) -> bytes:
    """letterproof/1: the letter, its file, receipts and the exchange that carried it, for offline checking.

    With the lists of what is revoked, as this node knows them. `delivery` of a letter out; None for a letter
    in. `Fault simaya.party` for who may
    not read the letter; `nodes.not_enrolled`, `gateway.*` when the exchange's evidence cannot be had.
    """
    with act("simaya.proof.download", actor=actor, subject=letter) as line:
        if not opened(actor, letter):
            raise Fault("simaya.party", state=letter.state, act="proof")
        doc = (letter.doc if delivery is None else delivery.doc).encode()
        said = letter.receipts.filter(of=envelope.sha(doc)).exclude(doc="")
        receipts = [row.doc.encode() for row in said]
        # What a receipt names is the exchange that its sender took the letter from: the one that counts.
        exchanges = sorted({Said.parse(raw).exchange for raw in receipts})
        gateway, lists = nodes.gateway(), Authority.objects.first()
        line.detail |= {"exchanges": exchanges}
        return letterproof.build(
            doc,
            store.read(letter.file),
            nodes.registry().envelope.raw,
            receipts=receipts,
            exchanges=[gateway.evidence(exchange) for exchange in exchanges],
            crl=lists and bytes(lists.doc),
        )
