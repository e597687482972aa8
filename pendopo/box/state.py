"""What a box keeps on disk: who it is, what it was told last and holds, and what it is just trying.

Every file is written whole and durably under another name and renamed, so that a power cut at any moment
leaves the old one or the new one. Keys never leave `etc`.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pendopo.core import boxconfig, crypto, strict
from pendopo.core.boxconfig import Config, Deny, Roads
from pendopo.core.errors import Fault
from pendopo.core.home import is_url
from pendopo.core.ids import is_uuid7
from pendopo.core.reading import Wrong, each, inside, must, record


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the box is: its ids, whose word it takes (the controller's Ed25519 key), where it was enrolled."""

    box: str
    network: str
    controller_key: bytes
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paths:
    """The box's folders."""

    etc: Path = Path("/etc/pendopo-box")
    lib: Path = Path("/var/lib/pendopo-box")
    run: Path = Path("/run/pendopo-box")

    @property
    def identity(self) -> Path:
        return self.etc / "identity.json"

    @property
    def box_key(self) -> Path:
        """The seed of the Ed25519 key that signs what the box asks, 32 bytes in base64url."""
        return self.etc / "box.key"

    @property
    def wireguard_key(self) -> Path:
        """The X25519 private key, 32 bytes in base64url."""
        return self.etc / "wireguard.key"

    @property
    def next_key(self) -> Path:
        """The X25519 private key that takes its place while the box changes its key."""
        return self.etc / "wireguard.next"

    @property
    def good(self) -> Path:
        """The envelope of the configuration that was confirmed last."""
        return self.lib / "good.json"

    @property
    def trial(self) -> Path:
        """The envelope of one that is not confirmed yet."""
        return self.lib / "trial.json"

    @property
    def deny(self) -> Path:
        """The envelope of the newest deny list."""
        return self.lib / "deny.json"

    @property
    def roads(self) -> Path:
        """The envelope of the roads that the controller told last."""
        return self.lib / "roads.json"

    @property
    def heard(self) -> Path:
        """Where peers were last heard from: a box that comes up calls them, and waits for no call."""
        return self.lib / "heard.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Held by the one agent that runs; `Fault box.running` for a second one."""
        self.run.mkdir(parents=True, exist_ok=True)
        self.run.chmod(0o755)  # whatever our umask: dnsmasq, which is nobody, reads there
        with open(self.run / "lock", "wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Fault("box.running") from None
            yield


def install(path: Path, data: bytes) -> None:
    """Write `data` so that after this it is on disk under its name, and never half of it. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.rename(new, path)
    sync(path.parent)


def remove(path: Path) -> None:
    """The file is gone, durably; it need not have been there."""
    path.unlink(missing_ok=True)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Make the names in `folder` durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def key(path: Path) -> bytes:
    """The 32 bytes of a key file, made of fresh randomness the first time."""
    if not path.exists():
        install(path, strict.b64e(os.urandom(32)).encode() + b"\n")
    return strict.b64d(path.read_text().strip(), 32)


def wireguard_keys(paths: Paths) -> dict[bytes, bytes]:
    """The box's keys of WireGuard, public → private: one, or two while it changes its key."""
    privates = [key(paths.wireguard_key)]
    if paths.next_key.exists():
        privates.append(key(paths.next_key))
    return {crypto.x25519_public(one): one for one in privates}


def promote(paths: Paths, public: bytes) -> None:
    """The next key takes the place of the one before, if it is the one that others know by now."""
    if paths.next_key.exists() and crypto.x25519_public(key(paths.next_key)) == public:
        os.rename(paths.next_key, paths.wireguard_key)
        sync(paths.etc)


def keep_identity(paths: Paths, identity: Identity) -> None:
    """Write down who the box is."""
    body = {
        "v": 1,
        "box": identity.box,
        "network": identity.network,
        "controller_key": strict.b64e(identity.controller_key),
        "urls": list(identity.urls),
    }
    install(paths.identity, strict.dumps(body))


def identity(paths: Paths) -> Identity:
    """Who the box is; `Fault box.not_enrolled` when nobody has told it, or the file cannot be read."""
    try:
        body = strict.loads_exact(paths.identity.read_bytes())
        must(body.pop("v", None) == 1)
        return inside("identity", _identity, body)
    except (FileNotFoundError, Fault, Wrong):
        raise Fault("box.not_enrolled") from None


def held(path: Path, key: bytes) -> tuple[Config, bytes] | None:
    """A kept configuration with its envelope; None when there is none that can be read."""
    try:
        raw = path.read_bytes()
        return boxconfig.open_config(raw, key), raw
    except (FileNotFoundError, Fault):
        return None


def held_deny(paths: Paths, key: bytes) -> tuple[Deny, bytes] | None:
    """The kept deny list with its envelope; None when there is none that can be read."""
    try:
        raw = paths.deny.read_bytes()
        return boxconfig.open_deny(raw, key), raw
    except (FileNotFoundError, Fault):
        return None


def held_roads(paths: Paths, key: bytes) -> Roads | None:
    """The kept roads; None when there are none that can be read."""
    try:
        return boxconfig.open_roads(paths.roads.read_bytes(), key)
    except (FileNotFoundError, Fault):
        return None


def keep_heard(paths: Paths, heard: Mapping[str, Mapping[bytes, str]]) -> None:
    """Write down where peers were heard from: interface → key → endpoint."""
    body = {name: {strict.b64e(key): one for key, one in those.items()} for name, those in heard.items()}
    install(paths.heard, strict.dumps(body))


def heard(paths: Paths) -> dict[str, dict[bytes, str]]:
    """What `keep_heard` wrote; nothing when it cannot be read, for peers call by themselves too."""
    try:
        body = strict.loads(paths.heard.read_bytes())
        return {
            name: {strict.b64d(key, 32): str(one) for key, one in those.items()}
            for name, those in body.items()
        }
    except (FileNotFoundError, AttributeError, Fault):
        return {}


def confirm(paths: Paths) -> None:
    """What was tried is the last good one from now on."""
    os.rename(paths.trial, paths.good)
    sync(paths.lib)


def accept(raw: bytes, identity: Identity, key: bytes, last: int) -> Config:
    """The configuration in `raw`, if it is for this box and newer than the serial `last`.

    Raises `Fault box.config_other`, `box.config_old`, or what `boxconfig.open_config` says.
    """
    config = boxconfig.open_config(raw, key)
    if (config.network, config.box) != (identity.network, identity.box):
        raise Fault("box.config_other", box=config.box)
    if config.serial <= last:
        raise Fault("box.config_old", serial=config.serial, last=last)
    return config


_identity = record(
    Identity,
    box=lambda value: must(is_uuid7(value), value),
    network=lambda value: must(is_uuid7(value), value),
    controller_key=lambda value: strict.b64d(value, 32),
    urls=each(lambda value: must(is_url(value), value), least=1),
)
