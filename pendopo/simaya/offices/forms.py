"""Forms of the office: letterhead, what posts are called in numbers, written mandates, assistants."""

from datetime import date

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pendopo.ground.directory.models import Person, Position
from pendopo.ground.web import LAST_DAY
from pendopo.simaya.kinds import profiles

from .models import Delegation, Office, PostCode


class OfficeForm(forms.Form):
    """The rule profile and the letterhead."""

    profile = forms.ChoiceField(
        label=_("Which rules of official letters?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the rules that your agency follows")},
    )
    lines = forms.CharField(
        label=_("Letterhead"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One line each, the address last"),
        error_messages={"required": _("Enter the letterhead")},
    )
    place = forms.CharField(
        label=_("Place"),
        max_length=80,
        help_text=_("As it stands before the date, such as Ende"),
        error_messages={"required": _("Enter the place")},
    )

    def __init__(self, *args, office: Office | None, **kwargs):
        if office is not None:
            kwargs["initial"] = {
                "profile": office.profile,
                "lines": "\n".join(office.lines),
                "place": office.place,
            }
        super().__init__(*args, **kwargs)
        self.fields["profile"].choices = [(code, profiles.load(code).title) for code in profiles.codes()]

    def clean_lines(self) -> list[str]:
        """The lines that say something."""
        return [line.strip() for line in self.cleaned_data["lines"].splitlines() if line.strip()]


class HolidayForm(forms.Form):
    """Days besides Saturdays and Sundays on which nobody waits for an answer."""

    days = forms.CharField(
        label=_("Holidays and shared leave"),
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
        required=False,
        help_text=_("One line each, the day first: 25-12-2026 Christmas"),
    )


class PostForm(forms.Form):
    """What one post is called in numbers."""

    code = forms.CharField(
        label=_("Code in numbers"),
        max_length=40,
        error_messages={"required": _("Enter the code, such as 107.1")},
    )
    region = forms.ChoiceField(
        label=_("Office of a region"),
        choices=PostCode.Region.choices,
        required=False,
        help_text=_("Regional heads, their deputies and secretaries sign without rank and number"),
    )


class DelegationForm(forms.Form):
    """A written mandate to sign for another post."""

    of = forms.ChoiceField(label=_("For which post?"))
    to = forms.ChoiceField(label=_("Who may sign for it?"))
    capacity = forms.ChoiceField(label=_("How"), choices=Delegation.Capacity.choices)
    kinds = forms.MultipleChoiceField(
        label=_("Which kinds of letter?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one kind")},
    )
    decree = forms.CharField(
        label=pgettext_lazy("mandate", "Decree"),
        max_length=120,
        error_messages={"required": _("Enter the decree that says so")},
    )
    start = forms.DateField(label=_("From"), error_messages={"required": _("Enter the first day")})
    last = forms.DateField(label=_("Until and with"), required=False, validators=[LAST_DAY])

    def __init__(self, *args, posts: list[tuple[str, str]], profile: profiles.Profile, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["of"].choices = self.fields["to"].choices = posts
        self.fields["kinds"].choices = [(code, kind.title) for code, kind in profile.kinds.items()]


class AssistantForm(forms.Form):
    """Who prepares for the holder of a post, and on which days."""

    position = forms.ModelChoiceField(
        label=_("For which post?"),
        queryset=None,
        empty_label=None,
        error_messages={"required": _("Choose the post"), "invalid_choice": _("Choose the post")},
    )
    person = forms.ModelChoiceField(
        label=_("Who prepares?"),
        queryset=None,
        empty_label=_("Choose a person"),
        error_messages={"required": _("Choose a person"), "invalid_choice": _("Choose a person")},
    )
    start = forms.DateField(label=_("From"), error_messages={"required": _("Enter the first day")})
    last = forms.DateField(label=_("Until and with"), required=False, validators=[LAST_DAY])

    def __init__(self, *args, posts: QuerySet[Position], people: QuerySet[Person], day: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["position"].queryset, self.fields["person"].queryset = posts, people
        self.fields["start"].initial = day
