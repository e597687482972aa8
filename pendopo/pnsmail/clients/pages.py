"""Files that mail programs and mail servers fetch by themselves; nothing in them is anybody's own."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pendopo.pnsmail.domains import rules as domains
from pendopo.pnsmail.service import mail, servers

from . import rules


def title() -> str:
    """What programs call the service."""
    return _("Mail %(domain)s") % {"domain": mail().domain}


@login_not_required
@require_safe
def autoconfig(request: HttpRequest) -> HttpResponse:
    """Mozilla's file for the domain."""
    return HttpResponse(
        rules.autoconfig(mail().domain, title(), servers()), content_type="application/xml; charset=utf-8"
    )


@login_not_required
@require_safe
def tls_policy(request: HttpRequest) -> HttpResponse:
    """By which other servers know that mail to the domain travels encrypted (RFC 8461).

    Reports first, refusals later: `testing` until the operator has seen a week of reports without a fault.
    """
    text = domains.tls_policy(mail().hostname, enforced=False)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
