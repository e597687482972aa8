"""A small nation made of core alone, with fixed seeds: every byte is the same in every run.

Three nodes: `kominfo` keeps the registry, `dukcapil` provides, `djp` asks. `World()` has the keys, their
statements, a service, a request and an agreement; `exchange()` makes signed heads; `Log` keeps a node's
entries; `evidence()` puts a file together. A test changes one thing and asks what is said.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from pendopo.core import agreement as agreements
from pendopo.core import envelope, evidence, exchange, ids, keys, log, merkle, signing, strict
from pendopo.core.exchange import AnswerHead, RequestHead
from pendopo.core.keys import SigningKey

INSTANCE = "ID"
KOMINFO, DUKCAPIL, DJP = "ID/GOV/KOMINFO", "ID/GOV/DUKCAPIL", "ID/GOV/DJP"
HOSTS = {KOMINFO: "kominfo", DUKCAPIL: "dukcapil", DJP: "djp"}
NAMES = {
    KOMINFO: "Kementerian Komunikasi dan Informatika",
    DUKCAPIL: "Direktorat Jenderal Kependudukan dan Pencatatan Sipil",
    DJP: "Direktorat Jenderal Pajak",
}
CLIENT = f"{DJP}/coretax"
SERVICE = f"{DUKCAPIL}/kependudukan/penduduk"
BORN = datetime(2026, 1, 5, 2, tzinfo=UTC)  # when keys and documents were made
NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)  # 12.00 WIB, a Monday: the exchange
YEAR = timedelta(days=365)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def seed(*what: object) -> bytes:
    """32 bytes that are always the same for the same words."""
    return sha256("/".join(map(str, what)).encode()).digest()


def key(owner: str, use: str, n: int = 1) -> SigningKey:
    """The `n`-th key of an owner for a use."""
    return SigningKey.from_seed(owner, use, seed(owner, use, n))


def agency_key(agency: str, use: str, n: int = 1) -> SigningKey:
    return key(f"agency:{agency}", use, n)


def log_key(node: str, n: int = 1) -> SigningKey:
    return key(f"node:{node}", "log", n)


def uuid(when: datetime, *what: object) -> str:
    return ids.uuid7(round(when.timestamp() * 1000), seed("uuid", *what)[:10])


ROOT = key(f"registry:{INSTANCE}", "root")
ISSUING = key(f"registry:{INSTANCE}", "issuing")


class Exchange(NamedTuple):
    """A signed request and its signed answer, with what the commitments hide."""

    req: RequestHead
    req_sig: bytes
    ans: AnswerHead | None
    ans_sig: bytes | None
    opening: evidence.Opening


class Log:
    """A node's log: entries in order, checkpoints, proofs."""

    def __init__(self, node: str, epoch: int = 1) -> None:
        self.node, self.epoch = node, epoch
        self.entries: list[bytes] = []

    def add(self, when: datetime, kind: str, side: str, x: Exchange, **more: object) -> int:
        """Append the entry of an exchange; its sequence number."""
        seq = len(self.entries)
        ans, ans_sig = (None, None) if kind == "request" else (x.ans, x.ans_sig)
        at = strict.utc(when)
        self.entries.append(
            log.record(self.node, self.epoch, seq, at, kind, side, x.req, x.req_sig, ans, ans_sig, **more)
        )
        return seq

    @property
    def leaves(self) -> list[bytes]:
        return [merkle.leaf(entry) for entry in self.entries]

    def checkpoint(self, when: datetime, signer: SigningKey | None = None) -> bytes:
        """A checkpoint over all entries, signed by the node's log key."""
        payload = log.checkpoint(
            self.node, self.epoch, len(self.entries), merkle.root(self.leaves), when, self.before()
        )
        return envelope.seal(log.CHECKPOINT, payload, [signer or log_key(self.node)])

    def before(self) -> dict | None:
        if self.epoch == 1:
            return None
        root = merkle.EMPTY.hex()
        return {"epoch": self.epoch - 1, "size": 0, "root": root, "reason": "restore"}

    def half(self, seq: int, checkpoint: bytes, attestations: list[bytes]) -> evidence.Half:
        proof = merkle.inclusion(self.leaves, seq)
        return evidence.Half(self.entries[seq], proof, checkpoint, attestations)


def attest(
    checkpoint: bytes, by: str, when: datetime, serial: int = 1, signer: SigningKey | None = None
) -> bytes:
    """Node `by` attests a checkpoint."""
    payload = log.attestation(envelope.sha(checkpoint), by, when, serial)
    return envelope.seal(log.ATTESTATION, payload, [signer or log_key(by)])


@dataclass
class World:
    """The nation's documents, each made anew from the fields, which a test may change."""

    serial: int = 1
    at: datetime = BORN
    statements: list[bytes] = field(default_factory=list)
    revoked: list[dict] = field(default_factory=list)
    issuing: SigningKey = ISSUING

    def __post_init__(self) -> None:
        self.certify(ISSUING, [ROOT], exp=BORN + 5 * YEAR)
        for node in HOSTS.values():
            self.certify(log_key(node))
        for agency in HOSTS:
            for use in ("exchange", "agreement"):
                self.certify(agency_key(agency, use))

    def certify(
        self,
        of: SigningKey,
        signers: list[SigningKey] | None = None,
        nbf: datetime = BORN,
        exp: datetime | None = None,
        replaces: SigningKey | None = None,
    ) -> None:
        """Add a key statement, by the issuing key unless `signers` says otherwise."""
        payload = keys.statement(
            of.owner, of.use, of.pub, nbf, exp or nbf + YEAR, replaces and replaces.thumb
        )
        self.statements.append(
            envelope.seal(
                keys.STATEMENT, payload, signers or [self.issuing, *([replaces] if replaces else [])]
            )
        )

    def rotate(self, owner: str, use: str, when: datetime) -> None:
        """The owner's second key replaces the first from `when` on, signed by the first too."""
        self.certify(key(owner, use, 2), nbf=when, replaces=key(owner, use, 1))

    def revoke(self, kind: str, id: str, when: datetime) -> None:
        self.revoked.append({"kind": kind, "id": id, "at": strict.utc(when), "why": "uji"})

    # --- documents

    def anchor(self, root: SigningKey = ROOT) -> bytes:
        registry_log = log_key("kominfo")
        return strict.dumps(
            {
                "v": 1,
                "instance": INSTANCE,
                "root": {"thumb": root.thumb, "pub": strict.b64e(root.pub)},
                "root_x509": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
                "log": {"node": "kominfo", "thumb": registry_log.thumb, "pub": strict.b64e(registry_log.pub)},
            }
        )

    def registry_body(self) -> dict:
        thumbs = {a: [agency_key(a, use).thumb for use in ("exchange", "agreement")] for a in HOSTS}
        return {
            "v": 1,
            "instance": INSTANCE,
            "serial": self.serial,
            "prev_sha": None if self.serial == 1 else seed("registry", self.serial - 1).hex(),
            "at": strict.utc(self.at),
            "valid_until": strict.utc(self.at + timedelta(hours=24)),
            "members": [
                {"id": a, "name": NAMES[a], "node": node, "keys": sorted(thumbs[a])}
                for a, node in HOSTS.items()
            ],
            "nodes": [
                {
                    "id": node,
                    "name": NAMES[a],
                    "addrs": [f"{node}.example:5500"],
                    "tls": [seed("tls", node).hex()],
                    "log_key": log_key(node).thumb,
                    "registry": node == "kominfo",
                }
                for a, node in HOSTS.items()
            ],
            "keys": [raw.decode() for raw in self.statements],
            "revoked": self.revoked,
            "catalogue": [
                {
                    "service": SERVICE,
                    "title": {"id": "Data penduduk", "en": "Population data"},
                    "version": 1,
                    "desc_sha": envelope.sha(self.definition()),
                    "state": "published",
                }
            ],
        }

    def registry(self, **changes: object) -> bytes:
        body = strict.dumps(self.registry_body() | changes)
        return envelope.seal("registry/1", body, [self.issuing])

    def node_document(self, node: str = "dukcapil") -> bytes:
        agreed = {"id": self.agreement_body()["id"], "rev": 3, "sha": envelope.sha(self.agreement())}
        service = {
            "id": SERVICE,
            "def_sha": envelope.sha(self.definition()),
            "source": "siak",
            "schema": "public",
        }
        body = {
            "v": 1,
            "node": node,
            "serial": 1,
            "registry_min": self.serial,
            "at": strict.utc(self.at),
            "valid_until": strict.utc(self.at + timedelta(hours=24)),
            "dialect": "spec",
            "subsystems": [{"id": f"{DUKCAPIL}/kependudukan", "auth": "none", "token_sha": None}],
            "sources": [
                {
                    "id": "siak",
                    "kind": "postgresql",
                    "sealed": "AAAA",
                    "pool": 4,
                    "schema_sha": seed("schema").hex(),
                }
            ],
            "services": [service | {"table": "penduduk", "state": "published", "notice": ""}],
            "agreements": [agreed | {"role": "provider"}],
        }
        return envelope.seal("node/1", strict.dumps(body), [log_key(node)])

    def definition_body(self) -> dict:
        def column(name: str, type: str, title: str, personal: bool, mask: dict | None) -> dict:
            kept = {"personal": personal, "mask": mask, "nullable": False}
            return {"name": name, "type": type, "title": title} | kept

        return {
            "v": 1,
            "service": SERVICE,
            "version": 1,
            "title": {"id": "Data penduduk", "en": "Population data"},
            "description": "Satu baris setiap penduduk.",
            "columns": [
                column("nik", "text", "NIK", True, None),
                column("nama", "text", "Nama", True, None),
                column("tgl_lahir", "date", "Tanggal lahir", True, {"kind": "year"}),
                column("alamat", "text", "Alamat", True, None),
            ],
            "filters": {"nik": ["eq", "in"]},
            "order": ["nik"],
            "key": ["nik"],
            "row_filter": [],
            "limit": {"default": 100, "max": 1000},
            "bulk": True,
            "formats": ["json", "ndjson", "csv"],
            "subject_column": "nik",
        }

    def definition(self, *signers: SigningKey, **changes: object) -> bytes:
        body = strict.dumps(self.definition_body() | changes)
        return envelope.seal(agreements.SERVICE, body, signers or [agency_key(DUKCAPIL, "agreement")])

    def terms(self) -> dict:
        return {
            "requester": CLIENT,
            "requester_keys": [agency_key(DJP, "exchange").thumb],
            "service": SERVICE,
            "def_sha": envelope.sha(self.definition()),
            "columns": ["nik", "nama", "tgl_lahir"],
            "row_filter": [],
            "rate": {"per_second": 20},
            "quota": {"per_day": 10000},
            "from": strict.utc(BORN),
            "until": strict.utc(BORN + YEAR),
            "purposes": ["verifikasi-wp", "pembetulan"],
            "basis": {"kind": "PKS", "no": "119/2026", "date": "2026-01-05"},
        }

    def request_body(self) -> dict:
        asked = {
            "note": "Mencocokkan data wajib pajak.",
            "asked_by": {"name": "Ani", "position": "Kepala Seksi"},
        }
        return {"v": 1, "id": uuid(BORN, "request")} | self.terms() | asked

    def request(self, *signers: SigningKey, **changes: object) -> bytes:
        body = strict.dumps(self.request_body() | changes)
        return envelope.seal(agreements.REQUEST, body, signers or [agency_key(DJP, "agreement")])

    def agreement_body(self) -> dict:
        return self.terms() | {
            "v": 1,
            "id": uuid(BORN, "agreement"),
            "rev": 3,
            "state": "active",
            "request_sha": envelope.sha(self.request()),
            "provider": DUKCAPIL,
            "provider_keys": [agency_key(DUKCAPIL, "exchange").thumb],
            "masks": {"nama": {"kind": "initials"}},
            "hours": None,
            "offline_max": 86400,
            "reason": "",
        }

    def agreement(self, *signers: SigningKey, **changes: object) -> bytes:
        both = agency_key(DJP, "agreement"), agency_key(DUKCAPIL, "agreement")
        body = strict.dumps(self.agreement_body() | changes)
        return envelope.seal(agreements.AGREEMENT, body, signers or both)

    # --- an exchange

    def exchange(
        self,
        n: int = 1,
        when: datetime = NOON,
        *,
        asker: SigningKey | None = None,
        giver: SigningKey | None = None,
        body: bytes = b'[{"nama":"A. S.","nik":"3171234567890001","tgl_lahir":"1990"}]',
        query: bytes = b"nik=eq.3171234567890001",
        answer: dict | None = None,
        **changes: object,
    ) -> Exchange:
        """The `n`-th exchange: `changes` are of the request's head, `answer` of the answer's."""
        asker, giver = asker or agency_key(DJP, "exchange"), giver or agency_key(DUKCAPIL, "exchange")
        salts = [seed("salt", n, part)[: exchange.SALT] for part in ("target", "request", "answer")]
        path = b"/r1/" + SERVICE.encode() + b"?" + query
        target = exchange.target(b"GET", path, [(b"accept", b"application/json")])
        req = RequestHead(
            uuid(when, "exchange", n),
            CLIENT,
            SERVICE,
            self.agreement_body()["id"],
            3,
            "verifikasi-wp",
            exchange.commit(salts[0], target),
            exchange.commit(salts[1], b""),
            round(when.timestamp()),
            asker.thumb,
            strict.b64e(seed("nonce", n)[:16]),
        )._replace(**changes)
        req_sig = asker.sign(signing.request_base(req))
        ans = AnswerHead(
            200, req.exchange, 1, len(body), exchange.commit(salts[2], body), req.created + 1, giver.thumb
        )._replace(**(answer or {}))
        ans_sig = giver.sign(signing.answer_base(ans, req_sig))
        opening = evidence.Opening(
            evidence.Part(salts[0], target), evidence.Part(salts[1], b""), evidence.Part(salts[2], body)
        )
        return Exchange(req, req_sig, ans, ans_sig, opening)


@dataclass
class Case:
    """Everything one evidence file is made of. `replace(case, …)` and `file()` give the forger's version."""

    world: World
    x: Exchange
    half: evidence.Half
    other: evidence.Half | None
    registry: bytes
    agreement: bytes | None
    definition: bytes | None
    request: bytes | None
    opening: evidence.Opening | None
    anchor: bytes
    logs: tuple[Log, Log]

    def file(self, **changes: object) -> bytes:
        case = replace(self, **changes)
        return evidence.build(
            case.half,
            case.registry,
            agreement=case.agreement,
            definition=case.definition,
            request=case.request,
            other=case.other,
            opening=case.opening,
        )

    def verify(self, **changes: object):
        return evidence.verify(self.file(**changes), self.anchor)


def fill(
    ledger: Log, world: World, side: str, before: int, x: Exchange, after: int, kind: str, **more
) -> int:
    """A log with `before` other exchanges, the one in question, and `after` more; its sequence number."""
    for n in range(before):
        ledger.add(
            NOON - (before - n) * MINUTE,
            "exchange",
            side,
            world.exchange(100 + n, NOON - (before - n) * MINUTE),
        )
    seq = ledger.add(NOON + 2 * SECOND, kind, side, x, **more)
    for n in range(after):
        ledger.add(
            NOON + (n + 1) * MINUTE, "exchange", side, world.exchange(200 + n, NOON + (n + 1) * MINUTE)
        )
    return seq


def attested(ledger: Log, seq: int, when: datetime, *by: str) -> evidence.Half:
    """The half of one entry under a checkpoint that the nodes `by` attest a second later."""
    ckpt = ledger.checkpoint(when)
    return ledger.half(seq, ckpt, [attest(ckpt, node, when + SECOND) for node in by])


def case(
    world: World | None = None, x: Exchange | None = None, *, kind: str = "exchange", **more: object
) -> Case:
    """Sound evidence of one exchange, both logs, opened."""
    world = world or World()
    x = x or world.exchange()
    djp, dukcapil = Log("djp"), Log("dukcapil")
    mine = fill(djp, world, "consumer", 4, x, 3, kind, **more)
    theirs = fill(dukcapil, world, "provider", 2, x, 6, kind, **more)
    when = NOON + 10 * MINUTE
    return Case(
        world,
        x,
        attested(djp, mine, when, "dukcapil", "kominfo"),
        attested(dukcapil, theirs, when, "djp", "kominfo"),
        world.registry(),
        world.agreement(),
        world.definition(),
        world.request(),
        x.opening,
        world.anchor(),
        (djp, dukcapil),
    )


def a_year_later(**more: object) -> Case:
    """`case`, audited after both agencies and all nodes changed their keys: the registry's newer document."""
    made = case(**more)
    world = made.world
    for agency in (DJP, DUKCAPIL):
        for use in ("exchange", "agreement"):
            world.rotate(f"agency:{agency}", use, BORN + timedelta(days=300))
    for node in HOSTS.values():
        world.rotate(f"node:{node}", "log", BORN + timedelta(days=300))
    world.serial, world.at = 400, NOON + YEAR
    return replace(made, registry=world.registry())
