"""Activation on a phone: who you are, then address and password; and the address alone once signed in."""

import time

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from pendopo.core.errors import Fault
from pendopo.ground.accounts import actions as accounts
from pendopo.ground.accounts.models import OneTimeCode
from pendopo.ground.accounts.pages import attempt
from pendopo.ground.directory.models import Person
from pendopo.ground.web import form_page, text
from pendopo.pnsmail.service import mail

from . import actions, activation, reads
from .forms import AddressForm, ProofForm
from .models import Mailbox

PROOF = "pnsmail.proof"  # in the session: which code was proved and until when that holds; never the code
PROOF_SECONDS = 1800


@login_not_required
@sensitive_post_parameters("birth", "code")
@require_http_methods(["GET", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """Step 1: number, date of birth and the code on the sheet. Whatever does not fit gets the same words."""
    form = ProofForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        usage = attempt(request, given["number"])
        if usage is None:
            form.add_error(None, _("Too many wrong attempts. Wait five minutes, then try again."))
        else:
            try:
                code = accounts.prove(given["number"], given["code"], given["birth"])
            except ValidationError:
                form.add_error(
                    None,
                    _(
                        "Number, date of birth and code do not fit, or the code has expired. "
                        "Check all three, or ask your administrator for a new sheet."
                    ),
                )
            else:
                usage.rollback()
                return _proved(request, code)
    return form_page(request, "pnsmail/mailboxes/prove.html", form, {"steps": _steps(0)})


def _proved(request: HttpRequest, code: OneTimeCode) -> HttpResponse:
    if Mailbox.objects.filter(person=code.account.person).exists():
        messages.info(request, _("You have a mailbox already. Here the code sets a new password."))
        return redirect("accounts:activate")
    request.session[PROOF] = [str(code.pk), time.time() + PROOF_SECONDS]
    return redirect("pnsmail:activate-address")


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def finish(request: HttpRequest) -> HttpResponse:
    """Step 2: one of three addresses and the password; then the mailbox is open and its owner signed in."""
    code = _code(request)
    if code is None:
        return redirect("pnsmail:activate")
    person = code.account.person
    form = AddressForm(request.POST or None, offered=_offered(person), with_password=True)
    if form.is_valid():
        given = form.cleaned_data
        try:
            account = activation.activate(code, given["password"], given["local"])
        except ValidationError as error:
            if getattr(error, "code", "") == "code.wrong":  # used or replaced meanwhile
                request.session.pop(PROOF, None)
                return redirect("pnsmail:activate")
            form.add_error(None, error)
        except Fault as fault:
            form = _again(request, form, fault, person)
        else:
            del request.session[PROOF]
            login = Login(user=account, redirect_url=reverse("pnsmail:home"))
            return perform_password_login(request, {"username": account.username}, login)
    return _address_page(request, form, person, {"steps": _steps(1)})


def _code(request: HttpRequest) -> OneTimeCode | None:
    """The code that this browser proved in the last half hour."""
    pk, until = request.session.get(PROOF) or ("", 0)
    if until < time.time():
        return None
    return OneTimeCode.objects.filter(pk=pk, used_at=None).select_related("account__person__agency").first()


@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """For who signs in already and has no mailbox yet: the address alone."""
    person = request.actor.person
    if person is None:
        raise Http404
    if reads.own(request.actor) is not None:
        return redirect("pnsmail:home")
    form = AddressForm(request.POST or None, offered=_offered(person), with_password=False)
    if form.is_valid():
        try:
            actions.open_mailbox(person, form.cleaned_data["local"], actor=request.actor)
        except Fault as fault:
            form = _again(request, form, fault, person)
        else:
            return redirect("pnsmail:home")
    return _address_page(request, form, person, {})


def _offered(person: Person) -> list[str]:
    """The proposals; none for a name of which nothing can be made, and then the page says what to do."""
    try:
        return reads.offered(person)
    except Fault:
        return []


def _again(request: HttpRequest, form: AddressForm, fault: Fault, person: Person) -> AddressForm:
    """The form with fresh proposals: the chosen one is gone."""
    fresh = AddressForm(request.POST, offered=_offered(person), with_password="password" in form.fields)
    fresh.errors.pop("local", None)
    fresh.add_error("local", text(request, fault))
    return fresh


def _address_page(request: HttpRequest, form: AddressForm, person: Person, more: dict) -> HttpResponse:
    context = {"person": person, "domain": mail().domain, **more}
    return form_page(request, "pnsmail/mailboxes/address.html", form, context)


def _steps(now: int) -> list[dict]:
    labels = (_("Who you are"), _("Address and password"), _("Your mailbox"))
    states = ["done"] * now + ["now"] + ["next"] * len(labels)
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=False)]
