"""Parts of the agent that trip are started again, whatever it was."""

import asyncio
import logging

import pytest

from pendopo.box import agent
from pendopo.core.errors import Fault


@pytest.mark.parametrize("trouble", [OSError(28, "No space left"), Fault("box.root"), KeyError("x")])
def test_work_that_trips_is_logged_and_starts_again(trouble, caplog, monkeypatch):
    monkeypatch.setattr(agent, "AGAIN", 0.001)
    begun, third = [], asyncio.Event()

    async def work():
        begun.append(1)
        if len(begun) < 3:
            raise trouble
        third.set()
        await asyncio.Event().wait()

    async def watched():
        task = asyncio.create_task(agent.Agent._always(None, work))
        async with asyncio.timeout(5):
            await third.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with caplog.at_level(logging.ERROR, "pendopo.box"):
        asyncio.run(watched())
    assert len(begun) == 3 and caplog.text.count("work stopped and starts again") == 2
