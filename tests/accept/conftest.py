import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from playwright.sync_api import sync_playwright

# Debian's Chromium, its shell without windows; talks to nobody but the test.
OPTIONS = {
    "executable_path": "/usr/bin/chromium-headless-shell",
    "args": [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
}


@pytest.fixture(scope="session")
def player():
    """What starts browsers."""
    with sync_playwright() as player:
        yield player


@pytest.fixture(scope="session")
def chromium(player):
    browser = player.chromium.launch(**OPTIONS)
    yield browser
    browser.close()


@pytest.fixture
def chromium_at(player, tmp_path):
    """Starts the same browser in a network namespace: `chromium_at(NAME)`."""
    browsers = []

    def start(space: str):
        script = tmp_path / f"chromium-{space}"
        script.write_text(
            f'#!/bin/sh\nexec nsenter --net=/run/netns/{space} {OPTIONS["executable_path"]} "$@"\n'
        )
        script.chmod(0o755)
        browsers.append(player.chromium.launch(**OPTIONS | {"executable_path": str(script)}))
        return browsers[-1]

    yield start
    for browser in browsers:
        browser.close()
