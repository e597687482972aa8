"""What the registry's pages ask."""

from django import forms
from django.utils.translation import gettext_lazy as _


class InviteForm(forms.Form):
    agency = forms.CharField(
        label=_("Identifier"),
        max_length=128,
        help_text=_("Such as ID/GOV/DJP: letters, digits, no underscore."),
        error_messages={"required": _("Enter the agency's identifier.")},
    )
    agency_name = forms.CharField(
        label=_("Agency's name"),
        max_length=200,
        error_messages={"required": _("Enter the agency's name.")},
    )
    node = forms.CharField(
        label=_("Node's name"),
        max_length=40,
        help_text=_("Lower-case letters, digits and hyphens, such as djp."),
        error_messages={"required": _("Enter the node's name.")},
    )
    rekey = forms.BooleanField(
        label=_("The agency is a member and has lost its keys"),
        required=False,
        help_text=_(
            "Its old keys are revoked when the token is used; every provider has to confirm the new ones."
        ),
    )


class RevokeForm(forms.Form):
    """Asks for the reason and, word for word, the name of what is cut off."""

    why = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Every member can read it."),
        error_messages={"required": _("Enter the reason.")},
    )
    name = forms.CharField(
        label=_("Name, typed again"),
        max_length=220,
        error_messages={"required": _("Type the name to confirm.")},
    )

    def __init__(self, *arguments, subject: str, **more):
        super().__init__(*arguments, **more)
        self.subject = subject

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        if name != self.subject:
            raise forms.ValidationError(
                _("Type %(name)s to confirm."), params={"name": self.subject}, code="name"
            )
        return name
