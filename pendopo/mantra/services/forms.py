"""Forms of the wizard's later steps: which table, which columns, which limits."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pendopo.adapters.plan import read_values
from pendopo.core.errors import Fault

from ..subsystems.forms import clean_code
from ..subsystems.models import Subsystem
from . import rules

MASKS = {
    "none": _("As it is"),
    "ends": _("First 4 and last 4 characters"),
    "year": _("Year only"),
    "initials": _("Initials"),
    "hide": _("Three dots for every value"),
}
OPERATORS = [
    ("eq", _("is")),
    ("neq", _("is not")),
    ("gt", _("is more than")),
    ("gte", _("is at least")),
    ("lt", _("is less than")),
    ("lte", _("is at most")),
    ("in", _("is one of (comma between)")),
    ("like", _("looks like (* for anything)")),
    ("is", _("is empty or not (null, not_null)")),
]
NEW = "new"


class TableForm(forms.Form):
    """Which table or view the service reads."""

    table = forms.ChoiceField(
        label=_("Which table?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a table"), "invalid_choice": _("Choose one of the tables")},
    )

    def __init__(self, *args, tables: list, **kwargs):
        super().__init__(*args, **kwargs)
        self.tables = {str(number): table for number, table in enumerate(tables)}
        self.fields["table"].choices = [(number, table.name) for number, table in self.tables.items()]

    @property
    def chosen(self):
        """The adapters' `Table` that was chosen."""
        return self.tables[self.cleaned_data["table"]]


class ColumnForm(forms.Form):
    """What becomes of one column."""

    chosen = forms.BooleanField(required=False)
    title = forms.CharField(required=False, max_length=120)
    personal = forms.BooleanField(required=False)
    mask = forms.ChoiceField(required=False)
    filter = forms.BooleanField(required=False)

    def __init__(self, *args, column: dict, **kwargs):
        super().__init__(*args, initial=column, **kwargs)
        self.column = column
        name = column["name"]
        self.fields["mask"].choices = [(mask, MASKS[mask]) for mask in rules.masks_for(column["type"])]
        self.fields["mask"].widget.attrs["class"] = "form-select"
        self.fields["title"].widget.attrs |= {"class": "form-control"}
        for field, label in (
            ("chosen", _("Publish %(column)s")),
            ("title", _("Title of %(column)s")),
            ("personal", _("%(column)s is personal data")),
            ("mask", _("Mask of %(column)s")),
            ("filter", _("Callers may filter by %(column)s")),
        ):
            widget = self.fields[field].widget
            widget.attrs["aria-label"] = label % {"column": name}
            if isinstance(widget, forms.CheckboxInput):
                widget.attrs["class"] = "form-check-input"

    def clean(self) -> dict:
        data = super().clean()
        if data.get("chosen") and not data.get("title", "").strip():
            self.add_error("title", _("Give %(column)s a title") % {"column": self.column["name"]})
        return data

    @property
    def decided(self) -> dict:
        """The column with what was decided on it."""
        decided = {name: self.cleaned_data.get(name) for name in self.fields}
        decided["mask"] = decided["mask"] or "none"
        return self.column | decided


class LimitsForm(forms.Form):
    """Name, system and limits of the service."""

    title = forms.CharField(
        label=_("Name of the service"),
        max_length=200,
        help_text=_("As others will find it in the catalogue, such as Data kependudukan"),
        error_messages={"required": _("Name the service, such as Data kependudukan")},
    )
    title_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    description = forms.CharField(
        label=_("What it is for"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    subsystem = forms.ChoiceField(
        label=_("System it belongs to"),
        error_messages={"required": _("Choose the system"), "invalid_choice": _("Choose the system")},
    )
    new_subsystem = forms.CharField(
        label=_("Code of the new system"),
        required=False,
        max_length=64,
        help_text=_("Only for a new system. Letters, digits and hyphens, such as siak"),
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false"}),
    )
    code = forms.CharField(
        label=_("Code of the service"),
        max_length=64,
        help_text=_("The last part of its address; it cannot change later"),
        error_messages={"required": _("Enter a code, such as penduduk")},
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false"}),
    )
    limit = forms.IntegerField(
        label=_("Rows in one answer, at most"),
        min_value=1,
        max_value=rules.LIMIT_MAX,
        initial=1000,
        error_messages={
            name: _("Enter a number between 1 and 10,000")
            for name in ("required", "invalid", "min_value", "max_value")
        },
    )
    bulk = forms.BooleanField(label=_("Callers may also take all rows in one stream"), required=False)

    def __init__(self, *args, subsystems: list[Subsystem], may_add: bool, fixed: bool, **kwargs):
        """`fixed`: the next version of a service, whose address stays."""
        super().__init__(*args, **kwargs)
        self.subsystems = {str(one.pk): one for one in subsystems}
        choices = [(key, f"{one.name} ({one.code})") for key, one in self.subsystems.items()]
        if may_add:
            choices.append((NEW, _("A new system")))
        self.fields["subsystem"].choices = choices
        if fixed:
            for name in ("subsystem", "new_subsystem", "code"):
                del self.fields[name]
        elif not may_add:
            del self.fields["new_subsystem"]

    def clean_code(self) -> str:
        return clean_code(self.cleaned_data["code"])

    def clean(self) -> dict:
        data = super().clean()
        if data.get("subsystem") == NEW:
            try:
                clean_code(data.get("new_subsystem", ""))
            except forms.ValidationError as error:
                self.add_error("new_subsystem", error)
            else:
                if any(one.code == data["new_subsystem"] for one in self.subsystems.values()):
                    self.add_error("new_subsystem", _("There is a system with this code already; choose it"))
        return data


class RowFilterForm(forms.Form):
    """One condition that every row must meet; empty means none."""

    column = forms.ChoiceField(label=_("Column"), required=False)
    operator = forms.ChoiceField(label=_("Condition"), required=False, choices=OPERATORS)
    value = forms.CharField(label=_("Value"), required=False, max_length=500)

    def __init__(self, *args, columns: list[dict], term: list | None, **kwargs):
        initial = {}
        if term:
            value = term[2]
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            initial = {"column": term[0], "operator": term[1], "value": shown}
        super().__init__(*args, initial=initial, **kwargs)
        self.types = {column["name"]: column["type"] for column in columns}
        self.fields["column"].choices = [("", _("no condition")), *((name, name) for name in self.types)]

    @property
    def term(self) -> list | None:
        """[column, operator, value] as a description has it; None for no condition."""
        data = self.cleaned_data
        if not data.get("column"):
            return None
        value = data["value"]
        if data["operator"] == "in":
            value = [item.strip() for item in value.split(",") if item.strip()]
        return [data["column"], data["operator"], value]

    def clean(self) -> dict:
        data = super().clean()
        name, operator = data.get("column"), data.get("operator")
        if not name:
            return data
        if operator not in rules.OPERATORS[self.types[name]]:
            self.add_error("operator", _("This condition does not fit %(column)s") % {"column": name})
            return data
        if not self._value_fits(name, operator):
            self.add_error("value", _("This value does not fit %(column)s") % {"column": name})
        return data

    def _value_fits(self, name: str, operator: str) -> bool:
        value = self.term[2]
        try:
            read_values(name, self.types[name], operator, value if isinstance(value, list) else [value])
        except Fault:
            return False
        return bool(value)
