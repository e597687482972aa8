"""Services every agency has without an agreement: deliveries and descriptions between nodes, and X-Road's
metaservices. They are signed and logged like any exchange.
"""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qs

import orjson

from pendopo.core import envelope, ids, strict
from pendopo.core.errors import Fault
from pendopo.core.openapi import openapi
from pendopo.gateway import paths
from pendopo.gateway.app import meta

DELIVERED = {
    *("request/1", "agreement/1", "request-refusal/1", "service/1", "key/1", "tls/1"),
    *("letter/1", "letter-part/1", "letter-receipt/1", "certificate-request/1", "certificate/1", "crl/1"),
}
JSON = b"application/json"


class BuiltIn(NamedTuple):
    """`run(serving, path)` gives status, content type and body of the answer to a request by `method`."""

    method: bytes
    run: Callable[..., Awaitable[tuple[int, bytes, bytes]]]


@lru_cache(paths.CACHED)
def find(service: str) -> BuiltIn | None:
    """The built-in service of that id, or None."""
    *_, subsystem, code = service.split("/")
    return BUILT_IN.get(code) if subsystem == "pendopo" and code in BUILT_IN else META.get(code)


def needs_no_agreement(service: str) -> bool:
    """Whether membership is enough."""
    return find(service) is not None


def _query(path: paths.Path) -> dict[str, str]:
    return {k: v[-1] for k, v in parse_qs(path.query.decode("latin-1"), keep_blank_values=True).items()}


async def deliver(serving, path: paths.Path) -> tuple[int, bytes, bytes]:
    """`POST {agency}/pendopo/deliver?msg_id=…`: a document, durable in the inbox before the answer."""
    head = serving.head
    sender = paths.agency_of(head.client)
    if head.client != f"{sender}/pendopo":
        raise Fault("delivery.sender", client=head.client)
    msg_id = _query(path).get("msg_id", "")
    if not ids.is_uuid7(msg_id):
        raise Fault("delivery.msg_id", value=msg_id[:60])
    raw = serving.request.body
    document = envelope.open(raw)
    if document.type not in DELIVERED:
        raise Fault("delivery.type", type=document.type)
    await serving.gateway.inbox.put(
        sender, paths.agency_of(head.service), msg_id, document.type, raw.decode(), head.exchange
    )
    return 200, JSON, strict.dumps({"v": 1, "msg_id": msg_id})


async def describe(serving, path: paths.Path) -> tuple[int, bytes, bytes]:
    """`GET {agency}/pendopo/describe?service=…`: the signed definition of a published service."""
    service = _query(path).get("service", "")
    view = serving.gateway.view
    if paths.agency_of(service) != paths.agency_of(serving.head.service):
        raise Fault("service.unknown", service=service[:200])
    return 200, JSON, view.blobs.envelope(view.offer(service).def_sha).raw


def _services(serving) -> list[str]:
    """Published services of the subsystem that was asked."""
    subsystem = serving.head.service.rpartition("/")[0]
    rows = serving.gateway.view.node.services.values()
    return sorted(
        row["id"] for row in rows if row["state"] == "published" and row["id"].rpartition("/")[0] == subsystem
    )


async def list_methods(serving, path: paths.Path) -> tuple[int, bytes, bytes]:
    """X-Road `listMethods`: every service of the subsystem."""
    return 200, JSON, strict.dumps({"service": [meta.service(id) for id in _services(serving)]})


async def allowed_methods(serving, path: paths.Path) -> tuple[int, bytes, bytes]:
    """X-Road `allowedMethods`: those the caller holds a usable agreement for."""
    view, client, allowed = serving.gateway.view, serving.head.client, []
    for id in _services(serving):
        try:
            agreement = view.granted(client, id)
        except Fault:
            continue
        fault = view.usable(agreement, agreement.purposes[0])
        if fault is None and view.pinned(serving.head.key, agreement.requester_keys):
            allowed.append(meta.service(id))
    return 200, JSON, strict.dumps({"service": allowed})


async def get_openapi(serving, path: paths.Path) -> tuple[int, bytes, bytes]:
    """X-Road `getOpenAPI?serviceCode=…`: the service's OpenAPI 3.1; `servers` says nothing of our network."""
    code = _query(path).get("serviceCode")
    if not code:
        raise Fault("service.code_missing")
    subsystem = serving.head.service.rpartition("/")[0]
    offer = serving.gateway.view.offer(f"{subsystem}/{code}")
    return 200, JSON, orjson.dumps(openapi(offer.definition))


# Of every subsystem, and of every agency's subsystem `pendopo`.
META = {
    "listMethods": BuiltIn(b"GET", list_methods),
    "allowedMethods": BuiltIn(b"GET", allowed_methods),
    "getOpenAPI": BuiltIn(b"GET", get_openapi),
}
BUILT_IN = {"deliver": BuiltIn(b"POST", deliver), "describe": BuiltIn(b"GET", describe)}
