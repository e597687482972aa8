"""The page of an office's viewers."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from pendopo.core.errors import Fault
from pendopo.ground.web import done_or_said, form_page, need, text
from pendopo.pnsbox.sites import reads as sites
from pendopo.pnsbox.sites.forms import MONO

from . import actions, reads


class ViewerForm(forms.Form):
    """Who may look."""

    number = forms.CharField(
        label=gettext_lazy("The number the person signs in by"),
        max_length=64,
        widget=forms.TextInput(attrs=MONO),
        help_text=gettext_lazy("Of an account here; your agency's administrator makes one without roles"),
        error_messages={"required": gettext_lazy("Enter the number")},
    )


@require_http_methods(["GET", "POST"])
def viewers(request: HttpRequest, id) -> HttpResponse:
    """Whom the office's agency has as viewers; one more, or one less."""
    site = sites.access_site(request.actor, id, to_change=True)
    need(request, "pnsbox.viewer.edit")
    request.menu_path = reverse("pnsbox:sites")
    here = ("pnsbox:viewers", site.pk)
    if "end" in request.POST:
        grant = reads.viewers(site).filter(pk=_id(request.POST["end"])).first()
        if grant is None:
            raise Http404
        said = _("%(name)s may look no more.") % {"name": grant.account}
        return done_or_said(request, lambda: actions.end_look(site, grant, actor=request.actor), said, *here)
    form = ViewerForm(request.POST or None)
    if form.is_valid():
        try:
            actions.let_look(site, form.cleaned_data["number"], actor=request.actor)
        except Fault as fault:
            form.add_error("number", text(request, fault))
        else:
            messages.success(request, _("The person sees this office from now on."))
            return redirect(*here)
    context = {"site": site, "grants": reads.viewers(site)}
    return form_page(request, "pnsbox/viewers/viewers.html", form, context)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
