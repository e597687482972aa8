"""What acts on a letter ask before they change it: the row as it stands, and whether its signer may sign."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from pendopo.ground.directory.rules import covers, today
from pendopo.simaya.kinds import profiles
from pendopo.simaya.kinds.rules import Capacity, Post, may_sign
from pendopo.simaya.kinds.rules import Delegation as Mandate
from pendopo.simaya.offices.models import Delegation

from .drafting import Content
from .models import Letter


def locked(letter: Letter) -> Letter:
    """The letter as it stands now, its row held until the transaction ends."""
    return Letter.objects.select_for_update(of=("self",)).select_related("author", "agency").get(pk=letter.pk)


def check_signer(content: Content, capacity: Capacity, every: dict[UUID, Post], letter: Letter) -> None:
    """Raises the fault of `kinds.rules.may_sign` unless the signer may sign this content today."""
    day = today(letter.agency.zone, timezone.now())
    kind = profiles.load(letter.profile).kinds[content.kind]
    given = [
        Mandate(
            str(row.of_id), str(row.to_id), row.capacity, tuple(row.kinds), row.valid.lower, row.valid.upper
        )
        for row in Delegation.objects.filter(agency=letter.agency)
        if covers(row.valid, day)
    ]
    fault = may_sign(kind, every[UUID(content.signer)], capacity, given, day)
    if fault:
        raise fault
