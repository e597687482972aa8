"""News of interfaces and addresses: each is acted upon, and none costs anything until then."""

import asyncio
import socket
import time

from pendopo.box import system
from pendopo.box.agent import SETTLE, Agent


def test_what_comes_while_all_is_looked_at_is_looked_at_afterwards_and_nobody_spins(monkeypatch):
    kernel, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.setblocking(False)
    monkeypatch.setattr(system, "links", lambda: ours)
    agent, looked, done = Agent.__new__(Agent), [], asyncio.Event()

    async def mend(*, routes_only: bool) -> None:
        looked.append(routes_only)
        await done.wait()  # as long as another change is applied

    async def day() -> float:
        task = asyncio.create_task(agent._links())
        kernel.send(b"a line went")
        await asyncio.sleep(2 * SETTLE)
        kernel.send(b"a line came")
        assert looked == [True]
        before = time.process_time()
        await asyncio.sleep(5 * SETTLE)
        spent = time.process_time() - before
        done.set()
        await asyncio.sleep(2 * SETTLE)
        assert looked == [True, True]
        task.cancel()
        return spent

    agent._mend = mend
    with kernel:
        assert asyncio.run(day()) < SETTLE
