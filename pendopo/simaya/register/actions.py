"""Giving numbers: reserved for a letter, then used by it or void for a reason. Nothing else ends one.

A number is reserved in a short transaction of its own before anybody signs, so that no lock waits for a
signer; a retry finds the letter's number again.
"""

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.base import new_key
from pendopo.simaya.letters.models import Letter
from pendopo.simaya.moves import step

from . import rules
from .models import Number
from .rules import Pattern, Tokens

# One statement: the row's lock is the only one that waits, for the length of this transaction.
_NEXT = """
    INSERT INTO simaya_counter (id, agency_id, book, scope, last) VALUES (%s, %s, %s, %s, 1)
    ON CONFLICT (agency_id, book, scope) DO UPDATE SET last = simaya_counter.last + 1
    RETURNING id, last
"""


def reserve(letter: Letter, pattern: Pattern, tokens: Tokens, book: str, *, actor: Actor) -> Number:
    """The letter's number in `book` (`register.models.Book`): the one it has, else the next of its scope.

    `tokens` are all but `seq`; `year` is needed whatever the pattern shows. Call it outside any transaction
    of your own: what it holds is held until the commit. A number reserved in a year that has passed is void
    then, and a new one is taken. `Fault register.token` when the pattern cannot be written; then no number
    is spent. `Fault register.taken` when another scope already wrote this text.
    """
    with act("simaya.number.reserve", actor=actor, subject=letter) as line:
        Letter.objects.select_for_update().get(pk=letter.pk)
        number = letter.numbers.filter(book=book).exclude(state=Number.State.VOID).first()
        if number is not None and number.state == Number.State.RESERVED and number.year != tokens.year:
            void(number, "year_passed", actor=actor)
            number = None
        if number is None:
            number = _next(letter, pattern, tokens, book)
        line.detail.update(book=book, number=number.text, seq=number.seq)
    return number


def _next(letter: Letter, pattern: Pattern, tokens: Tokens, book: str) -> Number:
    year = tokens.year
    if year is None:
        raise Fault("register.token", token="year", value="")  # noqa: S106  a part of a number
    scope = rules.scope(pattern, tokens)
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [new_key(), letter.agency_id, book, scope])
        counter, seq = cursor.fetchone()
    text = pattern.write(rules.with_seq(tokens, seq))
    try:
        with transaction.atomic():
            return Number.objects.create(
                agency_id=letter.agency_id,
                counter_id=counter,
                book=book,
                seq=seq,
                year=year,
                text=text,
                letter=letter,
            )
    except IntegrityError as error:
        # Two scopes whose numbers read alike are a mistake in the office's pattern; only the database sees
        # it when both are taken at once.
        if "number_text_once" not in str(error):
            raise
        raise Fault("register.taken", number=text) from None


def use(number: Number, *, actor: Actor) -> None:
    """The letter has its number for good. `Fault simaya.guard_signed` if neither signed nor registered."""
    with act("simaya.number.use", actor=actor, subject=number) as line:
        number = Number.objects.select_for_update().get(pk=number.pk)
        settled = number.letter.state in (Letter.State.SIGNED, Letter.State.REGISTERED)
        number.state = step(
            rules.NUMBER, number.state, "use", actor.roles("simaya"), {"signed"} if settled else ()
        )
        number.settled_at = timezone.now()
        number.save(update_fields=["state", "settled_at"])
        line.detail["number"] = number.text


def void(number: Number, reason: str, *, actor: Actor) -> None:
    """The number stays in the book, crossed out for `reason`, one of `rules.REASONS`.

    `Fault simaya.guard_reason` for another reason, `simaya.state` for a number that is used or void already.
    """
    with act("simaya.number.void", actor=actor, subject=number) as line:
        number = Number.objects.select_for_update().get(pk=number.pk)
        known = {"reason"} if reason in rules.REASONS else ()
        number.state = step(rules.NUMBER, number.state, "void", actor.roles("simaya"), known)
        number.reason = reason
        number.settled_at = timezone.now()
        number.save(update_fields=["state", "reason", "settled_at"])
        line.detail.update(number=number.text, reason=reason)
