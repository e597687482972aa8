"""Mail in a browser: read and answered without a mouse; what a message carries runs nowhere."""

import smtplib
from email.message import EmailMessage

import pytest
from hostile import HTML
from playwright.sync_api import expect

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


# How much of a document could run, load, send or lead elsewhere by itself.
COUNT = """document => {
  let count = document.querySelectorAll(`script, iframe, frame, object, embed, form, input, button, svg, math,
    meta[http-equiv=refresh], base, link, video, audio, template, [background], [srcset]`).length
  for (const element of document.querySelectorAll('*'))
    for (const {name, value} of element.attributes)
      count += name.startsWith('on') || /^\\s*(javascript|vbscript|data:text|data:image.svg)/i.test(value)
        || (name === 'style' && /url\\s*\\(|expression|@import|position/i.test(value))
  return count
}"""


@pytest.fixture
def attacks(portal, mail_servers):
    """One conversation with all of tests/hostile.py, each below its twin, sent by a stranger."""
    from pendopo.pnsmail.webmail import service

    mailbox = portal.seeded.objects["mailbox"]
    with smtplib.SMTP("127.0.0.1", mail_servers.mail.smtp_port, "luar.test", timeout=60) as stranger:
        for name, hostile, twin, _stays in HTML:
            made = EmailMessage()
            made["From"], made["To"], made["Subject"] = "x@luar.test", mailbox.address, "Re: Serangan"
            made["Message-ID"], made["References"] = f"<{name}@luar.test>", "<serangan@luar.test>"
            made.set_content("Isi")
            runs = hostile.replace("alert(1)", "top.ran=1")
            made.add_alternative(f"{twin}<p>kembarannya di atas</p>{runs}", subtype="html")
            stranger.sendmail("x@luar.test", [mailbox.address], made.as_bytes())
    yield
    with service.opened(mailbox) as box:
        box.client.select_folder("INBOX")
        box.remove("INBOX", box.client.search(["SUBJECT", "Serangan"]))
    service.pool().close()


def test_active_content_of_all_hostile_pages_is_none(eyes, portal, attacks, record_property):
    """Each stands in its frame beside its twin; nothing runs, loads or sends."""
    page, asked, _broken = eyes.window("admin")
    page.goto("/surel/cari/?q=Serangan")
    while page.get_by_role("link", name="Serangan").count() < len(HTML):  # Postfix hands over by itself
        page.reload()
    page.get_by_role("link", name="Serangan").first.click()
    page.wait_for_url("**/surel/kotak/masuk/**")
    asked.clear()
    page.evaluate("document.querySelectorAll('details.msg').forEach(one => { one.open = true })")
    frames = page.locator("iframe.paper-frame")
    expect(frames).to_have_count(len(HTML))
    frames.evaluate_all("frames => frames.forEach(one => { one.loading = 'eager' })")
    for frame in frames.all():
        expect(frame.content_frame.locator("main")).to_be_attached()
    page.wait_for_load_state("networkidle")
    shown = frames.evaluate_all(f"frames => frames.map(one => ({COUNT})(one.contentDocument))")
    foreign = [url for url in asked if not url.startswith((portal.url, "data:"))]
    ran = page.evaluate("Number(window.ran !== undefined)")
    active = sum(shown) + len(foreign) + ran
    record_property("figure", f"active_content {active}")
    assert active == 0, (shown, foreign, ran)
    texts = frames.evaluate_all("frames => frames.map(one => one.contentDocument.body.innerText)")
    assert all("kembarannya di atas" in text for text in texts)
    # The counters see what there is to see: the same pages as they came, and a bare one.
    bare = page.evaluate(
        f"pages => pages.map(one => ({COUNT})(new DOMParser().parseFromString(one, 'text/html')))",
        [hostile for _name, hostile, _twin, _stays in HTML],
    )
    assert sum(count > 0 for count in bare) >= 20, bare
    page.goto("about:blank")
    page.set_content("<script>top.ran=1</script><img src='http://e.test/p.gif'>")
    assert page.evaluate("window.ran") == 1
    assert "http://e.test/p.gif" in asked


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
