"""Certificates of the links: renewed by the registry in time, taken by their node only."""

from datetime import timedelta

import pytest

from pendopo.core import envelope, strict
from pendopo.core.errors import Fault

DJP = "ID/GOV/DJP"


@pytest.fixture
def djp(operator, joiner):
    """DJP, enrolled on its own node, which holds what it was given."""
    import shutil

    from django.conf import settings

    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.nodes import actions

    joined = joiner(DJP, "djp")
    token = actions.invite(DJP, "Pajak", "djp", actor=operator)
    answer = actions.enrol(joined.request(token), actor=Actor.system(via="wire"))
    joined.home.tls_key.write_bytes(joined.tls_key)
    joined.home.tls_chain.write_text(strict.loads(answer)["chain"])
    (joined.home.documents / "registry.json").write_text(strict.loads(answer)["registry"])
    shutil.copy(settings.HOME.anchor, joined.home.anchor)
    return joined


def until_end(**left) -> None:
    """Certifies every node anew so that its certificate has so much time left."""
    from django.conf import settings
    from django.utils import timezone

    from pendopo.ground.nodes import enrol, x509
    from pendopo.ground.nodes.models import Node

    issuing = [(settings.HOME.keys / name).read_bytes() for name in (enrol.ISSUING_KEY, enrol.ISSUING_PEM)]
    made = timezone.now() - x509.NODE_LIFE + timedelta(**left)
    for node in Node.objects.all():
        node.tls_chain = x509.renew(node.tls_chain, node.pk, issuing[0], issuing[1].decode(), made)
        node.save()


def sent():
    from pendopo.ground.delivery.models import Outbox

    return list(Outbox.objects.filter(type="tls/1"))


def test_the_registry_renews_in_the_last_sixty_days_and_once(djp):
    from django.conf import settings
    from django.utils import timezone

    from pendopo.ground.nodes import certificates, x509

    until_end(days=61)
    assert certificates.renew_due() == [] and sent() == []
    until_end(days=59)
    assert sorted(certificates.renew_due()) == ["djp", "dukcapil"]
    assert certificates.renew_due() == []
    [message] = sent()
    assert (message.agency.code, message.to_agency) == ("ID/GOV/DUKCAPIL", DJP)
    own = settings.HOME.tls_chain.read_text()
    assert x509.ends(own) > timezone.now() + timedelta(days=700)
    key = settings.HOME.tls_key.read_bytes()
    x509.check_chain(own, _root(), "dukcapil", x509.key_spki(key), timezone.now())


def _root() -> str:
    from pendopo.ground.nodes import reads

    return reads.anchor()["root_x509"]


def test_a_revoked_node_gets_none(djp, operator):
    from pendopo.ground.nodes import actions, certificates

    actions.revoke("node", "djp", "Bocor", actor=operator)
    until_end(days=5)
    assert certificates.renew_due() == ["dukcapil"] and sent() == []


def test_a_node_takes_its_own_from_the_registry_only(djp, monkeypatch):
    from django.conf import settings
    from django.utils import timezone

    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.nodes import certificates, x509

    until_end(days=1)
    certificates.renew_due()
    raw = bytes(sent()[0].doc)
    other = settings.HOME.tls_chain.read_text()
    by = {key.use: key for key in djp.drawer.keys.values()}
    issuing = next(key for key in _keys() if key.use == "issuing")
    body = envelope.open(raw).body
    monkeypatch.setattr(settings, "HOME", djp.home)
    before = djp.home.tls_chain.read_bytes()
    wire = Actor.system(via="wire")

    def refused(doc: bytes) -> str:
        with pytest.raises(Fault) as fault:
            certificates.take(doc, actor=wire)
        assert djp.home.tls_chain.read_bytes() == before
        return fault.value.code

    assert refused(envelope.seal("tls/1", strict.dumps(body), [by["agreement"]])) == "key.not_signed"
    for chain in (other, "", None):
        changed = strict.dumps(body | {"chain": chain})
        assert refused(envelope.seal("tls/1", changed, [issuing])) == "nodes.chain"
    certificates.take(raw, actor=wire)
    assert x509.ends(djp.home.tls_chain.read_text()) > timezone.now() + timedelta(days=700)


def _keys():
    from pendopo.ground.nodes import reads

    return reads.gateway().keys.values()
