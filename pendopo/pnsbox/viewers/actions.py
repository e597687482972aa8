"""People of an office who may look at it here although their agency lives on another node, or on none."""

from pendopo.core.errors import Fault
from pendopo.ground.accounts import grants
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.models import Account, RoleGrant
from pendopo.ground.accounts.rules import username
from pendopo.ground.audit.act import act
from pendopo.pnsbox.acts import VIEWER
from pendopo.pnsbox.sites.models import Site


def let_look(site: Site, number: str, *, actor: Actor) -> None:
    """The account that signs in by `number` sees the sites of the site's agency from now on.

    It is one of the actor's own agency, made for a guest. `Fault pnsbox.viewer_hosted` where the agency lives
    on this node, for there its own administrator gives the role; `pnsbox.viewer` for an unknown number.
    """
    with act("pnsbox.viewer.edit", actor=actor, subject=site) as line:
        line.detail |= {"of": site.of.code, "account": number[:64]}
        if site.of.hosted:
            raise Fault("pnsbox.viewer_hosted", agency=site.of.code)
        account = Account.objects.filter(username=username(number), person__agency=actor.agency).first()
        if account is None:
            raise Fault("pnsbox.viewer", number=number[:64])
        grants.hold(account, site.of, "pnsbox", VIEWER, by=actor.account)


def end_look(site: Site, grant: RoleGrant, *, actor: Actor) -> None:
    """One of the site's viewers sees it no more. Faults as in `let_look`."""
    with act("pnsbox.viewer.edit", actor=actor, subject=site) as line:
        line.detail |= {"of": site.of.code, "account": grant.account.username, "removed": True}
        if site.of.hosted:
            raise Fault("pnsbox.viewer_hosted", agency=site.of.code)
        grants.end(grant)
