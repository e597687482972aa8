"""Which checkpoint evidence rests on: the earliest that the witnesses saw, also after a key was revoked."""

import json
import random
from datetime import UTC, datetime, timedelta

from pendopo.core import envelope, evidence
from pendopo.core import log as corelog
from pendopo.core.evidence import Broken
from pendopo.core.keys import SigningKey
from pendopo.gateway.log.checkpoints import Checkpoints, attest
from tests.fleet.world import CONSUMER, until

ONE = "nik=eq.3174000000000007&select=nik,nama,kota"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def keys(*nodes: str) -> dict[str, SigningKey]:
    return {node: SigningKey.generate(f"node:{node}", "log") for node in nodes}


def test_the_earliest_attested_checkpoint_that_holds_the_entry(tmp_path):
    rng = random.Random(7)
    signers = keys("a", "b", "r")
    kept = Checkpoints(tmp_path, 1)
    written, size = [], 0
    for number in range(60):
        size += rng.randint(0, 3)
        at = NOW + timedelta(minutes=number)
        payload = corelog.checkpoint("a", 1, size, bytes(32), at)
        raw = envelope.seal(corelog.CHECKPOINT, payload, [signers["a"]])
        by = rng.sample(["b", "r"], rng.randint(0, 2))
        seen = corelog.Checkpoint.parse(raw)
        kept.keep(raw, [attest(seen, one, at, 1, signers[one]) for one in by])
        written.append((size, set(by), raw))
        if number % 20 == 10:  # a crash tore the line after it
            with kept.path.open("ab") as file:
                file.write(b'\n{"ckpt":"torn')
    for wanted in (set(), {"r"}, {"b", "r"}):
        for seq in range(size + 2):
            plain = next((raw for n, by, raw in written if n > seq and wanted <= by), None)
            found = kept.covering(seq, wanted)
            assert (found and found[0]) == plain, (seq, wanted)
            if found:
                assert {corelog.Attestation.parse(each).by for each in found[1]} == wanted


def test_of_checkpoints_that_nobody_attested_one_a_minute_stays(tmp_path):
    """All that somebody attested stay, and the last; each once."""
    signers = keys("a", "b")
    kept, stayed = Checkpoints(tmp_path, 1), []
    for number in range(37):  # six minutes, ten seconds apart
        at = NOW + timedelta(seconds=10 * number)
        payload = corelog.checkpoint("a", 1, number + 1, bytes(32), at)
        raw = envelope.seal(corelog.CHECKPOINT, payload, [signers["a"]])
        kept.keep(raw, [])
        if number in (7, 8, 20):  # shown afterwards, as a gateway does
            kept.keep(raw, [attest(corelog.Checkpoint.parse(raw), "b", at, 1, signers["b"])])
            stayed.append(number + 1)
        assert Checkpoints(tmp_path, 1).known == (number + 1, bytes(32))
    lines = kept.path.read_bytes().split(b"\n")
    sizes = [corelog.Checkpoint.parse(json.loads(line)["ckpt"]).size for line in lines]
    assert sizes == sorted(set(sizes)) and sizes[-1] == 37 and len(sizes) <= 12
    assert {kept.covering(size - 1, {"b"})[0] for size in stayed} == {
        json.loads(line)["ckpt"].encode() for line in lines if json.loads(line)["attestations"]
    }
    for seq in range(37):  # without a witness a minute is the most that it comes later
        assert corelog.Checkpoint.parse(kept.covering(seq, set())[0]).size <= seq + 7


def test_a_line_torn_while_it_was_replaced_costs_nothing_but_itself(tmp_path):
    signer = keys("a")["a"]
    kept = Checkpoints(tmp_path, 1)

    def checkpoint(number: int) -> bytes:
        at = NOW + timedelta(seconds=10 * number)
        return envelope.seal(corelog.CHECKPOINT, corelog.checkpoint("a", 1, number, bytes(32), at), [signer])

    for number in (1, 2, 3):
        kept.keep(checkpoint(number), [])
    whole = kept.path.read_bytes()
    assert whole.count(b"\n") == 1  # the third took the second's place
    kept.path.write_bytes(whole[:-40])
    again = Checkpoints(tmp_path, 1)
    assert again.known[0] == 1
    again.keep(checkpoint(4), [])
    assert Checkpoints(tmp_path, 1).known[0] == 4
    assert [again.covering(seq, set())[0] for seq in (0, 1)] == [checkpoint(1), checkpoint(4)]


def test_what_was_witnessed_before_a_key_was_revoked_stays_provable(world):
    with world.running():
        status, headers, body = world.ask(ONE)
        assert status == 200, body
        exchange = headers["X-Road-Request-Id"]
        before = evidence.verify(world.evidence("dukcapil", exchange), world.anchor)
        assert not isinstance(before, Broken)
        world.revoke("key", world.keys[CONSUMER, "exchange"].thumb)
        until(lambda: world.ask(ONE)[0] == 500)
        after = evidence.verify(world.evidence("dukcapil", exchange), world.anchor)
        assert not isinstance(after, Broken), after
