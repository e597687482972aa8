"""The job that reminds of dispositions: whoever has one the day before its end, and up the line after it."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as N_

from pendopo.ground import jobs
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.delivery.models import Notice
from pendopo.ground.delivery.notices import Posts, notice

from .models import Disposition
from .rules import SETTLED

JOB, EVERY = "dispositions", 600  # seconds
BEFORE = timedelta(days=1)
# A notice of these kinds, its `ref` the disposition's id, is how the job knows that it has reminded.
SOON, LATE = "simaya.disposition.soon", "simaya.disposition.late"
TEXTS = {
    SOON: (
        N_("Disposition ends within a day: %(subject)s"),
        N_("Disposition of a secret letter ends within a day"),
    ),
    LATE: (N_("Disposition overdue: %(subject)s"), N_("Disposition of a secret letter overdue")),
}


def register() -> None:
    """Called once, at start."""
    jobs.register(JOB, run, EVERY)


def run() -> None:
    """One round: each disposition is reminded of once before its end and once after it."""
    now = timezone.now()
    for row in _waiting(SOON).filter(due__gt=now, due__lte=now + BEFORE):
        _remind(row, SOON, row.to_id)
    for row in _waiting(LATE).filter(due__lte=now):
        _remind(row, LATE, row.to_id, row.by.position_id)


def _waiting(kind: str) -> QuerySet[Disposition]:
    """Dispositions of all agencies of this node that are not settled, and not reminded of as `kind`."""
    told = Notice.objects.filter(kind=kind, ref=Cast(OuterRef("pk"), CharField()))
    rows = Disposition.objects.exclude(state__in=SETTLED).filter(~Exists(told))
    return rows.select_related("letter__agency", "by").order_by("id")


def _remind(row: Disposition, kind: str, *posts) -> None:
    letter = row.letter
    plain, secret = TEXTS[kind]
    words = {} if letter.secret else {"subject": letter.subject}
    with act("simaya.disposition.remind", actor=Actor.system(letter.agency), subject=row) as line:
        url = reverse("simaya:disposition", args=[row.pk])
        to = Posts(letter.agency, frozenset(posts))
        notice(to, kind, str(row.pk), url, secret if letter.secret else plain, **words)
        line.detail["kind"] = kind
