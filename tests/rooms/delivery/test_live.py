"""Messages between two live nodes while their processes are killed: nothing lost, nothing twice."""

import random
import threading
import time

import psycopg
import pytest

from tests.rooms.nodes.live import PASSPHRASE, Live, Refused, until

DUKCAPIL, DJP = "ID/GOV/DUKCAPIL", "ID/GOV/DJP"
MESSAGES, KILLS = 80, 12

SEND = """
from django.db import transaction
from pendopo.ground.delivery import actions
from pendopo.ground.nodes import documents, reads
agency = Agency.objects.get(code='ID/GOV/DJP')
key = reads.own_key('agency:ID/GOV/DJP', 'agreement')
for n in range({first}, {last}):
    body = {{'v': 1, 'service': f'ID/GOV/DJP/coretax/s{{n % 8}}', 'version': str(n),
             'title': {{'id': 'Layanan', 'en': 'Service'}}}}
    doc = documents.seal(reads.gateway(), 'service/1', body, [key])
    actions.send(agency, {to!r}, 'service/1', doc, actor=Actor.system(agency), order=body['service'])
"""
SENT = """
from pendopo.ground.delivery.models import Outbox
answer = list(Outbox.objects.values_list('state', 'fault', 'attempts', 'exchange_id'))
"""
TAKEN = """
from pendopo.ground.audit.models import Line
from pendopo.ground.delivery.models import Inbox
listed = Line.objects.filter(act='nodes.catalogue.list').order_by('id')
answer = {
    'inbox': [(str(row.msg_id), row.state, row.fault) for row in Inbox.objects.all()],
    'versions': [line.detail['version'] for line in listed],
}
"""


@pytest.fixture(scope="module")
def registry(postgres, tmp_path_factory):
    folder = tmp_path_factory.mktemp("r")
    node = Live(folder, postgres, "dukcapil", DUKCAPIL, registry=True, passphrase=PASSPHRASE)
    node.start("gateway", "portal", "worker")
    yield node
    node.stop()


@pytest.fixture(scope="module")
def djp(registry, postgres, tmp_path_factory):
    token = registry.ask(
        "from pendopo.ground.nodes import actions\n"
        "answer = str(actions.invite('ID/GOV/DJP', 'Pajak', 'djp', actor=Actor.system(via='cli')))"
    )
    node = Live(tmp_path_factory.mktemp("d"), postgres, "djp", DJP, join=token)
    node.start("gateway", "worker")
    yield node
    node.stop()


def test_a_message_arrives_within_a_second_of_its_commit(registry, djp):
    djp.ask(SEND.format(first=1000, last=1001, to=DUKCAPIL))
    until("the first", lambda: registry.ask(TAKEN)["versions"] == ["1000"])
    begun = time.monotonic()
    djp.ask(SEND.format(first=1001, last=1002, to=DUKCAPIL))
    until("the second", lambda: registry.ask(TAKEN)["versions"] == ["1000", "1001"])
    assert time.monotonic() - begun < 1.0
    state, fault, _, exchange = djp.ask(SENT)[0]
    assert (state, fault) == ("sent", "") and exchange


def test_a_message_to_nobody_waits_with_its_reason_and_holds_nothing_up(registry, djp):
    djp.ask(SEND.format(first=2000, last=2001, to="ID/GOV/TIADA"))
    until("a first attempt", lambda: any(fault for _, fault, _, _ in djp.ask(SENT)))
    assert [(s, f) for s, f, _, _ in djp.ask(SENT) if f] == [("queued", "registry.not_member")]
    djp.ask(SEND.format(first=2001, last=2002, to=DUKCAPIL))
    until("the other", lambda: "2001" in registry.ask(TAKEN)["versions"])
    djp.ask(
        "from pendopo.ground.delivery.models import Outbox; Outbox.objects.filter(state='queued').delete()"
    )


def test_an_agency_of_ones_own_node_is_written_to_the_same_way(registry, djp):
    before = len(registry.ask(TAKEN)["inbox"])
    registry.ask(SEND.replace("ID/GOV/DJP", DUKCAPIL).format(first=0, last=1, to=DUKCAPIL))
    until("the loop", lambda: len(registry.ask(TAKEN)["inbox"]) == before + 1)
    assert registry.ask(SENT)[0][0] == "sent"


def test_the_worker_outlives_its_database_connections(registry, djp):
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND datname = %s"
    )
    for node in (djp, registry):
        with psycopg.connect(node.url, autocommit=True) as link:
            link.execute(cut, [node.database])
    djp.ask(SEND.format(first=3000, last=3001, to=DUKCAPIL))
    until("a message after the cut", lambda: "3000" in registry.ask(TAKEN)["versions"])
    for node in (djp, registry):
        assert node.running["worker"].poll() is None


def test_killed_at_any_moment_nothing_is_lost_and_nothing_handled_twice(registry, djp):
    seed = random.randrange(10**6)
    print(f"seed {seed}, {KILLS} kills")
    dice = random.Random(seed)
    before = registry.ask(TAKEN)
    done = threading.Event()

    def write():
        for n in range(MESSAGES):
            until("the gateway to sign", lambda n=n: sent(n))
            time.sleep(dice.uniform(0, 0.1))
        done.set()

    def sent(n: int) -> bool:
        try:
            djp.ask(SEND.format(first=n, last=n + 1, to=DUKCAPIL))
        except Refused:  # its gateway is dead just now: nothing was signed, nothing is in the outbox
            return False
        return True

    djp.ask("answer = 1")
    writer = threading.Thread(target=write)
    writer.start()
    targets = [(node, name) for node in (djp, registry) for name in ("worker", "gateway")]
    for turn in range(KILLS):
        node, name = targets[turn % 4] if turn < 4 else dice.choice(targets)
        time.sleep(dice.uniform(0.05, 0.6))
        node.kill(name)
        node.start(name)
    writer.join(90)
    assert done.is_set()

    def arrived() -> bool:
        return all(state == "sent" for state, *_ in djp.ask(SENT))

    until("every message", arrived, 90)
    # Other documents arrive here too, such as requests for certificates.
    until(
        "every handler",
        lambda: len(registry.ask(TAKEN)["versions"]) >= len(before["versions"]) + MESSAGES,
        30,
    )
    after = registry.ask(TAKEN)
    assert {state for _, state, _ in after["inbox"]} == {"done"}, after["inbox"]
    fresh = after["versions"][len(before["versions"]) :]
    assert sorted(map(int, fresh)) == list(range(MESSAGES))
    for line in range(8):  # within one service, in the order written
        mine = [int(version) for version in fresh if int(version) % 8 == line]
        assert mine == sorted(mine)
    until("the gateway's inbox to be empty", lambda: not list(registry.home.inbox.glob("*.json")))


def test_the_worker_ends_at_once_when_asked_to(registry, djp):
    djp.ask(SEND.format(first=4000, last=4001, to=DUKCAPIL))
    until("a message: the worker is at work", lambda: "4000" in registry.ask(TAKEN)["versions"])
    worker = djp.running.pop("worker")
    worker.terminate()
    assert worker.wait(3) == 0
    djp.start("worker")
