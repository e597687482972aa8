"""`pendopo up`: the processes of one node, or of several under one supervisor (the demo nation)."""

import contextlib
import errno
import fcntl
import http.client
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pendopo.core.errors import Fault
from pendopo.core.home import Home, Listen, reachable
from pendopo.ops import home as homes
from pendopo.ops import mail, postgres
from pendopo.ops.supervise import NotStarted, Part, Supervisor
from pendopo.ops.texts import text


def up(
    nodes: Sequence[Home],
    *,
    before: Sequence[Part] = (),
    when_ready: Callable[[], None] = lambda: None,
    mail_later: bool = False,
) -> bool:
    """Run `nodes` until Ctrl-C or SIGTERM; True when every process stopped by itself.

    `before` are parts that start earlier, such as the sources of the demo nation. `when_ready` is called
    once, after the lines "ready URL" that tell people and tests that the pages answer; the supervisor waits
    for it. `mail_later`: neither waits for the mail servers, whose first start takes long. Raises Fault when
    a node runs already, a port is taken or a process never becomes ready; nothing is left running then.
    """
    os.umask(0o077)
    lang = nodes[0].lang
    several = len(nodes) > 1
    with contextlib.ExitStack() as held:
        for home in nodes:
            held.enter_context(only_one(home))
        for home in nodes:
            check_ports(home)
        parts = list(before)
        for home in nodes:
            prefix = f"{home.node}." if several else ""
            parts += node_parts(home, prefix, mailing=with_mail(home), mail_later=mail_later)
        width = max(len(part.name) for part in parts)

        def say(name: str, state: str, params: dict[str, object]) -> None:
            print(f"{name:<{width}}  {text('up.' + state, lang, **params)}", flush=True)

        def announce() -> None:
            for home in nodes:
                print(f"ready {home.url}", flush=True)
            when_ready()

        try:
            return Supervisor(parts, say).run(announce)
        except NotStarted as error:
            raise Fault("ops.not_started", process=error.name, log=str(error.log), said=error.tail) from None


def with_mail(home: Home) -> bool:
    """Make the mail servers of `home` ready to start; False, after saying why, where it has to do without."""
    if home.mail is None:
        return False
    try:
        mail.prepare(home)
    except Fault as fault:
        print(text("up.no_mail", home.lang, why=fault.text(home.lang)), flush=True)
        return False
    return True


def node_parts(
    home: Home, prefix: str = "", *, mailing: bool = False, mail_later: bool = False
) -> list[Part]:
    """The processes of one node, in order of start; `mailing`: with its mail servers, which are prepared.
    `mail_later`: they may become ready after all others."""
    homes.make_run_dir(home)
    env = os.environ | {
        "PENDOPO_HOME": str(home.root),
        "DJANGO_SETTINGS_MODULE": "pendopo.portal.settings",
        "PYTHONUNBUFFERED": "1",
    }
    database = f"{prefix}database"
    python = (sys.executable, "-P", "-m")
    parts = []
    if not home.database:
        cluster = homes.cluster(home)
        parts.append(
            Part(
                name=database,
                command=cluster.command(),
                address=str(cluster.run),
                log=home.logs / "database.log",
                ready=cluster.ready,
                env=postgres.environment(),
                stop_signal=signal.SIGINT,
                stop_seconds=30,
            )
        )
    after = () if home.database else (database,)
    parts += [
        Part(
            name=f"{prefix}gateway",
            command=(*python, "pendopo.gateway", str(home.root)),
            address=text("up.gateway_address", home.lang, app=home.app, peer=home.peer),
            log=home.logs / "gateway.log",
            ready=lambda: answers(home.control, "/status"),
            env=env,
            stop_seconds=20,
        ),
        *(mail.parts(home, prefix, later=mail_later) if mailing else ()),
        Part(
            name=f"{prefix}portal",
            command=(*python, "pendopo.portal.serve"),
            address=home.url,
            log=home.logs / "portal.log",
            ready=lambda: answers(home.portal, "/", host=f"{home.node}.localhost"),
            env=env,
            after=after,
            stop_seconds=15,
        ),
        Part(
            name=f"{prefix}worker",
            command=(*python, "pendopo.ground.worker"),
            address=text("up.worker_address", home.lang),
            log=home.logs / "worker.log",
            ready=lambda: True,
            env=env,
            after=after,
        ),
    ]
    if home.boxes.port:
        parts.append(
            Part(
                name=f"{prefix}boxes",
                command=(*python, "pendopo.pnsbox.machines.serve"),
                address=str(home.boxes),
                log=home.logs / "boxes.log",
                ready=lambda: answers(home.boxes, "/box/v1/"),
                env=env,
                after=after,
            )
        )
    return parts


def answers(where: Listen | Path, path: str, host: str = "localhost") -> bool:
    """Does an HTTP server answer at an address or unix socket, with anything but a server's error?"""
    connection = http.client.HTTPConnection(host, timeout=5)
    try:
        if isinstance(where, Path):
            connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.sock.settimeout(5)
            connection.sock.connect(str(where))
        else:
            connection.sock = socket.create_connection((reachable(where.host), where.port), timeout=5)
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def check_ports(home: Home) -> None:
    """Raise Fault unless every address of `home` can be listened on now."""
    listening = [
        ("portal.port", home.portal),
        ("gateway.app_port", home.app),
        ("gateway.peer_port", home.peer),
        *(mail.ports(home) if home.mail else ()),
    ]
    if home.boxes.port:
        listening.append(("box.port", home.boxes))
    for setting, listen in listening:
        family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((listen.host, listen.port))
            except OSError as error:
                code = "ops.port_taken" if error.errno == errno.EADDRINUSE else "ops.port_unusable"
                raise Fault(code, address=str(listen), setting=setting, why=error.strerror) from None


@contextlib.contextmanager
def only_one(home: Home) -> Iterator[None]:
    """Hold the lock of `home`; raise Fault when another `pendopo up` holds it."""
    descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid = os.read(descriptor, 20).decode().strip() or "?"
            raise Fault("ops.already_up", home=str(home.root), pid=pid) from None
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)
