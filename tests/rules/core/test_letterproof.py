"""Forged letters and receipts, re-packed and signed with the keys a forger has: each has its own link."""

import ast
import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest

from pendopo.core import envelope, errors, letterproof, strict
from pendopo.core.errors import Broken, Fault
from pendopo.core.keys import SigningKey
from pendopo.core.letterproof import LetterReport
from tests import letters, worlds
from tests.letters import PDF, SIGNED, delivery, evidence_of, mandate, receipt, signer, written
from tests.worlds import DJP, DUKCAPIL, KOMINFO, MINUTE, NOON, SECOND, agency_key, log_key

STRANGER = SigningKey.from_seed(f"agency:{DJP}", "letter", b"forger" + bytes(26))
ITS = "letterproof."


@cache
def true():
    return letters.proof()


def signed_by(said=None, /, **changes):
    """The letter whose one signer is changed."""
    return {"letter": written(signers=[signer(said, **changes)]), "receipts": [], "exchanges": []}


def mandated(by=None, /, who=None, **changes):
    """The letter whose one mandate is changed, and with it the signer where `who` says so."""
    return signed_by(mandate(by, **changes), **(who or {}))


def receipts(*raw):
    return {"receipts": list(raw)}


def seen(**changes):
    """What the PDF's signature shows, changed."""

    def look(*asked):
        return SimpleNamespace(**(vars(letters.pades(*asked)) | changes))

    return {"pades": look}


def saying(**changes):
    """What the PDF says of its one signer, changed."""
    (who,) = letters.inside().signers
    return seen(letter=letters.inside(signers=(who._replace(**changes),)))


def broken_pdf(*asked):
    raise Fault("json.malformed")


def nation(*revoked):
    made = letters.world()
    for key, when in revoked:
        made.revoke("key", key.thumb, when)
    return {"world": made}


def unmember():
    made = letters.world()
    members = [member for member in made.registry_body()["members"] if member["id"] != DUKCAPIL]
    made.registry = lambda: worlds.World.registry(made, members=members)
    return {"world": made}


def another_exchange(**changes):
    made = letters.world()
    return {"exchanges": [evidence_of(made, delivery(made, 2, **changes))]}


OWN = {"capacity": "definitive", "for": None}
LETTER, DJP_X, RECEIVED = (
    agency_key(DJP, "letter"),
    agency_key(DJP, "exchange"),
    receipt("received", 3 * SECOND),
)
THEIRS = agency_key(DUKCAPIL, "letter")


def other_way():
    """DUKCAPIL's letter to DJP, with the true exchange in which DJP asked DUKCAPIL."""
    who = signer(mandate(THEIRS, agency=DUKCAPIL))
    raw = written(THEIRS, **{"from": DUKCAPIL, "to": DJP, "signers": [who]})
    said = receipt("received", SECOND, LETTER, of=envelope.sha(raw), **{"from": DJP, "to": DUKCAPIL})
    return {"letter": raw, "receipts": [said]}


FORGED = {
    "a letter signed by a key of nobody": ({"letter": written(STRANGER)}, "letter_signature"),
    "by the exchange key of the agency": ({"letter": written(DJP_X)}, "letter_signature"),
    "by the other agency": ({"letter": written(agency_key(DUKCAPIL, "letter"))}, "letter_signature"),
    "in the name of the other agency": ({"letter": written(**{"from": DUKCAPIL})}, "letter_signature"),
    "in the name of an agency without a letter key": (
        {"letter": written(**{"from": KOMINFO})},
        "letter_signature",
    ),
    "signed before the key was valid": (
        {"letter": written(signed_at=strict.utc(worlds.BORN - SECOND))},
        "letter_signature",
    ),
    "with a second signature": (
        {"letter": envelope.add(written(), envelope.sign("letter/1", b"x", STRANGER))},
        "letter_signature",
    ),
    "to an agency that is no member": (unmember(), "member"),
    "with a field more": ({"letter": written(note="")}, "letter_form"),
    "with one byte of the PDF changed": ({"pdf": PDF.replace(b"surat", b"Surat")}, "pdf"),
    "with a byte behind the PDF": ({"pdf": PDF + b"\n"}, "pdf"),
    "with another subject": (
        {"letter": written(subject="Undangan makan"), "receipts": [], "exchanges": []},
        "letter_json",
    ),
    "to somebody whom the PDF does not name": (
        {"letter": written(addressed=["Yth. Kepala"]), "receipts": [], "exchanges": []},
        "letter_json",
    ),
    "to nobody whom the PDF names": (
        {"letter": written(addressed=[]), "receipts": [], "exchanges": []},
        "letter_json",
    ),
    "with another signer than the PDF says": (
        seen(letter=letters.inside(signers=(*letters.inside().signers, *letters.inside().signers))),
        "letter_json",
    ),
    "with another capacity than the PDF says": (signed_by(**OWN), "letter_json"),
    "with another post than the PDF says": (
        mandated(position="Kepala Bagian", who={"position": "Kepala Bagian"}),
        "letter_json",
    ),
    "with a PDF that says nothing of the letter": (seen(letter=None), "letter_json_missing"),
    "a mandate by the other agency": (
        mandated(agency_key(DUKCAPIL, "letter"), agency=DUKCAPIL),
        "mandate_agency",
    ),
    "a mandate signed by the forger": (mandated(STRANGER), "mandate_signature"),
    "a mandate signed by the agency's exchange key": (mandated(DJP_X), "mandate_signature"),
    "a mandate of somebody else": (signed_by(name="Budi"), "mandate_person"),
    "a mandate of the same name and another number": (signed_by(number="1"), "mandate_person"),
    "a mandate for another post": (signed_by(position="Kepala"), "mandate_position"),
    "a mandate that ended as it was signed": (mandated(until=strict.utc(SIGNED)), "mandate_dates"),
    "a mandate that begins later": (mandated(**{"from": strict.utc(SIGNED + SECOND)}), "mandate_dates"),
    "a mandate made afterwards": (mandated(at=strict.utc(SIGNED + 2 * MINUTE)), "mandate_dates"),
    "a mandate with another certificate": (mandated(certificate="0" * 64), "mandate_certificate"),
    "a Plt. signing as definitive": (mandated(kind="plt", who=OWN), "capacity"),
    "a definitive signing as Plh.": (signed_by(capacity="plh", **{"for": None}), "capacity"),
    "a.n. without delegation": (mandated(signs_for=[]), "delegation"),
    "a.n. another post": (signed_by(**{"for": "Bupati"}), "delegation"),
    "u.b. with a delegation a.n.": (signed_by(capacity="ub"), "delegation"),
    "a.n. for another kind": (
        mandated(signs_for=[{"position": "Kepala", "capacity": "an", "kinds": ["nota-dinas"]}]),
        "delegation",
    ),
    "a PDF whose signature does not hold": ({"pades": broken_pdf}, "pades"),
    "a PDF signed by another certificate": (seen(certificate=b"lain"), "certificate"),
    "a certificate of another name": (seen(name="Budi"), "certificate_subject"),
    "a certificate of another agency": (seen(agency="Dinas"), "certificate_subject"),
    "a PDF stamped an hour later": (seen(at=SIGNED + timedelta(hours=1)), "seal_time"),
    "a receipt that is none": (receipts(written()), "receipt_form"),
    "a receipt by the sender": (
        receipts(receipt("received", SECOND, LETTER, **{"from": DJP})),
        "receipt_parties",
    ),
    "a receipt for a third agency": (receipts(receipt("received", SECOND, to=KOMINFO)), "receipt_parties"),
    "a receipt signed by the sender": (receipts(receipt("received", SECOND, LETTER)), "receipt_signature"),
    "a receipt signed by an exchange key": (
        receipts(receipt("received", SECOND, agency_key(DUKCAPIL, "exchange"))),
        "receipt_signature",
    ),
    "a receipt of another letter": (receipts(receipt("received", SECOND, of="0" * 64)), "receipt_letter"),
    "a receipt of another id": (
        receipts(receipt("received", SECOND, letter=worlds.uuid(NOON, "x"))),
        "receipt_letter",
    ),
    "a receipt of before it was signed": (
        receipts(receipt("received", -timedelta(minutes=5))),
        "receipt_time",
    ),
    "registered before it was received": (receipts(RECEIVED, receipt("registered", SECOND)), "receipt_time"),
    "the same receipt twice": (receipts(RECEIVED, RECEIVED), "receipt_twice"),
    "two receipts of one event": (receipts(RECEIVED, receipt("received", MINUTE)), "receipt_twice"),
    "a receipt of another exchange": (
        receipts(RECEIVED, receipt("registered", MINUTE, exchange=worlds.uuid(NOON, "x"))),
        "receipt_exchange",
    ),
    "an exchange that no receipt names": (another_exchange(), "exchange_id"),
    "an exchange whose receipts are left out": (receipts(), "exchange_id"),
    "an exchange of the other direction": (other_way(), "exchange_parties"),
    "an exchange of one agency with itself": (
        another_exchange(service=f"{DJP}/pendopo/documents"),
        "exchange",
    ),
    "an exchange with a changed byte": (
        {"exchanges": [true().exchanges[0].replace(b'"half":', b'"Half":')]},
        "exchange",
    ),
    "a letter key revoked before others saw the letter": (nation((LETTER, NOON)), "key_revoked"),
    "a receiver's key revoked before others saw it": (
        nation((agency_key(DUKCAPIL, "letter"), NOON + 5 * MINUTE)),
        "key_revoked",
    ),
    "a revocation list by a node": ({"crl": letters.crl(log_key("djp"))}, "crl"),
    "a revocation list of another type": ({"crl": written()}, "crl"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forgery_is_refused_at_its_own_link(name):
    changes, link = FORGED[name]
    outcome = true().verify(**changes)
    assert isinstance(outcome, Broken), f"{name} passed"
    assert outcome.link == ITS + link, outcome
    for lang in errors.LANGUAGES:
        told = outcome.text(lang)
        assert "…" not in told and "{" not in told and told != outcome.code, told


# One step from the forgeries above, and true.
SOUND = {
    "nothing changed": {},
    "without the PDF's own signature checked": {"pades": None},
    "signed for herself": signed_by(**OWN) | saying(capacity="definitive", on_behalf=None),
    "a Plt. signing as Plt.": mandated(kind="plt", who={"capacity": "plt", "for": None})
    | saying(capacity="plt", on_behalf=None),
    "another post, as the PDF says": mandated(position="Kepala Bagian", who={"position": "Kepala Bagian"})
    | saying(position="Kepala Bagian"),
    "to two whom the PDF names": {
        "letter": written(addressed=["Yth. Bupati Ende", "Yth. Direktur Jenderal"]),
        "receipts": [],
        "exchanges": [],
    },
    "a.n. by a Plt. with the delegation": mandated(kind="plt"),
    "a mandate that ends a moment later": mandated(until=strict.utc(SIGNED + SECOND)),
    "a mandate that begins as it is signed": mandated(**{"from": strict.utc(SIGNED)}),
    "a mandate of before the certificate": mandated(certificate=None),
    "a PDF stamped four minutes later": seen(at=SIGNED + 4 * MINUTE),
    "no exchange and no receipt": {"receipts": [], "exchanges": []},
    "receipts in another order": receipts(*reversed(true().receipts)),
    "rejected with a reason": receipts(RECEIVED, receipt("rejected", MINUTE)),
    "registered by a clerk whose clock is the same": receipts(RECEIVED, receipt("registered", 3 * SECOND)),
    "a letter key revoked after others saw it": nation((LETTER, NOON + timedelta(hours=1))),
    "without the revocation list": {"crl": None},
}


@pytest.mark.parametrize("name", SOUND)
def test_its_true_twin_holds(name):
    outcome = true().verify(**SOUND[name])
    assert isinstance(outcome, LetterReport), outcome
    assert (outcome.seal is None) is (SOUND[name].get("pades", ...) is None)


def test_the_report_knows_who_signed_for_whom_and_what_the_receiver_said():
    report = true().verify(receipts=list(reversed(true().receipts)))
    (who,) = report.letter.signers
    assert (who.name, who.position, who.capacity, who.on_behalf) == (
        "Sari Dewi",
        "Sekretaris",
        "an",
        "Kepala",
    )
    assert who.mandate.decree == "SK 12/2026" and report.letter.number == "B-7/IJ/KP.07.6/03/2026"
    assert [(one.event, one.agenda) for one in report.receipts] == [("received", None), ("registered", "114")]
    assert report.existed == NOON + 10 * MINUTE + SECOND and len(report.exchanges) == 1
    assert true().verify(exchanges=[]).existed is None


def test_the_pdf_is_judged_for_the_moment_others_attested_it():
    asked = []

    def look(*given):
        asked.append(given)
        return letters.pades(*given)

    true().verify(pades=look)
    ((pdf, root, at, crl),) = asked
    assert pdf == PDF and root.startswith(b"-----BEGIN") and at == NOON + 10 * MINUTE + SECOND
    assert crl.crl == b"crl"


def test_another_instance_with_the_same_names_proves_nothing_here():
    own = SigningKey.from_seed("registry:ID", "root", b"other root" + bytes(22))
    outcome = letterproof.verify(true().file(), true().world.anchor(own))
    assert isinstance(outcome, Broken) and outcome.link == "evidence.issuing_key"


@pytest.mark.parametrize("n", range(48))
def test_no_changed_byte_passes(n):
    """One byte in 48, each at another offset; none raises, none leaves the proof as it was."""
    raw = true().file()
    for at in range(n * len(raw) // 48, (n + 1) * len(raw) // 48, 997):
        bent = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        outcome = letterproof.verify(bent, true().world.anchor(), letters.pades)
        assert isinstance(outcome, Broken), at


@pytest.mark.parametrize(
    ("data", "link"),
    [
        (b"", "form"),
        (b"[]", "form"),
        (b'{"v":2}', "version"),
        (b'{"v":true}', "version"),
        (b'{"v":1}', "form"),
        (b"\xff" * 9, "form"),
        (b'{"a":' * 5000, "form"),
    ],
)
def test_what_is_no_proof_is_refused(data, link):
    outcome = letterproof.verify(data, true().world.anchor())
    assert isinstance(outcome, Broken) and outcome.link == ITS + link


@pytest.mark.parametrize("name", ["letter", "pdf", "registry", "receipts", "exchanges", "crl"])
def test_each_field_of_the_file_is_of_its_type(name):
    file = strict.loads(true().file())
    outcome = letterproof.verify(strict.dumps(file | {name: 1}), true().world.anchor())
    assert isinstance(outcome, Broken) and (outcome.link, outcome.params) == (ITS + "form", {"field": name})
    assert isinstance(letterproof.verify(strict.dumps(file), true().world.anchor()), LetterReport)


def test_every_link_of_the_chain_is_forged():
    source = Path(letterproof.__file__).read_text()
    named = {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and re.fullmatch(r"letterproof\.\w+", str(node.value))
    }
    elsewhere = {"letterproof.form", "letterproof.version"}
    assert named - elsewhere == {ITS + link for _, link in FORGED.values()}
    assert len(FORGED) >= 20
