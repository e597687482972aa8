"""A person at a desk: one browser window at one portal, reading and pressing what is there."""

import os
import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from servers import until

ARTIFACTS = Path(os.environ.get("PENDOPO_ARTIFACTS", "artifacts")) / "accept"
PATIENCE = 20_000  # milliseconds until a page that does not show what a person waits for is a failure


class Desk:
    """One signed-in person. Fields are found by their label, buttons and links by their words."""

    def __init__(self, browser: Browser, url: str, *, width: int = 1280, height: int = 800):
        self.url = url
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, locale="id-ID", accept_downloads=True
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.broken: list[str] = []
        self.page.on("pageerror", lambda error: self.broken.append(str(error)))

    def open(self, path: str = "/") -> None:
        """Goes to an address of this portal."""
        self.page.goto(self.url + path)

    def activate(self, number: str, code: str, password: str) -> None:
        """First sign-in with the one-time code, setting a password."""
        self.open("/")
        self.press("Saya punya kode sekali pakai", "link")
        self.fill("Nomor", number)
        self.fill("Kode sekali pakai", code)
        self.fill("Kata sandi baru", password)
        self.press("Pasang kata sandi")
        self.sees("Kata sandi Anda sudah terpasang.")
        self.sign_in(number, password)

    def sign_in(self, number: str, password: str) -> None:
        """With number and password, to the page that says what waits."""
        self.fill("Nomor", number)
        self.fill("Kata sandi", password)
        self.press("Masuk")
        expect(self.page.get_by_role("heading", name="Yang menunggu Anda", exact=True)).to_be_visible(
            timeout=PATIENCE
        )

    def fill(self, label: str, text: str) -> None:
        """Types into the field with this label."""
        self._field(label).fill(text)

    def choose(self, label: str, option: str) -> None:
        """Picks an option of the list with this label."""
        self._field(label).select_option(label=option)

    def _field(self, label: str):
        words = re.compile(rf"^\s*{re.escape(label)}\s*(\(boleh kosong\))?\s*$")
        return self.page.get_by_label(words).first

    def tick(self, label: str) -> None:
        """Ticks the box or radio whose label starts with these words."""
        self.page.get_by_label(re.compile("^" + re.escape(label))).first.check()

    def press(self, words: str, role: str = "button") -> None:
        """Presses the button (or link) that begins with these words."""
        self.page.get_by_role(role, name=re.compile("^" + re.escape(words))).first.click()

    def sees(self, words: str) -> None:
        """Waits until these words stand on the page."""
        expect(self.page.get_by_text(words, exact=False).first).to_be_visible(timeout=PATIENCE)

    def wait_for(self, path: str, words: str) -> None:
        """Loads a page again and again until these words stand on it: news of another node."""

        def there():
            self.open(path)
            return self.page.get_by_text(words, exact=False).count()

        until(f"'{words}' on {path}", there)

    def save(self, words: str) -> bytes:
        """Presses what downloads a file; its bytes."""
        with self.page.expect_download() as waiting:
            self.page.get_by_role("link", name=words).or_(
                self.page.get_by_role("button", name=words)
            ).first.click()
        return open(waiting.value.path(), "rb").read()

    def picture(self, name: str) -> None:
        """Keeps what the page looks like now, for whoever reads the run."""
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(ARTIFACTS / f"{name}.png"), full_page=True)

    def close(self) -> None:
        self.context.close()
        assert not self.broken, self.broken
