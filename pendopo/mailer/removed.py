"""What people delete for good: kept for a while in a folder of each mailbox that counts toward no quota.

Dovecot moves it there (`lazy_expunge`). The folder's name is drawn by lot and no list shows it: so no program
opens it, or fills it with what its quota would refuse.
"""

import secrets

from pendopo.mailer import space
from pendopo.mailer.engine import INSIDE, Engine
from pendopo.mailer.files import write


def namespace(engine: Engine) -> str:
    """The name before the folder's own, drawn where there is none yet."""
    if not engine.removed.exists():
        write(engine.removed, f"removed-{secrets.token_hex(16)}".encode(), 0o600)
    return engine.removed.read_text()


def folder(engine: Engine) -> str:
    """The folder, as the portal opens it."""
    return f"{namespace(engine)}/messages"


def purge(engine: Engine, days: int) -> None:
    """Take away, in every mailbox, what was deleted `days` ago or before. `Fault mail.not_purged`."""
    command = ("doveadm", "-c", f"{INSIDE}/etc/dovecot/dovecot.conf", "expunge", "-A")
    query = ("mailbox", folder(engine), "savedbefore", f"{days}d")
    space.run(engine.root, *command, *query, said="mail.not_purged")
