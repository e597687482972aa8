"""An agency's first key for letters: its agreement key vouches for it at the registry, and nobody else."""

from datetime import timedelta

import pytest

from pendopo.core import envelope, keys
from pendopo.core.errors import Fault
from pendopo.core.keys import SigningKey

DJP = "ID/GOV/DJP"
OWNER = f"agency:{DJP}"


def refusal(call, *arguments, **more) -> str:
    with pytest.raises(Fault) as refused:
        call(*arguments, **more)
    return refused.value.code


@pytest.fixture
def wire(registry):
    from pendopo.ground.accounts.actor import Actor

    return Actor.system(registry, via="wire")


@pytest.fixture
def enrol(operator, wire, joiner):
    """Enrols an agency on its own node; `rekey` again with new keys."""
    from pendopo.ground.nodes import actions

    def run(agency: str = DJP, node: str = "djp", rekey: bool = False) -> dict[str, SigningKey]:
        joined = joiner(agency, node)
        token = actions.invite(agency, "Pajak", node, actor=operator, rekey=rekey)
        actions.enrol(joined.request(token), actor=wire)
        return {key.use: key for key in joined.drawer.keys.values()}

    return run


@pytest.fixture
def djp(enrol):
    return enrol()


def first(*signers: SigningKey, owner=OWNER, use="letter", replaces=None, start=0, days=700) -> bytes:
    """A key/1 for a new key, as its node would deliver it."""
    from django.utils import timezone

    new, begin = SigningKey.generate(owner, use), timezone.now() + timedelta(hours=start)
    payload = keys.statement(owner, use, new.pub, begin, begin + timedelta(days=days), replaces)
    return envelope.seal("key/1", payload, signers)


def accept(raw, actor, sender=DJP):
    from pendopo.ground.nodes.actions import accept_key

    return accept_key(raw, sender, actor=actor)


def test_the_agreement_key_vouches_once(djp, wire, on_commit):
    from django.utils import timezone

    from pendopo.ground.nodes import reads

    raw = first(djp["agreement"])
    with on_commit():
        made = accept(raw, wire)
    document = reads.registry()
    assert document.keys.at(made.thumb, timezone.now(), OWNER, "letter")
    assert made.thumb in document.members[DJP]["keys"] and not made.emergency
    serial = document.serial
    with on_commit():
        assert accept(raw, wire).thumb == made.thumb  # delivered twice
    assert reads.registry().serial == serial
    assert refusal(accept, first(djp["agreement"]), wire) == "nodes.key_not_current"


def test_nobody_else_vouches(djp, enrol, wire, registry):
    bpjs = enrol("ID/GOV/BPJS", "bpjs")
    own = djp["agreement"]
    stranger = SigningKey.generate(OWNER, "agreement")
    for code, raw in (
        ("nodes.key_signature", first(djp["exchange"])),
        ("nodes.key_signature", first(bpjs["agreement"])),
        ("nodes.key_signature", first(stranger)),
        ("nodes.key_signature", first(djp["log"])),
        ("nodes.key_foreign", first(bpjs["agreement"], owner="agency:ID/GOV/BPJS")),
        ("nodes.key_none", first(djp["log"], owner="node:djp")),
        ("nodes.key_not_current", first(own, use="exchange")),
        ("nodes.key_not_current", first(own, use="agreement")),
        ("nodes.key_none", first(own, replaces=own.thumb)),
        ("nodes.key_times", first(own, start=2)),
        ("nodes.key_times", first(own, start=-2)),
        ("nodes.key_times", first(own, days=5000)),
    ):
        assert refusal(accept, raw, wire) == code
    assert refusal(accept, first(own), wire, "ID/GOV/BPJS") == "nodes.key_foreign"
    accept(first(own), wire)


def test_a_replaced_or_revoked_agreement_key_vouches_for_nothing(djp, wire, operator):
    from pendopo.ground.nodes.actions import revoke

    old = djp["agreement"]
    new = SigningKey.generate(OWNER, "agreement")
    from django.utils import timezone

    now = timezone.now()
    payload = keys.statement(OWNER, "agreement", new.pub, now, now + timedelta(days=700), old.thumb)
    accept(envelope.seal("key/1", payload, [old]), wire)
    assert refusal(accept, first(old), wire) == "nodes.key_signature"
    after = first(new)
    revoke("key", new.thumb, "lost", actor=operator)
    assert refusal(accept, after, wire) == "nodes.key_none"


def test_a_letter_key_revoked_alone_has_no_follower_until_all_keys_are_new(djp, enrol, wire, operator):
    from pendopo.ground.nodes.actions import revoke

    made = accept(first(djp["agreement"]), wire)
    revoke("key", made.thumb, "stolen", actor=operator)
    assert refusal(accept, first(djp["agreement"]), wire) == "nodes.key_lost"
    again = enrol(rekey=True)
    assert refusal(accept, first(djp["agreement"]), wire) == "nodes.key_signature"
    accept(first(again["agreement"]), wire)
    assert refusal(accept, first(again["agreement"]), wire) == "nodes.key_not_current"


@pytest.fixture
def at_djp(djp, drawer, monkeypatch):
    """Steps over to DJP's node: its keys, and a home with the registry's newest document; DJP's agency."""
    import dataclasses
    import shutil

    from django.conf import settings

    from pendopo.ground.directory.models import Agency
    from pendopo.ground.nodes import reads, registry

    stand, home = drawer(), settings.HOME
    registry.publish(stand, "ID")
    stand.keys |= {key.thumb: key for key in djp.values()}
    other = dataclasses.replace(home, root=home.root.with_name("at-djp"), node="djp", registry=False)
    for folder in other.directories():
        folder.mkdir(exist_ok=True)
    for name in ("anchor.json", "registry.json"):
        shutil.copy(home.documents / name, other.documents / name)
    monkeypatch.setattr(reads, "gateway", lambda: stand)
    monkeypatch.setattr(settings, "HOME", other)
    Agency.objects.update(hosted=False)
    Agency.objects.filter(code=DJP).update(hosted=True)
    return Agency.objects.get(code=DJP)


def sent():
    from pendopo.ground.delivery.models import Outbox

    return [bytes(row.doc) for row in Outbox.objects.filter(type="key/1").order_by("created_at")]


def test_a_node_asks_once_for_what_the_registry_certifies(djp, fresh_home, at_djp, wire, monkeypatch):
    from django.conf import settings

    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.nodes import reads, upkeep
    from pendopo.ground.nodes import registry as document
    from pendopo.ground.nodes.actions import ensure_letter_key
    from pendopo.ground.nodes.models import Key

    upkeep.letter_keys()
    upkeep.letter_keys()
    [raw] = sent()
    said = keys.Statement.parse(raw)
    assert (said.owner, said.use, said.replaces) == (OWNER, "letter", None)
    assert said.envelope.keys == (djp["agreement"].thumb,)
    assert reads.own_keys(OWNER, "letter") == []
    Key.objects.filter(pk=said.thumb).delete()  # the registry's table is another
    monkeypatch.setattr(settings, "HOME", fresh_home)
    accept(raw, wire)
    document.publish(reads.gateway(), "ID")
    assert reads.own_key(OWNER, "letter") == said.thumb
    assert ensure_letter_key(at_djp, actor=Actor.system(at_djp)) is None
    assert len(sent()) == 1


def test_the_same_key_is_asked_for_again_when_another_agreement_key_counts(djp, at_djp, monkeypatch):
    """A re-key in between: what the lost key vouched for will never be certified."""
    from pendopo.ground.nodes import reads, upkeep

    upkeep.letter_keys()
    new, own_keys = SigningKey.generate(OWNER, "agreement"), reads.own_keys
    reads.gateway().keys[new.thumb] = new
    now = {"agreement": [new.thumb]}
    monkeypatch.setattr(reads, "own_keys", lambda owner, use: now.get(use) or own_keys(owner, use))
    upkeep.letter_keys()
    upkeep.letter_keys()
    old, again = map(keys.Statement.parse, sent())
    assert old.thumb == again.thumb
    assert (old.envelope.keys, again.envelope.keys) == ((djp["agreement"].thumb,), (new.thumb,))


def test_the_registrys_own_agencies_have_theirs_at_once(registry, operator, drawer, on_commit):
    from pendopo.ground.directory.models import Agency
    from pendopo.ground.nodes import actions, reads, upkeep

    with on_commit():
        upkeep.letter_keys()
    own = reads.own_key(f"agency:{registry.code}", "letter")
    with on_commit():
        upkeep.letter_keys()
    assert reads.own_keys(f"agency:{registry.code}", "letter") == [own]
    guest = Agency.objects.create(code="ID/GOV/BPJS", name="BPJS")
    with on_commit():
        actions.host(guest, actor=operator)
    theirs = reads.own_key("agency:ID/GOV/BPJS", "letter")
    with on_commit():
        actions.rotate_key(guest, "letter", actor=operator.system(guest, via="cli"))
    assert reads.own_key("agency:ID/GOV/BPJS", "letter") != theirs
