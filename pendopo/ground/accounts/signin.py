"""Signing in, as django-allauth asks for it.

By number, sign-up closed, factors sealed, each step in the audit.
"""

from __future__ import annotations

import base64
import io
from typing import Any
from uuid import UUID

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ChangePasswordForm, LoginForm
from allauth.account.signals import password_changed
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from nacl.secret import SecretBox

from pendopo.ground.audit.act import act
from pendopo.ground.directory.models import PersonNumber
from pendopo.ground.fixed import Fixed

from . import rules
from .actor import Actor
from .models import Account


class NumberBackend(ModelBackend):
    """An account by its sign-in number, or by any number its person holds today."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Account | None:
        """The account whose number and password these are; None otherwise, after the same time."""
        if not username or not password:
            return None
        account = self._find(rules.username(username))
        if account is None:
            Account().set_password(password)  # as slow as a real check: the clock must not tell who exists
            return None
        if account.check_password(password) and self.user_can_authenticate(account):
            return account
        return None

    def _find(self, number: str) -> Account | None:
        accounts = Account.objects.select_related("person__agency")
        found = accounts.filter(username=number).first()
        if found is None:
            person = PersonNumber.objects.filter(
                value=number, valid__contains=timezone.localdate(), issuer=None
            ).values("person")
            found = accounts.filter(person__in=person).first()
        return found

    def get_user(self, user_id: Any) -> Account | None:
        """The session's account with its person and agency: one query a request."""
        account = next(iter(_account(user_id)), None)
        return account if account and self.user_can_authenticate(account) else None


_account = Fixed(lambda id: Account.objects.select_related("person__agency").filter(pk=id), UUID(int=1))


class NumberForm(LoginForm):
    """Sign in: number and password, in the house's words."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        number, password = self.fields["login"], self.fields["password"]
        number.label = _("Number")
        number.help_text = _("NIP, NI-PPPK or the number your agency gave you")
        number.error_messages["required"] = _("Enter your number.")
        number.widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}
        password.error_messages["required"] = _("Enter your password.")
        password.help_text = ""
        for field in (number, password):
            field.widget.attrs.pop("placeholder", None)

    def clean_login(self) -> str:
        """One form of a number, so that spaces or dots do not open a second row of attempts."""
        return rules.username(self.cleaned_data["login"])


class PasswordForm(ChangePasswordForm):
    """A new password, typed once: the field can be shown, and a wrong one is reset by the administrator."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        self.fields["oldpassword"].help_text = ""
        self.fields["password1"].help_text = PASSWORD_HINT
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


PASSWORD_HINT = _(
    "At least 10 characters, not only digits. A sentence of four words is good and easy to keep."
)

MESSAGES = {
    "account/messages/password_changed.txt": _("Your password was changed. Other sessions were ended."),
    "mfa/messages/totp_activated.txt": _(
        "The authenticator is on. You will be asked for its code at sign-in."
    ),
    "mfa/messages/totp_deactivated.txt": _("The authenticator is off. The password alone is enough again."),
}


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up, no mail; errors and messages in the house's words."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("The number and password do not fit. Check both and try again."),
        "too_many_login_attempts": _("Too many wrong attempts. Wait five minutes, then try again."),
        "incorrect_password": _("This is not your password."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_code": _("This code is not right. Use the newest one the app shows."),
        "rate_limited": _("Too many attempts. Wait a minute, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an administrator makes accounts."""
        return False

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Say only what the next page does not show by itself."""
        text = MESSAGES.get(message_template or "")
        if text:
            messages.success(request, text)


class FactorAdapter(DefaultMFAAdapter):
    """The authenticator's secret is sealed with the node's key; the picture is drawn by segno."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right. Use the newest one the app shows."),
    }

    def get_totp_issuer(self) -> str:
        """What the app shows above the code."""
        return f"Pendopo {settings.HOME.node}"

    def build_totp_svg(self, url: str) -> str:
        """The QR code as an SVG document."""
        out = io.BytesIO()
        segno.make(url, error="m", micro=False).save(out, kind="svg", scale=4, border=2, xmldecl=False)
        return out.getvalue().decode()

    def encrypt(self, text: str) -> str:
        """Sealed by libsodium's SecretBox under the node's seal key."""
        return base64.b64encode(_box().encrypt(text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The counterpart; raises nacl's CryptoError when the key is another."""
        return _box().decrypt(base64.b64decode(encrypted_text)).decode()


def _box() -> SecretBox:
    return SecretBox(settings.HOME.seal_key.read_bytes())


def _note(code: str, account: Account, **detail: str) -> None:
    """The audit line of something allauth has just done for the account itself."""
    with act(code, actor=Actor.of(account), subject=account, detail=detail):
        pass


@receiver(user_logged_in)
def _signed_in(sender: Any, user: Account, **kwargs: Any) -> None:
    _note("accounts.session.begin", user)


@receiver(password_changed)
def _password_changed(sender: Any, user: Account, **kwargs: Any) -> None:
    _note("accounts.password.change", user)


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def _factor_changed(sender: Any, signal: Any, user: Account, authenticator: Any, **kwargs: Any) -> None:
    done = {authenticator_added: "added", authenticator_removed: "removed"}.get(signal, "renewed")
    _note("accounts.factor.change", user, factor=authenticator.type, done=done)
