"""What an address of a database must look like before anyone knocks on it."""

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True)
class Kind:
    """A kind of source. `port` is its usual TCP port; None for one that is a file."""

    code: str
    name: str
    port: int | None


KINDS = {
    kind.code: kind
    for kind in (
        Kind("postgresql", "PostgreSQL", 5432),
        Kind("mariadb", "MariaDB", 3306),
        Kind("sqlite", "SQLite", None),
    )
}


def address_problems(kind: str, address: dict) -> dict[str, str]:
    """field -> what is wrong ("empty", "scheme", "spaces", "port"); {} when it may be tried."""
    if KINDS[kind].port is None:
        return {} if address.get("path") else {"path": "empty"}
    problems = {name: "empty" for name in ("host", "database", "user") if not address.get(name)}
    host = address.get("host") or ""
    if "://" in host or "/" in host:
        problems["host"] = "scheme"
    elif any(character.isspace() for character in host):
        problems["host"] = "spaces"
    if not 1 <= (address.get("port") or 0) <= 65535:
        problems["port"] = "port"
    return problems


def label(kind: str, address: dict) -> str:
    """Where a source is, for people; never with its password: `db.go.id:3306/kependudukan`."""
    if KINDS[kind].port is None:
        return address.get("path", "")
    host = address.get("host", "")
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{address.get('port')}/{address.get('database', '')}"


def file_name(path: str) -> str:
    """The file's name without its folder and ending, as a first name for the source."""
    return PurePosixPath(path).stem
