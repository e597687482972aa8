"""What the mail domain publishes in the DNS, ready to paste."""

from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pendopo.ground.web import need
from pendopo.mailer import dkim
from pendopo.pnsmail.mailboxes import reads
from pendopo.pnsmail.service import address, engine, mail

from . import rules


@require_safe
def domain(request: HttpRequest) -> HttpResponse:
    """Every record as a line of a zone file."""
    need(request, "pnsmail.read")
    found = mail()
    # What the TLS policy says follows from the settings alone.
    changed = datetime.fromtimestamp(settings.HOME.config.stat().st_mtime, UTC)
    keys = dkim.published(engine().dkim, found.domain)
    records = rules.wanted(found.domain, found.hostname, keys, address("postmaster"), changed)
    keepers = list(reads.caretakers())
    own = [one for one in keepers if one.agency_id == request.actor.agency.pk]
    context = {
        "mail": found,
        "records": records,
        "signs": bool(keys),
        "caretakers": own,
        "others": len(keepers) - len(own),
    }
    return render(request, "pnsmail/domains/domain.html", context)
