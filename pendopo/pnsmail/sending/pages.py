"""The administrator's press by which a stopped account sends again."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pendopo.ground.accounts.door import access
from pendopo.ground.web import done_or_said
from pendopo.pnsmail.mailboxes.models import Mailbox

from . import actions


@require_POST
def resume(request: HttpRequest, id: UUID) -> HttpResponse:
    """It may send as much as anybody again."""
    rows = Mailbox.objects.select_related("person__account")
    found = access(request.actor, rows, id, "pnsmail.sending.resume")
    said = _("%(address)s sends again.") % {"address": found.address}
    return done_or_said(
        request, lambda: actions.resume(found, actor=request.actor), said, "pnsmail:mailbox", found.pk
    )
