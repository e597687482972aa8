"""Forms of the review page: what leaves, and within which limits."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pendopo.ground.web import LAST_DAY

from ..services.forms import RowFilterForm
from . import rules
from .rules import Choice

HOUR = "%H.%M"


class ReviewForm(forms.Form):
    """One choice a column (fields `c.NAME`), and the limits. Unsaid choices are the safe ones."""

    per_day = forms.IntegerField(
        label=gettext_lazy("Calls a day, at most"),
        required=False,
        min_value=1,
        max_value=100_000_000,
        error_messages={name: gettext_lazy("Enter a number above 0") for name in ("invalid", "min_value")},
    )
    per_second = forms.IntegerField(
        label=gettext_lazy("Calls a second, at most"),
        required=False,
        min_value=1,
        max_value=100_000,
        error_messages={name: gettext_lazy("Enter a number above 0") for name in ("invalid", "min_value")},
    )
    until = forms.DateField(
        label=gettext_lazy("Until when"),
        widget=forms.DateInput,
        validators=[LAST_DAY],
        error_messages={name: gettext_lazy("Enter the last day") for name in ("required", "invalid")},
    )
    first = forms.TimeField(
        label=gettext_lazy("Every day from"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"invalid": gettext_lazy("Enter a time, such as 06.00")},
    )
    last = forms.TimeField(
        label=gettext_lazy("until"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"invalid": gettext_lazy("Enter a time, such as 22.00")},
    )

    def __init__(self, data, *, asked: Mapping, definition: Mapping):
        """`asked`: payload of request/1; `definition`: of the service/1 it names."""
        self.asked_limits = asked_limits(asked)
        initial = {
            "per_day": self.asked_limits.per_day,
            "per_second": self.asked_limits.per_second,
            "until": self.asked_limits.until,
        }
        super().__init__(initial | _plain(data) if data is not None else initial)
        self.defaults = rules.default_choices(asked["columns"], definition)
        self.sent = data is not None
        self.rows = RowFilterForm(data, columns=definition["columns"], term=None, prefix="row")

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.rows.is_valid() or not self.sent])

    def clean(self) -> dict:
        data = super().clean()
        until = data.get("until")
        if until and until < rules.today():
            self.add_error("until", _("This day has passed"))
        if bool(data.get("first")) != bool(data.get("last")):
            self.add_error("last", _("Enter both hours, or none"))
        return data

    @property
    def choices(self) -> dict[str, Choice]:
        """What was chosen a column; everything in clear when "all" was pressed."""
        if self.data.get("all"):
            return dict.fromkeys(self.defaults, Choice.GIVE)
        chosen = {}
        for name, default in self.defaults.items():
            said = self.data.get(f"c.{name}", default)
            chosen[name] = Choice(said) if said in list(Choice) else default
        return chosen

    @property
    def limits(self) -> rules.Limits:
        """The limits as chosen; those asked for while a field is wrong."""
        data = getattr(self, "cleaned_data", {})
        first, last = data.get("first"), data.get("last")
        return rules.Limits(
            per_day=data.get("per_day", self.asked_limits.per_day),
            until=data.get("until") or self.asked_limits.until,
            per_second=data.get("per_second", self.asked_limits.per_second),
            hours=(f"{first:{HOUR}}", f"{last:{HOUR}}") if first and last else None,
            rows=(tuple(self.rows.term),) if self._row_term() else (),
        )

    def _row_term(self) -> bool:
        return self.sent and self.rows.is_valid() and self.rows.term is not None


def _plain(data) -> dict:
    return {name: data.get(name) for name in data}


def asked_limits(asked: Mapping) -> rules.Limits:
    """The limits that a request (payload of request/1) asks for."""
    return rules.Limits(
        per_day=asked["quota"]["per_day"] if asked["quota"] else None,
        until=rules.day_of(rules.parse_until(asked)),
        per_second=asked["rate"]["per_second"] if asked["rate"] else None,
    )
