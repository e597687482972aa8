import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core import exchange
from pendopo.core.errors import Fault
from pendopo.core.exchange import Frame, FrameReader, pack

frames = st.builds(
    Frame, st.integers(1, 8), st.integers(0, 2**32 - 1), st.integers(0, 255), st.binary(max_size=60)
)


@given(st.lists(frames), st.data())
def test_frames_come_back_however_the_bytes_arrive(sent, data):
    raw = b"".join(pack(f.type, f.stream, f.flags, f.payload) for f in sent)
    reader, got, at = FrameReader(), [], 0
    while at < len(raw):
        step = data.draw(st.integers(1, len(raw) - at))
        got += reader.feed(raw[at : at + step])
        at += step
    assert got == sent


def test_a_frame_is_laid_out_as_the_page_says():
    assert pack(exchange.ANS, 3, 1, b"ab") == bytes.fromhex("00000009010500000003016162")
    assert Frame.read(pack(exchange.REQ, 5, 0, b"x")) == Frame(exchange.REQ, 5, 0, b"x")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (struct.pack(">IBBIB", exchange.FRAME_MAX + 1, 1, 2, 1, 0), "frame.length"),
        (struct.pack(">IBBIB", 6, 1, 2, 1, 0), "frame.length"),
        (struct.pack(">IBBIB", 7, 2, 2, 1, 0), "frame.version"),
        (struct.pack(">IBBIB", 7, 1, 0, 1, 0), "frame.type"),
        (struct.pack(">IBBIB", 7, 1, 9, 1, 0), "frame.type"),
    ],
)
def test_a_bad_header_is_refused_before_its_payload_is_awaited(raw, code):
    reader = FrameReader()
    got = []
    with pytest.raises(Fault) as fault:
        got.extend(reader.feed(pack(exchange.PING, 0) + raw))
    assert fault.value.code == code
    assert list(FrameReader().feed(pack(exchange.PING, 0))) == [Frame(exchange.PING, 0, 0, b"")]


def test_the_longest_frame_passes_and_one_byte_more_is_never_sent():
    most = exchange.FRAME_MAX - 7
    assert Frame.read(pack(exchange.CHUNK, 1, 0, bytes(most))).payload == bytes(most)
    with pytest.raises(Fault) as fault:
        pack(exchange.CHUNK, 1, 0, bytes(most + 1))
    assert fault.value.code == "frame.length"


@pytest.mark.parametrize("raw", [b"", pack(1, 0)[:-1], pack(1, 0) + b"x", pack(1, 0) * 2])
def test_one_frame_is_exactly_one(raw):
    with pytest.raises(Fault) as fault:
        Frame.read(raw)
    assert fault.value.code == "frame.length"


def test_a_commitment_hides_and_binds():
    salt = bytes(range(16))
    assert (
        exchange.commit(salt, b"").hex() == "be45cb2605bf36bebde684841a28f0fd43c69850a3dce5fedba69928ee3a8991"
    )
    assert (
        exchange.commit(salt, b"3171")
        != exchange.commit(bytes(16), b"3171")
        != exchange.commit(salt, b"3172")
    )


def test_a_target_has_one_reading():
    made = exchange.target(b"GET", b"/r1/x?a=1", [(b"accept", b"text/csv"), (b"x-road-userid", b"ani")])
    assert made == b"GET /r1/x?a=1\naccept:text/csv\nx-road-userid:ani"
    assert exchange.target(b"GET", b"/", []) == b"GET /"
    with pytest.raises(Fault) as fault:
        exchange.target(b"GET", b"/", [(b"accept", b"a\nx-road-userid:ani")])
    assert fault.value.code == "exchange.target"
