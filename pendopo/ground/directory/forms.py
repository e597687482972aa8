"""What the directory's pages ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .models import Agency, Assignment, Person, PersonNumber, Position, Unit


class AgencyForm(forms.ModelForm):
    """Name and zone of an agency."""

    class Meta:
        model = Agency
        fields = ["name", "zone"]
        help_texts = {"zone": _("Times are shown in this zone.")}
        error_messages = {"name": {"required": _("Enter the agency's name.")}}
        widgets = {"zone": forms.RadioSelect}


class UnitForm(forms.ModelForm):
    """A unit of the agency."""

    class Meta:
        model = Unit
        fields = ["code", "name", "parent"]
        labels = {"parent": _("Stands under")}
        error_messages = {
            "code": {"required": _("Enter a code.")},
            "name": {"required": _("Enter the unit's name.")},
        }

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any):
        super().__init__(*args, **kwargs)
        units = agency.units.all()
        if self.instance.pk:
            units = units.exclude(pk=self.instance.pk)
        self.fields["parent"].queryset = units
        self.fields["parent"].empty_label = _("The agency itself")


class PositionForm(forms.ModelForm):
    """A post in a unit."""

    class Meta:
        model = Position
        fields = ["title", "grade", "heads"]
        error_messages = {"title": {"required": _("Enter the position's title.")}}


class PersonForm(forms.ModelForm):
    """How a person is called."""

    class Meta:
        model = Person
        fields = ["name", "front_title", "back_title", "birth"]
        help_texts = {"name": _("Without titles")}
        error_messages = {"name": {"required": _("Enter the person's name.")}}


class NumberForm(forms.Form):
    """A number a person is known by."""

    scheme = forms.ChoiceField(
        label=_("Kind of number"),
        choices=PersonNumber.Scheme.choices,
        widget=forms.RadioSelect,
        initial=PersonNumber.Scheme.NIP,
        error_messages={"required": _("Choose the kind of number.")},
    )
    number = forms.CharField(
        label=_("Number"), max_length=32, error_messages={"required": _("Enter the number.")}
    )


class AssignmentForm(forms.Form):
    """A person into a position for a time."""

    position = forms.ModelChoiceField(
        label=_("Position"),
        queryset=Position.objects.none(),
        error_messages={"required": _("Choose a position.")},
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=Assignment.Kind.choices, widget=forms.RadioSelect, initial="definitive"
    )
    since = forms.DateField(label=_("From"), error_messages={"required": _("Enter the first day.")})
    until = forms.DateField(
        label=_("Until"), required=False, help_text=_("The first day without it; open when left empty")
    )
    decree = forms.CharField(label=_("Decree"), max_length=120, required=False)

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any):
        super().__init__(*args, **kwargs)
        positions = Position.objects.filter(unit__agency=agency).select_related("unit")
        self.fields["position"].queryset = positions
        self.fields["position"].label_from_instance = lambda post: f"{post.title} – {post.unit}"
        self.fields["since"].initial = timezone.localdate


class EndForm(forms.Form):
    """When an assignment ends."""

    on = forms.DateField(
        label=_("First day without it"),
        initial=timezone.localdate,
        error_messages={"required": _("Enter the day.")},
    )


class ImportForm(forms.Form):
    """A CSV file."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=_(
            "UTF-8, with the columns below. Nothing is written before you have seen what will happen."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )
