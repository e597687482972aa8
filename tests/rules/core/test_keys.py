from datetime import UTC, datetime, timedelta

import pytest

from pendopo.core import crypto, envelope, keys, strict
from pendopo.core.errors import Fault
from pendopo.core.keys import KeyRing, SigningKey

START = datetime(2026, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)
DJP, DUKCAPIL = "agency:ID/GOV/DJP", "agency:ID/GOV/DUKCAPIL"


def key(owner, use, letter):
    return SigningKey.from_seed(owner, use, letter.encode() * 32)


ROOT = key("registry:ID", "root", "r")
ISSUING = key("registry:ID", "issuing", "i")
NEXT_ISSUING = key("registry:ID", "issuing", "j")
FIRST, SECOND, THIRD = (key(DJP, "exchange", letter) for letter in "123")
ANCHOR = {"v": 1, "instance": "ID", "root": {"thumb": ROOT.thumb, "pub": strict.b64e(ROOT.pub)}}


def said(of, signers, nbf=START, exp=END, replaces=None):
    return envelope.seal("key/1", keys.statement(of.owner, of.use, of.pub, nbf, exp, replaces), signers)


def ring(*statements, revoked=()):
    return KeyRing(ANCHOR, [said(ISSUING, [ROOT]), *statements], revoked)


def revocation(kind, id, at):
    return {"kind": kind, "id": id, "at": strict.utc(at), "why": "uji"}


def why(ring, thumb=FIRST.thumb, when=NOON, owner=DJP, use="exchange"):
    with pytest.raises(Fault) as fault:
        ring.at(thumb, when, owner, use)
    assert fault.value.text("id") != fault.value.code
    return fault.value.code


def test_the_thumbprint_is_that_of_rfc_8037():
    pub = strict.b64d("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")  # RFC 8037, appendix A.1 to A.3
    assert crypto.thumbprint(pub) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_signatures_are_those_of_rfc_8032():
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")  # 7.1, test 1
    made = SigningKey.from_seed(DJP, "exchange", seed)
    assert made.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    assert crypto.verify(made.pub, b"", made.sign(b"")) and not crypto.verify(made.pub, b"x", made.sign(b""))
    assert not crypto.verify(made.pub, b"", made.sign(b"")[:63]) and not crypto.verify(
        bytes(32), b"", bytes(64)
    )


def test_a_signature_cannot_be_written_another_way():
    sig = FIRST.sign(b"x")
    order = 2**252 + 27742317777372353535851937790883648493
    other = sig[:32] + (int.from_bytes(sig[32:], "little") + order).to_bytes(32, "little")
    assert crypto.verify(FIRST.pub, b"x", sig) and not crypto.verify(FIRST.pub, b"x", other)


def test_keys_do_not_show_their_seed_and_refuse_odd_owners():
    assert (
        strict.b64e(FIRST.seed) not in repr(FIRST) and SigningKey.generate(DJP, "exchange").seed != FIRST.seed
    )
    for owner, use, code in [
        ("DJP", "exchange", "key.owner_malformed"), ("agency:ID/GOV", "exchange", "key.owner_malformed"),
        ("node:A B", "log", "key.owner_malformed"), (DJP, "tls", "key.use_unknown"),
    ]:  # fmt: skip
        with pytest.raises(Fault) as fault:
            SigningKey.generate(owner, use)
        assert fault.value.code == code


def test_a_key_counts_within_its_dates_for_its_owner_and_use():
    r = ring(said(FIRST, [ISSUING]))
    assert r.at(FIRST.thumb, NOON, DJP, "exchange") == FIRST.pub
    assert r.at(FIRST.thumb, START, DJP, "exchange") == FIRST.pub
    assert r.owner(FIRST.thumb) == DJP and r.owner(SECOND.thumb) is None
    assert why(r, when=START - timedelta(milliseconds=1)) == "key.not_yet"
    assert why(r, when=END) == "key.expired"
    assert why(r, owner=DUKCAPIL) == "key.owner"
    assert why(r, use="agreement") == "key.use"
    assert why(r, thumb=SECOND.thumb) == "key.unknown"


def test_a_renewed_statement_lengthens_a_key():
    later = END + timedelta(days=300)
    r = ring(said(FIRST, [ISSUING]), said(FIRST, [ISSUING], nbf=NOON, exp=later))
    assert r.at(FIRST.thumb, START, DJP, "exchange") == r.at(FIRST.thumb, END, DJP, "exchange") == FIRST.pub


@pytest.mark.parametrize(
    "signer", [ROOT, FIRST, key("registry:ID", "issuing", "x"), key(DJP, "issuing", "y")]
)
def test_only_an_issuing_key_vouches(signer):
    assert why(ring(said(FIRST, [signer]), said(key(DJP, "issuing", "y"), [ROOT]))) == "key.unsigned"


def test_an_issuing_key_needs_the_root_and_covers_its_own_time_only():
    unsigned = KeyRing(ANCHOR, [said(ISSUING, [NEXT_ISSUING]), said(FIRST, [ISSUING])], [])
    assert why(unsigned) == "key.unsigned"
    with pytest.raises(Fault) as fault:
        unsigned.issuing(ISSUING.thumb)
    assert fault.value.code == "key.issuing"
    assert ring().issuing(ISSUING.thumb).pub == ISSUING.pub
    r = ring(said(FIRST, [ISSUING], nbf=END, exp=END + timedelta(days=9)))
    assert why(r, when=END) == "key.unsigned"


def test_revocations_count_from_their_moment():
    one = said(FIRST, [ISSUING])
    for kind, id in (("key", FIRST.thumb), ("agency", "ID/GOV/DJP")):
        r = ring(one, revoked=[revocation(kind, id, NOON)])
        assert r.at(FIRST.thumb, NOON - timedelta(milliseconds=1), DJP, "exchange") == FIRST.pub
        assert why(r, when=NOON) == "key.revoked"
        assert r.revoked_at(FIRST.thumb) == NOON
    other = ring(
        one, revoked=[revocation("agency", "ID/GOV/DUKCAPIL", START), revocation("node", "djp", START)]
    )
    assert other.at(FIRST.thumb, NOON, DJP, "exchange") == FIRST.pub


def test_what_a_revoked_issuing_key_signed_must_be_signed_again():
    gone = [revocation("key", ISSUING.thumb, NOON)]
    assert why(ring(said(FIRST, [ISSUING]), revoked=gone)) == "key.unsigned"
    again = ring(said(FIRST, [ISSUING, NEXT_ISSUING]), said(NEXT_ISSUING, [ROOT]), revoked=gone)
    assert again.at(FIRST.thumb, NOON, DJP, "exchange") == FIRST.pub


def test_a_chain_of_successions_leads_to_the_pinned_key():
    first = said(FIRST, [ISSUING])
    second = said(SECOND, [ISSUING, FIRST], nbf=NOON, replaces=FIRST.thumb)
    third = said(THIRD, [ISSUING, SECOND], nbf=NOON + timedelta(days=1), replaces=SECOND.thumb)
    r = ring(first, second, third)
    assert r.descends(THIRD.thumb, [FIRST.thumb]) and r.descends(FIRST.thumb, [FIRST.thumb])
    assert not r.descends(FIRST.thumb, [THIRD.thumb])
    assert not ring(first, said(SECOND, [ISSUING], nbf=NOON, replaces=FIRST.thumb), third).descends(
        THIRD.thumb, [FIRST.thumb]
    )
    assert not ring(second, third).descends(THIRD.thumb, [FIRST.thumb])


def test_a_key_names_no_successor_after_its_end_nor_for_another_owner_or_use():
    first = said(FIRST, [ISSUING])
    second = said(SECOND, [ISSUING, FIRST], nbf=NOON, replaces=FIRST.thumb)
    assert ring(first, second).descends(SECOND.thumb, [FIRST.thumb])
    assert not ring(first, second, revoked=[revocation("key", FIRST.thumb, NOON)]).descends(
        SECOND.thumb, [FIRST.thumb]
    )
    early = said(FIRST, [ISSUING], exp=NOON)
    assert not ring(early, second).descends(SECOND.thumb, [FIRST.thumb])
    for stranger in (key(DUKCAPIL, "exchange", "2"), key(DJP, "agreement", "2")):
        odd = said(stranger, [ISSUING, FIRST], nbf=NOON, replaces=FIRST.thumb)
        assert not ring(first, odd).descends(stranger.thumb, [FIRST.thumb])


def test_a_circle_of_successions_ends():
    a = said(FIRST, [ISSUING, SECOND], replaces=SECOND.thumb)
    b = said(SECOND, [ISSUING, FIRST], replaces=FIRST.thumb)
    assert not ring(a, b).descends(FIRST.thumb, [THIRD.thumb])


@pytest.mark.parametrize(
    "change",
    [{"use": "tls"}, {"alg": "rsa"}, {"pub": "AAAA"}, {"nbf": "2026"}, {"exp": "2025-01-01T00:00:00.000Z"},
     {"owner": "djp"}, {"owner": 5}, {"replaces": 5}, {"v": 2}, {"extra": 1}],
)  # fmt: skip
def test_other_statements_are_refused(change):
    body = strict.loads(keys.statement(DJP, "exchange", FIRST.pub, START, END))
    assert keys.Statement.parse(envelope.seal("key/1", strict.dumps(body), [ISSUING])).thumb == FIRST.thumb
    with pytest.raises(Fault) as fault:
        keys.Statement.parse(envelope.seal("key/1", strict.dumps(body | change), [ISSUING]))
    assert fault.value.code == "key.malformed"
