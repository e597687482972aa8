"""A live portal with seeded data, and one browser that looks at its pages.

`portal` is Django's own handler behind granian, as `pendopo up` runs it, on a private PostgreSQL.
`eyes.open(path, role)` gives a page signed in as that role; contexts are kept, one a role and theme.
"""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Scripts live for one page: to optimise their code costs more than the few runs after it save.
    "--js-flags=--no-opt --no-maglev",
    # A part of the page that is drawn again has its round corners smoothed otherwise than when all is drawn
    # at once, by a few shades; pictures are compared to the pixel.
    "--disable-partial-raster",
]
HEIGHTS = {1280: 800, 360: 740}


@pytest.fixture(scope="session")
def seeded(django_home, assets, mail_servers):
    """The seeded data, committed."""
    from browser import walk
    from django.db import connection

    found = walk.seed()
    connection.close()
    return found


@dataclass
class Portal:
    """A running portal."""

    url: str
    seeded: object


@pytest.fixture(scope="session")
def portal(django_home, seeded, tmp_path_factory):
    """The portal on its own port, until the session ends."""
    log = tmp_path_factory.mktemp("portal") / "portal.log"
    port = django_home.portal.port
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--blocking-threads", "4", "--log-level", "warning",
        "pendopo.portal.wsgi:application",
    ]  # fmt: skip
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, env=os.environ.copy())
        try:
            _wait_for(port, server, log)
            yield Portal(f"http://{django_home.node}.localhost:{port}", seeded)
        finally:
            server.terminate()
            server.wait(20)


def _wait_for(port, server, log):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text(errors="replace")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text(errors="replace"))


@pytest.fixture(scope="session")
def browser(portal):
    """Debian's Chromium as its shell without windows: it draws the same and costs a third less than the
    whole browser.

    Playwright keeps an event loop running in this thread; Django is told that it is fine.
    """
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium-headless-shell", args=ARGS)
        yield chromium
        chromium.close()


class Eyes:
    """Pages by role and theme. Signing in happens once a role; every context of it shares that session."""

    def __init__(self, browser, portal):
        self.browser, self.portal = browser, portal
        self.cookies, self.contexts, self.windows = {}, {}, {}

    def context(self, role=None, theme="light", **options):
        """A browser context of `role` (None: signed out), kept for the session."""
        key = (role, theme, tuple(sorted(options.items())))
        if key not in self.contexts:
            self.contexts[key] = made = self.browser.new_context(
                base_url=self.portal.url,
                color_scheme=theme,
                reduced_motion="reduce",
                locale="id-ID",
                **options,
            )
            if role:
                made.add_cookies(self.signed_in(role))
        return self.contexts[key]

    def signed_in(self, role):
        """The cookies of a session of `role`, signed in through the page."""
        from browser import walk

        if role not in self.cookies:
            with contextlib.closing(self.browser.new_context(base_url=self.portal.url)) as context:
                page = context.new_page()
                page.goto("/masuk")
                page.get_by_label("Nomor").fill(self.portal.seeded.accounts[role].username)
                page.get_by_label("Kata sandi").fill(walk.PASSWORD)
                page.get_by_role("button", name="Masuk").click()
                page.wait_for_url("**/")
                self.cookies[role] = context.cookies()
        return self.cookies[role]

    def open(self, path, role=None, theme="light", width=1280, **options):
        """A new page at `path`, which may name seeded objects in braces."""
        page = self.context(role, theme, **options).new_page()
        page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, 740)})
        page.answer = page.goto(self.portal.seeded.fill(path))
        return page

    def window(self, role=None):
        """The one page kept for `role`, what it asks for and what it complains about, as lists that fill
        from now on. Opening a new page costs a process, as much work as all that is then looked at; axe is
        in every page of it from the start."""
        from browser import walk

        if role not in self.windows:
            page, asked, broken = self.context(role).new_page(), [], []
            page.add_init_script(path=walk.AXE)
            page.on("request", lambda r: asked.append(r.url))
            page.on("console", lambda m: broken.append(m.text) if m.type == "error" else None)
            page.on("pageerror", lambda e: broken.append(str(e)))
            self.windows[role] = page, asked, broken
        page, asked, broken = self.windows[role]
        asked.clear()
        broken.clear()
        return page, asked, broken

    def fetch(self, path, role=None):
        """A plain GET as `role`, without a browser: status, headers by lower-case name, the body as sent."""
        host = urlsplit(self.portal.url)
        connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=30)
        headers = {"Host": host.netloc, "Accept-Encoding": "gzip"}
        if role:
            headers["Cookie"] = "; ".join(f"{c['name']}={c['value']}" for c in self.signed_in(role))
        with contextlib.closing(connection):
            connection.request("GET", self.portal.seeded.fill(path), headers=headers)
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()

    def show(self, one, theme="light", width=1280):
        """The page `one` of the walk, brought into its state; `page.answer` is the first answer."""
        page = self.open(one.path, one.role, theme, width)
        if one.do:
            one.do(page)
        return page

    def close(self):
        for context in self.contexts.values():
            context.close()


@pytest.fixture(scope="session")
def eyes(browser, portal):
    """Looks at the live portal."""
    made = Eyes(browser, portal)
    yield made
    made.close()
