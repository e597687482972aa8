"""The register book: every number that was given, in order, void ones with their reason."""

from django.db.models import Count, Max, QuerySet

from pendopo.ground.accounts.actor import Actor
from pendopo.simaya import acts

from .models import Counter, Number


def book(actor: Actor, book: str, year: int) -> QuerySet[Number]:
    """The numbers of one volume of the actor's agency, by sequence and number; none without the right."""
    if actor.agency is None or not actor.roles("simaya") & acts.TABLE["simaya.number.view"]:
        return Number.objects.none()
    rows = Number.objects.filter(agency=actor.agency, book=book, year=year)
    return rows.select_related("letter").prefetch_related("letter__recipients").order_by("counter", "seq")


def gaps(agency) -> list[Counter]:
    """Sequences of an agency that miss a number: none, unless somebody changed the database by hand."""
    counted = Counter.objects.filter(agency=agency).annotate(n=Count("numbers"), top=Max("numbers__seq"))
    return [counter for counter in counted if not counter.last == counter.n == counter.top]
