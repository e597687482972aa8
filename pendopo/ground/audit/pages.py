"""The agency's audit: who did what, newest first."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pendopo.ground.accounts.door import require

from .models import Line


@require_safe
def lines(request: HttpRequest) -> HttpResponse:
    """Lines of the actor's agency; `who` narrows to a name or number, `act` to an act's beginning."""
    agency = request.actor.agency
    require("audit.read", request.actor, agency)
    who, act = (request.GET.get(name, "").strip()[:80] for name in ("who", "act"))
    rows = Line.objects.filter(agency=agency)
    if who:
        rows = rows.filter(actor__name__icontains=who) | rows.filter(actor__username=who)
    if act:
        rows = rows.filter(act__startswith=act)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "audit/lines.html", {"page": page, "who": who, "act": act})
