"""The process where boxes wait: a hundred waits, one change, and only those it concerns are answered."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.rooms.pnsbox.land import found
from tests.rooms.pnsbox.test_publish import many

ROOT = Path(__file__).parents[3]


@pytest.fixture
def served(committed_db, django_home, tmp_path):
    """The process, on the tests' database: (host, port)."""
    from pendopo.core.home import Listen, render
    from pendopo.ops.up import answers

    where = Listen("127.0.0.1", free_port())
    config = django_home.config.read_text()
    django_home.config.write_text(render(replace(django_home, boxes=where)))
    command = [sys.executable, "-m", "pendopo.pnsbox.machines.serve"]
    env = os.environ | {"PENDOPO_HOME": str(django_home.root)}
    with (tmp_path / "boxes.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=env, cwd=ROOT)
    try:
        until = time.monotonic() + 30
        while not answers(where, "/box/v1/"):
            assert process.poll() is None and time.monotonic() < until, (tmp_path / "boxes.log").read_text()
            time.sleep(0.05)
        yield where
    finally:
        process.terminate()
        process.wait(20)
        django_home.config.write_text(config)


async def call(where, asked, timeout=30):
    """(status, body) of one request on a connection of its own."""
    reader, writer = await asyncio.open_connection(where.host, where.port)
    head = f"{asked.method} {asked.target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in asked.headers.items())
    writer.write(f"{head}Content-Length: {len(asked.body)}\r\n\r\n".encode() + asked.body)
    try:
        raw = await asyncio.wait_for(reader.read(), timeout)
    finally:
        writer.close()
    head, _, body = raw.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def held(number):
    from pendopo.pnsbox.boxes.models import Box
    from tests.rooms.pnsbox.land import Held, keys

    _pub, secret, wg = keys(number)
    return Held(str(Box.objects.get(number=number).pk), secret, wg)


def test_a_hundred_boxes_wait_and_a_change_reaches_the_two_it_concerns(served):
    from django.db import connection

    from pendopo.core import boxconfig
    from pendopo.pnsbox.publish.publishing import publish
    from pendopo.pnsbox.reach import actions
    from pendopo.pnsbox.reach.models import Rule
    from pendopo.pnsbox.sites.models import Site

    land = found()
    land.service()
    many(land, 100)
    publish(land.network, Site.objects.values_list("pk", flat=True))
    boxes = [held(number) for number in range(1, 101)]
    rule = Rule.objects.get(number=7)

    def withdraw():
        try:
            actions.remove_rule(rule, actor=land.officer)
        finally:
            connection.close()

    async def waits():
        first = await asyncio.gather(*(call(served, box.asked("GET", "/box/v1/config")) for box in boxes))
        assert {status for status, _body in first} == {200}
        calls = [
            asyncio.create_task(call(served, box.asked("GET", "/box/v1/config?after=1"))) for box in boxes
        ]
        # Answered while a hundred wait: they hold no thread. Once all are asked, nobody else answers.
        for box in boxes[:20]:
            assert (await call(served, box.asked("GET", "/box/v1/deny")))[0] == 200
        begun = time.monotonic()
        await asyncio.to_thread(withdraw)
        concerned = calls[14:16]
        told = [await one for one in concerned]
        took = time.monotonic() - begun
        assert not [one for one in calls if one.done() and one not in concerned]
        for one in calls:
            one.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        return told, took

    told, took = asyncio.run(waits())
    for status, body in told:
        assert status == 200
        assert boxconfig.open_config(body, bytes(land.network.key_pub)).flows == ()
    assert took < 3


def test_a_stolen_box_that_waits_is_refused_at_once_and_a_newer_wait_ends_the_older(served):
    from django.db import connection

    from pendopo.pnsbox.boxes import actions
    from pendopo.pnsbox.boxes.models import Box

    land = found()
    land.service()
    land.placed("satu")
    one = land.boxes["satu"]
    serial = land.serials()["satu"]
    target = f"/box/v1/config?after={serial}"

    def cut_off():
        try:
            actions.quarantine_box(Box.objects.get(pk=one.id), actor=land.officer)
        finally:
            connection.close()

    async def waits():
        older = asyncio.create_task(call(served, one.asked("GET", target)))
        while not older.done():  # whichever of the two came second stays
            newer = asyncio.create_task(call(served, one.asked("GET", target)))
            await asyncio.wait({older, newer}, return_when=asyncio.FIRST_COMPLETED)
            if newer.done():
                assert (await newer)[0] == 204
        assert (await older)[0] == 204
        await asyncio.to_thread(cut_off)
        return await newer

    status, body = asyncio.run(waits())
    assert (status, json.loads(body)["code"]) == (403, "pnsbox.box_refused")


def test_what_is_no_call_is_refused_and_the_next_one_is_answered(served):
    from pendopo.pnsbox.machines.asked import Asked

    land = found()
    land.placed("satu")
    one = land.boxes["satu"]
    large = one.asked("POST", "/box/v1/report", b"x" * 270_000)

    async def asks():
        for wrong, status in (
            (Asked("GET", "/box/v1/enrol", {}), 404),
            (Asked("DELETE", "/box/v1/config", {}), 404),
            (Asked("GET", "/", {}), 404),
            (Asked("GET", "/box/v1/config/", {}), 404),
            (Asked("GET", "/box/v1/../../jaringan/", {}), 404),
            (large, 413),
        ):
            assert (await call(served, wrong))[0] == status, wrong.target
            assert (await call(served, one.asked("GET", "/box/v1/deny")))[0] == 200

    asyncio.run(asks())
    assert threading.active_count() < 50
