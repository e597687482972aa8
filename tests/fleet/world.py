"""A small exchange from hand-written documents: nodes, agencies, keys, one service, agreements; and the
gateways of its nodes as real processes.

    world = World(folder, dsn)            # dukcapil (the registry's node) offers, djp asks
    with world.running() as world:
        status, headers, body = world.get("djp", "/r1/…")
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nacl.secret import SecretBox

from pendopo.core import envelope, ids, strict
from pendopo.core.keys import SigningKey, statement
from pendopo.ground.nodes import x509
from pendopo.ops import home as homes
from tests.conftest import make_home

INSTANCE = "ID"
PROVIDER, CONSUMER = "ID/GOV/DUKCAPIL", "ID/GOV/DJP"
CLIENT = f"{CONSUMER}/coretax"
SERVICE = f"{PROVIDER}/kependudukan/penduduk"
MASKED = {"kind": "ends", "head": 4, "tail": 4}
START_SECONDS = 30


def later(**by: float) -> str:
    return strict.utc(datetime.now(UTC) + timedelta(**by))


def column(name: str, type: str, **other: object) -> dict:
    return {
        "name": name,
        "type": type,
        "title": name,
        "personal": False,
        "mask": None,
        "nullable": True,
    } | other


def definition(**changes: object) -> dict:
    """The payload of a service/1 over the table `penduduk` that `fill` makes."""
    return {
        "v": 1,
        "service": SERVICE,
        "version": 1,
        "title": {"id": "Data penduduk", "en": "Residents"},
        "description": "Data penduduk",
        "columns": [
            column("nik", "text", personal=True, nullable=False),
            column("nama", "text", personal=True),
            column("tgl_lahir", "date", personal=True),
            column("kota", "text"),
            column("penghasilan", "number"),
            column("aktif", "boolean"),
        ],
        "filters": {"nik": ["eq", "in"], "kota": ["eq", "like"], "tgl_lahir": ["eq", "gte", "lt"]},
        "order": ["nik", "kota"],
        "key": ["nik"],
        "row_filter": [],
        "limit": {"default": 100, "max": 1000},
        "bulk": True,
        "formats": ["json", "ndjson", "csv"],
        "subject_column": "nik",
    } | changes


TABLE = """
CREATE TABLE penduduk (nik text PRIMARY KEY, nama text, tgl_lahir date, kota text, penghasilan numeric(14,2),
 aktif boolean, rahasia text);
INSERT INTO penduduk SELECT (3174000000000000 + n)::text, 'Warga ' || n, date '1970-01-01' + n % 15000,
 'Kota ' || n % 20, n * 10, n % 2 = 0, 'rahasia ' || n FROM generate_series(1, {rows}) n
"""


class Node:
    """One node: its home, its log key, and, when started, its process."""

    def __init__(self, home, signer: SigningKey) -> None:
        self.home, self.log_key = home, signer
        self.process: subprocess.Popen | None = None
        self.prefix: list[str] = []
        self.environment: dict[str, str] = {}
        self.serial = 0

    @property
    def id(self) -> str:
        return self.home.node


class World:
    """Documents and nodes; every `issue_*` makes the next serial, and installs it where a gateway runs."""

    def __init__(self, base: Path, dsn: dict, nodes=("dukcapil", "djp"), hosts: dict | None = None) -> None:
        """`nodes`, the registry's first; `hosts` says where each agency lives (default: first and last)."""
        self.base, self.dsn = base, dsn
        base.mkdir(exist_ok=True)
        self.now = datetime.now(UTC) - timedelta(minutes=2)
        self.root = SigningKey.generate(f"registry:{INSTANCE}", "root")
        self.issuing = SigningKey.generate(f"registry:{INSTANCE}", "issuing")
        self.statements = [self.state(self.issuing, self.root)]
        self._x509()
        self.nodes: dict[str, Node] = {}
        self.hosts = hosts or {PROVIDER: nodes[0], CONSUMER: nodes[-1]}
        self.keys: dict[tuple[str, str], SigningKey] = {}
        self.registry_node = nodes[0]
        for name in nodes:
            self._node(name)
        for agency, node in self.hosts.items():
            for use in ("exchange", "agreement"):
                self.keys[agency, use] = self.new_key(node, f"agency:{agency}", use)
        self.revoked: list[dict] = []
        self.registry_serial = 0
        self.registry: bytes = b""
        self.prev_sha: str | None = None
        self.valid = timedelta(hours=24)
        self.definition = self.seal("service/1", definition(), (PROVIDER, "agreement"))
        self.services = {SERVICE: self._service_row(self.definition)}
        self.subsystems = {name: [] for name in self.nodes}
        self.subsystems[self.hosts[CONSUMER]].append({"id": CLIENT, "auth": "none", "token_sha": None})
        self.agreements: dict[str, bytes] = {}  # id: the newest revision's envelope
        self.sources = {self.hosts[PROVIDER]: [self._source()]}
        self.agree()
        self.issue_registry()
        for name in self.nodes:
            self.issue_node(name)

    # --- keys and certificates

    def state(self, key: SigningKey, *signers: SigningKey, replaces: str | None = None, **times) -> str:
        nbf, exp = times.get("nbf", self.now), times.get("exp", self.now + timedelta(days=365))
        said = statement(key.owner, key.use, key.pub, nbf, exp, replaces)
        return envelope.seal("key/1", said, signers).decode()

    def new_key(self, node: str, owner: str, use: str, replaces: SigningKey | None = None) -> SigningKey:
        """A key that the registry vouches for (from its next issue on), in the node's folder."""
        key = SigningKey.generate(owner, use)
        signers = [self.issuing, *([replaces] if replaces else [])]
        nbf = self.now + timedelta(seconds=1 if replaces else 0)
        self.statements.append(self.state(key, *signers, replaces=replaces and replaces.thumb, nbf=nbf))
        self.put_key(node, key)
        return key

    def put_key(self, node: str, key: SigningKey) -> None:
        text = {
            "owner": key.owner,
            "use": key.use,
            "pub": strict.b64e(key.pub),
            "seed": strict.b64e(key.seed),
        }
        path = self.nodes[node].home.keys / f"{key.thumb}.json"
        homes.write_private(path, strict.dumps(text))

    def _x509(self) -> None:
        root_key, self.ca_key = x509.new_key(), x509.new_key()
        self.root_pem = x509.make_root(root_key, INSTANCE, self.now)
        self.ca_pem = x509.make_issuing(self.ca_key, root_key, self.root_pem, INSTANCE, self.now)
        self.spki: dict[str, str] = {}

    def certify(self, home, node: str) -> str:
        """A new link key with its chain in a home; the hash of its public half."""
        key = x509.new_key()
        chain = x509.issue(x509.make_csr(key, node), node, self.ca_key, self.ca_pem, self.now)
        homes.write_private(home.tls_key, key)
        homes.write_private(home.tls_chain, chain.encode())
        return x509.key_spki(key)

    def _node(self, name: str) -> None:
        home = make_home(self.base / name, node=name, registry=name == self.registry_node)
        self.spki[name] = self.certify(home, name)
        self.nodes[name] = Node(home, SigningKey.generate(f"node:{name}", "log"))
        log_key = self.nodes[name].log_key
        self.statements.append(self.state(log_key, self.issuing))
        self.put_key(name, log_key)
        first = self.nodes[self.registry_node].log_key
        self.anchor = strict.dumps(
            {
                "v": 1,
                "instance": INSTANCE,
                "root": {"thumb": self.root.thumb, "pub": strict.b64e(self.root.pub)},
                "root_x509": self.root_pem,
                "log": {"node": self.registry_node, "thumb": first.thumb, "pub": strict.b64e(first.pub)},
            }
        )
        homes.write_private(home.anchor, self.anchor)

    # --- documents

    def seal(self, type: str, body: dict, *keys: tuple[str, str]) -> bytes:
        return envelope.seal(type, strict.dumps(body), [self.keys[key] for key in keys])

    def _service_row(self, raw: bytes, **changes: object) -> dict:
        body = envelope.open(raw).body
        return {
            "id": body["service"],
            "def_sha": envelope.sha(raw),
            "source": "kependudukan",
            "schema": "public" if self.dsn.get("kind", "postgresql") == "postgresql" else "",
            "table": "penduduk",
            "state": "published",
            "notice": "",
        } | changes

    def _source(self) -> dict:
        seal_key = self.nodes[self.hosts[PROVIDER]].home.seal_key.read_bytes()
        sealed = SecretBox(seal_key).encrypt(json.dumps(self.dsn).encode())
        return {
            "id": "kependudukan",
            "kind": self.dsn.get("kind", "postgresql"),
            "sealed": strict.b64e(sealed),
            "pool": 8,
            "schema_sha": "0" * 64,
        }

    def agree(
        self, agreement_id: str | None = None, sign=("provider", "requester"), **changes: object
    ) -> str:
        """A new agreement, or the next revision of one; its id. `issue_node` puts it in force."""
        old = envelope.open(self.agreements[agreement_id]).body if agreement_id else None
        id = agreement_id or ids.new_id()
        body = old or {
            "v": 1, "id": id, "rev": 0, "state": "active", "request_sha": "",
            "provider": PROVIDER, "provider_keys": [self.keys[PROVIDER, "exchange"].thumb],
            "requester": CLIENT, "requester_keys": [self.keys[CONSUMER, "exchange"].thumb],
            "service": SERVICE, "def_sha": envelope.sha(self.definition),
            "columns": ["nik", "nama", "tgl_lahir", "kota", "penghasilan"],
            "masks": {"nama": {"kind": "initials"}}, "row_filter": [], "rate": None, "quota": None,
            "hours": None, "from": later(days=-1), "until": later(days=300), "purposes": ["verifikasi"],
            "basis": {"kind": "PKS", "no": "12/2026", "date": "2026-11-01"}, "offline_max": 86400,
            "reason": "",
        }  # fmt: skip
        body = body | {"rev": body["rev"] + 1} | changes
        if not body["request_sha"]:
            asked = {
                key: body[key]
                for key in (
                    "v", "id", "requester", "requester_keys", "service", "def_sha", "columns", "row_filter",
                    "rate", "quota", "from", "until", "purposes", "basis",
                )
            } | {"note": "", "asked_by": {"name": "Budi", "position": "Pranata Komputer"}}  # fmt: skip
            request = self.seal("request/1", asked, (CONSUMER, "agreement"))
            self.put_blob(request)
            body["request_sha"] = envelope.sha(request)
        parties = {"provider": (body["provider"], "agreement"), "requester": (CONSUMER, "agreement")}
        raw = self.seal("agreement/1", body, *(parties[party] for party in sign))
        self.agreements[id] = raw
        return id

    def put_blob(self, raw: bytes) -> None:
        for node in self.nodes.values():
            path = node.home.blobs / envelope.sha(raw)
            if not path.exists():
                path.write_bytes(raw)

    def registry_body(self) -> dict:
        agencies = {}
        for (agency, _), key in self.keys.items():
            agencies.setdefault(agency, []).append(key.thumb)
        return {
            "v": 1,
            "instance": INSTANCE,
            "serial": self.registry_serial,
            "prev_sha": self.prev_sha,
            "at": later(),
            "valid_until": strict.utc(datetime.now(UTC) + self.valid),
            "members": [
                {"id": agency, "name": agency.split("/")[2].title(), "node": self.hosts[agency], "keys": keys}
                for agency, keys in agencies.items()
            ],
            "nodes": [
                {
                    "id": node.id,
                    "name": node.id,
                    "addrs": [node.home.advertise],
                    "tls": [self.spki[node.id]],
                    "log_key": node.log_key.thumb,
                    "registry": node.id == self.registry_node,
                }
                for node in self.nodes.values()
            ],
            "keys": self.statements,
            "revoked": self.revoked,
            "catalogue": [
                {
                    "service": SERVICE,
                    "title": {"id": "Data penduduk", "en": "Residents"},
                    "version": 1,
                    "desc_sha": envelope.sha(self.definition),
                    "state": "published",
                }
            ],
        }

    def issue_registry(self, **changes: object) -> bytes:
        """The registry's next document, for its node to install; every node's file before the start."""
        self.registry_serial += 1
        self.registry = envelope.seal(
            "registry/1", strict.dumps(self.registry_body() | changes), [self.issuing]
        )
        self.prev_sha = envelope.sha(self.registry)
        node = self.nodes[self.registry_node]
        if node.process is not None:
            self.control(node.id, "PUT", "/documents/registry", self.registry)
        else:
            for each in self.nodes.values():
                (each.home.documents / "registry.json").write_bytes(self.registry)
        return self.registry

    def revoke(self, kind: str, id: str) -> None:
        """By the registry, as of now."""
        self.revoked.append({"kind": kind, "id": id, "at": later(), "why": "uji"})
        self.issue_registry()

    def node_body(self, name: str) -> dict:
        node = self.nodes[name]
        provider, consumer = self.hosts[PROVIDER] == name, self.hosts[CONSUMER] == name
        role = "both" if provider and consumer else "provider" if provider else "requester"
        rows = []
        if provider or consumer:
            for id, raw in self.agreements.items():
                rev = envelope.open(raw).body["rev"]
                rows.append({"id": id, "rev": rev, "sha": envelope.sha(raw), "role": role})
        return {
            "v": 1,
            "node": name,
            "serial": node.serial,
            "registry_min": 1,
            "at": later(),
            "valid_until": strict.utc(datetime.now(UTC) + self.valid),
            "dialect": "spec",
            "subsystems": self.subsystems[name],
            "sources": self.sources.get(name, []),
            "services": list(self.services.values()) if provider else [],
            "agreements": rows,
        }

    def issue_node(self, name: str, **changes: object) -> None:
        """The node's next document, installed in its gateway, or as its file."""
        node = self.nodes[name]
        node.serial += 1
        for raw in (self.definition, *self.agreements.values()):
            self.put_blob(raw)
        raw = envelope.seal("node/1", strict.dumps(self.node_body(name) | changes), [node.log_key])
        if node.process is not None:
            self.control(name, "PUT", "/documents/node", raw)
        else:
            (node.home.documents / "node.json").write_bytes(raw)

    def issue_nodes(self, **changes: object) -> None:
        for name in self.nodes:
            self.issue_node(name, **changes)

    # --- processes

    def start(self, name: str, *, wait: bool = True) -> None:
        node = self.nodes[name]
        output = (self.base / f"{name}.out").open("ab")
        node.process = subprocess.Popen(
            [*node.prefix, sys.executable, "-m", "pendopo.gateway", str(node.home.root)],
            stdout=output,
            stderr=output,
            env=os.environ | node.environment,
            cwd=Path(__file__).parents[2],
        )
        if wait:
            self.wait_ready(name)

    def wait_ready(self, name: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.status(name)
            except (OSError, http.client.HTTPException):
                if self.nodes[name].process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(self.output(name)[-3000:]) from None
                time.sleep(0.02)

    def output(self, name: str) -> str:
        return (self.base / f"{name}.out").read_text(errors="replace")

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        process = self.nodes[name].process
        process.send_signal(number)
        process.wait(20)
        self.nodes[name].process = None

    @contextlib.contextmanager
    def running(self, *names: str):
        """The named gateways, or all, started together and ended at the end."""
        names = names or tuple(self.nodes)
        try:
            for name in names:
                self.start(name, wait=False)
            for name in names:
                self.wait_ready(name)
            yield self
        finally:
            for node in self.nodes.values():
                if node.process is not None:
                    node.process.terminate()
            for node in self.nodes.values():
                if node.process is not None:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        node.process.wait(10)
                    node.process.kill()
                    node.process = None

    # --- speaking with them

    def get(self, name: str, path: str, headers: dict | None = None, method: str = "GET", body=None, **more):
        """One request to the application side: (status, headers, body)."""
        app = self.nodes[name].home.app
        connection = http.client.HTTPConnection(app.host, app.port, timeout=more.get("timeout", 30))
        try:
            connection.request(method, path, body, {"X-Road-Client": CLIENT} | (headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def ask(self, query: str = "nik=eq.3174000000000007", headers: dict | None = None, **more):
        """The consumer asks the service."""
        return self.get(self.hosts[CONSUMER], f"/r1/{SERVICE}?{query}", headers, **more)

    def control(self, name: str, method: str, path: str, body: object = None) -> object:
        """A call on the control socket; AssertionError with the fault's code when it is refused."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection = _Unix(self.nodes[name].home.control)
        try:
            connection.request(method, path, data)
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise Refused(json.loads(raw)["code"], raw.decode())
        return json.loads(raw)

    def status(self, name: str) -> dict:
        return self.control(name, "GET", "/status")

    def log(self, name: str, after: int = -1) -> list[dict]:
        """Every entry of a node's log."""
        found: list[dict] = []
        while page := self.control(name, "GET", f"/log?epoch=1&after={after}&limit=1000"):
            found += page
            after = page[-1]["seq"]
        return found

    def evidence(self, name: str, exchange: str) -> bytes:
        return strict.dumps(self.control(name, "POST", "/evidence", {"exchange_id": exchange}))


class Refused(AssertionError):
    """A control call was refused: `code`."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class _Unix(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=40)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def fill(server, rows: int = 1000) -> dict:
    """A new database with the table `penduduk`; its dsn."""
    dsn = server.database()
    server.execute(TABLE.format(rows=rows), database=dsn["database"])
    return dsn


def until(check, seconds: float = 30):
    """Wait for `check()` to be true and give what it gave."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)
    return found


__all__ = ["CLIENT", "CONSUMER", "PROVIDER", "SERVICE", "Refused", "World", "fill", "until"]
