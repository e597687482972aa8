"""The first day: one code makes an account active and its mailbox open, or neither."""

from django.db import transaction

from pendopo.ground.accounts import actions as accounts
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.models import Account, OneTimeCode

from .actions import open_mailbox


def activate(code: OneTimeCode, password: str, local: str) -> Account:
    """Use a code that was proved: the password is set and the mailbox at `local` opened. The holder acts.

    What `accounts.actions.use_code` and `open_mailbox` raise; then the code still holds.
    """
    with transaction.atomic():
        account = accounts.use_code(code, password)
        open_mailbox(account.person, local, actor=Actor.of(account))
    return account
