"""Writes the golden files of boxes: `python -m tests.wire.make_box` (from the repository's root).

As in make.py: files of a released version are never written again.
"""

from pathlib import Path

from tests import boxes

FOLDER = Path(__file__).parent / "v1-box"


def files() -> dict[str, bytes]:
    """Every golden file of what boxes are told, version 1, by name."""
    return {
        "box-config.json": boxes.sealed(boxes.config()),
        "box-config-payload.json": boxes.config().payload,
        "box-deny.json": boxes.sealed(boxes.deny()),
        "box-deny-payload.json": boxes.deny().payload,
        "box-roads.json": boxes.sealed(boxes.roads()),
        "box-roads-payload.json": boxes.roads().payload,
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, data in files().items():
        (FOLDER / name).write_bytes(data)
