"""Documents that come in by delivery: at the registry successions of keys and descriptions; certificates."""

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.delivery.handlers import Message

from . import actions, certificates


def key(message: Message) -> None:
    """key/1: a member's new key, signed by the one it replaces."""
    actor = Actor.system(message.agency, via="wire")
    actions.accept_key(message.doc, message.from_agency, actor=actor)


def service(message: Message) -> None:
    """service/1: a member's description of its own service, for the catalogue."""
    actor = Actor.system(message.agency, via="wire")
    actions.list_service(message.doc, message.from_agency, actor=actor)


def certificate(message: Message) -> None:
    """tls/1: the registry's next certificate for this node's links."""
    certificates.take(message.doc, actor=Actor.system(message.agency, via="wire"))
