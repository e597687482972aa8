"""This node's state and keys, and on a registry's node its members."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.door import require
from pendopo.ground.accounts.rights import allowed

from . import actions, keys, reads, state, words
from .forms import InviteForm, RevokeForm
from .models import Enrolment, Key, Member, Node

# Where a fault of an invitation belongs on its form.
INVITE_FIELDS = {
    "id.malformed": "agency",
    "nodes.invite_instance": "agency",
    "nodes.invite_member": "agency",
    "nodes.invite_stranger": "agency",
    "nodes.invite_revoked": "agency",
    "nodes.invite_name": "agency_name",
    "nodes.invite_node": "node",
}


@require_GET
def node(request: HttpRequest) -> HttpResponse:
    """How this node stands."""
    require("nodes.view", request.actor)
    found = state.overview()
    found["fault_text"] = found["fault"] and found["fault"].text(get_language())
    found["peers"] = words.peers(found["gateway"])
    return render(request, "nodes/node.html", {"home": settings.HOME, **found})


@require_GET
def own_keys(request: HttpRequest) -> HttpResponse:
    """The keys of the actor's agency; for the operator the node's own too."""
    agency = request.actor.agency
    require("nodes.key.rotate", request.actor, agency)
    rows = state.own_keys() if allowed("nodes.view", request.actor) else state.own_keys(agency)
    mine = [row for row in rows if row.owner == f"agency:{agency.code}" or row.owner.startswith("node:")]
    may = _uses(request.actor)
    return render(request, "nodes/keys.html", {"keys": [words.key(row, may) for row in mine]})


def rotate(request: HttpRequest, use: str) -> HttpResponse:
    """Asks, then replaces a key."""
    agency = request.actor.agency
    require("nodes.key.rotate", request.actor, agency)
    if use not in _uses(request.actor):
        raise Http404
    if request.method == "POST":
        try:
            actions.rotate_key(agency, use, actor=request.actor)
        except Fault as fault:
            messages.error(request, fault.text(get_language()))
        else:
            messages.success(
                request, _("The new key is made. It signs as soon as the registry has certified it.")
            )
        return redirect("nodes:keys")
    return render(request, "nodes/rotate.html", {"question": words.rotate(use)})


def _uses(actor: Actor) -> tuple[str, ...]:
    """An agency's keys are its administrator's matter, the node's log key the operator's."""
    return actions.USES if allowed("nodes.view", actor) else (*keys.AGENCY_USES, keys.LETTER)


@require_GET
def members(request: HttpRequest) -> HttpResponse:
    """The registry: members, nodes and open invitations."""
    _registry("nodes.member.invite", request)
    found = state.registry_overview()
    for row in found["members"]:
        for one in row["keys"]:
            one["use"] = words.use(one["key"].use)
    return render(request, "nodes/members.html", found)


def invite(request: HttpRequest) -> HttpResponse:
    """Asks whom to invite; the answer is the token, shown once."""
    _registry("nodes.member.invite", request)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            token = actions.invite(
                given["agency"],
                given["agency_name"],
                given["node"],
                actor=request.actor,
                rekey=given["rekey"],
            )
        except Fault as fault:
            form.add_error(INVITE_FIELDS.get(fault.code), fault.text(get_language()))
        else:
            return render(request, "nodes/token.html", {"token": str(token), **given})
    return render(request, "nodes/invite.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def withdraw(request: HttpRequest, pk) -> HttpResponse:
    """Takes an invitation back."""
    _registry("nodes.member.withdraw", request)
    actions.withdraw(get_object_or_404(Enrolment, pk=pk), actor=request.actor)
    messages.success(request, _("The invitation was withdrawn."))
    return redirect("nodes:members")


def revoke(request: HttpRequest, kind: str, subject: str) -> HttpResponse:
    """Asks for reason and name, then revokes for good."""
    _registry("nodes.revoke", request)
    known = {"node": Node, "agency": Member, "key": Key}
    if kind not in known or not known[kind].objects.filter(pk=subject).exists():
        raise Http404
    form = RevokeForm(request.POST or None, subject=subject)
    if request.method == "POST" and form.is_valid():
        try:
            actions.revoke(kind, subject, form.cleaned_data["why"], actor=request.actor)
        except Fault as fault:
            form.add_error(None, fault.text(get_language()))
        else:
            if reads.registry().revoked_at(kind, subject) is None:
                messages.warning(
                    request, _("Revoked and kept. The gateway is down: others learn of it when it is back.")
                )
            else:
                messages.success(request, _("%(name)s is revoked. Linked gateways know.") % {"name": subject})
            return redirect("nodes:members")
    context = {"form": form, "subject": subject, **words.revoke(kind, subject)}
    return render(request, "nodes/revoke.html", context, status=422 if form.errors else 200)


def _registry(act: str, request: HttpRequest) -> None:
    """Refused without the right; 404 on a node that is no registry."""
    require(act, request.actor)
    if not settings.HOME.registry:
        raise Http404
