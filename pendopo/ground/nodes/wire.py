"""What the registry does with documents that come in by delivery: successions of keys, and descriptions."""

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.delivery.handlers import Message

from . import actions


def key(message: Message) -> None:
    """key/1: a member's new key, signed by the one it replaces."""
    actor = Actor.system(message.agency, via="wire")
    actions.accept_key(message.doc, message.from_agency, actor=actor)


def service(message: Message) -> None:
    """service/1: a member's description of its own service, for the catalogue."""
    actor = Actor.system(message.agency, via="wire")
    actions.list_service(message.doc, message.from_agency, actor=actor)
