"""Refusals in the log: each one, until they become a flood of the same; then a count."""

import asyncio
from collections.abc import Callable

from pendopo.core.exchange import RequestHead

EACH = 20  # of one kind in one window that get an entry of their own
WINDOW_SECONDS = 10.0
KINDS_MAX = 1000  # kinds of refusals followed at once; more are counted under their code alone


class _Flood:
    __slots__ = ("count", "head")

    def __init__(self) -> None:
        self.count = 0
        self.head: RequestHead | None = None


class Refusals:
    """`record` is the gateway's: (kind, side, head, sig, fault=, times=, done=)."""

    def __init__(self, record: Callable, loop: asyncio.AbstractEventLoop) -> None:
        self.record, self.loop = record, loop
        self.floods: dict[tuple[str, str, str], _Flood] = {}

    def note(
        self,
        side: str,
        code: str,
        who: str,
        head: RequestHead | None,
        sig: bytes | None,
        then: Callable[[Exception | None], None],
    ) -> None:
        """Log a refusal by `code` of a request of `who`; `then` answers it, after its entry is durable.

        A refusal that is only counted is answered at once: its entry follows at the end of the window.
        """
        key = (side, code, who)
        flood = self.floods.get(key)
        if flood is None:
            if len(self.floods) >= KINDS_MAX:
                key = (side, code, "")
                flood = self.floods.get(key)
            if flood is None:
                flood = self.floods[key] = _Flood()
                self.loop.call_later(WINDOW_SECONDS, self._close, key)
        flood.count += 1
        if flood.count <= EACH:
            self.record("refusal", side, head, sig, fault=code, done=then)
        else:
            flood.head = head
            then(None)

    def _close(self, key: tuple[str, str, str]) -> None:
        flood = self.floods.pop(key, None)
        if flood is not None and flood.count > EACH:
            self.record("refusal", key[0], flood.head, None, fault=key[1], times=flood.count - EACH)

    def close(self) -> None:
        """Write every count now."""
        for key in list(self.floods):
            self._close(key)
