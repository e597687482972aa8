"""The servers' configuration, from `templates/`: text in which `@{name}` stands for a value of the engine.

Below `templates/` each folder becomes one below `etc/`. Dovecot changes its language between versions: it has
a folder for each it is known in, such as `dovecot-2.3`, of which the installed one's becomes `etc/dovecot`.
"""

import re
from pathlib import Path

from pendopo.core.errors import Fault
from pendopo.mailer.engine import INSIDE, Engine
from pendopo.mailer.tokens import AUDIENCE, ISSUER

TEMPLATES = Path(__file__).parent / "templates"
PLACE = re.compile(r"@\{([a-z_0-9]+)\}")
MESSAGE_BYTES = 25 * 2**20


def dovecots() -> list[str]:
    """The versions of Dovecot there are templates for, such as "2.3"."""
    return sorted(folder.name.removeprefix("dovecot-") for folder in TEMPLATES.glob("dovecot-*"))


def files(engine: Engine, dovecot: str, scanners: int, removed: str) -> dict[str, tuple[str, int]]:
    """Path below `etc/` → text and mode. `dovecot`: the version as `dovecot --version` says it, such as
    "2.3.19.1"; `scanners`: how many processes of Rspamd read mail; `removed`: the name of what was deleted
    for good (pendopo.mailer.removed).
    `Fault mail.dovecot_version` for a version without templates.
    """
    version = ".".join(dovecot.split(".")[:2])
    if version not in dovecots():
        raise Fault("mail.dovecot_version", version=dovecot, known=", ".join(dovecots()))
    known = values(engine) | {"scanners": str(scanners), "removed": removed}
    found = {}
    for path in sorted(TEMPLATES.rglob("*")):
        folder, *rest = path.relative_to(TEMPLATES).parts
        if path.is_dir() or (folder.startswith("dovecot-") and folder != f"dovecot-{version}"):
            continue
        name = "/".join([folder.partition("-")[0], *rest])
        text = PLACE.sub(lambda place: known[place[1]], path.read_text(encoding="utf-8"))
        found[name] = (text, 0o755 if text.startswith("#!") else 0o644)
    return found


def values(engine: Engine) -> dict[str, str]:
    """What may stand in a template."""
    mail = engine.mail
    host = f"[{mail.host}]" if ":" in mail.host else mail.host
    relay_host, _, relay_port = mail.relay.rpartition(":")
    return {name: str(port) for name, port in mail.ports().items()} | {
        "inside": str(INSIDE),
        "domain": mail.domain,
        "hostname": mail.hostname,
        "host": host,
        "listen": mail.host,
        "relay": f"[{relay_host.strip('[]')}]:{relay_port}" if mail.relay else "",
        "message_bytes": str(MESSAGE_BYTES),
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "near": f"127.0.0.0/8,::1,{mail.host}",
        "hourly": str(mail.hourly),
        "dns": "true" if mail.dns else "false",
        "no_dns": "no" if mail.dns else "yes",
        "host_lookup": "dns" if mail.dns else "native",
        "peer_names": "yes" if mail.dns else "no",
        # A port of loopback nobody listens on says so at once; waiting for an answer would hold each mail up.
        "resolver": "" if mail.dns else 'nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 1;',
    }
