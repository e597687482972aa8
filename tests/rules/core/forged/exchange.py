"""Forged requests and answers."""

from datetime import timedelta

from pendopo.core import evidence
from pendopo.core.keys import SigningKey
from tests import worlds
from tests.rules.core.forged import case, forgery, pack, true
from tests.worlds import (
    DJP,
    DUKCAPIL,
    KOMINFO,
    MINUTE,
    NOON,
    World,
    agency_key,
)

# --- what was answered


@forgery("evidence.answer_signature")
def more_rows_than_were_given():
    x = true()
    return pack(x._replace(ans=x.ans._replace(rows=5000)))


@forgery("evidence.answer_signature")
def another_body():
    x = true()
    body = evidence.Part(bytes(16), b"[]")
    head = x.ans._replace(body=worlds.exchange.commit(*body), size=2)
    return pack(x._replace(ans=head, opening=x.opening._replace(answer_body=body)))


@forgery("evidence.answer_signature")
def a_failure_made_a_success():
    x = World().exchange(answer={"status": 500})
    return pack(x._replace(ans=x.ans._replace(status=200)))


@forgery("evidence.answer_signature")
def an_answer_moved_under_another_request():
    """The requester signs a second request, truly, and puts the first one's answer under it."""
    world = World()
    first, second = world.exchange(1), world.exchange(2, purpose="pembetulan")
    moved = first.ans._replace(exchange=second.req.exchange)
    return pack(second._replace(ans=moved, ans_sig=first.ans_sig))


@forgery("evidence.answer_key_unknown")
def an_answer_signed_by_a_key_of_ones_own():
    return pack(World().exchange(giver=SigningKey.generate(f"agency:{DUKCAPIL}", "exchange")))


@forgery("evidence.answer_key_owner")
def an_answer_signed_by_the_requester():
    return pack(World().exchange(giver=agency_key(DJP, "exchange")))


@forgery("evidence.answer_key_use")
def an_answer_signed_by_the_providers_agreement_key():
    return pack(World().exchange(giver=agency_key(DUKCAPIL, "agreement")))


@forgery("evidence.answer_time")
def an_answer_older_than_its_request():
    early = round((NOON - 10 * MINUTE).timestamp())
    return pack(World().exchange(answer={"created": early}))


# --- what was asked, and by whom


@forgery("evidence.request_signature")
def another_client():
    x = true()
    return pack(x._replace(req=x.req._replace(client=f"{DJP}/lain")))


@forgery("evidence.request_signature")
def another_service():
    x = true()
    return pack(x._replace(req=x.req._replace(service=f"{DUKCAPIL}/kependudukan/keluarga")))


@forgery("evidence.request_signature")
def another_purpose():
    x = true()
    return pack(x._replace(req=x.req._replace(purpose="pembetulan")))


@forgery("evidence.request_signature")
def another_time_of_the_request():
    x = true()
    return pack(x._replace(req=x.req._replace(created=x.req.created + 30)))


@forgery("evidence.request_signature")
def another_revision_named():
    x = true()
    world = World()
    return pack(x._replace(req=x.req._replace(rev=4)), agreement=world.agreement(rev=4))


@forgery("evidence.request_signature")
def another_question():
    x = true()
    part = evidence.Part(bytes(16), b"GET /r1/ID/GOV/DUKCAPIL/kependudukan/penduduk?nik=eq.1")
    return pack(x._replace(req=x.req._replace(target=worlds.exchange.commit(*part))))


@forgery("evidence.request_signature")
def the_signature_of_another_exchange():
    return pack(true()._replace(req_sig=World().exchange(2).req_sig))


@forgery("evidence.request_key_unknown")
def a_request_signed_by_a_key_of_ones_own():
    return pack(World().exchange(asker=SigningKey.generate(f"agency:{DJP}", "exchange")))


@forgery("evidence.request_key_owner")
def a_request_signed_by_another_agency():
    return pack(World().exchange(asker=agency_key(KOMINFO, "exchange")))


@forgery("evidence.request_key_use")
def a_request_signed_by_the_agreement_key():
    return pack(World().exchange(asker=agency_key(DJP, "agreement")))


@forgery("evidence.request_key_unsigned")
def a_key_that_only_its_owner_vouches_for():
    world, own = World(), SigningKey.generate(f"agency:{DJP}", "exchange")
    world.certify(own, [agency_key(DJP, "agreement")])
    return case(world.exchange(asker=own), world).verify()


@forgery("evidence.answer_key_unsigned")
def an_answering_key_that_only_its_owner_vouches_for():
    world, own = World(), SigningKey.generate(f"agency:{DUKCAPIL}", "exchange")
    world.certify(own, [agency_key(DUKCAPIL, "agreement")])
    return case(world.exchange(giver=own), world).verify()


@forgery("evidence.request_key_time")
def a_key_used_after_its_end():
    world, old = World(), worlds.key(f"agency:{DJP}", "exchange", 7)
    world.certify(old, exp=NOON - MINUTE)
    return case(world.exchange(asker=old), world).verify()


@forgery("evidence.answer_key_time")
def an_answering_key_used_before_its_day():
    world, new = World(), worlds.key(f"agency:{DUKCAPIL}", "exchange", 7)
    world.certify(new, nbf=NOON + MINUTE)
    return case(world.exchange(giver=new), world).verify()


@forgery("evidence.request_key_revoked")
def a_key_used_after_its_revocation():
    world = World()
    world.revoke("key", agency_key(DJP, "exchange").thumb, NOON - MINUTE)
    return case(world=world).verify()


@forgery("evidence.request_key_revoked")
def a_stolen_key_dated_back_before_its_revocation():
    """The thief's log is his own: he dates request and entry as he likes, but witnesses saw them later."""
    world = World()
    world.revoke("key", agency_key(DJP, "exchange").thumb, NOON + MINUTE)
    return case(world=world).verify()


@forgery("evidence.answer_key_revoked")
def an_answer_by_an_agency_that_was_put_out():
    world = World()
    world.revoke("agency", DUKCAPIL, NOON + MINUTE)
    return case(world=world).verify()


@forgery("evidence.request_key_pinned")
def a_second_certified_key_that_nobody_agreed_to():
    world, second = World(), worlds.key(f"agency:{DJP}", "exchange", 2)
    world.certify(second)
    return case(world.exchange(asker=second), world).verify()


@forgery("evidence.answer_key_pinned")
def a_second_certified_key_of_the_provider():
    world, second = World(), worlds.key(f"agency:{DUKCAPIL}", "exchange", 2)
    world.certify(second)
    return case(world.exchange(giver=second), world).verify()


@forgery("evidence.request_time")
def an_old_request_answered_days_later():
    x = World().exchange(when=NOON - timedelta(days=2), answer={"created": round(NOON.timestamp())})
    return pack(x)


@forgery("evidence.member")
def a_requester_who_is_no_member():
    return pack(World().exchange(client="ID/GOV/ASING/x"))
