"""Two nodes as they run: letter keys and certificates come by themselves, and both sign."""

import pytest

from tests.rooms.nodes.live import PASSPHRASE, Live, until

DUKCAPIL, DJP = "ID/GOV/DUKCAPIL", "ID/GOV/DJP"

INVITE = """
from pendopo.ground.nodes import actions
answer = str(actions.invite('ID/GOV/DJP', 'Pajak', 'djp', actor=Actor.system(via='cli')))
"""
READY = """
from pendopo.simaya.signing import actions
try:
    answer = bool(actions.trust() and actions.stamper())
except Fault as fault:
    answer = False
"""
MAKE = """
from datetime import date
from pendopo.ground.accounts.models import Account
from pendopo.ground.directory.models import Assignment, PersonNumber, Position, Unit
from pendopo.simaya.signing import actions
agency = Agency.objects.get(code={agency!r})
account = Account.objects.filter(person__isnull=False).first()
since = (date(2020, 1, 1), None)
unit, _ = Unit.objects.get_or_create(agency=agency, code='01', defaults=dict(name='Dinas', valid=since))
post, _ = Position.objects.get_or_create(unit=unit, title='Kepala', defaults=dict(heads=True))
Assignment.objects.get_or_create(person=account.person, position=post, defaults=dict(valid=since))
if not account.person.numbers.exists():
    PersonNumber.objects.create(person=account.person, scheme='nip', value='199001012015011001', valid=since)
actions.make_key('padi menguning di lembah', actor=Actor.of(account, agency))
"""
SIGN = """
from base64 import b64decode
from pendopo.core.errors import Broken
from pendopo.simaya.signing import actions
from pendopo.simaya.signing.check import check
from pendopo.simaya.signing.models import PersonKey
from pendopo.simaya.signing.sign import sign
key = PersonKey.objects.get()
if key.state == 'ready':
    opened = actions.unlock(key, 'padi menguning di lembah')
    signed = sign(b64decode({page!r}), opened, actions.stamper(), actions.trust(), name=key.name,
                  reason='Uji', place='Ende')
    seen = check(signed, actions.trust().root)
    answer = seen.code if isinstance(seen, Broken) else [seen.name, seen.number, seen.agency]
else:
    answer = None
"""
REVOKE = """
from pendopo.simaya.signing import actions
from pendopo.simaya.signing.models import PersonKey
key = PersonKey.objects.get()
from pendopo.ground.accounts.models import Account
account = Account.objects.filter(person=key.person).first()
actions.revoke(key, 'Uji', actor=Actor.of(account, key.agency))
answer = key.serial
"""
LISTED = """
from cryptography import x509
from pendopo.simaya.signing.models import Authority
crl = x509.load_der_x509_crl(bytes(Authority.objects.get().crl))
answer = crl.get_revoked_certificate_by_serial_number(int({serial!r}, 16)) is not None
"""

NAME = """
from pendopo.ground.nodes import reads
answer = reads.registry().members[{agency!r}]['name']
"""


@pytest.fixture(scope="module")
def nodes(postgres, tmp_path_factory):
    """The registry's node and another, both running."""
    registry = Live(
        tmp_path_factory.mktemp("r"), postgres, "dukcapil", DUKCAPIL, registry=True, passphrase=PASSPHRASE
    )
    registry.start("gateway", "portal", "worker")
    djp = Live(tmp_path_factory.mktemp("d"), postgres, "djp", DJP, join=registry.ask(INVITE))
    djp.start("gateway", "worker")
    yield registry, djp
    djp.stop()
    registry.stop()


def test_both_nodes_sign_and_hear_of_a_revocation(nodes):
    from base64 import b64encode

    from tests.rules.simaya.signatures import page

    for node in nodes:
        until(f"{node.name} to be able to stamp", lambda node=node: node.ask(READY), 90)
    one_page = b64encode(page()).decode()
    for node in nodes:
        node.ask(MAKE.format(agency=node.agency))
    for node in nodes:
        seen = until(f"the key at {node.name}", lambda node=node: node.ask(SIGN.format(page=one_page)), 60)
        assert seen[1:] == ["199001012015011001", nodes[0].ask(NAME.format(agency=node.agency))]
    serial = nodes[1].ask(REVOKE)
    for node in nodes:
        until(f"the list at {node.name}", lambda node=node: node.ask(LISTED.format(serial=serial)), 60)
