"""Forms for an agency's systems."""

from django import forms
from django.utils.translation import gettext_lazy as _

from . import rules
from .models import Subsystem

PROBLEMS = {
    "empty": _("Enter a code, such as siak"),
    "characters": _("Use letters, digits, hyphens and full stops only, at most 64; no underscore"),
    "reserved": _("The code pendopo is taken by the platform itself; choose another"),
}


def clean_code(code: str) -> str:
    """`code`, or a ValidationError that says what to write instead."""
    if problem := rules.code_problem(code):
        raise forms.ValidationError(PROBLEMS[problem])
    return code


class SubsystemForm(forms.Form):
    """A new system."""

    name = forms.CharField(
        label=_("Name of the system"),
        max_length=200,
        help_text=_("As people in the office say it, such as Sistem Administrasi Kependudukan"),
        error_messages={"required": _("Enter the system's name")},
    )
    code = forms.CharField(
        label=_("Code"),
        max_length=64,
        help_text=_("Part of its address; it cannot change later. Letters, digits and hyphens"),
        error_messages={"required": PROBLEMS["empty"]},
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}),
    )
    auth = forms.ChoiceField(
        label=_("How do its programs say who they are?"),
        choices=[
            ("bearer", _("With a token in every call (recommended)")),
            ("none", _("Not at all: only on a machine that runs nothing else")),
        ],
        initial="bearer",
        widget=forms.RadioSelect,
    )

    def clean_code(self) -> str:
        return clean_code(self.cleaned_data["code"])


class AuthForm(forms.Form):
    """How programs of a system say who they are."""

    auth = forms.ChoiceField(choices=Subsystem.Auth.choices)
