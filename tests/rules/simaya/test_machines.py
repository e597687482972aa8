"""The tables whole: every state × act × party against a plain list of what is permitted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations, product

import pytest

from pendopo.core.errors import LANGUAGES, Fault
from pendopo.simaya.disposition import rules as disposition
from pendopo.simaya.letters.rules import Facts, parties
from pendopo.simaya.machines import MACHINES
from pendopo.simaya.moves import moves, states, step
from pendopo.simaya.register.rules import REASONS
from pendopo.simaya.routing.rules import DELIVERY, EVENTS, ORDER

# The second model, written from the rules and not from the tables: everything that is permitted, one line an
# act as `states: act: parties: facts needed: next (fact? next instead)`.
PERMITTED = {
    "Letter out": """
        draft: edit attach: author assistant: version: draft
        draft: preview: author assistant: : draft
        draft: submit: author: version complete signer steps: review no_steps? approval
        draft: withdraw: author: : withdrawn
        review: initial: step: version: review last_step? approval
        review: return: step: comment: draft
        review: take_back: author: none_initialled: draft
        approval: return: signer: comment: draft
        approval: sign: signer: capacity key: signing
        signing: finish: system: attempt number sound: signed
        signing: fail: system: attempt: approval
        signing: retry: author signer registrar system: stale: approval
        signed: send: author registrar signer: unsent: signed
    """,
    "Letter in": """
        scanned: complete: registrar: complete: received
        received: register: registrar: version sound: registered
        received: reject: registrar: reason: rejected
        registered: pass: registrar: : registered
        registered: dispose: holder head: : registered
        registered: close: registrar head: settled: closed
        closed: reopen: registrar: : registered
    """,
    "Delivery": """
        waiting: queue: system: : queued
        queued: sent: system: : sent
        queued: give_up: system: : failed
        failed: again: registrar: : queued
        failed queued sent received: received: receiver: : received
        failed queued sent received registered: registered: receiver: : registered
        failed queued sent received registered rejected: rejected: receiver: : rejected
        failed queued sent received registered rejected read: read: receiver: : read
        registered: received: receiver: : registered
        rejected: received registered: receiver: : rejected
        read: received registered rejected: receiver: : read
    """,
    "Disposition": """
        open: read: to: : read
        open: withdraw: by: : withdrawn
        open read: forward: to: : forwarded
        read: answer: to: answer: answered
        forwarded: settle: system: children_settled: answered none_answered? read
        open read forwarded answered: close: by: : closed
    """,
    "Number": """
        reserved: use: system: signed: used
        reserved: void: system registrar: reason: void
    """,
}
PARTIES = (
    *("author", "assistant", "step", "signer", "registrar", "head", "holder", "supervisor", "system"),
    *("receiver", "by", "to", "nobody"),
)


def model(name):
    """{(state, act): (parties, facts, next, fork or None)}"""
    rows = {}
    for line in filter(None, map(str.strip, PERMITTED[name].splitlines())):
        froms, acts, who, facts, to = (part.strip() for part in line.split(":"))
        to, *fork = to.split()
        for state, act in product(froms.split(), acts.split()):
            assert (state, act) not in rows
            instead = (fork[0].rstrip("?"), fork[1]) if fork else None
            rows[state, act] = set(who.split()), set(facts.split()), to, instead
    return rows


def outcome(*asked):
    try:
        return step(*asked)
    except Fault as fault:
        for lang in LANGUAGES:
            assert fault.text(lang) != fault.code and "…" not in fault.text(lang)
        return fault.code


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_act_and_party_against_the_second_model(name):
    machine, rows = MACHINES[name], model(name)
    acts = {act for _, act in rows} | {act for _, act in machine}
    at = (
        {state for state, _ in rows}
        | {row[2] for row in rows.values()}
        | {row[3][1] for row in rows.values() if row[3]}
    )
    assert at == set(states(machine))
    tried = 0
    for state, act, party in product(sorted(at), sorted(acts), PARTIES):
        who, facts, to, fork = rows.get((state, act), (set(), set(), None, None))
        tried += 1
        if to is None:
            assert outcome(machine, state, act, {party}, {"everything"}) == "simaya.state"
            assert act not in moves(machine, state, PARTIES)
            continue
        assert (act in moves(machine, state, {party})) is (party in who)
        if party not in who:
            assert outcome(machine, state, act, {party}, facts) == "simaya.party", (state, act, party)
            continue
        # The twin that succeeds, and beside it the same act without each fact it needs.
        assert outcome(machine, state, act, {party}, facts) == to
        for fact in facts:
            refused = outcome(machine, state, act, {party}, facts - {fact})
            assert refused == f"simaya.guard_{fact}", (state, act, fact)
        if fork:
            assert outcome(machine, state, act, {party}, facts | {fork[0]}) == fork[1]
    assert tried == len(at) * len(acts) * len(PARTIES)


def test_nothing_leaves_an_end():
    ends = {
        "Letter out": {"withdrawn"},
        "Letter in": {"rejected"},
        "Delivery": set(),
        "Disposition": {"withdrawn", "closed"},
        "Number": {"used", "void"},
    }
    for name, machine in MACHINES.items():
        left = {state for state, _ in machine}
        assert set(states(machine)) - left == ends[name], name
    assert len(REASONS) == len(set(REASONS)) == 4


def test_receipts_in_any_order_lead_to_the_same_state():
    """Also our own word of having sent it, which may come last of all."""
    for count in range(1, len(EVENTS) + 1):
        for events in permutations(EVENTS, count):
            for start in ("queued", "sent", "failed"):
                state = start
                for event in events:
                    state = step(DELIVERY, state, event, {"receiver"})
                assert state == max(events, key=ORDER.index), (start, events)


def test_a_rejected_letter_that_was_read_before_stays_read():
    assert step(DELIVERY, "read", "rejected", {"receiver"}) == "read"
    assert step(DELIVERY, "registered", "rejected", {"receiver"}) == "rejected"


LETTER = Facts(
    secret=False,
    author="staff",
    signer="secretary",
    steps=frozenset({"section"}),
    access=frozenset({"division"}),
    head="head",
)
SECRET = Facts(True, LETTER.author, LETTER.signer, LETTER.steps, LETTER.access, LETTER.head)
ALL = ("staff", "secretary", "section", "division", "head", "driver")
BROUGHT = dict(zip(ALL, ("author", "signer", "step", "holder", "head", None), strict=True))


@pytest.mark.parametrize("post", ALL)
def test_a_post_brings_its_part_and_of_a_secret_letter_to_the_cleared_only(post):
    own = frozenset({BROUGHT[post]} - {None})
    assert parties(LETTER, {post}, ()) == own
    assert parties(LETTER, (), ()) == frozenset()
    assert parties(SECRET, {post}, ()) == frozenset()
    assert parties(SECRET, {post}, {"cleared"}) == own


@pytest.mark.parametrize("post", ALL)
def test_an_assistant_prepares_but_has_nothing_of_a_secret_letter(post):
    prepared = frozenset({"assistant"} if BROUGHT[post] == "author" else ())
    assert parties(LETTER, (), (), {post}) == prepared
    came = replace(LETTER, author=None)
    brought = BROUGHT[post] not in (None, "author")
    assert parties(came, (), (), {post}) == frozenset({"assistant"} if brought else ())
    for letter in (SECRET, replace(SECRET, author=None)):
        assert parties(letter, (), {"cleared"}, {post}) == frozenset()


def test_an_assistant_never_signs_initials_or_disposes():
    for name in ("Letter out", "Letter in"):
        for state in states(MACHINES[name]):
            acts = set(moves(MACHINES[name], state, {"assistant"}))
            assert acts <= {"edit", "preview", "attach"}
    assert "sign" in moves(MACHINES["Letter out"], "approval", {"signer"})


def test_the_registrar_stays_one_for_a_secret_letter_and_a_supervisor_changes_nothing():
    assert parties(SECRET, (), {"registrar"}) == {"registrar"}
    assert parties(LETTER, (), {"supervisor"}) == {"supervisor"}
    for machine in MACHINES.values():
        assert all(moves(machine, state, {"supervisor"}) == () for state in states(machine))


NOW = datetime(2026, 3, 2, 5, tzinfo=UTC)


@pytest.mark.parametrize("state", states(disposition.DISPOSITION))
def test_late_is_what_is_past_its_day_and_not_settled(state):
    settled = state in ("answered", "withdrawn", "closed")
    second = timedelta(seconds=1)
    assert disposition.late(state, NOW, NOW + second) is not settled
    assert not disposition.late(state, NOW, NOW)
    assert not disposition.late(state, None, NOW)


def test_what_was_passed_on_comes_back_when_nobody_answered():
    def settle(*children):
        return outcome(
            disposition.DISPOSITION, "forwarded", "settle", {"system"}, disposition.facts(children)
        )

    assert settle("answered", "closed") == "answered"
    assert settle("withdrawn", "closed") == "read"
    assert settle("answered", "open") == settle("open") == "simaya.guard_children_settled"
    assert settle("answered", "forwarded") == "simaya.guard_children_settled"


def test_both_ends_of_a_disposition():
    assert disposition.parties("head", "staff", {"head"}) == {"by"}
    assert disposition.parties("head", "staff", {"staff"}) == {"to"}
    assert disposition.parties("head", "staff", {"driver"}) == frozenset()
