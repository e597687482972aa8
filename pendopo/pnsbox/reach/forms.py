"""Forms of the policy: rules in names, services, and why."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pendopo.pnsbox.sites.forms import MONO, split
from pendopo.pnsbox.sites.models import Network, Site

from .models import Rule, Service

_ports = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


class NamesField(forms.CharField):
    """Names between commas, blanks or lines."""

    def __init__(self, **kwargs):
        super().__init__(max_length=4000, widget=forms.Textarea(attrs=MONO | {"rows": 2}), **kwargs)

    def clean(self, value) -> list[str]:
        """The names, each once."""
        return split(super().clean(value))


class RuleForm(forms.Form):
    """Who may reach what."""

    sources = NamesField(
        label=_("Who"),
        help_text=_("Short names of sites, groups, agencies such as ID/GOV/DUKCAPIL, or all"),
        error_messages={"required": _("Enter who may reach it")},
    )
    destinations = NamesField(
        label=_("may reach"), error_messages={"required": _("Enter what may be reached")}
    )
    services = forms.MultipleChoiceField(
        label=_("for"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one service")},
    )
    note = forms.CharField(
        label=_("Why"),
        max_length=200,
        required=False,
        help_text=_("A decree or a request, for whoever asks later"),
    )

    def __init__(self, *args, network: Network, rule: Rule | None = None, **kwargs):
        if rule is not None:
            kwargs["initial"] = {
                "sources": ", ".join(rule.sources),
                "destinations": ", ".join(rule.destinations),
                "services": rule.services,
                "note": rule.note,
            }
        super().__init__(*args, **kwargs)
        self.fields["services"].choices = [(one.name, one.name) for one in network.services.all()]


class ServiceForm(forms.Form):
    """A service by name."""

    name = forms.CharField(
        label=_("Name of the service"),
        max_length=40,
        widget=forms.TextInput(attrs=MONO),
        help_text=_("A name that is there already is changed"),
        error_messages={"required": _("Enter a short name such as mantra")},
    )
    protocol = forms.ChoiceField(label=_("Protocol"), choices=Service.Protocol.choices)
    ports = forms.CharField(
        label=pgettext_lazy("network", "Ports"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs=MONO),
        help_text=_("Such as 443, 5000-5100; none for ICMP"),
    )

    def clean_ports(self) -> list[tuple[int, int]]:
        """First and last of each range."""
        found = []
        for part in split(self.cleaned_data["ports"]):
            if not (matched := _ports.fullmatch(part)):
                raise forms.ValidationError(_("Enter ports such as 443, 5000-5100"))
            first = int(matched[1])
            found.append((first, int(matched[2] or first)))
        return found


class WhyForm(forms.Form):
    """From where, to where, and for what."""

    source = forms.CharField(
        label=_("From which site?"), max_length=120, widget=forms.TextInput(attrs={"list": "sites"}),
        error_messages={"required": _("Enter the site that asks")},
    )  # fmt: skip
    destination = forms.CharField(
        label=_("To which site?"), max_length=120, widget=forms.TextInput(attrs={"list": "sites"}),
        error_messages={"required": _("Enter the site that is asked")},
    )  # fmt: skip
    service = forms.ChoiceField(label=_("For which service?"))

    def __init__(
        self, *args, sites: dict[str, Site], network: Network, own: set[str] | None = None, **kwargs
    ):
        """`own`: codes of the sites of which one has to be an end; None: any two."""
        super().__init__(*args, **kwargs)
        self.sites, self.own = sites, own
        self.fields["service"].choices = [(one.name, one.name) for one in network.services.all()]

    def _site(self, field: str) -> Site:
        text = self.cleaned_data[field]
        by_name = {site.name: site for site in self.sites.values()}
        found = self.sites.get(text) or by_name.get(text)
        if found is None:
            raise forms.ValidationError(_("There is no such site. Choose one from the list"))
        return found

    def clean_source(self) -> Site:
        return self._site("source")

    def clean_destination(self) -> Site:
        return self._site("destination")

    def clean(self) -> dict:
        """One end is the asker's own."""
        said = super().clean()
        ends = [said[end] for end in ("source", "destination") if end in said]
        if self.own is not None and len(ends) == 2 and self.own.isdisjoint(site.code for site in ends):
            raise forms.ValidationError(_("One of the two has to be a site of your agency"))
        return said
