"""Several people at one letter at one moment: one of them does it, and nothing is left half done."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.rooms.simaya.office import OFFICE, arrived, found, registered

HANDS = 6


def at_once(*works):
    """What each of `works` came to, done in threads that begin together: a result or the fault's code."""
    from django.db import connection

    from pendopo.core.errors import Fault

    start = Barrier(len(works))

    def one(work):
        start.wait(10)
        try:
            return work()
        except Fault as fault:
            return fault.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def test_one_of_many_clerks_registers_the_letter(committed_db):
    """The others are told that it is done; the letter has one number, and the book no gap."""
    from pendopo.simaya.incoming import actions
    from pendopo.simaya.register.reads import gaps

    desk = found(OFFICE)
    letters = [arrived(desk) for _ in range(3)]

    def register(letter):
        to, clerk = desk.posts["Kepala Dinas"], desk.actor("registrar")
        return actions.register(letter, classification="", to=to, v=letter.v, actor=clerk).state

    ends = at_once(*[lambda letter=letter: register(letter) for letter in letters for _ in range(HANDS)])
    assert ends.count("registered") == len(letters)
    assert set(ends) <= {"registered", "simaya.state", "simaya.guard_version"}
    assert [letter.numbers.count() for letter in letters] == [1, 1, 1]
    assert [letter.receipts.filter(event="registered").count() for letter in letters] == [1, 1, 1]
    assert sorted(letter.numbers.get().seq for letter in letters) == [1, 2, 3] and not gaps(desk.agency)


def test_registered_or_rejected_but_not_both(committed_db):
    from pendopo.simaya.incoming import actions

    desk = found(OFFICE)
    for _ in range(5):
        letter = arrived(desk)
        clerk = desk.actor("registrar")
        ends = at_once(
            lambda it=letter, c=clerk: actions.register(it, classification="", to=None, v=1, actor=c).state,
            lambda it=letter, c=clerk: actions.reject(it, "Salah alamat", actor=c).state,
        )
        letter.refresh_from_db()
        assert letter.state in ends and ends.count("simaya.state") == 1, ends
        events = set(letter.receipts.values_list("event", flat=True))
        assert events == {letter.state}
        assert {one.state for one in letter.numbers.all()} <= {
            "registered": {"used"},
            "rejected": {"void"},
        }[letter.state]


def test_the_last_two_answers_settle_what_was_passed_on(committed_db):
    """Each sees the other's: the one they came from is answered, whoever was second."""
    from pendopo.simaya.disposition import actions

    desk = found(OFFICE)
    for _ in range(5):
        letter = registered(desk)
        post, heads = desk.posts, (desk.actor("Kepala Dinas"), desk.actor("Sekretaris"))
        (parent,) = actions.give(letter, [post["Sekretaris"]], ["file"], "", None, actor=heads[0])
        (child,) = actions.give(letter, [post["Arsiparis"]], ["file"], "", None, actor=heads[1])
        other = type(child).objects.create(
            agency=desk.agency, letter=letter, parent=parent, by=child.by, to=post["Analis"], orders=["file"]
        )
        letter.access.create(post=post["Analis"], why="disposition")
        ends = at_once(
            *[
                lambda r=row, w=who: actions.answer(r, "Sudah.", reply=None, actor=desk.actor(w)).state
                for row, who in ((child, "Arsiparis"), (other, "Analis"))
            ]
        )
        assert ends == ["answered", "answered"]
        parent.refresh_from_db()
        assert parent.state == "answered"
