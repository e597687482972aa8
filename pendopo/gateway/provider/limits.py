"""Rate and daily quota of each agreement.

The rate is a token bucket in memory (a restart grants at most one second's worth anew). The quota is a
count of the day, in the provider's zone, saved with the log size it covers, so that what came after is
counted again from the log.
"""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pendopo.gateway.files import install


class Rate:
    """Token buckets by agreement id; a bucket holds one second's worth, at least one."""

    def __init__(self) -> None:
        self.buckets: dict[str, tuple[float, float]] = {}

    def take(self, agreement: str, per_second: float, now: float) -> float:
        """Take a token at monotonic time `now`; 0.0, or the seconds until there is one."""
        size = max(1.0, float(per_second))
        tokens, at = self.buckets.get(agreement, (size, now))
        tokens = min(size, tokens + (now - at) * per_second)
        if tokens < 1.0:
            self.buckets[agreement] = (tokens, now)
            return (1.0 - tokens) / per_second
        self.buckets[agreement] = (tokens - 1.0, now)
        return 0.0


class Quota:
    """Answered exchanges of the day by agreement id.

    `logged` counts entries in the log, `running` what is reserved for exchanges under way: both together
    may not pass the quota, and only `logged` is saved.
    """

    def __init__(self, path: Path, zone: str) -> None:
        self.path, self.zone = path, ZoneInfo(zone)
        self.day = ""
        self.logged: dict[str, int] = {}
        self.running: dict[str, int] = {}
        self._until = 0.0

    def turn(self, now: float) -> None:
        """Start a new count when the day of Unix time `now` is another than before."""
        if now < self._until:
            return
        local = datetime.fromtimestamp(now, self.zone)
        self._until = now + 60 - local.second - local.microsecond / 1e6
        day = local.date().isoformat()
        if day != self.day:
            self.day, self.logged = day, {}

    def reserve(self, agreement: str, per_day: int, now: float) -> bool:
        """Whether one exchange more fits into the day; it then counts as running."""
        self.turn(now)
        if self.logged.get(agreement, 0) + self.running.get(agreement, 0) >= per_day:
            return False
        self.running[agreement] = self.running.get(agreement, 0) + 1
        return True

    def settle(self, agreement: str, answered: bool, now: float) -> None:
        """A reserved exchange has its entry in the log, or was not answered and costs nothing."""
        self.turn(now)
        self.running[agreement] -= 1
        if answered:
            self.logged[agreement] = self.logged.get(agreement, 0) + 1

    def seconds_left(self, now: float) -> int:
        """Seconds until the count starts again."""
        local = datetime.fromtimestamp(now, self.zone)
        return 86400 - (local.hour * 3600 + local.minute * 60 + local.second)

    def snapshot(self, epoch: int, size: int) -> bytes:
        """What `save` writes: the counts as they are when the log has `size` entries."""
        return json.dumps(
            {"v": 1, "day": self.day, "counts": self.logged, "epoch": epoch, "size": size}
        ).encode()

    def save(self, snapshot: bytes) -> None:
        """Replace the saved counts; the log up to the snapshot's size must be durable."""
        install(self.path, snapshot)

    def load(self, epoch: int, log_size: int) -> int:
        """Take up the saved counts; the log size from which entries must be counted again (0: from start)."""
        try:
            saved = json.loads(self.path.read_bytes())
        except (FileNotFoundError, ValueError):
            return 0
        if saved["epoch"] != epoch or saved["size"] > log_size:
            return 0
        self.day, self.logged = saved["day"], saved["counts"]
        return saved["size"]

    def recount(self, agreement: str, at: datetime) -> None:
        """Count an entry of the log again, if it is of the day we count."""
        if at.astimezone(self.zone).date().isoformat() == self.day:
            self.logged[agreement] = self.logged.get(agreement, 0) + 1
