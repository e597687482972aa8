"""Mailboxes: one's own, the agency's, and which addresses a person may have."""

from django.db.models import Q, QuerySet

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.models import Account, RoleGrant
from pendopo.ground.directory.models import Agency, Person
from pendopo.pnsmail.addresses import rules
from pendopo.pnsmail.service import address, mail

from .models import Mailbox


def own(actor: Actor) -> Mailbox | None:
    """The actor's mailbox."""
    if actor.person is None:
        return None
    return Mailbox.objects.filter(person=actor.person).select_related("person__account").first()


def of_agency(agency: Agency, q: str = "", state: str = "", quota_class: str = "") -> QuerySet[Mailbox]:
    """The mailboxes of people whose records `agency` keeps, by name or address, state and class."""
    rows = Mailbox.objects.filter(person__agency=agency).select_related("person__account")
    if q:
        rows = rows.filter(Q(person__name__icontains=q) | Q(address__icontains=q))
    if state:
        rows = rows.filter(state=state)
    if quota_class:
        rows = rows.filter(quota_class=quota_class)
    return rows.order_by("person__name", "id")


def caretakers() -> QuerySet[Mailbox]:
    """The mailboxes of whoever looks after mail on this node today, of every agency: the domain is theirs."""
    grants = RoleGrant.objects.filter(
        RoleGrant.valid_today(),
        room="pnsmail",
        role="administrator",
        account__state=Account.State.ACTIVE,
    )
    rows = Mailbox.objects.filter(person__account__in=grants.values("account")).select_related("person")
    return rows.exclude(state=Mailbox.State.CLOSED).order_by("address")


def offered(person: Person) -> list[str]:
    """What may stand before the @ in the address of `person`: three, the best first. `Fault pnsmail.name`."""
    given = _given(rules.words(person.name))
    return rules.proposals(person.name, lambda local: address(local) in given)


def _given(words: list[str]) -> set[str]:
    """The addresses given away that begin like one made of `words`, in one question."""
    if not words:
        return set()
    first, last = words[0], words[-1]
    # An initial alone would ask for every address that begins with the letter.
    begins = {last, f"{first[0]}.{last}", f"{first[0]}.{first}", f"{first}.", f"{first}{last}"}
    if len(first) > 1:
        begins.add(first)
    asked = Q()
    for begin in begins:
        asked |= Q(address__startswith=begin)
    return set(
        Mailbox.objects.filter(asked, address__endswith=f"@{mail().domain}").values_list("address", flat=True)
    )
