"""Signing a letter: number, page, signature and deliveries, so that a process may die at any point of it.

Three steps. `_begin` reserves the number and takes the letter into `signing`; then, in no transaction and
with no lock, its page is set once, signed and sealed for each receiver; `_finish` makes all of that stand.
Whoever fails or dies in between leaves the number reserved for the letter; the next attempt finds it again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from cryptography import x509
from cryptography.x509.oid import NameOID
from django.db import transaction
from django.utils import timezone

from pendopo.core.errors import Broken, Fault
from pendopo.core.ids import new_id
from pendopo.core.letter import Inside
from pendopo.core.letter import Signed as Who
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.directory.models import Assignment
from pendopo.ground.directory.reads import number_of
from pendopo.ground.directory.rules import today
from pendopo.ground.files import store
from pendopo.simaya.incoming.actions import take_memo
from pendopo.simaya.kinds import profiles
from pendopo.simaya.kinds.rules import Capacity, Post, signed_as
from pendopo.simaya.moves import step
from pendopo.simaya.offices.models import PostCode
from pendopo.simaya.paper import document, render
from pendopo.simaya.posts import posts
from pendopo.simaya.register import actions as register
from pendopo.simaya.register.models import Book, Number
from pendopo.simaya.register.rules import Pattern, Tokens
from pendopo.simaya.routing import actions as routing
from pendopo.simaya.routing.seal import Signed, seal
from pendopo.simaya.search import index as words
from pendopo.simaya.signing.reads import stamper, trust
from pendopo.simaya.signing.seal import Key

from . import reads, rules, sheets
from .drafting import Content
from .held import check_signer, locked
from .models import Letter

REASON = "Naskah dinas"


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt to sign: what was read when the letter was taken into `signing`."""

    id: UUID
    letter: Letter
    content: Content
    assignment: Assignment
    every: dict[UUID, Post]
    capacity: Capacity
    number: Number
    day: date


def sign(letter: Letter, v: int, key: Key, address: Callable[[str], str], *, actor: Actor) -> Letter:
    """Sign and send the version one saw, by the actor's own `key`, in the capacity it has today.

    `address` makes the public address of a token: it stands in the page's code. Takes no lock while it signs.

    `Fault simaya.guard_version` for another version, `.guard_key` for a key that is not the actor's, the
    faults of `kinds.rules.may_sign`, `register.*`, `signing.*`, `paper.*`, `letters.not_member`,
    `gateway.down`. After any of them the letter waits for its signature again and keeps its number.
    """
    attempt = _begin(letter, v, key, actor)
    try:
        made = _make(attempt, key, address)
    except Exception as error:
        _fail(attempt, error, actor)
        raise
    return _finish(attempt, made, actor)


def _begin(letter: Letter, v: int, key: Key, actor: Actor) -> _Attempt:
    letter = Letter.objects.select_related("author", "agency").get(pk=letter.pk)
    parties, known = reads.parties(letter, actor), {"capacity"} | ({"key"} if _is_of(key, actor) else set())
    # Asked before a number is spent on somebody who may not sign, and again with the letter held.
    step(rules.OUT, letter.state, "sign", parties, known)
    if letter.v != v:
        raise Fault("simaya.guard_version")
    acting = next(one for one in actor.posts if one.position_id == letter.signer_id)
    version = letter.versions.last()
    content, every = Content.read(version.body, version.fields), posts(letter.agency)
    capacity, actor = sheets.capacity_of(content, every, acting), actor.acting_as(acting)
    check_signer(content, capacity, every, letter)
    day = today(letter.agency.zone, timezone.now())
    system = Actor.system(letter.agency, via=actor.via)
    pattern, tokens = _numbering(letter, content, every, day)
    number = register.reserve(letter, pattern, tokens, Book.OUT, actor=system)
    with act("simaya.letter.sign", actor=actor, subject=letter) as line:
        letter = locked(letter)
        if letter.v != v:
            raise Fault("simaya.guard_version")
        letter.state = step(rules.OUT, letter.state, "sign", parties, known)
        letter.attempt, letter.attempt_at = UUID(new_id()), timezone.now()
        letter.token = letter.token or secrets.token_urlsafe(16)
        letter.save()
        line.detail.update(number=number.text, version=version.n, attempt=str(letter.attempt))
    return _Attempt(letter.attempt, letter, content, acting, every, capacity, number, day)


@dataclass(frozen=True, slots=True)
class _Made:
    """What an attempt made: the signed file, kept already, and one document a receiver."""

    file: store.FileRef
    pages: int
    template: str
    at: datetime
    name: str
    sealed: list


def _make(attempt: _Attempt, key: Key, address: Callable[[str], str]) -> _Made:
    # Half a second that not every process spends.
    from pendopo.simaya.paper import pdfa
    from pendopo.simaya.signing.sign import sign as sign_pdf

    letter, content, agency = attempt.letter, attempt.content, attempt.letter.agency
    name, number = subject_of(key)
    template = render.template_digest()
    behalf = attempt.capacity.on_behalf
    inside = Inside(
        id=str(letter.uid),
        sender=agency.code,
        number=attempt.number.text,
        date=attempt.day,
        kind=content.kind,
        subject=content.subject,
        security=content.security,
        signers=(Who(name, number, *_capacity(attempt)),),
        recipients=tuple(one.line for one in content.addressees),
        template=template,
    )
    signature = sheets.Signature(
        attempt.number.text, attempt.day, address(letter.token or ""), inside.raw.decode()
    )
    office = sheets.office_of(agency)
    page = sheets.page(content, office, attempt.every, attempt.assignment, signature)
    at = timezone.now()
    pages = render.pdf(page, at)
    held = trust()
    signed = sign_pdf(pages.pdf, key, stamper(), held, name=name, reason=REASON, place=office.place)
    at = _sound(signed, held.root)
    ref = store.put(
        signed,
        "application/pdf",
        room="simaya",
        object=str(letter.pk),
        agency=agency,
        name=f"{attempt.number.text.replace('/', '-')}.pdf",
    )
    count = pdfa.pages(signed)
    sealed = seal(
        letter,
        content,
        number=attempt.number.text,
        day=attempt.day,
        signed=Signed(name, number, attempt.assignment, behalf, key.certificate, at),
        sha=ref.file_id,
        size=len(signed),
        pages=count,
        template=template,
    )
    return _Made(ref, count, template, at, name, sealed)


def _capacity(attempt: _Attempt) -> tuple[str, str, str | None]:
    """The signer's post, capacity, and the post signed for."""
    behalf = attempt.capacity.on_behalf
    return attempt.assignment.position.title, attempt.capacity.code, behalf[-1].title if behalf else None


def _sound(signed: bytes, root: bytes) -> datetime:
    """When it was signed, as the file itself proves; `Fault signing.failed` for one that does not hold.

    A file that others would refuse never leaves: 77 ms well spent.
    """
    from pendopo.simaya.paper import pdfa
    from pendopo.simaya.signing.check import check

    seen = check(signed, root)
    if isinstance(seen, Broken):
        raise Fault("signing.failed", why=seen.link)
    if faults := pdfa.faults(signed):
        raise Fault("signing.failed", why=faults[0])
    return seen.at


def _fail(attempt: _Attempt, error: Exception, actor: Actor) -> None:
    """The letter waits for its signature again; its number stays reserved for it."""
    system = Actor.system(attempt.letter.agency, via=actor.via)
    with act("simaya.letter.finish", actor=system, subject=attempt.letter) as line:
        letter = locked(attempt.letter)
        if letter.state != Letter.State.SIGNING or letter.attempt != attempt.id:
            return
        letter.state = step(rules.OUT, letter.state, "fail", {"system"}, {"attempt"})
        letter.save(update_fields=["state"])
        line.detail["why"] = error.code if isinstance(error, Fault) else type(error).__name__


def _finish(attempt: _Attempt, made: _Made, actor: Actor) -> Letter:
    system = Actor.system(attempt.letter.agency, via=actor.via)
    with act("simaya.letter.finish", actor=system, subject=attempt.letter) as line:
        letter = locked(attempt.letter)
        facts = {"number", "sound"} | ({"attempt"} if letter.attempt == attempt.id else set())
        letter.state = step(rules.OUT, letter.state, "finish", {"system"}, facts)
        letter.number, letter.day = attempt.number.text, attempt.day
        letter.signed_by, letter.signed_at = attempt.assignment, made.at
        letter.signer_name = signed_as(made.name, *_capacity(attempt), profiles.load(letter.profile))
        letter.file, letter.pages, letter.template = made.file, made.pages, made.template
        letter.v += 1
        letter.save()
        register.use(attempt.number, actor=system)
        routing.queue(letter, made.sealed, actor=system)
        take_memo(
            letter,
            [UUID(one.post) for one in attempt.content.addressees if one.post],
            subject=attempt.content.subject,
            text=document.plain(attempt.content.whole),
            actor=system,
        )
        words.put_sent(letter, attempt.content, names=(one.to_name for one in made.sealed))
        line.detail.update(number=letter.number, sha=made.file.file_id, to=len(made.sealed))
    return letter


def retry(letter: Letter, *, actor: Actor) -> Letter:
    """A letter that a process which died left in `signing` waits for its signature again."""
    with act("simaya.letter.finish", actor=Actor.system(letter.agency, via=actor.via), subject=letter):
        letter = locked(letter)
        started = letter.attempt_at or letter.created_at
        stale = timezone.now() - started > timedelta(seconds=rules.STALE)
        letter.state = step(
            rules.OUT, letter.state, "retry", reads.parties(letter, actor), {"stale"} if stale else ()
        )
        letter.attempt = None
        letter.save(update_fields=["state", "attempt"])
    return letter


def abandoned() -> int:
    """Every letter that was left in `signing` waits for its signature again; how many. Run by a job."""
    before = timezone.now() - timedelta(seconds=rules.STALE)
    left = Letter.objects.filter(state=Letter.State.SIGNING, attempt_at__lt=before).select_related("agency")
    for letter in left:
        with transaction.atomic():
            retry(letter, actor=Actor.system(letter.agency))
    return len(left)


def subject_of(key: Key) -> tuple[str, str]:
    """Name and number in a key's certificate: what a signature proves about who signed."""
    subject = x509.load_der_x509_certificate(key.certificate).subject
    name = subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    number = subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)[0].value
    return str(name), str(number)


def _is_of(key: Key, actor: Actor) -> bool:
    """Whether the key was certified for this person, as the person is called here today."""
    if actor.person is None or actor.agency is None:
        return False
    day = today(actor.agency.zone, timezone.now())
    return subject_of(key) == (actor.person.name, number_of(actor.person, day))


def _numbering(
    letter: Letter, content: Content, every: dict[UUID, Post], day: date
) -> tuple[Pattern, Tokens]:
    """How the letter is numbered: the office's pattern of its kind, and what it is made of."""
    office = sheets.office_of(letter.agency)
    kind = profiles.load(office.profile).kinds[content.kind]
    # In another post's name the letter is that post's: it counts in that post's sequence.
    top = content.on_behalf[0] if content.on_behalf else content.signer
    codes = dict(PostCode.objects.filter(position__in=[content.signer, top]).values_list("position", "code"))
    position = codes.get(UUID(top)) or codes.get(UUID(content.signer))
    tokens = Tokens(
        year=day.year,
        month=day.month,
        security=content.security,
        position=position,
        classification=content.classification,
        kind=kind.code,
    )
    return Pattern.parse(office.patterns.get(kind.code, kind.number), kind.scope), tokens
