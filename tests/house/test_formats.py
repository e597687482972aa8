"""Rule 6: whatever leaves a machine has a version, and a file of each released version is kept for ever."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TYPE = re.compile(r"""["']([a-z]+(?:-[a-z]+)*)/(\d+)["']""")
DOCUMENT = re.compile(r"^\*\*(?:\w+: )?([a-z-]+)/(\d+)\*\*", re.MULTILINE)
NOT_A_FORMAT = {"pendopo/1": "the Server header of the gateway"}
GOLDEN = {"ckpt": "checkpoint", "attest": "attestation"}  # where the file's name says it in full
PLAIN = ("envelope.json", "frame.bin", "request.base", "answer.base", "token.txt")


def formats() -> set[str]:
    """Every NAME/VERSION that the code writes or reads, and that the architecture promises."""
    code = {
        f"{name}/{version}"
        for path in (ROOT / "pendopo").rglob("*.py")
        for name, version in TYPE.findall(path.read_text())
    }
    promised = {"/".join(found) for found in DOCUMENT.findall((ROOT / "docs/architecture.md").read_text())}
    return code | promised


def golden(version: int) -> set[str]:
    return {path.name for folder in (ROOT / "tests/wire").glob(f"v{version}*") for path in folder.iterdir()}


def test_every_version_of_every_format_has_a_golden_file():
    found = formats() - NOT_A_FORMAT.keys()
    assert {"evidence/1", "registry/1", "agreement/1"} <= found
    missing = []
    for kind in sorted(found):
        name, version = kind.split("/")
        stem = GOLDEN.get(name, name)
        if not any(file.split(".")[0] == stem for file in golden(int(version))):
            missing.append(kind)
    assert missing == []
    assert set(PLAIN) <= golden(1)


def test_every_document_carries_its_version():
    for path in (ROOT / "tests/wire").glob("v1*/*.json"):
        assert '"v":1' in path.read_text(), path
