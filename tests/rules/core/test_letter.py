"""Documents of letters are read strictly: each field, one step from a true document, is refused by name."""

import pytest

from pendopo.core import letter, strict
from pendopo.core.errors import Fault
from tests import letters
from tests.worlds import BORN, DJP, SECOND

READERS = {
    letters.mandate: letter.Mandate,
    letters.written: letter.Letter,
    letters.part: letter.Part,
    lambda **changes: letters.receipt("received", SECOND, **changes): letter.Receipt,
    letters.asked: letter.CertificateRequest,
    letters.certificate: letter.Certificate,
    letters.crl: letter.Crl,
}
IDS = [reader.__name__ for reader in READERS.values()]


@pytest.mark.parametrize(("make", "reader"), READERS.items(), ids=IDS)
def test_every_field_is_needed_and_of_its_type(make, reader):
    read = reader.parse(make())
    for name in read.envelope.body:
        if name == "v":
            continue
        with pytest.raises(Fault) as refused:
            reader.parse(make(**{name: {"wrong": [1]}}))
        assert (refused.value.code, refused.value.params["field"]) == ("letter.form", name)
    with pytest.raises(Fault) as refused:
        reader.parse(make(more=1))
    assert refused.value.params["field"] == "more"


@pytest.mark.parametrize(("make", "reader"), READERS.items(), ids=IDS)
@pytest.mark.parametrize("version", [0, 2, True, "1", None])
def test_a_version_nobody_knows_is_named(make, reader, version):
    with pytest.raises(Fault, match=r"letter\.version"):
        reader.parse(make(v=version))
    assert reader.parse(make(v=1))


@pytest.mark.parametrize(("make", "reader"), READERS.items(), ids=IDS)
def test_another_type_is_refused(make, reader):
    other = letters.part if reader is not letter.Part else letters.written
    with pytest.raises(Fault, match=r"letter\.form"):
        reader.parse(other())


def receipt(**changes):
    return letters.receipt("rejected", SECOND, **changes)


AFTER = strict.utc(BORN + SECOND)
WRONG = [
    (letters.mandate, letter.Mandate, {"until": strict.utc(BORN)}, {"until": AFTER}, "until"),
    (letters.mandate, letter.Mandate, {"kind": "an"}, {"kind": "plh"}, "kind"),
    (letters.written, letter.Letter, {"copy": {"n": 3, "of": 2}}, {"copy": {"n": 2, "of": 2}}, "copy"),
    (letters.written, letter.Letter, {"date": "20260302"}, {"date": "2026-03-02"}, "date"),
    (letters.written, letter.Letter, {"security": "K"}, {"security": "SR"}, "security"),
    (letters.written, letter.Letter, {"subject": "a\u202eb"}, {"subject": "ab"}, "subject"),
    (letters.written, letter.Letter, {"subject": " a"}, {"subject": "a"}, "subject"),
    (letters.written, letter.Letter, {"signers": []}, {"signers": [letters.signer()]}, "signers"),
    (
        letters.written,
        letter.Letter,
        {"signers": [letters.signer(capacity="plh")]},
        {"signers": [letters.signer(capacity="plh", **{"for": None})]},
        "signers",
    ),
    (letters.part, letter.Part, {"n": 2}, {"n": 1}, "of"),
    (letters.part, letter.Part, {"of": 2}, {"of": 1}, "of"),
    (letters.part, letter.Part, {"size": 22}, {"size": len(letters.PDF)}, "data"),
    (receipt, letter.Receipt, {"reason": None}, {"reason": "salah alamat"}, "reason"),
    (receipt, letter.Receipt, {"event": "read"}, {"event": "read", "reason": None}, "reason"),
    (letters.asked, letter.CertificateRequest, {"revoke": "0a"}, {"revoke": "0a", "csr": None}, "csr"),
    (letters.asked, letter.CertificateRequest, {"csr": None}, {"csr": letters.PEM}, "csr"),
    (letters.certificate, letter.Certificate, {"fault": "x.y"}, {"fault": "x.y", "chain": None}, "chain"),
    (letters.certificate, letter.Certificate, {"to": "DJP"}, {"to": DJP}, "to"),
]


@pytest.mark.parametrize(("make", "reader", "wrong", "right", "field"), WRONG)
def test_a_value_that_cannot_be_is_refused_beside_its_twin(make, reader, wrong, right, field):
    with pytest.raises(Fault) as refused:
        reader.parse(make(**wrong))
    assert (refused.value.code, refused.value.params["field"]) == ("letter.form", field)
    assert reader.parse(make(**right))


def test_parts_together_are_the_file():
    data = bytes(range(256)) * 4096
    count = -(-len(data) // letter.PART_SIZE)
    pieces = [data[n * letter.PART_SIZE :][: letter.PART_SIZE] for n in range(count)]
    read = [
        letter.Part.parse(letters.part(data, n=n + 1, of=count, data=strict.b64e(piece)))
        for n, piece in enumerate(pieces)
    ]
    assert b"".join(part.data for part in read) == data and count == 3
