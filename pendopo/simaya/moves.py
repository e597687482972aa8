"""Machines as plain tables, `(state, act) → Move`: pages show what `moves` lists, actions ask `step`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pendopo.core.errors import Fault


@dataclass(frozen=True, slots=True)
class Move:
    """One permitted act: who may do it, where it leads, which facts it needs.

    `who` are parties to the object, any one of which suffices. Every fact in `guard` must hold. `fork` is a
    fact and the state that the act leads to instead of `to` when that fact holds.
    """

    who: frozenset[str]
    to: str
    guard: tuple[str, ...] = ()
    fork: tuple[str, str] | None = None


Machine = Mapping[tuple[str, str], Move]


def move(who: str, to: str, guard: str = "", fork: tuple[str, str] | None = None) -> Move:
    """A `Move` of words: `who` and `guard` hold names parted by blanks."""
    return Move(frozenset(who.split()), to, tuple(guard.split()), fork)


def moves(machine: Machine, state: str, parties: Collection[str]) -> tuple[str, ...]:
    """The acts that someone who is these parties may try in a state, in the table's order."""
    return tuple(act for (at, act), found in machine.items() if at == state and found.who & set(parties))


def step(
    machine: Machine, state: str, act: str, parties: Collection[str], facts: Collection[str] = ()
) -> str:
    """The state after an act.

    Raises `Fault simaya.state` when the state knows no such act, `simaya.party` when none of `parties` may
    do it, `simaya.guard_<fact>` for the first fact of the move's guard that is not among `facts`.
    """
    found = machine.get((state, act))
    if found is None:
        raise Fault("simaya.state", state=state, act=act)
    if not found.who & set(parties):
        raise Fault("simaya.party", state=state, act=act)
    for fact in found.guard:
        if fact not in facts:
            raise Fault(f"simaya.guard_{fact}")
    return found.fork[1] if found.fork and found.fork[0] in facts else found.to


def states(machine: Machine) -> tuple[str, ...]:
    """Every state a table names, in its order."""
    named = (state for (at, _), to in machine.items() for state in (at, to.to, *(to.fork or ())[1:]))
    return tuple(dict.fromkeys(named))
