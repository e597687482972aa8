"""Letters between two live nodes: signed there, received here, receipts back, while processes are killed.

Everything is real: gateways, workers, the registry's authority, signatures, evidence of exchanges.
"""

import base64
import random
import threading
import time

import pytest

from pendopo.core import letterproof
from tests.rooms.nodes.live import PASSPHRASE, Live, Refused, until

KOMINFO, BAPPEDA = "ID/GOV/KOMINFO", "ID/GOV/BAPPEDA"
LETTERS, KILLS = 24, 10

DESK = """
from tests.rooms.simaya.office import SINCE, staff
from pendopo.ground.directory.models import PersonNumber
from pendopo.simaya.offices.actions import name_post
desk = staff(Agency.objects.get(code={agency!r}))
head = desk.accounts['Kepala Dinas'].person
PersonNumber.objects.create(person=head, scheme='nip', value='197001011995031001', valid=(SINCE, None))
name_post(desk.posts['Kepala Dinas'], 'KEP', actor=desk.actor('administrator'))
"""
KEY = """
from pendopo.simaya.signing import actions as keys
keys.make_key('padi menguning di lembah', actor=desk.actor('Kepala Dinas'))
"""
READY = """
keys.stamper()
own = keys.unlock(keys.own(desk.actor('Kepala Dinas')), 'padi menguning di lembah')
"""
WRITE = """
from pendopo.simaya.letters import actions, signing
from pendopo.simaya.letters.drafting import Addressee
to = (Addressee(line='Kepala Bappeda', agency={to!r}),)
letter = desk.start(addressees=to, initials=(), subject='Undangan {n}')
letter = actions.submit(letter, letter.v, actor=desk.actor('Analis'))
answer = str(letter.pk)
"""
SIGN = """
from pendopo.simaya.letters.models import Letter
letter = Letter.objects.get(pk={letter!r})
if letter.state == 'signing':
    raise Fault('simaya.guard_stale')
if letter.state == 'approval':
    page = 'https://ende.example/s/'.__add__
    signing.sign(letter, letter.v, own, page, actor=desk.actor('Kepala Dinas'))
answer = True
"""
OUT = """
from pendopo.simaya.routing.models import Delivery
answer = list(Delivery.objects.values_list('letter__number', 'state'))
"""
IN = """
from pendopo.simaya.letters.models import Letter
answer = list(Letter.objects.filter(side='in').values_list('number', 'state', 'checked'))
"""
REGISTER = """
from pendopo.simaya.routing import actions as routing
for n, letter in enumerate(Letter.objects.filter(side='in').order_by('id')):
    by = desk.holders['Arsiparis']
    routing.receipt(letter, 'registered', by=by, agenda=f'{n + 1}', actor=desk.actor('registrar'))
"""
PROOF = """
import base64
from pendopo.simaya.letters.models import Letter
from pendopo.simaya.routing import reads
letter = Letter.objects.filter(side={side!r}).order_by('id').first()
row = letter.deliveries.first()
raw = reads.proof(letter, row, actor=desk.actor('registrar'))
answer = base64.b64encode(raw).decode()
"""


@pytest.fixture(scope="module")
def kominfo(postgres, tmp_path_factory):
    folder = tmp_path_factory.mktemp("k")
    node = Live(folder, postgres, "kominfo", KOMINFO, registry=True, passphrase=PASSPHRASE)
    node.start("gateway", "portal", "worker")
    yield node
    node.stop()


@pytest.fixture(scope="module")
def bappeda(kominfo, postgres, tmp_path_factory):
    token = kominfo.ask(
        "from pendopo.ground.nodes import actions\n"
        f"answer = str(actions.invite({BAPPEDA!r}, 'Bappeda', 'bappeda', actor=Actor.system(via='cli')))"
    )
    node = Live(tmp_path_factory.mktemp("b"), postgres, "bappeda", BAPPEDA, join=token)
    node.start("gateway", "worker")
    yield node
    node.stop()


def may(node: Live, code: str) -> bool:
    """Whether the node does it now; a fault says not yet."""
    try:
        node.ask(code)
    except Refused as fault:
        print(node.name, fault)
        return False
    return True


@pytest.fixture(scope="module")
def desks(kominfo, bappeda):
    """Both offices staffed; the head of Bappeda (which is not the registry's node) can sign."""
    kominfo.ask(DESK.format(agency=KOMINFO))
    bappeda.ask(DESK.format(agency=BAPPEDA))
    until("the letter key", lambda: may(bappeda, KEY))
    until("the certificate", lambda: may(bappeda, READY), 60)
    return bappeda, kominfo


def send(node: Live, n: int, to: str, patience: float = 60) -> None:
    letter = node.ask(WRITE.format(to=to, n=n))
    until("the signature", lambda: may(node, SIGN.format(letter=letter)), patience)


def test_a_letter_is_there_and_its_receipt_is_back_and_both_proofs_hold(desks):
    from pendopo.simaya.signing.pades import pades

    sender, receiver = desks
    send(sender, 0, KOMINFO)
    begun = time.monotonic()
    until("the letter", lambda: receiver.ask(IN))
    until("the receipt", lambda: [state for _, state in sender.ask(OUT)] == ["received"])
    print(f"there and back in {time.monotonic() - begun:.2f} s")
    until("the file's check", lambda: receiver.ask(IN)[0][2])
    assert [row[1:] for row in receiver.ask(IN)] == [["received", "sound"]]
    receiver.ask(REGISTER)
    until("the second receipt", lambda: [state for _, state in sender.ask(OUT)] == ["registered"])
    anchor = receiver.home.anchor.read_bytes()
    for node, side in ((sender, "out"), (receiver, "in")):
        raw = base64.b64decode(node.ask(PROOF.format(side=side)))
        report = letterproof.verify(raw, anchor, pades)
        assert not isinstance(report, Exception), report
        assert [one.event for one in report.receipts] == ["received", "registered"]
        assert len(report.exchanges) == 1
        assert report.seal.name == "Orang Kepala Dinas"


def test_killed_at_any_moment_every_letter_is_there_once_and_every_receipt_back(desks):
    sender, receiver = desks
    seed = random.randrange(10**6)
    print(f"seed {seed}, {LETTERS} letters, {KILLS} kills")
    dice = random.Random(seed)
    before = len(sender.ask(OUT))
    done = threading.Event()

    def write():
        for n in range(LETTERS):
            send(sender, n, KOMINFO, 90)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    targets = [(node, name) for node in desks for name in ("worker", "gateway")]
    for turn in range(KILLS):
        node, name = targets[turn % 4] if turn < 4 else dice.choice(targets)
        time.sleep(dice.uniform(0.05, 0.8))
        node.kill(name)
        node.start(name)
    writer.join(180)
    assert done.is_set()
    receiver.ask("answer = 1")
    until("every letter", lambda: len(receiver.ask(IN)) == before + LETTERS, 90)
    receiver.ask(REGISTER)

    def registered() -> bool:
        return {state for _, state in sender.ask(OUT)} == {"registered"}

    until("every receipt", registered, 90)
    until("every check", lambda: {checked for *_, checked in receiver.ask(IN)} == {"sound"}, 60)
    sent, got = (sorted(row[0] for row in node.ask(code)) for node, code in ((sender, OUT), (receiver, IN)))
    assert sent == got and len(set(got)) == before + LETTERS
