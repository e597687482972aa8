"""What the gateway knows: registry document, own document and the documents they name, as lookups.

A view never changes; a new document makes a new one, which the next exchange sees. Everything an exchange
asks is a dictionary lookup, however many agreements there are. What depends on the clock is asked anew
ten times a second.
"""

from datetime import UTC, datetime, timedelta

from pendopo.adapters import Terms
from pendopo.core import agreement as agreements
from pendopo.core.agreement import Agreement
from pendopo.core.errors import Fault
from pendopo.core.keys import SigningKey, Statement
from pendopo.core.snapshot import Node, Registry
from pendopo.gateway.blobs import Blobs
from pendopo.gateway.keys import Keys

BUILT_IN = "pendopo"  # the subsystem every agency has


class Offer:
    """A service of ours: its definition (service/1 payload) and where its rows are."""

    __slots__ = ("def_sha", "definition", "notice", "service", "source", "state", "table")

    def __init__(self, row: dict, definition: dict) -> None:
        self.service, self.def_sha, self.definition = row["id"], row["def_sha"], definition
        self.source, self.table = row["source"], (row["schema"], row["table"])
        self.state, self.notice = row["state"], row["notice"]


class View:
    """`registry` and `node` may be None before the first documents: then nothing is exchanged."""

    def __init__(
        self, registry: Registry | None, node: Node | None, blobs: Blobs, keys: Keys, secret: bytes
    ) -> None:
        self.registry, self.node, self.blobs, self.keys, self.secret = registry, node, blobs, keys, secret
        self.by_spki: dict[str, str] = {}
        self.dead_nodes: set[str] = set()
        self.hosted: set[str] = set()
        if registry is not None:
            self.dead_nodes = {one["id"] for one in registry.revoked if one["kind"] == "node"}
            self.by_spki = {sha: n["id"] for n in registry.nodes.values() for sha in n["tls"]}
            if node is not None:
                self.hosted = {a for a, m in registry.members.items() if m["node"] == node.node}
        self.given: dict[tuple[str, str], dict] = {}  # agreements we answer under, by (client, service)
        self.held: dict[tuple[str, str], dict] = {}  # agreements we ask under
        for row in node.agreements.values() if node is not None else ():
            agreement = blobs.agreement(row["sha"])
            pair = (agreement.requester, agreement.service)
            if row["role"] in ("provider", "both"):
                self.given[pair] = row
            if row["role"] in ("requester", "both"):
                self.held[pair] = row
        self._checked: dict[str, Agreement | Fault] = {}
        self._offers: dict[str, Offer] = {}
        self._terms: dict[str, Terms] = {}
        self._pinned: dict[tuple[str, tuple[str, ...]], bool] = {}
        self.clock = 0.0
        self._tenth = 0
        self._keys: dict[tuple[str, str], bytes | Fault] = {}
        self._usable: dict[tuple[str, str | None], Fault | None] = {}
        self._signers: dict[str, SigningKey | Fault] = {}
        until = self.valid_until
        self._end = until.timestamp() if until is not None else 0.0

    # --- documents and nodes

    @property
    def valid_until(self) -> datetime | None:
        """The earlier end of the two documents; None before both are there."""
        if self.registry is None or self.node is None:
            return None
        return min(self.registry.valid_until, self.node.valid_until)

    def node_of_key(self, spki: str) -> str:
        """The node whose transport key has this SHA-256; `Fault link.unknown_key` or `link.revoked`."""
        node = self.by_spki.get(spki)
        if node is None:
            raise Fault("link.unknown_key", key=spki[:16])
        if node in self.dead_nodes:
            raise Fault("link.revoked", node=node)
        return node

    def registry_node(self) -> str | None:
        """The node that has the registry's role."""
        nodes = self.registry.nodes.values() if self.registry else ()
        return next((node["id"] for node in nodes if node["registry"]), None)

    def node_of(self, agency: str) -> str:
        """The node that hosts an agency; `Fault registry.not_member` or `link.revoked`."""
        node = self.registry.node_of(agency)
        if node in self.dead_nodes:
            raise Fault("link.revoked", node=node)
        return node

    # --- what the clock decides, asked ten times a second

    def tick(self, now: float) -> None:
        """Take the time (Unix seconds), and forget what an earlier one decided. First in every exchange."""
        self.clock = now
        tenth = int(now * 10)
        if tenth != self._tenth:
            self._tenth = tenth
            self.now = datetime.fromtimestamp(now, UTC)
            self._keys.clear()
            self._usable.clear()
            self._signers.clear()

    def check_valid(self) -> None:
        """Raises `Fault gateway.no_documents` or `gateway.documents_expired`."""
        if self.clock >= self._end:
            until = self.valid_until
            if until is None:
                raise Fault("gateway.no_documents")
            raise Fault("gateway.documents_expired", until=f"{until:%Y-%m-%dT%H:%M:%SZ}")

    def exchange_key(self, thumb: str, agency: str) -> bytes:
        """The public key, if it is the agency's exchange key now; `Fault key.*`."""
        found = self._keys.get((thumb, agency))
        if found is None:
            try:
                found = self.registry.keys.at(thumb, self.now, f"agency:{agency}", "exchange")
            except Fault as fault:
                found = fault
            self._keys[thumb, agency] = found
        if isinstance(found, Fault):
            raise found
        return found

    def signer(self, agency: str, use: str = "exchange") -> SigningKey:
        """Our newest key of an agency for `use` that counts now; `Fault app.no_key`."""
        owner = f"node:{agency}" if use == "log" else f"agency:{agency}"
        found = self._signers.get(owner)
        if found is None:
            found = self._signers[owner] = self._newest(owner, use)
        if isinstance(found, Fault):
            raise found
        return found

    def _newest(self, owner: str, use: str) -> SigningKey | Fault:
        good = []
        for key in self.keys.held(owner, use):
            try:
                self.registry.keys.at(key.thumb, self.now, owner, use)
            except Fault:
                continue
            good.append(key)
        if len(good) > 1:
            said = [Statement.parse(raw) for raw in self.registry.envelope.body["keys"]]
            since = {one.thumb: one.nbf for one in sorted(said, key=lambda one: one.nbf)}
            good.sort(key=lambda key: since[key.thumb])
        return good[-1] if good else Fault("app.no_key", owner=owner)

    def usable(self, agreement: Agreement, purpose: str | None) -> Fault | None:
        """`core.agreement.usable`, and whether the documents are fresh enough for this agreement."""
        key = (agreement.id, purpose)
        if key not in self._usable:
            fault = agreements.usable(agreement, purpose, self.now)
            issued = min(self.registry.at, self.node.at)
            if fault is None and self.now > issued + timedelta(seconds=agreement.offline_max):
                fault = Fault("agreement.offline", agreement=agreement.id, seconds=agreement.offline_max)
            self._usable[key] = fault
        return self._usable[key]

    # --- agreements and services

    def granted(self, client: str, service: str) -> Agreement:
        """The agreement under which we answer; `Fault agreement.none` or what is wrong with it."""
        return self._agreement(self.given, client, service)

    def held_for(self, client: str, service: str) -> Agreement:
        """The agreement under which we ask."""
        return self._agreement(self.held, client, service)

    def _agreement(self, table: dict, client: str, service: str) -> Agreement:
        row = table.get((client, service))
        if row is None:
            raise Fault("agreement.none", client=client, service=service)
        found = self._checked.get(row["sha"])
        if found is None:
            try:
                found = self._signed(row)
            except Fault as fault:
                found = fault
            self._checked[row["sha"]] = found
        if isinstance(found, Fault):
            raise found
        return found

    def _signed(self, row: dict) -> Agreement:
        """The agreement, if it is signed as its state demands: active by both agencies, else by either.

        Agreement keys count also after they expired (the agreement was made before), revoked ones do not.
        """
        agreement = self.blobs.agreement(row["sha"])
        opened = self.blobs.envelope(row["sha"])
        if (agreement.id, agreement.rev) != (row["id"], row["rev"]):
            raise Fault("agreement.other", agreement=row["id"], rev=row["rev"])
        ring, problems = self.registry.keys, []
        for agency in (agreement.provider, agreement.requester_agency):
            try:
                ring.signed(opened, self.now, f"agency:{agency}", "agreement", lasting=True)
            except Fault as fault:
                problems.append(fault)
        if len(problems) > (0 if agreement.state == "active" else 1):
            raise problems[0]
        return agreement

    def pinned(self, thumb: str, keys: tuple[str, ...]) -> bool:
        """Whether an exchange key is one of those an agreement pins, or a proper successor of one."""
        key = (thumb, keys)
        if key not in self._pinned:
            self._pinned[key] = self.registry.keys.descends(thumb, keys)
        return self._pinned[key]

    def offer(self, service: str) -> Offer:
        """A service of ours; `Fault service.unknown` or `service.disabled`."""
        offer = self._offers.get(service)
        if offer is None:
            row = self.node.services.get(service)
            if row is None:
                raise Fault("service.unknown", service=service)
            offer = self._offers[service] = Offer(row, self.blobs.envelope(row["def_sha"]).body)
        if offer.state != "published":
            raise Fault("service.disabled", service=service, notice=offer.notice or "")
        return offer

    def terms(self, offer: Offer, agreement: Agreement) -> Terms:
        """What the agreement lets its requester ask of the service; made once."""
        terms = self._terms.get(agreement.id)
        if terms is None:
            body = self.blobs.envelope(self.given[agreement.requester, agreement.service]["sha"]).body
            terms = Terms(offer.definition, body, table=offer.table, secret=self.secret)
            self._terms[agreement.id] = terms
        return terms
