"""A ping that goes on while something happens, and what of it was lost, by its sequence numbers."""

import re
import signal
import subprocess
import threading
import time
from itertools import pairwise

from pendopo.box.lab import Lab
from tests.fleet.box.spaces import until

EVERY = 0.020  # seconds


class Pings:
    """Pings from the machine of a site to an address, `every` so many seconds, until they are stopped.

    With a count of its own ping waits no longer for its last answers than the others took.
    """

    def __init__(self, lab: Lab, source: str, address: str, every: float = EVERY, *options: str) -> None:
        self.every = every
        self.numbers: list[int] = []  # of the answers, as they came
        self.looked = 0  # so many of them `gap` has seen
        self.last = time.monotonic()  # when the last one came
        self.process = lab.start(
            f"{source}-pc", "ping", "-n", "-i", str(every), *options, address,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            if found := re.search(r"icmp_seq=(\d+) ttl", line):
                self.numbers.append(int(found[1]))
                self.last = time.monotonic()

    def more(self, count: int, seconds: float = 10.0) -> None:
        """Wait for so many answers from now on."""
        there = len(self.numbers)
        until(lambda: len(self.numbers) >= there + count, seconds)

    def gap(self) -> float:
        """Seconds of the longest gap since this was asked last."""
        there = sorted(set(self.numbers[max(self.looked - 1, 0) :]))
        self.looked = len(self.numbers)
        return max((after - one - 1 for one, after in pairwise(there)), default=0) * self.every

    def silent(self, seconds: float) -> bool:
        """Whether for so long no answer came."""
        return time.monotonic() - self.last >= seconds

    def stop(self) -> int:
        """End it; how many between the first and the last answer were lost."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(5)
        self.reader.join(5)
        there = set(self.numbers)
        return max(there) - min(there) + 1 - len(there)
