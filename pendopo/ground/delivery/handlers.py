"""What a room does with documents that come in, and with the exchange log: registered once, at start.

    handlers.register("request/1", received)      # received(message): one transaction, once a message
    handlers.register("tls/1", kept, keep=False)  # the same; once handled only the line stays, not its doc
    handlers.on_sent("request/1", arrived)        # arrived(outbox row): in the transaction that marks it
    handlers.on_log(count)                        # count(entries): one transaction, each entry once, in order

A handler raises `Fault` for a document it will not take: the message is kept with the fault for people to
see, and not tried again by itself. Any other exception is a mistake of ours and is kept the same way, as
`delivery.internal`. Another handler may have it handled again (`inbox.retake`), as may a person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pendopo.ground.directory.models import Agency

from .models import Outbox


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
SentListener = Callable[[Outbox], None]
LogReader = Callable[[list[dict]], None]

_handlers: dict[str, Handler] = {}
_passing: set[str] = set()
_sent_listeners: dict[str, SentListener] = {}
_log_readers: list[LogReader] = []


def register(type: str, handler: Handler, keep: bool = True) -> None:
    """`handler` takes documents of `type` ("request/1").

    With `keep=False` the document itself is dropped from the inbox's row once it is handled, and from the
    outbox's row once it is sent: the room has it elsewhere. A second handler for a type is a mistake:
    ValueError.
    """
    if _handlers.setdefault(type, handler) is not handler:
        raise ValueError(f"{type} has a handler already")
    if not keep:
        _passing.add(type)


def handler(type: str) -> Handler | None:
    """Who takes documents of `type`, if anybody."""
    return _handlers.get(type)


def keeps(type: str) -> bool:
    """Whether documents of `type` stay in the rows of inbox and outbox."""
    return type not in _passing


def on_sent(type: str, listener: SentListener) -> None:
    """`listener` is given every message of `type` that is sent or given up, as its row then stands.

    It runs in the transaction that says so. When it raises, nothing of that stands: the message waits with
    the fault and is delivered again, which its receiver takes once. One that was given up may yet be sent,
    when a person tries it again. A second listener: ValueError.
    """
    if _sent_listeners.setdefault(type, listener) is not listener:
        raise ValueError(f"{type} has a listener already")


def sent_listener(type: str) -> SentListener | None:
    """Who hears of messages of `type`, if anybody."""
    return _sent_listeners.get(type)


def on_log(reader: LogReader) -> None:
    """`reader` is given every new entry of this node's exchange log (entry/1 as dicts)."""
    if reader not in _log_readers:
        _log_readers.append(reader)


def log_readers() -> tuple[LogReader, ...]:
    """Who reads the log, in order of registration."""
    return tuple(_log_readers)
