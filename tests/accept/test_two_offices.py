"""The day of two offices: a private network from an empty drawing to a stolen box, in the lab.

Kominfo's network officer draws the licence office of Bogor, the population agency and a data centre, writes
the policy in names and prints sheets. At each site the code is typed into a box. A line is cut, the policy is
withdrawn and restored while the two agencies' gateways exchange over the network, a change that cuts a box
off undoes itself, and a box is stolen. The controller stands on the Internet, the agencies' nodes behind
their boxes. Chromium runs beside the controller, all else is `pendopo` and the machines' own programs.
"""

import ipaddress
import json
import re
import shlex
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from desk import Desk
from installation import pendopo, run
from places import CENTRE, Lab, Pings, Resident
from seat import Seat
from servers import until
from trio import PASSWORD, SERVICE, add_system, approve, nik, offered, publish, request, waiting

OFFICER, OFFICER_NAME = "198704122010012003", "Yosefina Dhae"
DUKCAPIL, LICENCES, KOMINFO = "ID/GOV/DUKCAPIL", "ID/GOV/DPMPTSP", "ID/GOV/KOMINFO"
CLIENT = f"{LICENCES}/coretax"
DOOR = 8090  # where boxes ask the controller
PUBLIC = f"http://{CENTRE}:8000"
PUBLIC_LINES = ("198.18.1.11:51820", "198.18.2.11:51821")
SECONDS = 60


@dataclass
class Site:
    """What the officer writes down of a site, and what the plan gave it."""

    code: str
    name: str
    agency: str
    agency_name: str
    lines: tuple[str, ...]  # the fixed public address of each line, or nothing
    networks: tuple[str, ...] = ()
    path: str = ""

    def address(self, number: int, version: int = 4) -> str:
        """An address at the site."""
        found = next(one for one in map(ipaddress.ip_network, self.networks) if one.version == version)
        return f"{found[number]}"


def sites() -> dict[str, Site]:
    """By the place of the lab where each stands."""
    found = (
        Site("bogor", "Kantor Perizinan Bogor", LICENCES, "Dinas Perizinan", ("", "")),
        Site("dukcapil", "Dinas Kependudukan", DUKCAPIL, "Dinas Kependudukan", PUBLIC_LINES),
        Site("pusatdata", "Pusat Data Daerah", KOMINFO, "", ("198.18.1.13:51820",)),
    )
    return {one.code: one for one in found}


@pytest.fixture
def lab():
    made = Lab("hari")
    made.up()
    yield made
    made.down()


@pytest.fixture
def nodes(lab):
    """The controller at the centre; the two agencies' nodes, not made yet."""
    named = (
        ("kominfo", KOMINFO, "Dinas Kominfo", "centre"),
        ("dukcapil", DUKCAPIL, "Dinas Kependudukan", "dukcapil-pc"),
        ("dpmptsp", LICENCES, "Dinas Perizinan", "bogor-pc"),
    )
    found = {
        name: Resident(name, agency, title, OFFICER, OFFICER_NAME, lab=lab, place=place)
        for name, agency, title, place in named
    }
    yield found
    for node in found.values():
        node.remove()


class Boxes:
    """The agents, as each box's service starts them."""

    def __init__(self, lab: Lab):
        self.lab = lab
        self.agents: dict[str, subprocess.Popen] = {}

    def enrol(self, place: str, sheet: "Sheet") -> None:
        """Somebody at the site types what the sheet says, and the code when it is asked for."""
        words = shlex.split(sheet.command)
        done = subprocess.run(
            self.lab.at(place, *words),
            input=f"{sheet.code}\n",
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self.agents[place] = subprocess.Popen(
            self.lab.at(place, "pendopo", "box", "run"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip

    def rules(self, place: str) -> str:
        """What a box lets pass, as its kernel has it."""
        return self.lab.does(place, "nft", "list", "table", "inet", "pendopo_box")

    def peers(self, place: str) -> set[str]:
        """The keys that a box answers."""
        return self.keys(place, "peers")

    def keys(self, place: str, what: str) -> set[str]:
        """Keys that WireGuard has: its "peers", or its own "public-key". Its program is heard in /run."""
        inside = ("nsenter", f"--target={self.agents[place].pid}", "--mount", "--net")
        said = run([*inside, "wg", "show", "all", what]).stdout.split()
        return {word for word in said if word.endswith("=")}

    def line(self, place: str, to: str) -> str:
        """The line that carries what goes from a box to an address."""
        said = self.lab.does(place, "ip", "route", "get", to)
        return re.search(r"dev pns-(\w+)", said)[1]


@dataclass
class Sheet:
    """What a printed sheet says: what to type, and the code."""

    command: str
    code: str


def draw(officer: Desk, known: dict[str, Site]) -> None:
    """The network, its sites and their lines; what addresses the plan gave them."""
    officer.open("/jaringan/")
    officer.fill("Nama jaringan", "Jaringan Pemerintah Jawa Barat")
    officer.fill("Nama pendek", "jabar")
    officer.fill("Tempat kotak menghubungi pengendali ini", f"http://{CENTRE}:{DOOR}")
    officer.press("Gambar jaringan")
    officer.sees("Jaringan sudah digambar. Sekarang tambahkan lokasinya.")
    for site in known.values():
        officer.open("/jaringan/lokasi/")
        officer.press("Tambah lokasi", "link")
        officer.fill("Nama lokasi", site.name)
        officer.fill("Nama pendek", site.code)
        officer.fill("Kantor instansi mana?", site.agency)
        officer.fill("Nama instansi itu", site.agency_name)
        officer.fill("Berapa mesin?", "200")
        officer.fill("Antarmuka kotak ke saluran", "wan1")
        officer.fill("Antarmuka kotak ke kantor", "lan0")
        officer.fill("Alamat umum tetap", site.lines[0])
        officer.fill("Penyedia saluran", "Nusanet")
        officer.fill("Siapa yang dihubungi bila saluran putus", "Rambu 0812-3333-4444")
        officer.press("Tambahkan lokasi")
        officer.sees("Lokasi sudah digambar, dengan alamatnya sendiri.")
        site.path = officer.page.url.removeprefix(officer.url)
        for number, endpoint in enumerate(site.lines[1:], 2):
            officer.press("Tambah saluran", "link")
            officer.fill("Nama saluran", "cadangan")
            officer.fill("Antarmuka kotak ke saluran", f"wan{number}")
            officer.fill("Alamat umum tetap", endpoint)
            officer.press("Tambahkan saluran")
            officer.sees("Saluran disimpan; kotak memakainya setelah yang lain.")
        site.networks = tuple(
            officer.page.locator("dl.kv div", has_text=family).locator("dd").first.inner_text()
            for family in ("IPv4", "IPv6")
        )
    given = [ipaddress.ip_network(one) for site in known.values() for one in site.networks]
    clash = [(a, b) for a in given for b in given if a is not b and a.version == b.version and a.overlaps(b)]
    assert not clash


def named(officer: Desk, site: Site) -> None:
    """The machine that will be the gateway of a site gets its name."""
    officer.open(site.path)
    officer.press("Beri nama mesin", "link")
    officer.fill("Nama", "gerbang")
    officer.fill("Alamat", site.address(20))
    officer.press("Beri nama")
    officer.sees("Mesin itu sudah bernama.")


def service(officer: Desk, name: str, protocol: str, ports: str) -> None:
    officer.open("/jaringan/layanan/")
    officer.fill("Nama layanan", name)
    officer.choose("Protokol", protocol)
    officer.fill("Porta", ports)
    officer.press("Simpan layanan")
    officer.sees("Layanan disimpan.")


def rule(officer: Desk, who: str, whom: str, services: list[str], why: str, opens: int) -> None:
    """A rule in names; what it opens is told before it is in force."""
    officer.open("/jaringan/kebijakan/baru/")
    officer.fill("Siapa", who)
    officer.fill("boleh mencapai", whom)
    for one in services:
        officer.tick(one)
    officer.fill("Sebab", why)
    officer.press("Lihat akibatnya")
    officer.sees(f"{opens} jalan terbuka")
    officer.press("Berlakukan aturan")
    officer.sees("Aturan berlaku.")


def sheets(officer: Desk, known: dict[str, Site]) -> dict[str, Sheet]:
    """Printed for all sites whose box waits."""
    officer.open("/jaringan/lokasi/")
    officer.press("Cetak lembar", "link")
    officer.press("Buat lembarnya")
    officer.sees("Kode hanya ditampilkan sekarang.")
    officer.picture("network-sheets")
    found = {}
    for code, site in known.items():
        panel = officer.page.locator(
            "section.sheet", has=officer.page.get_by_role("heading", name=f"Kotak untuk {site.name}")
        )
        command = panel.locator("li .mono").inner_text()
        found[code] = Sheet(command, panel.locator("[data-code]").inner_text().strip())
    return found


def green(officer: Desk, count: int) -> None:
    """Waits until the page of sites shows so many as connected."""

    def there():
        officer.open("/jaringan/lokasi/")
        return officer.page.locator(".t-green", has_text="terhubung").count() == count

    until(f"{count} sites connected", there, SECONDS)


def settle(lab: Lab, site: Site) -> None:
    """The machine behind a box takes addresses of the plan and asks the box for names, as by DHCP."""
    pc = f"{site.code}-pc"
    lab.does(pc, "ip", "address", "flush", "dev", "lan", "scope", "global")
    for version in (4, 6):
        length = next(one for one in site.networks if (":" in one) == (version == 6)).partition("/")[2]
        lab.does(
            pc,
            "ip",
            "address",
            "add",
            f"{site.address(20, version)}/{length}",
            "dev",
            "lan",
            *(["nodad"] if version == 6 else []),
        )
        lab.does(pc, "ip", f"-{version}", "route", "replace", "default", "via", site.address(1, version))
    asks = "".join(f"nameserver {site.address(1, version)}\n" for version in (4, 6))
    run(lab.at(pc, "sh", "-c", 'printf %s "$1" > /etc/resolv.conf', "sh", asks))


def pings(lab: Lab, place: str, to: str, seconds: float = 1.0) -> bool:
    """Whether one ping from the machine behind a box is answered."""
    return " 1 received" in lab.does(
        f"{place}-pc", "ping", "-n", "-c", "1", "-W", str(seconds), to, check=False
    )


def carried(lab: Lab, far: str, name: str) -> None:
    """iperf3 and curl carry traffic to the ports that a rule names, for whom it names."""
    servers = [
        subprocess.Popen(
            lab.within("dukcapil-pc", *command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for command in (
            ("iperf3", "-s"),
            ("python3", "-m", "http.server", "8088", "-d", "/usr/share/doc/curl"),
        )
    ]
    try:
        until(
            "two servers",
            lambda: (
                lab.does("dukcapil-pc", "ss", "-Hltn", "sport = 5201 or sport = 8088").count("LISTEN") == 2
            ),
        )
        told = json.loads(lab.does("bogor-pc", "iperf3", "-J", "-c", far, "-t", "1"))
        rate = told["end"]["sum_received"]["bits_per_second"] / 1e6
        print(f"iperf3 between the two offices: {rate:.0f} Mbit/s")
        assert rate > 10
        fetch = ("curl", "-sf", "-m", "5", f"http://{name}:8088/")
        assert "Directory listing" in run(lab.at("bogor-pc", *fetch)).stdout
        # Who may only ping knows the name, and gets no further.
        assert run(lab.at("pusatdata-pc", "ping", "-c", "1", "-W", "3", name)).stdout
        assert run(lab.at("pusatdata-pc", *fetch), check=False).returncode
    finally:
        for server in servers:
            server.kill()
            server.wait(10)


def cut_lines(lab: Lab, boxes: Boxes, far: str, near: str, said) -> None:
    """A digger cuts the office's first line, once so that its link is down, once so that nobody says so."""
    ends = (("bogor", far), ("dukcapil", near))

    def moved(line: str, seconds: float) -> None:
        until(f"traffic by {line}", lambda: {boxes.line(*end) for end in ends} == {line}, seconds)

    moved("utama", SECONDS)
    silence = "".join(
        f'add chain netdev cut {way} {{ type filter hook {way} device "s2" priority 0; policy drop; }}; '
        for way in ("ingress", "egress")
    )
    back = ("default", "via", "100.64.1.1", "dev", "wan1", "metric", "100")  # as DHCP would bring it
    ways = {
        "link down": (
            lambda: lab.does("bogor", "ip", "link", "set", "wan1", "down"),
            lambda: (
                lab.does("bogor", "ip", "link", "set", "wan1", "up"),
                lab.does("bogor", "ip", "route", "replace", *back),
            ),
        ),
        "silence": (
            lambda: lab.does("isp1", "nft", f"add table netdev cut; {silence}"),
            lambda: lab.does("isp1", "nft", "delete", "table", "netdev", "cut"),
        ),
    }
    for name, (cut, heal) in ways.items():
        ping = Pings(lab, "bogor-pc", far)
        ping.more(25)
        cut()
        moved("cadangan", 5)
        ping.more(25)
        gap = ping.longest()
        said(f"{name}: {gap:.2f} s without an answer")
        assert gap < 1
        heal()
        moved("utama", 20)


def mistaken(officer: Desk, site: Site, gateway: str) -> None:
    """Another gateway for the only line of a site."""
    officer.open(site.path)
    officer.press("utama", "link")
    officer.fill("Alamat gerbang saluran", gateway)
    officer.press("Simpan saluran")
    officer.sees("Saluran disimpan.")


def guest(officer: Desk, chromium, site: Site) -> Desk:
    """Somebody of the office, whose agency has its own node: she may look at it in this portal."""
    officer.open("/instansi/akun/baru")
    officer.fill("Nama", "Siti Perizinan")
    officer.tick("Nomor lokal")
    officer.fill("Nomor", "TAMU-7")
    officer.press("Buat akunnya")
    code = officer.page.locator("[data-code]").inner_text().strip()
    officer.open(site.path)
    officer.press("Siapa boleh melihat", "link")
    officer.fill("Nomor yang dipakai orang itu untuk masuk", "TAMU-7")
    officer.press("Izinkan orang ini melihat")
    officer.sees("Mulai sekarang orang itu melihat kantor ini.")
    desk = Desk(chromium, officer.url)
    desk.activate("TAMU-7", code, PASSWORD)
    return desk


def join(node: Resident, registry: Resident, address: str) -> Seat:
    """An agency's own node on the machine behind its box, from its invitation to its first sign-in."""
    token = pendopo(
        "nodes", "invite", "--home", registry.home,
        "--agency", node.agency, "--agency-name", node.title, "--name", node.name,
    ).stdout.split()[-1]  # fmt: skip
    code = node.init("--join", token, "--host", "0.0.0.0", "--advertise", address)
    node.up()
    seat = node.seat
    seat.activate(node.admin, code, PASSWORD)
    return seat


def agree(asking: Seat, providing: Seat) -> None:
    """From the catalogue to an agreement that both signed."""
    system = offered(asking, SERVICE)
    request(asking, SERVICE, system)
    approve(providing, until("the request", lambda: waiting(providing), SECONDS).pop())


def counted(boxes: Boxes, place: str, rule: int) -> int:
    """Packets of a rule that a box has let pass."""
    return int(re.search(rf"counter rule-{rule} {{\s+packets (\d+)", boxes.rules(place))[1])


def why(desk: Desk, known: dict[str, Site], sentence: str) -> None:
    """Asked why the licence office does not reach the exchange of the population agency."""
    desk.open("/jaringan/kebijakan/mengapa/")
    desk.fill("Dari lokasi mana?", known["bogor"].name)
    desk.fill("Ke lokasi mana?", known["dukcapil"].name)
    desk.choose("Untuk layanan apa?", "mantra")
    desk.press("Tanyakan sebabnya")
    desk.sees(f"{known['bogor'].name} {sentence}")
    desk.picture("network-why")


def test_two_offices(lab, nodes, chromium_at):
    known, boxes, kominfo = sites(), Boxes(lab), nodes["kominfo"]
    begun = time.monotonic()

    def said(what: str) -> None:
        print(f"{time.monotonic() - begun:6.1f} s  {what}", flush=True)

    # Morning: the controller, with a door for boxes.
    code = kominfo.init("--registry", "--host", "0.0.0.0", "--url", PUBLIC, "--advertise", f"{CENTRE}:5500")
    settings = kominfo.home / "pendopo.toml"
    before = '[box]\nhost = "127.0.0.1"\nport = 0'
    assert before in settings.read_text()
    settings.write_text(settings.read_text().replace(before, f'[box]\nhost = "{CENTRE}"\nport = {DOOR}'))
    kominfo.up()
    said("the controller is up")

    # The officer draws, writes the policy in names, prints sheets; at each site the code is typed.
    chromium = chromium_at(lab.space("centre"))
    officer = Desk(chromium, kominfo.url)
    officer.activate(OFFICER, code, PASSWORD)
    draw(officer, known)
    for name, protocol, ports in (
        ("mantra", "TCP", "5500"),
        ("web", "TCP", "5201, 8088"),
        ("ping", "ICMP", ""),
    ):
        service(officer, name, protocol, ports)
    rule(officer, LICENCES, DUKCAPIL, ["mantra", "web", "ping"], "SK 14/2026", 3)
    rule(officer, "pusatdata", "all", ["ping"], "Pemantauan jaringan", 2)
    for place in ("bogor", "dukcapil"):
        named(officer, known[place])
    found = sheets(officer, known)
    assert len({sheet.code for sheet in found.values()}) == 3
    said("the network is drawn, sheets are printed")
    with ThreadPoolExecutor() as hands:
        list(hands.map(lambda place: boxes.enrol(place, found[place]), known))
    for site in known.values():
        settle(lab, site)
    green(officer, 3)
    officer.picture("network-green")
    said("all sites are green")

    # What the rules name passes, and nothing else.
    far, near = known["dukcapil"].address(20), known["bogor"].address(20)
    assert pings(lab, "bogor", far, 5) and pings(lab, "bogor", known["dukcapil"].address(20, 6), 5)
    assert pings(lab, "pusatdata", far, 5)
    assert not pings(lab, "dukcapil", near), "no rule says so"
    carried(lab, far, "gerbang.dukcapil.jabar.internal")
    cut_lines(lab, boxes, far, near, said)

    # A slip of the pen cuts the data centre off; meanwhile the agencies' nodes are set up.
    mistaken(officer, known["pusatdata"], "198.18.1.99")
    with ThreadPoolExecutor() as hands:
        providing, asking = hands.map(
            lambda name, site: join(nodes[name], kominfo, f"gerbang.{site}.jabar.internal:5500"),
            ("dukcapil", "dpmptsp"), ("dukcapil", "bogor"),
        )  # fmt: skip
    said("both agencies' nodes are up")

    # An exchange over the private network.
    publish(nodes["dukcapil"], providing)
    add_system(asking)
    agree(asking, providing)
    path = f"/r1/{SERVICE}?nik=eq.{nik(7)}"
    counts = [counted(boxes, place, 1) for place in ("bogor", "dukcapil")]
    answer = nodes["dpmptsp"].rows(path, CLIENT, SECONDS)
    assert answer.json() == [{"nik": nik(7), "nama": "MARIA 7"}]
    assert all(
        counted(boxes, place, 1) > count for place, count in zip(("bogor", "dukcapil"), counts, strict=True)
    )
    said("rows over the private network")

    # The change that cut the data centre off has undone itself, and the portal says so.
    officer.wait_for(known["pusatdata"].path, "membatalkan perubahan")
    officer.press("Keadaan kotak", "link")
    officer.sees("Kotak membatalkan perubahan terakhir dan berjalan seperti sebelumnya.")
    officer.sees("Periksa apa yang terakhir diubah, misalnya gerbang sebuah saluran.")
    officer.picture("network-undone")
    assert pings(lab, "pusatdata", far, 5)
    mistaken(officer, known["pusatdata"], "198.18.1.1")
    green(officer, 3)
    said("the change has undone itself, and is put right")

    # He withdraws the policy: what that cuts is said before, and three seconds later it holds at both ends.
    ping = Pings(lab, "bogor-pc", far)
    ping.more(5)
    officer.open("/jaringan/kebijakan/")
    officer.press("Cabut 1", "link")
    officer.sees("3 jalan terputus")
    officer.picture("network-withdraw")
    pressed = time.monotonic()
    officer.press("Cabut aturan")
    until(
        "the rule to be gone",
        lambda: not any("rule-1 " in boxes.rules(place) for place in ("bogor", "dukcapil")),
    )
    held = time.monotonic() - pressed
    officer.sees("Aturan 1 dicabut.")
    assert not pings(lab, "bogor", far)
    assert held < 3
    said(f"the rule is gone at both ends {held:.2f} s after the press")
    ping.stop()
    asked = time.monotonic()
    fault = nodes["dpmptsp"].get(path, X_Road_Client=CLIENT)
    took = time.monotonic() - asked
    code = fault.headers["x-pendopo-error"]
    said(f"without the rule {fault.status} {code} after {took:.2f} s")
    assert fault.status == 500 and code in ("link.lost", "link.unreachable", "link.name_unknown")
    viewer = guest(officer, chromium, known["bogor"])
    why(viewer, known, "tidak lagi mencapai mantra di Dinas Kependudukan: aturan 1")

    # Restored, it works again.
    rule(officer, LICENCES, DUKCAPIL, ["mantra", "web", "ping"], "SK 15/2026", 3)
    restored = time.monotonic()
    assert nodes["dpmptsp"].rows(path, CLIENT, SECONDS).json() == answer.json()
    said(f"rows again {time.monotonic() - restored:.2f} s after the rule")

    # A box is stolen: one press, and every other box refuses it.
    (key,) = boxes.keys("bogor", "public-key")
    others = ("dukcapil", "pusatdata")
    assert all(key in boxes.peers(place) for place in others)
    officer.open(known["bogor"].path)
    officer.press("Keadaan kotak", "link")
    officer.press("Putus kotak", "link")
    pressed = time.monotonic()
    officer.press("Putus kotak")
    until("every other box to refuse it", lambda: not any(key in boxes.peers(place) for place in others))
    said(f"the stolen box is refused {time.monotonic() - pressed:.2f} s after the press")
    officer.sees("diputus: semua kotak lain menolaknya.")
    assert not pings(lab, "bogor", far) and pings(lab, "pusatdata", far, 5)
    viewer.close()
    officer.close()
