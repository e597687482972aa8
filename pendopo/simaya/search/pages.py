"""The search page: as one types, and without scripts as a plain form."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from pendopo.ground.web import need
from pendopo.simaya.letters.models import Side

from . import reads
from .show import rows

FIRST, LAST = 1945, 2199  # years that are asked for


class SearchForm(forms.Form):
    """What to look for. A field that makes no sense counts as empty: half of it is typed yet."""

    q = forms.CharField(
        label=gettext_lazy("Number, subject, names or text"),
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "type": "search", "autocomplete": "off"}),
    )
    side = forms.ChoiceField(
        label=gettext_lazy("Letters"),
        required=False,
        choices=[("", gettext_lazy("in and out")), (Side.IN, Side.IN.label), (Side.OUT, Side.OUT.label)],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    year = forms.IntegerField(
        label=gettext_lazy("Year"),
        required=False,
        min_value=FIRST,
        max_value=LAST,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Letters by what is typed, the latest first; while typing only the part that changes."""
    need(request, "simaya.letter.view")
    form = SearchForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    query = asked.get("q", "")
    found = reads.search(
        request.actor,
        query,
        reads.Place.read(request.GET.get("before", "")),
        side=asked.get("side", ""),
        year=asked.get("year"),
    )
    context = {
        "form": form,
        "query": query,
        "rows": rows(found.letters, request.actor),
        "next": found.next,
        "begun": "before" in request.GET,
    }
    template = "simaya/search/found.html" if request.htmx else "simaya/search/search.html"
    return render(request, template, context)
