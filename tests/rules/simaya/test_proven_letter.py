"""A letter proven with the real check of its PDF: forged in each of its parts, beside true twins.

tests/rules/core/test_letterproof.py forges every link with a stand-in for the PDF's signature; here that is
real, so that nothing true is refused and what only the PDF shows is seen.
"""

import io
import json
import re
import subprocess
import sys
from datetime import timedelta
from functools import cache
from pathlib import Path

import pikepdf
import pytest

from pendopo.core import envelope, letterproof, strict
from pendopo.core.errors import LANGUAGES, Broken
from pendopo.core.letterproof import LetterReport
from pendopo.ops.verify import VALID
from tests import letters
from tests.letters import Proof
from tests.rules.simaya import sent
from tests.rules.simaya.sent import LETTER, NOW, OTHER, mandate, person, proof, receipt, signed, written
from tests.rules.simaya.signatures import Instance, instance, page
from tests.worlds import DJP, DUKCAPIL, KOMINFO, MINUTE, NAMES, SECOND, agency_key

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OURS, THEIRS = agency_key(DJP, "letter"), agency_key(DUKCAPIL, "letter")


@cache
def true() -> Proof:
    return proof()


def bent() -> bytes:
    """The signed PDF with a byte of its page changed."""
    pdf = bytearray(signed())
    pdf[9000] ^= 1
    return bytes(pdf)


def sealed_anew(pdf: bytes, **changes) -> Proof:
    """What whoever has the agency's letter key can do: a letter of other bytes, with receipts to it."""
    return proof(pdf, letter=written(pdf, **changes))


def says(**changes) -> bytes:
    """A PDF that says something else of itself."""
    return signed(sent.inside(**changes))


def who(**changes):
    (one,) = sent.inside().signers
    return {"signers": (one._replace(**changes),)}


def signed_by(key, **said) -> Proof:
    """By another key than hers, letter and mandate naming its certificate."""
    pdf, sha = sent.signed(sent.inside(**said), key), sent.sha256(key.certificate).hexdigest()
    return sealed_anew(pdf, who={"certificate": sha}, mandated=mandate(certificate=sha))


def with_receipts(*raw: bytes) -> Proof:
    return sent.replace(true(), receipts=list(raw))


def of_true(event: str, by=None, /, **changes) -> bytes:
    return receipt(event, true().letter, by, **changes)


def two_letters_inside() -> bytes:
    pages = sent.render.pdf(sent.sheets.sheet(data=sent.inside().raw.decode()), sent.sheets.AT).pdf
    with pikepdf.open(io.BytesIO(pages)) as pdf:
        spec = pikepdf.AttachedFileSpec(pdf, sent.inside(number="B-8").raw, filename="letter.json")
        pdf.attachments["surat.json"] = spec
        out = io.BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return sent.sealed(out.getvalue())


def listed(at, of=None, key=None) -> Proof:
    """With the registry's list of a month later, on which hers or another's is revoked from `at` on."""
    rows = [((key or person()).certificate, at)] if at else ()
    return sent.replace(true(), crl=sent.crl(rows, NOW + 30 * DAY, of))


def revoked(key, when) -> Proof:
    nation = sent.Nation()
    nation.revoke("key", key.thumb, when)
    return sent.replace(true(), world=nation)


def brought(n: int) -> Proof:
    return sent.replace(true(), exchanges=[sent.evidence_of(n)])


OTHER_AGENCY = {"agency": DUKCAPIL}
# name: (how it is forged, the link that names it, its true twin one step away)
FORGED = {
    "a byte of the page bent": (
        lambda: sent.replace(true(), pdf=bent()),
        "letterproof.pdf",
        true,
    ),
    "re-packed: the page bent and the letter sealed anew": (
        lambda: sealed_anew(bent()),
        "letterproof.pades/pades.changed",
        lambda: sealed_anew(signed()),
    ),
    "re-packed: bytes behind the seal of time": (
        lambda: sealed_anew(signed() + b"\n%x"),
        "letterproof.pades/pades.appended",
        lambda: sealed_anew(signed()),
    ),
    "never signed": (
        lambda: sealed_anew(page()),
        "letterproof.pades/pades.unsigned",
        lambda: sealed_anew(signed()),
    ),
    "definitive, where the PDF says a.n.": (
        lambda: sealed_anew(signed(), who={"capacity": "definitive", "for": None}),
        "letterproof.letter_json",
        lambda: sealed_anew(
            says(**who(capacity="definitive", on_behalf=None)), who={"capacity": "definitive", "for": None}
        ),
    ),
    "a.n. another post than the PDF says, and delegated": (
        lambda: sealed_anew(
            signed(),
            who={"for": "Bupati"},
            mandated=mandate(signs_for=[{"position": "Bupati", "capacity": "an", "kinds": letters.KINDS}]),
        ),
        "letterproof.letter_json",
        lambda: sealed_anew(
            says(**who(on_behalf="Bupati")),
            who={"for": "Bupati"},
            mandated=mandate(signs_for=[{"position": "Bupati", "capacity": "an", "kinds": letters.KINDS}]),
        ),
    ),
    "a.n. as the PDF says, and nobody delegated it": (
        lambda: sealed_anew(signed(), mandated=mandate(signs_for=[])),
        "letterproof.delegation",
        lambda: sealed_anew(signed(), mandated=mandate()),
    ),
    "another number than the PDF says": (
        lambda: sealed_anew(signed(), number="B-8/IJ/KP.07.6/03/2026"),
        "letterproof.letter_json",
        lambda: sealed_anew(says(number="B-8/IJ/KP.07.6/03/2026"), number="B-8/IJ/KP.07.6/03/2026"),
    ),
    "another day than the PDF says": (
        lambda: sealed_anew(signed(), date=(NOW - DAY).date().isoformat()),
        "letterproof.letter_json",
        lambda: sealed_anew(says(date=(NOW - DAY).date()), date=(NOW - DAY).date().isoformat()),
    ),
    "to somebody the PDF does not name": (
        lambda: sealed_anew(signed(), addressed=["Yth. Kepala Dinas"]),
        "letterproof.letter_json",
        lambda: sealed_anew(says(recipients=("Yth. Kepala Dinas",)), addressed=["Yth. Kepala Dinas"]),
    ),
    "the PDF of another letter of hers": (
        lambda: sealed_anew(says(id=OTHER)),
        "letterproof.letter_json",
        lambda: sealed_anew(says(id=LETTER)),
    ),
    "a PDF that says two things of itself": (
        lambda: sealed_anew(two_letters_inside()),
        "letterproof.pades/pades.letter",
        lambda: sealed_anew(signed()),
    ),
    "signed with somebody else's certificate in her name": (
        lambda: sealed_anew(signed(key=person("Budi", "1"))),
        "letterproof.pades/pades.letter_signer",
        lambda: sealed_anew(signed(key=person())),
    ),
    "signed with a certificate the letter does not name": (
        lambda: sealed_anew(signed(key=person(n=2))),
        "letterproof.certificate",
        lambda: signed_by(person(n=2)),
    ),
    "signed with a certificate for another agency": (
        lambda: signed_by(person(agency=NAMES[DUKCAPIL])),
        "letterproof.certificate_subject",
        lambda: signed_by(person(agency=NAMES[DJP])),
    ),
    "signed with a certificate her mandate does not name": (
        lambda: sealed_anew(signed(), mandated=mandate(certificate="0" * 64)),
        "letterproof.mandate_certificate",
        lambda: sealed_anew(signed(), mandated=mandate(certificate=None)),
    ),
    "under the root of another instance": (
        lambda: sent.replace(true(), world=sent.Nation(Instance.make()), crl=None),
        "letterproof.pades/pades.signature",
        lambda: sent.replace(true(), world=sent.Nation(instance()), crl=None),
    ),
    "stamped long after the letter says": (
        lambda: sealed_anew(signed(), signed_at=strict.utc(NOW - HOUR), mandated=mandate(at=_before())),
        "letterproof.seal_time",
        lambda: sealed_anew(signed(), signed_at=strict.utc(NOW - 4 * MINUTE), mandated=mandate(at=_before())),
    ),
    "a mandate of another day": (
        lambda: sealed_anew(signed(), mandated=mandate(until=strict.utc(NOW - DAY))),
        "letterproof.mandate_dates",
        lambda: sealed_anew(signed(), mandated=mandate(until=strict.utc(NOW + DAY))),
    ),
    "a mandate by the other agency": (
        lambda: sealed_anew(signed(), mandated=mandate(THEIRS, **OTHER_AGENCY)),
        "letterproof.mandate_agency",
        lambda: sealed_anew(signed(), mandated=mandate(OURS)),
    ),
    "in the name of the other agency": (
        lambda: proof(letter=written(signed(), OURS, **{"from": DUKCAPIL, "to": DJP})),
        "letterproof.letter_signature",
        lambda: proof(letter=written(signed(), OURS)),
    ),
    "her certificate revoked before she signed, told a month later": (
        lambda: listed(NOW - HOUR),
        "letterproof.pades/pades.revoked",
        lambda: listed(NOW + HOUR),
    ),
    "her time stamper revoked before others saw the letter": (
        lambda: listed(NOW + MINUTE, key=instance().stamp_key),
        "letterproof.pades/pades.stamper_revoked",
        lambda: listed(NOW + HOUR, key=instance().stamp_key),
    ),
    "her time stamper revoked, where nobody attests that it was seen before": (
        lambda: sent.replace(listed(NOW + HOUR, key=instance().stamp_key), exchanges=[]),
        "letterproof.pades/pades.stamper_revoked",
        lambda: listed(NOW + HOUR, key=instance().stamp_key),
    ),
    "a list of another authority": (
        lambda: listed(None, _stranger()),
        "letterproof.pades/pades.crl",
        lambda: listed(None, instance()),
    ),
    "the letter key revoked before others saw the letter": (
        lambda: revoked(OURS, NOW + MINUTE),
        "letterproof.key_revoked",
        lambda: revoked(OURS, NOW + HOUR),
    ),
    "a receipt of another letter swapped in": (
        lambda: with_receipts(receipt("received", written(says(id=OTHER)), letter=OTHER)),
        "letterproof.receipt_letter",
        lambda: with_receipts(of_true("received")),
    ),
    "a receipt replayed for the letter's earlier bytes": (
        lambda: with_receipts(of_true("received", of="0" * 64)),
        "letterproof.receipt_letter",
        lambda: with_receipts(of_true("received", of=envelope.sha(true().letter))),
    ),
    "a receipt made by the sender": (
        lambda: with_receipts(of_true("received", OURS)),
        "letterproof.receipt_signature",
        lambda: with_receipts(of_true("received", THEIRS)),
    ),
    "a receipt by a third agency": (
        lambda: with_receipts(of_true("received", agency_key(KOMINFO, "exchange"), **{"from": KOMINFO})),
        "letterproof.receipt_parties",
        lambda: with_receipts(of_true("received", THEIRS, **{"from": DUKCAPIL})),
    ),
    "read before it was received": (
        lambda: with_receipts(of_true("received"), of_true("read", at=strict.utc(NOW + SECOND))),
        "letterproof.receipt_time",
        lambda: with_receipts(of_true("received"), of_true("read", at=strict.utc(NOW + 4 * SECOND))),
    ),
    "the exchange that brought something else": (
        lambda: brought(2),
        "letterproof.exchange_id",
        lambda: brought(1),
    ),
}


def _before() -> str:
    return strict.utc(NOW - 2 * HOUR)


@cache
def _stranger() -> Instance:
    """An authority of another name."""
    made = Instance.make()
    named = sent.authority.make_authority(
        made.authority_key.public_key(), made.root, made.root_key, "XX", made.now
    )
    return sent.replace(made, authority=named)


def link(outcome: Broken) -> str:
    """The link, and for the PDF's own signature the one inside."""
    inner = outcome.params.get("why")
    within = outcome.link == "letterproof.pades" and isinstance(inner, Broken)
    return f"{outcome.link}/{inner.link}" if within else outcome.link


@pytest.mark.parametrize("name", FORGED)
def test_a_forgery_is_refused_and_its_twin_holds(name):
    forge, named, twin = FORGED[name]
    outcome = forge().verify()
    assert isinstance(outcome, Broken), f"{name} passed"
    assert link(outcome) == named, outcome
    assert all("{" not in outcome.text(lang) and "…" not in outcome.text(lang) for lang in LANGUAGES)
    held = twin().verify()
    assert isinstance(held, LetterReport), held
    assert held.seal.certificate and held.seal.letter.id == LETTER


def test_every_link_is_on_the_page():
    """docs/evidence.md names each code that the file and its PDF may fail by, and no other."""
    folder = Path(__file__).parents[3]
    sources = ("core/letterproof.py", "simaya/signing/check.py", "simaya/signing/pades.py")
    code = "".join((folder / "pendopo" / source).read_text() for source in sources)
    page = (folder / "docs" / "evidence.md").read_text()
    found = set(re.findall(r'"((?:letterproof|pades)\.[a-z_]+)"', code))
    assert found == set(re.findall(r"`((?:letterproof|pades)\.[a-z_]+)`", page))
    assert len(found) > 40


def test_twenty_at_least():
    assert len(FORGED) >= 20


def test_no_bent_byte_of_the_file_passes():
    """One byte in 4,999: most lie in the PDF, whose every 97th is tested by itself."""
    raw, anchor = true().file(), true().world.anchor()
    for at in range(0, len(raw), 4999):
        bad = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        assert isinstance(letterproof.verify(bad, anchor, sent.pades), Broken), at


def test_delivered_after_the_lists_inside_had_ended():
    """Nine days on the way: the registry's list of that day still vouches for the signer."""
    late = [receipt("received", true().letter, at=strict.utc(NOW + 9 * DAY))]
    given = sent.replace(true(), receipts=late, exchanges=[sent.evidence_of(after=9 * DAY)])
    refused = sent.replace(given, crl=None).verify()
    assert isinstance(refused, Broken) and link(refused) == "letterproof.pades/pades.signature"
    held = sent.replace(given, crl=sent.crl(made=NOW + 10 * DAY)).verify()
    assert isinstance(held, LetterReport), held
    early = sent.replace(given, crl=sent.crl([(person().certificate, NOW - HOUR)], NOW + 10 * DAY)).verify()
    assert isinstance(early, Broken)


def test_what_a_person_reads():
    report = true().verify()
    both = ("NIP", "Sekretaris a.n. Kepala", "(SK 12/2026)", "AdES LTA", "Plh. Kepala")
    for lang, words in (
        ("id", ("Pengirim: dikirim", "Penerima: sampai", "diterima,", "agenda nomor 114", "dibaca,")),
        ("en", ("Sender: sent", "Receiver: delivered", "received,", "under number 114", "read,")),
    ):
        told = "\n".join(report.sentences(lang))
        missing = [
            word
            for word in (*both, *words, sent.NUMBER, NAMES[DUKCAPIL], report.letter.file.sha)
            if word not in told
        ]
        assert not missing, told
        assert told.count({"id": "TIDAK DIPERIKSA", "en": "NOT CHECKED"}[lang]) == 1  # the attachment
    data = json.loads(json.dumps(report.data()))
    assert data["signers"][0]["for"] == "Kepala" and data["signers"][0]["decree"] == "SK 12/2026"
    assert [(one["event"], one["agenda"]) for one in data["receipts"]][1] == ("registered", "114")
    assert (
        data["pdf_signature"]["level"] == "AdES LTA" and data["exchanges"][0]["logs"][0]["side"] == "consumer"
    )


@pytest.mark.parametrize(
    ("lang", "words"), [("id", "TIDAK DIPERIKSA: tanda"), ("en", "NOT CHECKED: the sig")]
)
def test_what_was_not_checked_is_said(lang, words):
    told = "\n".join(sent.replace(true(), pades=None, receipts=[], exchanges=[]).verify().sentences(lang))
    assert words in told and "pip install 'pendopo[letters]'" in told and "AdES" not in told
    assert {"id": "Tanda terima dari penerima tidak ada", "en": "No receipt by the receiver"}[lang] in told
    assert {"id": "Catatan pertukaran", "en": "The record of the exchange"}[lang] in told


def test_a_rejection_gives_its_reason():
    said = [of_true("received"), of_true("rejected")]
    told = "\n".join(with_receipts(*said).verify().sentences("id"))
    assert "ditolak, alasan: “salah alamat”" in told


# Any look at the network raises; so does Django.
APART = """
import socket, sys
def connected(*args, **more): raise AssertionError("asked for the network")
socket.socket.connect = socket.getaddrinfo = connected
sys.argv = ["pendopo", "verify", *sys.argv[1:]]
from pendopo.cli import main
try:
    main()
finally:
    print("django" in sys.modules, "sqlite3" in sys.modules)
"""


@pytest.mark.parametrize("name", ["surat.pendopo.json", "surat.pdf"])
def test_the_command_needs_neither_network_nor_clock(tmp_path, name):
    """In a namespace without network, on a machine whose clock is lost."""
    file, anchor = tmp_path / name, tmp_path / "anchor.json"
    file.write_bytes(true().file() if name.endswith("json") else true().pdf)
    anchor.write_bytes(true().world.anchor())
    alone = ["unshare", "--user", "--map-root-user", "--net", "faketime", "2021-01-01"]
    asked = [file, "--anchor", anchor, "--lang", "en"]
    done = subprocess.run(
        [*alone, sys.executable, "-c", APART, *asked],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == VALID, done.stdout + done.stderr
    assert "VALID. This file proves:" in done.stdout and "valid as AdES LTA" in done.stdout
    assert done.stdout.splitlines()[-1] == "False False"
