"""Two agencies on one node with real letter keys and signed PDFs, and a wire that tests can shuffle.

The gateway is stood in for by the keys it would hold; what it is asked to deliver lies in `spool` until a
test hands it to the inbox, in whatever order, as often as it likes.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from uuid import UUID

from pendopo.core import envelope, keys, strict
from pendopo.core.ids import new_id
from pendopo.core.keys import SigningKey
from pendopo.core.letter import Inside, Signed
from tests.rooms.simaya.office import OFFICE, OTHER, Desk, found
from tests.rules.simaya import signatures

THIRD = "ID/GOV/PUPR-ENDE"  # a member without a desk here
NAMES = {OFFICE: signatures.AGENCY, OTHER: "Bappeda Kabupaten Ende", THIRD: "Dinas PUPR Kabupaten Ende"}
NUMBER = "000.1.2.3/7/KOM/2026"
DAY = datetime.now(UTC).date()


@cache
def _signed_at(pdf: bytes) -> datetime | None:
    """When the PDF was signed; None for one whose signature does not hold. Most letters here are one file."""
    from pendopo.simaya.signing.check import Seen, check

    seen = check(pdf, signatures.der(signatures.instance().root))
    return seen.at if isinstance(seen, Seen) else None


@dataclass
class Gateway:
    """Holds keys, signs, and keeps what it is asked to deliver; `down` refuses everything."""

    keys: dict = field(default_factory=dict)
    spool: list = field(default_factory=list)
    down: bool = False
    fault: str = ""  # the answer to every delivery

    def sign(self, thumb: str, type: str, payload: bytes) -> dict:
        from django.db import connection

        from pendopo.core.errors import Fault

        # The test itself is one transaction; one inside it would be one of the program.
        assert not connection.savepoint_ids, "a gateway call inside a transaction"
        if self.down:
            raise Fault("gateway.down")
        made = envelope.sign(type, payload, self.keys[thumb])
        return {"key": made.key, "alg": SigningKey.alg, "sig": strict.b64e(made.sig)}

    def deliver(self, sender: str, receiver: str, msg_id: str, type: str, doc: bytes) -> dict:
        from pendopo.core.errors import Fault

        if self.fault:
            raise Fault(self.fault)
        exchange = new_id()
        self.spool.append(
            {
                "id": new_id(),
                "from": sender,
                "to": receiver,
                "msg_id": msg_id,
                "type": type,
                "doc": doc.decode(),
                "exchange_id": exchange,
            }
        )
        return {"status": 200, "exchange_id": exchange}

    def evidence(self, exchange: str) -> bytes:
        from pendopo.core.errors import Fault

        if self.down:
            raise Fault("gateway.down")
        return strict.dumps({"exchange": exchange})


@dataclass
class Road:
    """Both desks, the gateway between them, and the registry they are in."""

    home: object
    gateway: Gateway
    sender: Desk
    receiver: Desk
    own: dict = field(default_factory=dict)  # (agency, use) -> SigningKey
    revoked: list = field(default_factory=list)

    # -- the registry

    def publish(self) -> None:
        """Writes anchor and registry document as a gateway would have installed them."""
        from django.utils import timezone

        since = timezone.now() - timedelta(days=30)
        until = since + timedelta(days=365)
        root, issuing = (self.key("registry:ID", use) for use in ("root", "issuing"))
        node = self.key("node:uji", "log")
        holders = [*((f"agency:{a}", use) for a in NAMES for use in ("letter", "exchange"))]
        statements = [
            envelope.seal(
                keys.STATEMENT, keys.statement(issuing.owner, issuing.use, issuing.pub, since, until), [root]
            )
        ]
        for key in (node, *(self.key(*holder) for holder in holders)):
            payload = keys.statement(key.owner, key.use, key.pub, since, until)
            statements.append(envelope.seal(keys.STATEMENT, payload, [issuing]))
        anchor = {
            "v": 1,
            "instance": "ID",
            "root": {"thumb": root.thumb, "pub": strict.b64e(root.pub)},
            "root_x509": _pem(signatures.instance().root),
            "log": {"node": "uji", "thumb": node.thumb, "pub": strict.b64e(node.pub)},
        }
        body = {
            "v": 1,
            "instance": "ID",
            "serial": 1,
            "prev_sha": None,
            "at": strict.utc(since),
            "valid_until": strict.utc(until),
            "members": [{"id": a, "name": name, "node": "uji", "keys": []} for a, name in NAMES.items()],
            "nodes": [
                {"id": "uji", "name": "uji", "addrs": [], "tls": [], "log_key": node.thumb, "registry": True}
            ],
            "keys": [raw.decode() for raw in statements],
            "revoked": self.revoked,
            "catalogue": [],
        }
        for path, raw in (
            (self.home.anchor, strict.dumps(anchor)),
            (
                self.home.documents / "registry.json",
                envelope.seal("registry/1", strict.dumps(body), [issuing]),
            ),
        ):
            path.unlink(missing_ok=True)
            path.write_bytes(raw)

    def key(self, owner: str, use: str) -> SigningKey:
        """An owner's key, made at the first asking."""
        return self.own.setdefault((owner, use), SigningKey.generate(owner, use))

    def letter_key(self, agency: str) -> SigningKey:
        return self.key(f"agency:{agency}", "letter")

    def revoke(self, key: SigningKey) -> None:
        from django.utils import timezone

        self.revoked.append({"kind": "key", "id": key.thumb, "at": strict.utc(timezone.now()), "why": "uji"})
        self.publish()

    # -- sending

    def sign(self, pdf=None, to=((OTHER, "to"),), acting: str = "", reply_to=None, **changes):
        """A letter of the first desk as signing leaves it, queued; `acting` signs instead of the head.

        `pdf`: its bytes, or what makes them of (letter, content).
        """
        from django.db import transaction

        from pendopo.ground.accounts.actor import Actor
        from pendopo.ground.files import store
        from pendopo.simaya.letters.drafting import Addressee
        from pendopo.simaya.routing import actions

        changes.setdefault("addressees", tuple(Addressee(line=a, agency=a, role=r) for a, r in to))
        letter, content = self.sender.start(**changes), self.sender.content(**changes)
        pdf = pdf(letter, content) if callable(pdf) else pdf or signatures.letter()
        ref = store.put(
            pdf, "application/pdf", room="simaya", object=str(letter.pk), agency=letter.agency, name="x.pdf"
        )
        letter.reply_to = reply_to
        sealed = self.seal(letter, content, pdf, acting)
        with transaction.atomic():
            letter.state, letter.number, letter.file, letter.pages = "signed", NUMBER, ref, 1
            letter.signed_at, letter.signer_name = self.signed_at(pdf), signatures.NAME
            letter.save()
            actions.queue(letter, sealed, actor=Actor.system(letter.agency))
        return letter

    def seal(self, letter, content, pdf: bytes, acting: str = ""):
        """What leaves."""
        from pendopo.ground.directory.models import Assignment
        from pendopo.simaya.posts import posts
        from pendopo.simaya.routing import seal as sealing

        every = posts(self.sender.agency)
        assignment = Assignment.objects.get(pk=self.sender.holders[acting or "Kepala Dinas"].pk)
        return sealing.seal(
            letter,
            content,
            number=NUMBER,
            day=DAY,
            signed=sealing.Signed(
                signatures.NAME,
                signatures.NUMBER,
                assignment,
                tuple(every[UUID(key)] for key in content.on_behalf),
                signatures.instance().person.certificate,
                self.signed_at(pdf),
            ),
            sha=sha256(pdf).hexdigest(),
            size=len(pdf),
            pages=1,
            template="0" * 64,
        )

    def signed_at(self, pdf: bytes):
        """When the PDF was signed; one that is not counts as signed when the shared one was."""
        return _signed_at(pdf) or _signed_at(signatures.letter())

    def real(self, letter, content, **changes) -> bytes:
        """The letter's own PDF, with letter.json, signed; `changes` are fields of letter.json."""
        from pendopo.simaya.paper import render
        from tests.rules.simaya import sheets

        person = (signatures.NAME, signatures.NUMBER)
        said = Inside(
            id=str(letter.uid),
            sender=letter.agency.code,
            number=NUMBER,
            date=DAY,
            kind=content.kind,
            subject=content.subject,
            security=content.security,
            signers=(Signed(*person, "Kepala Dinas", "definitive", None),),
            recipients=tuple(one.line for one in content.addressees),
            template="0" * 64,
        )
        pages = render.pdf(sheets.sheet(data=replace(said, **changes).raw.decode()), sheets.AT)
        return signatures.instance().sign(pages.pdf)

    # -- the wire

    def flush(self) -> list[dict]:
        """Our outbox into the spool, oldest first, as the worker would; returns what lies there now."""
        from pendopo.ground.delivery import outbox
        from pendopo.ground.delivery.models import Outbox

        for row in Outbox.objects.filter(state="queued").select_related("agency").order_by("id"):
            outbox._round(self.gateway, [row])
        return self.gateway.spool

    def take(self, deliveries=None) -> None:
        """The spool (or some deliveries) into the inbox; each delivery twice, as after a worker's death."""
        from pendopo.ground.delivery import inbox

        mine = self.gateway.spool if deliveries is None else deliveries
        for delivery in list(mine):
            inbox.receive(delivery)
            inbox.receive(delivery)
            if delivery in self.gateway.spool:
                self.gateway.spool.remove(delivery)

    def carry(self) -> None:
        """All that waits, to its end: outbox, inbox, the job, and back."""
        from pendopo.simaya.routing import job

        while self.flush():
            self.take()
            job.run()
            job.check_files()

    def hand(self, type: str, doc: bytes, sender: str = OFFICE, to: str = OTHER) -> str:
        """A document as its own delivery; the code of its fault, '' when it was taken."""
        from pendopo.ground.delivery import inbox
        from pendopo.ground.delivery.models import Inbox

        delivery = {
            "id": new_id(),
            "from": sender,
            "to": to,
            "msg_id": new_id(),
            "type": type,
            "doc": doc.decode(),
            "exchange_id": new_id(),
        }
        inbox.receive(delivery)
        return Inbox.objects.get(msg_id=delivery["msg_id"]).fault

    def written_by(
        self, agency: str, to: str, data: bytes = b"surat", **changes
    ) -> tuple[bytes, list[bytes]]:
        """letter/1 of `agency` and its pieces, without rows: as a stranger's program would make them."""
        sample = self._sample()
        own = {"from": agency, "to": to, "id": new_id(), "file": _file(data)}
        signer = sample["signers"][0]
        mandate = self.forge(signer["mandate"], self.letter_key(agency), agency=agency)
        doc = envelope.seal(
            "letter/1",
            strict.dumps(sample | own | {"signers": [signer | {"mandate": mandate.decode()}]} | changes),
            [self.letter_key(agency)],
        )
        return doc, pieces(own["id"], to, data, self.letter_key(agency))

    def _sample(self) -> dict:
        content = self.sender.content()
        letter = self.sender.start()
        pdf = signatures.letter()
        from pendopo.ground.files import store

        ref = store.put(pdf, "application/pdf", room="simaya", object="sample", agency=letter.agency)
        try:
            return envelope.open(self.seal(letter, content, pdf)[0].doc).body
        finally:
            store.drop(ref)

    def forge(self, doc: str | bytes, by: SigningKey | None = None, /, **changes) -> bytes:
        """The document with changes, signed by the agency's letter key or another."""
        opened = envelope.open(doc)
        body = opened.body | changes
        return envelope.seal(
            opened.type, strict.dumps(body), [by or self.letter_key(opened.body.get("from", OFFICE))]
        )


def _file(data: bytes) -> dict:
    return {"sha": sha256(data).hexdigest(), "size": len(data), "pages": 1}


def pieces(letter: str, to: str, data: bytes, key: SigningKey) -> list[bytes]:
    """letter-part/1 of a file."""
    from pendopo.simaya.routing.seal import _parts

    bodies = _parts(letter, to, sha256(data).hexdigest(), data)
    return [envelope.seal("letter-part/1", strict.dumps({"v": 1} | body), [key]) for body in bodies]


def _pem(certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode()


@contextmanager
def build(home, monkeypatch):
    """A road on `home`, whose settings Django has already."""
    from pendopo.ground.nodes import reads
    from pendopo.ground.nodes.models import Key

    gateway = Gateway()
    monkeypatch.setattr(reads, "gateway", lambda: gateway)
    road = Road(home, gateway, found(OFFICE), found(OTHER))
    road.publish()
    for agency in (OFFICE, OTHER):
        key = road.letter_key(agency)
        gateway.keys[key.thumb] = key
        Key.objects.create(thumb=key.thumb, owner=key.owner, use=key.use)
    yield road
