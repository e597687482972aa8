"""A draft's annexes on its page, as a browser without scripts and one with them send it."""

import json
import re
from html import unescape

from pendopo.simaya.paper import document
from tests.rooms.simaya.office import BODY
from tests.rooms.simaya.test_incoming_pages import text

TABLE = {
    "type": "doc",
    "content": [
        {
            "type": "table",
            "content": [
                {
                    "type": "table_row",
                    "content": [
                        {
                            "type": "table_cell",
                            "attrs": {"colspan": 1, "rowspan": 1},
                            "content": [document.paragraph("Aula")],
                        }
                    ],
                }
            ],
        }
    ],
}


def sent(page: str, **changes) -> dict:
    """The fields of the draft's form as the page has them, without scripts; then `changes`."""
    form = re.search(r'<form class="writing".*?</form>', page, re.DOTALL)[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r' name="([^"]*)"', tag)[1]
        value = re.search(r' value="([^"]*)"', tag)
        found[name] = value[1] if value else ""
    for name, inner in re.findall(r'<select name="([^"]*)".*?>(.*?)</select>', form, re.DOTALL):
        value = re.search(r'<option value="([^"]*)" selected', inner)
        found[name] = value[1] if value else ""
    for name, inner in re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        found[name] = inner
    return {name: unescape(value) for name, value in found.items()} | changes


def test_annexes_are_added_written_and_emptied_without_scripts(client, desk):
    letter, author = desk.start(), client("Analis")
    path = f"/surat/konsep/{letter.pk}/"
    page = text(author.get(path))
    assert "annex-0" not in page
    answer = author.post(path, sent(page, subject="Undangan rapat kerja", do="annex"))
    assert answer.url == f"{path}?lampiran=1#id_annex-0-title"
    page = text(author.get(answer.url))
    assert "Undangan rapat kerja" in page and 'id="id_annex-0-body"' in page and "annex-1-" not in page
    fields = {"annex-0-title": "Daftar <peserta>", "annex-0-body": "1. Kepala Bidang\r\n2. Sekretaris"}
    answer = author.post(answer.url, sent(page, do="annex", **fields))
    assert answer.url == f"{path}?lampiran=1#id_annex-1-title"
    page = text(author.get(answer.url))
    assert "Daftar &lt;peserta&gt;" in page and "1. Kepala Bidang" in page
    fields = {"annex-1-title": "Jadwal", "annex-1-body": "Pukul 9."}
    assert author.post(answer.url, sent(page, do="save", **fields)).url == path
    page = text(author.get(path))
    assert "annex-2-" not in page
    letter.refresh_from_db()
    assert [one["title"] for one in letter.draft.fields["annexes"]] == ["Daftar <peserta>", "Jadwal"]
    assert letter.draft.fields["annexes"][0]["body"]["content"][0]["type"] == "ordered_list"
    author.post(path, sent(page, do="save", **{"annex-0-title": " ", "annex-0-body": ""}))
    letter.draft.refresh_from_db()
    assert [one["title"] for one in letter.draft.fields["annexes"]] == ["Jadwal"]


def test_with_scripts_the_texts_come_as_they_were_written_and_what_is_refused_stays(client, desk):
    letter, author = desk.start(), client("Analis")
    path = f"/surat/konsep/{letter.pk}/"
    fields = {"annex-0-title": "Tempat", "annex-0-doc": json.dumps(TABLE), "doc": json.dumps(BODY)}
    page = text(author.get(f"{path}?lampiran=1"))
    bad = {"annex-0-doc": json.dumps(TABLE).replace("Aula", "Au\\u202ela")}
    answer = author.post(f"{path}?lampiran=1", sent(page, do="save", **(fields | bad)))
    assert answer.status_code == 422 and "U+202E" in answer.content.decode()
    assert 'value="Tempat"' in answer.content.decode() and "u202ela" in answer.content.decode()
    assert author.post(path, sent(page, do="save", **fields)).status_code == 302
    letter.draft.refresh_from_db()
    assert letter.draft.fields["annexes"] == [{"title": "Tempat", "body": document.parse(TABLE)}]
    # A table is no plain text: without scripts it is shown, and comes back whole.
    page = text(author.get(path))
    assert re.search(r'<textarea[^>]* name="annex-0-body"[^>]* readonly', page)
    author.post(path, sent(page, do="save", **{"annex-0-title": "Ruang"}))
    letter.draft.refresh_from_db()
    assert letter.draft.fields["annexes"] == [{"title": "Ruang", "body": document.parse(TABLE)}]


def test_ten_annexes_and_no_button_for_one_more(client, desk):
    from pendopo.simaya.letters.drafting import AnnexText

    nine = tuple(AnnexText(title=f"Daftar {n}", body=BODY) for n in range(9))
    letter, author = desk.start(annexes=nine), client("Analis")
    path = f"/surat/konsep/{letter.pk}/"
    page = text(author.get(path))
    assert 'value="annex"' in page
    page = text(author.get(f"{path}?lampiran=1"))
    assert "annex-9-title" in page and 'value="annex"' not in page
    author.post(path, sent(page, do="save", **{"annex-9-title": "Daftar 9"}))
    page = text(author.get(f"{path}?lampiran=1"))
    assert "annex-9-title" in page and "annex-10-title" not in page


def test_an_annex_without_words_is_not_submitted_and_what_changed_in_one_is_shown(client, desk):
    from pendopo.simaya.letters import actions
    from pendopo.simaya.letters.drafting import AnnexText
    from tests.rooms.simaya.office import fault

    def annex(words):
        return (AnnexText(title="Daftar peserta", body=document.from_text(words)),)

    letter, author = desk.start(annexes=annex("")), desk.actor("Analis")
    with fault("simaya.guard_complete"):
        actions.submit(letter, letter.v, actor=author)
    letter.refresh_from_db()
    letter = actions.edit(letter, desk.content(annexes=annex("Kepala bidang")), letter.v, actor=author)
    letter = actions.submit(letter, letter.v, actor=author)
    letter = actions.give_back(letter, "Siapa?", actor=desk.actor("Kepala Bidang"))
    letter = actions.edit(letter, desk.content(annexes=annex("Kepala seksi")), letter.v, actor=author)
    letter = actions.submit(letter, letter.v, actor=author)
    page = text(client("Kepala Bidang").get(f"/surat/keluar/{letter.pk}/"))
    assert "<del>bidang</del><ins>seksi</ins>" in page
    assert "Lampiran: Daftar peserta" in text(client("Kepala Bidang").get(f"/surat/keluar/{letter.pk}/teks/"))
