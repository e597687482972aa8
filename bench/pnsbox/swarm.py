"""Boxes of which only the voice is there: each holds its question at the controller, as the agent does.

`python -m bench.pnsbox.swarm URL` reads one line of JSON, `{network, key, boxes: [[id, seed, serial]]}`, and
writes `ready` once all wait. Then a line `serial box seconds` for each configuration whose signature was
verified and whose every field was read, with the moment by the clock that all processes share.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from pendopo.box import state
from pendopo.box.asking import Asking
from pendopo.box.state import Identity
from pendopo.core import strict
from pendopo.core.errors import Fault
from pendopo.core.keys import SigningKey

POLL = 40.0  # seconds; as pendopo.box.agent
AT_ONCE = 200  # first questions at a time: boxes of a network are not switched on in one moment


class Voice:
    """One box; `serial` is the last it has taken."""

    def __init__(self, identity: Identity, seed: bytes, serial: int) -> None:
        self.identity, self.serial = identity, serial
        self.asking = Asking(identity, SigningKey.from_seed("node:box", "log", seed))

    async def ask(self) -> None:
        """One question; what comes is checked as the agent checks it."""
        target = f"/box/v1/config?after={self.serial}"
        answer = await self.asking.ask(None, "GET", target, seconds=POLL)
        if answer.status == 200:
            config = state.accept(answer.body, self.identity, self.identity.controller_key, self.serial)
            self.serial = config.serial
            print(config.serial, self.identity.box, time.monotonic(), flush=True)

    async def follow(self) -> None:
        while True:
            try:
                await self.ask()
            except Fault as fault:
                print(self.identity.box, fault, file=sys.stderr, flush=True)
                await asyncio.sleep(0.5)


async def main(url: str) -> None:
    said = json.loads(sys.stdin.readline())
    key = strict.b64d(said["key"], 32)
    voices = [
        Voice(Identity(box, said["network"], key, (url,)), bytes.fromhex(seed), serial)
        for box, seed, serial in said["boxes"]
    ]
    tasks = []
    for at, voice in enumerate(voices):
        tasks.append(asyncio.create_task(voice.follow()))
        if at % AT_ONCE == AT_ONCE - 1:
            await asyncio.sleep(0)
            await _waiting(at + 1)
    await _waiting(len(voices))
    print("ready", flush=True)
    await asyncio.gather(*tasks)


async def _waiting(number: int) -> None:
    """Until so many connections of ours are open: each is a question that is held."""
    while len(list(Path("/proc/self/fd").iterdir())) < number:
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
