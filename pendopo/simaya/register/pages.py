"""The register books: every number that was given, on a page that prints, and as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.directory.rules import today
from pendopo.ground.web import need
from pendopo.simaya.letters.reads import subject
from pendopo.simaya.offices.models import Office

from . import reads
from .models import Book, Number

BOOKS = {"agenda": Book.AGENDA, "keluar": Book.OUT}
ROWS = 200  # of a page, so that a month or a quarter prints at once
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would calculate


def reasons() -> dict[str, str]:
    """Why a number is void, in words."""
    return {
        "withdrawn": _("the letter was withdrawn"),
        "rejected": _("the letter was rejected"),
        "year_passed": _("the year passed"),
        "paper_spoiled": _("the paper was spoiled"),
    }


@require_GET
def this_year(request: HttpRequest, name: str) -> HttpResponse:
    """The volume of this year."""
    need(request, "simaya.number.view")
    return redirect("simaya:book", name, today(request.actor.agency.zone, timezone.now()).year)


@require_GET
def book(request: HttpRequest, name: str, year: int) -> HttpResponse:
    """One volume of a book."""
    numbers = _numbers(request, name, year)
    page = Paginator(numbers, ROWS).get_page(request.GET.get("page"))
    current = today(request.actor.agency.zone, timezone.now()).year
    context = {
        "name": name,
        "incoming": name == "agenda",
        "year": year,
        "earlier": year - 1 if reads.book(request.actor, BOOKS[name], year - 1).exists() else None,
        "later": year + 1 if year < current else None,
        "page": page,
        "rows": [_row(number, request.actor) for number in page],
        "office": Office.objects.filter(agency=request.actor.agency).first(),
        "now": timezone.now(),
    }
    return render(request, "simaya/register/book.html", context)


@require_GET
def table(request: HttpRequest, name: str, year: int) -> HttpResponse:
    """The whole volume as a CSV file that spreadsheets open."""
    numbers = _numbers(request, name, year)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="buku-{name}-{year}.csv"'
    response.write("\ufeff")
    out = csv.writer(response, delimiter=";")
    party, theirs = _("From whom") if name == "agenda" else _("To"), _("Number of the letter")
    out.writerow([_("No."), _("Number"), _("Given"), party, theirs, _("Date"), _("Subject"), _("State")])
    for number in numbers.iterator(500):
        row = _row(number, request.actor)
        out.writerow(
            _cells(
                number.seq, number.text, _iso(row["at"]), row["party"], row["number"], _iso(row["day"]),
                row["subject"], row["state"],
            )
        )  # fmt: skip
    return response


def _numbers(request: HttpRequest, name: str, year: int):
    if name not in BOOKS or not 2000 <= year <= 9999:
        raise Http404
    need(request, "simaya.number.view")
    return reads.book(request.actor, BOOKS[name], year)


def _row(number: Number, actor: Actor) -> dict:
    """A line of the book. A void number keeps its line, with the reason."""
    letter, void = number.letter, number.state == Number.State.VOID
    state = str(number.get_state_display())
    return {
        "seq": number.seq,
        "text": number.text,
        "at": timezone.localtime(number.settled_at or number.at).date(),
        "void": void,
        "state": f"{state}: {reasons()[number.reason]}" if void else state,
        "party": _party(letter),
        "number": letter.number if letter else "",
        "day": letter.day if letter else None,
        "subject": subject(letter, actor) if letter else "",
    }


def _party(letter) -> str:
    if letter is None:
        return ""
    if letter.side == "in":
        return letter.peer_name
    return "; ".join(one.line for one in letter.recipients.all() if one.role == "to")


def _iso(day: date | None) -> str:
    return date_format(day, "Y-m-d") if day else ""


def _cells(*values: object) -> Iterable[object]:
    """What the letters' writers chose must not become a formula in somebody's spreadsheet."""
    return [f"'{one}" if isinstance(one, str) and one.startswith(FORMULA) else one for one in values]
