"""The key files a gateway will read, while it is not running yet: makes keys, signs, lays documents down.

It answers the same calls as `gateway.Gateway`, for `pendopo init` only.
"""

import os
from pathlib import Path

from pendopo.core import envelope, strict
from pendopo.core.home import Home
from pendopo.core.keys import SigningKey


class Drawer:
    """The keys and documents of a home whose gateway has never run."""

    def __init__(self, home: Home):
        self.home = home
        self.keys: dict[str, SigningKey] = {}

    def make_key(self, owner: str, use: str) -> dict:
        """Makes a key and writes its file: `{"thumb", "alg", "pub"}`."""
        key = SigningKey.generate(owner, use)
        body = {"owner": owner, "use": use, "pub": strict.b64e(key.pub), "seed": strict.b64e(key.seed)}
        write(self.home.keys / f"{key.thumb}.json", strict.dumps(body))
        self.keys[key.thumb] = key
        return {"thumb": key.thumb, "alg": key.alg, "pub": strict.b64e(key.pub)}

    def sign(self, thumb: str, type: str, payload: bytes) -> dict:
        """A signature for an envelope: `{"key", "alg", "sig"}`."""
        made = envelope.sign(type, payload, self.keys[thumb])
        return {"key": made.key, "alg": SigningKey.alg, "sig": strict.b64e(made.sig)}

    def put_registry(self, raw: bytes) -> None:
        write(self.home.documents / "registry.json", raw)

    def put_node(self, raw: bytes) -> None:
        write(self.home.documents / "node.json", raw)

    def put_blob(self, sha: str, raw: bytes) -> None:
        write(self.home.blobs / sha, raw)


def write(path: Path, data: bytes) -> None:
    """Writes a private file as a whole: durable before it has its name."""
    part = path.with_name(f".{path.name}.part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
