"""In which ways a letter of an agency can be signed today: posts in their own name, and for others."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from pendopo.ground.directory.models import Agency
from pendopo.ground.directory.rules import today
from pendopo.simaya.kinds.rules import Post
from pendopo.simaya.offices.models import Delegation


def signers(agency: Agency, every: dict[UUID, Post]) -> list[tuple[str, str]]:
    """Choices: ids joined by ":" (who signs, then for whom, highest first) and their words.

    Heads of units in their own name, the highest first; then each written mandate in force, a.n. and u.b.
    Whether the chosen kind may be signed so, `kinds.rules.may_sign` says when the letter is submitted.
    """
    heads = sorted((post for post in every.values() if post.heads), key=lambda post: len(post.line))
    found = [(post.key, post.title) for post in heads]
    day = today(agency.zone, timezone.now())
    given = {
        (row.of_id, row.to_id, row.capacity)
        for row in Delegation.objects.filter(agency=agency, valid__contains=day)
    }
    for of, to, capacity in sorted(given, key=str):
        if capacity == Delegation.Capacity.AN:
            found.append((f"{to}:{of}", f"{every[to].title} a.n. {every[of].title}"))
            found += [
                (
                    f"{below}:{of}:{to}",
                    f"{every[below].title} u.b. {every[to].title} a.n. {every[of].title}",
                )
                for by, below, how in sorted(given, key=str)
                if by == to and how == Delegation.Capacity.UB
            ]
    return found
