"""Lines as people write them down. Plain functions."""

from ipaddress import ip_address

from pendopo.core.errors import Fault
from pendopo.core.ids import host_of

FIRST_PORT = 51820  # WireGuard's usual one
MOST = 4  # lines of a site


def endpoint(text: str) -> str:
    """`IP:port` in its one form, IPv6 in brackets; `Fault pnsbox.endpoint` otherwise.

    A name would make a tunnel wait for somebody's name server.
    """
    try:
        host, port = ip_address(host_of(text)), int(text.rpartition(":")[2])
    except (ValueError, Fault):
        raise Fault("pnsbox.endpoint", text=text[:60]) from None
    if host.is_multicast or host.is_unspecified or not 0 < port < 65536:
        raise Fault("pnsbox.endpoint", text=text[:60])
    return f"[{host}]:{port}" if host.version == 6 else f"{host}:{port}"
