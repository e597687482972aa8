"""One's own account: preferences, sessions, activation."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from . import actions, rules
from .forms import ActivationForm, PreferencesForm

# Wrong codes: five a number in five minutes, shared by all workers through the cache in the database.
ACTIVATION_LIMIT = {"activate": "5/5m/key,60/m/ip"}


def attempt(request: HttpRequest, number: str) -> ratelimit.RateLimitUsage | None:
    """Counts one try of a code for `number`, on whichever page; None when there were too many.

    `.rollback()` on the answer forgets the try: it was right.
    """
    key = rules.username(number)
    return ratelimit.consume(request, app="accounts", action="activate", config=ACTIVATION_LIMIT, key=key)


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page the form stood on, when it is one of ours."""
    to = request.POST.get("next", "")
    return redirect(to if url_has_allowed_host_and_scheme(to, {request.get_host()}) else "/")


def me(request: HttpRequest) -> HttpResponse:
    """Preferences: language, theme, single keys."""
    account = request.actor.account
    form = PreferencesForm(request.POST or None, instance=account)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        actions.set_preferences(account, actor=request.actor, **chosen)
        with override(chosen["language"]):
            messages.success(request, _("Your preferences were saved."))
        return redirect("accounts:me")
    return render(request, "accounts/me.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """The roof's switch between light and dark."""
    account = request.actor.account
    chosen = request.POST.get("theme")
    if chosen not in account.Theme.values:
        raise Http404
    actions.set_preferences(
        account,
        actor=request.actor,
        language=account.language,
        theme=chosen,
        single_keys=account.single_keys,
    )
    return _back(request)


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The language before sign-in: the reader's own choice, kept in a cookie."""
    chosen = request.POST.get("language")
    if chosen not in dict(settings.LANGUAGES):
        raise Http404
    response = _back(request)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, chosen, max_age=365 * 86400, samesite="Lax", httponly=True
    )
    return response


@require_POST
def agency(request: HttpRequest) -> HttpResponse:
    """Work for another agency in this session: only one the account holds a role for."""
    chosen = request.POST.get("agency", "")
    for grant in request.actor.account.grants_today():
        if str(grant.agency_id) == chosen:
            request.session["agency"] = chosen
            return redirect("portal:home")
    raise Http404


@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """Where the account is signed in."""
    found = UserSession.objects.purge_and_list(request.user)
    current = request.session.session_key
    rows = sorted(found, key=lambda one: (one.session_key != current, -one.last_seen_at.timestamp()))
    return render(request, "accounts/sessions.html", {"sessions": rows, "current": current})


@require_POST
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own sessions."""
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    actions.end_session(session, actor=request.actor)
    messages.success(request, _("The session was ended."))
    return redirect("accounts:sessions")


@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """End all sessions but this one."""
    others = UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key)
    for session in others:
        actions.end_session(session, actor=request.actor)
    messages.success(request, _("All other sessions were ended."))
    return redirect("accounts:sessions")


@login_not_required
@sensitive_post_parameters("code", "password")
def activate(request: HttpRequest) -> HttpResponse:
    """Use a one-time code: choose the password; then sign in with it."""
    form = ActivationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        usage = attempt(request, given["number"])
        if usage is None:
            form.add_error(None, _("Too many wrong attempts. Wait five minutes, then try again."))
        else:
            try:
                actions.activate(given["number"], given["code"], given["password"])
            except ValidationError as error:
                form.add_error(None, error)
            else:
                usage.rollback()
                messages.success(request, _("Your password is set. Sign in with it."))
                return redirect("account_login")
    return render(request, "accounts/activate.html", {"form": form}, status=422 if form.errors else 200)
