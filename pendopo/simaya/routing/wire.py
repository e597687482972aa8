"""What arrives of letters: pieces of their files, letters, receipts; and how our own messages fared.

The gateway has checked which agency sent a document; who signed it is checked here, against the registry's
keys: that a stranger will find it sound at its own time, and that its key may still speak today. What does
not fit raises a `Fault` and is kept in the inbox for people.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pendopo.core import letterproof, strict
from pendopo.core.chain import SKEW
from pendopo.core.envelope import Envelope
from pendopo.core.errors import Fault
from pendopo.core.letter import LETTER, PART, RECEIPT, File, Signer
from pendopo.core.letter import Letter as Sent
from pendopo.core.letter import Part as Piece
from pendopo.ground import jobs
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.delivery import handlers, inbox, names
from pendopo.ground.delivery.handlers import Message
from pendopo.ground.delivery.models import Outbox
from pendopo.ground.delivery.wake import wake
from pendopo.ground.files import store
from pendopo.ground.nodes import reads as nodes
from pendopo.simaya.kinds import profiles
from pendopo.simaya.kinds.profiles import Profile
from pendopo.simaya.kinds.rules import due, signed_as
from pendopo.simaya.letters.models import SECRET, Attachment, Letter, Secret, Side
from pendopo.simaya.offices.reads import holidays
from pendopo.simaya.search import index as words

from . import actions, job, notices
from .models import Delivery, Part, Receipt
from .rules import raised

ROOM = "simaya"
LIMIT = 64 * 1024 * 1024  # bytes of one letter's files
OPEN = 200  # letters of one sender whose files have begun to arrive


def register() -> None:
    """Called once, at start."""
    handlers.register(PART, take_part, keep=False)
    handlers.register(LETTER, take_letter)
    handlers.register(RECEIPT, take_receipt)
    handlers.on_sent(LETTER, sent)
    jobs.register(actions.JOB, job.run, every=60)
    jobs.register(actions.FILES, job.check_files, every=60)
    jobs.register(words.JOB, words.run, every=300)
    names.register(PART, _("Part of a letter"))
    names.register(LETTER, _("Letter"))
    names.register(RECEIPT, _("Receipt of a letter"))


def take_part(message: Message) -> None:
    """letter-part/1: a piece of a file of a letter to come. The last one has the letter handled again."""
    part = Piece.parse(message.doc)
    _between(message, message.from_agency, part.receiver)
    now = timezone.now()
    nodes.registry().keys.signed(part.envelope, now, f"agency:{message.from_agency}", "letter", lasting=True)
    if _arrived(message, part.letter).exists():
        return
    arrived = Part.objects.filter(agency=message.agency, from_agency=message.from_agency)
    _within_limits(arrived, part)
    Part.objects.bulk_create(
        [
            Part(
                agency=message.agency,
                from_agency=message.from_agency,
                uid=part.letter,
                sha=part.sha,
                size=part.size,
                n=part.n,
                of=part.of,
                data=part.data,
                at=now,
            )
        ],
        ignore_conflicts=True,
    )
    if arrived.filter(uid=part.letter, sha=part.sha).count() == part.of:
        inbox.retake(message, LETTER, "letters.part_missing", letter=part.letter)


def _arrived(message: Message, uid: str) -> QuerySet[Letter]:
    """The letter of that id and sender, if it is in already. An id is its sender's own."""
    return Letter.objects.filter(agency=message.agency, side=Side.IN, peer=message.from_agency, uid=uid)


def _within_limits(arrived: QuerySet[Part], part: Piece) -> None:
    own = arrived.filter(uid=part.letter)
    files = dict(own.values_list("sha", "size").distinct()) | {part.sha: part.size}
    if sum(files.values()) > LIMIT:
        raise Fault("letters.too_large", most=LIMIT // (1024 * 1024))
    if not own.exists() and arrived.values("uid").distinct().count() >= OPEN:
        raise Fault("letters.too_many", most=OPEN)


def take_letter(message: Message) -> None:
    """letter/1: a letter to an agency of this node becomes a letter in, once, when its file is here."""
    letter = letterproof.sent(nodes.registry(), message.doc)
    _between(message, letter.sender, letter.receiver)
    _fresh(letter.signed_at, [letter.envelope, *(one.mandate.envelope for one in letter.signers)])
    known = _arrived(message, letter.id).first()
    if known is not None:
        if known.doc != message.doc.decode():
            raise Fault("letters.replayed", number=letter.number)
        return
    profile = _profile(letter)
    files = [(file, _whole(message, letter, file)) for file in (letter.file, *letter.attachments)]
    actor = Actor.system(message.agency, via="wire")
    with act("simaya.letter.receive", actor=actor, subject=message.agency) as line:
        row = _row(message, letter, profile)
        refs = [
            store.put(
                data,
                file.media,
                room=ROOM,
                object=str(row.pk),
                agency=message.agency,
                name=file.name or f"{letter.number.replace('/', '-')}.pdf",
            )
            for file, data in files
        ]
        row.file = refs[0]
        row.save(force_insert=True)
        rows = [
            Attachment(letter=row, file=ref, name=one.name, media=one.media, pages=one.pages, order=n)
            for n, (one, ref) in enumerate(zip(letter.attachments, refs[1:], strict=True), 1)
        ]
        for one in rows:
            _fits(one, "name", "media")
        Attachment.objects.bulk_create(rows)
        if row.secret:
            Secret.objects.create(letter=row, subject=letter.subject)
        words.put(row, subject=letter.subject, text=None)
        Part.objects.filter(agency=message.agency, from_agency=message.from_agency, uid=letter.id).delete()
        actions.receipt(row, "received", by=None, actor=actor)
        notices.arrived(row)
        wake(actions.FILES)
        line.subject = row
        line.detail |= {"from": message.from_agency, "exchange": message.exchange_id}


def _row(message: Message, letter: Sent, profile: Profile) -> Letter:
    secret = letter.security in SECRET
    row = Letter(
        agency=message.agency,
        side=Side.IN,
        uid=letter.id,
        origin=Letter.Origin.WIRE,
        state=Letter.State.RECEIVED,
        kind=letter.kind,
        profile=letter.profile,
        subject="" if secret else letter.subject,
        security=letter.security,
        urgency=letter.urgency,
        classification=letter.classification,
        number=letter.number,
        day=letter.date,
        reply_to=_question(message, letter),
        signed_at=letter.signed_at,
        pages=letter.file.pages,
        template=letter.template,
        peer=letter.sender,
        peer_name=str(nodes.registry().members[letter.sender]["name"]),
        signer_name=signed_as(*_said(letter.signers[0]), profile),
        doc=message.doc.decode(),
        exchange_id=message.exchange_id,
        is_copy=letter.role == "copy",
        received_at=message.received_at,
        due=due(letter.urgency, message.received_at, message.agency.zone, holidays(message.agency), profile),
    )
    _fits(row, "number", "subject", "classification", "signer_name", "peer_name")
    return row


def _profile(letter: Sent) -> Profile:
    """The rules the letter was written by; a fault for one that this version does not know."""
    profile = profiles.load(letter.profile)
    for field, known in (
        ("kind", profile.kinds),
        ("security", profile.security),
        ("urgency", profile.urgency),
    ):
        if getattr(letter, field) not in known:
            raise Fault("letters.choice", field=field, value=getattr(letter, field))
    return profile


def _said(signer: Signer) -> tuple[str, str, str, str | None]:
    return signer.name, signer.position, signer.capacity, signer.on_behalf


def _question(message: Message, letter: Sent) -> Letter | None:
    """Our own letter that this one answers, if we sent that to whoever answers."""
    if letter.reply_to is None:
        return None
    asked = Letter.objects.filter(agency=message.agency, side=Side.OUT, uid=letter.reply_to[0])
    return asked.filter(deliveries__to_agency=letter.sender).first()


def _whole(message: Message, letter: Sent, file: File) -> bytes:
    """A file of the letter, of the pieces that have come; `Fault letters.part_missing` until all have."""
    pieces = Part.objects.filter(
        agency=message.agency, from_agency=message.from_agency, uid=letter.id, sha=file.sha
    )
    rows = list(pieces.order_by("n"))
    if not rows or len(rows) != rows[0].of:
        raise Fault("letters.part_missing", letter=letter.id)
    data = b"".join(bytes(row.data) for row in rows)
    if len(data) != file.size or sha256(data).hexdigest() != file.sha:
        raise Fault("letters.file_differs", number=letter.number)
    return data


def take_receipt(message: Message) -> None:
    """letter-receipt/1: what the receiver of a letter of ours did with it. In any order, each once."""
    said = letterproof.receipted(nodes.registry(), message.doc)
    _between(message, said.sender, said.receiver)
    _fresh(said.at, [said.envelope])
    rows = Delivery.objects.select_for_update(of=("self",)).select_related("letter__author__person")
    delivery = rows.filter(
        sha=said.of,
        to_agency=said.sender,
        letter__agency=message.agency,
        letter__uid=said.letter,
    ).first()
    if delivery is None:
        raise Fault("letters.receipt_unknown", event=said.event)
    letter = delivery.letter
    if said.at < letter.signed_at - SKEW:
        raise Fault("letters.time", at=strict.utc(said.at))
    which = {"from_agency": said.sender, "event": said.event, "of": said.of}
    known = letter.receipts.filter(**which).first()
    if known is not None:
        if known.doc != message.doc.decode():
            raise Fault("letters.replayed", number=letter.number)
        return
    receipt = Receipt(
        agency=message.agency,
        letter=letter,
        reason=said.reason or "",
        agenda=said.agenda or "",
        by=said.by and {"position": said.by[0], "capacity": said.by[1]},
        at=said.at,
        doc=message.doc.decode(),
        exchange_id=message.exchange_id,
        **which,
    )
    _fits(receipt, "reason", "agenda")
    actor = Actor.system(message.agency, via="wire")
    with act("simaya.delivery.raise", actor=actor, subject=delivery) as line:
        receipt.save(force_insert=True)
        delivery.state = raised(delivery.state, said.event)
        delivery.times[said.event] = strict.utc(said.at)
        delivery.reason = delivery.reason or receipt.reason
        delivery.agenda = delivery.agenda or receipt.agenda
        delivery.save(update_fields=["state", "times", "reason", "agenda"])
        if said.event == "rejected":
            notices.rejected(delivery)
        line.detail |= {"event": said.event, "from": said.sender, "exchange": message.exchange_id}


def sent(message: Outbox) -> None:
    """A letter/1 of ours left, or was given up. Receipts may have come before: they say more."""
    rows = Delivery.objects.select_for_update(of=("self",)).select_related("letter__agency")
    delivery = rows.filter(message=message.pk).first()
    if delivery is None:
        return
    actor = Actor.system(message.agency, via="job")
    with act("simaya.delivery.raise", actor=actor, subject=delivery) as line:
        if message.state == Outbox.State.SENT:
            delivery.state = raised(delivery.state, Delivery.State.SENT)
            delivery.exchange_id, delivery.fault = message.exchange_id, ""
            delivery.times["sent"] = strict.utc(message.sent_at)
            notices.under_way(delivery)
        elif delivery.state == Delivery.State.QUEUED:
            delivery.state, delivery.fault = Delivery.State.FAILED, message.fault
            notices.given_up(delivery)
        delivery.save(update_fields=["state", "exchange_id", "fault", "times"])
        line.detail |= {"state": delivery.state, "exchange": message.exchange_id}


def _between(message: Message, sender: str, receiver: str) -> None:
    """Whoever sent the document is who it says, and it came to whom it is for."""
    if (sender, receiver) != (message.from_agency, message.agency.code):
        raise Fault("letters.not_theirs", type=message.type)


def _fresh(at: datetime, documents: Iterable[Envelope]) -> None:
    """Nothing is dated ahead, and no key that signed has been revoked since."""
    now = timezone.now()
    if at > now + SKEW:
        raise Fault("letters.time", at=strict.utc(at))
    for opened in documents:
        revoked = nodes.registry().keys.revoked_at(opened.keys[0])
        if revoked is not None:
            raise Fault("key.revoked", key=opened.keys[0], at=strict.utc(revoked))


def _fits(row: Model, *fields: str) -> None:
    """A peer's texts may be longer than what we keep: that is said, not cut."""
    for field in fields:
        most = row._meta.get_field(field).max_length
        if len(getattr(row, field)) > most:
            raise Fault("letters.long", field=field, most=most)
