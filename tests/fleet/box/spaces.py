"""Sockets in any network namespace, from the process of the test."""

import ctypes
import os
import socket
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

_libc = ctypes.CDLL(None, use_errno=True)
NEWNET = 0x40000000  # CLONE_NEWNET, sched.h


def lab_name(name: str) -> str:
    """The lab `name` of this checkout: another one's tests on the same machine have labs of their own."""
    return f"{name}{zlib.crc32(str(Path(__file__).parents[3]).encode()) % 100_000:05}"


def inside(space: str, function: Callable[[], Any]) -> Any:
    """What `function` gives in a thread whose network is `space`; sockets that it makes stay there."""
    result: list = []

    def body() -> None:
        fd = os.open(f"/run/netns/{space}", os.O_RDONLY)
        try:
            if _libc.setns(fd, NEWNET):
                raise OSError(ctypes.get_errno(), space)
            result.append((function(), None))
        except OSError as error:
            result.append((None, error))
        finally:
            os.close(fd)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    value, error = result[0]
    if error:
        raise error
    return value


def family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def listening(space: str, address: str, port: int) -> socket.socket:
    """A TCP server's socket."""
    return inside(space, lambda: socket.create_server((address, port), family=family(address)))


def reaches(space: str, address: str, port: int, seconds: float = 0.4) -> bool:
    """Whether a TCP connection to a listening place comes about."""
    try:
        inside(space, lambda: socket.create_connection((address, port), timeout=seconds)).close()
    except OSError:
        return False
    return True


def datagrams(space: str, address: str, port: int) -> socket.socket:
    """A UDP socket bound to an address of a place."""

    def make() -> socket.socket:
        sock = socket.socket(family(address), socket.SOCK_DGRAM)
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        sock.setblocking(False)
        return sock

    return inside(space, make)


def until(true: Callable[[], Any], seconds: float = 10.0, pause: float = 0.02) -> Any:
    """What `true` gives once it is; asks again and again, for so long."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(pause)
    return found
