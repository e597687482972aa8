"""A secret letter on its whole way, at both ends: no word of it where somebody without the right looks.

Words that stand nowhere else are put into subject, body, comment, note and report. Then everybody of both
agencies opens every address of the room for every object there is, home, bell, audit and search; and what
lists, audit, notices, queue and log keep is searched too.
"""

import itertools
import logging

import pytest

from tests.rooms.isolation import to_login
from tests.rooms.simaya.office import OTHER, SINCE, clear, tomorrow
from tests.rooms.simaya.trust import PASSPHRASE

SUBJECT, BODY, COMMENT, NOTE, REPORT = MARKS = (
    "Zubaraga", "Zubenara", "Zukomara", "Zucatara", "Zulapora",
)  # fmt: skip
READERS = ("Kepala Dinas", "Kepala Bidang", "Analis")
YEAR = 2026


def paragraph(words: str) -> dict:
    return {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": words}]}]}


@pytest.fixture
def journey(trusted, caplog):
    """A letter of class R from its draft to an answered disposition at the other agency, and one of class SR
    that waits for its signature."""

    from pendopo.simaya.disposition import actions as dispositions
    from pendopo.simaya.incoming import actions as incoming
    from pendopo.simaya.letters import actions, signing
    from pendopo.simaya.letters.models import Access, Letter
    from pendopo.simaya.offices import actions as offices
    from pendopo.simaya.offices import assistants
    from pendopo.simaya.records import actions as records
    from pendopo.simaya.signing import actions as keys

    caplog.set_level(logging.INFO)
    desk, other = trusted.desk, trusted.other
    trusted.ready()
    clear(desk, *READERS, "Arsiparis")  # who is cleared, but party to none of these letters
    clear(other, "Kepala Dinas", "Sekretaris", "Kepala Bidang")
    for one in (desk, other):  # who prepares for the head, and is cleared in person, has nothing of it
        helper = one.hire("Asisten", roles=("cleared",)).person
        assistants.name(
            one.posts["Kepala Dinas"], helper, start=SINCE, end=None, actor=one.actor("Kepala Dinas")
        )
    offices.name_post(desk.posts["Kepala Dinas"], "107", actor=desk.actor("administrator"))
    author, chief, head = (desk.actor(post) for post in ("Analis", "Kepala Bidang", "Kepala Dinas"))

    def submitted(security):
        letter = desk.start(security=security, subject=f"Soal {SUBJECT}", body=paragraph(f"Isi {BODY}"))
        return actions.submit(letter, letter.v, actor=author)

    letter = actions.give_back(submitted("R"), f"Ubah {COMMENT}", actor=chief)
    letter = actions.submit(letter, letter.v, actor=author)
    letter = actions.initial(letter, letter.v, actor=chief)
    key = keys.unlock(keys.own(head), PASSPHRASE)
    letter = signing.sign(letter, letter.v, key, lambda token: f"http://uji/s/{token}/", actor=head)
    waiting = submitted("SR")
    waiting = actions.initial(waiting, waiting.v, actor=chief)
    trusted.post()
    arrived = Letter.objects.get(side="in", agency=other.agency)
    Letter.objects.filter(pk=arrived.pk).update(checked="sound")
    arrived.refresh_from_db()
    to = other.posts["Kepala Dinas"]
    clerk, theirs = other.actor("registrar"), other.actor("Kepala Dinas")
    arrived = incoming.register(arrived, classification="", to=to, v=arrived.v, actor=clerk)
    (given,) = dispositions.give(
        arrived, [other.posts["Sekretaris"]], ["answer"], NOTE, tomorrow(), actor=theirs
    )
    secretary = other.actor("Sekretaris")
    dispositions.answer(given, REPORT, reply=None, actor=secretary)
    trusted.post()
    dossier = records.open_dossier("Berkas uji", "", actor=theirs)
    records.put_in(arrived, dossier, actor=theirs)
    # Whose post has the letters, but who is not cleared: as after the clearance has ended.
    Access.objects.create(letter=letter, post=desk.posts["Sekretaris"], why=Access.Why.STEP)
    Access.objects.create(letter=arrived, post=other.posts["Analis"], why=Access.Why.PASSED)
    return trusted, [letter, waiting, arrived, given, dossier, *letter.deliveries.all()]


def addresses(things) -> list[str]:
    """Every address of the room for each of `things`, whatever a route takes; and what shows all rooms."""
    from django.urls import NoReverseMatch, reverse

    from pendopo.simaya import urls

    values = {"uuid": [str(one.pk) for one in things], "int": [1, YEAR], "str": ["agenda", "keluar"]}
    found = ["/", "/pemberitahuan/", "/instansi/jejak/", "/simpul/kiriman/", "/cari?q=soal"]
    found += [f"/surat/cari/?q={word}" for word in (*MARKS, "1", "soal", "isi")]
    found += [f"/s/{one.token}/" for one in things if getattr(one, "token", None)]
    for route in urls.urlpatterns:
        taken = route.pattern.converters
        kinds = [values[type(one).__name__.removesuffix("Converter").lower().replace("string", "str")]
                 for one in taken.values()]  # fmt: skip
        for given in itertools.product(*kinds):
            try:
                found.append(reverse(f"simaya:{route.name}", kwargs=dict(zip(taken, given, strict=True))))
            except NoReverseMatch:
                continue
    return found + [f"/surat/masuk/?tab={tab}" for tab in ("terdaftar", "tenggat", "tembusan")]


def opened(client, address: str, follow: bool = True) -> tuple[str, str]:
    """The address it leads to, and all that came: words and headers. Not to follow is for sign-in alone."""
    answer = client.get(address, follow=follow)
    said = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert follow or answer.status_code != 302 or to_login(answer), address
    led = " ".join(to for to, _status in answer.redirect_chain) if follow else answer.get("Location", "")
    return led, f"{said.decode(errors='replace')} {answer.headers}"


def test_no_word_of_a_secret_letter_reaches_who_may_not_read_it(journey, caplog, assets):
    from django.test import Client
    from django.urls import resolve

    trusted, things = journey
    everything = addresses(things)
    assert len(everything) > 150
    blind = (
        (trusted.desk, ("registrar", "supervisor", "administrator", "Sekretaris", "Arsiparis", "Asisten")),
        (trusted.other, ("registrar", "supervisor", "administrator", "Kepala Bidang", "Analis", "Asisten")),
    )
    for desk, people in blind:
        for who in people:
            client = Client(HTTP_HOST="localhost")
            client.force_login(desk.accounts[who], backend="pendopo.ground.accounts.signin.NumberBackend")
            for address in everything:
                led, said = opened(client, address)
                told = [
                    word
                    for word in MARKS
                    if word.lower() in f"{led} {said}".lower().replace(address.lower(), "")
                ]
                told = [word for word in told if f"q={word.lower()}" not in address.lower()]
                assert not told, f"{who}: {address} says {told}"
    nobody, shown = Client(HTTP_HOST="localhost"), set()
    for address in everything:  # each leads to sign-in, which is opened once a route
        route = resolve(address.partition("?")[0]).view_name
        led, said = opened(nobody, address, follow=route not in shown)
        shown.add(route)
        assert not [word for word in MARKS if word in said and f"q={word}" not in address], address
    assert not [word for word in MARKS if word in caplog.text]


def test_whoever_may_read_it_does(journey):
    from django.test import Client

    trusted, (letter, waiting, arrived, given, *_rest) = journey

    def sees(desk, who, address) -> str:
        client = Client(HTTP_HOST="localhost")
        client.force_login(desk.accounts[who], backend="pendopo.ground.accounts.signin.NumberBackend")
        return opened(client, address)[1]

    assert SUBJECT in sees(trusted.desk, "Analis", f"/surat/keluar/{letter.pk}/")
    assert COMMENT in sees(trusted.desk, "Kepala Bidang", f"/surat/keluar/{letter.pk}/")
    assert BODY in sees(trusted.desk, "Kepala Dinas", f"/surat/keluar/{waiting.pk}/teks/")
    assert SUBJECT in sees(trusted.other, "Kepala Dinas", f"/surat/masuk/{arrived.pk}/")
    page = sees(trusted.other, "Sekretaris", f"/surat/disposisi/{given.pk}/")
    assert NOTE in page and REPORT in page
    assert SUBJECT in sees(trusted.other, "Sekretaris", f"/surat/cari/?q={SUBJECT}")


def test_what_lists_audit_bell_queue_and_disk_keep_says_no_word_of_it(journey):
    from pendopo.ground.audit.models import Line
    from pendopo.ground.delivery.models import Inbox, Notice, Outbox
    from pendopo.ground.files.models import FileRef
    from pendopo.simaya.letters.models import Letter
    from pendopo.simaya.register.models import Number
    from pendopo.simaya.search.models import Words

    trusted, _things = journey
    apart = {"doc", "raw"}  # the documents themselves, which only the letter's own readers are shown
    for model in (Line, Notice, Outbox, Inbox, FileRef, Letter, Number, Words):
        for row in model.objects.values():
            kept = {name: value for name, value in row.items() if name not in apart}
            told = [word for word in MARKS if word.lower() in str(kept).lower()]
            assert not told, f"{model.__name__}: {told}"
    assert OTHER in str(list(Outbox.objects.values("to_agency")))
    home = trusted.home.root
    names = [str(path.relative_to(home)).lower() for path in home.rglob("*")]
    assert any(name.startswith("files") for name in names)
    assert not [name for name in names if any(word.lower() in name for word in MARKS)]
    for log in home.rglob("*.log*"):
        assert not [word for word in MARKS if word in log.read_text(errors="replace")], log
