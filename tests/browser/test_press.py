"""A press counts, however long it is held and whatever leaving a field changes meanwhile."""


def test_a_button_stays_while_what_it_says_changes(eyes):
    """Who has typed a note and presses at once leaves the note by that: the words at the foot come anew."""
    page = eyes.open("/surat/masuk/{registered}/disposisi/", "admin", width=360)
    sent = []

    def kept(route, request):
        """The form itself goes nowhere: other tests look at this letter too."""
        if "hx-request" in request.headers or request.method != "POST":
            return route.continue_()
        sent.append(request.post_data)
        return route.fulfill(body="<!doctype html><title>Uji</title>", content_type="text/html")

    page.route("**/disposisi/", kept)
    page.get_by_role("checkbox").first.check()
    button = page.get_by_role("button", name="Kirim disposisi ke 1 orang")
    button.wait_for()
    page.get_by_label("Catatan").fill("Siapkan bahan.")
    box = button.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.evaluate("document.addEventListener('htmx:after:swap', () => { document.body.dataset.anew = '' })")
    page.mouse.down()
    page.locator("body[data-anew]").wait_for()
    page.mouse.up()
    page.get_by_role("heading").first.wait_for(state="detached")
    assert len(sent) == 1 and "Siapkan+bahan" in sent[0]
    page.close()
