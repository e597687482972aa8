"""Enrolment at the registry, and what the joining node believes of its answer."""

import datetime
import json

import pytest

from pendopo.core import envelope, strict
from pendopo.core.errors import Fault


@pytest.fixture
def wire():
    from pendopo.ground.accounts.actor import Actor

    return Actor.system(via="wire")


def invite(operator, agency="ID/GOV/DJP", node="djp", **more):
    from pendopo.ground.nodes.actions import invite as act

    return act(agency, "Direktorat Jenderal Pajak", node, actor=operator, **more)


def enrol(wire, request):
    from pendopo.ground.nodes.actions import enrol as act

    return act(request, actor=wire)


def refusal(call, *arguments, **more) -> str:
    with pytest.raises(Fault) as refused:
        call(*arguments, **more)
    return refused.value.code


def check(answer, token, joiner):
    from django.utils import timezone

    from pendopo.ground.nodes import join, x509

    return join.check(
        answer, token, list(joiner.drawer.keys.values()), x509.key_spki(joiner.tls_key), timezone.now()
    )


def test_a_founded_registry_stands_on_its_root_alone(registry, fresh_home):
    from pendopo.ground.nodes import reads, root

    document, anchor = reads.registry(), reads.anchor()
    assert list(document.members) == ["ID/GOV/DUKCAPIL"] and document.node_of("ID/GOV/DUKCAPIL") == "dukcapil"
    assert document.serial == 1 and document.prev_sha is None
    assert reads.registry_agency() == "ID/GOV/DUKCAPIL"
    opened = root.open(
        (fresh_home.root / "root-offline" / "root.pendopo").read_bytes(), "sandi akar untuk uji"
    )
    assert opened.key.thumb == anchor["root"]["thumb"]
    seed = strict.b64e(opened.key.seed).encode()
    assert not [p for p in fresh_home.root.rglob("*") if p.is_file() and seed in p.read_bytes()]
    for use in ("exchange", "agreement"):
        thumb = reads.own_key("agency:ID/GOV/DUKCAPIL", use)
        assert thumb in document.members["ID/GOV/DUKCAPIL"]["keys"]


def test_an_invited_node_gets_all_it_needs_and_the_registry_names_it(operator, wire, joiner):
    from pendopo.core.snapshot import Registry
    from pendopo.ground.directory.models import Agency

    token, djp = invite(operator), joiner("ID/GOV/DJP", "djp")
    enrolled = check(enrol(wire, djp.request(token)), token, djp)
    document = Registry.open(enrolled.registry, strict.loads(enrolled.anchor))
    assert document.serial == 2
    assert document.nodes["djp"]["addrs"] == ["127.0.0.1:5510"]
    assert document.members["ID/GOV/DJP"]["name"] == "Direktorat Jenderal Pajak"
    assert len(document.members["ID/GOV/DJP"]["keys"]) == 2
    assert Agency.objects.get(code="ID/GOV/DJP").hosted is False


@pytest.mark.parametrize("addr", ["gerbang.djp.go.id", "0.0.0.0:5500", "http://djp:5500", ""])
def test_a_node_that_nobody_can_dial_is_not_enrolled(operator, wire, joiner, addr):
    token, djp = invite(operator), joiner("ID/GOV/DJP", "djp")
    assert refusal(enrol, wire, djp.request(token, addr)) == "nodes.address"
    check(enrol(wire, djp.request(token, "gerbang.djp.go.id:5500")), token, djp)


def test_loopback_is_an_address_only_among_nodes_of_one_machine(operator, wire, joiner, monkeypatch):
    import dataclasses

    from django.conf import settings

    token, djp = invite(operator), joiner("ID/GOV/DJP", "djp")
    afar = dataclasses.replace(settings.HOME, advertise="dukcapil.go.id:5500")
    with monkeypatch.context() as there:
        there.setattr(settings, "HOME", afar)
        assert refusal(enrol, wire, djp.request(token)) == "nodes.address_loopback"
    check(enrol(wire, djp.request(token)), token, djp)


def test_the_database_holds_no_token_and_the_audit_no_secret(operator, wire, joiner):
    from django.core import serializers

    from pendopo.ground.audit.models import Line
    from pendopo.ground.nodes.models import Enrolment

    token = invite(operator)
    kept = serializers.serialize("json", [*Enrolment.objects.all(), *Line.objects.all()])
    assert strict.b64e(token.seed) not in kept and str(token) not in kept
    assert [line["fields"]["act"] for line in json.loads(kept)[1:]].count("nodes.member.invite") == 1


def test_a_token_works_once_and_the_same_node_may_ask_again(operator, wire, joiner):
    token, djp = invite(operator), joiner("ID/GOV/DJP", "djp")
    first = enrol(wire, djp.request(token))
    again = enrol(wire, djp.request(token))  # the answer was lost: another CSR signature, the same keys
    assert check(first, token, djp) == check(again, token, djp)
    assert refusal(enrol, wire, joiner("ID/GOV/DJP", "djp").request(token)) == "nodes.token_used"


def test_expired_withdrawn_unknown_and_replaced_tokens_are_refused(operator, wire, joiner):
    import dataclasses

    from pendopo.ground.nodes.actions import withdraw
    from pendopo.ground.nodes.models import Enrolment

    djp = joiner("ID/GOV/DJP", "djp")
    late = invite(operator, life=datetime.timedelta(0))
    assert refusal(enrol, wire, djp.request(late)) == "nodes.token_expired"
    replaced = invite(operator)
    token = invite(operator)
    assert refusal(enrol, wire, djp.request(replaced)) == "nodes.token_withdrawn"
    guessed = dataclasses.replace(token, seed=bytes(32))
    assert refusal(enrol, wire, djp.request(guessed)) == "nodes.token_unknown"
    withdraw(Enrolment.objects.get(withdrawn_at=None), actor=operator)
    assert refusal(enrol, wire, djp.request(token)) == "nodes.token_withdrawn"
    enrol(wire, djp.request(invite(operator)))


def test_a_token_is_for_its_agency_and_node_only(operator, wire, joiner):
    import dataclasses

    token = invite(operator)
    for other in ({"agency": "ID/GOV/BPJS"}, {"node": "bpjs"}):
        changed = dataclasses.replace(token, **other)
        asking = joiner(changed.agency, changed.node)
        assert refusal(enrol, wire, asking.request(changed)) == "nodes.token_other"
    # keys of another agency under a token for this one
    assert refusal(enrol, wire, joiner("ID/GOV/BPJS", "djp").request(token)) == "nodes.request_malformed"
    enrol(wire, joiner("ID/GOV/DJP", "djp").request(token))


def test_nobody_takes_a_node_or_key_that_is_there(operator, wire, joiner):
    djp = joiner("ID/GOV/DJP", "djp")
    enrol(wire, djp.request(invite(operator)))
    bpjs = joiner("ID/GOV/BPJS", "djp")
    token = invite(operator, "ID/GOV/BPJS", "djp")
    assert refusal(enrol, wire, bpjs.request(token)) == "nodes.node_taken"
    assert (
        refusal(
            enrol,
            wire,
            joiner("ID/GOV/BPJS", "dukcapil").request(invite(operator, "ID/GOV/BPJS", "dukcapil")),
        )
        == "nodes.node_taken"
    )
    enrol(wire, joiner("ID/GOV/BPJS", "bpjs").request(invite(operator, "ID/GOV/BPJS", "bpjs")))


@pytest.mark.parametrize(
    "agency, node, more, code",
    [
        ("ID/GOV/DUKCAPIL", "x", {}, "nodes.invite_member"),
        ("ID/GOV/NEW", "x", {"rekey": True}, "nodes.invite_stranger"),
        ("MY/GOV/DJP", "x", {}, "nodes.invite_instance"),
        ("ID/GOV", "x", {}, "id.malformed"),
        ("ID/GOV/NEW", "X y", {}, "nodes.invite_node"),
    ],
)
def test_what_cannot_be_invited(operator, agency, node, more, code):
    assert refusal(invite, operator, agency, node, **more) == code


def test_only_the_registrys_operator_invites(registry, operator, fresh_home, monkeypatch):
    import dataclasses

    from django.conf import settings

    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.models import Account, RoleGrant
    from pendopo.ground.accounts.rights import Refused

    def holder(number, role):
        account = Account.objects.create_user(number, state="active")
        RoleGrant.objects.create(
            account=account, agency=registry, room="ground", role=role, valid=("2020-01-01", None)
        )
        return Actor.of(account)

    with pytest.raises(Refused):
        invite(holder("1", "administrator"))
    invite(holder("2", "operator"))
    monkeypatch.setattr(settings, "HOME", dataclasses.replace(fresh_home, registry=False))
    assert refusal(invite, operator) == "nodes.not_registry"


def test_a_re_key_ends_the_old_keys_and_nothing_leads_to_the_new_ones(operator, wire, joiner):
    from pendopo.ground.nodes import reads
    from pendopo.ground.nodes.models import Key

    old, new = joiner("ID/GOV/DJP", "djp"), joiner("ID/GOV/DJP", "djp")
    enrol(wire, old.request(invite(operator)))
    enrol(wire, new.request(invite(operator, rekey=True)))
    document = reads.registry()
    pinned = [key.thumb for key in old.drawer.keys.values()]
    for key in new.drawer.keys.values():
        assert not document.keys.descends(key.thumb, pinned)
        assert Key.objects.get(pk=key.thumb).emergency
    for key in old.drawer.keys.values():
        assert document.keys.revoked_at(key.thumb) is not None
    assert document.nodes["djp"]["log_key"] in new.drawer.keys


class TestManInTheMiddle:
    """Whoever changes the answer on the way makes it worthless."""

    @pytest.fixture
    def asked(self, operator, wire, joiner):
        token, djp = invite(operator), joiner("ID/GOV/DJP", "djp")
        answer = enrol(wire, djp.request(token))
        check(answer, token, djp)  # the twin that is believed
        return answer, token, djp

    def changed(self, answer: bytes, **changes) -> bytes:
        return strict.dumps(strict.loads(answer) | changes)

    def test_another_root(self, asked, tmp_path):
        from pendopo.ground.nodes import x509

        answer, token, djp = asked
        anchor = strict.loads(strict.loads(answer)["anchor"].encode())
        evil = x509.make_root(x509.new_key(), "ID", datetime.datetime.now(datetime.UTC))
        forged = self.changed(answer, anchor=strict.dumps(anchor | {"root_x509": evil}).decode())
        assert refusal(check, forged, token, djp) == "nodes.answer_anchor"

    def test_a_whole_registry_of_his_own(self, asked, fresh_home):
        answer, token, djp = asked
        other = envelope.seal("registry/1", b"{}", list(djp.drawer.keys.values())[:1])
        assert (
            refusal(check, self.changed(answer, registry=other.decode()), token, djp) == "registry.malformed"
        )

    def test_a_changed_address_in_the_document(self, asked):
        answer, token, djp = asked
        opened = envelope.open(strict.loads(answer)["registry"])
        body = strict.loads(opened.payload)
        body["nodes"][0]["addrs"] = ["evil:1"]
        forged = envelope.assemble(opened.type, strict.dumps(body), opened.sigs).decode()
        assert refusal(check, self.changed(answer, registry=forged), token, djp) == "registry.signature"

    def test_an_older_document_without_this_node(self, asked):
        from pendopo.ground.nodes.models import Snapshot

        answer, token, djp = asked
        old = bytes(Snapshot.objects.get(kind="registry", serial=1).document.raw).decode()
        assert refusal(check, self.changed(answer, registry=old), token, djp) == "nodes.answer_registry"

    def test_the_chain_of_another_key(self, asked, operator, wire, joiner):
        answer, token, djp = asked
        bpjs = joiner("ID/GOV/BPJS", "bpjs")
        other = strict.loads(enrol(wire, bpjs.request(invite(operator, "ID/GOV/BPJS", "bpjs"))))
        assert refusal(check, self.changed(answer, chain=other["chain"]), token, djp) == "nodes.chain"

    def test_noise(self, asked):
        _, token, djp = asked
        for answer in (b"", b"<html>", b"{}", b'{"anchor":1,"chain":"","registry":""}'):
            assert refusal(check, answer, token, djp) == "nodes.answer_malformed"
