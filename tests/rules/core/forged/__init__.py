"""Forged evidence, re-packed: the forger recomputes every hash, proof and checksum there is, and signs with
whatever keys the case leaves in his hands. Each forgery is named by its own broken link.

A forger here is strong: `worlds.case` gives the forged exchange a place in both logs under truly signed and
truly attested checkpoints, so that only the link in question can give it away.
"""

from pendopo.core import envelope, strict
from pendopo.core.keys import SigningKey
from tests import worlds
from tests.worlds import MINUTE, NOON, World

MINE = SigningKey.from_seed("registry:ID", "issuing", b"forger" + bytes(26))
SEEN = NOON + 10 * MINUTE
FORGERIES = {}


def forgery(link):
    """Registers a function that gives the outcome of verifying one forgery."""

    def register(function):
        FORGERIES[function.__name__] = (function, link)
        return function

    return register


def case(x=None, world=None, **more):
    return worlds.case(world, x, **more)


def true():
    return World().exchange()


def pack(x, **changes):
    return case(x).verify(**changes)


def journal():
    """The requester's log as in `case`, open for the forger's hand, and the place of the exchange in it."""
    made = case()
    return made, made.logs[0], 4


def rewrite(ledger, seq, **changes):
    """Change an entry in the log; whoever reads it finds every hash right."""
    ledger.entries[seq] = strict.dumps(strict.loads(ledger.entries[seq]) | changes)


def reseal(raw, **changes):
    """Another payload under the old signatures."""
    opened = envelope.open(raw)
    return envelope.assemble(opened.type, strict.dumps(opened.body | changes), opened.sigs)
