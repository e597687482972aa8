"""Files that go with a letter: attached to its draft, kept with its versions, the same at its receiver."""

from html import unescape
from io import BytesIO

import pikepdf
import pytest

from pendopo.core import envelope
from tests.rooms.simaya.office import OTHER, fault
from tests.rooms.simaya.test_annexes import sent
from tests.rooms.simaya.test_incoming_pages import text
from tests.rules.simaya import signatures

PDF = "application/pdf"


def pdf(title: str = "daftar", pages: int = 1) -> bytes:
    """A PDF of its own by its title."""
    made = pikepdf.new()
    for _ in range(pages):
        made.add_blank_page()
    made.docinfo["/Title"] = title
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def file(data: bytes, name: str = "daftar aplikasi.pdf"):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, data, content_type=PDF)


def test_a_file_is_attached_handed_out_and_taken_off(client, desk):
    from pendopo.ground.files.models import FileRef

    letter, author, data = desk.start(), client("Analis"), pdf(pages=2)
    path = f"/surat/konsep/{letter.pk}/"
    page = text(author.get(path))
    answer = author.post(path, sent(page, subject="Undangan kerja", do="attach", file=file(data)))
    assert answer.url == f"{path}#files"
    page = text(author.get(path))
    assert "daftar aplikasi.pdf" in page and "Undangan kerja" in page
    letter.refresh_from_db()
    row = letter.attachments.get()
    assert (row.name, row.pages, row.order) == ("daftar aplikasi.pdf", 2, 1)
    answer = author.get(f"/surat/berkas-surat/{letter.pk}/1/")
    assert (answer.content, answer["Content-Type"]) == (data, PDF)
    assert "sandbox" in answer["Content-Security-Policy"]
    assert author.get(f"/surat/berkas-surat/{letter.pk}/2/").status_code == 404
    assert client("Arsiparis").get(f"/surat/berkas-surat/{letter.pk}/1/").status_code == 404
    # Typing on keeps it; the page beside the form never has the file.
    author.post(f"{path}pratinjau/", sent(page, subject="Undangan rapat"))
    letter.refresh_from_db()
    assert letter.attachments.count() == 1 and letter.subject == "Undangan rapat"
    page = text(author.get(path))
    author.post(path, sent(page, off=row.file.file_id))
    assert not letter.attachments.exists() and not FileRef.objects.exists()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<script>alert(1)</script>", "letters.file_media"),
        (b"%PDF-1.7\nrusak", "paper.file_format"),
        (b"%PDF-1.7\n" + b"x" * (10 << 20), "letters.file_size"),
    ],
)
def test_what_is_no_pdf_to_show_is_refused_and_what_was_typed_stays(client, desk, data, said):
    from pendopo.core.errors import texts

    letter, author = desk.start(), client("Analis")
    path = f"/surat/konsep/{letter.pk}/"
    page = text(author.get(path))
    answer = author.post(path, sent(page, subject="Ketikan baru", file=file(data)))
    assert answer.status_code == 422
    shown = unescape(answer.content.decode())
    assert any(texts(lang)[said].format(most=10) in shown for lang in ("id", "en"))
    assert "Ketikan baru" in shown
    assert not letter.attachments.exists()
    assert author.post(path, sent(page, file=file(pdf()))).status_code == 302
    assert letter.attachments.exists()


def test_five_files_and_each_once(desk):
    from pendopo.simaya.letters import actions, reads
    from pendopo.simaya.letters.attachments import upload

    letter, author = desk.start(), desk.actor("Analis")

    files = [pdf(str(n)) for n in range(6)]

    def attach(letter, n):
        new = upload(f"{n}.pdf", files[n])
        return actions.edit(letter, reads.content(letter), letter.v, new=new, actor=author)

    for n in range(5):
        letter = attach(letter, n)
    with fault("letters.many"):
        attach(letter, 5)
    letter = actions.edit(letter, desk.content(), letter.v, actor=author)
    assert not letter.attachments.exists()
    letter = attach(letter, 1)
    with fault("letters.file_twice"):
        attach(letter, 1)


def test_a_file_that_somebody_initialled_stays_when_it_is_taken_off(desk):
    from pendopo.ground.files import store
    from pendopo.ground.files.models import FileRef
    from pendopo.simaya.letters import actions
    from pendopo.simaya.letters.attachments import upload

    letter, author, data = desk.start(), desk.actor("Analis"), pdf()
    letter = actions.edit(letter, desk.content(), letter.v, new=upload("a.pdf", data), actor=author)
    letter = actions.submit(letter, letter.v, actor=author)
    letter = actions.give_back(letter, "Tanpa berkas.", actor=desk.actor("Kepala Bidang"))
    letter = actions.edit(letter, desk.content(), letter.v, actor=author)
    assert not letter.attachments.exists()
    assert letter.versions.get().fields["files"][0]["name"] == "a.pdf"
    assert store.read(FileRef.objects.get(object=str(letter.pk))) == data


def test_attached_files_travel_with_the_letter(road, assets):
    from dataclasses import replace

    from django.test import Client

    from pendopo.ground.files import store
    from pendopo.simaya.letters import actions, reads
    from pendopo.simaya.letters.attachments import upload
    from pendopo.simaya.letters.models import Letter

    desk = road.sender
    first, second = pdf("satu"), pdf("dua", 3)
    draft, author = desk.start(), desk.actor("Analis")
    for name, data in (("satu.pdf", first), ("dua.pdf", second)):
        draft = actions.edit(draft, reads.content(draft), draft.v, new=upload(name, data), actor=author)
    content = reads.content(draft)
    sealed = road.seal(draft, content, _stored(draft))
    body = envelope.open(sealed[0].doc).body
    assert [(one["name"], one["pages"], one["media"]) for one in body["attachments"]] == [
        ("satu.pdf", 1, PDF),
        ("dua.pdf", 3, PDF),
    ]
    *parts, last = sealed[0].parts
    for part in parts:
        assert road.hand("letter-part/1", part) == ""
    assert road.hand("letter/1", sealed[0].doc) == "letters.part_missing"
    assert road.hand("letter-part/1", last) == ""
    got = Letter.objects.get(agency__code=OTHER, side="in")
    rows = list(got.attachments.all())
    assert [(row.order, row.name, row.pages) for row in rows] == [(1, "satu.pdf", 1), (2, "dua.pdf", 3)]
    assert [store.read(row.file) for row in rows] == [first, second]
    clerk = Client(HTTP_HOST="localhost")
    clerk.force_login(
        road.receiver.accounts["registrar"], backend="pendopo.ground.accounts.signin.NumberBackend"
    )
    page = text(clerk.get(f"/surat/masuk/{got.pk}/"))
    assert "satu.pdf" in page and f"/surat/berkas-surat/{got.pk}/2/" in page
    assert clerk.get(f"/surat/berkas-surat/{got.pk}/2/").content == second
    # Nothing but a PDF is shown by the browser, and of a top secret letter nothing is handed out.
    got.attachments.filter(order=1).update(media="text/html")
    answer = clerk.get(f"/surat/berkas-surat/{got.pk}/1/")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    # One whose size is not what the letter says is refused as the letter's own file is.
    other = replace(content, files=(replace(content.files[0], size=5),))
    draft.uid = "0198a000-0000-7000-8000-000000000001"
    forged = road.seal(draft, other, _stored(draft))[0]
    for part in forged.parts:
        road.hand("letter-part/1", part)
    assert road.hand("letter/1", forged.doc) == "letters.file_differs"


def _stored(letter) -> bytes:
    from pendopo.ground.files import store

    data = signatures.letter()
    store.put(data, PDF, room="simaya", object=str(letter.pk), agency=letter.agency, name="x.pdf")
    return data
