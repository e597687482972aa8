"""Pages of a letter that nobody has signed yet, as drawings that its pages show."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from pendopo.core.errors import Fault
from pendopo.ground.directory.models import Agency
from pendopo.ground.web import text
from pendopo.simaya.paper import render
from pendopo.simaya.posts import posts

from . import reads, sheets
from .drafting import Content
from .models import Letter

# The drawing as an image runs nothing; opened by itself it may not either.
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def drawings(content: Content, agency: Agency) -> list[bytes]:
    """The pages (SVG) as they would be signed today; faults of `paper.render` and of signature blocks."""
    signer = sheets.holder(content.signer, agency) if content.signer else None
    return render.drawings(sheets.page(content, sheets.office_of(agency), posts(agency), signer))


def pages_of(request: HttpRequest, letter: Letter, content: Content) -> dict:
    """For a template: the addresses of the pages, or why they cannot be set."""
    try:
        count = len(drawings(content, letter.agency))
    except Fault as fault:
        return {"why": text(request, fault)}
    addresses = (reverse("simaya:letter-drawing", args=[letter.pk, n]) for n in range(1, count + 1))
    return {"pages": [f"{address}?v={letter.v}" for address in addresses]}


@require_GET
def drawing(request: HttpRequest, id, n: int) -> HttpResponse:
    """Page `n` of a letter that is not signed yet."""
    letter = reads.open_door(request.actor, id, "out")
    if letter.state == Letter.State.SIGNED:
        raise Http404
    try:
        pages = drawings(reads.content(letter), letter.agency)
    except Fault:
        raise Http404 from None
    if not 1 <= n <= len(pages):
        raise Http404
    answer = HttpResponse(pages[n - 1], content_type="image/svg+xml")
    answer["Content-Security-Policy"] = SANDBOX
    return answer
