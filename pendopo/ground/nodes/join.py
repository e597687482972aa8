"""The joining node's side of enrolment: it believes nothing that does not lead to its token."""

import http.client
import json
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from pendopo.certificates import SLACK
from pendopo.core import envelope, strict
from pendopo.core.errors import Fault
from pendopo.core.keys import SigningKey
from pendopo.core.snapshot import Registry

from . import x509
from .tokens import Token

PATH = "/nodes/enrol"
TIMEOUT = 30.0  # seconds
MOST = 64 * 1024 * 1024  # bytes of an answer: the registry's document of some ten thousand members


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What the registry gave, checked: files of the new node."""

    anchor: bytes
    chain: str  # PEM
    registry: bytes  # envelope


def ask(url: str, request: bytes) -> bytes:
    """Sends the request to the registry's portal; the answer's bytes.

    `Fault nodes.registry_down` when there is no answer; the registry's own refusal otherwise.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Fault("nodes.token_malformed")
    try:
        connection = _connect(parts.scheme, parts.hostname, parts.port)
        try:
            connection.request(
                "POST", parts.path.rstrip("/") + PATH, request, {"Content-Type": "application/json"}
            )
            response = connection.getresponse()
            body = response.read(MOST)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as trouble:
        raise Fault("nodes.registry_down", url=url, why=str(trouble)[:200]) from None
    if response.status != 200:
        raise _refusal(url, response.status, body)
    return body


def _connect(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        connection = http.client.HTTPSConnection(
            host, port, timeout=TIMEOUT, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761, 6.3: always this machine
        connection._create_connection = lambda address, *rest: socket.create_connection(
            ("127.0.0.1", address[1]), *rest
        )
    return connection


def _refusal(url: str, status: int, body: bytes) -> Fault:
    try:
        said = json.loads(body)
        return Fault(said["code"], **said["params"])
    except (ValueError, KeyError, TypeError):
        return Fault("nodes.registry_down", url=url, why=f"HTTP {status}")


def check(answer: bytes, token: Token, keys: Iterable[SigningKey], spki: str, now: datetime) -> Enrolled:
    """Checks an answer against the token and this node's own keys.

    The anchor must have the token's fingerprint (`Fault nodes.answer_anchor`), the registry's document be
    signed by an issuing key under that anchor's root and be valid now, and name this agency and node with
    exactly these keys (`nodes.answer_registry`), and the TLS chain must certify our key under the anchor's
    X.509 root (`nodes.chain`).
    """
    try:
        body = strict.loads(answer)
        anchor, chain, registry = body["anchor"].encode(), body["chain"], body["registry"].encode()
        chain.encode()
    except (Fault, KeyError, AttributeError):
        raise Fault("nodes.answer_malformed") from None
    if envelope.sha(anchor) != token.anchor:
        raise Fault("nodes.answer_anchor")
    trusted = strict.loads(anchor)
    document = Registry.open(registry, trusted)
    member, node = document.members.get(token.agency), document.nodes.get(token.node)
    if (
        not document.at <= now + SLACK
        or now >= document.valid_until
        or document.instance != token.instance
        or not member
        or not node
        or member["node"] != token.node
        or spki not in node["tls"]
    ):
        raise Fault("nodes.answer_registry")
    for key in keys:
        if document.keys.at(key.thumb, now, key.owner, key.use) != key.pub:
            raise Fault("nodes.answer_registry")
    x509.check_chain(chain, trusted["root_x509"], token.node, spki, now)
    return Enrolled(anchor, chain, registry)
