"""Search: letters are found by number, subject, names and text, by those who may know these; no others."""

from datetime import date

import pytest

from pendopo.simaya.search import rules
from tests.rooms.simaya.office import OTHER, SINCE

UNCLEARED = ("Analis", "cleared", "cleared head", "Kepala Dinas", "administrator")
SUBJECT, TEXT = "Undangan rapat irigasi", "Pembahasan bendungan Wolowona dengan para petani."
HOSTILE = [
    ":*",
    "' | !",
    "a\0b",
    "\0",
    "&",
    "!!!",
    "' | 'rapat",
    "rapat:* | !zzz",
    "\\'",
    "%",
    "_",
    "100%/_",
    "<->",
    "( ) ( )",
    "x" * 10_000,
    "1/2 " * 2_500,
    "1" + "/1" * 5_000,
    "\ud800",
    "\u202e\u200b",
    "NULL",
    "'; DROP TABLE simaya_words; --",
]


@pytest.fixture
def letters(desk, other):
    """An open and a secret letter out, the same words in both, and a way to ask as anybody."""
    return Letters(desk, other)


class Letters:
    def __init__(self, desk, other):
        self.desk, self.other = desk, other
        self.numbers = iter(range(1, 1000))
        desk.hire("cleared", roles=("cleared",))
        for name, post in (("cleared head", "Kepala Dinas"), ("cleared analyst", "Analis")):
            desk.hire(name, post, roles=("cleared",), kind="plh")
        self.open = self.sent()
        self.secret = self.sent(security="R")

    def sent(self, agency=None, side="out", text=TEXT, names=("Bappeda Kabupaten Ende",), **changes):
        from pendopo.simaya.letters.models import SECRET, Access, Letter, Secret
        from pendopo.simaya.search import index

        subject, security = changes.pop("subject", SUBJECT), changes.pop("security", "B")
        letter = Letter.objects.create(
            agency=agency or self.desk.agency,
            side=side,
            kind="surat-dinas",
            profile="permendagri-2023",
            state="signed" if side == "out" else "received",
            subject="" if security in SECRET else subject,
            security=security,
            number=f"000.1.2.3/{4460 + next(self.numbers)}/KOM/2026",
            signer_name="Maria Wangge, Kepala Dinas",
            **{"day": date(2026, 11, 20)} | changes,
        )
        if letter.secret:
            Secret.objects.create(letter=letter, subject=subject)
        if letter.agency == self.desk.agency:
            Access.objects.create(letter=letter, post=self.desk.posts["Analis"], why="author")
        index.put(letter, subject=subject, text=text, names=names)
        return letter

    def ask(self, who, query, desk=None, **more):
        from pendopo.simaya.search import reads

        return reads.search((desk or self.desk).actor(who), query, **more).letters


def test_by_subject_text_number_names_and_beginnings(letters):
    for query in (
        "irigasi",
        "undangan",
        "mengundang",  # another form of the word
        "UNDANG rapat",
        "undan",  # still typing
        "rapat wolowo",
        "petani bendungan",
        "4461",
        "1.2.3/4461",
        "0.1.2.3/4461/kom",
        "2026 4461/KO",
        "bappeda",
        "wangge",
        "bappeda irigasi",
    ):
        assert letters.ask("Analis", query) == [letters.open], query
    for query in ("irigasi jalan", "rapatan bendunga x", "4462", "1.2.3/4463", "3/4462", "", " ", "kominfo"):
        assert letters.ask("Analis", query) == [], query


def test_a_secret_letter_is_found_by_its_readers_alone(letters):
    """Words of subject and text: the cleared holder of its post. Number and names: who sees its row."""
    within = ("irigasi", "rapat", "wolowona", "bendungan", "petani", "4462 irigasi", "bappeda rap", "iri")
    outside = ("4462", "3/4462/kom", "bappeda 4462", "wangge 4462")
    for query in within:
        assert letters.secret in letters.ask("cleared analyst", query), query
        for who in (*UNCLEARED, "registrar", "supervisor"):
            assert letters.secret not in letters.ask(who, query), (who, query)
    for query in outside:
        for who in ("cleared analyst", "registrar", "supervisor"):
            assert letters.ask(who, query) == [letters.secret], (who, query)
        for who in UNCLEARED:
            assert letters.ask(who, query) == [], (who, query)


def test_who_sees_which_open_letter(letters):
    for who in ("Analis", "registrar", "supervisor", "cleared analyst"):
        assert letters.open in letters.ask(who, "irigasi"), who
    for who in ("Kepala Bidang", "cleared", "administrator"):
        assert letters.ask(who, "irigasi") == [], who


def test_another_agency_finds_nothing(letters):
    theirs = letters.sent(agency=letters.other.agency, side="in")
    for query in ("irigasi", "4461", "4462", "bappeda", "wolowona"):
        found = letters.ask("registrar", query, desk=letters.other)
        assert set(found) <= {theirs}, query
    assert letters.ask("registrar", "irigasi", desk=letters.other) == [theirs]
    assert theirs not in letters.ask("registrar", "irigasi")


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: ascii(query[:12]))
def test_hostile_queries_find_nothing_and_break_nothing(letters, query):
    assert set(letters.ask("registrar", query)) <= {letters.open, letters.secret}
    assert letters.ask("registrar", "irigasi") == [letters.open]
    assert len(rules.conditions(query)) <= rules.MOST


def test_quotes_of_the_query_are_words_of_it_and_no_syntax(letters):
    odd = letters.sent(subject="Ma'lumat o'clock %_ \\ selesai")
    assert letters.ask("registrar", "ma'lumat o'clo") == [odd]
    assert letters.ask("registrar", "zzz' | 'irigasi") == []
    assert letters.ask("registrar", "!zzz") == []


def test_pages_follow_each_other_whatever_comes_meanwhile(letters, monkeypatch):
    from pendopo.simaya.search import reads

    monkeypatch.setattr(reads, "PER_PAGE", 4)
    days = [date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 1), date(2025, 1, 1), date(2026, 11, 2)]
    made = [letters.sent(day=day, security=security) for security in "BR" for day in days]
    actor, seen, place = letters.desk.actor("cleared analyst"), [], None
    while True:
        page = reads.search(actor, "irigasi", place)
        assert len(page.letters) <= 4
        seen += page.letters
        letters.sent(day=date(2026, 12, 1))
        if page.next is None:
            break
        place = reads.Place.read(str(page.next))
    assert seen == sorted(
        [letters.open, letters.secret, *made], key=lambda one: (one.day, one.pk), reverse=True
    )
    assert reads.Place.read("x") is reads.Place.read("2026-13-01_x") is None


def test_side_and_year(letters):
    came = letters.sent(side="in", day=date(2025, 12, 31))
    assert letters.ask("registrar", "irigasi", side="in") == [came]
    assert letters.ask("registrar", "irigasi", side="out") == [letters.open]
    assert letters.ask("registrar", "irigasi", year=2025) == [came]
    assert letters.ask("registrar", "irigasi", year=2026) == [letters.open]


def test_a_letter_that_arrives_is_found_by_its_file_too(road):
    """The receiver finds it at once by number and subject; by its text once the job has read the file."""
    from pendopo.ground import jobs
    from pendopo.simaya.letters.models import Letter
    from pendopo.simaya.search import index, reads
    from pendopo.simaya.search.models import Words

    road.sign(pdf=pdf())
    road.carry()
    got = Letter.objects.get(agency__code=OTHER, side="in")
    actor = road.receiver.actor("registrar")
    assert reads.search(actor, "undangan").letters == [got]
    assert reads.search(actor, got.number).letters == [got]
    text = pdf_words(got)
    assert reads.search(actor, text).letters == []
    (job,) = (one for one in jobs.registered() if one.name == index.JOB)
    job.run()
    assert reads.search(actor, text).letters == [got]
    assert not Words.objects.filter(unread=True).exists()


def pdf():
    """A file with words in it."""
    from pendopo.simaya.paper import render
    from tests.rules.simaya import sheets

    return render.pdf(sheets.sheet("permendagri-2023", "surat-dinas"), sheets.AT).pdf


def pdf_words(letter):
    """A word that stands in the letter's file only."""
    from pendopo.ground.files import store
    from pendopo.simaya.paper.outside import look
    from pendopo.simaya.search.models import Words
    from pendopo.simaya.search.stems import stem, words

    text = look(store.read(letter.file), width=0)
    assert text["images"] == []
    held = Words.objects.get(pk=letter.pk).stems
    return next(word for word in words(text["text"]) if len(word) > 4 and f"'{stem(word)}'" not in held)


def test_the_file_of_a_secret_letter_stays_with_its_readers(road):
    from pendopo.ground.accounts.models import RoleGrant
    from pendopo.simaya.letters.models import Access, Letter
    from pendopo.simaya.search import index, reads

    RoleGrant.objects.create(
        account=road.sender.accounts["Analis"],
        agency=road.sender.agency,
        room="simaya",
        role="cleared",
        valid=(SINCE, None),
    )
    road.sign(pdf=pdf(), security="R")
    road.carry()
    got = Letter.objects.get(agency__code=OTHER, side="in")
    word = pdf_words(got)
    index.run()
    desk = road.receiver
    desk.hire("cleared head", "Kepala Dinas", roles=("cleared",), kind="plh")
    Access.objects.create(letter=got, post=desk.posts["Kepala Dinas"], why="passed")
    assert reads.search(desk.actor("cleared head"), word).letters == [got]
    assert reads.search(desk.actor("registrar"), word).letters == []
    assert reads.search(desk.actor("registrar"), got.number).letters == [got]


def test_an_unreadable_file_is_asked_once(road, monkeypatch):
    from pendopo.simaya.paper.outside import Unreadable
    from pendopo.simaya.search import index, reads

    def broken(*_, **__):
        raise Unreadable("limit")

    road.sign()
    road.carry()
    monkeypatch.setattr(index, "look", broken)
    index.run()
    monkeypatch.setattr(index, "look", lambda *_, **__: pytest.fail("asked again"))
    index.run()
    assert len(reads.search(road.receiver.actor("registrar"), "undangan").letters) == 1


def test_a_search_asks_few_questions(letters, django_assert_queries):
    for _ in range(60):
        letters.sent()
    with django_assert_queries(7):  # one of them: whom does the reader assist?
        assert len(letters.ask("cleared analyst", "irigasi")) == 50


@pytest.fixture
def django_assert_queries():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    class Pinned(CaptureQueriesContext):
        def __init__(self, count):
            super().__init__(connection)
            self.count = count

        def __exit__(self, kind, value, trace):
            super().__exit__(kind, value, trace)
            if kind is None:
                assert len(self) == self.count, [one["sql"][:150] for one in self]

    return Pinned


@pytest.fixture
def browse(letters, django_home, assets):
    """Ask the page as somebody: `browse("registrar", "irigasi", side="in")`."""
    from django.test import Client

    clients = {}

    def get(who, query, htmx=False, desk=None, **more):
        account = (desk or letters.desk).accounts[who]
        if account not in clients:
            clients[account] = Client(HTTP_HOST=f"{django_home.node}.localhost")
            backend = "pendopo.ground.accounts.signin.NumberBackend"
            clients[account].force_login(account, backend=backend)
        headers = {"HX-Request": "true"} if htmx else {}
        return clients[account].get("/surat/cari/", {"q": query, **more}, headers=headers)

    return get


def test_the_page_shows_what_the_reader_may_see(letters, browse):
    answer = browse("cleared analyst", "irigasi")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert text.count(SUBJECT) == 2 and f"/surat/keluar/{letters.secret.pk}/" in text
    text = browse("Analis", "irigasi").content.decode()
    assert text.count(SUBJECT) == 1 and letters.secret.number not in text
    text = browse("registrar", letters.secret.number).content.decode()
    # It is there, without its subject, and leads nowhere: only its readers open it.
    assert "(rahasia)" in text and SUBJECT not in text and f"/keluar/{letters.secret.pk}/" not in text
    assert letters.open.number not in browse("registrar", "irigasi", desk=letters.other).content.decode()
    assert browse("administrator", "irigasi").status_code == 403


def test_while_typing_only_the_part_that_changes_comes(letters, browse):
    part = browse("registrar", "irig", htmx=True).content.decode().strip()
    assert part.startswith('<div id="found">') and SUBJECT in part and "<html" not in part
    assert "<html" in browse("registrar", "irig").content.decode()


def test_the_pages_of_a_long_answer(letters, browse):
    for _ in range(60):
        letters.sent(side="in", peer_name="Bappeda Kabupaten Ende")
    first = browse("registrar", "irigasi", side="in")
    place = str(first.context["next"])
    assert len(first.context["rows"]) == 50 and place in first.content.decode()
    second = browse("registrar", "irigasi", side="in", before=place)
    assert len(second.context["rows"]) == 10 and second.context["next"] is None


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: ascii(query[:12]))
def test_hostile_queries_get_a_page(letters, browse, query):
    if query == "\ud800":
        return  # no browser can send half a sign
    answer = browse("registrar", query, side="x'", year="9" * 400, before=query)
    assert answer.status_code == 200


def test_script_in_a_subject_stays_text(letters, browse):
    letters.sent(subject="<script>alert(1)</script> bendera")
    text = browse("registrar", "bendera").content.decode()
    assert "<script>alert" not in text and "&lt;script&gt;alert" in text


def test_the_page_asks_few_questions(letters, browse, django_assert_queries):
    browse("registrar", "irigasi")
    for _ in range(3):
        letters.sent()
    with django_assert_queries(7):
        browse("registrar", "irigasi", htmx=True)


def test_a_scan_is_found_at_once(desk):
    """By what the clerk typed; its file has pictures of words only."""
    import io

    from PIL import Image

    from pendopo.simaya.incoming import actions
    from pendopo.simaya.search import index, reads

    paper, actor = io.BytesIO(), desk.actor("registrar")
    Image.new("RGB", (60, 80), "white").save(paper, "PNG")
    given = {"number": "12/FD/XI/2026", "day": None, "sender": "PT Flobamora Data"}
    scan = actions.scan(paper.getvalue(), subject="Penawaran peranti lunak", actor=actor, **given)
    for query in ("menawarkan lunak", "2/FD/xi", "flobamora"):
        assert reads.search(actor, query).letters == [scan], query
    index.run()
    assert reads.search(actor, "penawaran").letters == [scan]
    assert reads.search(actor, "1/2026 lunak").letters == []
    number = actions.register(scan, classification="", to=None, v=scan.v, actor=actor).numbers.get()
    assert reads.search(actor, f"{number.text} lunak").letters == [scan]


def test_a_signed_letter_is_found_by_what_it_says(desk):
    from pendopo.simaya.letters.drafting import Addressee
    from pendopo.simaya.search import index, reads

    letter = desk.start()
    said = desk.content(addressees=(Addressee(line="Yth. Camat Wolowaru"),))
    index.put_sent(letter, said, names=["Bappeda Kabupaten Ende"])
    for query in ("undangan rapat", "dengan hormat kami undang", "camat wolowaru", "bappeda"):
        assert reads.search(desk.actor("Analis"), query).letters == [letter], query
