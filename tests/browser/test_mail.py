"""Mail in a browser: read and answered without a mouse; what a message carries runs nowhere."""

from email.message import EmailMessage

import pytest

# Each would call if it ran: by script, handler, style, frame, form, drawing or refresh.
ACTIVE = """<script>top.ran = 1; fetch('/surel/?ran')</script><img src="x" onerror="top.ran=2">
<svg onload="top.ran=3"><script>top.ran=4</script></svg><iframe srcdoc="<script>top.ran=5</script>"></iframe>
<a id="go" href="javascript:top.ran=6">lihat</a><form action="/surel/"><button>kirim</button></form>
<style>body{background:url(http://jejak.test/c)}@import 'http://jejak.test/d';</style>
<meta http-equiv="refresh" content="0;url=http://jejak.test/r"><p style="background:url(http://jejak.test/s)">Isi</p>
<img src="http://jejak.test/p.gif"><video src="http://jejak.test/v" autoplay></video>"""


@pytest.fixture
def hostile(portal):
    """A message that tries everything, in the administrator's inbox; its UID."""
    from pendopo.pnsmail.webmail import service

    made = EmailMessage()
    made["From"], made["Subject"] = "Undian <undian@luar.test>", "Anda menang"
    made.set_content("Anda menang")
    made.add_alternative(ACTIVE, subtype="html")
    with service.opened(portal.seeded.objects["mailbox"]) as box:
        yield box.append("INBOX", made.as_bytes(), ())
    service.pool().close()


def test_nothing_in_a_message_runs_or_loads(eyes, hostile, portal):
    page, asked, _broken = eyes.window("admin")
    del asked[:]
    page.goto(f"/surel/kotak/masuk/{hostile}/")
    frame = page.frame_locator("iframe")
    frame.get_by_text("Isi").wait_for()
    frame.get_by_text("lihat").click()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.ran") is None
    assert [url for url in asked if not url.startswith((portal.url, "data:"))] == []
    assert not any("?ran" in url for url in asked)
    assert (
        page.locator("iframe").evaluate(
            "frame => frame.contentDocument.querySelectorAll('script, form, svg').length"
        )
        == 0
    )
    height = page.locator("iframe").evaluate(
        "frame => frame.clientHeight - frame.contentDocument.body.scrollHeight"
    )
    assert 0 <= height < 40, "the frame is as high as the message"


def test_a_message_is_read_and_answered_without_a_mouse(eyes, portal):
    page, _asked, _broken = eyes.window("admin")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/surel/?sesudah=3")  # the oldest conversation alone
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/surel/kotak/masuk/2/**")
    page.get_by_text("Saya hadir.").wait_for()
    page.keyboard.press("r")
    page.locator("textarea:focus").wait_for()
    page.keyboard.type("Terima kasih.")
    page.get_by_text("Disimpan sebagai draf pukul").wait_for()  # by itself, while one pauses
    page.keyboard.press("Control+Enter")
    page.get_by_text("Terkirim kepada 1 orang.").wait_for()
    page.goto("/surel/kotak/draf/")
    assert page.locator(".rows a").count() == 1, "the draft is gone; what was there before is not"
    page.goto("/surel/kotak/terkirim/")
    page.locator(".rows a").first.click()
    assert page.locator(".msg-body > .said-text").last.text_content().startswith("Terima kasih.")
