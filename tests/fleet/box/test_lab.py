"""The lab: what its ISPs let through, and that nothing of it is left."""

import subprocess
import sys
from pathlib import Path

import pytest

from pendopo.box import lab
from pendopo.box.lab import CENTRE, PLACES, Lab
from pendopo.core.errors import Fault
from tests.fleet.box.nation import PENDOPO
from tests.fleet.box.spaces import datagrams, lab_name, reaches, until

AGENCY, OFFICE, _ = PLACES
NAME = lab_name("tlab")


@pytest.fixture
def there():
    made = Lab(NAME)
    made.down()
    made.up()
    yield made
    made.down()


def test_translation_lets_answers_in_and_nothing_else(there):
    """From the office to the centre and back; the centre cannot begin, with the agency it can."""
    centre, office = there.space("centre"), there.space(OFFICE.name)
    with (
        datagrams(centre, CENTRE, 7000) as far,
        datagrams(office, OFFICE.line(1), 7001) as near,
        datagrams(there.space(AGENCY.name), AGENCY.line(1), 7002) as public,
    ):
        far.sendto(b"unasked", ("203.0.113.1", 7001))
        far.sendto(b"hello", (AGENCY.line(1), 7002))
        assert until(lambda: received(public)) == (b"hello", (CENTRE, 7000))
        near.sendto(b"question", (CENTRE, 7000))
        data, sender = until(lambda: received(far))
        assert (data, sender[0]) == (b"question", "203.0.113.1")
        far.sendto(b"answer", sender)
        assert until(lambda: received(near)) == (b"answer", (CENTRE, 7000))


def received(sock):
    try:
        return sock.recvfrom(64)
    except BlockingIOError:
        return None


def sleeping(there, what):
    """A process that is at the place already."""
    process = there.start(what, "sleep", "60")
    until(lambda: process.pid in lab.pids(there.space(what)))
    return process


def test_a_box_has_folders_of_its_own_and_a_disk_that_outlives_its_power(there):
    there.run(OFFICE.name, "sh", "-c", "echo a > /run/x; echo b > /etc/pendopo-box/y")
    assert there.run(OFFICE.name, "cat", "/run/x", "/etc/pendopo-box/y") == "a\nb\n"
    assert not Path("/run/x").exists() and not Path("/etc/pendopo-box/y").exists()
    assert there.run(AGENCY.name, "ls", "/run") == ""
    sleeper = sleeping(there, OFFICE.name)
    # Whom the new cable joins at the ISP sends to the same router as before.
    routers = [there.run(f"isp{isp}", "ip", "-br", "link", "show", "shared") for isp in (1, 2)]
    there.reboot(OFFICE)
    assert [there.run(f"isp{isp}", "ip", "-br", "link", "show", "shared") for isp in (1, 2)] == routers
    assert sleeper.wait(5) != 0
    assert there.run(OFFICE.name, "ls", "/run", "/etc/pendopo-box") == "/etc/pendopo-box:\ny\n\n/run:\n"
    assert not reaches(there.space(OFFICE.name), CENTRE, 7000)


def test_one_name_one_lab_and_nothing_is_left(there):
    with pytest.raises(Fault) as fault:
        Lab(NAME).up()
    assert fault.value.code == "box.lab_there"
    sleeper = sleeping(there, "centre")
    said = subprocess.run(
        [*PENDOPO, "box", "lab", "--name", NAME, "di", "bogor-pc", "ip", "-br", "address"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "10.64.0.20/24" in said.stdout
    subprocess.run([*PENDOPO, "box", "lab", "--name", NAME, "down"], check=True)
    assert not [name for name in lab.spaces() if name.startswith(f"{NAME}-")]
    assert not there.folder.exists() and sleeper.wait(5) != 0
    subprocess.run([*PENDOPO, "box", "lab", "--name", NAME, "down"], check=True)


def test_the_agent_loads_neither_django_nor_the_command_line():
    script = (
        "import sys, pendopo.box.__main__; "
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'django', 'typer', 'click', 'rich'}))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
