"""Assistants: they prepare for the holder of a post, and what they may not do stays with the holder."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.rooms.simaya.office import SINCE, clear, fault, registered, tomorrow

BACKEND = "pendopo.ground.accounts.signin.NumberBackend"


@pytest.fixture
def helper(desk):
    """Whoever has no post and no role, and prepares for the analyst; `helper()` is that actor."""
    from pendopo.simaya.offices import assistants

    desk.hire("Asisten")
    post = desk.posts["Analis"]
    assistants.name(post, person(desk, "Asisten"), start=SINCE, end=None, actor=desk.actor("Analis"))
    return lambda: desk.actor("Asisten")


def person(desk, name):
    return desk.accounts[name].person


@pytest.fixture
def client(desk, other, django_home, assets):
    from django.test import Client

    def signed_in(who, at=None):
        client = Client(HTTP_HOST="localhost")
        client.force_login((at or desk).accounts[who], backend=BACKEND)
        return client

    return signed_in


def text(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_who_names_and_ends_them(desk, other):
    """The post's holder or the administrator; neither a colleague, another agency, nor the assistant."""
    from pendopo.ground.accounts.rights import Refused
    from pendopo.simaya.offices import assistants
    from pendopo.simaya.offices.models import Assistant

    desk.hire("Asisten")
    post, who = desk.posts["Analis"], person(desk, "Asisten")
    strangers = ("Kepala Dinas", "registrar", "Asisten")
    for stranger in (*map(desk.actor, strangers), other.actor("Analis"), other.actor("administrator")):
        with pytest.raises(Refused):
            assistants.name(post, who, start=SINCE, end=None, actor=stranger)
    assert not Assistant.objects.exists()
    for allowed in ("Analis", "administrator"):
        made = assistants.name(post, who, start=tomorrow(), end=None, actor=desk.actor(allowed))
        for stranger in (*map(desk.actor, strangers), other.actor("administrator")):
            with pytest.raises(Refused):
                assistants.end(made, actor=stranger)
        assistants.end(made, actor=desk.actor(allowed))
        made.refresh_from_db()
        with fault("offices.assistant_ended"):
            assistants.end(made, actor=desk.actor(allowed))


def test_what_an_assistance_cannot_be(desk, other):
    from pendopo.simaya.offices import assistants

    desk.hire("Asisten")
    given = {"start": date(2030, 1, 1), "end": date(2030, 1, 3), "actor": desk.actor("Analis")}
    post, who = desk.posts["Analis"], person(desk, "Asisten")
    with fault("offices.assistant_person"):
        assistants.name(post, person(other, "Analis"), **given)
    with fault("offices.assistant_days"):
        assistants.name(post, who, **(given | {"end": date(2030, 1, 1)}))
    coming = assistants.name(post, who, **given)
    with fault("offices.assistant_twice"):
        assistants.name(post, who, **(given | {"start": date(2030, 1, 2), "end": None}))
    assistants.name(post, who, **(given | {"start": date(2030, 1, 3), "end": None}))
    assistants.end(coming, actor=desk.actor("Analis"))  # it never begins, and its days are free again
    assistants.name(post, who, **given)


def test_an_assistant_writes_the_holders_letter(desk, helper):
    """Begun and changed by the assistant, submitted by the author; the audit line names both."""
    from pendopo.ground.accounts.rights import Refused
    from pendopo.ground.audit.models import Line
    from pendopo.simaya.letters import actions

    author = desk.holders["Analis"]
    for stranger in ("registrar", "Sekretaris"):
        with pytest.raises(Refused):
            actions.start(desk.content(), author=author, actor=desk.actor(stranger))
    with pytest.raises(Refused):  # of another post than the assisted one
        actions.start(desk.content(), author=desk.holders["Sekretaris"], actor=helper())
    letter = actions.start(desk.content(), author=author, actor=helper())
    assert letter.author == author
    letter = actions.edit(letter, desk.content(subject="Undangan kedua"), letter.v, actor=helper())
    line = Line.objects.filter(act="simaya.letter.draft", outcome="done").order_by("-id").first()
    assert (line.actor["name"], line.actor["capacity"]) == ("Orang Asisten", "Asisten Analis")
    assert line.detail["author"] == "Orang Analis"
    letter = actions.submit(letter, letter.v, actor=desk.actor("Analis"))
    assert letter.versions.get().fields["subject"] == "Undangan kedua"


def test_what_stays_with_the_holder(desk, helper):
    """Each act of the letter, refused to the assistant and done by whom it is for."""
    from pendopo.ground.accounts.rights import Refused
    from pendopo.simaya.letters import actions
    from pendopo.simaya.offices import assistants

    desk.hire("Pembantu")
    for post in ("Kepala Bidang", "Kepala Dinas"):
        assistants.name(
            desk.posts[post], person(desk, "Pembantu"), start=SINCE, end=None, actor=desk.actor(post)
        )

    def only(holder, act, *args, helped):
        with pytest.raises(Refused):
            act(*args, actor=helped)
        return act(*args, actor=desk.actor(holder))

    letter = desk.start()
    letter = only("Analis", actions.submit, letter, letter.v, helped=helper())
    letter = only("Analis", actions.take_back, letter, helped=helper())
    letter = actions.submit(letter, letter.v, actor=desk.actor("Analis"))
    above = desk.actor("Pembantu")
    letter = only("Kepala Bidang", actions.give_back, letter, "Lagi.", helped=above)
    with fault("simaya.party"):  # assists there, but not the author
        actions.edit(letter, desk.content(), letter.v, actor=above)
    letter = actions.edit(letter, desk.content(), letter.v, actor=helper())
    letter = actions.submit(letter, letter.v, actor=desk.actor("Analis"))
    letter = only("Kepala Bidang", actions.initial, letter, letter.v, helped=above)
    assert letter.state == "approval"
    letter = only("Kepala Dinas", actions.give_back, letter, "Sekali lagi.", helped=above)
    only("Analis", actions.withdraw, letter, helped=helper())


def test_letters_in_are_read_and_not_disposed(desk, other, helper):
    from pendopo.ground.accounts.rights import Refused
    from pendopo.simaya.disposition import actions as dispositions
    from pendopo.simaya.disposition import reads as given
    from pendopo.simaya.incoming import actions, reads
    from pendopo.simaya.kinds import profiles
    from pendopo.simaya.letters import reads as letters
    from pendopo.simaya.offices import assistants

    head = desk.posts["Kepala Dinas"]
    letter = registered(desk)
    assert not reads.listed(helper(), "terdaftar").exists()  # its post has not got it
    assistants.name(head, person(desk, "Asisten"), start=SINCE, end=None, actor=desk.actor("Kepala Dinas"))
    assert reads.opened(helper(), letter.pk) == letter
    assert letters.parties(letter, helper()) == {"assistant"}
    below = [desk.posts["Sekretaris"]]
    orders = list(profiles.load(letter.profile).orders)[:1]
    with pytest.raises(Refused):
        dispositions.give(letter, below, orders, "", None, actor=helper())
    with pytest.raises(Refused):
        actions.close(letter, actor=helper())
    actions.mark_read(letter, actor=helper())  # what an assistant opens stays unread for the holder
    assert letter.pk in reads.unread(desk.actor("Kepala Dinas"), [letter])
    dispositions.give(letter, below, orders, "", None, actor=desk.actor("Kepala Dinas"))
    row = given.visible(helper()).get()
    assert given.parties(row, helper()) == frozenset()
    assert not given.visible(other.actor("Analis")).exists()


def test_a_post_of_ones_own_brings_nothing_more(desk):
    """The secretary assists the head, and holds a post: the acts of the head's post stay closed to her."""
    from pendopo.simaya.disposition import actions as dispositions
    from pendopo.simaya.incoming import actions as incoming
    from pendopo.simaya.kinds import profiles
    from pendopo.simaya.letters import actions
    from pendopo.simaya.offices import assistants

    desk.hire("Sekretaris pribadi", "Arsiparis", kind="plh")
    who, head = person(desk, "Sekretaris pribadi"), desk.actor("Kepala Dinas")
    helped = desk.actor("Sekretaris pribadi")
    letter, came = desk.start("Kepala Dinas"), registered(desk)
    assert helped.posts and not helped_sees(helped, letter, came)
    assistants.name(desk.posts["Kepala Dinas"], who, start=SINCE, end=None, actor=head)
    helped = desk.actor("Sekretaris pribadi")
    assert helped_sees(helped, letter, came)
    orders = list(profiles.load(came.profile).orders)[:1]
    below = [desk.posts["Sekretaris"]]
    refused = (
        lambda actor: actions.submit(letter, letter.v, actor=actor),
        lambda actor: dispositions.give(came, below, orders, "", None, actor=actor),
    )
    for act in (*refused, lambda actor: actions.withdraw(letter, actor=actor)):
        with fault("simaya.party"):
            act(helped)
    with fault("simaya.party"):
        incoming.close(came, actor=helped)
    assert incoming.mark_read(came, actor=helped) is False
    assert actions.edit(letter, desk.content(), letter.v, actor=helped).v == letter.v + 1
    letter.refresh_from_db()
    for act in refused:
        act(head)


def helped_sees(actor, *letters) -> bool:
    from pendopo.simaya.letters import reads

    return set(letters) <= set(reads.visible(actor))


def test_days_begin_and_end_at_the_agencys_midnight(desk, monkeypatch):
    """The office is in WITA: its day begins at 16.00 UTC the day before."""
    from pendopo.ground.accounts.rights import allowed
    from pendopo.simaya.letters import reads
    from pendopo.simaya.offices import assistants

    letter = desk.start()
    desk.hire("Asisten")
    days = {"start": date(2026, 3, 2), "end": date(2026, 3, 4)}
    assistants.name(desk.posts["Analis"], person(desk, "Asisten"), **days, actor=desk.actor("Analis"))

    def may_at(*moment: int) -> bool:
        now = datetime(*moment, tzinfo=UTC)
        monkeypatch.setattr("pendopo.ground.accounts.actor.timezone.now", lambda: now)
        actor = desk.actor("Asisten")
        may = allowed("simaya.letter.draft", actor, letter)
        assert may == reads.visible(actor).filter(pk=letter.pk).exists()
        return may

    assert [may_at(2026, 3, 1, 15, 59, 59), may_at(2026, 3, 1, 16)] == [False, True]
    assert [may_at(2026, 3, 3, 15, 59, 59), may_at(2026, 3, 3, 16)] == [True, False]


def test_a_new_holder_has_the_same_assistant(desk, helper):
    """The assistance is of the post: an acting holder's letters are prepared too; a vacant post has none."""
    from pendopo.simaya.letters import actions, reads
    from pendopo.simaya.offices.reads import prepared_for

    desk.hire("Plh", "Analis", kind="plh", valid=(SINCE, tomorrow()))
    assert prepared_for(helper()) == [desk.holders["Analis"], desk.holders["Plh"]]
    letter = actions.start(desk.content(), author=desk.holders["Plh"], actor=helper())
    assert reads.written(desk.actor("Plh")).get() == letter
    for name in ("Analis", "Plh"):
        held = desk.holders[name]
        held.valid = (SINCE, date.today() - timedelta(days=2))
        held.save()
    assert prepared_for(helper()) == []


def test_nothing_of_a_secret_letter(desk, helper):
    """Not even with clearance of one's own; and none is made secret by an assistant."""
    from django.http import Http404

    from pendopo.ground.accounts.rights import Refused
    from pendopo.simaya.letters import actions, reads

    clear(desk, "Analis", "Asisten")
    plain, secret = desk.start(subject="Rapat biasa"), desk.start(subject="Rapat rahasia", security="R")
    assert list(reads.visible(helper())) == [plain]
    assert list(reads.written(desk.actor("Analis"))) == [secret, plain]
    with pytest.raises(Http404):
        reads.door(helper(), secret.pk)
    with fault("simaya.party"):
        actions.edit(secret, desk.content(security="R"), secret.v, actor=helper())
    with fault("letters.cleared"):
        actions.edit(plain, desk.content(security="R"), plain.v, actor=helper())
    with fault("letters.cleared"):
        actions.start(desk.content(security="R"), author=desk.holders["Analis"], actor=helper())
    actions.edit(plain, desk.content(security="R"), plain.v, actor=desk.actor("Analis"))
    assert not reads.visible(helper()).exists()
    with pytest.raises(Refused):
        actions.submit(plain, plain.v, actor=helper())


def test_the_holder_names_and_ends_one_by_page(client, desk, other):
    page = "/surat/kantor/asisten/"
    desk.hire("Asisten")
    head = client("Kepala Dinas")
    assert "Orang Asisten" in text(head.get(page))
    given = {
        "position": desk.posts["Kepala Dinas"].pk,
        "person": person(desk, "Asisten").pk,
        "start": "2026-01-01",
        "last": "",
    }
    foreign = given | {"person": person(other, "Analis").pk}
    assert head.post(page, foreign).status_code == 422
    assert head.post(page, given | {"position": desk.posts["Analis"].pk}).status_code == 422
    assert head.post(page, given | {"last": "2025-12-31"}).status_code == 422
    assert client("registrar").get(page).status_code == 403
    assert client("Asisten").get(page).status_code in (403, 404)
    assert head.post(page, given).status_code == 302
    assert client("Asisten").get(page).status_code == 403

    from pendopo.simaya.offices.models import Assistant

    end = f"{page}{Assistant.objects.get().pk}/akhiri/"
    assert client("Kepala Dinas", other).get(end).status_code == 404
    assert client("Analis").post(end).status_code == 404  # another post's
    assert "Orang Asisten" in text(head.get(end))
    assert head.post(end).status_code == 302
    assert end not in text(head.get(page))


def test_the_assistants_pages_have_no_button_it_may_not_press(client, desk, other, helper):
    from pendopo.simaya.letters.models import Letter

    own = client("Asisten")
    assert own.get("/surat/").headers["Location"] == "/surat/konsep/"
    drafts = text(own.get("/surat/konsep/"))
    for missing in (
        "/surat/paraf/",
        "/surat/disposisi/",
        "/surat/kunci/",
        "/surat/kantor/",
        "/surat/berkas/",
    ):
        assert f'href="{missing}"' not in drafts
        assert own.get(missing).status_code in (200, 403)
    assert own.post("/surat/konsep/baru/", {"kind": "surat-dinas"}).status_code == 302
    letter = Letter.objects.get()
    assert letter.author == desk.holders["Analis"]
    page, address = text(own.get(f"/surat/konsep/{letter.pk}/")), f"/surat/konsep/{letter.pk}/"
    assert 'value="save"' in page and 'value="submit"' not in page and f"{address}tarik/" not in page
    assert own.get(f"{address}tarik/").status_code == 404
    author = text(client("Analis").get(address))
    assert 'value="submit"' in author and f"{address}tarik/" in author
    assert client("Analis", other).get(address).status_code == 404
    desk.hire("Orang lain")
    assert client("Orang lain").get(address).status_code in (403, 404)
    held = desk.holders["Analis"]
    held.valid = (SINCE, date.today() - timedelta(days=2))
    held.save()
    for answer in (own.get("/surat/konsep/baru/"), own.post("/surat/konsep/baru/", {"kind": "surat-dinas"})):
        assert "tidak ada pemangku jabatan" in text(answer)  # nobody whose letter it could be
    assert Letter.objects.count() == 1


def test_a_letter_in_beside_its_list(client, desk, helper):
    from pendopo.simaya.offices import assistants
    from pendopo.simaya.search import index
    from pendopo.simaya.search.reads import search

    head = desk.posts["Kepala Dinas"]
    assistants.name(head, person(desk, "Asisten"), start=SINCE, end=None, actor=desk.actor("Kepala Dinas"))
    letter = registered(desk)
    shown = text(client("Asisten").get(f"/surat/masuk/{letter.pk}/"))
    reply = f"/surat/konsep/baru/?jawab={letter.pk}"
    assert reply in shown and "/disposisi/" not in shown and "/dibaca/" not in shown
    assert "/disposisi/" in text(client("Kepala Dinas").get(f"/surat/masuk/{letter.pk}/"))
    asked = text(client("Asisten").get(reply))
    assert "Orang Kepala Dinas" in asked and "Orang Analis" in asked  # two posts: whose letter is it?
    clear(desk, "Kepala Dinas", "Asisten")
    secret = registered(desk, security="R", subject="Rapat rahasia")
    for one in (letter, secret):
        index.put(one, subject="Permintaan data", text=None)
    assert search(desk.actor("Kepala Dinas"), "permintaan").letters == [secret, letter]
    assert search(desk.actor("Asisten"), "permintaan").letters == [letter]
    assert client("Asisten").get(f"/surat/masuk/{secret.pk}/").status_code == 404
