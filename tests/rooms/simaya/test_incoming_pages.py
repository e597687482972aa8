"""The pages of letters in, dispositions and the register books, as a browser without scripts uses them."""

import re

from tests.rooms.simaya.office import arrived, clear, registered

HX = {"HTTP_HX_REQUEST": "true"}


def text(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_the_clerk_registers_and_the_next_letter_opens(client, desk):
    first, second = arrived(desk), arrived(desk, subject="Undangan rapat")
    clerk = client("registrar")
    page = text(clerk.get("/surat/masuk/"))
    assert "Permintaan data SPBE" in page and "Undangan rapat" in page
    page = text(clerk.get(f"/surat/masuk/{first.pk}/"))
    form = re.search(r'<form class="reg".*?</form>', page, re.DOTALL)[0]
    year = re.search(r'value="1/(\d{4})" readonly', form)[1]
    assert 'data-key="r"' in page and 'data-key="t"' in page
    sent = {"v": first.v, "classification": "005", "to": str(desk.posts["Kepala Dinas"].pk)}
    response = clerk.post(f"/surat/masuk/{first.pk}/registrasi/", sent)
    assert response.url == f"/surat/masuk/{second.pk}/"
    assert f"1/{year}" in text(clerk.get(response.url))
    response = clerk.post(f"/surat/masuk/{second.pk}/registrasi/", {"v": second.v, "to": ""})
    assert response.url == "/surat/masuk/?tab=registrasi"
    first.refresh_from_db()
    assert (first.state, first.classification) == ("registered", "005")


def test_a_broken_signature_is_said_and_only_rejected(client, desk):
    letter, clerk = arrived(desk, checked="paper.file_format"), client("registrar")
    page = text(clerk.get(f"/surat/masuk/{letter.pk}/"))
    assert "This file is not a PDF" in page or "bukan PDF" in page
    assert 'data-key="r"' not in page
    clerk.post(f"/surat/masuk/{letter.pk}/registrasi/", {"v": letter.v})
    letter.refresh_from_db()
    assert letter.state == "received"
    assert clerk.post(f"/surat/masuk/{letter.pk}/tolak/", {"reason": ""}).status_code == 422
    assert clerk.post(f"/surat/masuk/{letter.pk}/tolak/", {"reason": "Tanda tangan rusak"}).status_code == 302
    letter.refresh_from_db()
    assert (letter.state, letter.reason) == ("rejected", "Tanda tangan rusak")


def test_the_file_is_served_apart_and_to_readers_only(client, desk, other):
    letter = registered(desk)
    for path in ("", "pdf/", "halaman/1/", "teks/", "disposisi/", "lembar/"):
        address = f"/surat/masuk/{letter.pk}/{path}"
        assert client("Kepala Dinas").get(address).status_code == 200, path
        for stranger in (client("Analis"), client("registrar", other), client("Kepala Dinas", other)):
            assert stranger.get(address).status_code == 404, path
    response = client("Kepala Dinas").get(f"/surat/masuk/{letter.pk}/pdf/")
    assert response["Content-Type"] == "application/pdf" and response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox")
    image = client("Kepala Dinas").get(f"/surat/masuk/{letter.pk}/halaman/1/")
    assert image.content.startswith(b"\x89PNG")
    assert client("Kepala Dinas").get(f"/surat/masuk/{letter.pk}/halaman/2/").status_code == 404


def test_read_as_text(client, desk):
    """What the file says, for whoever cannot see its picture; another agency's address finds nothing."""
    from pendopo.ground.files import store
    from pendopo.simaya.paper import render
    from tests.rules.simaya import sheets

    letter = registered(desk)
    pdf = render.pdf(sheets.sheet(), sheets.AT).pdf
    letter.file = store.put(pdf, "application/pdf", room="simaya", object="uji", agency=desk.agency)
    letter.save()
    assert "Menindaklanjuti Peraturan Presiden" in text(
        client("Kepala Dinas").get(f"/surat/masuk/{letter.pk}/teks/")
    )


def test_opened_by_whom_it_is_for(client, desk):
    letter, head = registered(desk), client("Kepala Dinas")
    address = f"/surat/masuk/{letter.pk}/dibaca/"
    assert address in text(head.get(f"/surat/masuk/{letter.pk}/"))
    assert address not in text(client("registrar").get(f"/surat/masuk/{letter.pk}/"))
    assert head.get(address).status_code == 405 and not letter.receipts.filter(event="read").exists()
    assert text(head.post(address, **HX)) == ""
    assert letter.receipts.filter(event="read").count() == 1
    assert address not in text(head.get(f"/surat/masuk/{letter.pk}/"))


def test_a_disposition_on_the_phone(client, desk):
    """Each change shows the sentence again; what is refused keeps what was chosen."""
    letter, head = registered(desk), client("Kepala Dinas")
    address = f"/surat/masuk/{letter.pk}/disposisi/"
    page = text(head.get(address))
    assert 'class="focus"' in page and "Orang Sekretaris" in page and "Orang Analis" not in page
    day = re.findall(r'name="day" value="(\d{4}-\d\d-\d\d)"', page)[1]
    chosen = [str(desk.posts[title].pk) for title in ("Sekretaris", "Kepala Bidang")]
    sent = {"to": chosen, "orders": ["answer"], "day": day, "note": "Satukan."}
    said = text(head.post(address, sent, **HX))
    assert "Orang Kepala Bidang" in said and "jawab secara tertulis" in said and "<form" not in said
    assert not letter.dispositions.exists()
    response = head.post(address, sent | {"orders": [], "note": ""})
    assert response.status_code == 422 and response.content.decode().count(" checked") >= 3
    response = head.post(address, sent)
    assert response.status_code == 302 and letter.dispositions.count() == 2
    page = text(head.get(response.url))
    assert "Satukan." in page and "Orang Sekretaris" in page


def test_another_day_is_chosen_without_a_script(client, desk):
    from tests.rooms.simaya.office import tomorrow

    letter, head = registered(desk), client("Kepala Dinas")
    sent = {"to": str(desk.posts["Sekretaris"].pk), "orders": "answer", "day": "other"}
    address = f"/surat/masuk/{letter.pk}/disposisi/"
    assert head.post(address, sent | {"other": "2020-01-01"}).status_code == 422
    assert head.post(address, sent | {"other": tomorrow().isoformat()}).status_code == 302


def test_the_answer_and_what_is_taken_back(client, desk):
    letter, head = registered(desk), client("Kepala Dinas")
    sent = {"to": [str(desk.posts[one].pk) for one in ("Sekretaris", "Kepala Bidang")], "orders": "answer"}
    head.post(f"/surat/masuk/{letter.pk}/disposisi/", sent)
    first, second = letter.dispositions.order_by("to__title")
    division, secretary = client("Kepala Bidang"), client("Sekretaris")
    assert f"/surat/disposisi/{first.pk}/baca/" in text(division.get(f"/surat/disposisi/{first.pk}/"))
    assert first.to.title in text(secretary.get(f"/surat/disposisi/{first.pk}/"))  # the tree is whole
    assert client("Analis").get(f"/surat/disposisi/{first.pk}/").status_code == 404
    assert text(division.post(f"/surat/disposisi/{first.pk}/baca/", **HX)) == ""
    response = division.post(f"/surat/disposisi/{first.pk}/jawab/", {"report": ""})
    assert response.status_code == 422 and 'id="errors"' in response.content.decode()
    done = {"report": "Sudah dikirim."}
    assert division.post(f"/surat/disposisi/{first.pk}/jawab/", done).status_code == 302
    assert "Sudah dikirim." in text(head.get(f"/surat/disposisi/{first.pk}/"))
    head.post(f"/surat/disposisi/{second.pk}/tarik/")
    assert secretary.get(f"/surat/disposisi/{second.pk}/").status_code == 404
    for tab in ("saya", "dari-saya", "lewat"):
        assert head.get(f"/surat/disposisi/?tab={tab}").status_code == 200
    assert first.to.title in text(head.get(f"/surat/masuk/{letter.pk}/lembar/"))


def test_the_list_goes_on_where_it_stopped(client, desk, monkeypatch):
    from pendopo.simaya.incoming import reads

    monkeypatch.setattr(reads, "PER_PAGE", 2)
    made = [arrived(desk, subject=f"Surat ke-{n}") for n in range(5)]
    clerk, seen, address = client("registrar"), [], "/surat/masuk/?tab=registrasi"
    while address:
        page = text(clerk.get(address))
        seen += re.findall(r"<span>(Surat ke-\d)</span>", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following and following[1].replace("&amp;", "&")
    assert seen == [letter.subject for letter in made]
    assert clerk.get("/surat/masuk/?sesudah=x").status_code == 404


def test_a_letter_on_paper(client, desk):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from tests.rules.simaya.signatures import page

    clerk = client("registrar")
    assert client("Kepala Dinas").get("/surat/masuk/pindai/").status_code == 403
    assert clerk.get("/surat/masuk/pindai/").status_code == 200
    given = {"sender": "PT Flobamora", "subject": "Penawaran", "urgency": "biasa", "security": "B"}

    def upload(data):
        return clerk.post("/surat/masuk/pindai/", given | {"file": SimpleUploadedFile("../../x.pdf", data)})

    response = upload(b"<html><script>alert(1)</script>")
    assert response.status_code == 422 and "PT Flobamora" in response.content.decode()
    response = upload(page())
    assert response.status_code == 302 and "Penawaran" in text(clerk.get(response.url))


def test_the_register_book(client, desk, other):
    """Void numbers stay, formulas are text, secrets are not told, another agency's book is its own."""
    clear(desk, "Kepala Dinas")
    registered(desk, subject="=1+1 undangan")
    registered(desk, security="R", subject="Pemberhentian")
    registered(other, to=None, subject="Milik lain")
    clerk = client("registrar")
    year = re.search(r"/(\d{4})/$", clerk.get("/surat/buku/agenda/").url)[1]
    page = text(clerk.get(f"/surat/buku/agenda/{year}/"))
    table = clerk.get(f"/surat/buku/agenda/{year}.csv").content.decode()
    for shown in (page, table):
        assert f"1/{year}" in shown and f"2/{year}" in shown
        assert "Pemberhentian" not in shown and "Milik lain" not in shown
    assert ";'=1+1 undangan;" in table
    assert clerk.get(f"/surat/buku/keluar/{year}/").status_code == 200
    assert clerk.get(f"/surat/buku/lain/{year}/").status_code == 404
    assert client("Kepala Dinas").get(f"/surat/buku/agenda/{year}/").status_code == 403
    assert text(client("supervisor").get(f"/surat/buku/agenda/{year}/"))


def test_who_may_not_read_a_secret_sees_no_word_of_it(client, desk, other):
    """Every page, as everybody of both agencies who is not its reader, beside the reader who is."""
    clear(desk, "Kepala Dinas", "Sekretaris")
    word = "Kataraahasia"
    letter = registered(desk, security="R", subject=f"Soal {word}")
    head = client("Kepala Dinas")
    sent = {"to": str(desk.posts["Sekretaris"].pk), "orders": "answer", "note": word}
    head.post(f"/surat/masuk/{letter.pk}/disposisi/", sent)
    row = letter.dispositions.get()
    at = f"/surat/masuk/{letter.pk}/"
    pages = [
        "/surat/masuk/", "/surat/masuk/?tab=terdaftar", at, f"{at}pdf/", f"{at}halaman/1/", f"{at}teks/",
        f"{at}disposisi/", f"{at}lembar/", "/surat/disposisi/?tab=dari-saya", "/surat/disposisi/",
        f"/surat/disposisi/{row.pk}/",
        f"/surat/buku/agenda/{row.at.year}/", f"/surat/buku/agenda/{row.at.year}.csv", "/pemberitahuan/",
    ]  # fmt: skip
    others = [("registrar", desk), ("supervisor", desk), ("Analis", desk), ("Kepala Bidang", desk)]
    others += [("registrar", other), ("Kepala Dinas", other)]
    for who, at_desk in others:
        for address in pages:
            assert word not in client(who, at_desk).get(address).content.decode(errors="replace"), (
                who,
                address,
            )
    for address in (at, f"{at}lembar/", f"/surat/disposisi/{row.pk}/", "/surat/disposisi/?tab=dari-saya"):
        page = text(head.get(address))
        assert word in page and word not in re.search(r"<title>.*?</title>|alt=\"[^\"]*\"", page)[0], address
    assert word in text(client("Sekretaris").get("/surat/disposisi/"))
    assert head.get(f"{at}halaman/1/").content.startswith(b"\x89PNG")


def test_a_top_secret_file_is_not_handed_out(client, desk):
    clear(desk, "Kepala Dinas")
    letter = registered(desk, security="SR")
    head = client("Kepala Dinas")
    assert head.get(f"/surat/masuk/{letter.pk}/halaman/1/").status_code == 200
    assert head.get(f"/surat/masuk/{letter.pk}/pdf/").status_code == 404
