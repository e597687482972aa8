"""`python -m pendopo.pnsbox.machines.serve`: where boxes ask their controller, for the home PENDOPO_HOME.

A process of its own beside the portal, because every box waits here for its next configuration, 25 seconds
at a time: a wait costs a coroutine, not a thread. Everything else is short, and runs in a few threads with a
database connection each. One connection listens for what changed (PostgreSQL's NOTIFY).
"""

import asyncio
import contextlib
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import django
import psycopg

from pendopo.core.errors import Fault

from .asked import MOST, Answer, Asked

log = logging.getLogger("pendopo.boxes")

WAIT = 25.0  # seconds that a box waits for its next configuration
BODY = 10.0  # seconds in which a request has to arrive
THREADS = 8
PAUSE = 1.0  # seconds before the database is asked again to tell what changed


class Door:
    """An ASGI application (https://asgi.readthedocs.io/en/latest/specs/www.html): `Door()(scope, …)`."""

    def __init__(self, wait: float = WAIT) -> None:
        self.wait = wait
        self._threads = ThreadPoolExecutor(THREADS, "box")
        self._waiting: dict[str, asyncio.Future] = {}  # box → its one wait; a newer one ends the older
        self._listener: asyncio.Task | None = None
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
                self._listener = asyncio.create_task(self._listen())
            else:
                self._listener.cancel()
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

        after = asked.after
        box = await self._do(calls.caller, asked)
        loop, id = asyncio.get_running_loop(), str(box.pk)
        until = loop.time() + self.wait
        while True:
            # Waits first, then looks: nothing that comes in between is missed.
            woken = loop.create_future()
            if (other := self._waiting.pop(id, None)) and not other.done():
                other.set_result(False)
            self._waiting[id] = woken
            try:
                if answer := await self._do(calls.configuration, box, after):
                    return answer
                async with asyncio.timeout_at(until):
                    if not await woken:
                        return Answer(204)
            except TimeoutError:
                return Answer(204)
            finally:
                if self._waiting.get(id) is woken:
                    del self._waiting[id]
            box = await self._do(calls.still, box)

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
                    for id in list(self._waiting):
                        self._wake(id)
                    self.listens.set()
                    async for told in link.notifies():
                        self._wake(told.payload)
            except psycopg.Error as trouble:
                log.warning("database: %s", str(trouble).splitlines()[0])
            self.listens.clear()
            await asyncio.sleep(PAUSE)

    def _wake(self, id: str) -> None:
        if (woken := self._waiting.get(id)) and not woken.done():
            woken.set_result(True)


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
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
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
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pendopo.portal.settings")
    django.setup()
    from django.conf import settings
    from granian.constants import Interfaces

    from pendopo.ground.serving import serve

    # Made where it serves: its waits belong to the loop of the one worker.
    serve(Door, Interfaces.ASGI, settings.HOME.boxes, workers=1, backlog=4096, workers_kill_timeout=5)


if __name__ == "__main__":
    main()
