"""What a gateway's keys sign: the types of their use, a successor, and an agency's first key for letters."""

from datetime import UTC, datetime, timedelta

import pytest

from pendopo.core import keys
from pendopo.core.errors import Fault
from pendopo.gateway.keys import SIGNS, Keys

DJP, BPJS = "agency:ID/GOV/DJP", "agency:ID/GOV/BPJS"
NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture
def held(tmp_path):
    """A gateway's keys by use: two agencies', the node's."""
    ring = Keys(tmp_path)
    made = {use: ring.make(DJP, use) for use in ("exchange", "agreement", "letter")}
    return ring, made | {"log": ring.make("node:djp", "log"), "other": ring.make(BPJS, "agreement")}


def said(owner: str, use: str, replaces: str | None = None) -> bytes:
    return keys.statement(owner, use, bytes(32), NOW, NOW + timedelta(days=1), replaces)


def signs(held, key: str, payload: bytes, type: str = "key/1") -> bool:
    ring, made = held
    try:
        ring.sign(made[key].thumb, type, payload)
    except Fault as fault:
        assert fault.code == "gateway.key_use"
        return False
    return True


def test_every_type_is_signed_by_one_use_alone(held):
    types = sorted(set().union(*SIGNS.values()) - {"key/1"})
    for use in ("exchange", "agreement", "letter", "log"):
        assert [type for type in types if signs(held, use, b"{}", type)] == sorted(SIGNS.get(use, ()))


def test_an_agreement_key_vouches_for_its_agencys_first_letter_key_and_no_other_key(held):
    first = said(DJP, "letter")
    assert signs(held, "agreement", first)
    for stranger in ("exchange", "letter", "log", "other"):
        assert not signs(held, stranger, first), stranger
    thumb = held[1]["letter"].thumb
    for payload in (said(DJP, "exchange"), said(DJP, "agreement"), said(DJP, "letter", thumb), b"[]", b"{}"):
        assert not signs(held, "agreement", payload)
    assert not signs(held, "log", said("node:djp", "letter"))


def test_a_letter_key_is_followed_by_the_next(held):
    thumb = held[1]["letter"].thumb
    assert signs(held, "letter", said(DJP, "letter", thumb))
    assert not signs(held, "letter", said(BPJS, "letter", thumb))
    assert not signs(held, "letter", said(DJP, "agreement", thumb))
