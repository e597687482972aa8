"""Forged logs, witnesses, openings and files."""

from dataclasses import replace
from datetime import timedelta

from pendopo.core import envelope, evidence, log, strict
from pendopo.core.keys import SigningKey
from tests import worlds
from tests.rules.core.forged import MINE, SEEN, case, forgery, journal, pack, reseal, rewrite
from tests.worlds import (
    MINUTE,
    NOON,
    SECOND,
    World,
    attest,
    log_key,
)

# --- the log


@forgery("evidence.inclusion")
def another_time_of_the_entry():
    """Entry and proof are computed anew; the checkpoint stays the true one."""
    made, ledger, seq = journal()
    rewrite(ledger, seq, at=strict.utc(NOON + 3 * SECOND))
    return made.verify(half=ledger.half(seq, made.half.checkpoint, made.half.attestations), other=None)


@forgery("evidence.checkpoint_signature")
def another_time_and_another_root():
    """The whole tree is computed anew, and its root written into the checkpoint under the old signature."""
    made, ledger, seq = journal()
    rewrite(ledger, seq, at=strict.utc(NOON + 3 * SECOND))
    root = worlds.merkle.root(ledger.leaves).hex()
    forged = reseal(made.half.checkpoint, root=root)
    return made.verify(half=ledger.half(seq, forged, made.half.attestations), other=None)


@forgery("evidence.checkpoint_signature")
def another_size():
    made, ledger, seq = journal()
    forged = reseal(made.half.checkpoint, size=9)
    return made.verify(half=ledger.half(seq, forged, made.half.attestations), other=None)


@forgery("evidence.attestation_checkpoint")
def a_log_rewritten_by_its_own_node():
    """The node has its log key and signs everything anew. What others saw was another tree."""
    made, ledger, seq = journal()
    rewrite(ledger, seq, at=strict.utc(NOON + 3 * SECOND))
    return made.verify(half=ledger.half(seq, ledger.checkpoint(SEEN), made.half.attestations), other=None)


@forgery("evidence.inclusion")
def the_proof_of_the_neighbour():
    made, ledger, seq = journal()
    proof = worlds.merkle.inclusion(ledger.leaves, seq + 1)
    return made.verify(half=made.half._replace(proof=proof))


@forgery("evidence.inclusion")
def another_true_exchange_in_the_place_of_one():
    made, _, seq = journal()
    x = World().exchange(9)
    put = log.record("djp", 1, seq, strict.utc(NOON), "exchange", "consumer", *x[:4])
    return made.verify(half=made.half._replace(entry=put), other=None, opening=x.opening)


@forgery("evidence.position")
def an_entry_beyond_the_checkpoint():
    made, ledger, seq = journal()
    early = worlds.Log("djp")
    early.entries = ledger.entries[:seq]
    ckpt = early.checkpoint(NOON + MINUTE)
    seen = [attest(ckpt, node, NOON + MINUTE) for node in ("dukcapil", "kominfo")]
    return made.verify(half=ledger.half(seq, ckpt, seen), other=None)


@forgery("evidence.checkpoint_log")
def the_checkpoint_of_the_other_log():
    made = case()
    swapped = made.half._replace(checkpoint=made.other.checkpoint, attestations=made.other.attestations)
    return made.verify(half=swapped, other=None)


@forgery("evidence.epoch")
def the_checkpoint_of_another_epoch():
    made, ledger, seq = journal()
    ledger.epoch = 2
    ckpt = ledger.checkpoint(SEEN)
    seen = [attest(ckpt, node, SEEN) for node in ("dukcapil", "kominfo")]
    return made.verify(half=ledger.half(seq, ckpt, seen), other=None)


@forgery("evidence.checkpoint_key")
def a_checkpoint_signed_by_a_key_of_ones_own():
    made, ledger, seq = journal()
    ckpt = ledger.checkpoint(SEEN, SigningKey.generate("node:djp", "log"))
    return made.verify(half=ledger.half(seq, ckpt, [attest(ckpt, "kominfo", SEEN)]), other=None)


@forgery("evidence.checkpoint_key")
def a_checkpoint_signed_by_the_other_node():
    made, ledger, seq = journal()
    ckpt = ledger.checkpoint(SEEN, log_key("dukcapil"))
    return made.verify(half=ledger.half(seq, ckpt, [attest(ckpt, "kominfo", SEEN)]), other=None)


@forgery("evidence.checkpoint_key")
def a_checkpoint_by_a_stolen_log_key_dated_back():
    world = World()
    world.revoke("key", log_key("djp").thumb, SEEN + SECOND / 2)  # after the checkpoint's own time
    return case(world=world).verify()


@forgery("evidence.checkpoint_time")
def a_checkpoint_older_than_its_entry():
    made, ledger, seq = journal()
    return made.verify(
        half=worlds.attested(ledger, seq, NOON - 2 * MINUTE, "dukcapil", "kominfo"), other=None
    )


@forgery("evidence.checkpoint_form")
def a_checkpoint_with_a_second_signature():
    made = case()
    body = envelope.open(made.half.checkpoint).payload
    twice = envelope.add(made.half.checkpoint, envelope.sign("ckpt/1", body, log_key("kominfo")))
    return made.verify(half=made.half._replace(checkpoint=twice), other=None)


@forgery("evidence.log_node")
def an_entry_in_the_log_of_a_third_node():
    made = case()
    ledger = worlds.Log("kominfo")
    seq = ledger.add(NOON, "exchange", "consumer", made.x)
    return made.verify(half=worlds.attested(ledger, seq, SEEN, "dukcapil"), other=None)


@forgery("evidence.kind")
def an_entry_that_is_no_exchange():
    act = {"v": 1, "log": "djp", "epoch": 1, "seq": 0, "at": strict.utc(NOON), "kind": "act", "detail": {}}
    ledger = worlds.Log("djp")
    ledger.entries.append(log.encode(act))
    return case().verify(half=worlds.attested(ledger, 0, SEEN, "dukcapil", "kominfo"), other=None)


@forgery("evidence.entry")
def an_entry_with_a_field_of_ones_own():
    made, ledger, seq = journal()
    rewrite(ledger, seq, note="x")
    return made.verify(half=worlds.attested(ledger, seq, SEEN, "dukcapil", "kominfo"), other=None)


# --- the witnesses


def witnessed(*seen):
    """The true entry and checkpoint with the forger's attestations; each is `attestation(checkpoint)`."""
    made, ledger, seq = journal()
    ckpt = ledger.checkpoint(SEEN)
    return made.verify(half=ledger.half(seq, ckpt, sorted(each(ckpt) for each in seen)), other=None)


def by(node, when=SEEN + SECOND, signer=None):
    return lambda ckpt: attest(ckpt, node, when, signer=signer)


@forgery("evidence.attestation_missing")
def no_witness_from_the_peer():
    return witnessed(by("kominfo"))


@forgery("evidence.attestation_missing")
def no_witness_from_the_registry():
    return witnessed(by("dukcapil"))


@forgery("evidence.attestation_self")
def a_log_that_attests_itself():
    return witnessed(by("djp"), by("kominfo"))


@forgery("evidence.attestation_key")
def a_witness_signed_by_the_log_itself():
    return witnessed(by("dukcapil", signer=log_key("djp")), by("kominfo"))


@forgery("evidence.attestation_key")
def a_witness_that_was_revoked():
    made, ledger, seq = journal()
    made.world.revoke("node", "dukcapil", SEEN)
    ckpt = ledger.checkpoint(SEEN)
    half = ledger.half(seq, ckpt, [attest(ckpt, node, SEEN + SECOND) for node in ("dukcapil", "kominfo")])
    return made.verify(half=half, other=None, registry=made.world.registry())


@forgery("evidence.attestation_signature")
def a_witness_whose_words_were_changed():
    def later(ckpt):
        return reseal(attest(ckpt, "dukcapil", SEEN - timedelta(hours=5)), at=strict.utc(SEEN))

    return witnessed(later, by("kominfo"))


@forgery("evidence.attestation_time")
def a_witness_from_before_the_entry():
    return witnessed(by("dukcapil", when=NOON - 2 * MINUTE), by("kominfo"))


@forgery("evidence.attestation_stranger")
def a_third_node_as_witness():
    world = World()
    body = world.registry_body()
    bps = SigningKey.generate("node:bps", "log")
    world.certify(bps)
    nodes = [*body["nodes"], body["nodes"][1] | {"id": "bps"}]
    made = replace(case(), other=None)
    ckpt = made.logs[0].checkpoint(SEEN)
    seen = [attest(ckpt, "kominfo", SEEN), attest(ckpt, "bps", SEEN, signer=bps)]
    return made.verify(half=made.logs[0].half(4, ckpt, seen), registry=world.registry(nodes=nodes))


@forgery("evidence.attestation_twice")
def one_witness_counted_twice():
    return witnessed(by("dukcapil"), by("dukcapil", when=SEEN + MINUTE), by("kominfo"))


@forgery("evidence.attestation_form")
def a_checkpoint_passed_off_as_a_witness():
    return witnessed(lambda ckpt: ckpt, by("kominfo"), by("dukcapil"))


# --- the other side's log


@forgery("evidence.other_differs")
def another_exchange_as_the_other_sides():
    made = case()
    return made.verify(other=worlds.attested(made.logs[1], 4, SEEN, "djp", "kominfo"))


@forgery("evidence.other_differs")
def other_rows_in_the_other_log():
    made = case()
    ledger = made.logs[1]
    answer = strict.loads(ledger.entries[2])["ans"]
    rewrite(ledger, 2, ans=answer | {"rows": 2})
    return made.verify(other=worlds.attested(ledger, 2, SEEN, "djp", "kominfo"))


@forgery("evidence.other_side")
def the_same_log_as_both_sides():
    made = case()
    return made.verify(other=made.half)


@forgery("evidence.inclusion")
def the_other_log_without_its_entry():
    made = case()
    return made.verify(other=made.other._replace(proof=made.other.proof[::-1]))


# --- the opening


@forgery("evidence.opening_target")
def another_question_enclosed():
    made = case()
    part = made.opening.target._replace(data=made.opening.target.data.replace(b"3171", b"3172"))
    return made.verify(opening=made.opening._replace(target=part))


@forgery("evidence.opening_request_body")
def a_request_body_enclosed_that_was_never_sent():
    made = case()
    return made.verify(opening=made.opening._replace(request_body=evidence.Part(bytes(16), b"{}")))


@forgery("evidence.opening_answer_body")
def another_answer_enclosed():
    made = case()
    part = made.opening.answer_body._replace(data=made.opening.answer_body.data.replace(b"A. S.", b"B. S."))
    return made.verify(opening=made.opening._replace(answer_body=part))


@forgery("evidence.opening_size")
def an_answer_of_another_length_than_was_signed():
    x = World().exchange(answer={"size": 63})
    return pack(x)


# --- the file


@forgery("evidence.format")
def a_note_of_ones_own_in_the_file():
    return evidence.verify(strict.dumps(strict.loads(case().file()) | {"note": "x"}), World().anchor())


@forgery("evidence.format")
def witnesses_in_another_order():
    file = strict.loads(case().file())
    file["half"]["attestations"].reverse()
    return evidence.verify(strict.dumps(file), World().anchor())


@forgery("evidence.version")
def a_file_of_a_later_version():
    return evidence.verify(strict.dumps(strict.loads(case().file()) | {"v": 2}), World().anchor())


@forgery("evidence.anchor")
def an_anchor_whose_key_was_exchanged():
    anchor = strict.loads(World().anchor())
    anchor["root"]["pub"] = strict.b64e(MINE.pub)
    return evidence.verify(case().file(), strict.dumps(anchor))
