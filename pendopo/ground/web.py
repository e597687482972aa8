"""What pages of all rooms share."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.core.validators import MaxValueValidator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.rights import Refused, allowed
from pendopo.ground.rooms import Command, Group, Item

PER_PAGE = 50
# Of a last day the day after it is kept, so there has to be one.
LAST_DAY = MaxValueValidator(date.max - timedelta(days=1))


def may(actor: Actor, act: str) -> bool:
    """Whether the actor may do `act` on its own agency's things."""
    return actor.agency is not None and allowed(act, actor, actor.agency)


def menu_of(actor: Actor, groups: Iterable[tuple[str, Iterable[tuple]]]) -> list[Group]:
    """A room's side menu: of each group (title, lines) what the actor may do. A line is the act, the label,
    the name of the address, the icon, and if somebody must act, the count."""
    return [
        Group(
            title,
            tuple(
                Item(label, reverse(url), icon, *count)
                for act, label, url, icon, *count in lines
                if may(actor, act)
            ),
        )
        for title, lines in groups
    ]


def commands_of(actor: Actor, lines: Iterable[tuple[str, str, str, str, str]]) -> list[Command]:
    """What a room offers under "search or do", as far as the actor may: act, label, the name of the address,
    icon, further words."""
    return [
        Command(label, reverse(url), icon, words) for act, label, url, icon, words in lines if may(actor, act)
    ]


def need(request: HttpRequest, act: str) -> None:
    """Stops a page the actor's roles do not cover, with the words for that (403)."""
    if not may(request.actor, act):
        raise Refused(act)


def text(request: HttpRequest, fault: Fault) -> str:
    """The fault in the reader's language."""
    return fault.text(request.LANGUAGE_CODE)


def page_of(request: HttpRequest, rows: QuerySet | list) -> Page:
    """The part of a long list that the address asks for; a page beyond the end is the last one."""
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def form_page(
    request: HttpRequest, template: str, form: forms.Form, context: dict | None = None
) -> HttpResponse:
    """A page with a form: 422 when it has errors, so that programs and browsers know it was not taken."""
    status = 422 if form.is_bound and form.errors else 200
    return render(request, template, {"form": form, **(context or {})}, status=status)


def done_or_said(
    request: HttpRequest, act: Callable[[], object], said: str, to, *args
) -> HttpResponseRedirect:
    """Runs an action from a plain button and goes on to the page `to`, saying `said` or what went wrong."""
    try:
        act()
    except Fault as fault:
        messages.error(request, text(request, fault))
    else:
        messages.success(request, said)
    return redirect(to, *args)


class ReasonForm(forms.Form):
    """Why: kept in the document that the other side gets."""

    reason = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}), label="", strip=True)

    def __init__(self, *args, label: str, empty: str, required: bool = True, hint: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["reason"]
        field.label, field.required, field.help_text = label, required, hint
        field.error_messages["required"] = empty


def confirm(
    request: HttpRequest,
    act: Callable[[str], object],
    *,
    said: str,
    to: tuple,
    form: forms.Form | None = None,
    **words: str,
) -> HttpResponse:
    """Asks before something weighty: question, consequence, buttons that repeat the verb, perhaps a reason.

    `words`: title, question, consequence, do, keep, back (address), back_label. GET asks, POST does it.
    """
    if request.method == "POST" and (form is None or form.is_valid()):
        reason = form.cleaned_data["reason"] if form else ""
        return done_or_said(request, lambda: act(reason), said, *to)
    status = 422 if form is not None and form.is_bound and form.errors else 200
    return render(request, "portal/confirm.html", {"form": form, **words}, status=status)
