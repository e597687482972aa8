"""How our faults look to a program that speaks X-Road.

Every refusal has one stable code of ours (`query.column_not_granted`) and one X-Road type, of which
programs know the beginning (`Server.ServerProxy.AccessDenied`). The type is written as the published
protocol has it, or, where the node's setting says 7.8, in that version's lower snake case.
"""

import re

_RENAMED = {"OutdatedGlobalConf": "global_conf_outdated"}


def render(type: str, dialect: str) -> str:
    """The X-Road type in `dialect`: "spec" or "7.8"."""
    if dialect != "7.8":
        return type
    actor, where, *rest = type.split(".")
    if actor != "Server":
        return ".".join(_snake(part) for part in (actor, where, *rest))
    return ".".join([actor.lower(), where.lower(), *[_snake(part) for part in rest]])


def _snake(part: str) -> str:
    return _RENAMED.get(part) or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", part).lower()


def wanted_xml(accept: bytes) -> bytes | None:
    """The XML type in which a fault is to be written, or None for JSON.

    The first of text/xml, application/xml and text/* that stands in Accept; order and weights against
    JSON do not count (X-Road REST protocol, 4.7).
    """
    for part in accept.split(b","):
        kind = part.split(b";")[0].strip().lower()
        if kind in (b"application/xml", b"text/xml"):
            return kind
        if kind == b"text/*":
            return b"text/xml"
    return None
