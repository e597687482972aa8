"""Notices, and messages that did not get through."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from pendopo.ground.accounts.door import access, require

from . import actions, reads
from .models import Inbox, Outbox


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """The account's notices."""
    told = reads.notices(request.actor)
    return render(request, "delivery/notices.html", {"told": told, "unseen": reads.unseen(request.actor)})


@require_GET
def notice(request: HttpRequest, pk) -> HttpResponse:
    """Follows a notice to its place; from now on it counts as seen."""
    row = get_object_or_404(reads.on_bell(request.actor).select_related("notice"), notice_id=pk)
    actions.mark_seen(row.notice, actor=request.actor)
    return redirect(row.notice.url)


@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """All notices are seen."""
    actions.mark_seen(actor=request.actor)
    return redirect("delivery:notices")


@require_GET
def troubles(request: HttpRequest) -> HttpResponse:
    """The agency's messages that wait, were given up or were not handled."""
    require("delivery.message.view", request.actor, request.actor.agency)
    return render(request, "delivery/troubles.html", {"troubles": reads.troubles(request.actor.agency)})


@require_POST
def again_out(request: HttpRequest, pk) -> HttpResponse:
    """Sends a given-up message again."""
    row = access(request.actor, Outbox.objects.select_related("agency"), pk, "delivery.message.retry")
    actions.send_again(row, actor=request.actor)
    messages.success(request, _("The message is on its way again."))
    return redirect("delivery:troubles")


@require_POST
def again_in(request: HttpRequest, pk) -> HttpResponse:
    """Handles a message again that was not handled."""
    row = access(request.actor, Inbox.objects.select_related("agency"), pk, "delivery.message.retry")
    if actions.take_again(row, actor=request.actor):
        messages.success(request, _("The message was handled."))
    else:
        messages.error(request, _("The message could still not be handled. The reason stands beside it."))
    return redirect("delivery:troubles")
