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
    """One method a call; each gives bytes or a JSON value, or raises Fault."""

    def __init__(self, gateway) -> None:
        self.gateway = gateway
        self.calls: dict[tuple[bytes, str], Callable[..., Awaitable[object]]] = {
            (b"GET", "status"): self.status,
            (b"POST", "keys"): self.make_key,
            (b"POST", "sign"): self.sign,
            (b"PUT", "documents"): self.put_document,
            (b"POST", "deliver"): self.deliver,
            (b"GET", "inbox"): self.inbox,
            (b"DELETE", "inbox"): self.taken,
            (b"GET", "fetch"): self.fetch,
            (b"GET", "log"): self.log,
            (b"POST", "evidence"): self.evidence,
        }

    def handle(self, request: Request, reply: Reply) -> None:
        self.gateway.background(self._answer(request, reply))

    async def _answer(self, request: Request, reply: Reply) -> None:
        try:
            if request.problem:
                raise Fault("control.http")
            path, _, query = request.url.decode("latin-1").partition("?")
            name, *rest = path.strip("/").split("/")
            call = self.calls.get((request.method, name))
            if call is None:
                raise Fault("control.unknown", call=path[:80])
            asked = {k: v[-1] for k, v in parse_qs(query).items()}
            value = await call(rest, asked, request.body)
            body = value if isinstance(value, bytes) else strict.dumps(value)
            reply.send(200, JSON, body)
        except Fault as fault:
            reply.send(
                502 if fault.code.startswith("link.") else 400, JSON, strict.dumps(fault_fields(fault))
            )
        except Exception:
            say.exception("control call failed")
            reply.send(500, JSON, strict.dumps({"code": "gateway.internal", "params": {}}))

    async def status(self, rest: list, asked: dict, body: bytes) -> dict:
        return self.gateway.status()

    async def make_key(self, rest: list, asked: dict, body: bytes) -> dict:
        value = _object(body, "owner", "use")
        key = self.gateway.keys.make(value["owner"], value["use"])
        return {"thumb": key.thumb, "alg": key.alg, "pub": strict.b64e(key.pub)}

    async def sign(self, rest: list, asked: dict, body: bytes) -> dict:
        value = _object(body, "thumb", "type", "payload")
        sig = self.gateway.keys.sign(value["thumb"], value["type"], strict.b64d(value["payload"]))
        return {"key": value["thumb"], "alg": "ed25519", "sig": strict.b64e(sig)}

    async def put_document(self, rest: list, asked: dict, body: bytes) -> dict:
        documents = self.gateway.documents
        match rest:
            case ["registry"]:
                return await documents.put_registry(body)
            case ["node"]:
                return await documents.put_node(body)
            case ["blobs", sha]:
                self.gateway.blobs.put(sha, body)
                return {"sha": sha}
        raise Fault("control.unknown", call="/".join(["documents", *rest])[:80])

    async def deliver(self, rest: list, asked: dict, body: bytes) -> dict:
        value = _object(body, "from", "to", "msg_id", "type", "doc")
        for agency in (value["from"], value["to"]):
            ids.AgencyId.parse(agency)
        self._hosted(value["from"])
        call = Call(self.gateway, f"{value['from']}/pendopo", f"{value['to']}/pendopo/deliver")
        url = f"/r1/{value['to']}/pendopo/deliver?msg_id={quote(value['msg_id'], safe='')}"
        head, _ = await call.run(b"POST", url.encode(), value["doc"].encode())
        return {"status": head.status, "exchange_id": head.exchange}

    async def inbox(self, rest: list, asked: dict, body: bytes) -> list:
        return await self.gateway.inbox.wait(min(_number(asked, "wait", 0), WAIT_MAX))

    async def taken(self, rest: list, asked: dict, body: bytes) -> dict:
        if len(rest) != 1:
            raise Fault("control.unknown", call="inbox")
        await self.gateway.inbox.taken(rest[0])
        return {}

    async def fetch(self, rest: list, asked: dict, body: bytes) -> bytes:
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

    async def log(self, rest: list, asked: dict, body: bytes) -> bytes:
        """Entries after a sequence number, as they lie in the log."""
        log = self.gateway.log
        epoch, after = _number(asked, "epoch", log.epoch), _number(asked, "after", -1)
        limit = min(_number(asked, "limit", 500), LOG_LIMIT_MAX)
        first = after + 1 if epoch == log.epoch else 0 if epoch < log.epoch else log.size
        return b"[" + b",".join(entry for _, entry in log.entries(first, limit)) + b"]"

    async def evidence(self, rest: list, asked: dict, body: bytes) -> bytes:
        return await self.gateway.witnessing.evidence(_object(body, "exchange_id")["exchange_id"])


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
