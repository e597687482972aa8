"""`python -m pendopo.pnsbox.machines.serve`: where boxes ask their controller, for the home PENDOPO_HOME.

A process of its own beside the portal, because every box waits here for its next configuration, 25 seconds
at a time: a wait costs a coroutine, not a thread. Everything else is short, and runs in a few threads with a
database connection each. One connection listens for what changed (PostgreSQL's NOTIFY).
"""

import asyncio
import contextlib
import logging
import resource
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg

from pendopo.core.errors import Fault
from pendopo.ground import loading

from .asked import MOST, Answer, Asked, Held

log = logging.getLogger("pendopo.boxes")

WAIT = 25.0  # seconds that a box waits for its next configuration
BODY = 10.0  # seconds in which a request has to arrive
THREADS = 8
PAUSE = 1.0  # seconds before the database is asked again to tell what changed
AT_ONCE = 200  # waits that are answered with one question to the database
MOST_CALLS = 20_000  # connections at a time: a box keeps one open
HEAD = 10.0  # seconds in which the head of a request has to arrive


@dataclass(frozen=True, slots=True)
class Wait:
    """A box that waits for something newer than it has."""

    held: Held
    answer: asyncio.Future[Answer]


class Door:
    """An ASGI application (https://asgi.readthedocs.io/en/latest/specs/www.html): `Door()(scope, …)`."""

    def __init__(self, wait: float = WAIT) -> None:
        self.wait = wait
        self._threads = ThreadPoolExecutor(THREADS, "box")
        self._waiting: dict[str, Wait] = {}  # box → its one wait; a newer one ends the older
        self._told = 0  # how often it was said that something changed
        self._changed: dict[str, None] = {}  # boxes that wait and may have something new, in order
        self._work = asyncio.Event()
        self._tasks: list[asyncio.Task] = []
        self.listens = asyncio.Event()

    async def __call__(self, scope: dict, receive, send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await _tell(send, await self._answer(scope, receive))

    async def _lifespan(self, receive, send) -> None:
        while True:
            said = (await receive())["type"]
            if said == "lifespan.startup":
                self._tasks = [asyncio.create_task(one()) for one in (self._listen, self._answer_waits)]
            else:
                for task in self._tasks:
                    task.cancel()
                self._threads.shutdown(wait=False, cancel_futures=True)
            await send({"type": f"{said}.complete"})
            if said == "lifespan.shutdown":
                return

    async def _answer(self, scope: dict, receive) -> Answer:
        from . import calls

        try:
            asked = await _read(scope, receive)
            route = asked.method, asked.path
            if route == calls.CONFIG:
                return await self._config(asked)
            if route not in calls.ROUTES:
                raise Fault("pnsbox.call_unknown")
            return await self._do(calls.ROUTES[route], asked)
        except Fault as fault:
            return calls.refusal(fault)
        except Exception:
            log.exception("a call failed")
            return Answer(500)

    async def _config(self, asked: Asked) -> Answer:
        """The box's next configuration as soon as there is one; 204 when none came in time."""
        from . import calls

        told = self._told
        id, answer = await self._do(calls.configuration, asked)
        if answer:
            return answer
        if (older := self._waiting.get(id)) and not older.answer.done():
            older.answer.set_result(Answer(204))
        wait = self._waiting[id] = Wait(asked.held, asyncio.get_running_loop().create_future())
        if told != self._told:
            self._look(id)  # it may have been this box, after it was looked for and before it waited
        try:
            async with asyncio.timeout(self.wait):
                return await wait.answer
        except TimeoutError:
            return Answer(204)
        finally:
            if self._waiting.get(id) is wait:
                del self._waiting[id]

    def _look(self, id: str) -> None:
        """A box that waits may have something new."""
        if id in self._waiting:
            self._changed[id] = None
            self._work.set()

    async def _answer_waits(self) -> None:
        """Answers those that wait and have something new, many with one question to the database."""
        from . import calls

        while True:
            await self._work.wait()
            some = list(self._changed)[:AT_ONCE]
            for id in some:
                del self._changed[id]
            if not self._changed:
                self._work.clear()
            try:
                held = {id: self._waiting[id].held for id in some if id in self._waiting}
                found = await self._do(calls.news, held)
            except Exception:
                log.exception("waits could not be answered")
                await asyncio.sleep(PAUSE)
                for id in some:
                    self._look(id)
                continue
            for id, answer in found.items():
                wait = self._waiting.get(id)
                if wait and wait.held == held[id] and not wait.answer.done():
                    wait.answer.set_result(answer)

    async def _do(self, call, *args) -> Any:
        """`call` in a thread, which gives its database connection a check before and after."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(_with_db, call, *args))

    async def _listen(self) -> None:
        """Wakes whoever waits for what changed; after a break of the connection everybody."""
        from pendopo.pnsbox.publish.publishing import CHANNEL

        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_conninfo(), autocommit=True) as link:
                    await link.execute(f"LISTEN {CHANNEL}")
                    for id in self._waiting:
                        self._look(id)
                    self.listens.set()
                    async for told in link.notifies():
                        self._told += 1
                        self._look(told.payload)
            except psycopg.Error as trouble:
                log.warning("database: %s", str(trouble).splitlines()[0])
            self.listens.clear()
            await asyncio.sleep(PAUSE)


def _with_db(call, *args) -> Any:
    from django.db import close_old_connections

    close_old_connections()
    try:
        return call(*args)
    finally:
        close_old_connections()


def _conninfo() -> dict:
    from django.db import connection

    params = connection.get_connection_params()
    return {name: params[name] for name in ("dbname", "user", "password", "host", "port") if name in params}


async def _read(scope: dict, receive) -> Asked:
    """The request; `Fault pnsbox.too_large`, `pnsbox.request` for one that does not arrive in time."""
    body = b""
    try:
        async with asyncio.timeout(BODY):
            while True:
                part = await receive()
                if part["type"] != "http.request":
                    raise Fault("pnsbox.request", field="body")
                body += part.get("body", b"")
                if len(body) > MOST:
                    raise Fault("pnsbox.too_large", most=MOST)
                if not part.get("more_body"):
                    break
    except TimeoutError:
        raise Fault("pnsbox.request", field="body") from None
    target = scope.get("raw_path") or scope["path"].encode()
    if query := scope.get("query_string"):
        target = target.partition(b"?")[0] + b"?" + query
    headers: dict[str, str] = {}
    for name, value in (
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
    ):
        # RFC 9110, section 5.3: a box that is named twice is none.
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    remote = (scope.get("client") or ("",))[0]
    return Asked(scope["method"], target.decode("latin-1"), headers, body, remote)


async def _tell(send, answer: Answer) -> None:
    headers = {"content-type": "application/json", "content-length": str(len(answer.body))}
    headers |= {"cache-control": "no-store"} | {name.lower(): value for name, value in answer.headers.items()}
    if answer.status == 204:
        del headers["content-type"], headers["content-length"]
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    with contextlib.suppress(OSError):
        await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
        await send({"type": "http.response.body", "body": answer.body})


def main() -> None:
    """Serve until SIGTERM: one process, which keeps every wait."""
    loading.setup()
    from django.conf import settings
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    from pendopo.ground.serving import serve

    # A wait is an open file.
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # Made where it serves: its waits belong to the loop of the one worker.
    serve(
        Door,
        Interfaces.ASGI,
        settings.HOME.boxes,
        workers=1,
        backlog=4096,
        backpressure=MOST_CALLS,
        http1_settings=HTTP1Settings(header_read_timeout=int(HEAD * 1000)),
        workers_kill_timeout=5,
    )


if __name__ == "__main__":
    main()
