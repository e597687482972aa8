"""Forms of the wizard's first steps: what kind of database, and where it is."""

from pathlib import Path

from django import forms
from django.utils.translation import gettext_lazy as _

from . import rules

PROBLEMS = {
    ("host", "empty"): _("Enter the server's address, such as db.dukcapil.endekab.go.id"),
    ("host", "scheme"): _("Enter the server's name only, without // or /, such as db.dukcapil.endekab.go.id"),
    ("host", "spaces"): _("A server's address has no spaces"),
    ("port", "port"): _("Enter a port between 1 and 65535"),
    ("database", "empty"): _("Enter the database's name"),
    ("user", "empty"): _("Enter the account to read with"),
    ("path", "empty"): _("Enter the file's name, such as penduduk.db"),
}
ABOUT = {
    "postgresql": _("PostgreSQL 12 or later"),
    "mariadb": _("MariaDB or MySQL"),
    "sqlite": _("A SQLite file on this machine"),
}


class KindForm(forms.Form):
    """What kind of database it is."""

    kind = forms.ChoiceField(
        label=_("What kind of database is it?"),
        choices=[(code, ABOUT[code]) for code in rules.KINDS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the kind of database"), "invalid_choice": _("Choose one")},
    )


class AddressForm(forms.Form):
    """Where the database is. The password is never sent back to the browser."""

    host = forms.CharField(label=_("Server address"), required=False, max_length=253)
    port = forms.IntegerField(
        label=_("Port"), required=False, error_messages={"invalid": PROBLEMS["port", "port"]}
    )
    database = forms.CharField(
        label=_("Database name"),
        required=False,
        max_length=200,
        help_text=_("Ask whoever runs the server if you do not know"),
    )
    user = forms.CharField(
        label=_("Account"),
        required=False,
        max_length=200,
        help_text=_("Best one that may only read"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    tls = forms.ChoiceField(
        label=_("Encryption on the way"),
        required=False,
        choices=[
            ("", _("None: the same machine or a network of our own")),
            ("require", _("Encrypted")),
            ("verify", _("Encrypted, and the server's certificate checked")),
        ],
    )
    path = forms.CharField(
        label=_("Path of the file"),
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false"}),
    )

    def __init__(self, *args, kind: str, folder: Path, kept: bool = False, **kwargs):
        """`kept`: a password is kept already, and an empty one here means that. `folder`: of its files."""
        super().__init__(*args, **kwargs)
        self.kind = kind
        is_file = rules.KINDS[kind].port is None
        for name in ("host", "port", "database", "user", "password", "tls") if is_file else ("path",):
            del self.fields[name]
        for name, field in self.fields.items():
            if (name, "empty") in PROBLEMS or name == "port":
                field.required = True
                field.error_messages["required"] = PROBLEMS.get((name, "empty"), PROBLEMS["port", "port"])
        if is_file:
            self.fields["path"].help_text = _("In the folder %(folder)s of the node's machine") % {
                "folder": folder
            }
            return
        self.fields["port"].initial = rules.KINDS[kind].port
        if kept:
            self.fields["password"].help_text = _("Kept sealed. Leave it empty to keep it")

    def clean(self) -> dict:
        data = super().clean()
        for name, problem in rules.address_problems(self.kind, data).items():
            if name not in self.errors:
                self.add_error(name, PROBLEMS[name, problem])
        return data
