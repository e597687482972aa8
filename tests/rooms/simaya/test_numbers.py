"""Numbers: bound to their letter, void for a reason, no gap or double under two hundred clerks at once."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.rooms.simaya.office import OFFICE, fault, found

OUT, AGENDA = "out", "agenda"


def pattern(text="{class}/{seq}/{position}/{year}", scope=("year",)):
    from pendopo.simaya.register.rules import Pattern

    return Pattern.parse(text, scope)


def tokens(**changes):
    from pendopo.simaya.register.rules import Tokens

    known = {"year": 2026, "month": 11, "classification": "000.1", "position": "KOM", "unit": "B1"}
    return Tokens(**(known | changes))


def system(desk):
    from pendopo.ground.accounts.actor import Actor

    return Actor.system(desk.agency)


def reserve(desk, letter, book=OUT, form=None, **changes):
    from pendopo.simaya.register import actions

    return actions.reserve(letter, form or pattern(), tokens(**changes), book, actor=system(desk))


def test_a_number_stays_with_its_letter(desk):
    first, second = desk.start(), desk.start()
    assert reserve(desk, first).text == "000.1/1/KOM/2026"
    assert reserve(desk, second).text == "000.1/2/KOM/2026"
    assert reserve(desk, first).text == "000.1/1/KOM/2026"  # the retry
    assert reserve(desk, first, AGENDA).text == "000.1/1/KOM/2026"  # another book counts for itself


def test_scopes_count_apart_and_agencies_too(desk, other):
    form = pattern(scope=("position", "year"))
    taken = [
        reserve(desk, desk.start(), form=form, position=post, year=year).text
        for post, year in (("A", 2026), ("B", 2026), ("A", 2026), ("A", 2027))
    ]
    assert taken == ["000.1/1/A/2026", "000.1/1/B/2026", "000.1/2/A/2026", "000.1/1/A/2027"]
    assert reserve(other, other.start(), form=form, position="A").seq == 1


def test_what_cannot_be_written_spends_no_number(desk):
    with fault("register.token"):
        reserve(desk, desk.start(), classification=None)
    with fault("register.token"):
        reserve(desk, desk.start(), year=None)
    assert reserve(desk, desk.start()).seq == 1


def test_two_sequences_that_read_alike_are_refused(desk):
    """A pattern that parts by unit and does not show it would give one number twice."""
    form = pattern(scope=("unit", "year"))
    assert reserve(desk, desk.start(), form=form, unit="B1").seq == 1
    with fault("register.taken"):
        reserve(desk, desk.start(), form=form, unit="B2")
    shown = pattern("{class}/{seq}/{unit}/{year}", ("unit", "year"))
    assert reserve(desk, desk.start(), form=shown, unit="B2").text == "000.1/1/B2/2026"


def test_used_or_void_and_nothing_after(desk):
    from pendopo.simaya.letters.models import Letter
    from pendopo.simaya.register import actions

    letter = desk.start()
    number = reserve(desk, letter)
    with fault("simaya.guard_signed"):
        actions.use(number, actor=system(desk))
    Letter.objects.filter(pk=letter.pk).update(state="signed")
    actions.use(number, actor=system(desk))
    with fault("simaya.state"):
        actions.void(number, "withdrawn", actor=system(desk))
    spoiled = reserve(desk, desk.start())
    with fault("simaya.guard_reason"):
        actions.void(spoiled, "no reason", actor=system(desk))
    actions.void(spoiled, "paper_spoiled", actor=desk.actor("registrar"))
    with fault("simaya.state"):
        actions.void(spoiled, "paper_spoiled", actor=desk.actor("registrar"))
    spoiled.refresh_from_db()
    assert (spoiled.state, spoiled.reason, spoiled.settled_at is None) == ("void", "paper_spoiled", False)


def test_a_withdrawn_draft_leaves_its_number_crossed_out(desk):
    from pendopo.simaya.letters import actions
    from pendopo.simaya.register import reads

    letter = desk.start()
    reserve(desk, letter)
    actions.withdraw(letter, actor=desk.actor("Analis"))
    assert reserve(desk, desk.start()).seq == 2
    book = [(n.seq, n.state, n.reason) for n in reads.book(desk.actor("registrar"), OUT, 2026)]
    assert book == [(1, "void", "withdrawn"), (2, "reserved", "")]
    assert reads.gaps(desk.agency) == []


def test_a_number_of_last_year_is_void_and_a_new_one_taken(desk):
    letter = desk.start()
    old = reserve(desk, letter, year=2025)
    new = reserve(desk, letter)
    old.refresh_from_db()
    assert (old.state, old.reason) == ("void", "year_passed")
    assert new.text == "000.1/1/KOM/2026"


def test_the_book_is_the_clerks_and_the_supervisors(desk, other):
    from pendopo.simaya.register import reads

    reserve(desk, desk.start())
    can = {name for name in desk.accounts if reads.book(desk.actor(name), OUT, 2026).exists()}
    assert can == {"registrar", "supervisor"}
    assert not any(reads.book(other.actor(name), OUT, 2026).exists() for name in other.accounts)


def test_numbers_are_given_by_the_system_and_the_registrar(desk, other):
    from pendopo.ground.accounts.rights import Refused
    from pendopo.simaya.register import actions

    letter = desk.start()
    for stranger in (desk.actor("Analis"), desk.actor("supervisor"), other.actor("registrar")):
        with pytest.raises(Refused):
            actions.reserve(letter, pattern(), tokens(), OUT, actor=stranger)
    number = actions.reserve(letter, pattern(), tokens(), OUT, actor=desk.actor("registrar"))
    for stranger in (desk.actor("Analis"), other.actor("registrar")):
        with pytest.raises(Refused):
            actions.void(number, "withdrawn", actor=stranger)


CLERKS, THREADS = 200, 60


@pytest.mark.parametrize(
    "form",
    [
        ("{class}/{seq}/{position}/{year}", ("year",)),
        ("{seq}/{position}/{year}", ("position", "year")),
        ("{security}-{seq:3}/{unit}/{month_roman}/{year}", ("unit", "month", "security", "year")),
    ],
    ids=["agency", "position", "unit-month-security"],
)
def test_two_hundred_clerks_while_the_signer_fails_half_the_time(committed_db, capsys, form):
    """Each has a letter of its own; a failed signature is tried again or the letter given up."""
    from django.db import connection

    from pendopo.simaya.letters.models import Letter
    from pendopo.simaya.register import actions, reads
    from pendopo.simaya.register.models import Number

    desk = found(OFFICE)
    letters = [desk.start() for _ in range(CLERKS)]
    text, parts = form
    wanted = pattern(text, [part if part != "month" else "month_roman" for part in parts])
    seed = random.randrange(2**32)
    begin, took = threading.Barrier(CLERKS), []
    # As a portal does it: so many threads with a connection each, however many people.
    portal, closing = ThreadPoolExecutor(THREADS), threading.Barrier(THREADS)

    def timed(act):
        started = time.perf_counter()
        result = act()
        took.append(time.perf_counter() - started)
        return result

    def attempt(act):
        return portal.submit(timed, act).result()

    def close() -> None:
        closing.wait(60)  # so that each thread closes its own
        connection.close()

    def clerk(index: int) -> None:
        coin, letter = random.Random(seed + index), letters[index]
        mine = {
            "position": coin.choice("ABC"),
            "unit": coin.choice(("B1", "B2")),
            "security": coin.choice(("B", "T")),
            "month": coin.choice((10, 11)),
        }
        begin.wait(60)
        first = None
        while True:
            number = attempt(lambda: reserve(desk, letter, form=wanted, **mine))
            first = first or number.text
            assert number.text == first  # a retry keeps it
            if coin.random() < 0.5:  # signed

                def finish(number=number):
                    Letter.objects.filter(pk=letter.pk).update(state="signed")
                    actions.use(number, actor=system(desk))

                return attempt(finish)
            if coin.random() < 0.3:  # given up
                return attempt(lambda number=number: actions.void(number, "withdrawn", actor=system(desk)))

    with ThreadPoolExecutor(CLERKS) as pool:
        list(pool.map(clerk, range(CLERKS)))
    for ended in [portal.submit(close) for _ in range(THREADS)]:
        ended.result()
    portal.shutdown()

    numbers = Number.objects.filter(agency=desk.agency)
    assert numbers.count() == CLERKS == numbers.values("text").distinct().count()
    assert set(numbers.values_list("state", "reason")) == {("used", ""), ("void", "withdrawn")}
    assert reads.gaps(desk.agency) == []
    by_counter: dict = {}
    for counter, seq in numbers.values_list("counter", "seq"):
        by_counter.setdefault(counter, []).append(seq)
    assert all(sorted(seqs) == list(range(1, len(seqs) + 1)) for seqs in by_counter.values())
    assert len(by_counter) == {1: 1, 2: 3, 4: 8}[len(parts)]
    p99 = sorted(took)[int(len(took) * 0.99)]
    with capsys.disabled():
        print(f"\nnumbering {'+'.join(parts)}: {len(took)} acts, p99 {p99 * 1000:.0f} ms, seed {seed}")
