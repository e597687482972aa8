"""Questions outside the tunnel: who is answered, and what a relay takes for a caller."""

import struct
from hashlib import blake2s

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.box import seen
from tests.worlds import seed

KEY, OTHER = seed("one"), seed("other")
NUMBER = bytes(range(8))
SENDER = ("203.0.113.1", 51820)


def handshake(kind, key, ahead=b"\x07"):
    """One of WireGuard's two first messages, as the paper has it: mac1 over all before it."""
    body = struct.pack("<I", kind) + (ahead * 148)[: seen.SIZES[kind] - 36]
    secret = blake2s(b"mac1----" + key).digest()
    return body + blake2s(body, key=secret, digest_size=16).digest() + bytes(16)


def test_who_is_asked_says_where_it_sees_the_asker():
    asked = seen.question(NUMBER, KEY)
    answered = seen.answer(asked, [KEY], SENDER)
    assert len(asked) == len(answered) and seen.number_of(answered) == NUMBER
    assert seen.place(answered, KEY) == "203.0.113.1:51820"


def test_strangers_get_no_answer_and_forged_answers_count_for_nothing():
    asked = seen.question(NUMBER, KEY)
    answered = seen.answer(asked, [KEY], SENDER)
    assert seen.answer(asked, [OTHER], SENDER) is None
    assert seen.answer(answered, [KEY], SENDER) is None, "two boxes would answer each other for ever"
    assert seen.place(asked, KEY) is None and seen.place(answered, OTHER) is None
    for at in range(len(asked)):
        broken = bytes(one ^ (at == place) for place, one in enumerate(asked))
        assert seen.answer(broken, [KEY], SENDER) is None


@given(st.binary(max_size=64))
def test_any_bytes_are_read(data):
    assert seen.answer(data, [KEY], SENDER) is None and seen.place(data, KEY) is None
    assert not seen.is_for(data, KEY)
    seen.number_of(data)


@pytest.mark.parametrize("kind", [1, 2])
def test_a_relay_takes_a_handshake_for_the_other_box_alone(kind):
    good = handshake(kind, KEY)
    assert seen.is_for(good, KEY)
    assert not seen.is_for(good, OTHER) and not seen.is_for(good + b"\0", KEY)
    assert not seen.is_for(good[:20] + b"\0" + good[21:], KEY)
    assert not seen.is_for(b"\x04" + good[1:], KEY), "data says nothing of who sends it"
