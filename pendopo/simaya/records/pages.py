"""Pages of dossiers: the list, one of them, and putting a letter into one."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from pendopo.core.errors import Fault
from pendopo.ground.web import confirm, form_page, may, need, page_of, text
from pendopo.simaya.letters import reads as letters
from pendopo.simaya.search.show import rows

from . import actions, reads
from .models import LONGEST, Dossier


class DossierForm(forms.Form):
    """A new dossier."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=LONGEST["title"],
        help_text=gettext_lazy("Whoever sees one of its letters sees this title: name nothing secret"),
        error_messages={"required": gettext_lazy("Enter what the dossier is about")},
    )
    classification = forms.CharField(
        label=gettext_lazy("Classification"),
        required=False,
        max_length=LONGEST["classification"],
        help_text=gettext_lazy("The code of the matter, such as 000.1.2.3"),
    )


class FileForm(DossierForm):
    """Into which dossier: one that is there, or a new one."""

    dossier = forms.ChoiceField(label=gettext_lazy("Dossier"), required=False)

    def __init__(self, *args, dossiers: list[Dossier], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False
        self.fields["dossier"].choices = [
            ("", gettext_lazy("a new one")),
            *((str(one.pk), str(one)) for one in dossiers),
        ]


@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The dossiers that the reader sees, and opening another."""
    need(request, "simaya.dossier.view")
    form = DossierForm(request.POST or None)
    if form.is_valid():
        try:
            made = actions.open_dossier(**form.cleaned_data, actor=request.actor)
        except Fault as fault:
            form.add_error("title", text(request, fault))
        else:
            messages.success(request, _("The dossier is open."))
            return redirect("simaya:dossier", made.pk)
    page = page_of(request, reads.dossiers(request.actor))
    context = {"page": page, "may_open": may(request.actor, "simaya.dossier.open")}
    return form_page(request, "simaya/records/dossiers.html", form, context)


@require_GET
def dossier(request: HttpRequest, id) -> HttpResponse:
    """One dossier with the letters that the reader may know of."""
    need(request, "simaya.dossier.view")
    actor, found = request.actor, reads.door(request.actor, id)
    page = page_of(request, reads.letters(found, actor))
    may_file = found.closed_at is None and may(actor, "simaya.dossier.file")
    context = {
        "dossier": found,
        "page": page,
        "rows": rows(page, actor),
        "related": rows(reads.related(found, actor), actor),
        "may_file": may_file,
    }
    return render(request, "simaya/records/dossier.html", context)


@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, id) -> HttpResponse:
    """Ask, then close the dossier for good."""
    need(request, "simaya.dossier.close")
    found = reads.door(request.actor, id)
    return confirm(
        request,
        lambda _reason: actions.close(found, actor=request.actor),
        said=_("The dossier is closed."),
        to=("simaya:dossier", found.pk),
        title=_("Close the dossier"),
        question=_("Close this dossier?"),
        consequence=_("Its letters stay where they are. Nothing can be put into it any more."),
        do=_("Close the dossier"),
        keep=_("Keep it open"),
        back=reverse("simaya:dossier", args=[found.pk]),
        back_label=str(found),
    )


@require_http_methods(["GET", "POST"])
def put_in(request: HttpRequest, letter) -> HttpResponse:
    """Put a letter into a dossier, or into a new one; which ones it is in already."""
    need(request, "simaya.dossier.file")
    request.menu_path = reverse("simaya:dossiers")
    actor, found = request.actor, letters.door(request.actor, letter)
    if not letters.visible(actor).filter(reads.FILEABLE, pk=found.pk).exists():
        raise Http404
    choices = {str(one.pk): one for one in reads.open_for(found, actor)}
    form = FileForm(request.POST or None, dossiers=list(choices.values()))
    if form.is_valid():
        said = form.cleaned_data
        try:
            with transaction.atomic():
                into = choices.get(said["dossier"]) or actions.open_dossier(
                    said["title"], said["classification"], actor=actor
                )
                actions.put_in(found, into, actor=actor)
        except Fault as fault:
            form.add_error("title" if fault.code == "records.title" else None, text(request, fault))
        else:
            messages.success(request, _("The letter is in the dossier."))
            return redirect("simaya:dossier", into.pk)
    context = {
        "letter": found,
        "subject": letters.subject(found, actor),
        "held": reads.of_letter(found, actor),
        "url": rows([found], actor)[0]["url"],
    }
    return form_page(request, "simaya/records/put_in.html", form, context)
