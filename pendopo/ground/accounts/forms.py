"""What the account pages ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pendopo.ground.directory.models import Person, PersonNumber
from pendopo.ground.rooms import rooms

from .models import Account
from .roles import ROLES
from .signin import PASSWORD_HINT


class PreferencesForm(forms.ModelForm):
    """Language, theme and keys of one's own account."""

    class Meta:
        model = Account
        fields = ["language", "theme", "single_keys"]
        labels = {"language": _("Language"), "theme": _("Theme"), "single_keys": _("Single keys work")}
        help_texts = {
            "single_keys": _("Such as j and k in a list. Turn this off when you use speech input."),
        }
        widgets = {"language": forms.RadioSelect, "theme": forms.RadioSelect}


class ActivationForm(forms.Form):
    """A one-time code and the password to have from now on."""

    number = forms.CharField(
        label=_("Number"),
        max_length=64,
        help_text=_("NIP, NI-PPPK or the number your agency gave you"),
        error_messages={"required": _("Enter your number.")},
        widget=forms.TextInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
    )
    code = forms.CharField(
        label=_("One-time code"),
        max_length=32,
        help_text=_("From the sheet your administrator gave you"),
        error_messages={"required": _("Enter the code on your sheet.")},
        widget=forms.TextInput(
            attrs={
                "class": "code",
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=256,
        help_text=PASSWORD_HINT,
        error_messages={"required": _("Choose a password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def role_choices(*, operator: bool) -> list[tuple[str, str]]:
    """`room.role` of open rooms with its name and what it may do; `operator` for who may hand that out."""
    opened = {"ground", *(room.code for room in rooms())}
    return [
        (f"{room}.{role}", f"{name} – {does}")
        for room, roles in ROLES.items()
        for role, (name, does) in roles.items()
        if room in opened
        if operator or (room, role) != ("ground", "operator")
    ]


class RolesForm(forms.Form):
    """Roles to hold, as `room.role`."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        required=False,
        help_text=_("What this person may do. More can be granted later."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, operator: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = role_choices(operator=operator)

    def picked(self) -> list[tuple[str, str]]:
        """The chosen roles as (room, role) pairs."""
        return [tuple(value.split(".", 1)) for value in self.cleaned_data["roles"]]


class NewAccountForm(RolesForm):
    """A person who is not in the directory yet, with an account."""

    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        help_text=_("Without titles"),
        error_messages={"required": _("Enter the person's name.")},
    )
    front_title = forms.CharField(label=_("Title before the name"), max_length=64, required=False)
    back_title = forms.CharField(label=_("Title after the name"), max_length=64, required=False)
    scheme = forms.ChoiceField(
        label=_("Kind of number"), choices=PersonNumber.Scheme.choices, widget=forms.RadioSelect
    )
    number = forms.CharField(
        label=_("Number"),
        max_length=32,
        help_text=_("The person signs in by this number."),
        error_messages={"required": _("Enter the number.")},
    )

    field_order = ["name", "front_title", "back_title", "scheme", "number", "roles"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["scheme"].initial = PersonNumber.Scheme.NIP
        self.fields["scheme"].error_messages["required"] = _("Choose the kind of number.")


class ExistingPersonForm(RolesForm):
    """A person of the directory who has no account yet."""

    person = forms.ModelChoiceField(
        label=_("Person"),
        queryset=Person.objects.none(),
        error_messages={"required": _("Choose a person."), "invalid_choice": _("Choose a person.")},
    )

    field_order = ["person", "roles"]

    def __init__(self, *args: Any, people: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people


class ResetForm(forms.Form):
    """A new one-time code."""

    drop_factors = forms.BooleanField(
        label=_("Also remove the authenticator"),
        required=False,
        help_text=_("When the phone and the recovery codes are both lost."),
    )
