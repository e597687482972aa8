"""The page behind the code on a letter: anybody may look whether the paper in their hand is the letter."""

from __future__ import annotations

import hashlib

from allauth.core.internal import ratelimit
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from pendopo.ground.web import form_page
from pendopo.simaya.letters.models import Letter

LARGEST = 25 * 1024 * 1024  # bytes of an uploaded file
RATE = {"check": "60/m/ip"}


class FileForm(forms.Form):
    """The file to compare."""

    file = forms.FileField(
        label=_("Is this the file? Choose the PDF that you have"),
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
        error_messages={"required": _("Choose a PDF"), "empty": _("This file is empty")},
    )

    def clean_file(self):
        """Not larger than a letter can be."""
        if self.cleaned_data["file"].size > LARGEST:
            raise forms.ValidationError(_("This file is larger than 25 MB: it is not the letter"))
        return self.cleaned_data["file"]


# No cookie is set or read here, so no other site can act in somebody's name.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, token: str) -> HttpResponse:
    """What the letter behind a code is, and whether an uploaded file is it, byte for byte. Keeps nothing."""
    if ratelimit.consume(request, app="simaya", action="check", config=RATE) is None:
        return render(request, "simaya/public/many.html", status=429)
    found = (
        Letter.objects.filter(token=token, state=Letter.State.SIGNED)
        .select_related("agency", "signed_by__position", "file")
        .first()
    )
    if found is None or found.file is None:
        raise Http404
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    same = None
    if form.is_valid():
        digest = hashlib.sha256()
        for chunk in form.cleaned_data["file"].chunks():
            digest.update(chunk)
        same = digest.hexdigest() == found.file.file_id
    open_subject = found.subject if found.security == Letter.Security.B else ""
    return form_page(
        request,
        "simaya/public/check.html",
        form,
        {"letter": found, "subject": open_subject, "same": same, "sha": found.file.file_id},
    )
