"""A node as it really runs: made by `pendopo init`, its gateway, worker and portal as processes."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path

PASSPHRASE = "sandi akar untuk uji"

# A seat at a node's own Python: one line of JSON a question, one an answer.
SEAT = """
import json, sys, traceback
import django
django.setup()
from django.conf import settings
from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.directory.models import Agency
scope = globals()
for line in sys.stdin:
    try:
        code = json.loads(line)
        exec(code, scope)
        answer = {"value": scope.pop("answer", None)}
    except Fault as fault:
        answer = {"fault": fault.code}
    except BaseException:
        answer = {"error": traceback.format_exc()}
    from django.db import connections
    connections.close_all()
    print("\\x1e" + json.dumps(answer, default=str), flush=True)
"""


def until(what: str, probe, deadline: float = 30.0):
    """Calls `probe` until it returns something true; says what was awaited when it never does."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        found = probe()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {deadline} s for {what}")


class Refused(Exception):
    """A fault of the node's own; its code is the argument."""


class Live:
    """One node and its processes."""

    def __init__(self, folder: Path, cluster, name: str, agency: str, **more):
        from pendopo.ops import init
        from tests.ports import free_port

        self.name, self.agency = name, agency
        self.database = f"{name}-{uuid.uuid4().hex[:8]}"
        cluster.create_database(self.database)
        self.url = cluster.url(self.database)
        plan = init.Plan(
            root=folder / name,
            name=name,
            agency=agency,
            agency_name=f"Instansi {name}",
            admin="199001012015011001",
            admin_name="Operator Uji",
            portal_port=free_port(),
            app_port=free_port(),
            peer_port=free_port(),
            database=self.url,
            **more,
        )
        self.home = init.init(plan).home
        self.parts = {}
        self.running: dict[str, subprocess.Popen] = {}
        self.seat = None

    def start(self, *names: str) -> None:
        """Starts processes ("gateway", "portal", "worker") and waits until each answers."""
        from pendopo.ops import up

        parts = {part.name: part for part in up.node_parts(self.home)}
        for name in names:
            with open(parts[name].log, "ab") as log:
                self.running[name] = subprocess.Popen(
                    list(parts[name].command),
                    env=parts[name].env,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        for name in names:
            until(f"{self.name}.{name}", parts[name].ready)

    def kill(self, name: str) -> None:
        """Ends a process at once, whatever it is doing."""
        child = self.running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)
        if self.seat is not None:
            self.seat.kill()
            self.seat.wait()

    def ask(self, code: str):
        """Runs `code` in the node's Django; what it leaves in `answer`. Raises Refused with a fault."""
        if self.seat is None:
            env = os.environ | {
                "PENDOPO_HOME": str(self.home.root),
                "DJANGO_SETTINGS_MODULE": "pendopo.portal.settings",
            }
            self.seat = subprocess.Popen(
                [sys.executable, "-c", SEAT],
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        self.seat.stdin.write(json.dumps(code) + "\n")
        self.seat.stdin.flush()
        while not (line := self.seat.stdout.readline()).startswith("\x1e"):
            assert line, "the seat has ended"
        answer = json.loads(line[1:])
        if "fault" in answer:
            raise Refused(answer["fault"])
        assert "error" not in answer, answer.get("error")
        return answer["value"]

    def pendopo(self, *arguments: str, fails: bool = False) -> str:
        """What the command says in English: its output, or its complaint when it `fails`."""
        command = [str(Path(sys.executable).parent / "pendopo"), *arguments, "--home", str(self.home.root)]
        env = os.environ | {"PENDOPO_LANG": "en"}
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return done.stderr if fails else done.stdout

    def logs(self) -> str:
        return "\n".join(
            f"--- {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.home.logs.glob("*.log"))
        )
