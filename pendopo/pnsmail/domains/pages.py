"""What the mail domain publishes in the DNS, ready to paste, and the keys that sign its mail."""

from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pendopo.ground.web import done_or_said, need
from pendopo.mailer import dkim
from pendopo.pnsmail.mailboxes import reads
from pendopo.pnsmail.service import address, engine, mail

from . import resolver, rules, signing


@require_safe
def domain(request: HttpRequest) -> HttpResponse:
    """Every record as a line of a zone file; with `?periksa=1` what the DNS says of each."""
    need(request, "pnsmail.read")
    found, keys = mail(), signing.keys()
    spare = rules.spare(keys, timezone.now()) if keys else ()
    # What the TLS policy says follows from the settings alone.
    changed = datetime.fromtimestamp(settings.HOME.config.stat().st_mtime, UTC)
    published = [one for one in dkim.published(engine().dkim, found.domain) if one[0] not in spare]
    records = rules.wanted(found.domain, found.hostname, published, address("postmaster"), changed)
    looked = found.dns and "periksa" in request.GET
    keepers = list(reads.caretakers())
    own = [one for one in keepers if one.agency_id == request.actor.agency.pk]
    context = {
        "mail": found,
        "records": records,
        "states": list(zip(records, resolver.look(records), strict=True)) if looked else [],
        "keys": keys,
        "next_record": signing.record(keys.next) if keys and keys.next else None,
        "due": keys.since + rules.SIGNS if keys else None,
        "spare": [signing.record(one).name for one in spare],
        "caretakers": own,
        "others": len(keepers) - len(own),
    }
    return render(request, "pnsmail/domains/domain.html", context)


@require_POST
def key_sign(request: HttpRequest) -> HttpResponse:
    """The next key's record is published: it signs from now on."""
    need(request, "pnsmail.key.sign")
    return done_or_said(
        request,
        lambda: signing.change_over(actor=request.actor),
        _("Mail is signed with the new key from now on."),
        "pnsmail:domain",
    )
