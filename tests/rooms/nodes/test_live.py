"""Two nodes as they run: enrolment over HTTP, rotation and revocation through real gateways and workers."""

import os
import statistics
import time

import pytest

from tests.rooms.nodes.live import PASSPHRASE, Live, Refused, until

DUKCAPIL, DJP = "ID/GOV/DUKCAPIL", "ID/GOV/DJP"

INVITE = """
from pendopo.ground.nodes import actions
answer = str(actions.invite({agency!r}, 'Instansi', {node!r}, actor=Actor.system(via='cli'), rekey={rekey}))
"""
OWN_KEY = """
from pendopo.ground.nodes import reads
answer = reads.own_key('agency:{agency}', {use!r})
"""
ROTATE = """
from pendopo.ground.nodes import actions
agency = Agency.objects.get(code={agency!r})
answer = actions.rotate_key(agency, {use!r}, actor=Actor.system(agency, via='cli')).thumb
"""
LAST_SIGNER = """
from pendopo.ground.nodes import reads
mine = [e for e in reads.gateway().log(0, -1, 5000) if e['kind'] == 'exchange' and e['side'] == 'consumer']
answer = mine[-1]['req_key']
"""
SERIAL = "from pendopo.ground.nodes import reads; answer = reads.registry().serial"
DELIVER = """
from pendopo.core import strict
from pendopo.core.ids import new_id
from pendopo.ground.nodes import documents, reads
service = {sender!r} + '/coretax/' + {name!r}
body = {{'v': 1, 'service': service, 'version': '1', 'title': {{'id': 'Layanan', 'en': 'Service'}}}}
gateway = reads.gateway()
doc = documents.seal(gateway, 'service/1', body, [reads.own_key('agency:' + {sender!r}, 'agreement')])
answer = gateway.deliver({sender!r}, {to!r}, new_id(), 'service/1', doc)['status']
"""


@pytest.fixture(scope="module")
def registry(postgres, tmp_path_factory):
    node = Live(
        tmp_path_factory.mktemp("r"), postgres, "dukcapil", DUKCAPIL, registry=True, passphrase=PASSPHRASE
    )
    node.start("gateway", "portal", "worker")
    yield node
    node.stop()


def invite(registry, agency=DJP, node="djp", rekey=False) -> str:
    return registry.ask(INVITE.format(agency=agency, node=node, rekey=rekey))


@pytest.fixture(scope="module")
def djp(registry, postgres, tmp_path_factory):
    node = Live(tmp_path_factory.mktemp("d"), postgres, "djp", DJP, join=invite(registry))
    node.start("gateway", "worker")
    yield node
    node.stop()


def serial(node) -> int:
    return node.ask(SERIAL)


def deliver(node, name="x", sender=DJP, to=DUKCAPIL) -> int:
    return node.ask(DELIVER.format(sender=sender, to=to, name=name))


def delivers(node, **more) -> bool:
    try:
        return deliver(node, **more) == 200
    except Refused:
        return False


def test_a_joined_node_exchanges_with_the_registry_both_ways(registry, djp):
    until("a first delivery", lambda: delivers(djp, name="satu"))
    names = "from pendopo.ground.nodes import reads; answer = sorted(reads.registry().catalogue)"
    until("the catalogue", lambda: registry.ask(names) == [f"{DJP}/coretax/satu"])
    until("the document at DJP", lambda: serial(djp) == serial(registry))
    assert djp.ask(names) == [f"{DJP}/coretax/satu"]


def test_members_become_agencies_of_the_directory(registry, djp):
    known = "answer = sorted(Agency.objects.values_list('code', 'hosted'))"
    until("DJP's directory", lambda: [DUKCAPIL, False] in djp.ask(known))
    assert [DJP, True] in djp.ask(known)
    assert registry.ask(known) == [[DJP, False], [DUKCAPIL, True]]


@pytest.mark.parametrize("use", ["exchange", "agreement"])
def test_a_member_rotates_its_key_and_signs_with_the_new_one(registry, djp, use):
    old = djp.ask(OWN_KEY.format(agency=DJP, use=use))
    new = djp.ask(ROTATE.format(agency=DJP, use=use))
    assert new != old
    until("the certified key", lambda: djp.ask(OWN_KEY.format(agency=DJP, use=use)) == new)
    leads = (
        f"from pendopo.ground.nodes import reads; answer = reads.registry().keys.descends({new!r}, [{old!r}])"
    )
    assert djp.ask(leads) is True
    until("a delivery", lambda: delivers(djp, name=f"dua-{use}"))
    if use == "exchange":  # the gateway looks at the clock once a second
        until("the new key", lambda: delivers(djp, name="dua") and djp.ask(LAST_SIGNER) == new)


def test_the_commands_do_the_same_and_say_so(registry, djp):
    old = djp.ask(OWN_KEY.format(agency=DJP, use="exchange"))
    said = djp.pendopo("keys", "rotate", "--use", "exchange")
    new = said.split()[-1]
    assert said == f"New key {new}\n" and new != old
    until("the certified key", lambda: djp.ask(OWN_KEY.format(agency=DJP, use="exchange")) == new)
    listed = {line.split()[0]: line for line in djp.pendopo("keys", "list").splitlines()}
    assert "  valid  " in listed[new] and "replaced, still valid" in listed[old]
    assert "ID/GOV/DJP  djp" in registry.pendopo("nodes", "list")
    assert "(nodes.not_registry)" in djp.pendopo(
        "nodes", "invite", "--agency", DJP, "--name", "x", fails=True
    )
    assert "(nodes.revoke_self)" in registry.pendopo("nodes", "revoke", DUKCAPIL, "--why", "x", fails=True)


def test_the_registry_and_a_nodes_log_key_rotate_too(registry, djp):
    new = registry.ask(ROTATE.format(agency=DUKCAPIL, use="exchange"))
    until("its own key", lambda: registry.ask(OWN_KEY.format(agency=DUKCAPIL, use="exchange")) == new)
    log = djp.ask(ROTATE.format(agency=DJP, use="log"))
    at = "from pendopo.ground.nodes import reads; answer = reads.registry().nodes['djp']['log_key']"
    until("the log key", lambda: djp.ask(at) == log)
    signed = (
        "from pendopo.core import envelope\n"
        "answer = envelope.open((settings.HOME.documents / 'node.json').read_bytes()).keys[0]"
    )
    until("a node document signed with it", lambda: djp.ask(signed) == log)
    assert delivers(djp, name="tiga")


def test_a_second_rotation_waits_for_the_first(registry, djp):
    registry.kill("worker")
    try:
        new = djp.ask(ROTATE.format(agency=DJP, use="agreement"))
        with pytest.raises(Refused, match=r"nodes\.key_pending"):
            djp.ask(ROTATE.format(agency=DJP, use="agreement"))
    finally:
        registry.start("worker")
    until("the certified key", lambda: djp.ask(OWN_KEY.format(agency=DJP, use="agreement")) == new)


def test_a_gateway_that_comes_back_has_what_changed_meanwhile(registry, djp):
    before = serial(registry)
    registry.kill("gateway")
    move = (
        "from pendopo.ground.nodes import actions\n"
        f"actions.advertise('djp', ['{djp.home.advertise}', '127.0.0.1:1'], actor=Actor.system(via='cli'))\n"
        "from pendopo.ground.nodes import state; answer = state.waiting_documents()"
    )
    assert "registry" in registry.ask(move)
    registry.start("gateway")
    until("the document at DJP", lambda: serial(djp) > before, 40)


def test_a_revocation_reaches_the_other_node_within_two_seconds(registry, postgres, tmp_path_factory):
    """Ten agencies' keys on one node, revoked one after the other while it exchanges."""
    agency = "ID/GOV/BPJS"
    node = Live(tmp_path_factory.mktemp("b"), postgres, "bpjs", agency, join=invite(registry, agency, "bpjs"))
    try:
        node.start("gateway", "worker")
        until("a first delivery", lambda: delivers(node, sender=agency))
        took = []
        for _ in range(10):
            key = node.ask(OWN_KEY.format(agency=agency, use="exchange"))
            new = node.ask(ROTATE.format(agency=agency, use="exchange"))
            until(
                "the new key", lambda new=new: node.ask(OWN_KEY.format(agency=agency, use="exchange")) == new
            )
            begun = time.monotonic()
            registry.ask(
                "from pendopo.ground.nodes import actions\n"
                f"actions.revoke('key', {key!r}, 'uji', actor=Actor.system(via='cli'))"
            )
            gone = (
                "from pendopo.ground.nodes import reads\n"
                f"answer = reads.registry().keys.revoked_at({key!r}) is not None"
            )
            until("the revocation", lambda gone=gone: node.ask(gone))
            took.append(time.monotonic() - begun)
        assert delivers(node, sender=agency), node.logs()
        registry.ask(
            "from pendopo.ground.nodes import actions\n"
            "actions.revoke('node', 'bpjs', 'uji', actor=Actor.system(via='cli'))"
        )
        begun = time.monotonic()
        until("the cut", lambda: not delivers(node, sender=agency))
        took.append(time.monotonic() - begun)
        print(f"revocation seen after: median {statistics.median(took):.3f} s, longest {max(took):.3f} s")
        assert max(took) < 2.0
    finally:
        node.stop()


def test_a_foreign_token_and_a_dead_registry_leave_no_home_behind(registry, djp, postgres, tmp_path_factory):
    from pendopo.core.errors import Fault

    folder, token = tmp_path_factory.mktemp("x"), invite(registry, "ID/GOV/NEW", "new")
    with pytest.raises(Fault, match=r"nodes\.token_agency"):
        Live(folder, postgres, "new", "ID/GOV/OTHER", join=token)
    registry.kill("portal")
    try:
        with pytest.raises(Fault, match=r"nodes\.registry_down"):
            Live(folder, postgres, "new", "ID/GOV/NEW", join=token)
    finally:
        registry.start("portal")
    assert os.listdir(folder) == []


def test_a_node_that_lost_its_keys_comes_back_with_a_re_key_token(registry, djp):
    token = invite(registry, rekey=True)
    old = djp.ask(OWN_KEY.format(agency=DJP, use="exchange"))
    djp.ask(
        "from pendopo.ground.nodes import setup\n"
        f"agency = Agency.objects.get(code={DJP!r})\n"
        f"setup.join_registry(settings.HOME, agency, {token!r}, actor=Actor.system(agency, via='cli'))"
    )
    for name in ("gateway", "worker"):
        djp.kill(name)
    djp.start("gateway", "worker")
    new = djp.ask(OWN_KEY.format(agency=DJP, use="exchange"))
    assert new != old
    until("a delivery with the new key", lambda: delivers(djp, name="baru"))
