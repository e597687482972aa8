"""What a machine can do is tried, not assumed: against what its own `ip` and kernel say."""

import asyncio
import subprocess

from pendopo.box import system


def test_what_the_kernel_has_is_found_and_what_it_has_not_is_not():
    found = asyncio.run(system.capabilities())
    for kind, more in (("vxlan", ["id", "1", "dstport", "4789"]), ("dummy", []), ("wireguard", [])):
        command = ["unshare", "--net", "ip", "link", "add", "name", "uji", "type", kind, *more]
        there = subprocess.run(command, capture_output=True, check=False).returncode == 0
        assert (found[kind] == "kernel" if kind == "wireguard" else found[kind]) == there, kind
    assert found["vxlan"], "this kernel has it, as all of Debian's"
