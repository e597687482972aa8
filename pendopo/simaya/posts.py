"""Posts of an agency as the rules see them: who stands above whom, and which are a region's offices."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.utils import timezone

from pendopo.ground.accounts.models import RoleGrant
from pendopo.ground.directory.models import Agency, Assignment, Position, Unit
from pendopo.ground.directory.rules import today

from . import acts
from .kinds.rules import Post
from .offices.models import PostCode


def posts(agency: Agency) -> dict[UUID, Post]:
    """Every post of an agency by its id: three queries, whatever the size.

    The line above a post: the head of its own unit (unless it is that), then the heads of the units above.
    A unit without a heading post is passed over; of several heading posts the first by title counts.
    """
    units = {unit.pk: unit.parent_id for unit in Unit.objects.filter(agency=agency)}
    positions = list(Position.objects.filter(unit__agency=agency).order_by("title", "id"))
    regions = dict(PostCode.objects.filter(agency=agency).values_list("position_id", "region"))
    heads: dict[UUID, UUID] = {}
    for position in positions:
        if position.heads:
            heads.setdefault(position.unit_id, position.pk)
    return {
        position.pk: Post(
            str(position.pk),
            position.title,
            tuple(str(key) for key in _line(position, units, heads)),
            position.heads,
            regions.get(position.pk, ""),
        )
        for position in positions
    }


def _line(position: Position, units: dict[UUID, UUID | None], heads: dict[UUID, UUID]) -> Iterable[UUID]:
    unit: UUID | None = position.unit_id
    seen: set[UUID] = set()
    while unit is not None and unit not in seen:
        seen.add(unit)
        head = heads.get(unit)
        if head is not None and head != position.pk:
            yield head
        unit = units.get(unit)


def below(post: Post, every: Iterable[Post]) -> list[Post]:
    """Whom the holder of `post` may send a disposition to: the posts whose nearest above it is.

    One level below, by default: heads of the units below and the members of one's own unit.
    """
    return [other for other in every if other.line[:1] == (post.key,)]


def holders(agency: Agency, keys: Collection[UUID]) -> dict[UUID, list[Assignment]]:
    """Who holds these posts today, by post, whoever acts in one last. Posts of nobody are absent."""
    found: dict[UUID, list[Assignment]] = {}
    rows = Assignment.objects.filter(
        position__in=keys, position__unit__agency=agency, valid__contains=today(agency.zone, timezone.now())
    )
    for one in rows.select_related("person", "position").order_by("kind", "id"):
        found.setdefault(one.position_id, []).append(one)
    return found


def cleared(agency: Agency, keys: Collection[UUID]) -> set[UUID]:
    """Those of the posts that somebody holds today who may be party to secret letters."""
    day = today(agency.zone, timezone.now())
    people = RoleGrant.objects.filter(
        agency=agency, room="simaya", role=acts.CLEARED, valid__contains=day
    ).values_list("account__person", flat=True)
    known = set(people)
    return {
        post for post, held in holders(agency, keys).items() if any(one.person_id in known for one in held)
    }
