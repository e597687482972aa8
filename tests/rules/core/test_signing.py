"""Our bases against a general RFC 9421 library, in both directions."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, InvalidSignature
from http_message_signatures.algorithms import ED25519
from http_message_signatures.resolvers import MappingKeyResolver
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core import ids, signing, strict
from pendopo.core.errors import Fault
from pendopo.core.exchange import AnswerHead, RequestHead
from pendopo.core.keys import SigningKey

ASKER = SigningKey.from_seed("agency:ID/GOV/DJP", "exchange", b"a" * 32)
GIVER = SigningKey.from_seed("agency:ID/GOV/DUKCAPIL", "exchange", b"b" * 32)
REQUEST_PARTS = (
    "x-pendopo-exchange", "x-road-client", "x-pendopo-service", "x-pendopo-agreement", "x-pendopo-purpose",
    "x-pendopo-target", "x-pendopo-body",
)  # fmt: skip
ANSWER_PARTS = (
    '"@status"', '"x-pendopo-exchange"', '"x-pendopo-rows"', '"x-pendopo-bytes"', '"x-pendopo-body"',
    '"signature";req',
)  # fmt: skip
resolver = MappingKeyResolver(
    public_keys={key.thumb: Ed25519PublicKey.from_public_bytes(key.pub) for key in (ASKER, GIVER)},
    private_keys={key.thumb: Ed25519PrivateKey.from_private_bytes(key.seed) for key in (ASKER, GIVER)},
)
signer = HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=resolver)
verifier = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=resolver)


@dataclass
class Request:
    headers: dict
    method: str = "GET"
    url: str = "https://gateway.example/"


@dataclass
class Answer:
    headers: dict
    status_code: int
    request: Request
    url: str = "https://gateway.example/"
    extra: dict = field(default_factory=dict)


def binary(data):
    return f":{base64.b64encode(data).decode()}:"


def request_of(head):
    return Request(
        {
            "X-Pendopo-Exchange": head.exchange,
            "X-Road-Client": head.client,
            "X-Pendopo-Service": head.service,
            "X-Pendopo-Agreement": f"{head.agreement};rev={head.rev}" if head.agreement else "-",
            "X-Pendopo-Purpose": head.purpose or "-",
            "X-Pendopo-Target": binary(head.target),
            "X-Pendopo-Body": binary(head.body),
        }
    )


def answer_of(head, request):
    return Answer(
        {
            "X-Pendopo-Exchange": head.exchange,
            "X-Pendopo-Rows": str(head.rows),
            "X-Pendopo-Bytes": str(head.size),
            "X-Pendopo-Body": binary(head.body),
        },
        head.status,
        request,
    )


def put_signature(message, base, sig):
    message.headers["Signature-Input"] = "pendopo=" + base.decode().rpartition('"@signature-params": ')[2]
    message.headers["Signature"] = f"pendopo={binary(sig)}"


part = st.from_regex(r"\A[A-Za-z0-9'()+,\-.=?]{1,20}\Z").filter(lambda text: text.strip("."))
path = lambda n: st.lists(part, min_size=n, max_size=n).map("/".join)  # noqa: E731
digest = st.binary(min_size=32, max_size=32)
created = st.integers(1_600_000_000, 1_790_000_000)
uuid = st.builds(ids.uuid7, st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
request_heads = st.builds(
    RequestHead,
    uuid,
    path(3) | path(4),
    path(5),
    st.none(),
    st.none(),
    st.none() | st.from_regex(r"\A[a-z0-9][a-z0-9._-]{0,20}\Z"),
    digest,
    digest,
    created,
    st.just(ASKER.thumb),
    st.binary(min_size=16, max_size=16).map(strict.b64e),
).flatmap(
    lambda head: (
        st.just(head)
        | st.builds(lambda id, rev: head._replace(agreement=id, rev=rev), uuid, st.integers(1, 999_999_999))
    )
)
count = st.integers(0, 10**15 - 1)
answer_heads = st.builds(
    AnswerHead, st.integers(100, 599), uuid, count, count, digest, created, st.just(GIVER.thumb)
)
request_head = RequestHead(
    "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "ID/GOV/DJP/coretax", "ID/GOV/DUKCAPIL/kependudukan/penduduk",
    "017f22e2-79b0-7cc3-98c4-dc0c0c073990", 3, "verifikasi", b"t" * 32, b"b" * 32, 1_763_941_800, ASKER.thumb,
    "A" * 22,
)  # fmt: skip
answer_head = AnswerHead(200, request_head.exchange, 1, 312, b"x" * 32, 1_763_941_801, GIVER.thumb)


@given(request_heads, answer_heads)
def test_the_library_verifies_what_we_sign(head, answer):
    base = signing.request_base(head)
    request = request_of(head)
    request_sig = ASKER.sign(base)
    put_signature(request, base, request_sig)
    verifier.verify(request, max_age=None, expect_tag=signing.TAG, require_components=REQUEST_PARTS)
    answer_base = signing.answer_base(answer, request_sig)
    message = answer_of(answer, request)
    put_signature(message, answer_base, GIVER.sign(answer_base))
    verifier.verify(message, max_age=None, expect_tag=signing.TAG, require_components=ANSWER_PARTS)


@given(request_heads, answer_heads)
def test_we_verify_what_the_library_signs(head, answer):
    request = request_of(head)
    signer.sign(
        request, key_id=head.key, created=datetime.fromtimestamp(head.created, UTC), nonce=head.nonce,
        label="pendopo", tag=signing.TAG, covered_component_ids=REQUEST_PARTS,
    )  # fmt: skip
    request_sig = base64.b64decode(request.headers["Signature"].removeprefix("pendopo=:").removesuffix(":"))
    assert signing.verify(ASKER.pub, signing.request_base(head), request_sig)
    message = answer_of(answer, request)
    signer.sign(
        message, key_id=answer.key, created=datetime.fromtimestamp(answer.created, UTC), label="pendopo",
        tag=signing.TAG, covered_component_ids=ANSWER_PARTS,
    )  # fmt: skip
    sig = base64.b64decode(message.headers["Signature"].removeprefix("pendopo=:").removesuffix(":"))
    assert signing.verify(GIVER.pub, signing.answer_base(answer, request_sig), sig)


def test_the_library_refuses_an_answer_to_another_request():
    request = request_of(request_head)
    base = signing.request_base(request_head)
    put_signature(request, base, ASKER.sign(base))
    answer = answer_of(answer_head, request)
    answer_base = signing.answer_base(answer_head, ASKER.sign(base))
    put_signature(answer, answer_base, GIVER.sign(answer_base))
    verifier.verify(answer, max_age=None, expect_tag=signing.TAG)
    other = signing.request_base(request_head._replace(purpose="pemasaran"))
    put_signature(request, other, ASKER.sign(other))
    with pytest.raises(InvalidSignature):
        verifier.verify(answer, max_age=None, expect_tag=signing.TAG)


@given(request_heads, answer_heads, st.binary(min_size=64, max_size=64))
def test_a_base_holds_its_head_complete(head, answer, request_sig):
    assert signing.read_request(signing.request_base(head)) == head
    assert signing.read_answer(signing.answer_base(answer, request_sig), request_sig) == answer


def test_a_changed_byte_of_a_base_is_unreadable_or_another_head():
    base = signing.request_base(request_head)
    for place in range(len(base)):
        for flip in (1, 2, 0x20):
            changed = bytearray(base)
            changed[place] ^= flip
            try:
                assert signing.read_request(bytes(changed)) != request_head
            except Fault as fault:
                assert fault.code == "exchange.head"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"ID/GOV/DJP/coretax", b"ID/GOV/DJP/core_tax"),
        (b"ID/GOV/DJP/coretax", b"ID/GOV/../coretax"),
        (b"ID/GOV/DJP/coretax", b"ID/GOV/DJP/.."),
        (b"ID/GOV/DJP/coretax", b"ID/GOV"),
        (b";rev=3", b";rev=03"),
        (b";rev=3", b""),
        (b"created=1", b"created=01"),
        (b"verifikasi", b"verifikasi data"),
        (b"verifikasi", b"verifikasi\nx: y"),
        (b'alg="ed25519"', b'alg="none"'),
        (b"pendopo/1", b"pendopo/2"),
        (b"dHQ=", b"dHR="),
    ],
)
def test_other_writings_of_a_request_are_refused(old, new):
    base = signing.request_base(request_head)
    assert signing.read_request(base) == request_head and old in base
    with pytest.raises(Fault) as fault:
        signing.read_request(base.replace(old, new, 1))
    assert fault.value.code == "exchange.head"


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"rows\": 1", b"rows\": 01"), (b"rows\": 1", b"rows\": -1"), (b"200", b"600"), (b"eHg=", b"eHh=")],
)  # fmt: skip
def test_other_writings_of_an_answer_are_refused(old, new):
    base = signing.answer_base(answer_head, bytes(64))
    assert signing.read_answer(base, bytes(64)) == answer_head and old in base
    for changed, sig in ((base.replace(old, new, 1), bytes(64)), (base, b"\1" * 64)):
        with pytest.raises(Fault) as fault:
            signing.read_answer(changed, sig)
        assert fault.value.code == "exchange.head"
