"""Enrolment's token and request: what an altered byte, a missing proof or another token does."""

import dataclasses
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core import envelope, strict
from pendopo.core.errors import Fault
from pendopo.core.keys import SigningKey
from pendopo.ground.nodes import tokens


def token(**changes) -> tokens.Token:
    made = tokens.Token("http://dukcapil.localhost:8000", "ID", "0" * 64, "ID/GOV/DJP", "djp", os.urandom(32))
    return dataclasses.replace(made, **changes)


def keys() -> list[SigningKey]:
    return [
        SigningKey.generate("agency:ID/GOV/DJP", "exchange"),
        SigningKey.generate("agency:ID/GOV/DJP", "agreement"),
        SigningKey.generate("node:djp", "log"),
    ]


def test_a_token_survives_paste_with_line_breaks():
    made = token()
    text = str(made)
    assert tokens.parse(f"  {text[:40]}\n   {text[40:]}\n") == made


@given(at=st.integers(min_value=0), char=st.sampled_from("Aa0_-"))
def test_a_changed_character_makes_another_token_or_none(at, char):
    made = token()
    text = str(made)
    at %= len(text)
    changed = text[:at] + char + text[at + 1 :]
    if changed == text:
        return
    try:
        assert tokens.parse(changed) != made
    except Fault as fault:
        assert fault.code == "nodes.token_malformed"


def test_the_seed_never_travels_and_the_kept_half_signs_nothing():
    made = token()
    request = tokens.ask(made, keys(), "csr", "127.0.0.1:5500")
    kept = tokens.read_request(request).token_pub
    assert strict.b64d(kept) == made.key().pub
    assert strict.b64e(made.seed) not in request.decode()
    assert strict.b64e(made.seed) not in envelope.open(request).payload.decode()


def test_a_request_reads_back_as_asked():
    asked = keys()
    request = tokens.read_request(tokens.ask(token(), asked, "csr", "10.0.0.1:5500"))
    assert (request.agency, request.node, request.addr) == ("ID/GOV/DJP", "djp", "10.0.0.1:5500")
    assert [(key.owner, key.use, key.pub) for key in request.keys] == [(k.owner, k.use, k.pub) for k in asked]


@pytest.mark.parametrize("missing", range(4))
def test_a_request_without_one_of_its_signatures_is_refused(missing):
    opened = envelope.open(tokens.ask(token(), keys(), "csr", "a:1"))
    sigs = [sig for at, sig in enumerate(opened.sigs) if at != missing]
    with pytest.raises(Fault) as refused:
        tokens.read_request(envelope.assemble(opened.type, opened.payload, sigs))
    assert refused.value.code == "nodes.request_signature"


def test_a_request_whose_address_was_changed_on_the_way_is_refused():
    opened = envelope.open(tokens.ask(token(), keys(), "csr", "a:1"))
    payload = strict.dumps(opened.body | {"addr": "evil:1"})
    with pytest.raises(Fault) as refused:
        tokens.read_request(envelope.assemble(opened.type, payload, opened.sigs))
    assert refused.value.code == "nodes.request_signature"


@pytest.mark.parametrize(
    "change", [{"keys": []}, {"node": "../djp"}, {"addr": 5}, {"v": 2}, {"keys": [{"owner": "x"}]}]
)
def test_a_misshapen_request_is_refused_with_a_fault(change):
    made, asked = token(), keys()
    body = envelope.open(tokens.ask(made, asked, "csr", "a:1")).body | change
    with pytest.raises(Fault) as refused:
        tokens.read_request(envelope.seal(tokens.REQUEST, strict.dumps(body), [made.key(), *asked]))
    assert refused.value.code == "nodes.request_malformed"
