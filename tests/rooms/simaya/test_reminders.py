"""Reminders: the day before to whoever has the disposition, after its end to whoever gave it too; once."""

from datetime import timedelta

from tests.rooms.simaya.office import bell, clear, registered


def given(desk, hours, **letter):
    from django.utils import timezone

    from pendopo.simaya.disposition import actions

    found = registered(desk, **letter)
    (row,) = actions.give(
        found, [desk.posts["Sekretaris"]], ["answer"], "", None, actor=desk.actor("Kepala Dinas")
    )
    row.due = timezone.now() + timedelta(hours=hours)
    row.save()
    desk.accounts["Sekretaris"].notices.all().delete()
    desk.accounts["Kepala Dinas"].notices.all().delete()
    return row


def run():
    from pendopo.simaya.disposition import reminders

    reminders.run()


def test_once_before_and_once_after(desk):
    row = given(desk, 30)
    run()
    assert not bell(desk, "Sekretaris")
    row.due -= timedelta(hours=10)
    row.save()
    for _ in range(2):
        run()
        assert bell(desk, "Sekretaris") == ["Disposition ends within a day: Permintaan data SPBE"]
        assert not bell(desk, "Kepala Dinas")
    row.due -= timedelta(hours=30)
    row.save()
    for _ in range(2):
        run()
        assert bell(desk, "Sekretaris")[1:] == ["Disposition overdue: Permintaan data SPBE"]
        assert bell(desk, "Kepala Dinas") == ["Disposition overdue: Permintaan data SPBE"]


def test_what_is_answered_is_not_reminded_of_and_what_was_said_is_done_with(desk):
    from pendopo.simaya.disposition import actions

    late, soon = given(desk, -1), given(desk, 5)
    secretary = desk.actor("Sekretaris")
    actions.answer(soon, "Sudah.", reply=None, actor=secretary)
    run()
    assert bell(desk, "Sekretaris") == ["Disposition overdue: Permintaan data SPBE"]
    actions.answer(late, "Sudah.", reply=None, actor=secretary)
    assert not bell(desk, "Sekretaris")
    assert bell(desk, "Kepala Dinas") == ["Disposition answered: Permintaan data SPBE"] * 2


def test_no_subject_of_a_secret_letter(desk):
    clear(desk, "Kepala Dinas", "Sekretaris")
    given(desk, -1, security="R", subject="Pemberhentian")
    run()
    assert bell(desk, "Sekretaris") == ["Disposition of a secret letter overdue"]


def test_the_day_it_comes_into_force_an_acting_holder_is_told(desk):
    from datetime import date

    from tests.rooms.simaya.office import tomorrow

    desk.hire("wakil", "Sekretaris", kind="plh", valid=(date(2020, 1, 1), tomorrow()))
    desk.hire("bekas", "Sekretaris", kind="plh", valid=(date(2020, 1, 1), date(2020, 2, 1)))
    given(desk, -1)
    run()
    assert "Disposition overdue: Permintaan data SPBE" in bell(desk, "wakil") and not bell(desk, "bekas")
