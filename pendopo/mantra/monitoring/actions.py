"""Taking evidence out of the house."""

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.nodes import reads as nodes

from . import reads


def download_evidence(exchange_id: str, *, actor: Actor) -> bytes:
    """One file that proves an exchange of the actor's agency to a third party (evidence/1).

    `Fault mantra.exchange_unknown` when the agency has no record of it: unknown, of others, or not yet read,
    which must not be told apart. The gateway's faults otherwise.
    """
    with act("mantra.evidence.download", actor=actor, subject=actor.agency) as line:
        line.detail["exchange"] = exchange_id
        if reads.by_exchange(actor, exchange_id) is None:
            raise Fault("mantra.exchange_unknown")
        return nodes.gateway().evidence(exchange_id)
