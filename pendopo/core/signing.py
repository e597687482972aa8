"""RFC 9421 signature bases of a request and its answer, written and read by hand.

The covered components are fixed, so a base is one template: 20 times cheaper than a general library, which
stays as the tests' oracle. A base holds its head complete: `read_request(request_base(head)) == head`, and
whoever receives a base reads the head from it. docs/wire.md, section "Signatures", shows both.
"""

import re
from binascii import a2b_base64, b2a_base64

from .crypto import verify
from .errors import Fault
from .exchange import AnswerHead, RequestHead
from .ids import PART

__all__ = ["TAG", "answer_base", "read_answer", "read_request", "request_base", "verify"]

# Names platform and version in every signature (RFC 9421, 2.3: an application's tag).
TAG = "pendopo/1"

_REQUEST = b"""\
"x-pendopo-exchange": %b
"x-road-client": %b
"x-pendopo-service": %b
"x-pendopo-agreement": %b
"x-pendopo-purpose": %b
"x-pendopo-target": :%b:
"x-pendopo-body": :%b:
"@signature-params": ("x-pendopo-exchange" "x-road-client" "x-pendopo-service" "x-pendopo-agreement" \
"x-pendopo-purpose" "x-pendopo-target" "x-pendopo-body")\
;created=%d;keyid="%b";alg="ed25519";nonce="%b";tag="pendopo/1\""""

_ANSWER = b"""\
"@status": %d
"x-pendopo-exchange": %b
"x-pendopo-rows": %d
"x-pendopo-bytes": %d
"x-pendopo-body": :%b:
"signature";req: pendopo=:%b:
"@signature-params": ("@status" "x-pendopo-exchange" "x-pendopo-rows" "x-pendopo-bytes" "x-pendopo-body" \
"signature";req);created=%d;keyid="%b";alg="ed25519";tag="pendopo/1\""""

_part = PART.replace("$", "\n").encode()
_uuid = rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_hash = rb"[A-Za-z0-9+/]{43}="
_count = rb"(0|[1-9][0-9]{0,14})"


def _pattern(template: bytes, *fields: bytes) -> re.Pattern[bytes]:
    pieces = re.split(rb"%[bd]", template)
    return re.compile(
        b"".join(re.escape(text) + field for text, field in zip(pieces, (*fields, b""), strict=True))
    )


_read_request = _pattern(
    _REQUEST,
    b"(" + _uuid + b")",
    b"(" + _part + b"(?:/" + _part + b"){2,3})",
    b"(" + _part + b"(?:/" + _part + b"){4})",
    b"(?:-|(" + _uuid + b");rev=([1-9][0-9]{0,8}))",
    b"(?:-|([A-Za-z0-9][A-Za-z0-9._-]{0,63}))",
    b"(" + _hash + b")",
    b"(" + _hash + b")",
    b"([1-9][0-9]{9})",
    b"([A-Za-z0-9_-]{43})",
    b"([A-Za-z0-9_-]{22})",
)
_read_answer = _pattern(
    _ANSWER,
    b"([1-5][0-9][0-9])",
    b"(" + _uuid + b")",
    _count,
    _count,
    b"(" + _hash + b")",
    rb"([A-Za-z0-9+/]{86}==)",
    b"([1-9][0-9]{9})",
    b"([A-Za-z0-9_-]{43})",
)


def _b64(data: bytes) -> bytes:
    return b2a_base64(data, newline=False)


def request_base(head: RequestHead) -> bytes:
    """The bytes a requester signs: 900 or so, ASCII."""
    agreement = b"-" if head.agreement is None else b"%b;rev=%d" % (head.agreement.encode(), head.rev)
    return _REQUEST % (
        head.exchange.encode(),
        head.client.encode(),
        head.service.encode(),
        agreement,
        b"-" if head.purpose is None else head.purpose.encode(),
        _b64(head.target),
        _b64(head.body),
        head.created,
        head.key.encode(),
        head.nonce.encode(),
    )


def answer_base(head: AnswerHead, request_sig: bytes) -> bytes:
    """The bytes a provider signs: its head and the 64 bytes of the request's signature."""
    return _ANSWER % (
        head.status,
        head.exchange.encode(),
        head.rows,
        head.size,
        _b64(head.body),
        _b64(request_sig),
        head.created,
        head.key.encode(),
    )


def read_request(base: bytes) -> RequestHead:
    """The head in a request's base; `Fault exchange.head` unless it is exactly what we would write."""
    found = _read_request.fullmatch(base)
    if found is None:
        raise Fault("exchange.head")
    exchange, client, service, agreement, rev, purpose, target, body, created, key, nonce = found.groups()
    head = RequestHead(
        exchange.decode(),
        client.decode(),
        service.decode(),
        agreement and agreement.decode(),
        rev and int(rev),
        purpose and purpose.decode(),
        a2b_base64(target),
        a2b_base64(body),
        int(created),
        key.decode(),
        nonce.decode(),
    )
    # Base64 can be written with other unused bits; the base has one form only.
    if request_base(head) != base:
        raise Fault("exchange.head")
    return head


def read_answer(base: bytes, request_sig: bytes) -> AnswerHead:
    """The head in an answer's base to the request signed `request_sig`; `Fault exchange.head` otherwise."""
    found = _read_answer.fullmatch(base)
    if found is None:
        raise Fault("exchange.head")
    status, exchange, rows, size, body, _, created, key = found.groups()
    head = AnswerHead(
        int(status), exchange.decode(), int(rows), int(size), a2b_base64(body), int(created), key.decode()
    )
    if answer_base(head, request_sig) != base:
        raise Fault("exchange.head")
    return head
