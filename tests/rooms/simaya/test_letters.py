"""A letter from its first words to the signer's desk: who may do what, when, and what is kept of it."""

from datetime import UTC, date, datetime

import pytest

from tests.rooms.simaya.office import BODY, OFFICE, OTHER, fault, tomorrow


def initialled(desk, letter):
    from pendopo.simaya.letters import actions

    letter = actions.submit(letter, letter.v, actor=desk.actor("Analis"))
    return actions.initial(letter, letter.v, actor=desk.actor("Kepala Bidang"))


def test_the_way_to_the_signer(desk):
    """Returned once with a comment, changed, initialled at the second version; then it waits for the head."""
    from pendopo.ground.audit.models import Line
    from pendopo.simaya.letters import actions

    letter = desk.start()
    letter = actions.submit(letter, letter.v, actor=desk.actor("Analis"))
    assert letter.state == "review"
    letter = actions.give_back(letter, "Sebutkan jamnya.", actor=desk.actor("Kepala Bidang"))
    assert letter.state == "draft" and letter.comments.get().text == "Sebutkan jamnya."
    letter = actions.edit(
        letter, desk.content(subject="Undangan rapat pukul 9"), letter.v, actor=desk.actor("Analis")
    )
    letter = initialled(desk, letter)
    assert letter.state == "approval"
    first, second = letter.versions.all()
    assert first.fields["subject"] == "Undangan rapat"
    assert second.fields["subject"] == "Undangan rapat pukul 9"
    step = letter.steps.get()
    assert (step.state, step.version, step.by["name"]) == ("done", 2, "Orang Kepala Bidang")
    lines = Line.objects.filter(act__startswith="simaya.letter.").order_by("id")
    assert [line.act.rpartition(".")[2] for line in lines] == [
        "draft", "submit", "return", "draft", "submit", "initial",
    ]  # fmt: skip
    assert {line.actor["capacity"] for line in lines} == {"Analis", "Kepala Bidang"}


def test_turns_and_parallel_posts(desk):
    """Posts of one turn initial in any order; the next turn begins when all of them have."""
    from pendopo.simaya.letters import actions
    from pendopo.simaya.letters.drafting import Initial

    posts = {title: str(position.pk) for title, position in desk.posts.items()}
    letter = desk.start(
        initials=(
            Initial(post=posts["Kepala Bidang"], turn=1),
            Initial(post=posts["Arsiparis"], turn=1, kind="coordination"),
            Initial(post=posts["Sekretaris"], turn=2),
        )
    )
    letter = actions.submit(letter, letter.v, actor=desk.actor("Analis"))
    with fault("simaya.party"):
        actions.initial(letter, letter.v, actor=desk.actor("Sekretaris"))
    for title in ("Arsiparis", "Kepala Bidang"):
        letter = actions.initial(letter, letter.v, actor=desk.actor(title))
        assert letter.state == "review"
    with fault("simaya.party"):  # once is enough
        actions.initial(letter, letter.v, actor=desk.actor("Arsiparis"))
    letter = actions.initial(letter, letter.v, actor=desk.actor("Sekretaris"))
    assert letter.state == "approval"


def test_what_somebody_else_changed_is_not_overwritten(desk):
    from pendopo.simaya.letters import actions

    letter, seen = desk.start(), 1
    letter = actions.edit(letter, desk.content(subject="Satu"), seen, actor=desk.actor("Analis"))
    with fault("simaya.guard_version"):
        actions.edit(letter, desk.content(subject="Dua"), seen, actor=desk.actor("Analis"))
    letter.refresh_from_db()
    assert letter.subject == "Satu" and letter.draft.fields["subject"] == "Satu"
    letter = actions.edit(letter, desk.content(subject="Dua"), letter.v, actor=desk.actor("Analis"))
    assert letter.subject == "Dua"
    with fault("simaya.guard_version"):
        actions.submit(letter, seen, actor=desk.actor("Analis"))
    letter = actions.submit(letter, letter.v, actor=desk.actor("Analis"))
    with fault("simaya.guard_version"):
        actions.initial(letter, letter.v - 1, actor=desk.actor("Kepala Bidang"))
    assert actions.initial(letter, letter.v, actor=desk.actor("Kepala Bidang")).state == "approval"


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ({"subject": ""}, "simaya.guard_complete"),
        ({"classification": ""}, "simaya.guard_complete"),
        ({"addressees": ()}, "simaya.guard_complete"),
        ({"signer": ""}, "simaya.guard_signer"),
    ],
)
def test_what_lacks_something_is_kept_but_not_submitted(desk, missing, code):
    from pendopo.simaya.letters import actions

    letter = desk.start(**missing)
    with fault(code):
        actions.submit(letter, letter.v, actor=desk.actor("Analis"))
    letter = actions.edit(letter, desk.content(), letter.v, actor=desk.actor("Analis"))
    assert actions.submit(letter, letter.v, actor=desk.actor("Analis")).state == "review"


def test_only_who_may_sign_is_asked_to(desk):
    """The secretary signs a.n. the head by a written mandate in force, for the kinds it names."""
    from pendopo.simaya.letters import actions
    from pendopo.simaya.offices.actions import delegate

    head, secretary = desk.posts["Kepala Dinas"], desk.posts["Sekretaris"]
    signed_for = {"signer": str(secretary.pk), "on_behalf": (str(head.pk),)}
    letter = desk.start(**signed_for)
    with fault("kinds.delegation"):
        actions.submit(letter, letter.v, actor=desk.actor("Analis"))
    administrator = desk.actor("administrator")
    mandate = {"start": date(2020, 1, 1), "actor": administrator}
    delegate(head, secretary, "an", ["nota-dinas"], "SK 7/2026", end=None, **mandate)
    delegate(head, secretary, "an", ["surat-dinas"], "SK 8/2026", end=date(2020, 2, 1), **mandate)
    with fault("kinds.delegation"):
        actions.submit(letter, letter.v, actor=desk.actor("Analis"))
    delegate(head, secretary, "an", ["surat-dinas"], "SK 9/2026", end=tomorrow(), **mandate)
    assert actions.submit(letter, letter.v, actor=desk.actor("Analis")).state == "review"
    alone = desk.start(signer=str(secretary.pk))
    with fault("kinds.not_signer"):
        actions.submit(alone, alone.v, actor=desk.actor("Analis"))


def test_take_back_and_withdraw(desk):
    from pendopo.simaya.letters import actions

    author = desk.actor("Analis")
    letter = desk.start()
    letter = actions.submit(letter, letter.v, actor=author)
    with fault("simaya.party"):
        actions.take_back(letter, actor=desk.actor("Kepala Bidang"))
    letter = actions.take_back(letter, actor=author)
    assert letter.state == "draft" and not letter.steps.exists()
    letter = initialled(desk, letter)
    with fault("simaya.state"):
        actions.withdraw(letter, actor=author)
    letter = actions.give_back(letter, "Belum tepat.", actor=desk.actor("Kepala Dinas"))
    assert actions.withdraw(letter, actor=author).state == "withdrawn"


def test_a_comment_says_something(desk):
    from pendopo.simaya.letters import actions

    letter = desk.start()
    letter = actions.submit(letter, letter.v, actor=desk.actor("Analis"))
    with fault("simaya.guard_comment"):
        actions.give_back(letter, " \n ", actor=desk.actor("Kepala Bidang"))
    assert actions.give_back(letter, "Ya.", actor=desk.actor("Kepala Bidang")).state == "draft"


def test_a_version_is_never_changed(desk):
    from django.db import DatabaseError, transaction

    from pendopo.simaya.letters import actions

    letter = desk.start()
    actions.submit(letter, letter.v, actor=desk.actor("Analis"))
    for change in (lambda rows: rows.update(n=9), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            change(letter.versions.all())
    assert letter.versions.get().n == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "surat-sakti"}, "letters.choice"),
        ({"security": "X"}, "letters.choice"),
        ({"urgency": "kilat"}, "letters.choice"),
        ({"subject": "a\u202eb"}, "paper.body_sign"),
        ({"subject": "x" * 401}, "letters.long"),
        ({"signer": "0" * 8}, "letters.post"),
        ({"body": {"type": "doc", "content": [{"type": "script"}]}}, "paper.body_form"),
    ],
)
def test_hostile_fields_are_refused(desk, changes, code):
    from pendopo.simaya.letters.models import Letter

    with fault(code):
        desk.start(**changes)
    assert not Letter.objects.exists()
    subject = "<script>alert(1)</script> #emph[x] \"'"
    assert desk.start(subject=subject, body=BODY).subject == subject


def test_posts_of_another_agency_are_nobody_here(desk, other):
    from pendopo.simaya.letters.drafting import Addressee, Initial

    stranger = str(other.posts["Kepala Dinas"].pk)
    for changes in (
        {"signer": stranger},
        {"on_behalf": (stranger,)},
        {"initials": (Initial(post=stranger, turn=1),)},
        {"addressees": (Addressee(line="x", post=stranger),)},
    ):
        with fault("letters.post"):
            desk.start(**changes)
    with fault("letters.agency"):
        desk.start(addressees=(Addressee(line="x", agency="../../etc"),))
    assert desk.start(addressees=(Addressee(line="x", agency=OFFICE),)).recipients.get().agency == OFFICE


def test_strangers_and_other_agencies_do_nothing(desk, other):
    from pendopo.ground.accounts.rights import Refused
    from pendopo.ground.audit.models import Line
    from pendopo.simaya.letters import actions

    letter = desk.start()
    for stranger in (other.actor("Analis"), desk.actor("registrar"), desk.actor("supervisor")):
        with pytest.raises(Refused):
            actions.edit(letter, desk.content(), letter.v, actor=stranger)
    with fault("simaya.party"):
        actions.edit(letter, desk.content(), letter.v, actor=desk.actor("Arsiparis"))
    with pytest.raises(Refused):  # in another's name
        actions.start(desk.content(), author=desk.holders["Analis"], actor=desk.actor("Arsiparis"))
    assert Line.objects.filter(outcome="refused", act="simaya.letter.draft").count() == 4
    assert actions.edit(letter, desk.content(), letter.v, actor=desk.actor("Analis")).v == 2


def test_without_an_office_nothing_is_written(desk):
    from pendopo.simaya.offices.models import Office

    Office.objects.all().delete()
    with fault("letters.office"):
        desk.start()


def test_acting_for_days_only(desk, monkeypatch):
    """A Plh. sees the post's work from midnight to midnight in the agency's zone (WITA, UTC+8)."""
    from pendopo.simaya.letters import reads

    desk.hire("Plh", "Kepala Bidang", kind="plh", valid=(date(2026, 3, 2), date(2026, 3, 4)))
    letter = desk.start()
    from pendopo.simaya.letters import actions

    actions.submit(letter, letter.v, actor=desk.actor("Analis"))

    def seen_at(*moment: int) -> bool:
        now = datetime(*moment, tzinfo=UTC)
        monkeypatch.setattr("pendopo.ground.accounts.actor.timezone.now", lambda: now)
        return reads.visible(desk.actor("Plh")).exists()

    assert [seen_at(2026, 3, 1, 15, 59, 59), seen_at(2026, 3, 1, 16)] == [False, True]
    assert [seen_at(2026, 3, 3, 15, 59, 59), seen_at(2026, 3, 3, 16)] == [True, False]


def test_who_sees_what(desk, other):
    """Author, chain and signer by posts; registrar and supervisor what is not secret; others nothing."""
    from pendopo.simaya.letters import actions, reads

    letter = desk.start()

    def readers():
        names = (*desk.accounts, *(f"{OTHER} {name}" for name in other.accounts))
        actors = [*map(desk.actor, desk.accounts), *map(other.actor, other.accounts)]
        return {
            name
            for name, actor in zip(names, actors, strict=True)
            if reads.visible(actor).exists() and reads.opened(actor, letter)
        }

    assert readers() == {"Analis", "registrar", "supervisor"}
    actions.submit(letter, letter.v, actor=desk.actor("Analis"))
    assert readers() == {"Analis", "Kepala Bidang", "Kepala Dinas", "registrar", "supervisor"}


def test_the_subject_of_a_secret_letter(desk, other):
    """It is in no row that lists read; only who is party to the letter and cleared gets it."""
    from pendopo.ground.accounts.models import RoleGrant
    from pendopo.ground.audit.models import Line
    from pendopo.simaya.letters import actions, reads
    from pendopo.simaya.letters.models import Letter

    words = "Operasi Merpati"
    with fault("letters.cleared"):
        desk.start(security="R", subject=words)
    for post in ("Analis", "Kepala Bidang", "Sekretaris"):
        RoleGrant.objects.create(
            account=desk.accounts[post],
            agency=desk.agency,
            room="simaya",
            role="cleared",
            valid=(date(2020, 1, 1), None),
        )
    letter = desk.start(security="R", subject=words)
    actions.submit(letter, letter.v, actor=desk.actor("Analis"))
    assert words not in str(Letter.objects.values().get(pk=letter.pk))
    assert words not in str(list(Line.objects.values()))
    letter.refresh_from_db()
    told = {name for name in desk.accounts if words == reads.subject(letter, desk.actor(name))}
    # The head is to sign it but is not cleared; the secretary is cleared but not party to it.
    assert told == {"Analis", "Kepala Bidang"}
    assert not any(words == reads.subject(letter, other.actor(name)) for name in other.accounts)
    knows = {name for name in desk.accounts if reads.visible(desk.actor(name)).exists()}
    assert knows == {"Analis", "Kepala Bidang", "registrar", "supervisor"}
    letter = actions.take_back(letter, actor=desk.actor("Analis"))
    letter = actions.edit(
        letter, desk.content(security="B", subject="Terbuka"), letter.v, actor=desk.actor("Analis")
    )
    assert reads.subject(letter, desk.actor("registrar")) == "Terbuka"


@pytest.mark.parametrize(
    ("comment", "code"),
    [("a\x00b", "paper.body_sign"), ("a\u202eb", "paper.body_sign"), ("x" * 4001, "letters.long")],
)
def test_a_hostile_comment_is_refused_and_an_ordinary_one_keeps_its_lines(desk, comment, code):
    from pendopo.simaya.letters import actions

    letter = desk.start()
    letter = actions.submit(letter, letter.v, actor=desk.actor("Analis"))
    with fault(code):
        actions.give_back(letter, comment, actor=desk.actor("Kepala Bidang"))
    letter = actions.give_back(letter, "Satu.\r\n<b>Dua</b>.\n", actor=desk.actor("Kepala Bidang"))
    assert letter.comments.get().text == "Satu.\n<b>Dua</b>."


def test_a_post_that_is_no_id_or_nothing_is_refused(desk):
    from pendopo.simaya.letters.drafting import Initial

    for changes in (
        {"on_behalf": ("",)},
        {"signer": "' OR 1=1 --"},
        {"initials": (Initial(post="", turn=1),)},
    ):
        with fault("letters.post"):
            desk.start(**changes)
    assert desk.start(signer="").signer is None


def test_saving_a_draft_costs_the_same_in_a_large_agency(desk):
    """Saved a second and a half after each pause in typing: nothing in it grows with the agency."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from pendopo.ground.directory.models import Position
    from pendopo.simaya.letters import actions

    def cost() -> int:
        letter, actor = desk.start(), desk.actor("Analis")
        with CaptureQueriesContext(connection) as asked:
            actions.edit(letter, desk.content(), letter.v, actor=actor)
        return len(asked)

    few = cost()
    unit = desk.posts["Analis"].unit
    Position.objects.bulk_create(Position(unit=unit, title=f"Staf {n}") for n in range(500))
    assert cost() == few <= 25
