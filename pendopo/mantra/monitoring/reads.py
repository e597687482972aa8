"""Looking at what was exchanged."""

from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet, Sum
from django.utils import timezone

from pendopo.ground.accounts.actor import Actor

from ..agreements.models import Agreement
from ..door import door
from .models import Transaction, Usage


def access_transaction(actor: Actor, id) -> Transaction:
    """The transaction, if it is the actor's agency's and the actor may see transactions."""
    return door(Transaction.objects.all(), actor, id, "mantra.transaction.view")


def transactions(
    actor: Actor, *, show: str = "", query: str = "", since: date | None = None, until: date | None = None
) -> QuerySet[Transaction]:
    """The agency's exchanges and refusals, newest first.

    `show`: "out" (rows left this agency), "in" (this agency asked), "refused", "deliveries" (documents
    between portals); empty: all but deliveries. `query` is part of an identifier.
    """
    found = Transaction.objects.filter(agency=actor.agency, internal=show == "deliveries")
    if show in ("out", "in"):
        found = found.filter(side="provider" if show == "out" else "requester", kind="exchange")
    elif show == "refused":
        found = found.filter(kind="refusal")
    if query:
        found = found.filter(words__contains=query.lower())
    zone = timezone.get_current_timezone()
    if since:
        found = found.filter(at__gte=datetime.combine(since, time.min, zone))
    if until:
        found = found.filter(at__lt=datetime.combine(until + timedelta(days=1), time.min, zone))
    return found


def of_agreement(agreement: Agreement) -> QuerySet[Transaction]:
    """What one agreement carried and refused, newest first."""
    return Transaction.objects.filter(
        agency_id=agreement.agency_id, side=agreement.side, agreement=agreement.number
    )


def agreement_of(row: Transaction) -> Agreement | None:
    """The agreement that an entry names, as the same agency keeps it."""
    if row.agreement is None:
        return None
    return Agreement.objects.filter(agency_id=row.agency_id, side=row.side, number=row.agreement).first()


def by_exchange(actor: Actor, exchange_id: str) -> Transaction | None:
    """The agency's own entry of an exchange, if it took part in it."""
    return Transaction.objects.filter(agency=actor.agency, exchange_id=exchange_id).order_by("-seq").first()


def totals(agreement: Agreement) -> dict[str, int]:
    """What an agreement has carried since it began: ok, refused, rows, bytes."""
    sums = Usage.objects.filter(
        agency_id=agreement.agency_id, side=agreement.side, agreement=agreement.number
    ).aggregate(ok=Sum("ok"), refused=Sum("refused"), rows=Sum("rows"), bytes=Sum("bytes"))
    return {name: value or 0 for name, value in sums.items()}
