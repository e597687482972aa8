"""The replay window: which exchanges a provider has already accepted.

An exchange id carries its own time (UUIDv7) and is accepted only while that lies within 60 s of our clock.
So an id need be remembered no longer, and can never be accepted again later. After a restart the window is
filled from the end of the log: a request that had not reached the log was never answered.

Ids lie as 16 bytes in a row, by second and last half byte: some 6 MB at 3,000 exchanges a second.
"""

WINDOW_SECONDS = 60
ID = 16


class ReplayWindow:
    """Remembers ids for as long as they would be accepted."""

    def __init__(self) -> None:
        self.buckets: dict[int, bytearray] = {}
        self.swept = 0

    def fresh(self, id: bytes, now: float) -> bool:
        """Whether the 16 bytes of a UUIDv7 are of about `now` (Unix seconds)."""
        return abs(int.from_bytes(id[:6], "big") / 1000 - now) <= WINDOW_SECONDS

    def seen(self, id: bytes, now: float) -> bool:
        """Remember `id`, which is fresh; whether it was there already."""
        second = int.from_bytes(id[:6], "big") // 1000
        self._sweep(int(now) - WINDOW_SECONDS - 1)
        bucket = self.buckets.setdefault(second << 4 | id[15] & 15, bytearray())
        at = bucket.find(id)
        while at > 0 and at % ID:
            at = bucket.find(id, at + 1)
        if at >= 0:
            return True
        bucket += id
        return False

    def _sweep(self, until: int) -> None:
        """Forget ids of seconds before `until`."""
        if until <= self.swept:
            return
        if until - self.swept > 4 * WINDOW_SECONDS:
            self.buckets = {key: value for key, value in self.buckets.items() if key >> 4 >= until}
        else:
            for second in range(self.swept, until):
                for half in range(16):
                    self.buckets.pop(second << 4 | half, None)
        self.swept = until
