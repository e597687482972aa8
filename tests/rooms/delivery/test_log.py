"""Log entries reach each reader once, in order, whatever fails on the way."""

import pytest


class Log:
    """The part of the gateway's client that the reader uses, over a list."""

    def __init__(self, *entries):
        self.entries = [{"epoch": epoch, "seq": seq} for epoch, seq in entries]

    def log(self, epoch, after, limit):
        later = [e for e in self.entries if (e["epoch"], e["seq"]) > (epoch, after)]
        return later[:2]


@pytest.fixture
def read_twice(db, monkeypatch):
    """Two registered readers; the second can be made to fail."""
    from pendopo.ground.delivery import handlers

    seen, failing = ([], []), []

    def first(entries):
        seen[0].extend((e["epoch"], e["seq"]) for e in entries)

    def second(entries):
        if failing:
            raise KeyError("a mistake of ours")
        seen[1].extend((e["epoch"], e["seq"]) for e in entries)

    monkeypatch.setattr(handlers, "_log_readers", [first, second])
    return seen, failing


def test_every_entry_once_over_batches_and_epochs(read_twice):
    from pendopo.ground.delivery.log import read

    (first, second), _ = read_twice
    log = Log((1, 0), (1, 1), (1, 2), (2, 0))
    assert read(log) == 4
    assert read(log) == 0
    log.entries.append({"epoch": 2, "seq": 1})
    assert read(log) == 1
    assert first == second == [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1)]


def test_a_batch_stands_for_all_readers_or_none(read_twice):
    from pendopo.ground.delivery.log import read
    from pendopo.ground.delivery.models import LogCursor

    (_, second), failing = read_twice
    failing.append(True)
    with pytest.raises(KeyError):
        read(Log((1, 0), (1, 1), (1, 2)))
    assert LogCursor.objects.get().seq == -1
    failing.clear()
    assert read(Log((1, 0), (1, 1), (1, 2))) == 3
    assert second == [(1, 0), (1, 1), (1, 2)]


def test_without_readers_nothing_is_read(db, monkeypatch):
    from pendopo.ground.delivery import handlers
    from pendopo.ground.delivery.log import read

    monkeypatch.setattr(handlers, "_log_readers", [])
    assert read(Log((1, 0))) == 0
