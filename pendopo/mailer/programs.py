"""The programs of Debian that the mail servers are, and which are missing."""

import os
import subprocess
from pathlib import Path

from pendopo.core.errors import Fault
from pendopo.mailer.space import ENVIRONMENT

# Package → a file only it brings; several where architectures put it elsewhere.
PACKAGES = {
    "postfix": "/usr/sbin/postfix",
    "postfix-sqlite": "/usr/lib/postfix/postfix-sqlite.so*",
    "dovecot-core": "/usr/sbin/dovecot",
    "dovecot-imapd": "/usr/lib/dovecot/imap",
    "dovecot-pop3d": "/usr/lib/dovecot/pop3",
    "dovecot-lmtpd": "/usr/lib/dovecot/lmtp",
    "dovecot-sieve": "/usr/bin/sievec",
    "dovecot-managesieved": "/usr/lib/dovecot/managesieve",
    "dovecot-sqlite": "/usr/lib/dovecot/modules/libdriver_sqlite.so",
    "rspamd": "/usr/bin/rspamd",
    "redis-server": "/usr/bin/redis-server",
}


def missing() -> list[str]:
    """The packages that are not installed."""
    absent = [name for name, path in PACKAGES.items() if not any(Path("/").glob(path[1:]))]
    if os.geteuid() and not Path("/usr/bin/newuidmap").exists():
        absent.append("uidmap")
    return absent


def check() -> None:
    """`Fault mail.programs_missing` unless all are there."""
    if absent := missing():
        raise Fault("mail.programs_missing", packages=" ".join(absent))


def dovecot_version() -> str:
    """Such as "2.3.19.1"."""
    done = subprocess.run(["dovecot", "--version"], capture_output=True, text=True, env=ENVIRONMENT)
    return done.stdout.split(" ")[0].strip()
