import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core import envelope, strict
from pendopo.core.errors import Fault
from pendopo.core.keys import SigningKey

ANI = SigningKey.from_seed("agency:ID/GOV/DJP", "agreement", b"a" * 32)
BUDI = SigningKey.from_seed("agency:ID/GOV/DUKCAPIL", "agreement", b"b" * 32)


def code_of(call, *args):
    with pytest.raises(Fault) as fault:
        call(*args)
    return fault.value.code


@given(st.binary(max_size=300))
def test_a_payload_comes_back_byte_for_byte(payload):
    raw = envelope.seal("agreement/1", payload, [ANI, BUDI])
    opened = envelope.open(raw, "agreement/1")
    assert (opened.payload, opened.raw, opened.sha) == (payload, raw, envelope.sha(raw))
    assert opened.signed_by(ANI.thumb, ANI.pub) and opened.signed_by(BUDI.thumb, BUDI.pub)
    assert not opened.signed_by(ANI.thumb, BUDI.pub)


def test_the_file_is_the_same_whoever_signs_first():
    one = envelope.seal("agreement/1", b"{}", [ANI, BUDI])
    assert one == envelope.seal("agreement/1", b"{}", [BUDI, ANI])
    alone = envelope.seal("agreement/1", b"{}", [BUDI])
    added = envelope.add(alone, envelope.sign("agreement/1", b"{}", ANI))
    assert added == one
    assert envelope.add(one, envelope.sign("agreement/1", b"{}", ANI)) == one


def test_every_changed_byte_is_refused_or_breaks_a_signature():
    raw = envelope.seal("agreement/1", b'{"rev":3}', [ANI])
    for place in range(len(raw)):
        for flip in (1, 0x20):
            changed = bytearray(raw)
            changed[place] ^= flip
            try:
                opened = envelope.open(bytes(changed), "agreement/1")
            except Fault as fault:
                assert fault.code.startswith("envelope.")
            else:
                assert not opened.signed_by(ANI.thumb, ANI.pub)


def test_a_signature_over_one_type_is_none_over_another():
    sig = envelope.sign("agreement/1", b"{}", ANI)
    assert envelope.open(envelope.assemble("agreement/1", b"{}", [sig])).signed_by(ANI.thumb, ANI.pub)
    assert not envelope.open(envelope.assemble("request/1", b"{}", [sig])).signed_by(ANI.thumb, ANI.pub)
    assert envelope.to_sign("a/1", b"2") != envelope.to_sign("a/12", b"")


def rewritten(**changes):
    value = strict.loads(envelope.seal("agreement/1", b"{}", [ANI, BUDI]))
    value.update(changes)
    return strict.dumps({key: item for key, item in value.items() if item is not ...})


SIGS = strict.loads(envelope.seal("agreement/1", b"{}", [ANI, BUDI]))["sigs"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (rewritten(v=2), "envelope.version"),
        (rewritten(v=True), "envelope.version"),
        (rewritten(v=...), "envelope.version"),
        (rewritten(extra=1), "envelope.malformed"),
        (rewritten(sigs=...), "envelope.malformed"),
        (rewritten(sigs=[]), "envelope.malformed"),
        (rewritten(sigs=SIGS[::-1]), "envelope.malformed"),
        (rewritten(sigs=[SIGS[0], SIGS[0]]), "envelope.malformed"),
        (rewritten(sigs=[SIGS[0] | {"alg": "none"}]), "envelope.malformed"),
        (rewritten(sigs=[SIGS[0] | {"note": "x"}]), "envelope.malformed"),
        (rewritten(sigs=[SIGS[0] | {"sig": "AAAA"}]), "envelope.malformed"),
        (rewritten(sigs="x"), "envelope.malformed"),
        (rewritten(payload="e30="), "envelope.malformed"),
        (rewritten(payload=7), "envelope.malformed"),
        (rewritten(type="Agreement"), "envelope.malformed"),
        (rewritten(type=7), "envelope.malformed"),
        (rewritten() + b"\n", "envelope.malformed"),
        (b"{}", "envelope.version"),
        (b"", "envelope.malformed"),
        ("\ud800", "envelope.malformed"),
    ],
)
def test_other_forms_are_refused(raw, code):
    assert envelope.open(rewritten()).type == "agreement/1"
    assert code_of(envelope.open, raw) == code


def test_another_type_than_wanted_is_said():
    raw = envelope.seal("request/1", b"{}", [ANI])
    assert code_of(envelope.open, raw, "agreement/1") == "envelope.type"
    with pytest.raises(ValueError, match="one signature"):
        envelope.assemble("request/1", b"{}", [])
