"""What somebody types to write a message."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pendopo.core.errors import Fault

from . import compose


class Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; their whole size is `compose.checked`'s."""

    def clean(self, data, initial=None) -> list:
        return [super(FilesField, self).clean(one, initial) for one in data or ()]


class PeopleField(forms.CharField):
    """People as they are typed, with a comma between two; `clean` gives addresses."""

    def __init__(self, **kwargs):
        super().__init__(max_length=20_000, widget=forms.TextInput(attrs={"autocomplete": "off"}), **kwargs)

    def clean(self, value: str) -> tuple:
        try:
            return compose.people(super().clean(value))
        except Fault as fault:
            language = "id" if _is_indonesian() else "en"
            raise forms.ValidationError(fault.text(language)) from None


class WriteForm(forms.Form):
    """A new message, an answer, a draft. `source` is the message it answers, passes on or was kept as."""

    to = PeopleField(label=pgettext_lazy("mail", "To"), required=False)
    cc = PeopleField(label=pgettext_lazy("mail", "Cc"), required=False)
    bcc = PeopleField(label=pgettext_lazy("mail", "Bcc"), required=False)
    subject = forms.CharField(
        label=_("Subject"),
        max_length=compose.SUBJECT,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-needed": ""}),
    )
    text = forms.CharField(
        label=_("Message"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "data-needed": ""}),
    )
    kept = forms.MultipleChoiceField(
        label=_("Files of the message"), required=False, widget=forms.CheckboxSelectMultiple
    )
    files = FilesField(
        label=_("Attach files"),
        required=False,
        widget=Files(),
        help_text=_("20 MB together at most"),
    )
    kind = forms.CharField(required=False, widget=forms.HiddenInput)
    source = forms.CharField(required=False, widget=forms.HiddenInput)
    draft = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, choices=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kept"].choices = choices
        if not choices:
            del self.fields["kept"]
        self.fields["to"].widget.attrs["data-needed"] = ""


def _is_indonesian() -> bool:
    from django.utils.translation import get_language

    return (get_language() or "id").startswith("id")
