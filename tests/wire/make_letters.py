"""Writes the golden files of letters: `python -m tests.wire.make_letters` (from the repository's root).

As in make.py: files of a released version are never written again.
"""

from pathlib import Path

from tests import letters
from tests.worlds import MINUTE, SECOND

FOLDER = Path(__file__).parent / "v1-letters"


def files() -> dict[str, bytes]:
    """Every golden file of letters' documents, version 1, by name."""
    proof = letters.proof()
    return {
        "anchor.json": proof.world.anchor(),
        "mandate.json": letters.mandate(),
        "letter.json": letters.written(),
        "letter-part.json": letters.part(),
        "letter-receipt.json": letters.receipt("received", 3 * SECOND),
        "letter-receipt-rejected.json": letters.receipt("rejected", MINUTE),
        "certificate-request.json": letters.asked(),
        "certificate.json": letters.certificate(),
        "crl.json": letters.crl(),
        "letter-inside.json": letters.inside().raw,
        "letterproof.json": proof.file(),
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, data in files().items():
        (FOLDER / name).write_bytes(data)
