"""Rooms hear that a message is sent or given up, in the transaction that says so."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pendopo.core.errors import Fault


class Peer:
    """The part of the gateway's client that sends; `fault` is what the peer answers, if not a receipt."""

    fault = None

    def __init__(self):
        self.docs = []

    def deliver(self, from_agency, to_agency, msg_id, type, doc):
        self.docs.append(doc)
        if self.fault:
            raise Fault(self.fault)
        return {"exchange_id": f"e-{len(self.docs)}"}


@pytest.fixture
def heard(db, monkeypatch):
    """Registers a listener for letter/1 and letter-part/1, the latter passing; (what it heard, failures)."""
    from pendopo.ground.delivery import handlers
    from pendopo.ground.directory.models import Agency

    seen, failing = [], []

    def listen(row):
        Agency.objects.filter(pk=row.agency_id).update(name=f"{row.state} {row.exchange_id}")
        if failing:
            raise failing[0]
        seen.append((row.type, row.state, row.fault, row.exchange_id, bytes(row.doc)))

    monkeypatch.setattr(handlers, "_passing", {"letter-part/1"})
    monkeypatch.setattr(handlers, "_sent_listeners", {"letter/1": listen, "letter-part/1": listen})
    return seen, failing


@pytest.fixture
def agency(db):
    from pendopo.ground.directory.models import Agency

    return Agency.objects.create(code="ID/GOV/DJP", name="Pajak", hosted=True)


def queued(agency, type="letter/1", age=timedelta()):
    from pendopo.ground.delivery.models import Outbox

    then = timezone.now() - age
    return Outbox.objects.create(
        agency=agency, to_agency="ID/GOV/X", type=type, doc=b"doc", order=type, created_at=then, next_at=then
    )


def attempt(peer, message):
    """One attempt."""
    from pendopo.ground.delivery import outbox

    message.refresh_from_db()
    outbox._round(peer, [message])
    message.refresh_from_db()
    return message.state, message.fault, bytes(message.doc)


def test_sent_is_heard_once_and_a_passing_document_is_dropped(heard, agency):
    letter, part = queued(agency), queued(agency, "letter-part/1")
    peer = Peer()
    assert attempt(peer, letter) == ("sent", "", b"doc")
    assert attempt(peer, part) == ("sent", "", b"")
    assert heard[0] == [
        ("letter/1", "sent", "", "e-1", b"doc"),
        ("letter-part/1", "sent", "", "e-2", b""),
    ]
    attempt(peer, letter)  # as by a second worker: no longer queued, nothing to say
    assert len(heard[0]) == 2
    agency.refresh_from_db()
    assert agency.name == "sent e-2"


def test_a_type_without_listener_is_sent_all_the_same(heard, agency):
    assert attempt(Peer(), queued(agency, "request/1")) == ("sent", "", b"doc")
    assert heard[0] == []


def test_given_up_is_heard_and_a_refusal_that_may_pass_is_not(heard, agency):
    peer = Peer()
    peer.fault = "delivery.full"
    part = queued(agency, "letter-part/1")
    assert attempt(peer, part) == ("queued", "delivery.full", b"doc")
    assert heard[0] == []
    peer.fault = "delivery.type"
    assert attempt(peer, part) == ("failed", "delivery.type", b"doc")
    assert heard[0] == [("letter-part/1", "failed", "delivery.type", "", b"doc")]
    peer.fault = "delivery.full"
    assert attempt(peer, queued(agency, age=timedelta(days=8)))[0] == "failed"
    assert heard[0][1][:3] == ("letter/1", "failed", "delivery.full")


@pytest.mark.parametrize("trouble", [KeyError("a mistake of ours"), Fault("nodes.key_times")])
def test_a_listener_that_fails_undoes_the_outcome_and_the_message_waits(heard, agency, trouble):
    heard[1].append(trouble)
    part, peer = queued(agency, "letter-part/1"), Peer()
    assert attempt(peer, part) == ("queued", "delivery.internal", b"doc")
    assert part.next_at > timezone.now() and part.attempts == 1
    agency.refresh_from_db()
    assert agency.name == "Pajak"
    heard[1].clear()
    assert attempt(peer, part) == ("sent", "", b"")  # one step away
    assert peer.docs == [b"doc", b"doc"]
    assert [one[3] for one in heard[0]] == ["e-2"]


def test_trouble_with_the_database_is_no_outcome(heard, agency):
    from django.db import OperationalError, transaction

    heard[1].append(OperationalError("the connection is lost"))
    letter = queued(agency)
    with pytest.raises(OperationalError), transaction.atomic():
        attempt(Peer(), letter)
    letter.refresh_from_db()
    assert (letter.state, letter.attempts) == ("queued", 0)
    heard[1].clear()
    assert attempt(Peer(), letter)[0] == "sent"
