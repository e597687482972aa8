"""This node's mail as its settings say it: the domain, and where programs reach it."""

from django.conf import settings

from pendopo.core.home import Mail
from pendopo.mailer.engine import Engine

from .clients.rules import Servers


def engine() -> Engine:
    """The node's mail servers. Nothing of this room is reached on a node without them."""
    found = Engine.of(settings.HOME)
    assert found is not None
    return found


def mail() -> Mail:
    """The settings of mail."""
    return engine().mail


def address(local: str) -> str:
    """The whole address of a mailbox here."""
    return f"{local}@{mail().domain}"


def servers() -> Servers:
    """Where a mail program finds the service, every port TLS from the start."""
    found = mail()
    return Servers(found.hostname, found.imaps_port, found.pop3s_port, found.submissions_port)
