"""The documents that others name by hash: agreements, requests, service definitions. Parsed once each."""

import re
from pathlib import Path

from pendopo.core import envelope
from pendopo.core.agreement import Agreement
from pendopo.core.envelope import Envelope
from pendopo.core.errors import Fault
from pendopo.gateway.files import install

_sha = re.compile(r"[0-9a-f]{64}")


class Blobs:
    """`gateway/documents/blobs`, by SHA-256 of the envelope."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._envelopes: dict[str, Envelope] = {}
        self._agreements: dict[str, Agreement] = {}
        self._other: set[str] = set()  # seen to be no agreement

    def has(self, sha: str) -> bool:
        return sha in self._envelopes or (_sha.fullmatch(sha) is not None and (self.folder / sha).is_file())

    def put(self, sha: str, raw: bytes) -> None:
        """Keep a document durably; `Fault gateway.blob_sha` when it is not the one that is named."""
        if not _sha.fullmatch(sha) or envelope.sha(raw) != sha:
            raise Fault("gateway.blob_sha", sha=sha[:64])
        self._envelopes[sha] = envelope.open(raw)
        install(self.folder / sha, raw)

    def envelope(self, sha: str) -> Envelope:
        """The document; `Fault gateway.blob_absent`, or `gateway.blob_sha` where the file was altered."""
        found = self._envelopes.get(sha)
        if found is None:
            try:
                raw = (self.folder / sha).read_bytes() if _sha.fullmatch(sha) else b""
            except FileNotFoundError:
                raw = b""
            if not raw:
                raise Fault("gateway.blob_absent", sha=sha[:64])
            if envelope.sha(raw) != sha:
                raise Fault("gateway.blob_sha", sha=sha)
            found = self._envelopes[sha] = envelope.open(raw)
        return found

    def agreement(self, sha: str) -> Agreement:
        """The agreement/1 with this hash; `Fault agreement.malformed` and those of `envelope`."""
        found = self._agreements.get(sha)
        if found is None:
            opened = self.envelope(sha)
            if opened.type != "agreement/1":
                raise Fault("envelope.type", found=opened.type, wanted="agreement/1")
            found = self._agreements[sha] = Agreement.parse(opened.body)
        return found

    def revision(self, id: str, rev: int) -> str | None:
        """The hash of one revision of an agreement, among all that were ever installed."""
        for path in self.folder.iterdir():
            sha = path.name
            if sha in self._agreements or sha in self._other or not _sha.fullmatch(sha):
                continue
            try:
                self.agreement(sha)
            except Fault:
                self._other.add(sha)
        for sha, agreement in self._agreements.items():
            if (agreement.id, agreement.rev) == (id, rev):
                return sha
        return None
