"""Two agencies on one registry's node, their people in every role, and a population table in SQLite.

The gateway is stood in for by the key files it would read (`Drawer`), and its wire by `post`: what one agency
puts into its outbox is taken into the other's inbox as the worker would, handler and all.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

DUKCAPIL, DJP = "ID/GOV/DUKCAPIL", "ID/GOV/DJP"
ROLES = ("administrator", "manager", "provider", "requester", "supervisor")
ROWS = [
    ("5308014107870003", "MARIA GORETI WEA", "1987-07-01", "Jl. Kelimutu 4, Ende", 2, "081234567890"),
    ("5308013011900007", "ANTONIUS BATA", "1990-11-30", "Jl. Eltari 12, Ende", 1, "081298765432"),
    ("5308014501790001", "YULIANA SENDA", "1979-01-05", "Desa Lisedetu, Wolowaru", 2, None),
    ("5309010101800002", "PETRUS LALU", "1980-01-01", "Maumere", 1, "081211112222"),
]
# What the provider ticks in the wizard: column -> mask.
CHOSEN = {
    "nik": "ends",
    "nama_lengkap": "none",
    "tgl_lahir": "none",
    "alamat": "hide",
    "status_kawin": "none",
}


def population(path: Path) -> Path:
    """The population agency's own table."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as link, link:
        link.execute(
            "CREATE TABLE penduduk (nik TEXT PRIMARY KEY, nama_lengkap TEXT NOT NULL, tgl_lahir DATE,"
            " alamat TEXT, status_kawin INTEGER, no_hp TEXT)"
        )
        link.executemany("INSERT INTO penduduk VALUES (?,?,?,?,?,?)", ROWS)
    return path


@dataclass
class Nation:
    """`dukcapil` and `djp` are agencies; `people[code][role]` the account that holds one role there."""

    home: object
    dukcapil: object
    djp: object
    people: dict = field(default_factory=dict)

    def actor(self, agency, role: str):
        """Somebody of `agency` in exactly this role."""
        from pendopo.ground.accounts.actor import Actor

        return Actor.of(self.people[agency.code][role], agency)

    def hire(self, agency) -> None:
        """One active account a role, and one without any."""
        from django.utils import timezone

        from pendopo.ground.accounts.models import Account, RoleGrant
        from pendopo.ground.directory.models import Person

        since = timezone.localdate() - timedelta(days=1)
        found = self.people.setdefault(agency.code, {})
        for role in (*ROLES, "none"):
            person = Person.objects.create(agency=agency, name=f"{role.title()} {agency.name}")
            found[role] = Account.objects.create_user(
                f"{agency.code.rpartition('/')[2].lower()}-{role}", person=person, state=Account.State.ACTIVE
            )
            if role != "none":
                RoleGrant.objects.create(
                    account=found[role], agency=agency, room="mantra", role=role, valid=(since, None)
                )

    def post(self, again: bool = False) -> int:
        """Delivers what waits in outboxes until nothing does, oldest first; returns how many documents.

        `again`: as messages of their own, though the documents may have come before.
        """
        from django.utils import timezone

        from pendopo.ground.delivery import inbox
        from pendopo.ground.delivery.models import Inbox, Outbox

        sent = []
        while (
            row := Outbox.objects.filter(state=Outbox.State.QUEUED)
            .select_related("agency")
            .order_by("id")
            .first()
        ):
            sent.append(str(uuid4()) if again else str(row.pk))
            inbox.receive(
                {
                    "id": str(row.pk),
                    "from": row.agency.code,
                    "to": row.to_agency,
                    "msg_id": sent[-1],
                    "type": row.type,
                    "doc": bytes(row.doc).decode(),
                    "exchange_id": str(row.pk),
                }
            )
            Outbox.objects.filter(pk=row.pk).update(state=Outbox.State.SENT, sent_at=timezone.now())
        failed = Inbox.objects.filter(msg_id__in=sent, state=Inbox.State.FAILED)
        assert not failed, list(failed.values_list("type", "fault", "params"))
        return len(sent)

    # -- the day, step by step

    def system(self, agency, code: str):
        """A system of the agency."""
        from pendopo.mantra.subsystems import actions

        administrator = self.actor(agency, "administrator")
        return actions.create_subsystem(code=code, name=code.title(), auth="bearer", actor=administrator)

    def source(self, path: Path):
        """The population table, connected."""
        from pendopo.mantra.sources import actions

        provider = self.actor(self.dukcapil, "provider")
        source = actions.begin_source("sqlite", actor=provider)
        actions.connect(source, {"path": str(path)}, actor=provider)
        return source

    def draft(self, source, **changes):
        """A draft of a service on the population table, complete."""
        from pendopo.mantra.services import actions
        from pendopo.mantra.sources import probe
        from pendopo.mantra.sources.seal import unseal

        provider = self.actor(self.dukcapil, "provider")
        draft = actions.begin_draft(source, actor=provider)
        found = probe.describe(source.kind, unseal(source.sealed), "main", "penduduk")
        actions.choose_table(draft, found, actor=provider)
        columns = [
            column | {"chosen": column["name"] in CHOSEN, "mask": CHOSEN.get(column["name"], "none")}
            for column in draft.spec["columns"]
        ]
        spec = {"columns": columns, "title": "Data kependudukan", "code": "penduduk", "limit": 100}
        actions.save_draft(draft, spec | changes, actor=provider)
        return draft

    def publish(self, path: Path, system: str = "siak", **changes):
        """The population service (or one with `changes`), open and in the catalogue."""
        from pendopo.mantra.services import actions
        from pendopo.mantra.subsystems.models import Subsystem

        existing = Subsystem.objects.filter(agency=self.dukcapil, code=system).first()
        subsystem = existing or self.system(self.dukcapil, system)
        draft = self.draft(self.source(path), **changes)
        service = actions.publish(draft, subsystem=subsystem, actor=self.actor(self.dukcapil, "provider"))
        self.post()
        return service

    def ask(
        self, service, columns=("nik", "nama_lengkap", "status_kawin"), system="coretax", post=True, **changes
    ):
        """The tax office's request, on its own side; delivered."""
        from pendopo.mantra.agreements import actions, rules
        from pendopo.mantra.signing import agency_name
        from pendopo.mantra.subsystems.models import Subsystem

        existing = Subsystem.objects.filter(agency=self.djp, code=system).first()
        subsystem = existing or self.system(self.djp, system)
        terms = {
            "columns": list(columns),
            "per_day": 50_000,
            "until": rules.today() + timedelta(days=365),
            "purposes": ["TJ-04"],
            "basis": {"kind": "PKS", "no": "14/PJ/2026", "date": "2026-08-03"},
            "note": "Pencocokan wajib pajak daerah",
            "peer_name": agency_name(self.dukcapil.code),
        }
        request = actions.send_request(
            service.versions.first().document,
            subsystem=subsystem,
            actor=self.actor(self.djp, "requester"),
            **(terms | changes),
        )
        if post:
            self.post()
        return request

    def received(self, request):
        """The provider's row of a request."""
        from pendopo.mantra.agreements.models import AccessRequest

        return AccessRequest.objects.get(agency=self.dukcapil, side="provider", number=request.number)

    def limits(self, **changes):
        """Limits as asked, or changed."""
        from pendopo.mantra.agreements import rules

        asked = {"per_day": 50_000, "until": rules.today() + timedelta(days=365)}
        return rules.Limits(**(asked | changes))

    def grant(self, request, choices=None, limits=None, post: bool = True):
        """Approved by the provider as the page would by default; delivered back and forth."""
        from pendopo.mantra.agreements import actions, rules
        from pendopo.mantra.signing import body

        row = self.received(request)
        safe = rules.default_choices(body(row.document)["columns"], body(row.definition))
        agreement = actions.approve(
            row,
            choices=safe | (choices or {}),
            limits=limits or self.limits(),
            actor=self.actor(self.dukcapil, "manager"),
        )
        if post:
            self.post()
        return agreement

    def both(self, agreement):
        """The two rows of one agreement: the provider's, the requester's."""
        from pendopo.mantra.agreements.models import Agreement

        rows = {row.side: row for row in Agreement.objects.filter(number=agreement.number)}
        return rows["provider"], rows.get("requester")

    def carried(self, agreement, side="provider", rows=3, fault=None, when=None, seq=0) -> dict:
        """An entry of the exchange log as the gateway gives it: one call under `agreement`."""
        from django.utils import timezone

        from pendopo.core import strict
        from pendopo.core.ids import new_id

        answer = None if fault else {"status": 200, "rows": rows, "bytes": rows * 97}
        return {
            "v": 1, "log": "dukcapil", "epoch": 1, "seq": seq, "at": strict.utc(when or timezone.now()),
            "kind": "refusal" if fault else "exchange", "side": side, "fault": fault,
            "req": {"exchange": new_id(), "client": agreement.subsystem, "service": agreement.service,
                    "agreement": str(agreement.number), "rev": agreement.rev, "purpose": "TJ-04"},
            "ans": answer,
        }  # fmt: skip

    def node_document(self) -> dict:
        """What the gateway would live on now."""
        from pendopo.ground.nodes import compile

        return compile.body()


def found(home) -> Nation:
    """Both agencies, on a registry founded in `home`."""
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory.models import Agency
    from pendopo.ground.nodes import actions, setup

    dukcapil = Agency.objects.create(code=DUKCAPIL, name="Dukcapil", zone="Asia/Makassar", hosted=True)
    node = Actor.system(dukcapil, via="cli")
    setup.found_registry(home, dukcapil, "sandi akar untuk uji", home.root / "root-offline", actor=node)
    djp = Agency.objects.create(code=DJP, name="Direktorat Jenderal Pajak")
    actions.host(djp, actor=node)
    nation = Nation(home, dukcapil, djp)
    nation.hire(dukcapil)
    nation.hire(djp)
    return nation
