"""Two jobs: `letters` signs and sends receipts and sweeps, `letters-files` checks the files that arrived.

Apart, so that no receipt waits for a hundred signatures to be checked. The gateway signs outside
transactions; what died in between is done again at the next round.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone

from pendopo.core import strict
from pendopo.core.errors import Broken, Fault
from pendopo.core.letter import RECEIPT, Crl
from pendopo.core.letter import Letter as Sent
from pendopo.core.letterproof import agrees
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.delivery.actions import send
from pendopo.ground.files import store
from pendopo.ground.nodes import reads as nodes
from pendopo.simaya.letters.models import Letter, Side
from pendopo.simaya.signing.models import Authority

from .models import Part, Receipt
from .seal import Seal

log = logging.getLogger(__name__)

KEPT = timedelta(days=30)  # pieces of a letter that never came


def run() -> None:
    """One round of `letters`; raises the last fault, so that what is left is tried again soon."""
    sweep()
    seal_receipts()


def seal_receipts() -> None:
    """Signs what was noted and sends it. An agency that cannot sign holds up no other."""
    trouble = None
    for row in Receipt.objects.filter(doc="").select_related("agency", "letter"):
        try:
            doc = Seal(row.agency.code)(RECEIPT, _body(row))
        except Fault as fault:
            trouble = fault
            continue
        _send(row, doc)
    if trouble is not None:
        raise trouble


def _body(row: Receipt) -> dict:
    return {
        "letter": str(row.letter.uid),
        "of": row.of,
        "from": row.from_agency,
        "to": row.letter.peer,
        "event": row.event,
        "at": strict.utc(row.at),
        "agenda": row.agenda or None,
        "reason": row.reason or None,
        "by": row.by,
        "exchange": row.letter.exchange_id,
    }


def _send(row: Receipt, doc: bytes) -> None:
    actor = Actor.system(row.agency)
    with act("simaya.receipt.seal", actor=actor, subject=row) as line:
        if not Receipt.objects.filter(pk=row.pk, doc="").update(doc=doc.decode()):
            return  # another worker was quicker: what it signed is on its way
        send(row.agency, row.letter.peer, RECEIPT, doc, actor=actor, order=str(row.letter.uid))
        line.detail |= {"event": row.event, "to": row.letter.peer}


def check_files() -> None:
    """Whether the signatures of files that arrived hold, and are those that letter/1 names."""
    waiting = Letter.objects.filter(side=Side.IN, origin=Letter.Origin.WIRE, checked="")
    lists = Authority.objects.first()
    revoked = lists and Crl.parse(bytes(lists.doc))
    for letter in waiting.select_related("agency", "file").order_by("id"):
        try:
            pdf = store.read(letter.file)
        except OSError:
            log.exception("the file of letter %s cannot be read", letter.pk)
            continue
        found = verdict(pdf, Sent.parse(letter.doc), letter.peer_name, revoked)
        with act("simaya.letter.check", actor=Actor.system(letter.agency), subject=letter) as line:
            Letter.objects.filter(pk=letter.pk, checked="").update(checked=found)
            line.detail |= {"checked": found}


def verdict(pdf: bytes, letter: Sent, agency: str, revoked: Crl | None) -> str:
    """`sound`, or the code of what does not hold: in the PDF itself, or between it and its letter/1.

    `agency`: the sender's name in the registry. `revoked`: what this node knows to be revoked; the lists
    inside the PDF are those of the day it was signed.
    """
    from pendopo.simaya.signing.pades import pades  # half a second that not every process has to spend

    try:
        agrees(letter, pades(pdf, nodes.anchor()["root_x509"].encode(), None, revoked), agency)
    except Broken as broken:
        return broken.code
    return "sound"


def sweep() -> int:
    """Drops pieces whose letter has not come for long; how many."""
    return Part.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]
