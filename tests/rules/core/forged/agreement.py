"""Forged agreements and registries."""

from datetime import timedelta

from pendopo.core import envelope, strict
from pendopo.core.keys import SigningKey
from tests import worlds
from tests.rules.core.forged import MINE, SEEN, case, forgery, journal, pack, reseal, true
from tests.worlds import (
    BORN,
    DJP,
    DUKCAPIL,
    ISSUING,
    KOMINFO,
    MINUTE,
    NOON,
    ROOT,
    SECOND,
    World,
    agency_key,
    attest,
    log_key,
)

# --- what had been agreed


@forgery("evidence.agreement_provider")
def more_columns_under_the_old_signatures():
    made = case()
    columns = [*made.world.terms()["columns"], "alamat"]
    return made.verify(agreement=reseal(made.agreement, columns=columns))


@forgery("evidence.agreement_provider")
def more_columns_signed_by_the_requester_alone():
    columns = ["nik", "nama", "tgl_lahir", "alamat"]
    return pack(true(), agreement=World().agreement(agency_key(DJP, "agreement"), columns=columns))


@forgery("evidence.agreement_requester")
def another_basis_signed_by_the_provider_alone():
    basis = {"kind": "PKS", "no": "1/2020", "date": "2020-01-01"}
    return pack(true(), agreement=World().agreement(agency_key(DUKCAPIL, "agreement"), basis=basis))


@forgery("evidence.agreement_requester")
def a_longer_time_signed_by_another_agency_for_the_requester():
    signers = agency_key(DUKCAPIL, "agreement"), agency_key(KOMINFO, "agreement")
    return pack(true(), agreement=World().agreement(*signers, until=strict.utc(BORN + timedelta(days=900))))


@forgery("evidence.agreement_stranger")
def a_third_signature_under_the_agreement():
    third = envelope.sign(
        "agreement/1", strict.dumps(World().agreement_body()), agency_key(KOMINFO, "agreement")
    )
    return pack(true(), agreement=envelope.add(World().agreement(), third))


@forgery("evidence.agreement_form")
def an_agreement_without_its_purposes():
    body = World().agreement_body()
    del body["purposes"]
    both = agency_key(DJP, "agreement"), agency_key(DUKCAPIL, "agreement")
    return pack(true(), agreement=envelope.seal("agreement/1", strict.dumps(body), both))


@forgery("evidence.agreement_id")
def another_agreement_of_the_same_two():
    other = World().agreement(id=worlds.uuid(BORN, "another"), columns=["nik", "nama", "tgl_lahir", "alamat"])
    return pack(true(), agreement=other)


@forgery("evidence.agreement_rev")
def an_earlier_revision_that_gave_more():
    return pack(true(), agreement=World().agreement(rev=2, masks={"tgl_lahir": None}))


@forgery("evidence.agreement_state")
def an_agreement_that_was_revoked():
    world = World()
    revoked = world.agreement(agency_key(DUKCAPIL, "agreement"), rev=4, state="revoked", reason="selesai")
    return pack(world.exchange(rev=4), agreement=revoked)


@forgery("evidence.agreement_dates")
def an_exchange_after_the_agreements_end():
    return pack(true(), agreement=World().agreement(until=strict.utc(NOON - 5 * MINUTE)))


@forgery("evidence.agreement_hours")
def an_exchange_outside_the_agreed_hours():
    hours = {"from": "22.00", "until": "04.00", "zone": "WIB"}
    return pack(true(), agreement=World().agreement(hours=hours))


@forgery("evidence.agreement_purpose")
def a_purpose_nobody_agreed_to():
    return pack(World().exchange(purpose="pemasaran"))


@forgery("evidence.agreement_client")
def an_agreement_with_another_system():
    return pack(true(), agreement=World().agreement(requester=f"{DJP}/lain"))


@forgery("evidence.agreement_service")
def an_agreement_on_another_service():
    return pack(true(), agreement=World().agreement(service=f"{DUKCAPIL}/kependudukan/keluarga"))


@forgery("evidence.agreement_missing")
def an_agreement_left_out():
    return pack(true(), agreement=None, definition=None, request=None)


@forgery("evidence.agreement_missing")
def a_service_called_as_if_it_were_built_in():
    x = World().exchange(agreement=None, rev=None)
    return pack(x, agreement=None, definition=None, request=None)


@forgery("evidence.agreement_unneeded")
def an_agreement_put_beside_a_delivery():
    x = World().exchange(
        client=f"{DJP}/pendopo", service=f"{DUKCAPIL}/pendopo/deliver", agreement=None, rev=None, purpose=None
    )
    return pack(x)


@forgery("evidence.definition")
def another_description_truly_signed():
    return pack(
        true(), definition=World().definition(version=2, title={"id": "Data wilayah", "en": "Regions"})
    )


@forgery("evidence.definition_signature")
def a_description_the_provider_never_signed():
    definition = World().definition(agency_key(DJP, "agreement"))
    return pack(true(), definition=definition, agreement=World().agreement(def_sha=envelope.sha(definition)))


@forgery("evidence.definition_form")
def a_description_of_another_service():
    definition = World().definition(service=f"{DUKCAPIL}/kependudukan/keluarga")
    return pack(true(), definition=definition, agreement=World().agreement(def_sha=envelope.sha(definition)))


@forgery("evidence.requested")
def another_request_for_access():
    return pack(true(), request=World().request(note="lain"))


@forgery("evidence.requested")
def something_else_agreed_to_as_the_request():
    agreement = World().agreement(request_sha=envelope.sha(b"{}"))
    return pack(true(), request=b"{}", agreement=agreement)


@forgery("evidence.requested_signature")
def a_request_for_access_the_requester_never_signed():
    request = World().request(agency_key(DUKCAPIL, "agreement"))
    return pack(true(), request=request, agreement=World().agreement(request_sha=envelope.sha(request)))


# --- the registry


def own_nation():
    """A whole nation of the forger's own: every key certified, by a root that is not the anchor's."""
    world = World(issuing=MINE)
    world.statements = []
    own_root = SigningKey.from_seed("registry:ID", "root", b"forged root" + bytes(21))
    world.certify(MINE, [own_root])
    for node in worlds.HOSTS.values():
        world.certify(log_key(node))
    for agency in worlds.HOSTS:
        for use in ("exchange", "agreement"):
            world.certify(agency_key(agency, use))
    return world


@forgery("evidence.issuing_key")
def a_registry_of_ones_own():
    return case(world=own_nation()).verify()


@forgery("evidence.issuing_key")
def a_registry_signed_after_its_issuing_key_was_revoked():
    world = World()
    world.revoke("key", ISSUING.thumb, NOON - MINUTE)
    return case(world=world).verify()


@forgery("evidence.registry_signature")
def a_revocation_taken_out():
    world = World()
    world.revoke("agency", DJP, NOON - MINUTE)
    return case(world=world).verify(registry=reseal(world.registry(), revoked=[]))


@forgery("evidence.registry_signature")
def a_member_moved_to_the_forgers_node():
    made = case()
    members = [member | {"node": "djp"} for member in made.world.registry_body()["members"]]
    return made.verify(registry=reseal(made.registry, members=members))


@forgery("evidence.registry_signature")
def a_second_signature_under_the_registry():
    made = case()
    body = envelope.open(made.registry).payload
    return made.verify(registry=envelope.add(made.registry, envelope.sign("registry/1", body, MINE)))


@forgery("evidence.registry_signature")
def a_second_issuing_key_that_signed_another_issue():
    world, second = World(), worlds.key("registry:ID", "issuing", 2)
    world.certify(second, [ROOT])
    other = envelope.sign("registry/1", strict.dumps(world.registry_body() | {"serial": 9}), second)
    return case(world=world).verify(registry=envelope.add(world.registry(), other))


@forgery("evidence.registry_instance")
def the_registry_of_another_country():
    return case().verify(registry=World().registry(instance="MY"))


@forgery("evidence.registry_form")
def a_registry_that_lists_a_member_twice():
    world = World()
    members = world.registry_body()["members"]
    return case().verify(registry=world.registry(members=[*members, members[0]]))


@forgery("evidence.registry_serial")
def a_registry_from_before_the_revocation():
    """The witnesses knew issue 7, with the revocation; the forger encloses issue 1."""
    made, ledger, seq = journal()
    ckpt = ledger.checkpoint(SEEN)
    seen = [attest(ckpt, node, SEEN + SECOND, serial=7) for node in ("dukcapil", "kominfo")]
    return made.verify(half=ledger.half(seq, ckpt, seen), other=None)


@forgery("evidence.registry_old")
def an_old_registry_where_nobody_attests():
    world = World()
    members = [member | {"node": "kominfo"} for member in world.registry_body()["members"]]
    ledger = worlds.Log("kominfo")
    seq = ledger.add(NOON, "exchange", "consumer", world.exchange())
    half = worlds.attested(ledger, seq, NOON + MINUTE)
    return case().verify(half=half, other=None, registry=world.registry(members=members))
