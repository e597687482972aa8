"""The house's template tags: icons, fields, error summaries, dates and numbers as people say them.

They are builtins: templates need no `{% load %}`. docs/patterns.md shows each.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django import forms, template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from pendopo.ground.accounts import roles
from pendopo.ground.accounts.models import Account
from pendopo.portal import words
from pendopo.portal.assets.manifest import url

register = template.Library()

register.filter("initials", words.initials)
register.filter("left", words.left)
register.filter("tone", words.tone)
register.filter("device", words.device)


@register.simple_tag
def asset(name: str) -> str:
    """The address of a built file, such as `app.css`: its name carries the hash of its content."""
    return url(name)


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A Tabler outline from the sprite; `size` "s" is 16 px. Always beside a word."""
    css = "icon icon-s" if size == "s" else "icon"
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', css, url("icons.svg"), name
    )


@register.inclusion_tag("portal/parts/field.html")
def field(bound: forms.BoundField, hint: str = "", width: str = "") -> dict:
    """A form field after the house's pattern: label, hint, error, control.

    `width` ("short", "medium") says how long an answer is; `hint` replaces the field's help text.
    """
    hint = hint or bound.help_text
    widget = bound.field.widget
    choices = isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    attrs = _attrs(bound, hint)
    if not choices:
        attrs["class"] = _class(widget)
    if isinstance(bound.field, forms.DateField):
        widget.format, widget.input_type = "%Y-%m-%d", "date"
    return {
        "bound": bound,
        "hint": hint,
        "said": " ".join(said(bound)),
        "width": f"w-{width}" if width else "",
        "kind": "choices" if choices else "check" if isinstance(widget, forms.CheckboxInput) else "line",
        "control": None if choices else bound.as_widget(attrs=attrs),
        "described": attrs.get("aria-describedby", ""),
        "optional": not bound.field.required
        and not isinstance(widget, forms.CheckboxInput)
        and "data-needed" not in widget.attrs,
    }


def said(bound: forms.BoundField) -> list[str]:
    """A field's errors in words that say what to do; Django's bare "required" becomes one with the label."""
    bare = forms.Field.default_error_messages["required"]
    chosen = isinstance(bound.field, forms.ChoiceField | forms.ModelChoiceField)
    named = gettext("Choose “%(label)s”.") if chosen else gettext("Fill in “%(label)s”.")
    return [named % {"label": bound.label} if text == bare else text for text in bound.errors]


def _attrs(bound: forms.BoundField, hint: str) -> dict[str, str]:
    described = [f"{bound.auto_id}_hint"] if hint else []
    if bound.errors:
        described.append(f"{bound.auto_id}_err")
    attrs = {"aria-describedby": " ".join(described)} if described else {}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    # The server judges and says what to do, in the reader's language; the browser's bubbles cannot.
    bound.form.use_required_attribute = False
    return attrs


def _class(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput):
        css = "form-check-input"
    elif isinstance(widget, forms.Select):
        css = "form-select"
    else:
        css = "form-control"
    return f"{widget.attrs.get('class', '')} {css}".strip()


@register.inclusion_tag("portal/parts/errors.html")
def errors(*bound_forms: forms.BaseForm) -> dict:
    """The box above a form that names each thing to fix and leads to its field. Empty without errors."""
    found = []
    for form in bound_forms:
        if not form.is_bound:
            continue
        found += [("", text) for text in form.non_field_errors()]
        for bound in form:
            target = bound.auto_id
            if isinstance(bound.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
                target += "_0"
            found += [(target, text) for text in said(bound)]
    return {"found": found}


@register.filter
def day(value: date | datetime | None) -> str:
    """ "Senin, 23 November 2026"."""
    return formats.date_format(_local(value), "l, j F Y") if value else ""


@register.filter
def shortday(value: date | datetime | None) -> str:
    """ "23 Nov 2026", for columns."""
    return formats.date_format(_local(value), "j M Y") if value else ""


@register.filter
def clock(value: datetime | None) -> str:
    """ "08.10 WITA", in the agency's zone."""
    return f"{_local(value):%H.%M} {words.zone()}" if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """ "23 Nov 2026, 08.10", for columns and histories; the zone is the page's."""
    return f"{shortday(value)}, {_local(value):%H.%M}" if value else ""


@register.filter
def lastday(value: date | None) -> date | None:
    """The last day of a range that ends before `value`.

    Ranges keep the first day without, people say the last.
    """
    return value - timedelta(days=1) if value else None


@register.filter
def roles_today(account: Account) -> list[str]:
    """The names of the roles an account holds today, from its (prefetched) grants."""
    today = timezone.localdate()
    return [roles.name(grant.room, grant.role) for grant in account.grants.all() if today in grant.valid]


@register.filter
def number(value: int | float | None) -> str:
    """ "10.000"."""
    return "" if value is None else formats.number_format(value, use_l10n=True, force_grouping=True)


def _local(value: date | datetime) -> date | datetime:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value
