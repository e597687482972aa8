"""What the clerk fills in for a letter on paper."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pendopo.simaya.kinds.profiles import Profile
from pendopo.simaya.letters.models import Letter


class ScanForm(forms.Form):
    """The scan, and what stands on it."""

    file = forms.FileField(
        label=_("The scan"),
        help_text=_("PDF, JPEG or PNG, at most 25 MB"),
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
    )
    sender = forms.CharField(label=_("From whom"), max_length=200)
    subject = forms.CharField(label=_("Subject"), max_length=400)
    number = forms.CharField(label=_("Number"), max_length=200, required=False)
    day = forms.DateField(label=_("Date of the letter"), required=False)
    urgency = forms.ChoiceField(label=_("Urgency"), initial="biasa")
    security = forms.ChoiceField(label=_("Security"), initial=Letter.Security.B)

    def __init__(self, *args, profile: Profile, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["urgency"].choices = [(code, row.word) for code, row in profile.urgency.items()]
        self.fields["security"].choices = [(code, row.word) for code, row in profile.security.items()]
