"""The private keys of this node and of the agencies it hosts. They never leave the process.

One JSON file a key in `gateway/keys/`, mode 0600: `{"owner","use","pub","seed"}`, named by thumbprint.
"""

import json
import os
from pathlib import Path

from pendopo.core import strict
from pendopo.core.envelope import to_sign
from pendopo.core.errors import Fault
from pendopo.core.keys import SigningKey
from pendopo.gateway.files import install

# What a key of each use may be asked to sign; besides, any key signs the statement of its successor, and an
# agreement key that of its agency's first key for letters.
SIGNS = {
    "issuing": {"key/1", "registry/1", "tls/1", "certificate/1", "crl/1"},
    "log": {"node/1", "ckpt/1"},
    "agreement": {"service/1", "request/1", "agreement/1", "request-refusal/1"},
    "letter": {"letter/1", "letter-part/1", "letter-receipt/1", "mandate/1", "certificate-request/1"},
}


class Keys:
    """All keys of the folder, by thumbprint."""

    def __init__(self, folder: Path) -> None:
        """Reads every key. Raises ValueError naming a file that is readable by others or damaged."""
        self.folder = folder
        self.by_thumb: dict[str, SigningKey] = {}
        for path in sorted(folder.glob("*.json")):
            if os.stat(path).st_mode & 0o077:
                raise ValueError(f"{path}: others may read this key (chmod 600)")
            try:
                value = json.loads(path.read_bytes())
                key = SigningKey.from_seed(value["owner"], value["use"], strict.b64d(value["seed"], 32))
            except (ValueError, KeyError, Fault) as why:
                raise ValueError(f"{path}: not a key file ({why})") from None
            self.by_thumb[key.thumb] = key

    def make(self, owner: str, use: str) -> SigningKey:
        """A new key, on disk before it is named to anybody; `Fault key.*` for a wrong owner or use."""
        key = SigningKey.generate(owner, use)
        text = {"owner": owner, "use": use, "pub": strict.b64e(key.pub), "seed": strict.b64e(key.seed)}
        install(self.folder / f"{key.thumb}.json", strict.dumps(text))
        self.by_thumb[key.thumb] = key
        return key

    def sign(self, thumb: str, type: str, payload: bytes) -> bytes:
        """Sign a document; `Fault gateway.key_absent`, or `gateway.key_use`: not a type of its use."""
        key = self.by_thumb.get(thumb)
        if key is None:
            raise Fault("gateway.key_absent", key=thumb)
        if type not in SIGNS.get(key.use, ()) and not (type == "key/1" and _vouches(key, payload)):
            raise Fault("gateway.key_use", use=key.use, type=type)
        return key.sign(to_sign(type, payload))

    def held(self, owner: str, use: str) -> list[SigningKey]:
        """The keys we hold for an owner and use."""
        return [key for key in self.by_thumb.values() if key.owner == owner and key.use == use]


def _vouches(key: SigningKey, payload: bytes) -> bool:
    """Whether the payload (key/1) states a key that `key` may vouch for: its successor, or the first one for
    letters of the agency whose agreement key it is."""
    try:
        body = strict.loads(payload)
    except Fault:
        return False
    if body.get("owner") != key.owner:
        return False
    said = body.get("use"), body.get("replaces", "")
    first = key.use == "agreement" and key.owner.startswith("agency:") and said == ("letter", None)
    return first or said == (key.use, key.thumb)
