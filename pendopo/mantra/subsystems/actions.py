"""Making subsystems, giving them tokens, removing them."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.audit.act import act
from pendopo.ground.nodes.actions import compile_node

from ..agreements.models import Agreement
from . import rules
from .models import Subsystem


def create_subsystem(*, code: str, name: str, auth: str, actor: Actor) -> Subsystem:
    """A new subsystem of the actor's agency. `Fault mantra.code_*` for a code that cannot be used."""
    subsystem = Subsystem(agency=actor.agency, code=code, name=name, auth=auth)
    with act("mantra.subsystem.create", actor=actor, subject=subsystem) as line:
        if problem := rules.code_problem(code):
            raise Fault(f"mantra.code_{problem}", text=code)
        try:
            with transaction.atomic():
                subsystem.save(force_insert=True)
        except IntegrityError:
            raise Fault("mantra.code_taken", text=code) from None
        line.detail |= {"code": code, "auth": auth}
        compile_node()
    return subsystem


def change_auth(subsystem: Subsystem, auth: str, *, actor: Actor) -> None:
    """How programs of the subsystem say who they are: "none" or "bearer". The token is kept."""
    with act("mantra.subsystem.token", actor=actor, subject=subsystem) as line:
        subsystem.auth = Subsystem.Auth(auth)
        subsystem.save(update_fields=["auth"])
        line.detail["auth"] = auth
        compile_node()


def new_token(subsystem: Subsystem, *, actor: Actor) -> str:
    """Gives the subsystem a token and returns it: this once. The one before stops working."""
    with act("mantra.subsystem.token", actor=actor, subject=subsystem):
        token = rules.new_token()
        subsystem.token_sha = rules.token_sha(token)
        subsystem.token_at = timezone.now()
        subsystem.auth = Subsystem.Auth.BEARER
        subsystem.save(update_fields=["token_sha", "token_at", "auth"])
        compile_node()
    return token


def remove_subsystem(subsystem: Subsystem, *, actor: Actor) -> None:
    """Removes one that nothing hangs on. `Fault mantra.subsystem_used` when services or agreements do."""
    with act("mantra.subsystem.remove", actor=actor, subject=subsystem) as line:
        line.detail["code"] = subsystem.code
        if subsystem.services.exists() or _in_use(subsystem):
            raise Fault("mantra.subsystem_used", name=subsystem.name)
        subsystem.delete()
        compile_node()


def _in_use(subsystem: Subsystem) -> bool:
    """Whether an agreement was made in the name of the subsystem."""
    return Agreement.objects.filter(agency=subsystem.agency, subsystem=subsystem.path).exists()
