"""What came too early is handled again by what it waited for; documents that pass leave only their line."""

import json

import pytest

from pendopo.core import envelope, strict
from pendopo.core.errors import Fault
from pendopo.core.ids import new_id
from pendopo.core.keys import SigningKey

KEY = SigningKey.generate("agency:ID/GOV/DJP", "agreement")
EARLY = "nodes.key_times"  # any fault will do for "its parts are not here yet"


def delivery(type: str, letter: str, **changes) -> dict:
    doc = envelope.seal(type, strict.dumps({"v": 1, "letter": letter}), [KEY]).decode()
    return {
        "id": new_id(),
        "from": "ID/GOV/DJP",
        "to": "ID/GOV/DUKCAPIL",
        "msg_id": new_id(),
        "type": type,
        "doc": doc,
        "exchange_id": new_id(),
    } | changes


@pytest.fixture
def agencies(db):
    from pendopo.ground.directory.models import Agency

    return [Agency.objects.create(code=f"ID/GOV/{x}", name=x, hosted=True) for x in ("DUKCAPIL", "BPJS")]


@pytest.fixture
def room(agencies, monkeypatch):
    """A room with letters that want their part first: (parts seen, letters taken, broken letters)."""
    from pendopo.ground.delivery import handlers, inbox
    from pendopo.ground.directory.models import Unit

    parts, letters, broken = set(), [], set()

    def letter_of(message) -> str:
        return json.loads(envelope.open(message.doc).payload)["letter"]

    def take_letter(message):
        name = letter_of(message)
        Unit.objects.create(agency=message.agency, code=new_id()[-12:], name="x", valid=("2020-01-01", None))
        if name in broken:
            raise Fault("nodes.key_unknown")
        if (message.agency.code, name) not in parts:
            raise Fault(EARLY, letter=name)
        letters.append((message.agency.code, name))

    def take_part(message):
        name = letter_of(message)
        parts.add((message.agency.code, name))
        inbox.retake(message, "letter/1", EARLY, letter=name)

    monkeypatch.setattr(handlers, "_handlers", {})
    monkeypatch.setattr(handlers, "_passing", set())
    handlers.register("letter/1", take_letter)
    handlers.register("letter-part/1", take_part, keep=False)
    return parts, letters, broken


def rows() -> list[tuple[str, str, str, bool]]:
    from pendopo.ground.delivery.models import Inbox

    found = Inbox.objects.order_by("received_at")
    return [(row.type, row.state, row.fault, bool(row.doc)) for row in found]


def test_a_letter_before_its_part_is_taken_with_the_part(room):
    from pendopo.ground.delivery.inbox import receive
    from pendopo.ground.directory.models import Unit

    early = delivery("letter/1", "a")
    receive(early)
    assert (rows(), room[1]) == ([("letter/1", "failed", EARLY, True)], [])
    receive(delivery("letter-part/1", "a"))
    assert rows() == [("letter/1", "done", "", True), ("letter-part/1", "done", "", False)]
    assert (room[1], Unit.objects.count()) == ([("ID/GOV/DUKCAPIL", "a")], 1)
    receive(early)  # here before
    receive(delivery("letter-part/1", "a"))
    assert room[1] == [("ID/GOV/DUKCAPIL", "a")]


@pytest.mark.parametrize(
    "other",
    [
        {"letter": "b"},
        {"from": "ID/GOV/BPJS"},
        {"to": "ID/GOV/BPJS"},
    ],
)
def test_only_the_letter_that_waits_for_this_part_from_this_sender_to_this_agency(room, other):
    from pendopo.ground.delivery.inbox import receive

    receive(delivery("letter/1", "a"))
    receive(delivery("letter-part/1", **({"letter": "a"} | other)))
    assert rows()[0] == ("letter/1", "failed", EARLY, True)
    receive(delivery("letter-part/1", "a"))  # one step away
    assert rows()[0] == ("letter/1", "done", "", True)
    assert len(room[1]) == 1


def test_one_refused_for_good_is_not_taken_up_by_a_part(room):
    from pendopo.ground.delivery.inbox import receive

    room[2].add("a")
    receive(delivery("letter/1", "a"))
    room[2].clear()
    receive(delivery("letter-part/1", "a"))
    assert rows()[0] == ("letter/1", "failed", "nodes.key_unknown", True)
    receive(delivery("letter/1", "a"))
    assert rows()[2] == ("letter/1", "done", "", True)


def test_a_letter_refused_again_takes_nothing_back_of_its_part(room):
    from pendopo.ground.delivery.inbox import receive
    from pendopo.ground.directory.models import Unit

    receive(delivery("letter/1", "a"))
    room[2].add("a")
    receive(delivery("letter-part/1", "a"))
    assert rows() == [("letter/1", "failed", "nodes.key_unknown", True), ("letter-part/1", "done", "", False)]
    assert Unit.objects.count() == 0


def test_a_passing_document_that_was_refused_keeps_its_doc_until_it_is_handled(room, agencies, monkeypatch):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.models import Account, RoleGrant
    from pendopo.ground.delivery import handlers
    from pendopo.ground.delivery.actions import take_again
    from pendopo.ground.delivery.inbox import receive
    from pendopo.ground.delivery.models import Inbox

    sound = handlers._handlers.pop("letter-part/1")
    receive(delivery("letter-part/1", "a"))
    assert rows() == [("letter-part/1", "failed", "delivery.type_unknown", True)]
    monkeypatch.setitem(handlers._handlers, "letter-part/1", sound)
    account = Account.objects.create_user("1", state="active")
    RoleGrant.objects.create(
        account=account,
        agency=agencies[0],
        room="ground",
        role="administrator",
        valid=("2020-01-01", None),
    )
    assert take_again(Inbox.objects.get(), actor=Actor.of(account)) is True
    assert rows() == [("letter-part/1", "done", "", False)]
    assert room[0] == {("ID/GOV/DUKCAPIL", "a")}


def test_a_second_handler_listener_or_name_is_a_mistake(room, monkeypatch):
    from pendopo.ground.delivery import handlers, names, reads

    monkeypatch.setattr(handlers, "_sent_listeners", {})
    monkeypatch.setattr(names, "_names", {})

    for register in (handlers.register, handlers.on_sent, names.register):
        register("other/1", print)
        register("other/1", print)
        with pytest.raises(ValueError, match="already"):
            register("other/1", repr)
    names.register("letter/1", "Letter")
    assert (reads.document("letter/1"), reads.document("unknown/1")) == ("Letter", "unknown/1")


def test_messages_of_one_sender_are_handled_one_at_a_time(room, django_home):
    """A letter and its last part that came at one moment, by two ways, must see each other."""
    import psycopg
    from django.db import OperationalError, connection, transaction

    from pendopo.ground.delivery.inbox import receive

    with psycopg.connect(django_home.database) as other:  # in the middle of handling another message of DJP
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended('inbox ID/GOV/DJP', 0))")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
        with pytest.raises(OperationalError), transaction.atomic():
            receive(delivery("letter-part/1", "a"))
        assert rows() == []
        receive(delivery("letter-part/1", "a", **{"from": "ID/GOV/BPJS"}))  # another sender waits for nobody
        assert len(rows()) == 1
    receive(delivery("letter-part/1", "a"))
    assert len(rows()) == 2
