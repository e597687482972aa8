"""Rotation, revocation and the catalogue at the registry: what its document says, and to whom it listens."""

from datetime import timedelta

import pytest

from pendopo.core import envelope, keys, strict
from pendopo.core.errors import Fault
from pendopo.core.keys import SigningKey

DJP = "ID/GOV/DJP"


def refusal(call, *arguments, **more) -> str:
    with pytest.raises(Fault) as refused:
        call(*arguments, **more)
    return refused.value.code


@pytest.fixture
def wire(registry):
    from pendopo.ground.accounts.actor import Actor

    return Actor.system(registry, via="wire")


@pytest.fixture
def djp(operator, wire, joiner):
    """DJP, enrolled on its own node."""
    from pendopo.ground.nodes import actions

    joined = joiner(DJP, "djp")
    actions.enrol(joined.request(actions.invite(DJP, "Pajak", "djp", actor=operator)), actor=wire)
    return joined


def held(joined, use: str) -> SigningKey:
    return next(key for key in joined.drawer.keys.values() if key.use == use)


def succession(old: SigningKey, *, signer=None, owner=None, use=None, replaces=None, start=0, days=700):
    """A key/1 that replaces `old`, as its node would deliver it, and the new key."""
    from django.utils import timezone

    new = SigningKey.generate(owner or old.owner, use or old.use)
    begin = timezone.now() + timedelta(hours=start)
    payload = keys.statement(
        new.owner, new.use, new.pub, begin, begin + timedelta(days=days), replaces or old.thumb
    )
    return envelope.seal("key/1", payload, [signer or old]), new


def accept(raw, actor, sender=DJP):
    from pendopo.ground.nodes.actions import accept_key

    return accept_key(raw, sender, actor=actor)


def test_a_succession_is_certified_once_and_leads_back_to_the_pinned_key(djp, wire, on_commit):
    from django.utils import timezone

    from pendopo.ground.nodes import reads

    old = held(djp, "exchange")
    raw, new = succession(old)
    with on_commit():
        accept(raw, wire)
    document = reads.registry()
    serial = document.serial
    assert document.keys.at(new.thumb, timezone.now(), old.owner, "exchange") == new.pub
    assert document.keys.descends(new.thumb, [old.thumb])
    assert new.thumb in document.members[DJP]["keys"] and old.thumb not in document.members[DJP]["keys"]
    with on_commit():
        assert accept(raw, wire).thumb == new.thumb  # delivered twice
    assert reads.registry().serial == serial


def test_a_nodes_log_key_is_followed_in_the_document(djp, wire, on_commit):
    from pendopo.ground.nodes import reads

    raw, new = succession(held(djp, "log"))
    with on_commit():
        accept(raw, wire)
    assert reads.registry().nodes["djp"]["log_key"] == new.thumb


def test_successions_that_do_not_count(djp, wire, operator, joiner):
    from pendopo.ground.nodes import actions

    old, other = held(djp, "exchange"), held(djp, "agreement")
    stranger = SigningKey.generate(old.owner, "exchange")
    bpjs = joiner("ID/GOV/BPJS", "bpjs")
    actions.enrol(bpjs.request(actions.invite("ID/GOV/BPJS", "BPJS", "bpjs", actor=operator)), actor=wire)
    cases = {
        "nodes.key_signature": succession(old, signer=stranger),
        "nodes.key_not_current": succession(old, replaces=stranger.thumb),
        "nodes.key_foreign": succession(held(bpjs, "exchange")),
        "nodes.key_times": succession(old, days=5000),
    }
    for code, (raw, _) in cases.items():
        assert refusal(accept, raw, wire) == code
    assert refusal(accept, succession(old, start=2)[0], wire) == "nodes.key_times"
    assert refusal(accept, succession(old, use="agreement")[0], wire) == "nodes.key_not_current"
    assert (
        refusal(accept, succession(other, use="exchange", signer=other)[0], wire) == "nodes.key_not_current"
    )
    # a second successor of one key
    accept(succession(old)[0], wire)
    assert refusal(accept, succession(old)[0], wire) == "nodes.key_not_current"


def test_a_revoked_key_vouches_for_no_successor(djp, wire, operator):
    from pendopo.ground.nodes.actions import revoke

    old = held(djp, "exchange")
    revoke("key", old.thumb, "lost", actor=operator)
    assert refusal(accept, succession(old)[0], wire) == "nodes.key_none"
    accept(succession(held(djp, "agreement"))[0], wire)


@pytest.mark.parametrize("kind", ["key", "node", "agency"])
def test_a_revocation_stands_in_the_next_document_and_ends_the_key(djp, operator, on_commit, kind):
    from django.utils import timezone

    from pendopo.ground.nodes import reads
    from pendopo.ground.nodes.actions import revoke

    old = held(djp, "log" if kind == "node" else "exchange")
    subject = {"key": old.thumb, "node": "djp", "agency": DJP}[kind]
    before = reads.registry()
    assert before.keys.at(old.thumb, timezone.now(), old.owner, old.use) == old.pub
    with on_commit():
        revoke(kind, subject, "stolen laptop", actor=operator)
    after = reads.registry()
    assert after.serial == before.serial + 1 and after.prev_sha == before.sha
    assert after.revoked[-1]["why"] == "stolen laptop"
    assert refusal(after.keys.at, old.thumb, timezone.now(), old.owner, old.use) == "key.revoked"
    with on_commit():
        revoke(kind, subject, "again", actor=operator)
    assert reads.registry().serial == after.serial


def test_what_cannot_be_revoked(djp, operator):
    from pendopo.ground.nodes.actions import revoke
    from pendopo.ground.nodes.models import Key

    issuing = Key.objects.get(use="issuing").thumb
    for kind, subject, why, code in (
        ("key", "x" * 43, "why", "nodes.revoke_unknown"),
        ("person", "x", "why", "nodes.revoke_unknown"),
        ("node", "djp", "  ", "nodes.revoke_why"),
        ("node", "dukcapil", "why", "nodes.revoke_self"),
        ("agency", "ID/GOV/DUKCAPIL", "why", "nodes.revoke_self"),
        ("key", issuing, "why", "nodes.revoke_self"),
    ):
        assert refusal(revoke, kind, subject, why, actor=operator) == code


def test_a_revoked_agency_is_not_invited_again(djp, operator):
    from pendopo.ground.nodes.actions import invite, revoke

    revoke("agency", DJP, "closed", actor=operator)
    assert refusal(invite, DJP, "Pajak", "djp", actor=operator, rekey=True) == "nodes.invite_revoked"


def description(signer: SigningKey, service=f"{DJP}/coretax/wajib-pajak", version="1", **more) -> bytes:
    body = {"v": 1, "service": service, "version": version, "title": {"id": "Wajib pajak", "en": "Taxpayers"}}
    return envelope.seal("service/1", strict.dumps(body | more), [signer])


def test_only_the_owner_lists_a_service_and_only_with_its_agreement_key(djp, wire, on_commit):
    from pendopo.ground.nodes import reads
    from pendopo.ground.nodes.actions import list_service

    key = held(djp, "agreement")
    raw = description(key)
    with on_commit():
        list_service(raw, DJP, actor=wire)
    entry = reads.registry().catalogue[f"{DJP}/coretax/wajib-pajak"]
    assert entry["desc_sha"] == envelope.sha(raw) and entry["state"] == "published"

    foreign = description(key, "ID/GOV/DUKCAPIL/siak/penduduk")
    assert refusal(list_service, foreign, DJP, actor=wire) == "nodes.service_foreign"
    assert refusal(list_service, raw, "ID/GOV/DUKCAPIL", actor=wire) == "nodes.service_foreign"
    other = description(held(djp, "exchange"))
    assert refusal(list_service, other, DJP, actor=wire) == "nodes.service_signature"
    mute = envelope.seal("service/1", b'{"v":1}', [key])
    assert refusal(list_service, mute, DJP, actor=wire) == "nodes.service_malformed"


@pytest.mark.parametrize(
    "change", [{"title": "x"}, {"title": {"id": 5, "en": "x"}}, {"title": {"id": "x"}}, {"state": [1]}]
)
def test_what_no_page_could_show_is_not_listed(djp, wire, change):
    """The catalogue's page of every node reads these."""
    from pendopo.ground.nodes.actions import list_service

    key = held(djp, "agreement")
    assert refusal(list_service, description(key, **change), DJP, actor=wire) == "nodes.service_malformed"
    list_service(description(key), DJP, actor=wire)


def test_nothing_new_is_signed_without_need_and_a_stale_document_is_renewed(registry, fresh_home, drawer):
    from django.utils import timezone

    from pendopo.ground.nodes import registry as module
    from pendopo.ground.nodes import snapshots
    from pendopo.ground.nodes.models import Snapshot

    first = module.publish(drawer(), "ID")
    assert module.publish(drawer(), "ID").serial == first.serial == 1
    Snapshot.objects.filter(pk=first.pk).update(
        valid_until=timezone.now() + snapshots.LIFE - snapshots.FRESH - timedelta(minutes=1)
    )
    renewed = module.publish(drawer(), "ID")
    assert renewed.serial == 2
    assert envelope.open(bytes(renewed.document.raw)).body["prev_sha"] == first.document_id


def test_with_the_gateway_down_a_revocation_is_kept_said_and_made_good(
    djp, operator, drawer, on_commit, monkeypatch
):
    from pendopo.ground.nodes import compile, reads, state
    from pendopo.ground.nodes import registry as module
    from pendopo.ground.nodes.actions import revoke
    from pendopo.ground.nodes.gateway import Gateway

    compile.install(drawer(), "dukcapil", drawer().home.blobs)
    before = reads.registry().serial
    monkeypatch.setattr(reads, "gateway", lambda: Gateway(drawer().home.control))  # nobody listens
    with on_commit():
        revoke("node", "djp", "stolen", actor=operator)
    assert reads.registry().serial == before
    assert state.waiting_documents() == ["registry"]
    module.publish(drawer(), "ID")
    assert reads.registry().serial == before + 1
    assert state.waiting_documents() == []


@pytest.fixture
def top(registry, fresh_home):
    """The root's keys, brought back from where they are kept."""
    from pendopo.ground.nodes import root

    data = (fresh_home.root / "root-offline" / root.FILE).read_bytes()
    return root.open(data, "sandi akar untuk uji")


@pytest.mark.parametrize("why", ["", "stolen"])
def test_a_new_issuing_key_takes_over_and_what_was_certified_stays_so(
    top, djp, operator, wire, on_commit, why
):
    from django.utils import timezone

    from pendopo.ground.nodes import actions, reads

    old = reads.registry()
    kept = held(djp, "exchange")
    with on_commit():
        made = actions.reissue(top, actor=operator, revoke=why)
    new = reads.registry()
    assert new.envelope.keys == (made.thumb,) and old.envelope.keys != (made.thumb,)
    assert new.keys.at(kept.thumb, timezone.now(), kept.owner, kept.use) == kept.pub
    assert (new.keys.revoked_at(old.envelope.keys[0]) is not None) is bool(why)
    if why:
        assert refusal(new.keys.issuing, old.envelope.keys[0]) == "key.issuing"
    raw, successor = succession(kept)
    with on_commit():
        accept(raw, wire)
    document = reads.registry()
    assert document.keys.descends(successor.thumb, [kept.thumb])


def test_the_root_of_another_instance_certifies_nothing(top, djp, operator):
    from pendopo.ground.nodes import actions, root

    other = root.Root(SigningKey.generate("registry:ID", "root"), top.x509_key)
    assert refusal(actions.reissue, other, actor=operator) == "nodes.root_other"
