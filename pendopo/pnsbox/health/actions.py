"""A trouble begins and ends: the officers are told, once each. What the worker's job does."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.delivery.actions import notice, settled
from pendopo.ground.delivery.notices import Holders
from pendopo.pnsbox.acts import OFFICER

from . import told
from .models import Trouble

KIND, OVER = "pnsbox.trouble", "pnsbox.trouble-over"
NAMED = 3  # notices at once: of more that begin together one says how many


def begin(troubles: Sequence[Trouble], now: datetime, *, actor: Actor) -> None:
    """They last: the officers of the network are told, of a network's all at once."""
    for at, trouble in enumerate(troubles):
        with act("pnsbox.trouble.note", actor=actor, subject=trouble) as line:
            trouble.told_at = now
            trouble.save(update_fields=["told_at"])
            line.detail |= {"kind": trouble.kind, "cause": trouble.cause, "name": trouble.facts["name"]}
            key = trouble.kind, trouble.cause
            texts = told.CALLING if trouble.facts["phone"] and key in told.CALLING else told.SENTENCES
            if at < NAMED:
                _tell(trouble, KIND, texts[key], **trouble.facts)
            elif at == NAMED:
                _tell(trouble, KIND, told.MANY, n=len(troubles) - NAMED)


def end(trouble: Trouble, now: datetime, *, restarted: bool, actor: Actor) -> None:
    """It is over since `calm_since`; `restarted`: its box has been switched on since it began."""
    with act("pnsbox.trouble.note", actor=actor, subject=trouble) as line:
        trouble.ended_at = trouble.calm_since
        if restarted and trouble.kind == "silent":
            trouble.cause = "power"
        trouble.save(update_fields=["ended_at", "cause"])
        minutes = max(1, round((trouble.ended_at - trouble.since).total_seconds() / 60))
        line.detail |= {"kind": trouble.kind, "name": trouble.facts["name"], "ended": True}
        settled(KIND, str(trouble.pk))
        text = told.ALL_OVER if trouble.site_id is None and trouble.kind == "all" else told.OVER
        _tell(trouble, OVER, told.RESTARTED if restarted else text, name=str(trouble), minutes=minutes)


def _tell(trouble: Trouble, kind: str, text: str, **params) -> None:
    to = Holders(trouble.agency, "pnsbox", frozenset({OFFICER}))
    notice(to, kind, str(trouble.pk), reverse("pnsbox:troubles"), text, **params)
