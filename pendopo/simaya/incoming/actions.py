"""What an agency does with a letter that arrived, up to the desk of whoever answers for it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as N_

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.rights import allowed
from pendopo.ground.audit.act import act
from pendopo.ground.base import new_key
from pendopo.ground.delivery.notices import Posts, notice, settled
from pendopo.ground.directory.models import Position
from pendopo.ground.directory.rules import today
from pendopo.ground.files import store
from pendopo.ground.files.models import FileRef
from pendopo.simaya.disposition.rules import SETTLED
from pendopo.simaya.kinds import profiles
from pendopo.simaya.kinds.rules import due
from pendopo.simaya.letters import drafting, reads, rules
from pendopo.simaya.letters.models import SECRET, Access, Letter, Secret, Side
from pendopo.simaya.moves import step
from pendopo.simaya.offices.models import Office
from pendopo.simaya.offices.reads import holidays
from pendopo.simaya.posts import cleared
from pendopo.simaya.register import actions as numbers
from pendopo.simaya.register.models import Book, Number
from pendopo.simaya.register.rules import Pattern, Tokens
from pendopo.simaya.routing.actions import receipt
from pendopo.simaya.search import index as words

from .scans import paper

AGENDA = Pattern.parse("{seq}/{year}")
# The notice to whoever holds a post that a letter was passed on to; `ref` is the letter's and the post's id.
PASSED = "simaya.letter.passed"


def register(letter: Letter, *, classification: str, to: Position | None, v: int, actor: Actor) -> Letter:
    """Give the letter its agenda number and, with `to`, pass it on. `v` is the letter's as the clerk saw it.

    `Fault simaya.guard_sound` while its signature is not checked or does not hold, `simaya.guard_version`
    when somebody changed it meanwhile, `letters.post` for a post of another agency, `incoming.cleared`.
    """
    classification = drafting.line("classification", classification)
    number = None
    if allowed("simaya.letter.register", actor, letter):
        # Refused before a number is spent; and the number is taken before the letter is held.
        _step(Letter.objects.get(pk=letter.pk), "register", actor, v)
        _may_have(letter, to)
        year = today(letter.agency.zone, timezone.now()).year
        number = numbers.reserve(letter, AGENDA, Tokens(year=year), Book.AGENDA, actor=actor)
    try:
        return _register(letter, classification, to, v, number, actor)
    except Fault:
        _not_needed(letter, number, actor)
        raise


def _register(
    letter: Letter, classification: str, to: Position | None, v: int, number: Number | None, actor: Actor
) -> Letter:
    with act("simaya.letter.register", actor=actor, subject=letter) as line:
        letter = _locked(letter)
        letter.state = _step(letter, "register", actor, v)
        letter.classification = classification or letter.classification
        _save(letter)
        numbers.use(number, actor=Actor.system(letter.agency, via=actor.via))
        words.add(letter, number.text)
        receipt(letter, "registered", by=_post(actor), agenda=number.text, actor=actor)
        if to:
            _pass(letter, to)
        line.detail.update(agenda=number.text, to=str(to.pk) if to else "")
    return letter


def reject(letter: Letter, reason: str, *, actor: Actor) -> Letter:
    """Send the letter back for a reason that its sender reads. A number that was taken for it is void."""
    with act("simaya.letter.reject", actor=actor, subject=letter):
        letter = _locked(letter)
        reason = " ".join(drafting.remark(reason).split())
        if len(reason) > 500:
            raise Fault("letters.long", field="reason", most=500)
        facts = {"reason"} if reason else ()
        letter.state = step(rules.IN, letter.state, "reject", reads.parties(letter, actor), facts)
        letter.reason = reason
        _save(letter)
        for number in letter.numbers.filter(state=Number.State.RESERVED):
            numbers.void(number, "rejected", actor=Actor.system(letter.agency, via=actor.via))
        receipt(letter, "rejected", by=_post(actor), reason=reason, actor=actor)
    return letter


def pass_on(letter: Letter, to: Position, *, actor: Actor) -> Letter:
    """Put a registered letter on one more desk. `Fault letters.post`, `incoming.cleared` as in `register`."""
    with act("simaya.letter.pass", actor=actor, subject=letter) as line:
        letter = _locked(letter)
        letter.state = step(rules.IN, letter.state, "pass", reads.parties(letter, actor))
        _may_have(letter, to)
        _pass(letter, to)
        line.detail["to"] = str(to.pk)
    return letter


def mark_read(letter: Letter, *, actor: Actor) -> bool:
    """Whoever holds a post with access has the letter open: kept, and told the sender, once a post.

    False when there is nothing new to keep, as before the letter is registered. `Fault simaya.party` for
    somebody who may not read it.
    """
    held = {one.position_id: one for one in actor.posts}
    unread = letter.access.filter(post__in=held, read_at=None)
    mine = next((held[post] for post in unread.order_by("id").values_list("post", flat=True)), None)
    if mine is None and reads.opened(actor, letter):
        return False
    with act("simaya.letter.read", actor=actor.acting_as(mine or actor.grant), subject=letter):
        letter = _locked(letter)
        if letter.side != Side.IN or not reads.opened(actor, letter) or not reads.parties(letter, actor):
            raise Fault("simaya.party", state=letter.state, act="read")
        known = letter.state in (Letter.State.REGISTERED, Letter.State.CLOSED)
        posts = list(unread.values_list("post", flat=True).distinct()) if known else []
        now = timezone.now()
        unread.filter(post__in=posts).update(read_at=now, done_at=now if letter.is_copy else None)
        for post in posts:
            settled(PASSED, _ref(letter, post))
        if posts:
            receipt(letter, "read", by=mine, actor=actor)
    return bool(posts)


def close(letter: Letter, *, actor: Actor) -> Letter:
    """The matter is done. `Fault simaya.guard_settled` while a disposition of it is open."""
    with act("simaya.letter.close", actor=actor, subject=letter):
        letter = _locked(letter)
        facts = () if letter.dispositions.exclude(state__in=SETTLED).exists() else {"settled"}
        letter.state = step(rules.IN, letter.state, "close", reads.parties(letter, actor), facts)
        _save(letter)
        letter.access.update(done_at=timezone.now())
    return letter


def scan(
    data: bytes,
    *,
    subject: str,
    number: str,
    day: date | None,
    sender: str,
    security: str = "B",
    urgency: str = "biasa",
    classification: str = "",
    actor: Actor,
) -> Letter:
    """A letter on paper: its scan (PDF, JPEG or PNG) with what the clerk reads on it; then as one by wire.

    `Fault letters.office` when the agency's office is not set up, `letters.choice`, `letters.long`,
    `simaya.guard_complete` without subject or sender, `incoming.day` for a day to come, `incoming.scan_size`,
    `incoming.scan_media`, `paper.file_…` for a file that cannot be shown.
    """
    with act("simaya.letter.scan", actor=actor, subject=actor.agency) as line:
        office = Office.objects.filter(agency=actor.agency).first()
        if office is None:
            raise Fault("letters.office")
        profile = profiles.load(office.profile)
        for field, value, known in (
            ("security", security, profile.security),
            ("urgency", urgency, profile.urgency),
        ):
            if value not in known:
                raise Fault("letters.choice", field=field, value=value[:40])
        now = timezone.now()
        if day is not None and day > today(actor.agency.zone, now):
            raise Fault("incoming.day")
        subject, sender = drafting.line("subject", subject), drafting.line("sender", sender)
        complete = {"complete"} if subject and sender else ()
        letter = Letter(
            agency=actor.agency,
            side=Side.IN,
            origin=Letter.Origin.SCAN,
            kind="surat-dinas",
            profile=profile.code,
            state=step(rules.IN, "scanned", "complete", actor.roles("simaya"), complete),
            subject="" if security in SECRET else subject,
            security=security,
            urgency=urgency,
            classification=drafting.line("classification", classification),
            number=drafting.line("number", number),
            day=day,
            peer_name=sender,
            received_at=now,
            due=due(urgency, now, actor.agency.zone, holidays(actor.agency), profile),
        )
        pdf, letter.pages = paper(data)
        letter.file = store.put(
            pdf, "application/pdf", room="simaya", object=f"letter {letter.pk}", agency=actor.agency
        )
        letter.save()
        if letter.secret:
            Secret.objects.create(letter=letter, subject=subject)
        words.put(letter, subject=subject, text=None)
        line.subject = letter
        line.detail["pages"] = letter.pages
    return letter


def take_memo(sent: Letter, posts: Iterable[UUID], *, subject: str, text: str, actor: Actor) -> Letter | None:
    """A signed letter to posts of its own agency lies on their desks at once: one letter in for all of them.

    Part of the act that signs it; None when it is for no post. `Fault incoming.cleared` when a secret one is
    for a post that nobody cleared holds.
    """
    positions = list(Position.objects.filter(pk__in=posts, unit__agency=sent.agency))
    if not positions:
        return None
    with act("simaya.letter.receive", actor=actor, subject=sent) as line:
        now, profile = timezone.now(), profiles.load(sent.profile)
        letter = Letter(
            agency=sent.agency,
            side=Side.IN,
            origin=Letter.Origin.MEMO,
            uid=sent.uid,
            kind=sent.kind,
            profile=sent.profile,
            state=Letter.State.REGISTERED,
            subject=sent.subject,
            security=sent.security,
            urgency=sent.urgency,
            classification=sent.classification,
            number=sent.number,
            day=sent.day,
            signed_at=sent.signed_at,
            pages=sent.pages,
            template=sent.template,
            peer=sent.agency.code,
            peer_name=sent.agency.name,
            signer_name=sent.signer_name,
            checked="sound",
            received_at=now,
            due=due(sent.urgency, now, sent.agency.zone, holidays(sent.agency), profile),
        )
        letter.file = FileRef.objects.create(
            file=sent.file.file, room="simaya", object=f"letter {letter.pk}", agency=sent.agency
        )
        letter.save()
        for one in sent.attachments.select_related("file__file"):
            one.file = FileRef.objects.create(
                file=one.file.file, room="simaya", object=f"letter {letter.pk}", agency=sent.agency
            )
            one.pk, one.letter = new_key(), letter
            one.save(force_insert=True)
        if letter.secret:
            Secret.objects.create(letter=letter, subject=subject)
        words.put(letter, subject=subject, text=text)
        for position in positions:
            _may_have(letter, position)
            _pass(letter, position)
        line.subject = letter
        line.detail["to"] = [str(position.pk) for position in positions]
    return letter


def _not_needed(letter: Letter, number: Number | None, actor: Actor) -> None:
    """A number that was taken while a colleague rejected the letter is void with it."""
    if number is None or not Letter.objects.filter(pk=letter.pk, state=Letter.State.REJECTED).exists():
        return
    with suppress(Fault):  # another one, who was too late as well, has done so
        numbers.void(number, "rejected", actor=Actor.system(letter.agency, via=actor.via))


def _step(letter: Letter, what: str, actor: Actor, v: int) -> str:
    facts = {"version"} if letter.v == v else set()
    # Paper has no signature to check; whoever scanned it saw it.
    facts |= {"sound"} if letter.origin == Letter.Origin.SCAN or letter.checked == "sound" else set()
    return step(rules.IN, letter.state, what, reads.parties(letter, actor), facts)


def _may_have(letter: Letter, to: Position | None) -> None:
    if to is None:
        return
    if to.agency_id != letter.agency_id:
        raise Fault("letters.post", post=str(to.pk))
    if letter.secret and to.pk not in cleared(letter.agency, [to.pk]):
        raise Fault("incoming.cleared", post=to.title)


def _pass(letter: Letter, to: Position) -> None:
    _access, new = Access.objects.get_or_create(letter=letter, post=to, why=Access.Why.PASSED)
    if not new:
        return
    text, params = N_("Letter from %(sender)s: %(subject)s"), {"sender": letter.peer_name}
    if letter.secret:
        text = N_("Secret letter from %(sender)s")
    else:
        params["subject"] = letter.subject
    url = reverse("simaya:incoming-letter", args=[letter.pk])
    notice(Posts(letter.agency, frozenset([to.pk])), PASSED, _ref(letter, to.pk), url, text, **params)


def _ref(letter: Letter, post) -> str:
    return f"{letter.pk} {post}"


def _post(actor: Actor):
    return actor.posts[0] if actor.posts else None


def _locked(letter: Letter) -> Letter:
    return Letter.objects.select_for_update(of=("self",)).select_related("agency").get(pk=letter.pk)


def _save(letter: Letter) -> None:
    letter.v += 1
    letter.save()
