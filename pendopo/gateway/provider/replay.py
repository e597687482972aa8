"""The replay window: which exchanges a provider has already accepted.

A request is fresh while its `created` lies within `CLOCK_MS` of our clock, so an id need be remembered
for twice that. After a restart the window is filled again from the end of the log: an accepted request
that had not reached the log was never answered, and may be sent again.
"""

CLOCK_MS = 60_000
KEEP_MS = 2 * CLOCK_MS + 5_000


class ReplayWindow:
    """Two generations of ids: a lookup is two set lookups, forgetting is one swap."""

    def __init__(self) -> None:
        self.new: set[str] = set()
        self.old: set[str] = set()
        self.turned = 0

    def seen(self, key: str, now_ms: int) -> bool:
        """Remember `key`; whether it was there already."""
        if now_ms - self.turned > KEEP_MS:
            self.old = self.new if now_ms - self.turned < 2 * KEEP_MS else set()
            self.new, self.turned = set(), now_ms
        if key in self.new or key in self.old:
            return True
        self.new.add(key)
        return False
