"""Dispositions: one level down, read, answered, passed on, taken back; and who sees what of them."""

from datetime import date, timedelta

import pytest

from tests.rooms.simaya.office import bell, clear, fault, registered, tomorrow


def actions():
    from pendopo.simaya.disposition import actions

    return actions


def give(desk, letter, *to, by="Kepala Dinas", orders=("answer",), note="", due=None, **more):
    posts = [desk.posts[title] for title in to]
    return actions().give(letter, posts, list(orders), note, due, actor=desk.actor(by), **more)


def again(row):
    return type(row).objects.get(pk=row.pk)


def answer(desk, row, who, report="Sudah dikerjakan.", reply=None):
    return actions().answer(again(row), report, reply=reply, actor=desk.actor(who))


def test_the_head_tells_two_people_and_one_answers(desk):
    from pendopo.ground.audit.models import Line

    letter, due = registered(desk), tomorrow()
    first, second = give(
        desk, letter, "Sekretaris", "Kepala Bidang", orders=["prepare", "answer"], note="Satukan.", due=due
    )
    assert first.orders == ["answer", "prepare"] and first.by == desk.holders["Kepala Dinas"]
    assert first.due.astimezone().date() in (due - timedelta(days=1), due)  # the end of the day there
    assert bell(desk, "Sekretaris") == ["Disposition: Permintaan data SPBE"]
    assert {one.post.title for one in letter.access.filter(why="disposition")} == {
        "Sekretaris",
        "Kepala Bidang",
    }
    read = actions().read(first, actor=desk.actor("Sekretaris"))
    assert (read.state, read.read_by) == ("read", desk.holders["Sekretaris"]) and not bell(desk, "Sekretaris")
    answered = answer(desk, first, "Sekretaris")
    assert answered.state == "answered" and answered.report == "Sudah dikerjakan." and answered.settled_at
    assert "Disposition answered: Permintaan data SPBE" in bell(desk, "Kepala Dinas")
    assert again(second).state == "open"
    lines = Line.objects.filter(act__startswith="simaya.disposition").order_by("id")
    assert [(line.act.rpartition(".")[2], line.actor["capacity"]) for line in lines] == [
        ("give", "Kepala Dinas"), ("read", "Sekretaris"), ("answer", "Sekretaris"),
    ]  # fmt: skip
    assert "Satukan" not in str([line.detail for line in lines])


def test_an_answer_counts_while_its_page_says_that_it_is_read(desk):
    """The page loaded it unread; meanwhile it says by itself that it is read, before the answer or after."""
    from pendopo.ground.audit.models import Line

    letter = registered(desk)
    first, second = give(desk, letter, "Sekretaris", "Kepala Bidang")
    actions().see(again(first), actor=desk.actor("Sekretaris"))
    assert first.state == "open"
    assert actions().answer(first, "Sudah.", reply=None, actor=desk.actor("Sekretaris")).state == "answered"
    loaded = again(second)
    answer(desk, second, "Kepala Bidang")
    actions().see(loaded, actor=desk.actor("Kepala Bidang"))
    assert again(second).state == "answered"
    acts = Line.objects.filter(act__startswith="simaya.disposition").order_by("id")
    said = [line.act.rpartition(".")[2] for line in acts]
    assert said == ["give", "read", "answer", "read", "answer"]
    (gone,) = give(desk, letter, "Sekretaris")
    actions().withdraw(again(gone), actor=desk.actor("Kepala Dinas"))
    with fault("simaya.state"):
        actions().answer(gone, "Sudah.", reply=None, actor=desk.actor("Sekretaris"))


@pytest.mark.parametrize(
    ("to", "given", "code"),
    [
        ((), {}, "disposition.to"),
        (("Analis",), {}, "disposition.below"),  # two levels down
        (("Kepala Dinas",), {}, "disposition.below"),
        (("Sekretaris",), {"orders": ()}, "disposition.orders"),
        (("Sekretaris",), {"orders": ("dance",)}, "disposition.order"),
        (("Sekretaris",), {"due": date(2026, 1, 1)}, "disposition.due"),
        (("Sekretaris",), {"note": "a\u202eb"}, "paper.body_sign"),
        (("Sekretaris",), {"note": "a" * 4001}, "letters.long"),
    ],
)
def test_what_is_no_disposition_is_not_sent(desk, to, given, code):
    letter = registered(desk)
    with fault(code):
        give(desk, letter, *to, **given)
    assert not letter.dispositions.exists() and not letter.access.filter(why="disposition").exists()
    assert give(desk, letter, "Sekretaris")


def test_a_post_of_another_agency_is_not_below(desk, other):
    with fault("disposition.below"):
        actions().give(
            registered(desk),
            [other.posts["Sekretaris"]],
            ["file"],
            "",
            None,
            actor=desk.actor("Kepala Dinas"),
        )


def test_only_whoever_has_the_letter_gives(desk, other):
    from pendopo.ground.accounts.rights import Refused

    letter = registered(desk)
    for who in ("Sekretaris", "Analis"):
        with fault("simaya.party"):
            give(desk, letter, "Arsiparis", by=who)
    for stranger in (desk.actor("registrar"), other.actor("Kepala Dinas")):
        with pytest.raises(Refused):
            actions().give(letter, [desk.posts["Sekretaris"]], ["file"], "", None, actor=stranger)
    assert give(desk, letter, "Sekretaris")


def test_passed_on_and_settled_from_below(desk):
    """The head of division gives it on; when the analyst has answered, so has she."""
    letter = registered(desk)
    (parent,) = give(desk, letter, "Kepala Bidang")
    (child,) = give(desk, letter, "Analis", by="Kepala Bidang")
    assert child.parent == parent and again(parent).state == "forwarded" and again(parent).read_at
    with fault("simaya.state"):
        answer(desk, parent, "Kepala Bidang")
    answer(desk, child, "Analis")
    assert again(parent).state == "answered" and again(parent).settled_at


def test_taken_back_while_unread_and_then_with_its_holder_again(desk):
    from pendopo.simaya.letters import reads

    letter, analyst = registered(desk), desk.actor("Analis")
    (parent,) = give(desk, letter, "Kepala Bidang")
    (child,) = give(desk, letter, "Analis", by="Kepala Bidang")
    with fault("simaya.party"):
        actions().withdraw(child, actor=desk.actor("Sekretaris"))
    assert reads.visible(analyst).filter(pk=letter.pk).exists()
    assert actions().withdraw(child, actor=desk.actor("Kepala Bidang")).state == "withdrawn"
    assert not reads.visible(desk.actor("Analis")).filter(pk=letter.pk).exists() and not bell(desk, "Analis")
    assert again(parent).state == "read" and not again(parent).settled_at
    (child,) = give(desk, letter, "Analis", by="Kepala Bidang")
    actions().read(child, actor=analyst)
    with fault("simaya.state"):
        actions().withdraw(child, actor=desk.actor("Kepala Bidang"))
    assert actions().close(child, actor=desk.actor("Kepala Bidang")).state == "closed"


def test_whoever_got_it_by_disposition_does_not_give_what_is_done(desk):
    letter = registered(desk)
    (row,) = give(desk, letter, "Kepala Bidang")
    answer(desk, row, "Kepala Bidang")
    with fault("simaya.state"):
        give(desk, letter, "Analis", by="Kepala Bidang")
    (row,) = give(desk, letter, "Kepala Bidang")  # asked anew, she may
    assert give(desk, letter, "Analis", by="Kepala Bidang")[0].parent == row


def test_a_parent_is_ones_own(desk):
    letter = registered(desk)
    (row,) = give(desk, letter, "Sekretaris")
    give(desk, letter, "Kepala Bidang")
    with fault("simaya.party"):
        give(desk, letter, "Analis", by="Kepala Bidang", parent=row)
    assert give(desk, letter, "Arsiparis", by="Sekretaris", parent=row)[0].parent == row


def test_an_answer_says_something(desk, other):
    letter = registered(desk)
    (row,) = give(desk, letter, "Sekretaris")
    with fault("simaya.guard_answer"):
        answer(desk, row, "Sekretaris", report=" ")
    for who in ("Kepala Dinas", "Kepala Bidang"):
        with fault("simaya.party"):
            answer(desk, row, who)
    for wrong in (letter, other.start(), desk.start()):  # a letter in, another agency's, one not hers to read
        with fault("disposition.reply"):
            answer(desk, row, "Sekretaris", reply=wrong)
    mine = desk.start("Sekretaris")
    assert answer(desk, row, "Sekretaris", report="", reply=mine).answered_by == mine


def test_an_acting_holder_has_the_work_of_the_post_on_his_days(desk):
    from pendopo.simaya.disposition import reads

    letter = registered(desk)
    (row,) = give(desk, letter, "Sekretaris")
    desk.hire("wakil", "Sekretaris", kind="plh", valid=(date(2020, 1, 1), tomorrow()))
    desk.hire("bekas", "Sekretaris", kind="plh", valid=(date(2020, 1, 1), date(2020, 2, 1)))
    assert list(reads.to_me(desk.actor("wakil"))) == [row] and not reads.to_me(desk.actor("bekas"))
    answered = answer(desk, row, "wakil")
    assert str(answered.read_by) == "Plh. Sekretaris"


def test_lists_and_what_is_late(desk, other):
    from django.utils import timezone

    from pendopo.simaya.disposition import reads

    letter = registered(desk)
    late, fresh = give(desk, letter, "Sekretaris", "Kepala Bidang", due=tomorrow())
    type(late).objects.filter(pk=late.pk).update(due=timezone.now() - timedelta(hours=1))
    assert list(reads.late(desk.actor("Sekretaris"))) == [late]
    assert list(reads.late(desk.actor("Kepala Dinas"))) == [late]
    assert not reads.late(desk.actor("Kepala Bidang"))
    assert set(reads.from_me(desk.actor("Kepala Dinas"))) == {late, fresh}
    assert set(reads.visible(desk.actor("supervisor"))) == {late, fresh}
    assert not reads.visible(desk.actor("Analis")) and not reads.visible(other.actor("Kepala Dinas"))
    answer(desk, late, "Sekretaris")
    assert not reads.late(desk.actor("Kepala Dinas"))


def test_a_secret_letter_goes_to_whoever_may_read_it(desk):
    from pendopo.simaya.disposition import reads
    from pendopo.simaya.incoming.desk import waiting

    clear(desk, "Kepala Dinas", "Sekretaris")
    letter = registered(desk, security="R", subject="Pemberhentian")
    with fault("incoming.cleared"):
        give(desk, letter, "Kepala Bidang")
    (row,) = give(desk, letter, "Sekretaris")
    assert bell(desk, "Sekretaris") == ["Disposition of a secret letter"]
    assert list(reads.to_me(desk.actor("Sekretaris"))) == [row]
    assert len(waiting(desk.actor("Sekretaris"))) == 1
    assert "Pemberhentian" not in str(waiting(desk.actor("Sekretaris")))  # home is seen by others too
    assert not reads.visible(desk.actor("registrar")) and not reads.visible(desk.actor("supervisor"))
    desk.accounts["Sekretaris"].grants.all().delete()
    assert not reads.to_me(desk.actor("Sekretaris"))
    assert not waiting(desk.actor("Sekretaris"))
    with fault("simaya.party"):
        answer(desk, row, "Sekretaris")


def test_what_waits(desk):
    """The clerk's letters as one line with their number; the head's until he has given them on."""
    from pendopo.simaya.counts import counts
    from pendopo.simaya.incoming import actions as incoming
    from pendopo.simaya.incoming.desk import menu, waiting
    from tests.rooms.simaya.office import arrived

    arrived(desk), arrived(desk)
    assert [one.count for one in waiting(desk.actor("registrar"))] == [2]
    letter = registered(desk)
    assert [one.due for one in waiting(desk.actor("Kepala Dinas"))] == [letter.due]
    give(desk, letter, "Sekretaris")
    copy = registered(desk, is_copy=True)
    assert [one.due for one in waiting(desk.actor("Kepala Dinas"))] == [None]
    incoming.mark_read(copy, actor=desk.actor("Kepala Dinas"))
    assert not waiting(desk.actor("Kepala Dinas"))
    incoming.close(registered(desk), actor=desk.actor("registrar"))
    assert not waiting(desk.actor("Kepala Dinas")) and len(waiting(desk.actor("Sekretaris"))) == 1
    actors = [desk.actor(who) for who in ("registrar", "Kepala Dinas", "administrator")]
    assert [len(menu(actor, counts(actor))) for actor in actors] == [5, 4, 0]
