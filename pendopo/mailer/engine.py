"""Where everything of a node's mail servers lies and listens. Pure, as `pendopo.core.home`.

The servers see the folder `mail/` of the home as `/mnt`, in a mount namespace of their own (run.py): paths
named `…_inside` are what their configuration says, the others are the same things as the node sees them.
"""

from dataclasses import dataclass
from pathlib import Path

from pendopo.core.home import Home, Mail

INSIDE = Path("/mnt")


@dataclass(frozen=True)
class Engine:
    """The mail servers of one node: `root` is everything of theirs, `logs` where they say what they do."""

    root: Path
    logs: Path
    mail: Mail

    @classmethod
    def of(cls, home: Home) -> "Engine | None":
        """The mail servers of `home`; None where it has no mail."""
        return cls(home.mail_dir, home.logs, home.mail) if home.mail else None

    @property
    def lookups(self) -> Path:
        """The file of `pendopo.mailer.lookups.Lookups`, alone in its folder."""
        return self.root / "lookups" / "lookups.sqlite"

    @property
    def etc(self) -> Path:
        """What `render.files` says, written anew at each start."""
        return self.root / "etc"

    @property
    def dkim(self) -> Path:
        """Keys that sign outgoing mail: `pendopo.mailer.dkim`."""
        return self.root / "dkim"

    @property
    def tls(self) -> Path:
        return self.root / "tls"

    @property
    def ca(self) -> Path:
        """The certificate of our own authority, which clients on this machine trust."""
        return self.tls / "ca.pem"

    @property
    def tokens(self) -> Path:
        """The public keys of the portal's tokens: `pendopo.mailer.tokens.Keys`."""
        return self.root / "tokens"

    @property
    def limited(self) -> Path:
        """Notes of who tried to send more than is allowed: `pendopo.mailer.limited`."""
        return self.root / "limited"

    @property
    def crossed(self) -> Path:
        """Notes of mailboxes that fill up: `pendopo.mailer.crossed`."""
        return self.root / "crossed"

    @property
    def removed(self) -> Path:
        """How the folders of what was deleted for good are called: `pendopo.mailer.removed`."""
        return self.root / "removed"

    @property
    def redis(self) -> Path:
        return self.root / "run" / "redis" / "redis.sock"

    @property
    def doveadm(self) -> Path:
        """Where Dovecot is told to end connections: `pendopo.mailer.kick`."""
        return self.root / "run" / "dovecot" / "doveadm-server"

    @property
    def milter(self) -> Path:
        """Where Rspamd answers Postfix."""
        return self.root / "run" / "rspamd" / "milter.sock"
