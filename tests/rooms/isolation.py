"""What the isolation walk over the portal needs: a gateway behind it, clients, and what a success is."""

import contextlib
import subprocess
import sys
import time
from pathlib import Path

ACCEPTED = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@contextlib.contextmanager
def running_gateway(home):
    """The node's real gateway, on the keys and documents that were laid down in its home."""
    from pendopo.core.errors import Fault
    from pendopo.ground.nodes import reads

    with (home.logs / "gateway.log").open("ab") as log:
        command = [sys.executable, "-m", "pendopo.gateway", str(home.root)]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=Path(__file__).parents[2])
    try:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(Fault):
                reads.gateway().status()
                break
            assert process.poll() is None and time.monotonic() < deadline, (
                home.logs / "gateway.log"
            ).read_text()
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def taken_back():
    """What the database learns inside is rolled back.

    The gateway does not go back with it, so its next documents are numbered after the ones it has.
    """
    from django.db import transaction

    from pendopo.ground.nodes import reads, snapshots
    from pendopo.ground.nodes.models import Snapshot

    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    for kind, serial in reads.gateway().status()["serials"].items():
        last = snapshots.latest(kind)
        if last.serial < serial:
            Snapshot.objects.filter(pk=last.pk).update(serial=serial + 1, body_sha="")


def own_exchange(seeded) -> str:
    """The id of an exchange that only the own agency took part in, as its log reader knows it."""
    from pendopo.core.ids import new_id
    from pendopo.ground.nodes import reads
    from pendopo.mantra.monitoring.log import read_entries

    own = seeded.objects["agency"].code
    document = bytes(seeded.objects["service"].versions.first().document.raw)
    exchange = reads.gateway().deliver(own, own, new_id(), "service/1", document)["exchange_id"]
    read_entries(reads.gateway().log(1, -1))
    return exchange


def enrolment(folder, token) -> bytes:
    """The request of a node that was given `token`, with keys of its own."""
    from pendopo.ground.nodes import keys, tokens, x509
    from pendopo.ground.nodes.drawer import Drawer
    from tests.conftest import make_home

    name = f"{token.agency.rpartition('/')[2]}-{token.seed.hex()[:4]}"
    home = make_home(folder / name, node=token.node)
    drawer = Drawer(home)
    for use in keys.AGENCY_USES:
        drawer.make_key(f"agency:{token.agency}", use)
    drawer.make_key(f"node:{token.node}", "log")
    return tokens.ask(
        token, drawer.keys.values(), x509.make_csr(x509.new_key(), token.node), "127.0.0.1:5510"
    )


def post_data(route, seeded) -> dict:
    """The route's fields, with the keys of the objects they name."""
    objects = {name: getattr(found, "pk", found) for name, found in seeded.objects.items()}
    return {
        name: value.format_map(objects) if isinstance(value, str) else value
        for name, value in (route.post or {}).items()
    }


def names_ours(route) -> bool:
    """Whether address or fields name an object of the own agency."""
    return any(isinstance(value, str) and "{" in value for value in (route.post or {}).values())


def address(route, seeded, kwargs=None) -> str:
    """The route's address, with the keys of the objects it names."""
    from django.urls import reverse

    found = {name: seeded.objects.get(key, key) for name, key in (kwargs or route.kwargs).items()}
    return reverse(route.name, kwargs={name: getattr(one, "pk", one) for name, one in found.items()})


def to_login(response) -> bool:
    return response.status_code == 302 and response["Location"].startswith("/masuk")


def accepted(response) -> tuple[str, ...]:
    """The methods a route takes, from its answer to a method that hardly any takes."""
    return tuple(response["Allow"].split(", ")) if response.status_code == 405 else ACCEPTED


def said(response) -> list[tuple[str, str]]:
    """The notices (level, words) that a response shows, or leaves for the next page."""
    from django.contrib.messages import get_messages

    shown = (response.context or {}).get("messages") or () if response.context else ()
    return [(one.level_tag, str(one)) for one in (*get_messages(response.wsgi_request), *shown)]


def done_since(last: int) -> list[tuple[str, str, str | None]]:
    """(act, outcome, agency) of the audit lines after line `last`."""
    from pendopo.ground.audit.models import Line

    lines = Line.objects.filter(id__gt=last).select_related("agency")
    return [(line.act, line.outcome, line.agency and line.agency.code) for line in lines]


def last_line() -> int:
    from pendopo.ground.audit.models import Line

    return Line.objects.order_by("-id").values_list("id", flat=True).first()
