"""`make test-kernel` (scripts/test-kernel): two offices on a kernel that has WireGuard."""

import platform
import time

from pendopo.box import lab
from tests.fleet.box.nation import AGENCY, BOXES, MACHINE, OFFICE, PLACES, Nation
from tests.fleet.box.spaces import until

PATIENCE = 300.0  # seconds: an emulated machine is some twenty times slower


def main() -> None:
    begun = time.monotonic()
    nation = Nation("kernel", confirm_seconds=60)
    nation.patience = PATIENCE
    nation.up()
    try:
        nation.enrol()
        until(lambda: nation.pings(OFFICE, MACHINE[AGENCY][0], 5), PATIENCE, 1)
        said = nation.controller.report(BOXES[OFFICE], "good", nation.serial, PATIENCE)
        print(f"kernel {platform.release()}: capabilities as the agent said them: {said['capabilities']}")
        assert said["capabilities"]["wireguard"] == "kernel"
        for name in PLACES:
            link = nation.lab.run(name, "ip", "-d", "link", "show", "pns-serat")
            shown = nation.lab.run(name, "wg", "show", "pns-serat")
            print(f"--- {name}\n{link}{shown}")
            assert "wireguard" in link and "latest handshake" in shown
            commands = [lab_command(pid) for pid in lab.pids(nation.lab.space(name))]
            assert any(b"pendopo.box" in one for one in commands)
            assert not any(b"wireguard-go" in one for one in commands)
        for address in MACHINE[AGENCY]:
            ping = ("ping", "-n", "-c", "5", "-i", "0.2", address)
            said = nation.lab.run(f"{OFFICE}-pc", *ping)
            print(said)
            assert " 0% packet loss" in said
        print(
            f"the agent made kernel WireGuard links; {time.monotonic() - begun:.0f} s in the emulated machine"
        )
    except BaseException:
        for name in PLACES:
            print(name, nation.told(name))
        raise
    finally:
        nation.down()


def lab_command(pid: int) -> bytes:
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read()


if __name__ == "__main__":
    main()
