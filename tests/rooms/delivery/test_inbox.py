"""Deliveries come in once, their handler's work with them; what is refused is kept and said."""

import pytest

from pendopo.core import envelope, strict
from pendopo.core.errors import Fault
from pendopo.core.ids import new_id
from pendopo.core.keys import SigningKey

KEY = SigningKey.generate("agency:ID/GOV/DJP", "agreement")


def delivery(**changes) -> dict:
    doc = envelope.seal("ping/1", strict.dumps({"v": 1, "n": 1}), [KEY]).decode()
    return {
        "id": "spool-1",
        "from": "ID/GOV/DJP",
        "to": "ID/GOV/DUKCAPIL",
        "msg_id": new_id(),
        "type": "ping/1",
        "doc": doc,
        "exchange_id": new_id(),
    } | changes


@pytest.fixture
def dukcapil(db):
    from pendopo.ground.directory.models import Agency

    Agency.objects.create(code="ID/GOV/DJP", name="Pajak")
    return Agency.objects.create(code="ID/GOV/DUKCAPIL", name="Dukcapil", hosted=True)


@pytest.fixture
def taken(dukcapil, monkeypatch):
    """Registers a handler for ping/1 that leaves a row each time; gives the messages it saw."""
    from pendopo.ground.delivery import handlers
    from pendopo.ground.directory.models import Unit

    seen = []

    def take(message):
        Unit.objects.create(agency=message.agency, code=new_id()[-12:], name="x", valid=("2020-01-01", None))
        seen.append(message)
        if message.exchange_id == "fault":
            raise Fault("nodes.key_times")
        if message.exchange_id == "mistake":
            raise KeyError("a mistake of ours")

    monkeypatch.setitem(handlers._handlers, "ping/1", take)
    return seen


def rows():
    from pendopo.ground.delivery.models import Inbox
    from pendopo.ground.directory.models import Unit

    return [(row.state, row.fault) for row in Inbox.objects.order_by("received_at")], Unit.objects.count()


def test_a_delivery_is_handled_once_however_often_it_comes(taken):
    from pendopo.ground.delivery.inbox import receive

    once = delivery()
    assert receive(once) is True
    assert receive(once) is False
    assert receive(once | {"id": "spool-2", "exchange_id": new_id()}) is False
    assert rows() == ([("done", "")], 1)
    assert [(m.from_agency, m.agency.code, m.type) for m in taken] == [
        ("ID/GOV/DJP", "ID/GOV/DUKCAPIL", "ping/1")
    ]
    assert taken[0].doc == once["doc"].encode()


def test_one_message_id_of_two_senders_is_two_messages(taken):
    from pendopo.ground.delivery.inbox import receive

    once = delivery()
    assert receive(once) and receive(once | {"from": "ID/GOV/BPJS"})
    assert len(taken) == 2


@pytest.mark.parametrize(
    "change, fault",
    [
        ({"to": "ID/GOV/BPJS"}, "delivery.not_hosted"),
        ({"to": "ID/GOV/DJP"}, "delivery.not_hosted"),  # known, but on another node
        ({"type": "pong/1"}, "delivery.type_unknown"),
        ({"doc": "{"}, "envelope.malformed"),
        ({"doc": envelope.seal("pong/1", b"{}", [KEY]).decode()}, "delivery.type_differs"),
        ({"exchange_id": "fault"}, "nodes.key_times"),
        ({"exchange_id": "mistake"}, "delivery.internal"),
    ],
)
def test_what_is_not_taken_is_kept_with_its_reason_and_changes_nothing(taken, change, fault):
    from pendopo.ground.delivery.inbox import receive

    assert receive(delivery(**change)) is True
    assert rows() == ([("failed", fault)], 0)
    assert receive(delivery()) is True  # one step away
    assert rows() == ([("failed", fault), ("done", "")], 1)


def test_trouble_with_the_database_is_no_outcome(taken, monkeypatch):
    from django.db import OperationalError

    from pendopo.ground.delivery import handlers
    from pendopo.ground.delivery.inbox import receive

    def broken(message):
        raise OperationalError("the connection is lost")

    sound = handlers.handler("ping/1")
    monkeypatch.setitem(handlers._handlers, "ping/1", broken)
    once = delivery()
    with pytest.raises(OperationalError):
        receive(once)
    assert rows() == ([], 0)
    monkeypatch.setitem(handlers._handlers, "ping/1", sound)
    assert receive(once) is True
    assert rows() == ([("done", "")], 1)


def test_a_failed_message_can_be_taken_again_when_its_cause_is_gone(taken, dukcapil, monkeypatch):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.models import Account, RoleGrant
    from pendopo.ground.accounts.rights import Refused
    from pendopo.ground.delivery import handlers
    from pendopo.ground.delivery.actions import take_again
    from pendopo.ground.delivery.inbox import receive
    from pendopo.ground.delivery.models import Inbox
    from pendopo.ground.directory.models import Agency

    sound = handlers._handlers.pop("ping/1")
    receive(delivery())
    row = Inbox.objects.get()
    monkeypatch.setitem(handlers._handlers, "ping/1", sound)

    def administrator(number, agency):
        account = Account.objects.create_user(number, state="active")
        RoleGrant.objects.create(
            account=account, agency=agency, room="ground", role="administrator", valid=("2020-01-01", None)
        )
        return Actor.of(account)

    with pytest.raises(Refused):
        take_again(
            row, actor=administrator("1", Agency.objects.create(code="ID/GOV/X", name="X", hosted=True))
        )
    assert rows()[1] == 0
    take_again(row, actor=administrator("2", dukcapil))
    assert rows() == ([("done", "")], 1)
    take_again(row, actor=Actor.of(Account.objects.get(username="2")))
    assert rows()[1] == 1  # done is done
