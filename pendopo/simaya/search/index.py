"""Keeping what letters are found by: called where a letter is signed, arrives or is scanned; and the job."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import transaction
from django.db.models import Func, TextField, Value
from django.utils import timezone

from pendopo.ground.delivery.wake import wake
from pendopo.ground.directory.rules import today
from pendopo.ground.files import store
from pendopo.simaya.letters.drafting import Content
from pendopo.simaya.letters.models import Letter
from pendopo.simaya.paper import document
from pendopo.simaya.paper.outside import PAGES, Unreadable, look

from .models import SecretWords, Words
from .stems import stems, words

log = logging.getLogger(__name__)

JOB = "letters-words"
ROUND = 20  # files that one round of the job reads
TEXT = 200_000  # signs of a text that are looked at


def put(letter: Letter, *, subject: str, text: str | None, names: Iterable[str] = ()) -> None:
    """Have `letter` found by its number, subject, text, sender, signer, and `names` of other agencies.

    `text` is None where only the letter's file has it: the job reads that. Whoever sees no more than the row
    of a secret letter finds it by its number and those names alone.
    Part of the act that makes the letter; what was kept of it before is replaced.
    """
    open_to_all = _begun(" ".join((letter.number, letter.peer_name, letter.signer_name, *names)))
    whole = open_to_all | _begun(subject) | stems((text or "")[:TEXT])
    row, _new = Words.objects.update_or_create(
        letter=letter,
        defaults={
            "agency_id": letter.agency_id,
            "side": letter.side,
            "day": letter.day or today(letter.agency.zone, timezone.now()),
            "number": letter.number.lower(),
            "secret": letter.secret,
            "stems": _vector(open_to_all if letter.secret else whole),
            "unread": text is None,
        },
    )
    if letter.secret:
        SecretWords.objects.update_or_create(words=row, defaults={"stems": _vector(whole)})
    if text is None:
        wake(JOB)


def put_sent(letter: Letter, content: Content, names: Iterable[str]) -> None:
    """Have a signed letter found; `names` are those of the agencies it goes to."""
    # How a letter addresses somebody is its author's own wording, so it counts as text.
    lines = "\n".join(one.line for one in content.addressees)
    put(letter, subject=content.subject, text=f"{lines}\n{document.plain(content.whole)}", names=names)


def add(letter: Letter, more: str) -> None:
    """Have `letter` found by `more` too, such as its agenda number: by everybody who sees its row."""
    joined = _joined(_begun(more))
    for table in (Words, SecretWords):
        table.objects.filter(pk=letter.pk).update(stems=joined)


def _begun(text: str) -> set[str]:
    """Stems, and the words as they stand: what somebody is still typing has no stem yet."""
    return stems(text) | set(words(text))


def _vector(found: set[str]) -> Func:
    listed = Value(sorted(found), output_field=ArrayField(TextField()))
    return Func(listed, function="array_to_tsvector", output_field=SearchVectorField())


def _joined(more: set[str]) -> Func:
    return Func("stems", _vector(more), template="%(expressions)s", arg_joiner=" || ")


def run() -> None:
    """One round of the job: reads the files of letters whose text is not in yet, the newest first."""
    waiting = Words.objects.filter(unread=True).select_related("letter__file").order_by("-letter_id")
    for row in waiting[:ROUND]:
        _read(row)
    if waiting.exists():
        wake(JOB)


def _read(row: Words) -> None:
    try:
        text = look(store.read(row.letter.file), count=PAGES, width=0)["text"]
    except (OSError, Unreadable) as error:
        # It is found by all else; its file stays unreadable, so it is not tried again.
        log.warning("no text of letter %s: %s", row.letter_id, type(error).__name__)
        text = ""
    more = _joined(stems(text))
    table = SecretWords if row.secret else Words
    with transaction.atomic():
        table.objects.filter(pk=row.pk).update(stems=more)
        Words.objects.filter(pk=row.pk).update(unread=False)
