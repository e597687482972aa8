"""Names of an agency's information systems, and the tokens their programs carry."""

import hashlib
import re
import secrets

from pendopo.core.ids import PART

BUILT_IN = "pendopo"  # every agency has this subsystem from the start; its services carry deliveries

_part = re.compile(PART)


def code_problem(code: str) -> str | None:
    """Why `code` cannot name a subsystem or service: "empty", "characters", "reserved"; None if it can."""
    if not code:
        return "empty"
    if not _part.fullmatch(code):
        return "characters"
    return "reserved" if code.lower() == BUILT_IN else None


def suggest_code(text: str) -> str:
    """A code made from a table's or database's name: `Data_Penduduk 2026` becomes `data-penduduk-2026`."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-").lower()[:64].strip("-")


def new_token() -> str:
    """A bearer token of 256 bits; the caller shows it once and keeps only `token_sha`."""
    return secrets.token_urlsafe(32)


def token_sha(token: str) -> str:
    """What is kept of a token: SHA-256 in hex. It is random and long, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()
