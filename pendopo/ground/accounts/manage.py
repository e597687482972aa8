"""The administrator's pages: accounts of the agency, their one-time codes and roles."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from pendopo.ground.directory import actions as directory
from pendopo.ground.directory.models import Person

from . import actions, roles
from .door import access, require
from .forms import ExistingPersonForm, NewAccountForm, ResetForm, RolesForm
from .models import Account, RoleGrant


def _accounts(actor):
    """The accounts of people whose records the actor's agency keeps."""
    return Account.objects.filter(person__agency=actor.agency).select_related("person__agency")


def _account(request: HttpRequest, pk, act: str = "accounts.read") -> Account:
    return access(request.actor, Account.objects.select_related("person__agency"), pk, act)


def _hands_out_operator(request: HttpRequest) -> bool:
    return "operator" in request.actor.roles("ground")


@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """Who can sign in, with roles."""
    require("accounts.read", request.actor, request.actor.agency)
    q = request.GET.get("q", "").strip()[:80]
    rows = _accounts(request.actor).prefetch_related("grants").order_by("person__name")
    if q:
        rows = rows.filter(Q(person__name__icontains=q) | Q(username__startswith=q))
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "accounts/accounts.html", {"page": page, "q": q})


def account_new(request: HttpRequest) -> HttpResponse:
    """A new person with an account; the answer is the sheet with the one-time code."""
    require("accounts.account.create", request.actor, request.actor.agency)
    form = NewAccountForm(request.POST or None, operator=_hands_out_operator(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():
                person = directory.create_person(
                    request.actor.agency,
                    given["name"],
                    given["scheme"],
                    given["number"],
                    front_title=given["front_title"],
                    back_title=given["back_title"],
                    actor=request.actor,
                )
                account, code = actions.create_account(person, form.picked(), actor=request.actor)
        except ValidationError as error:
            form.add_error("number", error)
        else:
            return _sheet(request, account, code)
    return render(request, "accounts/account_new.html", {"form": form}, status=422 if form.errors else 200)


def account_for(request: HttpRequest) -> HttpResponse:
    """An account for a person of the directory."""
    require("accounts.account.create", request.actor, request.actor.agency)
    people = Person.objects.filter(agency=request.actor.agency, account=None)
    form = ExistingPersonForm(
        request.POST or None,
        people=people,
        operator=_hands_out_operator(request),
        initial={"person": request.GET.get("person")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            account, code = actions.create_account(
                form.cleaned_data["person"], form.picked(), actor=request.actor
            )
        except ValidationError as error:
            form.add_error("person", error)
        else:
            return _sheet(request, account, code)
    return render(request, "accounts/account_for.html", {"form": form}, status=422 if form.errors else 200)


def _sheet(request: HttpRequest, account: Account, code: str) -> HttpResponse:
    """The one page that shows a code: printed, handed over, never shown again."""
    return render(
        request, "accounts/sheet.html", {"account": account, "code": code, "life": actions.CODE_LIFE}
    )


def account(request: HttpRequest, pk) -> HttpResponse:
    """One account: state, roles, and granting more."""
    row = _account(request, pk)
    held = row.grants_today().filter(agency=request.actor.agency)
    taken = {f"{grant.room}.{grant.role}" for grant in held}
    form = RolesForm(request.POST or None, operator=_hands_out_operator(request))
    form.fields["roles"].choices = [c for c in form.fields["roles"].choices if c[0] not in taken]
    form.fields["roles"].required = True
    form.fields["roles"].help_text = ""
    form.fields["roles"].error_messages["required"] = _("Choose a role.")
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            for room, role in form.picked():
                actions.grant_role(row, request.actor.agency, room, role, actor=request.actor)
        messages.success(request, _("The roles were granted."))
        return redirect("accounts:account", pk=row.pk)
    context = {
        "account": row,
        "grants": [(grant, roles.name(grant.room, grant.role)) for grant in held],
        "form": form,
        "reset": ResetForm(),
        "open_code": row.codes.filter(used_at=None).order_by("-id").first(),
        "is_self": row == request.actor.account,
    }
    return render(request, "accounts/account.html", context, status=422 if form.errors else 200)


def role_withdraw(request: HttpRequest, pk) -> HttpResponse:
    """Ask, then end a grant."""
    grant = access(
        request.actor,
        RoleGrant.objects.select_related("account__person", "agency"),
        pk,
        "accounts.role.withdraw",
    )
    if request.method == "POST":
        try:
            actions.withdraw_role(grant, actor=request.actor)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("The role was withdrawn."))
        return redirect("accounts:account", pk=grant.account_id)
    context = {"grant": grant, "role": roles.name(grant.room, grant.role)}
    return render(request, "accounts/role_withdraw.html", context)


@require_POST
def account_reset(request: HttpRequest, pk) -> HttpResponse:
    """A fresh one-time code; the answer is the sheet."""
    row = _account(request, pk, "accounts.account.reset")
    form = ResetForm(request.POST)
    drop = form.is_valid() and form.cleaned_data["drop_factors"]
    return _sheet(request, row, actions.issue_code(row, drop_factors=drop, actor=request.actor))


def account_suspend(request: HttpRequest, pk) -> HttpResponse:
    """Ask, then suspend."""
    row = _account(request, pk, "accounts.account.suspend")
    if request.method == "POST":
        try:
            actions.suspend(row, actor=request.actor)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("The account was suspended and its sessions ended."))
        return redirect("accounts:account", pk=row.pk)
    return render(request, "accounts/account_suspend.html", {"account": row})


@require_POST
def account_resume(request: HttpRequest, pk) -> HttpResponse:
    """Let the account sign in again."""
    row = _account(request, pk, "accounts.account.resume")
    actions.resume(row, actor=request.actor)
    messages.success(request, _("The account may sign in again."))
    return redirect("accounts:account", pk=row.pk)
