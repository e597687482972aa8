"""An installation as its owner sees it: the command and an HTTP client. Nothing of ours is imported."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from servers import DEADLINE, free_port, until

from tests import ordinary

COMMAND = Path(sys.executable).parent / "pendopo"


def pendopo(*arguments, check: bool = True) -> subprocess.CompletedProcess:
    """Runs the command; its output is text. Fails with that output, never silently."""
    return run([str(COMMAND), *map(str, arguments)], check=check)


def run(command: list[str], check: bool = True) -> subprocess.CompletedProcess:
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
    return done


@dataclass
class Answer:
    """What a client got: status, headers by lower-case name, the body's bytes."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self):
        return json.loads(self.body)


@dataclass
class Installation:
    """One node: made by `pendopo init`, run by `pendopo up`.

    `as_user`: it belongs to the ordinary user whom root's tests have (tests/ordinary.py).
    """

    name: str
    agency: str
    title: str
    admin: str
    admin_name: str
    home: Path = field(init=False)
    ports: dict[str, int] = field(init=False)
    as_user: bool = False
    process: subprocess.Popen | None = None
    lines: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.base = Path(tempfile.mkdtemp(prefix=f"accept-{self.name}-"))
        self.home = self.base / "home"
        self.ports = {"portal": free_port(), "app": free_port(), "peer": free_port()}
        if self.as_user:
            ordinary.settle(self.base)
            shutil.copy(COMMAND, self.base / "etc")

    def command(self, *arguments, **variables: str) -> list[str]:
        """`pendopo …` as whoever the node belongs to, with `variables` in its environment."""
        words = list(map(str, arguments))
        if self.as_user:
            return ordinary.python(self.base, str(self.base / "etc" / COMMAND.name), *words, **variables)
        return ["env", *(f"{name}={value}" for name, value in variables.items()), str(COMMAND), *words]

    def init(self, *role: str) -> str:
        """`pendopo init`; returns the administrator's activation code."""
        command = self.command(
            "init",
            "--home", self.home,
            "--name", self.name,
            "--agency", self.agency,
            "--agency-name", self.title,
            "--admin", self.admin,
            "--admin-name", self.admin_name,
            "--portal-port", self.ports["portal"],
            "--app-port", self.ports["app"],
            "--peer-port", self.ports["peer"],
            *role,
            PENDOPO_ROOT_PASSPHRASE="sandi akar untuk uji",
        )  # fmt: skip
        done = run(command)
        code = [line for line in done.stdout.splitlines() if "kode aktivasi" in line.lower()]
        assert len(code) == 1, done.stdout
        return code[0].split()[-1]

    def up(self) -> None:
        """`pendopo up`, until it says it is ready."""
        self.process = subprocess.Popen(
            self.command("up", "--home", self.home),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        ready = threading.Event()

        def read():
            for line in self.process.stdout:
                self.lines.append(line.rstrip())
                if line.startswith("ready "):
                    ready.set()
            ready.set()

        threading.Thread(target=read, daemon=True).start()
        assert ready.wait(DEADLINE), "\n".join(self.lines)
        assert self.process.poll() is None, "\n".join(self.lines)

    def stop(self) -> None:
        """Ctrl-C, as a person would."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(DEADLINE)

    def remove(self) -> None:
        self.stop()
        if os.geteuid() and (self.home / "mail").exists():  # there files are of numbers below the user's own
            view = ["unshare", "--user", "--map-root-user", "--map-auto"]
            run([*view, "rm", "-rf", str(self.home / "mail")], check=False)
        shutil.rmtree(self.base, ignore_errors=True)

    @property
    def owner(self) -> int:
        """The number of the user whose it is."""
        return ordinary.USER if self.as_user else os.geteuid()

    @property
    def url(self) -> str:
        return f"http://{self.name}.localhost:{self.ports['portal']}"

    def get(self, path: str, **headers: str) -> Answer:
        """A plain HTTP GET to this node's own gateway, as an agency's program makes it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["app"], timeout=30)
        connection.sock = self.connect("app")
        try:
            connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
            response = connection.getresponse()
            body = response.read()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, body)
        finally:
            connection.close()

    def connect(self, door: str) -> socket.socket:
        """A connection to one of the node's `ports`, as its own machine makes it."""
        return socket.create_connection(("127.0.0.1", self.ports[door]), timeout=60)

    def rows(self, path: str, client: str, deadline: float = DEADLINE, **headers: str):
        """Rows as soon as the gateway gives them; fails with the last answer when it does not in time."""
        last = []

        def ask():
            answer = self.get(path, X_Road_Client=client, **headers)
            last[:] = [answer]
            return answer if answer.status == 200 else None

        try:
            return until(f"rows of {path}", ask, deadline)
        except AssertionError as late:
            raise AssertionError(f"{late}; last answer {last}") from None
