"""Forms for a network, its sites, lines and named machines."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from django import forms
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from pendopo.core.errors import Fault
from pendopo.core.ids import AgencyId
from pendopo.ground.directory.models import Agency

MONO = {"class": "mono", "autocomplete": "off", "spellcheck": "false"}


def split(text: str) -> list[str]:
    """Names as people write them: between commas, blanks or lines."""
    return list(dict.fromkeys(text.replace(",", " ").split()))


class CidrFormField(forms.CharField):
    """A network such as 10.64.0.0/12, of one family."""

    def __init__(self, version: int, **kwargs):
        super().__init__(max_length=60, widget=forms.TextInput(attrs=MONO), **kwargs)
        self.version = version

    def clean(self, value):
        """The network as an object; a bit right of the mask is an error."""
        text = super().clean(value)
        try:
            found = ip_network(text)
        except ValueError:
            found = None
        if found is None or found.version != self.version:
            raise forms.ValidationError(_("Enter a network such as %(one)s") % {"one": self.initial})
        return found


class NetworkForm(forms.Form):
    """A new network."""

    name = forms.CharField(
        label=_("Name of the network"),
        max_length=120,
        error_messages={"required": _("Enter the network's name")},
    )
    code = forms.CharField(
        label=_("Short name"),
        max_length=32,
        widget=forms.TextInput(attrs=MONO),
        help_text=_("The end of all private names, such as gateway.office.nusa.internal; it cannot change"),
        error_messages={"required": _("Enter a short name such as nusa")},
    )
    url = forms.CharField(
        label=_("Where boxes reach this controller"),
        max_length=200,
        widget=forms.TextInput(attrs=MONO),
        help_text=_("As seen from the Internet, such as https://jaringan.kota.go.id"),
        error_messages={"required": _("Enter the address at which boxes reach this controller")},
    )
    pool4 = CidrFormField(
        4,
        label=_("IPv4 addresses to give"),
        initial="10.64.0.0/12",
        help_text=_("A private range that no office uses yet"),
        error_messages={"required": _("Enter a private IPv4 range")},
    )
    pool6 = CidrFormField(
        6,
        label=_("IPv6 addresses to give"),
        initial="fd00:64::/48",
        help_text=_("A private range (fd…), /56 or larger"),
        error_messages={"required": _("Enter a private IPv6 range")},
    )
    foreign = forms.CharField(
        label=_("Networks that offices use already"),
        max_length=400,
        required=False,
        widget=forms.TextInput(attrs=MONO),
        help_text=_("Such as 10.64.8.0/24, a comma between two; no site gets any of their addresses"),
    )

    def clean_foreign(self) -> list[IPv4Network | IPv6Network]:
        """The networks."""
        found = []
        for text in split(self.cleaned_data["foreign"]):
            try:
                found.append(ip_network(text))
            except ValueError:
                raise forms.ValidationError(
                    _("%(text)s is not a network such as 10.64.8.0/24") % {"text": text}
                ) from None
        return found


class GroupsMixin(forms.Form):
    """Groups of a site, in one field."""

    groups = forms.CharField(
        label=_("Groups"),
        max_length=400,
        required=False,
        widget=forms.TextInput(attrs=MONO),
        help_text=_("Rules may name them; small letters, a comma between two"),
    )

    def clean_groups(self) -> list[str]:
        """The names."""
        return split(self.cleaned_data["groups"])


class SiteForm(GroupsMixin):
    """A new site: its networks are planned, not typed."""

    name = forms.CharField(
        label=_("Name of the site"),
        max_length=120,
        error_messages={"required": _("Enter the site's name, such as Kantor Camat Wolowaru")},
    )
    code = forms.CharField(
        label=_("Short name"),
        max_length=40,
        widget=forms.TextInput(attrs=MONO),
        help_text=_("What rules and private names call it, such as wolowaru; it cannot change"),
        error_messages={"required": _("Enter a short name such as wolowaru")},
    )
    of = forms.CharField(
        label=_("Whose office is it?"),
        max_length=128,
        widget=forms.TextInput(attrs=MONO),
        help_text=_("The agency's identifier, such as ID/GOV/DUKCAPIL"),
        error_messages={"required": _("Enter the agency's identifier")},
    )
    of_name = forms.CharField(
        label=_("Name of that agency"),
        max_length=200,
        required=False,
        help_text=_("Only where this portal does not know the agency yet"),
    )
    place = forms.CharField(label=_("Place"), max_length=120, required=False)
    machines = forms.IntegerField(
        label=_("How many machines?"),
        min_value=1,
        help_text=_("With room to grow: the addresses cannot be made more later"),
        error_messages={"required": _("Enter how many machines the office has")},
    )
    wan = forms.CharField(
        label=_("The box's interface to the line"),
        max_length=15,
        initial="eth0",
        widget=forms.TextInput(attrs=MONO),
        error_messages={"required": _("Enter the interface, such as eth0")},
    )
    lan = forms.CharField(
        label=_("The box's interface to the office"),
        max_length=15,
        initial="eth1",
        widget=forms.TextInput(attrs=MONO),
        error_messages={"required": _("Enter the interface, such as eth0")},
    )
    endpoint = forms.CharField(
        label=_("Fixed public address"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs=MONO),
        help_text=_("With its port, such as 203.0.113.7:51820, where the line has one"),
    )
    isp = forms.CharField(label=_("Provider of the line"), max_length=80, required=False)
    phone = forms.CharField(
        label=_("Whom to call when the line fails"),
        max_length=120,
        required=False,
        help_text=_("Name and number"),
    )

    def clean_of(self) -> str:
        """The agency's identifier."""
        try:
            return str(AgencyId.parse(self.cleaned_data["of"].strip()))
        except Fault as fault:
            raise forms.ValidationError(fault.text(get_language())) from None

    def clean(self) -> dict:
        """`of` is the agency; one that is not known yet is made with the site, and needs its name."""
        said = super().clean()
        code, name = said.get("of"), said.pop("of_name", "")
        if code:
            said["of"] = Agency.objects.filter(code=code).first() or Agency(code=code, name=name)
            if not said["of"].name:
                self.add_error("of_name", _("No agency here has this identifier yet. Enter its name"))
        return said


class SiteEditForm(GroupsMixin):
    """What of a site may change."""

    name = forms.CharField(
        label=_("Name of the site"),
        max_length=120,
        error_messages={"required": _("Enter the site's name, such as Kantor Camat Wolowaru")},
    )
    place = forms.CharField(label=_("Place"), max_length=120, required=False)
    lan = forms.CharField(
        label=_("The box's interface to the office"),
        max_length=15,
        widget=forms.TextInput(attrs=MONO),
        error_messages={"required": _("Enter the interface, such as eth0")},
    )
    relays = forms.BooleanField(
        label=_("Its box may pass on what offices send each other that cannot meet directly"),
        required=False,
        help_text=_("It cannot read any of it. Needs a line with a fixed public address"),
    )


class LineEditForm(forms.Form):
    """What of a line may change."""

    interface = forms.CharField(
        label=_("The box's interface to the line"),
        max_length=15,
        widget=forms.TextInput(attrs=MONO),
        error_messages={"required": _("Enter the interface, such as eth0")},
    )
    gateway = forms.GenericIPAddressField(
        label=_("Gateway"),
        required=False,
        widget=forms.TextInput(attrs=MONO),
        help_text=_("Only where the line gives none by itself (DHCP)"),
    )
    endpoint = forms.CharField(
        label=_("Fixed public address"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs=MONO),
        help_text=_("With its port, such as 203.0.113.7:51820, where the line has one"),
    )
    isp = forms.CharField(label=_("Provider of the line"), max_length=80, required=False)
    phone = forms.CharField(
        label=_("Whom to call when the line fails"),
        max_length=120,
        required=False,
        help_text=_("Name and number"),
    )
    metered = forms.BooleanField(
        label=_("It is paid by volume"),
        required=False,
        help_text=_("Then as little as possible is asked over it"),
    )


class LineForm(LineEditForm):
    """A further line."""

    name = forms.CharField(
        label=_("Name of the line"),
        max_length=10,
        widget=forms.TextInput(attrs=MONO),
        help_text=_("Small letters and digits, such as cadangan"),
        error_messages={"required": _("Enter a short name such as cadangan")},
    )
    field_order = ["name"]


class HostForm(forms.Form):
    """A machine that gets a name."""

    name = forms.CharField(
        label=pgettext_lazy("machine", "Name"),
        max_length=40,
        widget=forms.TextInput(attrs=MONO),
        error_messages={"required": _("Enter a short name such as gerbang")},
    )
    address = forms.GenericIPAddressField(
        label=_("Address"),
        widget=forms.TextInput(attrs=MONO),
        error_messages={"required": _("Enter an address of this site")},
    )


def fields_of(fault: Fault, **fields: str) -> str | None:
    """The field that a fault is about: `fields` are code's last word → field."""
    return fields.get(fault.code.partition(".")[2])
