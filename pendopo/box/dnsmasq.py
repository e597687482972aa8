"""The program that answers private names to the site's machines: Debian's dnsmasq, begun and watched.

It lives on when the agent dies, and takes new names without a break (SIGHUP); only other addresses of the box
need it to begin anew. A machine that cannot have it (the program is missing, another one holds the port) has
all the rest of its network: that is told, and tried again.
"""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import socket
from pathlib import Path

from pendopo.box import dns
from pendopo.box.passing import bound
from pendopo.box.system import run
from pendopo.core.boxconfig import Address, Config
from pendopo.core.errors import Fault

log = logging.getLogger("pendopo.box")

RETRY = 5.0  # seconds between looks whether what stood in the way is gone
PATIENCE = 2.0  # seconds to end by itself


class Dnsmasq:
    """One dnsmasq with its files in `folder`. `trouble` is why names are not answered, None when they are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings, self.hosts = folder / "dnsmasq.conf", folder / "hosts"
        self.told: str | None = None  # the names it has read
        self.trouble: Fault | None = None
        self.tried = asyncio.Event()

    @property
    def standing(self) -> str | None:
        """For the report: "dnsmasq" when names are answered, else the code of what stands in the way, None
        when the site has no address to answer at."""
        if self.trouble:
            return self.trouble.code
        return "dnsmasq" if self.pid() else None

    async def check(self, config: Config) -> None:
        """`Fault box.command` when it would not take its settings; nothing is changed."""
        if shutil.which("dnsmasq"):
            await run("dnsmasq", "--test", "--conf-file=-", text=self._settings(config))

    async def serve(self, config: Config) -> None:
        """Answer the names of a configuration from now on, or remember the trouble."""
        before, self.trouble = self.trouble, None
        try:
            await self._serve(config)
        except Fault as fault:
            self.trouble = fault
            if str(before) != str(fault):
                log.warning("names: %s", fault)
        self.tried.set()

    async def _serve(self, config: Config) -> None:
        addresses = [one.ip for one in config.lan.addresses]
        settings, hosts = self._settings(config), dns.hosts(config.names)
        pid = self.pid()
        if pid is not None and addresses and _read(self.settings) == settings:
            if hosts != self.told:
                _write(self.hosts, hosts)
                with contextlib.suppress(ProcessLookupError):  # then `ended` is about to say so
                    os.kill(pid, signal.SIGHUP)
                self.told = hosts
            return
        # In this order: whoever is killed in between leaves none, or one with the settings of the file.
        await self.stop()
        if not addresses:
            return
        for one in addresses:
            _free(one)
        _write(self.hosts, hosts)
        _write(self.settings, settings)
        await run("dnsmasq", f"--conf-file={self.settings}")
        self.told = hosts

    async def stop(self) -> None:
        """Names are answered no more."""
        if (pid := self.pid()) is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    return await _gone(pid)

    async def ended(self) -> None:
        """Return when it has died; when none runs, as soon as another was tried, or after some seconds."""
        self.tried.clear()
        if (pid := self.pid()) is not None:
            return await _gone(pid)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RETRY):
                await self.tried.wait()

    def pid(self) -> int | None:
        """The number of the one that runs; whatever else has the number now is not it."""
        with contextlib.suppress(OSError, ValueError):
            pid = int((self.folder / "dnsmasq.pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            return pid if f"--conf-file={self.settings}".encode() in command else None
        return None

    def _settings(self, config: Config) -> str:
        return dns.settings([one.ip for one in config.lan.addresses], self.folder)


async def _gone(pid: int) -> None:
    """Return when a process has ended (pidfd_open(2))."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop, gone = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(fd, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(fd)
        os.close(fd)


def _free(address: Address) -> None:
    """`Fault box.port_taken` when another program answers there: dnsmasq would wait for it in silence."""
    try:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            bound(address, dns.PORT, kind).close()
    except OSError:
        raise Fault("box.port_taken", address=address, port=dns.PORT) from None


def _read(path: Path) -> str | None:
    with contextlib.suppress(OSError):
        return path.read_text()
    return None


def _write(path: Path, text: str) -> None:
    """A file that dnsmasq, which is nobody, can read; whole at any moment."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text)
    new.chmod(0o644)
    new.rename(path)
