"""`pendopo init`: makes a node. It is built beside its place and moved there whole, or nothing is left."""

import contextlib
import getpass
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from pendopo.core import nip
from pendopo.core.errors import Fault
from pendopo.core.home import Home, Listen, Mail, is_host_name, is_url
from pendopo.core.ids import AgencyId, is_node
from pendopo.ops import home as homes
from pendopo.ops.texts import LANGUAGES, text

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
SHORTEST_PASSPHRASE = 12
DATABASE_SECONDS = 5


@dataclass(frozen=True)
class Plan:
    """What `pendopo init` was asked for. `passphrase` seals the registry's root key."""

    root: Path
    name: str
    agency: str
    agency_name: str
    admin: str
    admin_name: str
    zone: str = "Asia/Jakarta"
    registry: bool = False
    join: str = ""
    host: str = "127.0.0.1"
    portal_port: int = 8000
    app_port: int = 8080
    peer_port: int = 5500
    advertise: str = ""
    url: str = ""
    database: str = ""
    mail_domain: str = ""
    mail_offset: int = 0
    lang: str = "id"
    passphrase: str = ""


@dataclass(frozen=True)
class Made:
    """A new node: its home, its administrator and the code that activates the account, shown once."""

    home: Home
    admin: str
    activation: str


def init(plan: Plan) -> Made:
    """Make the node of `plan`. Raises Fault; whatever goes wrong, the home's place stays as it was."""
    os.umask(0o077)
    final = planned(plan)
    root = final.root
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise Fault("home.exists", home=str(root))
    with contextlib.ExitStack() as undo, terminable():
        try:
            root.parent.mkdir(parents=True, exist_ok=True)
            part = Path(tempfile.mkdtemp(prefix=f".{root.name}-", dir=root.parent))
        except OSError as error:
            raise Fault("home.unreadable", home=str(root), why=error.strerror) from None
        undo.callback(shutil.rmtree, part, ignore_errors=True)
        home = replace(final, root=part)
        homes.create(home)
        undo.callback(shutil.rmtree, homes.make_run_dir(home), ignore_errors=True)
        if home.database:
            refuse_used_database(home.database)
            undo.callback(empty_database, home.database)
            activation = found(home, plan)
        else:
            cluster = homes.cluster(home)
            cluster.initdb()
            with cluster.running(home.logs / "database.log"):
                cluster.create_database()
                activation = found(home, plan)
        part.rename(root)
        undo.pop_all()
    if home.run != part / "run":
        shutil.rmtree(home.run, ignore_errors=True)
    return Made(final, plan.admin, activation)


def planned(plan: Plan) -> Home:
    """The home that `plan` describes. Raises Fault for what cannot be."""
    if not is_node(plan.name):
        raise Fault("init.name", value=plan.name)
    agency = AgencyId.parse(plan.agency)
    nip.any_scheme(plan.admin)
    for option, value in (("--agency-name", plan.agency_name), ("--admin-name", plan.admin_name)):
        if not value.strip():
            raise Fault("init.empty", option=option)
    if plan.zone not in ZONES:
        raise Fault("init.zone", value=plan.zone)
    if plan.lang not in LANGUAGES:
        raise Fault("init.lang", value=plan.lang)
    if plan.registry and plan.join:
        raise Fault("init.registry_and_join")
    if plan.registry and len(plan.passphrase) < SHORTEST_PASSPHRASE:
        raise Fault("init.passphrase", least=SHORTEST_PASSPHRASE)
    if plan.url and not is_url(plan.url):
        raise Fault("home.setting_url", setting="--url", value=plan.url)
    if len({plan.portal_port, plan.app_port, plan.peer_port}) < 3:
        raise Fault("init.ports")
    if plan.mail_domain and not is_host_name(plan.mail_domain):
        raise Fault("init.mail_domain", value=plan.mail_domain)
    return Home(
        root=plan.root.resolve(),
        instance=agency.instance,
        node=plan.name,
        zone=plan.zone,
        lang=plan.lang,
        registry=plan.registry,
        portal=Listen(plan.host, plan.portal_port),
        app=Listen("127.0.0.1", plan.app_port),
        peer=Listen(plan.host, plan.peer_port),
        advertise=plan.advertise or str(Listen(plan.host, plan.peer_port)),
        database=plan.database,
        public_url=plan.url,
        mail=planned_mail(plan) if plan.mail_domain else None,
    )


def planned_mail(plan: Plan) -> Mail:
    """The mail servers on the usual ports, moved by the offset; on loopback until the settings say more."""
    return Mail(plan.mail_domain, f"{plan.name}.localhost").shifted(plan.mail_offset)


def found(home: Home, plan: Plan) -> str:
    """Run `pendopo.ops.found` on the new home in a process of its own; the administrator's activation code.

    A process of its own, because Django can be set up for one home only in each; the plan goes through a
    pipe, so that no secret shows in the list of processes.
    """
    command = [sys.executable, "-P", "-m", "pendopo.ops.found"]
    env = os.environ | {"PENDOPO_HOME": str(home.root), "DJANGO_SETTINGS_MODULE": "pendopo.portal.settings"}
    order = json.dumps(asdict(plan) | {"root": str(home.root)})
    done = subprocess.run(command, input=order, capture_output=True, text=True, env=env)
    if os.environ.get("PENDOPO_DEBUG"):
        sys.stderr.write(done.stderr)
    try:
        answer = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        said = done.stderr.strip().splitlines()
        raise Fault("ops.unexpected", what=said[-1] if said else "pendopo.ops.found") from None
    if "fault" in answer:
        raise Fault(answer["fault"], **answer["params"])
    return answer["activation"]


def refuse_used_database(url: str) -> None:
    """Raise Fault unless `url` opens an empty database."""
    try:
        with psycopg.connect(url, connect_timeout=DATABASE_SECONDS) as connection:
            tables = relations(connection)
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise Fault("init.database", why=str(error).strip().splitlines()[0]) from None
    if tables:
        raise Fault("init.database_used", count=len(tables))


def empty_database(url: str) -> None:
    """Take back what a failed init made in the database it had found empty."""
    with contextlib.suppress(psycopg.Error), psycopg.connect(url) as connection:
        for table in relations(connection):
            connection.execute(SQL("drop table if exists public.{} cascade").format(Identifier(table)))


def relations(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute("select tablename from pg_tables where schemaname = 'public'")
    return [name for (name,) in rows]


def ask_passphrase(lang: str) -> str:
    """The passphrase of the registry's root key: PENDOPO_ROOT_PASSPHRASE, or typed twice."""
    given = os.environ.get("PENDOPO_ROOT_PASSPHRASE")
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise Fault("init.passphrase_missing")
    first = getpass.getpass(text("init.passphrase", lang) + " ")
    if first != getpass.getpass(text("init.passphrase_again", lang) + " "):
        raise Fault("init.passphrase_differs")
    return first


def report(made: Made) -> list[str]:
    """What to tell the person who ran `pendopo init`."""
    home = made.home
    facts = {"home": home.root, "url": home.url, "admin": made.admin, "code": made.activation}
    lines = ["made", *(["root_key"] if home.registry else []), "start", "sign_in", "code"]
    return [text(f"init.{line}", home.lang, **facts) for line in lines]


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM ends the block as an exception, so that what it built is cleared away."""

    def end(signum: int, frame: object) -> None:
        raise SystemExit(128 + signum)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
