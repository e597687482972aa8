"""From a request to rows and back to nothing: both sides' rows, and what the gateway would live on."""

import pytest


def test_a_published_service_is_signed_listed_and_compiled(nation, service):
    from pendopo.core import envelope
    from pendopo.ground.nodes import reads
    from pendopo.mantra.signing import body, signers

    version = service.versions.get()
    assert body(version.document)["service"] == "ID/GOV/DUKCAPIL/siak/penduduk"
    assert signers(envelope.open(bytes(version.document.raw)), [nation.dukcapil.code])
    assert reads.registry().catalogue["ID/GOV/DUKCAPIL/siak/penduduk"]["desc_sha"] == version.document_id
    [compiled] = nation.node_document()["services"]
    assert compiled["def_sha"] == version.document_id and compiled["table"] == "penduduk"


def test_a_narrower_grant_is_in_force_without_anybody_at_the_requester(nation, service):
    provider, requester = nation.both(nation.grant(nation.ask(service)))
    assert provider.state == requester.state == "active"
    assert provider.revisions.get().document_id == requester.revisions.get().document_id
    [compiled] = nation.node_document()["agreements"]
    assert compiled["id"] == str(provider.number) and compiled["role"] == "both"


def test_before_the_requester_has_signed_nothing_is_in_force(nation, service):
    agreement = nation.grant(nation.ask(service), post=False)
    assert agreement.state == "proposed" and nation.node_document()["agreements"] == []


def test_a_wider_grant_waits_for_a_person(nation, service):
    from pendopo.mantra.agreements import actions

    wider = nation.grant(nation.ask(service), limits=nation.limits(per_day=60_000))
    provider, requester = nation.both(wider)
    assert (provider.state, requester.state) == ("proposed", "offered")
    assert nation.node_document()["agreements"] == []
    actions.accept(requester, actor=nation.actor(nation.djp, "requester"))
    nation.post()
    provider, requester = nation.both(wider)
    assert provider.state == requester.state == "active"


def test_an_offer_may_be_declined(nation, service):
    from pendopo.mantra.agreements import actions

    wider = nation.grant(nation.ask(service), limits=nation.limits(per_day=60_000))
    actions.decline(
        nation.both(wider)[1], reason="Terlalu banyak", actor=nation.actor(nation.djp, "requester")
    )
    nation.post()
    provider, requester = nation.both(wider)
    assert provider.state == requester.state == "revoked"


def test_a_refusal_reaches_the_requester_with_its_reason(nation, service):
    from pendopo.mantra.agreements import actions

    request = nation.ask(service)
    manager = nation.actor(nation.dukcapil, "manager")
    actions.refuse(nation.received(request), reason="Dasar sudah berakhir", actor=manager)
    nation.post()
    request.refresh_from_db()
    assert (request.state, request.reason) == ("refused", "Dasar sudah berakhir")


def test_a_request_is_decided_once(nation, service):
    from pendopo.core.errors import Fault
    from pendopo.mantra.agreements import actions

    request = nation.ask(service)
    row = nation.received(request)
    nation.grant(request)
    with pytest.raises(Fault, match="request_decided"):
        actions.refuse(row, reason="terlambat", actor=nation.actor(nation.dukcapil, "manager"))


@pytest.mark.parametrize("side", ["provider", "requester"])
@pytest.mark.parametrize("act", ["suspend", "revoke"])
def test_either_side_stops_an_agreement_and_the_gateway_is_told_at_once(nation, service, side, act):
    from pendopo.mantra.agreements import actions

    rows = dict(zip(("provider", "requester"), nation.both(nation.grant(nation.ask(service))), strict=True))
    mine = rows[side]
    getattr(actions, act)(mine, reason="uji", actor=nation.actor(mine.agency, "manager"))
    [compiled] = nation.node_document()["agreements"]
    assert compiled["rev"] == 2  # before the other side has heard of it
    nation.post()
    states = {row.state for row in nation.both(mine)}
    assert states == {"suspended" if act == "suspend" else "revoked"}


def test_who_suspended_may_resume_and_nobody_else(nation, service):
    from pendopo.core.errors import Fault
    from pendopo.mantra.agreements import actions

    provider, _ = nation.both(nation.grant(nation.ask(service)))
    actions.suspend(provider, reason="uji", actor=nation.actor(nation.dukcapil, "manager"))
    nation.post()
    provider, requester = nation.both(provider)
    with pytest.raises(Fault, match="not_yours"):
        actions.resume(requester, actor=nation.actor(nation.djp, "manager"))
    actions.resume(provider, actor=nation.actor(nation.dukcapil, "manager"))
    nation.post()
    provider, requester = nation.both(provider)
    assert provider.state == requester.state == "active" and provider.rev == requester.rev == 3


def test_both_stop_it_at_the_same_moment_and_come_to_the_stricter(nation, service):
    from pendopo.mantra.agreements import actions

    provider, requester = nation.both(nation.grant(nation.ask(service)))
    actions.suspend(provider, reason="a", actor=nation.actor(nation.dukcapil, "manager"))
    actions.revoke(requester, reason="b", actor=nation.actor(nation.djp, "manager"))
    nation.post()
    provider, requester = nation.both(provider)
    assert provider.state == requester.state == "revoked"
    assert provider.revisions.last().document_id == requester.revisions.last().document_id


def test_both_suspend_and_both_resume_at_the_same_moment(nation, service):
    from pendopo.mantra.agreements import actions

    rows = nation.both(nation.grant(nation.ask(service)))
    for row in rows:
        actions.suspend(row, reason=row.side, actor=nation.actor(row.agency, "manager"))
    nation.post()
    for row in nation.both(rows[0]):
        actions.resume(row, actor=nation.actor(row.agency, "manager"))
    nation.post()
    assert {row.state for row in nation.both(rows[0])} == {"active"}


def test_documents_that_come_again_change_nothing(nation, service):
    from pendopo.ground.delivery.models import Outbox
    from pendopo.mantra.agreements import actions
    from pendopo.mantra.agreements.models import AccessRequest

    agreement = nation.grant(nation.ask(service))
    actions.suspend(nation.both(agreement)[0], reason="uji", actor=nation.actor(nation.dukcapil, "manager"))
    nation.post()
    before = [(row.state, row.revisions.count()) for row in nation.both(agreement)]
    sent = Outbox.objects.filter(type__in=["request/1", "agreement/1"])
    for row in sent:
        Outbox.objects.filter(pk=row.pk).update(state=Outbox.State.QUEUED)
        nation.post(again=True)
    assert [(row.state, row.revisions.count()) for row in nation.both(agreement)] == before
    assert AccessRequest.objects.count() == 2


def test_a_suspension_overtakes_the_requesters_signature(nation, service):
    from pendopo.mantra.agreements import actions

    agreement = nation.grant(nation.ask(service), post=False)
    manager = nation.actor(nation.dukcapil, "manager")
    actions.suspend(agreement, reason="salah kirim", actor=manager)
    nation.post()
    provider, requester = nation.both(agreement)
    assert provider.state == requester.state == "suspended"
    assert (
        provider.revisions.get(rev=1).by
        == requester.revisions.get(rev=1).by
        == [nation.djp.code, nation.dukcapil.code]
    )
