"""Pages for when something is refused or breaks. They say what happened, what is safe and what to do."""

from __future__ import annotations

import logging
import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pendopo.core.errors import Fault

from .shell import Shell

log = logging.getLogger(__name__)


def _page(request: HttpRequest, status: int, title: str, text: str, **more: str) -> HttpResponse:
    # Nobody reads there what waits, and addresses that lead nowhere are asked for in great numbers.
    context = {"shell": Shell(request, counting=False), "title": title, "text": text, **more}
    return render(request, "portal/message.html", context, status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: the same words for absent and not yours."""
    return _page(
        request,
        404,
        _("This page is not here"),
        _("This page does not exist, or is not for you. Nothing was changed."),
    )


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: the actor's roles do not cover the act."""
    return _page(
        request,
        403,
        _("This is not yours to do"),
        _("Your role does not cover this. Nothing was changed. Your agency's administrator can grant it."),
        code=getattr(exception, "act", ""),
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the browser sent what no page of ours sends."""
    return _page(
        request,
        400,
        _("This request could not be read"),
        _("The browser sent something this page does not understand. Nothing was changed."),
    )


def fault(request: HttpRequest, exception: Fault) -> HttpResponse:
    """422: a rule refused, in its own words, with the code that people quote."""
    return _page(
        request, 422, _("This cannot be done now"), exception.text(get_language()), code=exception.code
    )


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 when a form's secret does not fit: a page kept open past sign-out, or a forged form."""
    return _page(
        request,
        403,
        _("This form has expired"),
        _("You signed in or out after this page was opened. Nothing was sent. Open it again and repeat."),
        url=request.path if request.method in ("GET", "POST") else "/",
        do=_("Open the page again"),
    )


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """429: too many attempts in a short time."""
    return _page(
        request,
        429,
        _("Too many attempts"),
        _("Wait five minutes, then try again. Nothing was changed."),
    )


def broken(request: HttpRequest) -> HttpResponse:
    """500: ours. The code ties the page to the log; the page needs no database."""
    code = secrets.token_hex(4)
    log.error("error page %s for %s %s", code, request.method, request.path, exc_info=True)
    return render(None, "portal/broken.html", {"code": code}, status=500)
