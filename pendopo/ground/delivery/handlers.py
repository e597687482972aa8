"""What a room does with documents that come in, and with the exchange log: registered once, at start.

    handlers.register("request/1", received)      # received(message): one transaction, once a message
    handlers.on_log(count)                        # count(entries): one transaction, each entry once, in order

A handler raises `Fault` for a document it will not take: the message is kept with the fault for people to
see, and not tried again by itself. Any other exception is a mistake of ours and is kept the same way, as
`delivery.internal`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pendopo.ground.directory.models import Agency


@dataclass(frozen=True, slots=True)
class Message:
    """A document delivered by a signed exchange: the gateway has checked that `from_agency` sent it.

    Who signed the document itself is for the handler to check.
    """

    from_agency: str  # ID/GOV/DJP
    agency: Agency  # the hosted agency it was sent to
    type: str
    doc: bytes  # the envelope, exactly as it was signed
    msg_id: str
    exchange_id: str
    received_at: datetime


Handler = Callable[[Message], None]
LogReader = Callable[[list[dict]], None]

_handlers: dict[str, Handler] = {}
_log_readers: list[LogReader] = []


def register(type: str, handler: Handler) -> None:
    """`handler` takes documents of `type` ("request/1").

    A second handler for a type is a mistake: ValueError.
    """
    if _handlers.setdefault(type, handler) is not handler:
        raise ValueError(f"{type} has a handler already")


def handler(type: str) -> Handler | None:
    """Who takes documents of `type`, if anybody."""
    return _handlers.get(type)


def on_log(reader: LogReader) -> None:
    """`reader` is given every new entry of this node's exchange log (entry/1 as dicts)."""
    if reader not in _log_readers:
        _log_readers.append(reader)


def log_readers() -> tuple[LogReader, ...]:
    """Who reads the log, in order of registration."""
    return tuple(_log_readers)
