"""An action's frame: one transaction, the right asked first, the audit line written in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.rights import Refused, allowed, capacity

from .models import Line

# Refusals of the acts now running, innermost first; None outside any act.
_refusals: ContextVar[list[Line] | None] = ContextVar("refusals", default=None)


@contextmanager
def act(
    code: str, *, actor: Actor, subject: Any = None, detail: dict[str, Any] | None = None
) -> Iterator[Line]:
    """Run the body as act `code` of `actor` on `subject`.

    Asks `allowed` first and raises `Refused`; the body's changes and the audit line stand or fall together.
    The yielded line may be filled in: `line.detail["version"] = 3`, or `line.subject = thing` when the body
    makes the subject. A refused act, at any depth, leaves its line once the outermost act is rolled back.
    """
    line = _line(code, actor, subject, detail)
    outer = _refusals.get()
    refusals = [] if outer is None else outer
    token = _refusals.set(refusals)
    try:
        with transaction.atomic():
            if not allowed(code, actor, subject):
                refusals.append(line)
                raise Refused(code)
            yield line
            line.set_subject()
            line.save(force_insert=True)
    finally:
        _refusals.reset(token)
        if outer is None and refusals:
            _write_refusals(refusals)


def _line(code: str, actor: Actor, subject: Any, detail: dict[str, Any] | None) -> Line:
    line = Line(
        actor=actor.acting_as(actor.grant or capacity(code, actor)).record(),
        act=code,
        agency=actor.agency,
        outcome=Line.Outcome.DONE,
        detail=dict(detail or {}),
    )
    line.subject = subject
    return line


def _write_refusals(lines: list[Line]) -> None:
    with transaction.atomic():
        for line in lines:
            line.set_subject()
            line.outcome = Line.Outcome.REFUSED
            line.save(force_insert=True)
