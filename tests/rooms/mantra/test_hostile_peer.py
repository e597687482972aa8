"""A peer that holds its own key and signs whatever it likes: what it cannot bring about by revisions."""

import pytest

from pendopo.core.ids import new_id


def deliver(sender, receiver, raw: bytes) -> str:
    """Bring an agreement/1 of `sender` to `receiver` past all of the sender's own rules; the fault's code."""
    from pendopo.ground.delivery import inbox
    from pendopo.ground.delivery.models import Inbox

    msg_id = new_id()
    inbox.receive(
        {"id": msg_id, "from": sender.code, "to": receiver.code, "msg_id": msg_id, "type": "agreement/1",
         "doc": raw.decode(), "exchange_id": new_id()}
    )  # fmt: skip
    return Inbox.objects.get(msg_id=msg_id).fault


def follow(row, state: str) -> bytes:
    """The revision after the current one of `row`, signed by its agency alone."""
    from pendopo.mantra.agreements import rules
    from pendopo.mantra.agreements.state import revision_of
    from pendopo.mantra.signing import sign_as

    current = revision_of(row.revisions.get(rev=row.rev)).payload
    return sign_as(row.agency, "agreement/1", rules.next_revision(current, state, "uji"))


@pytest.fixture
def suspended(nation, service):
    """The provider's and the requester's rows of an agreement that the provider suspended."""
    from pendopo.mantra.agreements import actions

    provider, _ = nation.both(nation.grant(nation.ask(service)))
    actions.suspend(provider, reason="uji", actor=nation.actor(nation.dukcapil, "manager"))
    nation.post()
    return nation.both(provider)


def test_signing_the_others_suspension_gives_no_right_to_lift_it(nation, suspended):
    from pendopo.mantra.signing import add_signature

    provider, requester = suspended
    stop = bytes(provider.revisions.get(rev=2).document.raw)
    deliver(nation.djp, nation.dukcapil, add_signature(nation.djp, stop))
    assert deliver(nation.djp, nation.dukcapil, follow(requester, "active")) == "mantra.revision_not_yours"
    assert nation.both(provider)[0].state == "suspended"
    assert deliver(nation.dukcapil, nation.djp, follow(provider, "active")) == ""  # who suspended may
    assert nation.both(provider)[1].state == "active"


def test_suspending_what_the_other_suspended_gives_no_right_to_lift_it(nation, suspended):
    provider, requester = suspended
    again = follow(requester, "suspended")
    assert deliver(nation.djp, nation.dukcapil, again) == "mantra.revision_suspended"
    assert nation.both(provider)[0].rev == 2
    assert deliver(nation.djp, nation.dukcapil, follow(requester, "revoked")) == ""  # ending it, anyone may
    assert nation.both(provider)[0].state == "revoked"


@pytest.mark.parametrize(
    ("per_day", "fault", "state"),
    [(60_000, "mantra.revision_not_in_force", "suspended"), (50_000, "", "active")],
)
def test_an_offer_nobody_accepted_is_not_resumed_into_force(nation, service, per_day, fault, state):
    """60.000 a day is more than was asked: a person has to accept it first. 50.000 was asked."""
    from pendopo.mantra.agreements import actions

    agreement = nation.grant(nation.ask(service), limits=nation.limits(per_day=per_day))
    provider, _ = nation.both(agreement)
    actions.suspend(provider, reason="uji", actor=nation.actor(nation.dukcapil, "manager"))
    nation.post()
    provider, requester = nation.both(agreement)
    assert requester.state == "suspended"
    assert deliver(nation.dukcapil, nation.djp, follow(provider, "active")) == fault
    assert nation.both(agreement)[1].state == state
