"""What tests of every kind share: a private PostgreSQL, a home, and Django on a database of its own.

Nothing of ours is imported before a fixture asks for it, so black-box tests stay black.
"""

import contextlib
import dataclasses
import gc
import os
import shutil
import tempfile
import uuid
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

from tests.ports import free_port

# A busy machine is no failure: how long a rule takes is measured where it matters, not per example.
settings.register_profile("pendopo", deadline=None)
settings.load_profile("pendopo")


AWAY: list[Path] = []  # directories of sockets outside of homes whose own path is too long for them

# Files that take long, in this order before all others: so that at the end no process waits for one of them.
# A process is given two files at once: of the three that test `accept`, the longest gets a short second one.
LONG = (
    "accept/test_letter_kills.py",
    "accept/test_revocation.py",
    "accept/test_kills.py",
    "accept/test_two_offices.py",
    "accept/test_mail_kills.py",
    "accept/test_new_teacher.py",
    "accept/test_demo.py",
    "accept/test_first_exchange.py",
    "accept/test_first_letter.py",
    "fleet/box/test_dying.py",
    "fleet/box/test_cuts.py",
    "fleet/test_kills.py",
    "fleet/box/test_two_boxes.py",
    "fleet/box/test_hostile.py",
    "fleet/box/test_roads.py",
    "fleet/box/test_policy.py",
    "rooms/ops/test_up.py",
    "rooms/nodes/test_live.py",
    "rooms/simaya/test_secrets.py",
    "upgrade/test_releases.py",
    "rooms/simaya/test_live.py",
    "rooms/mailer/test_mail.py",
    "rooms/test_isolation.py",
    "rooms/adapters/test_halves.py",
    "rooms/delivery/test_live.py",
    "rooms/portal/test_links.py",
    "rooms/simaya/test_trust_live.py",
    "rooms/adapters/test_trouble.py",
    "rooms/simaya/test_numbers.py",
)


def pytest_collection_modifyitems(items):
    """Long files first; within a file as written."""
    tests = Path(__file__).parent
    places = {path: at for at, path in enumerate(LONG)}
    items.sort(key=lambda item: places.get(str(item.path.relative_to(tests)), len(LONG)))


def pytest_collection_finish(session):
    """What is loaded by now stays: a collection that walks it all again and again finds nothing."""
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


def pytest_sessionfinish(session, exitstatus):
    """Under CI=true nothing may be skipped: a machine that lacks a part has not shown anything."""
    for path in AWAY:
        shutil.rmtree(path, ignore_errors=True)
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        reporter.write_line("CI=true: a skipped test counts as failed", red=True)
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter):
    """What captured output would hide: figures that tests give, and one line over the isolation walks."""
    counts = Counter()
    for report in terminalreporter.stats.get("passed", ()):
        for name, value in report.user_properties:
            if name == "isolation":
                counts.update(value)
            elif name == "figure":
                terminalreporter.write_line(value)
    if counts:
        surfaces = {name: counts[name] for name in ("portal", "api", "gateway")}
        routes = ", ".join(f"{name} {number}" for name, number in surfaces.items())
        terminalreporter.write_line(
            f"isolation: {sum(surfaces.values())} routes ({routes}), {counts['refusals']} refusals, "
            f"{counts['successes']} successes"
        )


def make_home(root: Path, **overrides):
    """A home in `root` with free ports, its secrets and directories; no keys, no database.

    `overrides` are fields of `pendopo.core.home.Home`, such as node="djp" or database=URL.
    """
    from pendopo.core.home import Home, Listen
    from pendopo.ops import home as homes

    local = {name: Listen("127.0.0.1", free_port()) for name in ("portal", "app", "peer")}
    home = Home(root=root.resolve(), instance="ID", node="uji", advertise=str(local["peer"]), **local)
    home = dataclasses.replace(home, **overrides)
    homes.create(home)
    if (sockets := homes.make_run_dir(home)) != home.root / "run":
        AWAY.append(sockets)
    return home


@pytest.fixture(scope="session")
def short_tmp():
    """A short temporary directory for the session: socket paths have at most 107 bytes."""
    path = Path(tempfile.mkdtemp(prefix="pdp-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(short_tmp):
    """A running private server (not durable: fast), as `pendopo.ops.postgres.Cluster`."""
    from pendopo.ops.postgres import Cluster

    password = short_tmp / "password"
    password.touch(0o600)
    password.write_text(uuid.uuid4().hex)
    cluster = Cluster(short_tmp / "pg", short_tmp, password, durable=False)
    cluster.initdb()
    with cluster.running(short_tmp / "pg.log"):
        yield cluster


@pytest.fixture(scope="session")
def django_home(postgres, short_tmp):
    """The home Django's settings read in this session (PENDOPO_HOME), on a migrated database of its own."""
    import django

    postgres.create_database("pendopo")
    from pendopo.core.home import Mail

    ports = {name: free_port() for name in Mail("x.id", "x.id").ports()}
    mail = Mail("pns.uji.go.id", "uji.localhost", dns=False, **ports)
    home = make_home(short_tmp / "home", database=postgres.url("pendopo"), mail=mail)
    os.environ["PENDOPO_HOME"] = str(home.root)
    os.environ["DJANGO_SETTINGS_MODULE"] = "pendopo.portal.settings"
    django.setup()

    from django.test.utils import setup_test_environment, teardown_test_environment
    from django.urls import get_resolver

    from pendopo.ops import schema

    setup_test_environment()
    # Which rooms have addresses is read once: with this home, not with one that a test puts in its place.
    _ = get_resolver().url_patterns
    schema.load(home.database)
    yield home
    from django.db import connections

    connections.close_all()
    teardown_test_environment()


@pytest.fixture(scope="session")
def assets():
    """What a page names and the browser gets, built if something changed since."""
    from pendopo.portal.assets.build import build
    from pendopo.portal.assets.manifest import names

    build()
    names.cache_clear()


@pytest.fixture(scope="session")
def mail_servers(django_home):
    """Dovecot and Postfix of that home, running until the session ends."""
    from tests.mailservers import running

    with running(django_home, "dovecot", "postfix") as engine:
        yield engine


@pytest.fixture
def db(django_home):
    """A test inside one transaction that is rolled back. `transaction.on_commit` calls do not run in it."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def committed_db(django_home):
    """A test that really commits (threads, LISTEN, on_commit); every table is emptied afterwards.

    Rows that migrations made are not restored: a test that needs some makes them.
    """
    yield
    from django.db import connection

    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with connection.cursor() as cursor:
        # Most are empty, and to truncate each takes a hundred times as long. Triggers and references rest.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(";".join(f'DELETE FROM "{table}"' for table in tables))
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def on_commit():
    """In a `db` test: `with on_commit(): …` runs what the block left for after the commit."""
    from django.test import TestCase

    @contextlib.contextmanager
    def run():
        with TestCase.captureOnCommitCallbacks(execute=True) as callbacks:
            yield callbacks

    return run
