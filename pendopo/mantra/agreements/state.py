"""An agreement's row and its revisions: what they come to, and bringing the gateway along."""

from django.utils import timezone

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.nodes.actions import compile_node
from pendopo.ground.nodes.documents import store

from ..signing import body
from . import rules
from .models import Agreement, AgreementRevision, Side


def parties(agreement: Agreement) -> tuple[str, str]:
    """The provider's and the requester's agency, in this order."""
    if agreement.side == Side.PROVIDER:
        return agreement.agency.code, agreement.peer
    return agreement.peer, agreement.agency.code


def refold(agreement: Agreement) -> None:
    """Brings the agreement's row to what its revisions say, and the gateway with it."""
    revisions = [revision_of(row) for row in agreement.revisions.select_related("document")]
    state = rules.fold(revisions, *parties(agreement))
    offered = state == "proposed" and agreement.side == Side.REQUESTER
    agreement.state = Agreement.State.OFFERED if offered else Agreement.State(state)
    agreement.changed_at = timezone.now()
    agreement.save(update_fields=["state", "rev", "changed_at"])
    compile_node()


def revision_of(row: AgreementRevision) -> rules.Revision:
    """A kept revision as the rules see it."""
    return rules.Revision(row.rev, row.state, frozenset(row.by), body(row.document))


def add_revision(agreement: Agreement, payload: dict, raw: bytes, by: set[str], actor: Actor) -> None:
    """Keeps a revision that the agencies `by` signed."""
    AgreementRevision.objects.create(
        agreement=agreement,
        rev=payload["rev"],
        state=payload["state"],
        document=store(raw),
        by=sorted(by),
        reason=payload["reason"][:500],
        account=actor.account,
    )
