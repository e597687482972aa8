from datetime import UTC, datetime

import pytest

from pendopo.core import envelope, log, signing, strict
from pendopo.core.errors import Fault
from pendopo.core.exchange import AnswerHead, RequestHead
from pendopo.core.keys import SigningKey

ASKED = RequestHead(
    "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    "ID/GOV/DJP/coretax",
    "ID/GOV/DUKCAPIL/kependudukan/penduduk",
    "017f22e2-79b0-7cc3-98c4-dc0c0c073990",
    3,
    "verifikasi",
    b"t" * 32,
    b"b" * 32,
    1_780_000_000,
    "k" * 43,
    "A" * 22,
)
GIVEN = AnswerHead(200, ASKED.exchange, 1, 312, b"x" * 32, 1_780_000_001, "p" * 43)
AT = "2026-05-28T20:26:41.500Z"
SIG, ANS_SIG = b"s" * 64, b"t" * 64
WHERE = ("djp", 1, 17, AT)
NODE = SigningKey.from_seed("node:djp", "log", b"n" * 32)


def entry(kind="exchange", side="consumer", req=ASKED, req_sig=SIG, ans=GIVEN, ans_sig=ANS_SIG, **more):
    return log.record(*WHERE, kind, side, req, req_sig, ans, ans_sig, **more)


BUILT_IN = ASKED._replace(agreement=None, rev=None, purpose=None)
GOOD = {
    "exchange": entry(),
    "built-in": entry(req=BUILT_IN),
    "failed": entry(fault="service.failed", side="provider"),
    "request": entry("request", ans=None, ans_sig=None),
    "refusal": entry("refusal", ans=None, ans_sig=None, fault="agreement.expired"),
    "signed refusal": entry("refusal", fault="agreement.expired"),
    "flood": entry("refusal", "provider", None, None, None, None, fault="link.unknown", times=412),
    "unproven": entry("refusal", "provider", req_sig=None, ans=None, ans_sig=None, fault="key.unknown"),
}


@pytest.mark.parametrize("name", GOOD)
def test_the_template_writes_what_the_general_writer_would(name):
    raw = GOOD[name]
    assert log.encode(strict.loads(raw)) == raw
    read = log.decode(raw)
    assert (read.log, read.epoch, read.seq, read.raw) == ("djp", 1, 17, raw)
    assert read.at == strict.parse_utc(AT)


def test_an_entry_rebuilds_both_bases():
    read = log.decode(GOOD["exchange"])
    assert (read.req, read.ans, read.req_sig, read.ans_sig) == (ASKED, GIVEN, SIG, ANS_SIG)
    assert signing.request_base(read.req) == signing.request_base(ASKED)
    assert signing.answer_base(read.ans, read.req_sig) == signing.answer_base(GIVEN, SIG)
    assert log.decode(GOOD["flood"]).times == 412 and log.decode(GOOD["flood"]).exchange is None


def test_other_kinds_carry_a_detail():
    made = {
        "v": 1,
        "log": "djp",
        "epoch": 2,
        "seq": 0,
        "at": AT,
        "kind": "epoch",
        "detail": {"reason": "restore"},
    }
    assert log.decode(log.encode(made)).detail == {"reason": "restore"}
    with pytest.raises(Fault) as fault:
        log.decode(log.encode(made | {"detail": "restore"}))
    assert fault.value.code == "entry.malformed"


REQ, ANS = (strict.loads(GOOD["exchange"])[name] for name in ("req", "ans"))


@pytest.mark.parametrize(
    ("of", "change"),
    [
        ("exchange", {"v": 2}),
        ("exchange", {"kind": "other"}),
        ("exchange", {"side": "both"}),
        ("exchange", {"seq": -1}),
        ("exchange", {"seq": True}),
        ("exchange", {"epoch": None}),
        ("exchange", {"at": "2026-05-28"}),
        ("exchange", {"log": "DJP"}),
        ("exchange", {"extra": 1}),
        ("exchange", {"times": 2}),
        ("exchange", {"fault": "a b"}),
        ("exchange", {"req": None}),
        ("exchange", {"req_key": None}),
        ("exchange", {"req_sig": None}),
        ("exchange", {"req_sig": "AAAA"}),
        ("exchange", {"ans": None, "ans_key": None}),
        ("exchange", {"ans": None, "ans_key": None, "ans_sig": None}),
        ("exchange", {"ans_sig": None}),
        ("exchange", {"req": REQ | {"purpose": "A B"}}),
        ("exchange", {"req": REQ | {"rev": None}}),
        ("exchange", {"req": REQ | {"agreement": None}}),
        ("exchange", {"req": REQ | {"note": 1}}),
        ("exchange", {"req": REQ | {"created": "1"}}),
        ("exchange", {"req": REQ | {"target": "AAAA"}}),
        ("exchange", {"ans": ANS | {"rows": -1}}),
        ("exchange", {"ans": ANS | {"status": True}}),
        ("exchange", {"ans": ANS | {"rows": False}}),
        ("request", {"fault": "agreement.expired"}),
        ("refusal", {"fault": None}),
        ("flood", {"times": 0}),
        ("flood", {"req_sig": "A" * 86}),
        ("unproven", {"ans": ANS, "ans_key": "p" * 43, "ans_sig": "A" * 86}),
    ],
)
def test_an_entry_that_says_too_little_or_too_much_is_refused(of, change):
    with pytest.raises(Fault) as fault:
        log.decode(log.encode(strict.loads(GOOD[of]) | change))
    assert fault.value.code == "entry.malformed"


def test_an_entry_in_another_form_is_refused():
    for raw in (GOOD["exchange"] + b"\n", GOOD["exchange"].replace(b'"seq":17', b'"seq": 17'), b"{}", b""):
        with pytest.raises(Fault) as fault:
            log.decode(raw)
        assert fault.value.code == "entry.malformed"


WHEN = datetime(2026, 5, 28, 21, tzinfo=UTC)


def test_checkpoints_and_attestations_come_back():
    before = {"epoch": 1, "size": 9, "root": "00" * 32, "reason": "restore"}
    payload = log.checkpoint("djp", 2, 18, b"r" * 32, WHEN, before)
    ckpt = log.Checkpoint.parse(envelope.seal("ckpt/1", payload, [NODE]))
    assert (ckpt.log, ckpt.epoch, ckpt.size, ckpt.root, ckpt.at) == ("djp", 2, 18, b"r" * 32, WHEN)
    assert ckpt.prev_epoch == before
    seen = log.Attestation.parse(
        envelope.seal("attest/1", log.attestation(ckpt.envelope.sha, "dukcapil", WHEN, 7), [NODE])
    )
    assert (seen.ckpt, seen.by, seen.at, seen.serial) == (ckpt.envelope.sha, "dukcapil", WHEN, 7)


@pytest.mark.parametrize(
    "change", [{"root": "zz"}, {"size": -1}, {"log": ""}, {"at": "x"}, {"v": 2}, {"more": 1}]
)
def test_other_checkpoints_are_refused(change):
    body = strict.loads(log.checkpoint("djp", 1, 18, b"r" * 32, WHEN)) | change
    with pytest.raises(Fault) as fault:
        log.Checkpoint.parse(envelope.seal("ckpt/1", strict.dumps(body), [NODE]))
    assert fault.value.code == "checkpoint.malformed"


def test_a_checkpoint_has_one_signature_only():
    other = SigningKey.from_seed("node:dukcapil", "log", b"m" * 32)
    payload = log.checkpoint("djp", 1, 18, b"r" * 32, WHEN)
    log.Checkpoint.parse(envelope.seal("ckpt/1", payload, [NODE]))
    with pytest.raises(Fault) as fault:
        log.Checkpoint.parse(envelope.seal("ckpt/1", payload, [NODE, other]))
    assert fault.value.code == "checkpoint.malformed"


@pytest.mark.parametrize("change", [{"ckpt": "x"}, {"by": "A B"}, {"serial": "7"}, {"at": None}, {"v": 2}])
def test_other_attestations_are_refused(change):
    body = strict.loads(log.attestation("0" * 64, "dukcapil", WHEN, 7)) | change
    with pytest.raises(Fault) as fault:
        log.Attestation.parse(envelope.seal("attest/1", strict.dumps(body), [NODE]))
    assert fault.value.code == "attestation.malformed"
