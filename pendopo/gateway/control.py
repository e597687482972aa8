"""The control socket: how the portal, the worker and the command speak to the gateway (architecture.md)."""

import json
import logging
import time
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, quote

from pendopo.core import ids, strict
from pendopo.core.errors import Fault
from pendopo.gateway import paths
from pendopo.gateway.consumer import Call
from pendopo.gateway.http import Reply, Request
from pendopo.gateway.link.link import fault_fields

say = logging.getLogger("pendopo.gateway.control")

WAIT_MAX = 60
LOG_LIMIT_MAX = 5000
JSON = b"Content-Type: application/json\r\n"


class Control:
    """One method a call (`ROUTES`); each gives bytes or a JSON value, or raises Fault."""

    def __init__(self, gateway) -> None:
        self.gateway = gateway

    def handle(self, request: Request, reply: Reply) -> None:
        self.gateway.background(self._answer(request, reply))

    async def _answer(self, request: Request, reply: Reply) -> None:
        try:
            if request.problem:
                raise Fault("control.http")
            path, _, query = request.url.decode("latin-1").partition("?")
            address = path.strip("/")
            above, _, last = address.rpartition("/")
            call = ROUTES.get((request.method, address)) or ROUTES.get((request.method, f"{above}/*"))
            if call is None:
                raise Fault("control.unknown", call=path[:80])
            asked = {k: v[-1] for k, v in parse_qs(query).items()}
            value = await call(self, last, asked, request.body)
            body = value if isinstance(value, bytes) else strict.dumps(value)
            reply.send(200, JSON, body)
        except Fault as fault:
            reply.send(
                502 if fault.code.startswith("link.") else 400, JSON, strict.dumps(fault_fields(fault))
            )
        except Exception:
            say.exception("control call failed")
            reply.send(500, JSON, strict.dumps({"code": "gateway.internal", "params": {}}))

    async def status(self, last: str, asked: dict, body: bytes) -> dict:
        return self.gateway.status()

    async def make_key(self, last: str, asked: dict, body: bytes) -> dict:
        value = _object(body, "owner", "use")
        key = self.gateway.keys.make(value["owner"], value["use"])
        return {"thumb": key.thumb, "alg": key.alg, "pub": strict.b64e(key.pub)}

    async def sign(self, last: str, asked: dict, body: bytes) -> dict:
        value = _object(body, "thumb", "type", "payload")
        sig = self.gateway.keys.sign(value["thumb"], value["type"], strict.b64d(value["payload"]))
        return {"key": value["thumb"], "alg": "ed25519", "sig": strict.b64e(sig)}

    async def put_registry(self, last: str, asked: dict, body: bytes) -> dict:
        return await self.gateway.documents.put_registry(body)

    async def put_node(self, last: str, asked: dict, body: bytes) -> dict:
        return await self.gateway.documents.put_node(body)

    async def put_blob(self, last: str, asked: dict, body: bytes) -> dict:
        self.gateway.blobs.put(last, body)
        return {"sha": last}

    async def deliver(self, last: str, asked: dict, body: bytes) -> dict:
        value = _object(body, "from", "to", "msg_id", "type", "doc")
        for agency in (value["from"], value["to"]):
            ids.AgencyId.parse(agency)
        self._hosted(value["from"])
        call = Call(self.gateway, f"{value['from']}/pendopo", f"{value['to']}/pendopo/deliver")
        url = f"/r1/{value['to']}/pendopo/deliver?msg_id={quote(value['msg_id'], safe='')}"
        head, _ = await call.run(b"POST", url.encode(), value["doc"].encode())
        return {"status": head.status, "exchange_id": head.exchange}

    async def inbox(self, last: str, asked: dict, body: bytes) -> list:
        return await self.gateway.inbox.wait(min(_number(asked, "wait", 0), WAIT_MAX))

    async def taken(self, last: str, asked: dict, body: bytes) -> dict:
        await self.gateway.inbox.taken(last)
        return {}

    async def fetch(self, last: str, asked: dict, body: bytes) -> bytes:
        service, sender = asked.get("service", ""), asked.get("from", "")
        ids.ServiceId.parse(service)
        ids.SubsystemId.parse(sender)
        if asked.get("what", "describe") != "describe":
            raise Fault("control.unknown", call=f"fetch {asked['what'][:40]}")
        self._hosted(paths.agency_of(sender))
        agency = paths.agency_of(service)
        call = Call(self.gateway, sender, f"{agency}/pendopo/describe")
        url = f"/r1/{agency}/pendopo/describe?service={quote(service, safe='/')}"
        return (await call.run(b"GET", url.encode()))[1]

    def _hosted(self, agency: str) -> None:
        view = self.gateway.view
        view.tick(time.time())
        view.check_valid()
        if agency not in view.hosted:
            raise Fault("gateway.not_hosted", agency=agency)

    async def log(self, last: str, asked: dict, body: bytes) -> bytes:
        """Entries after a sequence number, as they lie in the log."""
        log = self.gateway.log
        epoch, after = _number(asked, "epoch", log.epoch), _number(asked, "after", -1)
        limit = min(_number(asked, "limit", 500), LOG_LIMIT_MAX)
        first = after + 1 if epoch == log.epoch else 0 if epoch < log.epoch else log.size
        return b"[" + b",".join(entry for _, entry in log.entries(first, limit)) + b"]"

    async def evidence(self, last: str, asked: dict, body: bytes) -> bytes:
        return await self.gateway.witnessing.evidence(_object(body, "exchange_id")["exchange_id"])


# Every call: its method and address; `*` is one part of any name, which the call gets as `last`.
ROUTES: dict[tuple[bytes, str], Callable[..., Awaitable[object]]] = {
    (b"GET", "status"): Control.status,
    (b"POST", "keys"): Control.make_key,
    (b"POST", "sign"): Control.sign,
    (b"PUT", "documents/registry"): Control.put_registry,
    (b"PUT", "documents/node"): Control.put_node,
    (b"PUT", "documents/blobs/*"): Control.put_blob,
    (b"POST", "deliver"): Control.deliver,
    (b"GET", "inbox"): Control.inbox,
    (b"DELETE", "inbox/*"): Control.taken,
    (b"GET", "fetch"): Control.fetch,
    (b"GET", "log"): Control.log,
    (b"POST", "evidence"): Control.evidence,
}


def _object(body: bytes, *names: str) -> dict[str, str]:
    """The call's JSON object with exactly these texts; `Fault control.body`."""
    try:
        value = json.loads(body)
        if value.keys() == set(names) and all(isinstance(each, str) for each in value.values()):
            return value
    except (ValueError, AttributeError):
        pass
    raise Fault("control.body", names=", ".join(names))


def _number(asked: dict, name: str, default: int) -> int:
    try:
        return int(asked.get(name, default))
    except ValueError:
        raise Fault("control.number", name=name) from None
