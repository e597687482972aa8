"""Dossiers: who opens, fills and closes them, and that they show nobody a letter that is not theirs."""

import pytest

from tests.rooms.simaya.office import fault
from tests.rooms.simaya.test_search import SUBJECT, Letters


@pytest.fixture
def letters(desk, other):
    return Letters(desk, other)


@pytest.fixture
def refused():
    from pendopo.ground.accounts.rights import Refused

    return pytest.raises(Refused)


def opened(letters, who="registrar", title="Irigasi Wolowona"):
    from pendopo.simaya.records import actions

    return actions.open_dossier(title, "600.1.2", actor=letters.desk.actor(who))


def put(letters, letter, dossier, who="registrar"):
    from pendopo.simaya.records import actions

    actions.put_in(letter, dossier, actor=letters.desk.actor(who))


def shown(letters, dossier, who, desk=None):
    """The letters that somebody sees in it; None who sees no dossier."""
    from django.http import Http404

    from pendopo.simaya.records import reads

    actor = (desk or letters.desk).actor(who)
    try:
        return set(reads.letters(reads.door(actor, dossier.pk), actor))
    except Http404:
        return None


def test_letters_in_a_dossier_are_seen_by_their_readers_only(letters):
    dossier = opened(letters)
    assert shown(letters, dossier, "registrar") == set()
    assert shown(letters, dossier, "Analis") is None
    put(letters, letters.secret, dossier)
    assert shown(letters, dossier, "registrar") == {letters.secret}
    assert shown(letters, dossier, "Analis") is None  # its post has the letter, but nobody cleared her
    assert shown(letters, dossier, "cleared analyst") == {letters.secret}
    put(letters, letters.open, dossier)
    assert shown(letters, dossier, "Analis") == {letters.open}
    assert shown(letters, dossier, "supervisor") == {letters.open, letters.secret}
    assert shown(letters, dossier, "cleared analyst") == {letters.open, letters.secret}
    assert shown(letters, dossier, "Kepala Dinas") is None
    assert shown(letters, dossier, "administrator") is None
    assert shown(letters, dossier, "registrar", desk=letters.other) is None


def test_holders_have_dossiers_of_their_post(letters):
    dossier = opened(letters, "Analis")
    assert dossier.post == letters.desk.posts["Analis"]
    assert shown(letters, dossier, "Analis") == shown(letters, dossier, "cleared analyst") == set()
    assert shown(letters, dossier, "Kepala Bidang") is None
    put(letters, letters.open, dossier, "Analis")
    put(letters, letters.open, dossier, "Analis")  # once more changes nothing
    assert dossier.items.count() == 1


def test_what_somebody_does_not_see_they_do_not_file(letters, refused):
    theirs = opened(letters, "Kepala Bidang")
    with refused:
        put(letters, letters.open, theirs, "Analis")
    with refused:
        put(letters, letters.open, theirs, "Kepala Bidang")
    assert not theirs.items.exists()
    put(letters, letters.open, theirs, "registrar")
    put(letters, letters.open, theirs, "Analis")  # she sees it now: her letter lies in it


@pytest.mark.parametrize("who", ["supervisor", "administrator", "cleared"])
def test_others_open_and_file_nothing(letters, refused, who):
    dossier = opened(letters)
    with refused:
        opened(letters, who)
    with refused:
        put(letters, letters.open, dossier, who)


def test_another_agency_files_nothing(letters, refused):
    from pendopo.simaya.records import actions

    dossier = opened(letters)
    for letter in (letters.open, letters.sent(agency=letters.other.agency)):
        with refused:
            actions.put_in(letter, dossier, actor=letters.other.actor("registrar"))
    with refused:
        actions.close(dossier, actor=letters.other.actor("registrar"))
    own = actions.open_dossier("Milik Bappeda", actor=letters.other.actor("registrar"))
    with refused:
        actions.put_in(letters.open, own, actor=letters.other.actor("registrar"))


def test_a_closed_dossier_takes_nothing(letters):
    from pendopo.ground.audit.models import Line
    from pendopo.simaya.records import actions

    dossier = opened(letters)
    put(letters, letters.open, dossier)
    assert actions.close(dossier, actor=letters.desk.actor("registrar")).closed_at
    with fault("records.closed"):
        put(letters, letters.secret, dossier)
    with fault("records.closed"):
        actions.close(dossier, actor=letters.desk.actor("registrar"))
    assert shown(letters, dossier, "Analis") == {letters.open}
    acts = Line.objects.filter(act__startswith="simaya.dossier.", outcome="done").order_by("id")
    assert [line.act.rpartition(".")[2] for line in acts] == ["open", "file", "close"]
    assert SUBJECT not in str(list(acts.values()))


def test_drafts_are_no_records(letters):
    draft, dossier = letters.desk.start(), opened(letters)
    with fault("records.draft"):
        put(letters, draft, dossier)
    with fault("records.title"):
        opened(letters, title="  ")
    with fault("letters.long"):
        opened(letters, title="x" * 201)


def test_related_letters(letters):
    """An answer, and what a letter in it answers, are named; those not the reader's are not."""
    from pendopo.simaya.records import reads

    answer = letters.sent(side="in", reply_to=letters.open, peer_name="Bappeda")
    hidden = letters.sent(side="in", reply_to=letters.open, security="SR")
    asked = letters.sent(side="in")
    letters.open.reply_to = asked
    letters.open.save()
    dossier = opened(letters)
    put(letters, letters.open, dossier)
    actor = letters.desk.actor
    assert set(reads.related(dossier, actor("registrar"))) == {answer, hidden, asked}
    assert set(reads.related(dossier, actor("Analis"))) == {answer, asked}
    put(letters, answer, dossier)
    assert set(reads.related(dossier, actor("Analis"))) == {asked}


@pytest.fixture
def client(letters, django_home, assets):
    from django.test import Client

    def signed_in(who, desk=None):
        client = Client(HTTP_HOST=f"{django_home.node}.localhost")
        backend = "pendopo.ground.accounts.signin.NumberBackend"
        client.force_login((desk or letters.desk).accounts[who], backend=backend)
        return client

    return signed_in


def test_the_pages(letters, client):
    """Put in a new dossier from the letter's page, then a second letter into the same, then close it."""
    from pendopo.simaya.records.models import Dossier

    clerk = client("registrar")
    form = f"/surat/berkas/masukkan/{letters.open.pk}/"
    assert clerk.get(form).status_code == 200
    assert clerk.post(form, {"dossier": "", "title": " "}).status_code == 422
    assert clerk.post(form, {"dossier": "x"}).status_code == 422
    answer = clerk.post(form, {"dossier": "", "title": "Irigasi <b>", "classification": "600"})
    dossier = Dossier.objects.get()
    assert answer["Location"] == f"/surat/berkas/{dossier.pk}/"
    again = f"/surat/berkas/masukkan/{letters.secret.pk}/"
    assert "(rahasia)" in clerk.get(again).content.decode()
    assert clerk.post(again, {"dossier": str(dossier.pk)}).status_code == 302
    page = clerk.get(answer["Location"]).content.decode()
    assert SUBJECT in page and page.count(SUBJECT) == 1 and "(rahasia)" in page
    assert "Irigasi &lt;b&gt;" in page and "Irigasi <b>" not in page
    assert f"/surat/berkas/{dossier.pk}/" in clerk.get(form).content.decode()  # where it lies already
    closing = f"/surat/berkas/{dossier.pk}/tutup/"
    assert clerk.get(closing).status_code == 200 and clerk.post(closing).status_code == 302
    assert "ditutup" in clerk.get(answer["Location"]).content.decode()
    listed = clerk.get("/surat/berkas/")
    assert listed.status_code == 200 and "Irigasi" in listed.content.decode()
    made = clerk.post("/surat/berkas/", {"title": "Lain", "classification": ""})
    assert made.status_code == 302 and Dossier.objects.count() == 2
    assert clerk.post("/surat/berkas/", {"title": "\u202e"}).status_code == 422


def test_the_pages_of_others(letters, client):
    dossier = opened(letters)
    put(letters, letters.open, dossier)
    page, form = f"/surat/berkas/{dossier.pk}/", f"/surat/berkas/masukkan/{letters.open.pk}/"
    assert client("Analis").get(page).status_code == client("Analis").get(form).status_code == 200
    stranger = client("registrar", letters.other)
    for path in (page, form, f"{page}tutup/"):
        assert stranger.get(path).status_code == 404
    for path in (form, f"{page}tutup/"):
        assert stranger.post(path, {"title": "x"}).status_code == 404
    assert "Irigasi" not in stranger.get("/surat/berkas/").content.decode()
    watcher = client("supervisor")
    assert watcher.get(page).status_code == 200
    assert watcher.get(form).status_code == watcher.post(f"{page}tutup/").status_code == 403
    assert "masukkan" not in watcher.get(page).content.decode()
    assert client("administrator").get("/surat/berkas/").status_code == 403


def test_a_long_dossier_asks_no_more_than_a_short_one(letters, client):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    dossier, clerk, counts = opened(letters), client("registrar"), []
    clerk.get("/surat/berkas/")
    for more in (1, 12):
        for _ in range(more):
            put(letters, letters.sent(), dossier)
            put(letters, letters.sent(security="R"), dossier)
        with CaptureQueriesContext(connection) as queries:
            clerk.get(f"/surat/berkas/{dossier.pk}/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
