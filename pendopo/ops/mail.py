"""The mail servers of a node among its processes. Where they cannot run, the rest of the node still does."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pendopo.core.errors import Fault
from pendopo.core.home import Home, Listen
from pendopo.mailer import programs, space
from pendopo.mailer.engine import Engine
from pendopo.ops.supervise import Part
from pendopo.pnsmail.domains.rules import selector


def prepare(home: Home) -> None:
    """Everything the servers of `home` need before they start. Raises Fault when they cannot run here."""
    from pendopo.mailer import run  # its keys and certificates are not loaded for a node without mail

    now = datetime.now(UTC)
    run.prepare(Engine.of(home), keys=home.mail_tokens, selector=selector(now.date()), now=now)


def parts(home: Home, prefix: str = "", *, later: bool = False) -> list[Part]:
    """The servers in order of start; `prepare` comes first. `later`: nothing waits until they are ready."""
    from pendopo.mailer import run

    return [
        Part(
            name=f"{prefix}{server.name}",
            command=server.command,
            address=server.address,
            log=server.log,
            ready=server.ready,
            env=space.ENVIRONMENT,
            after=tuple(f"{prefix}{name}" for name in server.after),
            stop_signal=server.stop_signal,
            stop_seconds=server.stop_seconds,
            start_seconds=server.start_seconds,
            awaited=not later,
        )
        for server in run.servers(Engine.of(home))
    ]


def ports(home: Home) -> Sequence[tuple[str, Listen]]:
    """Setting and address of everything the servers listen on."""
    return [(f"mail.{name}", Listen(home.mail.host, port)) for name, port in home.mail.ports().items()]


def impossible() -> Fault | None:
    """Why no mail servers can run on this machine; None when they can."""
    try:
        programs.check()
        space.check()
    except Fault as fault:
        return fault
    return None
