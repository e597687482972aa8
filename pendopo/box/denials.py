"""Keys that a box refuses, whatever its configuration says: the newest signed list it has heard of."""

from pendopo.box import state
from pendopo.box.state import Identity, Paths
from pendopo.core import boxconfig
from pendopo.core.errors import Fault


class Denials:
    """The list as kept on disk. Without one, `serial` is 0 and nobody is refused."""

    def __init__(self, paths: Paths, identity: Identity) -> None:
        self.paths, self.identity = paths, identity
        kept = state.held_deny(paths, identity.controller_key)
        self.list, self.envelope = kept if kept else (None, b"")

    @property
    def serial(self) -> int:
        return self.list.serial if self.list else 0

    @property
    def keys(self) -> frozenset[bytes]:
        """WireGuard keys that count no more."""
        return frozenset(one.key for one in self.list.denied) if self.list else frozenset()

    def take(self, raw: bytes) -> None:
        """Keep a newer list, from whomever it came.

        Raises `Fault box.config_old`, `box.config_other` for another network's, or what
        `boxconfig.open_deny` says.
        """
        found = boxconfig.open_deny(raw, self.identity.controller_key)
        if found.network != self.identity.network:
            raise Fault("box.config_other", box=found.network)
        if found.serial <= self.serial:
            raise Fault("box.config_old", serial=found.serial, last=self.serial)
        state.install(self.paths.deny, raw)
        self.list, self.envelope = found, raw
