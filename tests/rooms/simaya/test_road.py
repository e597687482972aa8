"""A letter from one agency to another and its receipts back: once, in whatever order things arrive."""

from hashlib import sha256

from pendopo.core import envelope
from tests.rooms.simaya.office import OFFICE, OTHER
from tests.rooms.simaya.road import NUMBER
from tests.rules.simaya import signatures


def arrived(agency=OTHER):
    from pendopo.simaya.letters.models import Letter

    return Letter.objects.get(agency__code=agency, side="in")


def delivery(letter):
    return letter.deliveries.get()


def test_a_letter_arrives_is_checked_and_its_receipt_comes_back(road):
    letter = road.sign()
    assert delivery(letter).state == "queued"
    road.carry()
    got = arrived()
    assert (got.state, got.origin, str(got.uid), got.number) == ("received", "wire", str(letter.uid), NUMBER)
    assert (got.peer, got.peer_name, got.subject) == (OFFICE, signatures.AGENCY, "Undangan rapat")
    assert got.signer_name == f"{signatures.NAME}, Kepala Dinas"
    assert (got.checked, got.is_copy, got.pages) == ("sound", False, 1)
    assert got.file.file_id == sha256(signatures.letter()).hexdigest()
    assert got.due > got.received_at
    sent = delivery(letter)
    assert sent.state == "received"
    assert sorted(sent.times) == ["queued", "received", "sent"]
    assert sent.exchange_id == got.exchange_id
    assert sent.sha == envelope.sha(got.doc.encode())
    from pendopo.simaya.routing.models import Part, Receipt

    assert not Part.objects.exists()
    assert not Receipt.objects.filter(doc="").exists()
    ours, theirs = Receipt.objects.get(letter=letter), Receipt.objects.get(letter=got)
    assert (ours.doc, ours.event) == (theirs.doc, "received")
