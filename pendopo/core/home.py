"""A node's home directory: every path by name, and what `pendopo.toml` says.

Pure: nothing here reads or writes. `pendopo.ops.home` and each daemon read the file and pass its text to
`parse`, so that portal, worker, gateway and command never disagree on where a thing lies.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pendopo.core.errors import Fault
from pendopo.core.ids import host_of

# A unix socket's path must fit sockaddr_un (108 bytes with its zero); some slack for PostgreSQL's own suffix.
SOCKET_PATH_MAX = 100
LONGEST_SOCKET = ".s.PGSQL.5432.lock"

# Section → setting → type; docs/settings.md explains each.
SETTINGS: dict[str, dict[str, type]] = {
    "": {"instance": str, "node": str, "zone": str, "lang": str, "registry": bool},
    "portal": {"host": str, "port": int, "url": str},
    "gateway": {"app_host": str, "app_port": int, "peer_host": str, "peer_port": int, "advertise": str},
    "box": {"host": str, "port": int},
    "sources": {"folders": list},
    "database": {"url": str},
    "mail": {
        "domain": str,
        "hostname": str,
        "host": str,
        "smtp_port": int,
        "submission_port": int,
        "submissions_port": int,
        "imap_port": int,
        "imaps_port": int,
        "pop3s_port": int,
        "sieve_port": int,
        "relay": str,
        "dns": bool,
        "hourly": int,
        "undelete": int,
    },
}


def reachable(host: str) -> str:
    """The address to connect to for what listens on `host`: of every address, this machine's own."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


@dataclass(frozen=True)
class Listen:
    """A loopback or network address one process listens on."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Mail:
    """The node's mail servers: the domain they serve and where they listen, all on `host`."""

    domain: str
    hostname: str  # what programs connect to and other servers are greeted with
    host: str = "127.0.0.1"
    smtp_port: int = 1025  # mail from other servers
    submission_port: int = 1587  # mail programs, STARTTLS
    submissions_port: int = 1465  # mail programs, TLS from the start
    imap_port: int = 1143
    imaps_port: int = 1993
    pop3s_port: int = 1995
    sieve_port: int = 1190
    relay: str = ""  # HOST:PORT that all outgoing mail is handed to; empty: to the receivers' own servers
    hourly: int = 200  # messages an account may send in an hour, each receiver counted
    undelete: int = 14  # days for which one can take back what one deleted for good
    dns: bool = True  # False: nothing is looked up (no SPF, no DMARC, no receiver's server)

    def ports(self) -> dict[str, int]:
        """Setting → port."""
        return {name: value for name, value in asdict(self).items() if name.endswith("_port")}

    def shifted(self, offset: int) -> "Mail":
        """The same with every port moved by `offset`."""
        return replace(self, **{name: port + offset for name, port in self.ports().items()})


@dataclass(frozen=True)
class Home:
    """One node: its directory, its name and the addresses it listens on."""

    root: Path
    instance: str
    node: str
    portal: Listen
    app: Listen
    peer: Listen
    advertise: str
    zone: str = "Asia/Jakarta"
    lang: str = "id"  # "id" or "en"
    registry: bool = False
    database: str = ""  # a postgresql:// URL; empty: the private cluster in `postgres`
    public_url: str = ""  # such as https://surat.kota.go.id, where a web server stands before the portal
    boxes: Listen = Listen("127.0.0.1", 0)  # where boxes ask their controller; port 0: no controller here
    source_folders: tuple[str, ...] = ()  # where any agency's SQLite files may lie, besides its own folder
    mail: Mail | None = None  # None: this node has no mail

    @property
    def config(self) -> Path:
        return self.root / "pendopo.toml"

    @property
    def secret(self) -> Path:
        return self.root / "secret"

    @property
    def django_key(self) -> Path:
        return self.secret / "django.key"

    @property
    def seal_key(self) -> Path:
        return self.secret / "seal.key"

    @property
    def postgres_password(self) -> Path:
        return self.secret / "postgres.password"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def run(self) -> Path:
        """Where sockets lie: `run/`, or a short directory under /tmp when that path would be too long."""
        return run_dir(self.root)

    @property
    def control(self) -> Path:
        """The gateway's control socket."""
        return self.run / "gateway.sock"

    @property
    def lock(self) -> Path:
        """Held by `pendopo up` for as long as it runs."""
        return self.root / "run" / "up.lock"

    @property
    def gateway(self) -> Path:
        return self.root / "gateway"

    @property
    def keys(self) -> Path:
        return self.gateway / "keys"

    @property
    def tls_key(self) -> Path:
        return self.keys / "tls.key"

    @property
    def tls_chain(self) -> Path:
        return self.keys / "tls.pem"

    @property
    def documents(self) -> Path:
        return self.gateway / "documents"

    @property
    def anchor(self) -> Path:
        return self.documents / "anchor.json"

    @property
    def blobs(self) -> Path:
        return self.documents / "blobs"

    @property
    def log(self) -> Path:
        return self.gateway / "log"

    @property
    def openings(self) -> Path:
        return self.gateway / "openings"

    @property
    def inbox(self) -> Path:
        return self.gateway / "inbox"

    @property
    def state(self) -> Path:
        return self.gateway / "state"

    @property
    def logs(self) -> Path:
        """What the processes say, one file each; the gateway's log of exchanges is `log`."""
        return self.root / "logs"

    @property
    def files(self) -> Path:
        return self.root / "files"

    @property
    def mail_dir(self) -> Path:
        """Everything of the mail servers; `pendopo.mailer.engine.Engine` names what lies there."""
        return self.root / "mail"

    @property
    def mail_tokens(self) -> Path:
        """The keys of the tokens by which the portal opens mailboxes: `pendopo.mailer.tokens.Keys`."""
        return self.secret / "mail.tokens"

    @property
    def sources(self) -> Path:
        """A folder an agency, such as `sources/ID/GOV/DJP`: the SQLite files it may connect."""
        return self.root / "sources"

    def located(self, address: Mapping) -> dict:
        """A source's kept address as the adapter takes it: a path counts from the agency's `folder`, and the
        file must lie `within` that or one of the folders set. Others stay as they are."""
        if "folder" not in address:
            return dict(address)
        own = self.sources / address["folder"]
        within = [str(own), *self.source_folders]
        return {**address, "path": str(own / address["path"]), "within": within}

    @property
    def url(self) -> str:
        """What a person types into the browser: `portal.url`, else a name of its own on this machine, so that
        the cookies of several nodes stay apart."""
        return self.public_url or f"http://{self.node}.localhost:{self.portal.port}"

    def directories(self) -> tuple[Path, ...]:
        """Every directory a node needs, parents first."""
        return (
            self.root,
            self.root / "run",
            self.secret,
            self.gateway,
            self.keys,
            self.documents,
            self.blobs,
            self.log,
            self.openings,
            self.inbox,
            self.state,
            self.files,
            self.sources,
            self.logs,
        )


def run_dir(root: Path) -> Path:
    """The directory of the sockets for the home `root` (absolute): the same for every process of the node."""
    near = root / "run"
    if len(str(near / LONGEST_SOCKET).encode()) < SOCKET_PATH_MAX:
        return near
    return Path("/tmp") / f"pendopo-{hashlib.sha256(str(root).encode()).hexdigest()[:16]}"  # noqa: S108


def parse(root: Path, text: str) -> Home:
    """The home `root` (absolute) with the settings in `text`, the contents of its pendopo.toml.

    Raises Fault when the text is no TOML, or a setting is missing, of the wrong type or not known.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Fault("home.toml", why=str(error)) from None
    flat: dict[str, object] = {}
    for section, settings in SETTINGS.items():
        part = data.get(section, {}) if section else {k: v for k, v in data.items() if k not in SETTINGS}
        for name, value in part.items():
            where = f"{section}.{name}" if section else name
            if name not in settings:
                raise Fault("home.setting_unknown", setting=where)
            if type(value) is not settings[name]:
                raise Fault("home.setting_type", setting=where, type=settings[name].__name__)
            flat[where] = value
    if flat.get("lang", "id") not in ("id", "en"):
        raise Fault("home.setting_value", setting="lang", value=flat["lang"], choices="id, en")
    folders = flat.get("sources.folders", [])
    for folder in folders:
        if not _apart(folder, root):
            raise Fault("home.setting_folder", setting="sources.folders", value=str(folder))
    public_url = flat.get("portal.url", "")
    if public_url and not is_url(public_url):
        raise Fault("home.setting_url", setting="portal.url", value=public_url)
    try:
        return Home(
            root=root,
            instance=flat["instance"],
            node=flat["node"],
            portal=Listen(flat.get("portal.host", "127.0.0.1"), flat.get("portal.port", 8000)),
            app=Listen(flat.get("gateway.app_host", "127.0.0.1"), flat.get("gateway.app_port", 8080)),
            peer=Listen(flat.get("gateway.peer_host", "127.0.0.1"), flat.get("gateway.peer_port", 5500)),
            advertise=flat.get("gateway.advertise", ""),
            zone=flat.get("zone", "Asia/Jakarta"),
            lang=flat.get("lang", "id"),
            registry=flat.get("registry", False),
            database=flat.get("database.url", ""),
            public_url=public_url,
            boxes=Listen(flat.get("box.host", "127.0.0.1"), flat.get("box.port", 0)),
            source_folders=tuple(folders),
            mail=_mail(flat),
        )
    except KeyError as error:
        raise Fault("home.setting_missing", setting=error.args[0]) from None


def _mail(flat: Mapping[str, object]) -> Mail | None:
    given = {name: flat[f"mail.{name}"] for name in SETTINGS["mail"] if flat.get(f"mail.{name}", "") != ""}
    for name, good, example in (
        ("domain", is_host_name, "pns.kota.go.id"),
        ("hostname", is_host_name, "surel.kota.go.id"),
        ("host", _is_address, "127.0.0.1"),
        ("relay", _is_dialled, "surel.kota.go.id:25"),
        ("undelete", lambda days: days > 0, "14"),
    ):
        if name in given and not good(given[name]):
            raise Fault("home.setting_example", setting=f"mail.{name}", value=given[name], example=example)
    return Mail(**{"hostname": f"{flat['node']}.localhost"} | given) if "domain" in given else None


def _is_dialled(text: str) -> bool:
    """Whether it is HOST:PORT."""
    try:
        host_of(text)
    except Fault:
        return False
    return True


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_host_name(text: str) -> bool:
    """Whether it is a full name of a machine or domain in small letters, such as pns.kota.go.id."""
    return text == text.lower() and "." in text and _is_dialled(f"{text}:1") and not _is_address(text)


def is_url(text: str) -> bool:
    """Whether it is the address of a site: scheme, host, maybe a port, lower case, nothing after them."""
    try:
        parts = urlsplit(text)
        host_of(parts.netloc if parts.port else f"{parts.netloc}:443")
    except (ValueError, Fault):
        return False
    return parts.scheme in ("http", "https") and text == f"{parts.scheme}://{parts.netloc}".lower()


def _apart(folder: object, root: Path) -> bool:
    """Whether it is an absolute path that neither holds the home nor lies in it."""
    if not isinstance(folder, str) or not Path(folder).is_absolute() or ".." in Path(folder).parts:
        return False
    return not root.is_relative_to(folder) and not Path(folder).is_relative_to(root)


def render(home: Home) -> str:
    """The text of `home`'s pendopo.toml; `parse(home.root, render(home)) == home`."""

    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    mail = "\n".join(
        f"{name} = {quoted(value) if isinstance(value, str) else str(value).lower()}"
        for name, value in (asdict(home.mail) if home.mail else {"domain": ""}).items()
    )

    return f"""\
# Settings of this node; docs/settings.md explains each.
instance = {quoted(home.instance)}
node = {quoted(home.node)}
zone = {quoted(home.zone)}
lang = {quoted(home.lang)}
registry = {"true" if home.registry else "false"}

[portal]
host = {quoted(home.portal.host)}
port = {home.portal.port}
url = {quoted(home.public_url)}

[gateway]
app_host = {quoted(home.app.host)}
app_port = {home.app.port}
peer_host = {quoted(home.peer.host)}
peer_port = {home.peer.port}
advertise = {quoted(home.advertise)}

[box]
host = {quoted(home.boxes.host)}
port = {home.boxes.port}

[sources]
folders = [{", ".join(map(quoted, home.source_folders))}]

[database]
url = {quoted(home.database)}

[mail]
{mail}
"""
