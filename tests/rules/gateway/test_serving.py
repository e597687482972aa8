"""A provider's half of an exchange against a consumer that stops in the middle."""

import asyncio
import json
import time
from hashlib import sha256
from types import SimpleNamespace

import pytest

from pendopo.core.errors import Fault
from pendopo.core.exchange import CHUNK, CTL, Frame
from pendopo.gateway.provider import serving as module
from pendopo.gateway.provider.limits import Quota
from pendopo.gateway.provider.serving import Serving


def stream(sent: list, quota: Quota | None = None) -> Serving:
    """An exchange in the middle of a long answer, its window used up."""
    writable = asyncio.Event()
    writable.set()
    channel = SimpleNamespace(closed=False, writable=writable, send=lambda *frame: sent.append(frame))
    gateway = SimpleNamespace(loop=asyncio.get_running_loop(), quota=quota)
    found = Serving(gateway, channel, 1)
    found.sha, found.credit = sha256(), 0
    return found


def test_a_consumer_that_acknowledges_nothing_does_not_keep_the_source(monkeypatch):
    async def go(taken: bool) -> list:
        sent: list = []
        one = stream(sent)
        sending = asyncio.ensure_future(one._send_chunk(b"baris"))
        await asyncio.sleep(0)
        if taken:
            one.on_frame(Frame(CTL, 1, 0, (1000).to_bytes(4, "big")))
        await sending
        return sent

    monkeypatch.setattr(module, "STALL_SECONDS", 0.05)
    with pytest.raises(Fault, match="client_gone"):
        asyncio.run(go(taken=False))
    assert asyncio.run(go(taken=True)) == [(CHUNK, 1, b"baris")]


def test_a_quota_gets_back_what_it_lent_also_when_another_agreement_took_over(tmp_path):
    async def go():
        quota = Quota(tmp_path / "quota.json", "Asia/Jakarta")
        one = stream([], quota)
        one.agreement = SimpleNamespace(id="lama", rate=None, quota=1)
        one._check_limits(0.0)
        assert not quota.reserve("lama", 1, 0.0)
        one.agreement = SimpleNamespace(id="baru", rate=None, quota=1)  # what `recheck` finds
        one._settle(False)
        assert quota.reserve("lama", 1, 0.0)  # free again
        assert quota.reserve("baru", 1, 0.0) and not quota.reserve("baru", 1, 0.0)

    asyncio.run(go())


def test_what_the_log_has_is_counted_with_it(tmp_path, monkeypatch):
    """Counts saved while an entry waits for the disk say a size that has it: after a crash it counts once."""

    monkeypatch.setattr(Serving, "_sign", lambda *_: (None, b"", b""))
    monkeypatch.setattr(Serving, "_opening", lambda *_: b"")

    async def go():
        quota, waiting = Quota(tmp_path / "quota.json", "Asia/Jakarta"), []
        one = stream(sent := [], quota)
        one.gateway.record = lambda *_, done, **__: waiting.append(done)
        one.agreement = SimpleNamespace(id="baru", rate=None, quota=2)
        one._check_limits(time.time())
        one.head, one.request = None, SimpleNamespace(asked=b"", body=b"", sig=b"")
        one.channel.drop = lambda _: None
        one.answer(200, 1, b"[]", b"application/json")
        saved = json.loads(quota.snapshot(1, len(waiting)))
        assert not sent and (saved["counts"], saved["size"]) == ({"baru": 1}, 1)
        waiting[0](None)
        assert sent and quota.logged == {"baru": 1} and quota.running == {"baru": 0}

    asyncio.run(go())
