"""Deliveries that wait for the database: handed over in bounded answers, in order, each until it is taken."""

import asyncio

import pytest

from pendopo.core.errors import Fault
from pendopo.core.ids import uuid7
from pendopo.gateway import inbox

FROM, TO = "ID/GOV/DUKCAPIL", "ID/GOV/DJP"
MIB = 1024 * 1024


def ids(count: int) -> list[str]:
    """Message ids, oldest first."""
    return [uuid7(1_700_000_000_000 + n, bytes(10)) for n in range(count)]


async def filled(folder, sizes) -> tuple[inbox.Inbox, list[str]]:
    box, messages = inbox.Inbox(folder), ids(len(sizes))
    for message, size in zip(reversed(messages), reversed(sizes), strict=True):
        await box.put(FROM, TO, message, "letter-part/1", "x" * size, "e")
    return box, messages


async def drained(box: inbox.Inbox) -> list[list[str]]:
    """The message ids of each answer, taken as the worker takes them."""
    answers = []
    while found := await box.wait(0):
        answers.append([item["msg_id"] for item in found])
        for item in found:
            await box.taken(item["id"])
    return answers


def test_more_than_fits_comes_in_several_answers(tmp_path):
    """Twenty of one MiB: seven an answer, oldest first, none twice, none left."""

    async def run():
        box, messages = await filled(tmp_path, [MIB] * 20)
        answers = await drained(box)
        assert [len(answer) for answer in answers] == [7, 7, 6]
        assert [one for answer in answers for one in answer] == messages
        assert not list(tmp_path.glob("*.json"))

    asyncio.run(run())


def test_one_larger_than_an_answer_comes_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(inbox, "ANSWER_MAX", 1000)

    async def run():
        box, messages = await filled(tmp_path, [10, 5000, 10, 10])
        assert await drained(box) == [messages[:1], messages[1:2], messages[2:]]

    asyncio.run(run())


def test_what_waits_outlives_the_process_and_what_was_taken_does_not_come_back(tmp_path):
    async def run():
        box, messages = await filled(tmp_path, [10, 10, 10])
        await box.taken((await box.wait(0))[0]["id"])
        again = inbox.Inbox(tmp_path)
        await again.put(FROM, TO, messages[0], "letter-part/1", "other", "e")  # was taken
        await again.put(FROM, TO, messages[1], "letter-part/1", "other", "e")  # waits already
        found = await again.wait(0)
        assert [(item["msg_id"], item["doc"]) for item in found] == [(m, "x" * 10) for m in messages[1:]]
        with pytest.raises(Fault, match=r"delivery\.unknown"):
            await again.taken("nobody")
        await again.taken(found[0]["id"])
        assert len(await again.wait(0)) == 1

    asyncio.run(run())
