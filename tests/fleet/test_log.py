"""The exchange log on a real disk: order, recovery, proofs, openings, and what happens when it fails."""

import asyncio
import json
import os
import random

import pytest

from pendopo.core import ids, merkle
from pendopo.gateway.log import segments
from pendopo.gateway.log.segments import LogDamaged
from pendopo.gateway.log.store import Log, LogFault


def entry(seq: int, exchange_id: str = "", pad: int = 0) -> bytes:
    return json.dumps(
        {"req": {"exchange": exchange_id}, "seq": seq, "pad": "x" * pad}, separators=(",", ":")
    ).encode()


def root_of(entries) -> bytes:
    return merkle.root(merkle.leaf(e) for e in entries)


def opened(home, known=0, root=None) -> Log:
    for name in ("log", "openings"):
        (home / name).mkdir(exist_ok=True)
    return Log(home / "log", home / "openings", 1, known, root)


async def fill(log: Log, count: int) -> list[str]:
    """Append `count` entries, some in one turn of the loop, some one by one."""
    if log._thread is None:
        log.start(asyncio.get_running_loop())
    names = [ids.new_id() for _ in range(count)]
    for number, name in enumerate(names):
        durable = asyncio.get_running_loop().create_future()
        log.append(
            bytes.fromhex(name.replace("-", "")),
            entry(log.size, name),
            b"opening of " + name.encode(),
            durable.set_result,
        )
        if number % 7 == 0:
            await durable
    await durable
    return names


def test_entries_come_back_with_proofs_and_openings(tmp_path):
    async def run():
        log = opened(tmp_path)
        names = await fill(log, 100)
        size, root = await log.head()
        assert size == 100
        entries = [e for _, e in log.entries(0, 1000)]
        assert root == root_of(entries)
        for seq in (0, 1, 63, 64, 98, 99):
            assert log.index.find(bytes.fromhex(names[seq].replace("-", ""))) == [seq]
            assert log.entry(seq) == entries[seq]
            assert merkle.check_inclusion(
                merkle.leaf(entries[seq]), seq, size, log.tree.inclusion(seq, size), root
            )
            day = log.openings.day
            assert log.opening(seq, (day,)) == b"opening of " + names[seq].encode()
        for old in range(1, 101):
            proof = log.tree.consistency(old, size)
            assert merkle.check_consistency(old, size, root_of(entries[:old]), root, proof)
        assert log.flushes < 100  # waiting entries share flushes
        await log.close()

    asyncio.run(run())


def test_shredded_day_key_takes_the_opening_and_leaves_the_proof(tmp_path):
    async def run():
        log = opened(tmp_path)
        await fill(log, 10)
        day = log.openings.day
        assert log.opening(3, (day,))
        (tmp_path / "openings" / f"{day}.key").unlink()
        assert log.opening(3, (day,)) is None
        assert log.entry(3)
        await log.close()

    asyncio.run(run())


@pytest.mark.parametrize("torn", [0, 1, 5, 8, 9, 40])
@pytest.mark.parametrize("stopped", [True, False])
def test_torn_end_is_cut_and_the_sequence_goes_on(tmp_path, torn, stopped):
    """After a stop the segment ends with its last record; after a kill zeros lie ahead of it."""

    async def run():
        log = opened(tmp_path)
        await fill(log, 20)
        (path,) = (tmp_path / "log").glob("*.seg")
        end = log.writer.offset
        if stopped:
            await log.close()
            assert path.stat().st_size == end
        else:
            assert path.stat().st_size > end
        with open(path, "r+b") as file:
            file.seek(end)
            file.write(segments.pack(entry(20))[:torn])
        again = opened(tmp_path)
        assert again.size == 20
        await fill(again, 5)
        size, root = await again.head()
        assert size == 25
        assert root == root_of([e for _, e in again.entries(0, 100)])
        await again.close()

    asyncio.run(run())


def test_rebuilds_lost_tree_and_index_from_segments(tmp_path, monkeypatch):
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 2000)

    async def run():
        log = opened(tmp_path)
        names = await fill(log, 60)
        size, root = await log.head()
        await log.close()
        assert len(list((tmp_path / "log").glob("*.seg"))) > 2
        for name in ("e0001.tree", "e0001.index"):
            os.truncate(tmp_path / "log" / name, 100)
        again = opened(tmp_path, size, root)
        again.start(asyncio.get_running_loop())
        assert await again.head() == (size, root)
        seq = again.index.find(bytes.fromhex(names[5].replace("-", "")))[0]
        assert again.opening(seq, (log.openings.day,)) == b"opening of " + names[5].encode()
        await again.close()

    asyncio.run(run())


def test_damage_in_the_middle_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 2000)

    async def run():
        log = opened(tmp_path)
        await fill(log, 60)
        size, root = await log.head()
        await log.close()
        first = min((tmp_path / "log").glob("*.seg"))
        data = bytearray(first.read_bytes())
        data[300] ^= 1
        first.write_bytes(data)
        with pytest.raises(LogDamaged):
            opened(tmp_path)
        # An entry exchanged for another with its checksum made anew: the checkpoint's root tells.
        rows = list(segments.scan(bytes(log.folder.joinpath(first.name).read_bytes()), len(segments.HEADER)))
        assert len(rows) >= 1
        data[300] ^= 1
        offset, old = list(segments.scan(bytes(data), len(segments.HEADER)))[2]
        forged = old.replace(b'"pad":""', b'"pad":""')[:-2] + b" }"
        data[offset - 8 : offset + len(old)] = segments.pack(forged)
        first.write_bytes(data)
        (tmp_path / "log" / "e0001.tree").unlink()
        with pytest.raises(LogDamaged):
            opened(tmp_path, size, root)

    asyncio.run(run())


def test_failed_flush_poisons_the_log(tmp_path, monkeypatch):
    real = os.fdatasync

    async def run():
        log = opened(tmp_path)
        await fill(log, 3)

        def broken(fd):
            if fd == log.writer.fd:
                raise OSError(5, "Input/output error")
            real(fd)

        monkeypatch.setattr(os, "fdatasync", broken)
        waits = [asyncio.ensure_future(log.written(bytes(16), entry(log.size + i), None)) for i in range(3)]
        for wait in waits:
            with pytest.raises(LogFault):
                await wait
        monkeypatch.setattr(os, "fdatasync", real)
        with pytest.raises(LogFault):  # the disk works again: no matter
            await log.written(bytes(16), entry(log.size), None)
        with pytest.raises(LogFault):
            await log.head()
        assert log.durable == 3

    asyncio.run(run())


def test_acknowledged_in_order(tmp_path):
    async def run():
        log = opened(tmp_path)
        log.start(asyncio.get_running_loop())
        order = []
        rng = random.Random(7)
        for number in range(500):
            log.append(bytes(16), entry(log.size), None, lambda fault, n=number: order.append(n))
            if rng.random() < 0.1:
                await asyncio.sleep(0)
        while len(order) < 500:
            await log.head()
        assert order == list(range(500))
        await log.close()

    asyncio.run(run())
