"""The time-stamp authority answers what RFC 3161 asks for, and refuses by the RFC's own reasons."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from asn1crypto import parser, tsp
from hypothesis import given
from hypothesis import strategies as st

from pendopo.simaya.signing import tsa
from tests.rules.simaya.signatures import instance

NOON = datetime(2026, 11, 25, 12, 0, 0, 120_000, tzinfo=UTC)


def request(**other) -> dict:
    """A request for SHA-256 of b"x"; `other` are fields to replace or add."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": sha256(b"x").digest()}
    return {"version": "v1", "message_imprint": imprint, "cert_req": True} | other


def respond(raw: bytes, now: datetime = NOON) -> bytes:
    return tsa.Authority(instance().stamp_key).respond(raw, now)


def answer(asked: dict, now: datetime = NOON) -> tsp.TimeStampResp:
    """A granted answer."""
    response = tsp.TimeStampResp.load(respond(tsp.TimeStampReq(asked).dump(), now), strict=True)
    assert response["status"]["status"].native == "granted"
    return response


def stated(response) -> dict:
    """The signed statement of an answer."""
    return response["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed.native


def status(raw: bytes) -> dict:
    """The status of an answer; asn1crypto cannot read a whole answer without a token."""
    content = parser.parse(respond(raw), strict=True)[4]
    return tsp.PKIStatusInfo.load(content[: parser.peek(content)], strict=True).native


def refused(reason: str) -> dict:
    return {"status": "rejection", "status_string": None, "fail_info": {reason}}


def test_a_token_says_what_was_asked_and_when():
    said = stated(answer(request(nonce=2**63 + 5, req_policy=tsa.POLICY)))
    assert said["gen_time"] == NOON and said["policy"] == tsa.POLICY and said["nonce"] == 2**63 + 5
    assert said["message_imprint"]["hashed_message"] == sha256(b"x").digest()
    assert said["tsa"]["common_name"] == "kominfo time stamps"


@given(st.integers(0, 2**128), st.sampled_from([("sha256", 32), ("sha384", 48), ("sha512", 64)]))
def test_any_nonce_and_each_hash_comes_back(nonce, kind):
    name, size = kind
    imprint = {"hash_algorithm": {"algorithm": name}, "hashed_message": bytes(size)}
    said = stated(answer(request(nonce=nonce, message_imprint=imprint)))
    assert said["nonce"] == nonce and said["message_imprint"]["hash_algorithm"]["algorithm"] == name


@given(st.datetimes(datetime(2020, 1, 1), datetime(2049, 12, 31), timezones=st.just(UTC)))
def test_any_moment_is_written_as_der_wants_it(moment):
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert stated(answer(request(), moment))["gen_time"] == whole


def test_the_certificate_travels_only_when_asked_for():
    held = [
        answer(request(cert_req=asked))["time_stamp_token"]["content"]["certificates"] for asked in (1, 0)
    ]
    assert [len(certificates) if certificates.native else 0 for certificates in held] == [1, 0]


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"req_policy": "1.2.3.4"}, "unaccepted_policy"),
        ({"extensions": [{"extn_id": "1.2.3.4", "extn_value": b"x"}]}, "unaccepted_extensions"),
        ({"version": 2}, "bad_request"),
        (
            {"message_imprint": {"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": bytes(20)}},
            "bad_alg",
        ),
        (
            {"message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(20)}},
            "bad_alg",
        ),
    ],
)
def test_what_is_not_taken_is_refused_by_its_reason(other, reason):
    assert status(tsp.TimeStampReq(request(**other)).dump()) == refused(reason)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x30\x00",
        b"\x30",
        tsp.TimeStampReq(request()).dump()[:-1],
        tsp.TimeStampReq(request()).dump() + b"x",
    ],
)
def test_what_is_no_request_is_bad_data(raw):
    assert status(raw) == refused("bad_data_format")


@given(st.binary(max_size=80))
def test_nothing_a_stranger_sends_upsets_it(raw):
    assert status(raw)["status"] in ("rejection", "granted")


@given(st.data())
def test_a_bent_request_is_answered_too(data):
    raw = bytearray(tsp.TimeStampReq(request(nonce=7)).dump())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert status(bytes(raw))["status"] in ("rejection", "granted")


def test_serial_numbers_differ():
    assert len({stated(answer(request()))["serial_number"] for _ in range(50)}) == 50
