"""`pendopo up --demo` as someone meets it who has just cloned the project: one command, and a nation."""

import contextlib
import http.client
import json
import os
import random
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

COMMAND = Path(sys.executable).parent / "pendopo"
FIRST_SECONDS, AGAIN_SECONDS = 420, 120  # deadlines of the test; docs/demo.md has what was measured
MAIL_PORTS = [1025, 1143, 1190, 1465, 1587, 1993, 1995]
PORTS = [first + step for first in (8000, 8080, 5500) for step in (0, 10, 20)] + [5540, 5541] + MAIL_PORTS
# As root: the same machine, but parts of Postfix are not installed there.
WITHOUT_POSTFIX = ["unshare", "--mount", "sh", "-ec", 'mount --bind "$0" /usr/lib/postfix; exec "$@"']


def free_offset() -> int:
    """By so much all ports of the demo can move and are free; below those that other tests choose from."""
    while True:
        offset = random.randrange(4_000, 13_000, 50)
        if not any(listens(port + offset) for port in PORTS):
            return offset


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Demo:
    """A running demo nation and what it has printed."""

    def __init__(self, base: Path, offset: int, *, without: Path | None = None):
        """`without`: an empty folder that stands where Postfix's programs are; as root only."""
        self.started = time.monotonic()
        self.lines: list[str] = []
        self.news = threading.Condition()
        self.process = subprocess.Popen(
            [
                *((*WITHOUT_POSTFIX, str(without)) if without and os.geteuid() == 0 else ()),
                *(str(COMMAND), "up", "--demo", "--port-offset", str(offset)),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PENDOPO_DEMO": str(base)},
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            with self.news:
                self.lines.append(line.rstrip())
                self.news.notify_all()
        with self.news:
            self.lines.append("(end)")
            self.news.notify_all()

    def wait(self, start: str, seconds: float) -> float:
        """Until a line begins so, spaces counting as one; the seconds since the command was given."""

        def begins(*starts: str) -> bool:
            return any(" ".join(line.split()).startswith(starts) for line in self.lines)

        with self.news:
            ends = (start, "(end)", "Negeri contoh belum jadi")
            assert self.news.wait_for(lambda: begins(*ends), seconds), "\n".join(self.lines)
        assert begins(start), "\n".join(self.lines)
        return time.monotonic() - self.started

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


class Forms(HTMLParser):
    """The forms of a page: action, names of all fields, values of the hidden ones."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[tuple[str, set[str], dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        has = dict(attributes)
        if tag == "form":
            self.found.append((has.get("action") or "", set(), {}))
        elif tag == "input" and self.found and has.get("name"):
            self.found[-1][1].add(has["name"])
            if has.get("type") == "hidden":
                self.found[-1][2][has["name"]] = has.get("value") or ""


class Browser:
    """As much of a browser as signing in takes: cookies, redirects, and no name service for *.localhost."""

    def __init__(self, url: str):
        self.host = urlsplit(url)
        self.cookies = SimpleCookie()
        self.path = "/"

    def open(self, path: str, data: dict[str, str] | None = None) -> tuple[int, str]:
        for _ in range(5):
            connection = http.client.HTTPConnection("127.0.0.1", self.host.port, timeout=30)
            headers = {
                "Host": self.host.netloc,
                "Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items()),
                "Referer": f"http://{self.host.netloc}{path}",
                "Content-Type": "application/x-www-form-urlencoded",
            }
            connection.request("POST" if data else "GET", path, urlencode(data) if data else None, headers)
            answer = connection.getresponse()
            page = answer.read().decode()
            for value in answer.headers.get_all("Set-Cookie") or ():
                self.cookies.load(value)
            connection.close()
            self.path = path
            if answer.status not in (301, 302, 303):
                return answer.status, page
            target = urlsplit(answer.headers["Location"])
            path, data = f"{target.path}?{target.query}" if target.query else target.path, None
        raise AssertionError("a circle of redirects")

    def sign_in(self, number: str, password: str) -> str:
        """The page after signing in."""
        status, page = self.open("/")
        assert status == 200, status
        action, _, hidden = next(form for form in Forms(page).found if "password" in form[1])
        return self.open(action or self.path, hidden | {"login": number, "password": password})[1]


def ask(line: str) -> bytes:
    """What the printed line answers: by curl itself, or on a machine without it as curl would."""
    if shutil.which("curl"):
        return subprocess.run(line, shell=True, capture_output=True, check=True, timeout=60).stdout
    words = shlex.split(line)
    url = urlsplit(words[-1])
    headers = dict(words[n + 1].split(": ", 1) for n, word in enumerate(words) if word == "-H")
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
    connection.request("GET", f"{url.path}?{url.query}", headers=headers)
    return connection.getresponse().read()


@pytest.fixture(scope="module")
def place():
    path = Path(tempfile.mkdtemp(prefix="demo-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def offset():
    return free_offset()


def processes(base: Path) -> list[str]:
    """Command lines that name the nation's directory, or of what sees it as a place of its own."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(base) in line or f"{base.name}/" in (entry / "mountinfo").read_text():
                found.append(line)
    return found


@pytest.fixture(scope="module")
def interrupted(place, offset):
    """A first start that somebody stopped while it was making things; Postfix was not there yet."""
    (place / "nothing").mkdir()
    demo = Demo(place / "nation", offset, without=place / "nothing")
    demo.wait("Menyiapkan", 60)
    deadline = time.monotonic() + 60
    while not (place / "nation" / ".sources.part").exists():  # it has begun, and is far from done
        assert time.monotonic() < deadline, demo.text
        time.sleep(0.02)
    demo.stop()
    return demo


@pytest.fixture(scope="module")
def first(place, offset, interrupted):
    """The first start that came through, up to its closing lines; the seconds they took."""
    demo = Demo(place / "nation", offset)
    try:
        demo.seconds = demo.wait("Semua data ada di", FIRST_SECONDS)
        print(f"first start: {demo.seconds:.0f} s")
        yield demo
    finally:
        demo.stop()


def account(demo: Demo, url: str, role: str) -> tuple[str, str]:
    """Number and password of the first account under ``url`` that has the role, as printed."""
    lines = demo.lines[next(n for n, line in enumerate(demo.lines) if line.strip() == url) :]
    number = next(line.split()[0] for line in lines if role in line.partition(":")[2])
    password = next(line.split()[-1] for line in demo.lines if "Kata sandi untuk semua" in line)
    return number, password


def test_an_interrupted_first_start_leaves_nothing_running(interrupted, place):
    assert interrupted.process.returncode != 0
    assert processes(place) == []
    assert "Traceback" not in interrupted.text
    if os.geteuid() == 0:
        assert without_mail(interrupted) == 1


def without_mail(demo: Demo) -> int:
    """How many lines say how to get mail."""
    return sum(line.startswith("tanpa surel: ") and "apt-get install" in line for line in demo.lines)


def test_the_printed_line_reads_a_record_of_the_other_agency(first):
    line = next(line.strip() for line in first.lines if line.strip().startswith("curl "))
    rows = json.loads(ask(line))
    asked = re.search(r"nik=eq\.(\d{16})", line).group(1)
    assert [row["nik"] for row in rows] == [asked]
    assert "nama_ibu" not in rows[0], "a column that was not granted"


def test_a_line_that_asks_for_more_than_was_granted_is_refused(first):
    line = next(line.strip() for line in first.lines if line.strip().startswith("curl "))
    more = json.loads(ask(re.sub(r"\?", "?select=nik,nama_ibu&", line)))
    assert "AccessDenied" in more["type"] or "BadRequest" in more["type"], more


@pytest.mark.parametrize(
    ("node", "port", "role", "expected"),
    [
        ("dukcapil", 8010, "pengelola", "Kartu keluarga"),
        ("djp", 8020, "pemanfaat", "Peserta JKN"),
        ("dukcapil", 8010, "tata usaha", "Direktorat Jenderal Pajak"),
        ("dukcapil", 8010, "boleh membaca surat rahasia", "Jawaban atas permintaan data pemadanan"),
    ],
)
def test_people_sign_in_and_find_what_waits_for_them(first, offset, node, port, role, expected):
    url = f"http://{node}.localhost:{port + offset}"
    number, password = account(first, url, role)
    page = Browser(url).sign_in(number, password)
    assert "Yang menunggu Anda" in page
    assert expected in page


def test_the_network_officer_finds_a_network_whose_boxes_are_awaited(first, offset):
    url = f"http://kominfo.localhost:{8000 + offset}"
    browser = Browser(url)
    browser.sign_in(*account(first, url, "petugas jaringan"))
    page = browser.open("/jaringan/")[1]
    assert "0 dari 8 lokasi terhubung" in page and "KPP Pratama Ende" in page


def test_a_wrong_password_lets_nobody_in(first, offset):
    url = f"http://dukcapil.localhost:{8010 + offset}"
    number, _ = account(first, url, "pengawas")
    assert "Yang menunggu Anda" not in Browser(url).sign_in(number, "kata sandi lain")


def test_a_newcomer_finds_mail_and_writes_to_a_colleague(first, offset):
    url = f"http://dukcapil.localhost:{8010 + offset}"
    first.wait("dukcapil.postfix siap", 120)
    director, head = Browser(url), Browser(url)
    director.sign_in(*account(first, url, "pengelola"))
    head.sign_in(*account(first, url, "boleh membaca surat rahasia"))
    newsletter = director.open(message(director, "Warta Satu Data"))[1]
    assert "3 gambar dari luar tidak dimuat" in newsletter
    shown = director.open(re.search(r'<iframe[^>]* src="([^"]+)"', newsletter)[1])[1]
    assert "Klinik data" in shown and "https://gambar" not in shown
    report = director.open(message(director, "Re: Bahan rapat Satu Data"))[1]
    table = director.open(re.search(r'href="([^"]+)" download', report)[1])[1]
    assert "PKS-18/DJP/2026" in table
    answer = message(director, "Paparan untuk Menteri")
    to = re.search(r"[a-z.]+@dukcapil\.example", director.open(answer)[1])[0]
    _, _, hidden = next(form for form in Forms(director.open("/surel/tulis/")[1]).found if "to" in form[1])
    status, sent = director.open(
        "/surel/tulis/", hidden | {"to": to, "subject": "Paparan jadi", "text": "Siap dikirim."}
    )
    assert (status, director.path) == (200, "/surel/"), sent
    assert "Siap dikirim." in head.open(message(head, "Paparan jadi"))[1]


def message(browser: Browser, subject: str) -> str:
    """The address of a message in the inbox, once it is there."""
    deadline = time.monotonic() + 60
    while True:
        inbox = browser.open("/surel/")[1]
        for row in re.findall(r'<li><a href="(/surel/.*?)</a></li>', inbox, re.S):
            if subject in row:
                return row.partition('"')[0]
        assert time.monotonic() < deadline, inbox
        time.sleep(0.1)


def test_the_second_start_makes_nothing_anew(first, place, offset):
    """Last: it stops the first. The same record is there, and it is quick, though Postfix is gone."""
    line = next(line.strip() for line in first.lines if line.strip().startswith("curl "))
    before = ask(line)
    assert first.stop() == 0
    again = Demo(place / "nation", offset, without=place / "nothing")
    try:
        seconds = again.wait("Semua data ada di", AGAIN_SECONDS)
        print(f"second start: {seconds:.0f} s")
        assert seconds < first.seconds
        assert "Menyiapkan" not in again.text
        assert line in again.text
        assert ask(line) == before
        if os.geteuid() == 0:
            assert without_mail(again) == 1
    finally:
        assert again.stop() == 0
    assert processes(place) == [], "something was left running"
    assert not any(listens(port + offset) for port in PORTS)
