"""What every request passes: headers, the actor, the reader's language and the agency's time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.directory.models import Agency

from . import failures

Handler = Callable[[HttpRequest], HttpResponse]

# Nothing from elsewhere, nothing inline. `data:` is for the tick and arrow that Tabler's style sheet carries.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",  # a message's HTML, which answers with a policy of its own
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}

MINUTE = timedelta(minutes=1)
NOTED = 10_000  # sessions that a process remembers
_noted: dict[str, datetime] = {}  # session → when this process noted it last


def security_headers(get_response: Handler) -> Handler:
    """Headers Django's SecurityMiddleware does not know; pages with people's data are never stored."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not response.has_header("Cache-Control"):
            response.headers["Cache-Control"] = "no-store"
        patch_vary_headers(response, ["HX-Request"])
        return response

    return middleware


def house(get_response: Handler) -> Handler:
    """Set `request.actor` (None when signed out), activate the reader's language and the agency's zone.

    Indonesian first: signed out, only the reader's own choice (a cookie) changes the language.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        account = request.user if request.user.is_authenticated else None
        request.actor = Actor.of(account, _chosen_agency(request)) if account else None
        chosen = account.language if account else request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        agency = request.actor.agency if request.actor else None
        zone = ZoneInfo(agency.zone) if agency else timezone.get_default_timezone()
        if account:
            _note_seen(request)
        with translation.override(language), timezone.override(zone):
            request.LANGUAGE_CODE = language
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    return middleware


def _note_seen(request: HttpRequest) -> None:
    """When the session was last seen, to the minute: one statement a minute from each process."""
    now, key = timezone.now(), request.session.session_key
    if key in _noted and timedelta() <= now - _noted[key] < MINUTE:
        return
    if len(_noted) >= NOTED:
        _noted.clear()
    _noted[key] = now
    UserSession.objects.filter(session_key=key, last_seen_at__lt=now - MINUTE).update(last_seen_at=now)


def _chosen_agency(request: HttpRequest) -> Agency | None:
    """The agency this session works for, when the account serves several and chose one."""
    chosen = request.session.get("agency")
    return Agency.objects.filter(pk=chosen).first() if chosen else None


class Unprocessable:
    """Answers 422 where something in a request needs fixing (400 where nothing can be made of it).

    A page that shows a form with errors, also when a library's view made it; and a fault of a rule that
    no page expected: it is told in words, with its code, and is never a traceback.
    """

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        """After the view, before rendering."""
        form = (response.context_data or {}).get("form")
        if response.status_code == 200 and request.method == "POST" and getattr(form, "errors", None):
            response.status_code = 422
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A core fault as a page; 400 for a NUL in what an address asks, which no database compares with
        anything, where no page took it out; everything else goes its usual way."""
        if isinstance(exception, Fault):
            return failures.fault(request, exception)
        if "%00" in request.META.get("QUERY_STRING", "") and "NUL (0x00)" in str(exception):
            raise BadRequest("NUL") from exception
        return None
