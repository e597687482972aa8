"""`pendopo up`, really: what is killed comes back, Ctrl-C ends all, kill -9 leaves nobody; with mail."""

import dataclasses
import http.client
import imaplib
import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pendopo.mailer.engine import Engine
from pendopo.mailer.lookups import Lookups, Mailbox
from pendopo.ops import home as homes
from tests.ports import free_port
from tests.rooms.mailer import engine as mailing

COMMAND = Path(sys.executable).parent / "pendopo"
MARKS = {
    "database": "postgres",
    "gateway": "pendopo.gateway",
    "redis": "redis-server",
    "dovecot": "dovecot",
    "rspamd": "rspamd",
    "postfix": "sbin/master",
    "portal": "portal.serve",
    "worker": "ground.worker",
}
SECONDS = 60


class Node:
    """A node that is up: its lines as they come, its processes, its ports."""

    def __init__(self, home: Path, ports: dict[str, int]):
        self.home, self.ports, self.lines = home, ports, []
        self.process = subprocess.Popen(
            [COMMAND, "up", "--home", str(home)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.grew = threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self) -> None:
        for line in self.process.stdout:
            with self.grew:
                self.lines.append(line.rstrip())
                self.grew.notify_all()

    def until(self, pattern: str, after: int = 0) -> int:
        """Wait for a line that matches; how many lines there are up to it."""
        with self.grew:
            found = self.grew.wait_for(
                lambda: (
                    next((n for n, s in enumerate(self.lines) if n >= after and re.match(pattern, s)), None)
                    is not None
                ),
                SECONDS,
            )
            assert found, f"no {pattern!r} after line {after} in\n" + "\n".join(self.lines)
            return next(n for n, s in enumerate(self.lines) if n >= after and re.match(pattern, s)) + 1

    def children(self) -> list[int]:
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in text.split()]

    def child(self, part: str) -> int:
        for pid in self.children():
            if MARKS[part] in Path(f"/proc/{pid}/cmdline").read_bytes().decode():
                return pid
        raise AssertionError(part)

    def page(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["portal"], timeout=20)
        connection.request("GET", "/", headers={"Host": f"kominfo.localhost:{self.ports['portal']}"})
        return connection.getresponse().status

    def family(self) -> list[int]:
        """Every process below the supervisor."""
        found, waiting = [], [self.process.pid]
        while waiting:
            for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
                pids = [int(pid) for pid in task.read_text().split()]
                found += pids
                waiting += pids
        return found


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = tmp_path_factory.mktemp("up") / "home"
    ports = {"portal": free_port(), "app": free_port(), "peer": free_port()}
    done = subprocess.run(
        [
            COMMAND, "init", "--home", str(home), "--name", "kominfo", "--registry",
            "--agency", "ID/GOV/KOMINFO", "--agency-name", "Kementerian Komunikasi",
            "--admin", "199001012015012001", "--admin-name", "Sari Wulandari",
            "--mail-domain", mailing.DOMAIN, "--mail-offset", "1000",
            *(part for name, port in ports.items() for part in (f"--{name}-port", str(port))),
        ],
        capture_output=True,
        text=True,
        env=os.environ | {"PENDOPO_ROOT_PASSPHRASE": "sandi akar untuk uji"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    written = homes.load(home)
    assert written.mail.imap_port == 2143
    mail = mailing.free_ports(dataclasses.replace(written.mail, dns=False))
    (home / "pendopo.toml").write_text(homes.render(dataclasses.replace(written, mail=mail)))
    mailing.borrow(Engine.of(written))
    return home, ports


@pytest.fixture
def node(made):
    running = Node(*made)
    yield running
    if running.process.poll() is None:
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(SECONDS)


def gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def test_each_process_comes_back_and_ctrl_c_ends_all(node):
    at = node.until(rf"ready http://kominfo\.localhost:{node.ports['portal']}$")
    assert node.page() < 400
    for part in MARKS:
        os.kill(node.child(part), signal.SIGKILL)
        at = node.until(rf"{part}\s+mati +\(signal 9\)", at)
        at = node.until(rf"{part}\s+siap", at)
    deadline = time.monotonic() + 20
    while (status := node.page()) >= 500 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert status < 400
    family = node.family()
    assert len(family) >= 9
    node.process.send_signal(signal.SIGINT)
    assert node.process.wait(SECONDS) == 0, "\n".join(node.lines)
    assert gone(family)
    order = ["worker", "portal", "postfix", "rspamd", "dovecot", "redis", "gateway", "database"]
    assert [line.split()[0] for line in node.lines[-8:]] == order
    mailing.lend(Engine.of(homes.load(node.home)))
    assert all(free(port) for port in node.ports.values())


def test_mail_flows_while_portal_and_database_stand_still(node):
    node.until("ready ")
    home = homes.load(node.home)
    Lookups(Engine.of(home).lookups).put_mailbox(Mailbox(mailing.ANI))
    stopped = [node.child(part) for part in ("database", "portal", "worker")]
    for pid in stopped:
        os.killpg(pid, signal.SIGSTOP)
    try:
        with smtplib.SMTP("127.0.0.1", home.mail.smtp_port, "luar.test", timeout=SECONDS) as smtp:
            smtp.sendmail("kirim@luar.test", [mailing.ANI], b"Subject: tetap sampai\r\n\r\nhalo")
        with imaplib.IMAP4("127.0.0.1", home.mail.imap_port, timeout=SECONDS) as imap:
            mailing.imap_sign_in(imap, mailing.ANI, mailing.token(home, mailing.ANI))
            assert mailing.arrived(imap, "tetap sampai")
    finally:
        for pid in stopped:
            os.killpg(pid, signal.SIGCONT)


def test_kill_9_of_the_supervisor_leaves_nobody_and_the_next_start_works(node, made):
    node.until("ready ")
    family = node.family()
    node.process.kill()
    assert gone(family)
    again = Node(*made)
    try:
        again.until("ready ")
        second = subprocess.run([COMMAND, "up", "--home", str(made[0])], capture_output=True, text=True)
        assert second.returncode == 1 and "(ops.already_up)" in second.stderr
    finally:
        again.process.send_signal(signal.SIGTERM)
        assert again.process.wait(SECONDS) == 0
