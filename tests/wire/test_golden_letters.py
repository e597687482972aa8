"""Letters' documents of every released version: today's code reads, verifies and still writes them."""

import pytest

from pendopo.core import letter, letterproof
from tests import letters
from tests.wire.make_letters import FOLDER, files

WRITTEN = files()


def read(name):
    return (FOLDER / name).read_bytes()


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
def test_todays_code_writes_the_same_bytes(name):
    assert WRITTEN[name] == read(name)


def test_no_golden_file_is_missing():
    assert WRITTEN.keys() == {path.name for path in FOLDER.iterdir()}


def test_what_they_say():
    sent = letter.Letter.parse(read("letter.json"))
    assert sent.number == "B-7/IJ/KP.07.6/03/2026" and sent.signers[0].on_behalf == "Kepala"
    assert sent.signers[0].mandate == letter.Mandate.parse(read("mandate.json"))
    assert letter.Part.parse(read("letter-part.json")).sha == sent.file.sha
    assert letter.Receipt.parse(read("letter-receipt.json")).of == sent.envelope.sha
    assert letter.Receipt.parse(read("letter-receipt-rejected.json")).reason == "salah alamat"
    inside = letter.Inside.parse(read("letter-inside.json"))
    assert sent.differs(inside) is None and inside.signers[0].on_behalf == "Kepala"
    asked = letter.CertificateRequest.parse(read("certificate-request.json"))
    assert letter.Certificate.parse(read("certificate.json")).request == asked.envelope.sha
    assert letter.Crl.parse(read("crl.json")).number == 1


def test_the_proof_holds():
    report = letterproof.verify(read("letterproof.json"), read("anchor.json"), letters.pades)
    assert isinstance(report, letterproof.LetterReport), report
    assert [one.event for one in report.receipts] == ["received", "registered"]
