"""The form with which a person makes a signing key."""

from django import forms
from django.utils.translation import gettext_lazy as _


class KeyForm(forms.Form):
    """A passphrase, twice: what is mistyped here could never be opened again."""

    passphrase = forms.CharField(
        label=_("Passphrase"),
        max_length=200,
        strip=False,
        help_text=_("At least 12 characters; several words are easy to remember"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Choose a passphrase")},
    )
    again = forms.CharField(
        label=_("Once more"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Enter the passphrase once more")},
    )

    def clean_again(self) -> str:
        """The same as the first."""
        if self.cleaned_data["again"] != self.cleaned_data.get("passphrase"):
            raise forms.ValidationError(_("This is not the same passphrase; enter it once more"))
        return self.cleaned_data["again"]
