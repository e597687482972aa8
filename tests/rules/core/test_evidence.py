"""Evidence that holds, and what is said of evidence that a byte, a clock or a year has changed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pendopo.core import evidence, strict
from pendopo.core.errors import Broken
from pendopo.core.keys import Statement
from pendopo.core.report import Report
from tests import worlds
from tests.worlds import BORN, DJP, DUKCAPIL, MINUTE, NOON, SECOND, YEAR, World, agency_key, key

SOUND = worlds.a_year_later()
FILE = SOUND.file()


def sentences(report, lang):
    assert isinstance(report, Report), str(report)
    return "\n".join(report.sentences(lang))


def test_an_auditor_a_year_later_is_told_who_got_what_when_and_why():
    report = evidence.verify(FILE, SOUND.anchor)
    told = sentences(report, "id")
    for fact in (
        "Direktorat Jenderal Pajak (ID/GOV/DJP/coretax) menerima jawaban layanan Data penduduk",
        "Direktorat Jenderal Kependudukan dan Pencatatan Sipil (ID/GOV/DUKCAPIL)",
        "Senin, 2 Maret 2026, pukul 12.00.02 WIB",
        "1 baris (62 byte), kolom nik, nama, tgl_lahir",
        "nama (inisial), tgl_lahir (hanya tahun)",
        "Tujuan: verifikasi-wp.",
        "PKS nomor 119/2026, 5 Januari 2026",
        "revisi 3, ditandatangani kedua instansi, berlaku 5 Januari 2026 sampai 5 Januari 2027",
        "Catatan ke-5 dari 8 di log node djp",
        "Catatan ke-3 dari 9 di log node dukcapil",
        "nik=eq.3171234567890001",
    ):
        assert fact in told
    english = sentences(report, "en")
    for fact in (
        "received the answer of the service Population data",
        "Monday, 2 March 2026, 12:00:02 WIB (UTC+7)",
        "1 row (62 bytes), columns nik, nama, tgl_lahir",
        "nama (initials), tgl_lahir (year only)",
        "PKS number 119/2026, 5 January 2026",
    ):
        assert fact in english


def test_the_facts_are_plain_data_too():
    data = evidence.verify(FILE, SOUND.anchor).data()
    assert strict.loads(strict.dumps(data)) == data
    assert data["answer"] == {"status": 200, "rows": 1, "bytes": 62}
    assert data["agreement"]["rev"] == 3 and data["basis"]["no"] == "119/2026"
    assert [log["node"] for log in data["logs"]] == ["djp", "dukcapil"]


def test_one_log_is_enough_and_the_report_says_so():
    told = sentences(SOUND.verify(other=None), "id")
    assert "Catatan pihak lain tidak ada" in told and "log node dukcapil" not in told
    assert isinstance(SOUND.verify(half=SOUND.other, other=None), Report)


def test_without_the_opening_no_person_is_named_and_the_columns_are_an_upper_bound():
    bare = SOUND.file(opening=None)
    assert b"3171234567890001" not in bare and strict.b64e(b"3171234567890001").encode() not in bare
    told = sentences(evidence.verify(bare, SOUND.anchor), "id")
    assert "paling banyak kolom nik, nama, tgl_lahir" in told and "tidak dilampirkan" in told


def test_the_columns_that_were_asked_for_are_the_ones_told():
    case = worlds.case(x=World().exchange(query=b"select=nik,alamat&nik=eq.3171"))
    told = sentences(case.verify(), "id")
    assert "kolom nik." in told and "alamat" not in told.split("Yang diminta")[0] and "Disamarkan" not in told
    kept = case.opening._replace(request_body=None, answer_body=None)
    assert "jawaban terlampir" not in sentences(case.verify(opening=kept), "id")


def test_every_fiftieth_byte_changed_is_refused():
    for place in range(0, len(FILE), 50):
        for flip in (0x01, 0x20, 0x80):
            changed = bytearray(FILE)
            changed[place] ^= flip
            assert isinstance(evidence.verify(bytes(changed), SOUND.anchor), Broken), place


@settings(max_examples=300)
@given(st.data())
def test_no_other_bytes_pass(data):
    """Any change at any place: replaced, dropped, doubled, swapped."""
    at = data.draw(st.integers(0, len(FILE) - 1))
    to = data.draw(st.integers(at, min(at + 40, len(FILE))))
    put = data.draw(
        st.binary(max_size=8) | st.sampled_from([b" ", b"\n", FILE[at:to] * 2, FILE[at:to][::-1]])
    )
    changed = FILE[:at] + put + FILE[to:]
    outcome = evidence.verify(changed, SOUND.anchor)
    assert isinstance(outcome, Broken) == (changed != FILE)


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_whatever_the_files_hold_there_is_an_answer(data, anchor):
    # Bytes that happen to be an object in the one form of JSON say no version.
    assert evidence.verify(data, SOUND.anchor).link in ("evidence.format", "evidence.version")
    assert evidence.verify(FILE, anchor).link == "evidence.anchor"


scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@settings(max_examples=400)
@given(st.data())
def test_a_part_of_another_shape_is_refused(data):
    """One place in the file's own JSON, however deep, gets another value."""
    file = strict.loads(FILE)
    place = file
    while True:
        name = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[name], dict | list) or not place[name] or data.draw(st.booleans()):
            break
        place = place[name]
    old, place[name] = place[name], data.draw(values)
    outcome = evidence.verify(strict.dumps(file), SOUND.anchor)
    if place[name] == old and type(place[name]) is type(old):
        assert isinstance(outcome, Report)
    elif name in ("other", "opening", "request", "answer_body", "request_body") and not place[name]:
        assert isinstance(outcome, Report | Broken)  # these may be left out
    else:
        assert isinstance(outcome, Broken)


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2, "link": "evidence.version"},
        {"v": True, "link": "evidence.version"},
        {"extra": 1, "link": "evidence.format"},
        {"registry": None, "link": "evidence.format"},
        {"agreement": 7, "link": "evidence.format"},
        {"half": None, "link": "evidence.format"},
        {"opening": {"target": None, "request_body": None, "answer_body": None}, "link": "evidence.format"},
    ],
)
def test_another_form_is_named(change):
    link = change.pop("link")
    assert evidence.verify(strict.dumps(strict.loads(FILE) | change), SOUND.anchor).link == link


@pytest.mark.parametrize(
    "change",
    [{"v": 2}, {"root": {}}, {"root": None}, {"instance": 5}, {"root": {"thumb": "x", "pub": "AAAA"}}],
)
def test_an_anchor_that_cannot_be_one_is_named(change):
    anchor = strict.dumps(strict.loads(SOUND.anchor) | change)
    assert evidence.verify(FILE, anchor).link == "evidence.anchor"


# --- other outcomes than data


def test_a_refusal_proves_who_was_refused_what():
    world = World()
    x = world.exchange(purpose="pemasaran", answer={"status": 500, "rows": 0})
    told = sentences(worlds.case(world, x, kind="refusal", fault="agreement.purpose").verify(), "id")
    assert "ditolak (agreement.purpose)" in told and "Isi:" not in told


def test_a_refusal_without_agreement_or_signature_says_what_is_not_proven():
    world = World()
    x = world.exchange(agreement=None, rev=None, client="ID/GOV/ASING/x")
    x = x._replace(req_sig=None, ans=None, ans_sig=None)
    ledger = worlds.Log("dukcapil")
    seq = ledger.add(NOON, "refusal", "provider", x, fault="key.unknown")
    half = worlds.attested(ledger, seq, NOON + MINUTE, "kominfo")
    told = sentences(evidence.verify(evidence.build(half, world.registry()), world.anchor()), "en")
    assert "ID/GOV/ASING/x" in told and "sender of this request is not proven" in told


def test_a_flood_of_refusals_is_one_entry():
    world = World()
    nothing = worlds.Exchange(None, None, None, None, None)
    ledger = worlds.Log("dukcapil")
    seq = ledger.add(NOON, "refusal", "provider", nothing, fault="exchange.head", times=4120)
    half = worlds.attested(ledger, seq, NOON + MINUTE, "kominfo")
    file = evidence.build(half, world.registry())
    assert "4.120 permintaan" in sentences(evidence.verify(file, world.anchor()), "id")


def test_a_request_whose_answer_broke_off():
    case = worlds.case(x=World().exchange(), kind="request")
    opening = case.opening._replace(answer_body=None)
    told = sentences(case.verify(opening=opening), "id")
    assert "Jawaban lengkapnya tidak tercatat" in told and "jawaban atas permintaan itu" not in told
    assert case.verify().link == "evidence.opening_answer_body"


def test_a_service_that_failed_is_told_as_failed():
    case = worlds.case(x=World().exchange(body=b"{}", answer={"status": 500, "rows": 0}), fault="source.lost")
    assert "tidak dapat memenuhinya (status 500)" in sentences(case.verify(), "id")


def test_a_delivery_between_members_needs_no_agreement():
    x = World().exchange(
        client=f"{DJP}/pendopo", service=f"{DUKCAPIL}/pendopo/deliver", agreement=None, rev=None, purpose=None
    )
    case = worlds.case(x=x)
    told = sentences(case.verify(agreement=None, definition=None, request=None), "id")
    assert f"{DUKCAPIL}/pendopo/deliver" in told and "Perjanjian" not in told
    assert case.verify().link == "evidence.agreement_unneeded"


def test_on_the_registrys_own_node_the_peer_alone_attests():
    world = World()
    body = world.registry_body()
    nodes = [node | {"registry": node["id"] == "djp"} for node in body["nodes"]]
    case = replace(worlds.case(world), registry=world.registry(nodes=nodes), other=None)
    half = worlds.attested(case.logs[0], 4, NOON + 10 * MINUTE, "dukcapil")
    assert isinstance(case.verify(half=half), Report)
    alone = worlds.attested(case.logs[0], 4, NOON + 10 * MINUTE)
    assert case.verify(half=alone).link == "evidence.attestation_missing"


def test_two_agencies_on_the_registrys_node_have_no_witness_and_the_report_says_whose_word_it_is():
    world = World()
    body = world.registry_body()
    members = [member | {"node": "kominfo"} for member in body["members"]]
    ledger = worlds.Log("kominfo")
    seq = ledger.add(NOON, "exchange", "consumer", world.exchange())
    half = worlds.attested(ledger, seq, NOON + MINUTE)
    # Without a witness the registry's document must itself reach to the checkpoint.
    world.serial, world.at = 60, NOON
    case = replace(worlds.case(world), half=half, other=None, registry=world.registry(members=members))
    assert "menurut node itu sendiri, yang memegang registri" in sentences(case.verify(), "id")
    world.at = NOON - timedelta(hours=25)
    assert case.verify(registry=world.registry(members=members)).link == "evidence.registry_old"


# --- keys that change


def test_a_successor_of_a_pinned_key_counts_and_an_unconfirmed_new_key_does_not():
    second = key(f"agency:{DJP}", "exchange", 2)
    for signed_by_the_first, outcome in ((True, None), (False, "evidence.request_key_pinned")):
        world = World()
        first = agency_key(DJP, "exchange")
        signers = [worlds.ISSUING, first] if signed_by_the_first else [worlds.ISSUING]
        world.certify(second, signers, nbf=NOON - MINUTE, replaces=first)
        found = worlds.case(world, world.exchange(asker=second)).verify()
        assert getattr(found, "link", None) == outcome


def test_witnesses_who_come_a_year_later_with_new_keys_will_do():
    case, when = worlds.a_year_later(), NOON + YEAR
    ledger, signers = case.logs[0], {node: worlds.log_key(node, 2) for node in ("djp", "dukcapil", "kominfo")}
    ckpt = ledger.checkpoint(when, signers["djp"])
    seen = [worlds.attest(ckpt, by, when, 400, signers[by]) for by in ("dukcapil", "kominfo")]
    told = sentences(case.verify(half=ledger.half(4, ckpt, seen), other=None), "id")
    assert "2 Maret 2027" in told


def test_what_was_signed_before_a_revocation_stays_proven_when_others_saw_it_before():
    seen = NOON + 10 * MINUTE + SECOND
    for when, link in ((seen + SECOND, None), (seen, "evidence.request_key_revoked")):
        world = World()
        world.revoke("key", agency_key(DJP, "exchange").thumb, when)
        assert getattr(worlds.case(world).verify(), "link", None) == link


def test_one_log_that_others_saw_in_time_is_enough():
    world = World()
    case = worlds.case(world)
    world.revoke("key", agency_key(DJP, "exchange").thumb, NOON + 20 * MINUTE)
    late = worlds.attested(case.logs[1], 2, NOON + 30 * MINUTE, "djp", "kominfo")
    assert isinstance(case.verify(registry=world.registry(), other=late), Report)
    alone = case.verify(registry=world.registry(), half=late, other=None)
    assert alone.link == "evidence.request_key_revoked"


def test_an_agreement_outlives_the_keys_that_signed_it_but_not_their_revocation():
    world = World()
    world.statements = [
        raw for raw in world.statements if Statement.parse(raw).thumb != agency_key(DJP, "agreement").thumb
    ]
    world.certify(agency_key(DJP, "agreement"), nbf=BORN, exp=NOON - timedelta(days=1))
    assert isinstance(worlds.case(world).verify(), Report)
    world.revoke("key", agency_key(DJP, "agreement").thumb, NOON - MINUTE)
    assert worlds.case(world).verify().link == "evidence.agreement_requester"


def test_clocks_may_differ_by_a_minute():
    for off, link in ((59, None), (62, "evidence.request_time")):
        x = World().exchange(when=NOON + (off + 2) * SECOND, answer={"created": round(NOON.timestamp()) + 2})
        assert getattr(worlds.case(x=x).verify(), "link", None) in (
            link,
            "evidence.answer_time" if link else None,
        )


def test_the_end_of_the_agreement_is_the_end():
    for until, link in ((NOON, None), (NOON - 2 * MINUTE, "evidence.agreement_dates")):
        world = World()
        terms = {"until": strict.utc(until)}
        case = worlds.case(world)
        assert getattr(case.verify(agreement=world.agreement(**terms)), "link", None) == link
