"""Documents follow the tables: made and installed once the change that calls for them has committed."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import transaction

from pendopo.core.errors import Fault
from pendopo.ground.delivery.wake import wake

from . import compile, reads, registry

log = logging.getLogger(__name__)


def compile_node() -> None:
    """Makes and installs this node's document once the transaction that is open now commits.

    Call it inside the act that changed what a room contributes. A gateway that is down hinders nobody: the
    worker goes on trying, and `state.waiting_documents` says so to people.
    """
    _after_commit(lambda: compile.install(reads.gateway(), settings.HOME.node, settings.HOME.blobs))


def publish_registry() -> None:
    """The same for the registry's document, on a registry's node: its gateway passes it on to all others."""
    _after_commit(lambda: registry.publish(reads.gateway(), settings.HOME.instance))


def _after_commit(install: Callable[[], object]) -> None:
    wake("documents")  # the worker makes good what fails below, or a death before it

    def run() -> None:
        try:
            install()
        except Fault as fault:
            log.warning("not installed yet: %s", fault)

    transaction.on_commit(run)
