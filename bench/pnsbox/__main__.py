"""`make bench WHAT=pnsbox`: figures of two boxes in a lab, as `name value` lines. As root.

`pnsbox.tunnel_ratio` is the throughput of one TCP stream between two machines through the boxes' tunnel, over
that of a WireGuard link of the same kind made by hand between the same two boxes, without rules: the median
of rounds that alternate. `pnsbox.failover_ms` is the longest gap between pings 20 ms apart when a line is
cut, median and worst; `pnsbox.policy_live_ms_2` from a change to its being in force at both boxes.
`pnsbox.agent_rss_mb` is the agent's memory; wireguard-go stands apart. What the controller alone gives is
described in control.py. BENCH_ONLY (`lab`, `control`) leaves the other out.
"""

import json
import os
import statistics
import subprocess
import time
from pathlib import Path

from bench.figures import say
from bench.pnsbox import control
from pendopo.box.lab import batch, pids
from pendopo.pnsbox.reach.rules import Rule
from tests.fleet.box.nation import AGENCY, EVERYDAY, MACHINE, OFFICE, PLACES, SERVICES, Nation, Service
from tests.fleet.box.spaces import until
from tests.fleet.box.test_two_lines import afresh, measured

ONLY = os.environ.get("BENCH_ONLY", "")
ROUNDS, SECONDS = 5, 3
CUTS = 5  # of each kind
CHANGES = 10
IPERF = 5201
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
HAND = {AGENCY: "192.168.1.20", OFFICE: "192.168.0.20"}  # of the machines over the link made by hand
SERVICES["iperf"] = Service("tcp", ((IPERF, IPERF),))
MEASURE = Rule("ukur", frozenset({OFFICE}), frozenset({AGENCY}), frozenset({"iperf"}))


def by_hand(nation: Nation) -> None:
    """A link as somebody would type it, beside the agents' own, over the same line."""
    keys = {name: nation.lab.run(name, "wg", "genkey").strip() for name in PLACES}
    kernel = "kernel" in nation.controller.reports[-1][1]["capabilities"].values()
    for name in PLACES:
        if kernel:
            nation.lab.run(name, "ip", "link", "add", "hand", "type", "wireguard")
        else:
            # In a session of its own, as the agent's: Linux gives each session its share of the processors.
            nation.lab.run(name, "setsid", "wireguard-go", "hand")
    for name, other in ((AGENCY, OFFICE), (OFFICE, AGENCY)):
        public = nation.lab.run(name, "wg", "pubkey", text=keys[other]).strip()
        text = f"[Interface]\nPrivateKey = {keys[name]}\nListenPort = 51900\n[Peer]\nPublicKey = {public}\n"
        text += "AllowedIPs = 0.0.0.0/0\n"
        if name == OFFICE:
            text += f"Endpoint = {PLACES[AGENCY].line(1)}:51900\nPersistentKeepalive = 5\n"
        nation.lab.run(name, "wg", "setconf", "hand", "/dev/stdin", text=text)
        mtu = nation.config(name).tunnel.mtu
        batch(
            nation.lab.space(name),
            [
                f"link set hand mtu {mtu} up",
                f"route add {HAND[other]} dev hand",
                f"route add {HAND[name]} dev lan0",
            ],
        )
        batch(nation.lab.space(f"{name}-pc"), [f"addr add {HAND[name]}/32 dev lan"])


def throughput(nation: Nation, address: str, source: str) -> float:
    """Mbit/s of one stream from the office to the agency."""
    # A server that takes one client and ends: the next one never finds it busy.
    server = nation.lab.start(f"{AGENCY}-pc", "iperf3", "-s", "-1", "-p", str(IPERF), **QUIET)
    client = ("iperf3", "-J", "-c", address, "-B", source, "-p", str(IPERF), "-t", str(SECONDS))
    said = until(lambda: answered(nation.lab.run(f"{OFFICE}-pc", *client, check=False)))
    server.wait(5)
    return said["end"]["sum_received"]["bits_per_second"] / 1e6


def answered(text: str) -> dict | None:
    """What iperf3 measured; None when it found no server."""
    said = json.loads(text)
    return None if "error" in said else said


def tunnel(nation: Nation) -> None:
    nation.live((*EVERYDAY, MEASURE))
    by_hand(nation)
    until(lambda: nation.pings(OFFICE, MACHINE[AGENCY][0]))
    ping = ("ping", "-n", "-c", "1", "-W", "1", "-I", HAND[OFFICE], HAND[AGENCY])
    until(lambda: " 1 received" in nation.lab.run(f"{OFFICE}-pc", *ping, check=False))
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(throughput(nation, MACHINE[AGENCY][0], MACHINE[OFFICE][0]))
        theirs.append(throughput(nation, HAND[AGENCY], HAND[OFFICE]))
    say("pnsbox.tunnel_mbit", statistics.median(ours))
    say("pnsbox.tunnel_hand_mbit", statistics.median(theirs))
    ratios = [mine / hand for mine, hand in zip(ours, theirs, strict=True)]
    say("pnsbox.tunnel_ratio", statistics.median(ratios))
    say("pnsbox.tunnel_ratio.low", min(ratios))


def policy(nation: Nation) -> None:
    """From a change published until both boxes have it in force and have said so."""
    taken = []
    for _ in range(CHANGES):
        begun = time.perf_counter()
        nation.live(EVERYDAY)
        taken.append((time.perf_counter() - begun) * 1000)
    say("pnsbox.policy_live_ms_2", statistics.median(taken))
    say("pnsbox.policy_live_ms_2.worst", max(taken))


def failover(nation: Nation) -> None:
    gaps = []
    for silently in [True, False] * CUTS:
        afresh(nation)
        gaps.append(measured(nation, silently=silently) * 1000)
        nation.lab.heal(PLACES[OFFICE], 1, silently=silently)
    say("pnsbox.failover_ms", statistics.median(gaps))
    say("pnsbox.failover_ms.worst", max(gaps))


def memory(nation: Nation) -> None:
    say("pnsbox.agent_rss_mb", resident(nation.agents[OFFICE].pid))
    others = [pid for pid in pids(nation.lab.space(OFFICE)) if "wireguard-go" in command(pid)]
    if others:
        say("pnsbox.wireguard_go_rss_mb", max(map(resident, others)))


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")


def resident(pid: int) -> float:
    """Megabytes (2^20) of a process in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> None:
    if ONLY in ("", "control"):
        control.main()
    if ONLY in ("", "lab"):
        lab()


def lab() -> None:
    nation = Nation("bpns")
    nation.up()
    try:
        nation.enrol()
        tunnel(nation)
        policy(nation)
        failover(nation)
        memory(nation)
    finally:
        nation.down()


if __name__ == "__main__":
    main()
