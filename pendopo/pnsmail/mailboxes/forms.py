"""What the pages of mailboxes ask for."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pendopo.ground.accounts.forms import ActivationForm
from pendopo.ground.accounts.signin import PASSWORD_HINT

from . import rules
from .actions import LONGEST_LABEL
from .models import Mailbox


class ProofForm(ActivationForm):
    """Who holds the sheet: its number and code, and what only the person knows."""

    password = None
    birth = forms.CharField(
        label=_("Date of birth"),
        max_length=20,
        help_text=_("Day, month and year, such as 15-03-1985"),
        error_messages={"required": _("Enter your date of birth.")},
        widget=forms.TextInput(attrs={"autocomplete": "bday", "inputmode": "numeric"}),
    )

    field_order = ["number", "birth", "code"]

    def clean_birth(self) -> date:
        """The day."""
        day = rules.birth(self.cleaned_data["birth"])
        if day is None:
            raise forms.ValidationError(_("Write the date of birth as 15-03-1985."))
        return day


class AddressForm(forms.Form):
    """One of the addresses made from a name; whoever comes with a code sets the password too."""

    local = forms.ChoiceField(
        label=_("Your mail address"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose an address."),
            "invalid_choice": _("Somebody else took this address a moment ago. Choose one of these."),
        },
    )
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=256,
        help_text=PASSWORD_HINT,
        error_messages={"required": _("Choose a password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, offered: list[str], with_password: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["local"].choices = [(local, local) for local in offered]
        if not with_password:
            del self.fields["password"]


class LabelForm(forms.Form):
    """A new app password."""

    label = forms.CharField(
        label=_("For which program?"),
        max_length=LONGEST_LABEL,
        help_text=_("Such as Thunderbird at the office, or phone"),
        error_messages={"required": _("Name the program or device.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class FilterForm(forms.Form):
    """Which mailboxes of the agency."""

    q = forms.CharField(label=_("Name or address"), max_length=80, required=False)
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("all")), *Mailbox.State.choices], required=False
    )
    size = forms.ChoiceField(
        label=_("Size"), choices=[("", _("all")), *Mailbox.Class.choices], required=False
    )


class ClassForm(forms.Form):
    """How much a mailbox may keep."""

    size = forms.ChoiceField(label=_("Size"), choices=Mailbox.Class.choices, widget=forms.RadioSelect)
