"""The agent of a box: holds what it was told last, asks for what is new, and undoes what cuts it off.

A configuration is tried as a whole: checked, applied (what may pass first), and confirmed by reaching the
controller over it. When that fails the last good one is back, and the new one is tried again only much later.
Whatever kills the agent, traffic goes on, and the next start is from the files. No Django.
"""

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Callable, Coroutine

from pendopo.box import passing, routes, state, system, wireguard
from pendopo.box.asking import Asking
from pendopo.box.client import Answer
from pendopo.box.denials import Denials
from pendopo.box.dnsmasq import Dnsmasq
from pendopo.box.probe import Prober
from pendopo.box.reporting import report
from pendopo.box.roads import Roads
from pendopo.box.state import Paths
from pendopo.core import crypto, strict
from pendopo.core.boxconfig import Config
from pendopo.core.errors import Fault
from pendopo.core.keys import SigningKey

log = logging.getLogger("pendopo.box")

POLL = 40.0  # seconds; the controller holds a question for 25
AGAIN, RARELY = 0.5, 15.0  # seconds between questions to a controller that does not answer: first, at most
LATER = 600.0  # until a configuration that was undone is tried again; each time twice as long
REPORT = 30.0
HEAR = 10.0  # seconds between looks at where peers were heard from
LONG = 60.0  # seconds of work after which what stops it counts as the first time
PATIENCE = 30.0  # seconds until a neighbour is asked for its deny list once more
LOOK = 1.0  # seconds between looks at how far a change of keys is
SETTLED = 4.0  # seconds for which nobody needed a tunnel before it goes
SESSION = 180.0  # seconds that WireGuard's sessions last (REJECT_AFTER_TIME in its paper)
GRACE = 86_400.0  # seconds in which a peer that lives has to come over to the next key
SETTLE = 0.1  # seconds: changes of interfaces come in swarms


class Agent:
    """One box. `config` is in force (None: none yet), `good` was confirmed; they differ during a trial."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self.identity = state.identity(paths)
        self.key = SigningKey.from_seed("node:box", "log", state.key(paths.box_key))
        self.asking = Asking(self.identity, self.key)
        self.denials = Denials(paths, self.identity)
        self.names = Dnsmasq(paths.run)
        self.fetched: dict[str, float] = {}  # neighbour's address → when it was last asked for its list
        self.offered: tuple = ()  # own addresses at which the list is given
        self.servers: list[asyncio.Server] = []
        self.tasks: set[asyncio.Task] = set()
        self.config: Config | None = None
        self.good: Config | None = None
        self.in_use: dict[str, str] = {}
        self.undone: tuple[int, str] | None = None  # serial, and why
        self.undone_until, self.undone_times = 0.0, 0
        self.applying = asyncio.Lock()
        self.watched: dict[str, asyncio.Task] = {}
        self.news = asyncio.Event()
        self.moves: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.moved = asyncio.Event()
        self.heard = asyncio.Event()

    async def run(self) -> None:
        """Until SIGTERM, which leaves everything in force. Raises `Fault` when the box cannot work at all."""
        with self.paths.locked():
            self.prober = Prober(
                lambda box, line: self.moves.put_nowait((box, line)), self._changed, self._newer
            )
            await self._begin()
            stop = asyncio.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
            async with asyncio.TaskGroup() as group:
                work = (
                    self._follow,
                    self._links,
                    self._moves,
                    self._reports,
                    self._hear,
                    self._keys,
                    self._names,
                    self.roads.run,
                )
                tasks = [group.create_task(self._always(one)) for one in work]
                await stop.wait()
                for task in (*tasks, *self.watched.values(), *self.tasks):
                    task.cancel()

    async def _begin(self) -> None:
        """The last good configuration is in force before anybody is asked."""
        self.capabilities = await system.capabilities()
        if self.capabilities["wireguard"] is None:
            raise Fault("box.no_wireguard")
        keys = state.wireguard_keys(self.paths)
        self.system = system.System(self.capabilities["wireguard"] == "kernel", keys)
        self.system.heard = state.heard(self.paths)
        self.system.refused, self.prober.deny = self.denials.keys, self.denials.serial
        self.roads = Roads(self.paths, self.identity, self.system, self.prober, self.news.set)
        kept = state.held(self.paths.good, self.identity.controller_key)
        if kept is not None:
            self.good = kept[0]
            self._promote(self.good)
            self.in_use = routes.in_use(self.good, await self.system.found())
            await self._restore()
        with contextlib.suppress(OSError, Fault):
            # The agent died while it tried one: it is tried once more, under the same conditions.
            await self.change(self.paths.trial.read_bytes())
        self.news.set()

    async def _always(self, work: Callable[[], Coroutine]) -> None:
        """Do `work`, which has no end. What it trips over is logged and costs it a pause, never the agent: a
        full disk or a socket that is gone is no reason to stop all else."""
        wait = AGAIN
        while True:
            begun = time.monotonic()
            try:
                await work()
            except Exception:
                log.exception("%s stopped and starts again", work.__name__)
            if time.monotonic() - begun > LONG:
                wait = AGAIN
            await asyncio.sleep(wait)
            wait = min(wait * 2, RARELY)

    async def _follow(self) -> None:
        """Ask for what is new, for ever."""
        wait = AGAIN
        while True:
            try:
                answer = await self._poll()
                if answer is None:
                    continue
                await self._told_of_denials(answer)
                self._told_of_keys(answer)
                if answer.status == 200:
                    await self.change(answer.body)
                await self._told_of_roads(answer)
                wait = AGAIN  # not before: one that is refused is sent again at once
            except (Fault, OSError) as trouble:
                log.info("%s", trouble)
                await asyncio.sleep(wait)
                wait = min(wait * 2, RARELY)

    async def _poll(self) -> Answer | None:
        """Wait for the controller to have something new; None when a line changed meanwhile, for the question
        may hang in the one that died."""
        target = f"/box/v1/config?after={self._after()}&roads={self.roads.serial}"
        poll = asyncio.create_task(self.asking.ask(self.config, "GET", target, seconds=POLL))
        self.moved.clear()
        moved = asyncio.create_task(self.moved.wait())
        try:
            await asyncio.wait({poll, moved}, return_when=asyncio.FIRST_COMPLETED)
            return poll.result() if poll.done() else None
        finally:
            poll.cancel()
            moved.cancel()

    def _after(self) -> int:
        if self.undone and time.monotonic() < self.undone_until:
            return self.undone[0]
        return self.good.serial if self.good else 0

    async def change(self, raw: bytes) -> None:
        """Try a configuration; afterwards it is the good one, or the good one is in force again.

        Raises the `Fault` of one that is refused unseen.
        """
        last = self.good.serial if self.good else 0
        try:
            config = state.accept(raw, self.identity, self.identity.controller_key, last)
        except Fault:
            state.remove(self.paths.trial)
            raise
        state.install(self.paths.trial, raw)
        try:
            await self.system.check(config)
            await self.names.check(config)
            await self._apply(config)
            await self._confirm(config)
        except (Fault, OSError) as trouble:
            log.warning("serial %d undone: %s", config.serial, trouble)
            self._undo(config.serial, trouble)
            await self._restore()
            state.remove(self.paths.trial)
        else:
            state.confirm(self.paths)
            self.good, self.undone, self.undone_times = config, None, 0
            self._promote(config)
            log.info("serial %d in force", config.serial)
        self.news.set()

    def _undo(self, serial: int, why: Exception) -> None:
        same = self.undone is not None and self.undone[0] == serial
        self.undone_times = self.undone_times + 1 if same else 1
        self.undone = (serial, str(why))
        self.undone_until = time.monotonic() + LATER * 2 ** (self.undone_times - 1)

    async def _restore(self) -> None:
        """Put the last good one in force, or nothing when there is none. What the machine does not let us do
        now, such as with an interface that is not there yet, is tried until it does."""
        if self.good is None:
            async with self.applying:
                self.config = None
                self.prober.close()
                await self.names.stop()
                self.roads.close()
                await self.system.clear()
            return
        try:
            await self._apply(self.good)
            log.info("serial %d in force", self.good.serial)
        except (Fault, OSError) as trouble:
            log.warning("%s", trouble)
            self._beside(self._mend())

    def _beside(self, work: Coroutine) -> None:
        """Do something beside all else; what it trips over is logged."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (trouble := task.exception()):
            log.error("%s stopped", task.get_coro().__name__, exc_info=trouble)

    async def _apply(self, config: Config) -> None:
        """Put a configuration in force; if it fails half way the caller puts another one in force."""
        async with self.applying:
            before, self.config = self.config, config
            lines = {line.name for line in config.lines}
            boxes = {peer.box for peer in config.peers}
            self.in_use = {
                box: line
                for box, line in self.in_use.items()
                if box in boxes and line.removesuffix(wireguard.NEXT) in lines
            }
            await self._force(config, before)

    async def _force(self, config: Config, before: Config | None = None) -> None:
        await self.system.apply(config, self.in_use, before)
        await self.names.serve(config)
        self._watch(config)
        self.prober.use(config, self.in_use, self.system.seconds)
        await self.roads.use(config)
        await self._offer(config)

    async def _offer(self, config: Config) -> None:
        """Give the deny list at the box's own addresses."""
        if config.tunnel.addresses != self.offered:
            for one in self.servers:
                one.close()
            self.servers = await passing.offer(config.tunnel.addresses, lambda: self.denials.envelope)
            self.offered = config.tunnel.addresses

    async def _confirm(self, config: Config) -> None:
        """Reach the controller over what is in force now; `Fault` when the time is over."""
        until = time.monotonic() + config.confirm_seconds
        while True:
            left = until - time.monotonic()
            try:
                async with asyncio.timeout(left):
                    await self.asking.ask(
                        config, "POST", "/box/v1/report", await self._report(), by_itself=False
                    )
                return
            except TimeoutError:
                raise Fault("box.cut_off", seconds=config.confirm_seconds) from None
            except Fault as fault:
                if fault.code == "box.refused" or time.monotonic() + AGAIN > until:
                    raise
                await asyncio.sleep(AGAIN)

    def _watch(self, config: Config) -> None:
        """Have an eye on every wireguard-go: the moment it dies all is applied again."""
        if self.system.kernel:
            return
        wanted = {wireguard.device(line) for line in wireguard.tunnels(config)}
        for name in [one for one, task in self.watched.items() if task.done() or one not in wanted]:
            self.watched.pop(name).cancel()
        for name in wanted - self.watched.keys():
            task = self.watched[name] = asyncio.create_task(self._mourn(name))
            task.add_done_callback(self._done)

    async def _mourn(self, name: str) -> None:
        await system.ended(name)
        del self.watched[name]
        if self.config and name in map(wireguard.device, wireguard.tunnels(self.config)):
            log.warning("%s has died", name)
            await self._mend()

    async def _names(self) -> None:
        """Names are answered again the moment their program died, or what stood in its way is gone."""
        while True:
            await self.names.ended()
            await asyncio.sleep(SETTLE)  # one that dies whenever it begins does not keep us busy
            async with self.applying:
                before = self.names.standing
                if self.config is not None:
                    await self.names.serve(self.config)
            if self.names.standing != before:
                self.news.set()

    async def _links(self) -> None:
        """A line that comes back has lost its routes; one that is new gets them."""
        loop = asyncio.get_running_loop()
        with system.links() as sock:
            while True:
                # Emptied, or more came than it holds (ENOBUFS): either way all is looked at anew. Meanwhile
                # nobody waits for the socket: what comes then would wake us again and again.
                with contextlib.suppress(OSError):
                    await loop.sock_recv(sock, 65536)
                await asyncio.sleep(SETTLE)
                with contextlib.suppress(OSError):
                    while sock.recv(65536):
                        pass
                await self._mend(routes_only=True)

    async def _mend(self, routes_only: bool = False) -> None:
        """Make the machine again what is in force says, until it is."""
        wait = SETTLE  # of two programs that die at once the second one's interface is there for a moment
        while True:
            async with self.applying:
                if self.config is None:
                    return
                try:
                    if routes_only:
                        await self.system.reroute(self.config, self.in_use)
                    else:
                        await self._force(self.config)
                    return
                except (Fault, OSError) as trouble:
                    log.warning("%s", trouble)
            await asyncio.sleep(wait)
            wait = min(wait * 2, RARELY)

    async def _moves(self) -> None:
        """Let another line carry the traffic of a peer as soon as the prober says so."""
        while True:
            box, line = await self.moves.get()
            async with self.applying:
                lines = self.prober.lines.get(box)
                if self.config is None or lines is None or line not in lines.order:
                    continue  # a change came in between
                self.in_use[box] = line
                try:
                    await self.system.batch(routes.moved(self.config, box, line))
                except (Fault, OSError) as trouble:
                    log.warning("%s", trouble)
            log.info("%s by %s", box, line)
            self.news.set()

    def _changed(self) -> None:
        """A line began or ceased to answer: the controller is asked over those that do, and told."""
        self.asking.silent = self.prober.silent()
        self.moved.set()
        self.heard.set()
        self.news.set()

    async def _reports(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REPORT):
                    await self.news.wait()
                    await asyncio.sleep(SETTLE)
            self.news.clear()
            try:
                said = await self._report()
                answer = await self.asking.ask(self.config, "POST", "/box/v1/report", said)
                await self._told_of_denials(answer)
                self._told_of_keys(answer)
                await self._told_of_roads(answer)
            except (Fault, OSError) as trouble:
                log.info("%s", trouble)

    async def _report(self) -> dict:
        trying = self.config is not self.good
        standing = "trial" if trying else "undone" if self.undone else "good"
        return await report(
            self.config,
            standing,
            self.undone,
            self.capabilities | {"names": self.names.standing},
            self.system,
            self.prober,
            self.in_use,
            self.roads,
        )

    async def _hear(self) -> None:
        """Remember where peers are that call us, so that we can call them after a loss of power."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEAR):
                    await self.heard.wait()
                    await asyncio.sleep(SETTLE)
            self.heard.clear()
            if (config := self.config) is None:
                continue
            found = dict(self.system.heard)
            with contextlib.suppress(Fault):
                for name in await self.system.devices():
                    those = await self.system.peers(name)
                    found[name] = wireguard.heard(found.get(name, {}), those, config)
            if found != self.system.heard:
                self.system.heard = found
                state.keep_heard(self.paths, found)

    async def _told_of_denials(self, answer: Answer) -> None:
        """The controller says which deny list is the newest: in a header, or in its answer to a report."""
        if _newest(answer, "deny") > self.denials.serial:
            await self._deny((await self.asking.ask(self.config, "GET", "/box/v1/deny")).body)

    def _promote(self, config: Config) -> None:
        state.promote(self.paths, config.tunnel.key)
        self.system.keys = state.wireguard_keys(self.paths)

    def _told_of_keys(self, answer: Answer) -> None:
        """The controller says in a header that the box is to change its key."""
        if "pendopo-rotate" in answer.headers:
            self._beside(self._announce())

    async def _announce(self) -> None:
        """Make the next key, and have all peers told of it: what they are told next has second tunnels."""
        key = crypto.x25519_public(state.key(self.paths.next_key))
        self.system.keys = state.wireguard_keys(self.paths)
        await self._ask_key("rotate", key)

    async def _ask_key(self, call: str, key: bytes) -> None:
        try:
            said = {"v": 1, "wg_key": strict.b64e(key)}
            await self.asking.ask(self.config, "POST", f"/box/v1/{call}", said)
            log.info("%s: the next key of this box", call)
        except Fault as fault:
            log.info("%s", fault)

    async def _keys(self) -> None:
        """See a change of keys to its end, the box's own or a peer's, as soon as nobody needs the tunnels
        that go. What stands in between is as good as any other state, however long it stands."""
        since: float | None = None
        while True:
            await asyncio.sleep(LOOK)
            config, now = self.good, time.monotonic()
            if config is None or self.config is not config or not self.system.seconds:
                since = None
                continue
            own = config.tunnel.second not in (None, config.tunnel.key)
            if not (await self._all_moved(config) if own else self._all_back(config)):
                since = None
                continue
            since = since or now
            if now - since >= SETTLED:
                since = None
                if own:
                    await self._ask_key("rotated", config.tunnel.second)
                else:
                    await self._retire(config)

    async def _all_moved(self, config: Config) -> bool:
        """Whether the traffic of every peer that gives a sign of life goes by its second tunnels: one
        with a dead agent may still send by the first ones. After `GRACE` it counts as if it were so."""
        with contextlib.suppress(FileNotFoundError):
            if time.time() - self.paths.next_key.stat().st_mtime > GRACE:
                return True
        shaken: dict[bytes, int] = {}
        for line in config.lines:
            for one in await self.system.peers(wireguard.device(line)):
                shaken[one.key] = max(one.handshake, shaken.get(one.key, 0))
        lives = time.time() - SESSION
        return all(
            _only_second(self.prober.used(peer.box))
            or not (
                shaken.get(peer.key, 0) > lives
                or any(self.prober.standing(peer.box, line.name)["up"] for line in config.lines)
            )
            for peer in config.peers
        )

    def _all_back(self, config: Config) -> bool:
        """Whether no traffic goes by a second tunnel in which the configuration names nobody any more."""
        return not any(
            wireguard.is_second(name) and self.prober.standing(peer.box, name)["up"]
            for peer in config.peers
            if not peer.second
            for name in self.prober.used(peer.box)
        )

    async def _retire(self, config: Config) -> None:
        async with self.applying:
            if self.config is config:
                await self.system.retire(config)
                self.prober.use(config, self.in_use, self.system.seconds)

    async def _told_of_roads(self, answer: Answer) -> None:
        """The same of the roads to boxes that nobody can call."""
        if _newest(answer, "roads") > self.roads.serial:
            await self.roads.take((await self.asking.ask(self.config, "GET", "/box/v1/roads")).body)

    def _newer(self, address: str) -> None:
        """A neighbour has a newer list; it is asked now and then, for what it says costs nothing to say."""
        now = time.monotonic()
        if now - self.fetched.get(address, -PATIENCE) >= PATIENCE:
            self.fetched[address] = now
            self._beside(self._fetch(address))

    async def _fetch(self, address: str) -> None:
        try:
            await self._deny(await passing.fetch(address))
        except (OSError, TimeoutError, Fault) as error:
            log.info("deny list of %s: %s", address, error)

    async def _deny(self, raw: bytes) -> None:
        """Refuse from now on whom a newer list names. Raises the `Fault` of a list that is not taken."""
        self.denials.take(raw)
        log.warning("deny list %d in force", self.denials.serial)
        self.fetched.clear()
        self.system.refused, self.prober.deny = self.denials.keys, self.denials.serial
        # It goes on until it holds, and who asks the controller must not wait for that.
        self._beside(self._mend())


def _only_second(names: set[str]) -> bool:
    return bool(names) and all(map(wireguard.is_second, names))


def _newest(answer: Answer, what: str) -> int:
    """The serial of its deny list or roads that the controller says in a header or in the answer; 0: none."""
    said = answer.headers.get(f"pendopo-{what}", "")
    serial = int(said[:16]) if said.isascii() and said.isdigit() else 0
    with contextlib.suppress(Fault):
        told = strict.loads(answer.body).get(what)
        serial = max(serial, told if isinstance(told, int) else 0)
    return serial
