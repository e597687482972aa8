"""A signed letter proves itself for years, and what could upset it is refused beside a twin that holds."""

import asyncio
import io
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificate
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfTimeStamper
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation.ades import ades_lta_validation

from pendopo.core.errors import Broken, Fault
from pendopo.ground.nodes import authority
from pendopo.ground.nodes.x509 import make_issuing
from pendopo.ground.nodes.x509 import new_key as new_pem
from pendopo.simaya.signing import sign
from pendopo.simaya.signing.check import Seen, check, policy
from pendopo.simaya.signing.seal import SoftwareKey, new_key
from tests.rules.simaya.signatures import AGENCY, NAME, NUMBER, Instance, der, instance, letter, page

DAY = timedelta(days=1)


def look(pdf, **asked):
    return check(pdf, instance().trust.root, **asked)


def refused(outcome, code, why=None):
    """That the outcome is Broken at this link."""
    assert isinstance(outcome, Broken), outcome
    assert (outcome.code, outcome.params.get("why")) == (code, why), outcome
    return True


def test_who_signed_when_and_for_which_agency():
    seen = look(letter())
    assert isinstance(seen, Seen), seen
    assert (seen.name, seen.number, seen.agency) == (NAME, NUMBER, AGENCY)
    assert seen.certificate == instance().person.certificate
    assert abs(seen.at - instance().now) < timedelta(minutes=5)


def test_pyhankos_own_validation_says_ades_lta_without_our_help():
    signature = PdfFileReader(io.BytesIO(letter())).embedded_regular_signatures[0]
    result = asyncio.run(ades_lta_validation(signature, policy(instance().trust.root)))
    assert result.ades_subindic is AdESPassed.OK, result.failure_msg


def test_the_letter_is_kept_byte_for_byte_below_the_signature():
    assert letter().startswith(page())


@pytest.mark.parametrize("days", [0, 6])
def test_the_lists_inside_cover_a_week(days):
    assert isinstance(look(letter(), at=instance().now + days * DAY), Seen)


def test_after_a_week_the_lists_inside_prove_nothing_more():
    refused(look(letter(), at=instance().now + 8 * DAY), "pades.signature", "TRY_LATER")


@pytest.mark.parametrize("days", [8, 365, 700])
def test_fresh_lists_prove_it_years_later(days):
    later = instance().now + days * DAY
    assert isinstance(look(letter(), at=later, crls=instance().lists(later - timedelta(hours=1))), Seen)


def test_when_her_certificate_has_ended_only_an_earlier_moment_proves_it():
    """Two years on, lists of the day no longer speak of it; what others attested then still does."""
    later = instance().now + 800 * DAY
    lists = instance().lists(later - timedelta(hours=1))
    refused(look(letter(), at=later, crls=lists), "pades.signature", "OUT_OF_BOUNDS_NO_POE")
    assert isinstance(look(letter(), at=instance().now + DAY, crls=lists), Seen)


@pytest.mark.parametrize("year", [2020, 2026, 2050])
def test_this_machines_clock_decides_nothing(year, tmp_path):
    """A letter of a node whose clock is ahead, or looked at on a machine whose clock is lost."""
    files = {name: tmp_path / name for name in ("letter.pdf", "root.der")}
    files["letter.pdf"].write_bytes(letter())
    files["root.der"].write_bytes(instance().trust.root)
    script = (
        "import sys, datetime; from pathlib import Path; from pendopo.simaya.signing.check import check;"
        "print(datetime.date.today().year, *map(check, *([Path(f).read_bytes()] for f in sys.argv[1:])))"
    )
    asked = ["faketime", f"{year}-01-01", sys.executable, "-c", script, *map(str, files.values())]
    done = subprocess.run(asked, capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert done.stdout.startswith(f"{year} Seen("), done.stdout + done.stderr


def test_the_answer_for_the_stamps_own_moment_never_changes():
    assert look(letter()) == look(letter(), at=instance().now - 400 * DAY)


def test_revoked_after_signing_still_holds():
    now = instance().now
    lists = instance().lists(now + 2 * DAY, [(instance().person.certificate, now + DAY)])
    assert isinstance(look(letter(), at=now + 3 * DAY, crls=lists), Seen)


def test_revoked_before_signing_and_told_later_is_refused():
    now = instance().now
    lists = instance().lists(now + 2 * DAY, [(instance().person.certificate, now - DAY)])
    assert isinstance(look(letter(), at=now + 3 * DAY, crls=lists), Broken)


def test_who_was_revoked_cannot_sign():
    made = instance()
    lists = made.lists(made.now, [(made.person.certificate, made.now - timedelta(hours=1))])
    with pytest.raises(Fault) as fault:
        made.sign(trust=made.trusting(*lists))
    assert fault.value.code == "signing.revoked"
    assert isinstance(look(made.sign(trust=made.trusting(*made.lists(made.now)))), Seen)


@pytest.mark.parametrize("kept", ["without the root's list", "a list of last month"])
def test_nothing_is_signed_without_lists_of_today(kept):
    made = instance()
    old = made.lists(made.now - 30 * DAY)[0]
    lists = made.trust.crls[:1] if kept.startswith("without") else (old, made.trust.crls[1])
    with pytest.raises(Fault) as fault:
        made.sign(trust=made.trusting(*lists))
    assert fault.value.code == "signing.crl_old"


def test_a_person_of_another_instance_cannot_sign_and_is_not_believed():
    other = Instance.make()
    with pytest.raises(Fault) as fault:
        instance().sign(key=other.person)
    assert fault.value.code == "signing.untrusted"
    theirs = other.sign()
    assert isinstance(check(theirs, other.trust.root), Seen)
    assert isinstance(look(theirs), Broken)


def certified(purpose, **extra):
    """Another key of this instance with a certificate of one kind."""
    made, own = instance(), new_key()
    own_certificate = purpose(own.public_key(), made.authority, made.authority_key, now=made.now, **extra)
    return SoftwareKey(own, der(own_certificate), made.person.chain)


def test_only_a_persons_certificate_signs_letters(monkeypatch):
    """A time stamper's leads to the same root: we do not sign with it, and believe nobody who did."""
    made = instance()
    stamper = certified(authority.certify_stamper, node="djp")
    person = certified(authority.certify_person, name=NAME, number=NUMBER, agency=AGENCY)
    assert isinstance(look(made.sign(key=person)), Seen)
    with pytest.raises(Fault) as fault:
        made.sign(key=stamper)
    assert fault.value.code == "signing.failed"
    careless = partial(sign.PdfSignatureMetadata, signer_key_usage={"digital_signature"})
    monkeypatch.setattr(sign, "PdfSignatureMetadata", careless)
    assert isinstance(look(made.sign(key=person)), Seen)
    refused(look(made.sign(key=stamper)), "pades.signature", "CHAIN_CONSTRAINTS_FAILURE")


def test_a_certificate_for_anything_else_is_not_believed(monkeypatch):
    """One of the same authority that may sign, but was given for another use than documents."""
    person = {"name": NAME, "number": NUMBER, "agency": AGENCY}
    monkeypatch.setattr(authority, "DOCUMENT_SIGNING", "1.3.6.1.5.5.7.3.2")
    outcome = look(instance().sign(key=certified(authority.certify_person, **person)))
    refused(outcome, "pades.signature", "CHAIN_CONSTRAINTS_FAILURE")


def test_a_person_does_not_stamp_time():
    made = instance()
    with pytest.raises(Fault):
        made.sign(stamper=made.stamper(made.person))


def test_a_page_slipped_in_before_the_seal_of_time_is_seen():
    """Who has a time stamper rebuilds the end of the file: signature kept, a page bent, sealed anew."""
    made, pdf = instance(), letter()
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[0]
    _, _, start, size = map(int, signature.byte_range)

    def sealed(bend):
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf[: start + size]))
        if bend:
            page_one = writer.root["/Pages"]["/Kids"].raw_get(0)
            page_one.get_object()["/Rotate"] = generic.NumberObject(180)
            writer.mark_update(page_one)
        stamp = PdfTimeStamper(made.stamper(), field_name="Segel waktu").timestamp_pdf
        settings = sign.EVIDENCE.next_ts_settings
        return stamp(writer, "sha256", made.trust.context(), dss_settings=settings).getvalue()

    assert isinstance(look(sealed(False)), Seen)
    refused(look(sealed(True)), "pades.between")


@pytest.mark.parametrize(
    ("bend", "code"),
    [
        (lambda pdf: pdf[:-700], "pades.unreadable"),
        (lambda pdf: pdf + b"\n%x", "pades.appended"),
        (lambda pdf: page(), "pades.unsigned"),
        (lambda pdf: b"%PDF-1.7 junk", "pades.unreadable"),
        (lambda pdf: b"", "pades.unreadable"),
        (lambda pdf: b"<html>" * 100, "pades.unreadable"),
    ],
)
def test_what_is_no_signed_letter(bend, code):
    outcome = look(bend(letter()))
    assert isinstance(outcome, Broken) and outcome.code == code, outcome


def flips():
    """Each 97th byte, and more where a signature stands."""
    pdf = letter()
    reader = PdfFileReader(io.BytesIO(pdf))
    places = {*range(0, len(pdf), 97)}
    for signature in reader.embedded_signatures:
        start = int(signature.byte_range[1])
        places |= {*range(start, start + 120, 5), *range(start + 120, start + 9000, 127)}
    return sorted(place for place in places if place < len(pdf))


def test_no_flipped_byte_passes():
    pdf, codes = letter(), set()
    for place in flips():
        bent = bytearray(pdf)
        bent[place] ^= 1 << place % 8
        outcome = look(bytes(bent))
        assert isinstance(outcome, Broken), f"byte {place} of {len(pdf)}"
        codes.add(outcome.code)
    assert {"pades.changed", "pades.form"} <= codes


@pytest.mark.parametrize("part", ["the case of the issuer's name", "the version's tag", "the version"])
def test_what_the_seal_of_time_leaves_unsigned_has_one_form(part):
    """CMS signs neither the version nor the name of a signer, and names match in any case of letters."""
    pdf = letter()
    stamp = PdfFileReader(io.BytesIO(pdf)).embedded_timestamp_signatures[0]
    _, start, end, _ = map(int, stamp.byte_range)
    named = stamp.signer_info["sid"].dump()
    raw = bytes.fromhex(pdf[start + 1 : end - 1].decode())
    at = raw.index(bytes((2, 1, 1)) + named)  # the version, then the name
    place = {"the version's tag": at, "the version": at + 2}.get(part, at + 3 + named.index(b"letters"))
    bent = bytearray(raw)
    bent[place] ^= 0x20
    refused(look(pdf[: start + 1] + bent.hex().upper().encode() + pdf[end - 1 :]), "pades.form")
    assert isinstance(look(pdf[: start + 1] + raw.hex().upper().encode() + pdf[end - 1 :]), Seen)


def test_names_are_not_cut_short():
    made = instance()
    given = {"name": "N" * 64, "number": NUMBER, "agency": AGENCY, "now": made.now}
    ask = new_key().public_key(), made.authority, made.authority_key
    assert authority.certify_person(*ask, **given)
    with pytest.raises(ValueError, match="64"):
        authority.certify_person(*ask, **given | {"name": "N" * 65})


@pytest.mark.parametrize("length", range(1, 65, 9))
def test_no_length_of_a_name_makes_signing_slow(length):
    """A length that ended in 0x80 once made a signature take six seconds of processor time."""
    key = certified(authority.certify_person, name="N" * length, number=NUMBER, agency="A" * (65 - length))
    before = time.process_time()
    assert isinstance(look(instance().sign(key=key, place="P" * length)), Seen)
    assert time.process_time() - before < 1.5


def test_the_links_authority_below_the_same_root_vouches_for_nobody():
    """Whoever has its key makes people, time stampers and lists that lead to the root."""
    whole = instance()
    pem = whole.root_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = new_pem()
    root = whole.root.public_bytes(Encoding.PEM).decode()
    top = load_pem_x509_certificate(make_issuing(key, pem, root, "ID", whole.now).encode())
    key = load_pem_private_key(key, password=None)
    own, stamp = new_key(), new_key()
    person = authority.certify_person(
        own.public_key(), top, key, name=NAME, number=NUMBER, agency=AGENCY, now=whole.now
    )
    stamper = authority.certify_stamper(stamp.public_key(), top, key, node="kominfo", now=whole.now)
    made = whole.now - timedelta(minutes=1)
    lists = (*whole.trust.crls, authority.revocation_list(top, key, [], 1, made))
    person = SoftwareKey(own, der(person), (der(top),))
    stamper = whole.stamper(SoftwareKey(stamp, der(stamper), (der(top),)))
    trust = replace(whole.trust, authority=der(top), crls=lists)
    forged = whole.sign(key=person, trust=trust, stamper=stamper)
    outcome = look(forged)
    assert isinstance(outcome, Broken), outcome
    assert (outcome.code, outcome.params) == ("pades.authority", {"found": "Pendopo ID issuing"})
    assert isinstance(look(letter()), Seen)
