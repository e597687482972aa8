"""Every text of a page has its Indonesian translation, and the translations fit."""

import re

import pytest
from babel.messages.catalog import Message

from pendopo.portal.assets import messages


@pytest.mark.parametrize("app", [app for app in messages.APPS if (messages.PACKAGE / app).exists()])
def test_no_text_is_missing(app):
    assert not messages.missing(app), "python -m pendopo.portal.assets.messages, then translate"


@pytest.mark.parametrize("app", [app for app in messages.APPS if (messages.PACKAGE / app).exists()])
def test_translations_name_the_same_things(app):
    """The same %(places)s and tags in both languages, and no exclamation mark in either."""
    for message in messages.catalogue(app):
        if not message.id:
            continue
        english = message.id if isinstance(message.id, str) else message.id[1]
        indonesian = message.string if isinstance(message.string, str) else message.string[0]
        for pattern in (r"%\(\w+\)[sd]|%[sd]", r"</?\w+>"):
            assert set(re.findall(pattern, english)) == set(re.findall(pattern, indonesian)), english
        assert "!" not in english + indonesian, english


def test_templates_and_programs_are_both_read():
    found = {msgid for _context, msgid in messages.found("portal")}
    assert "Waiting for you" in found  # a template's
    assert "Something broke here" in found
    assert "This page is not here" in found  # a program's
    assert ("1 thing", "%(n)s things") in found  # a plural in a template


def test_a_missing_text_is_noticed(monkeypatch):
    monkeypatch.setattr(messages, "found", lambda app: [(None, "Not translated yet"), (None, "Home")])
    assert messages.missing("portal") == ["Not translated yet"]
    assert isinstance(messages.catalogue("portal").get("Home"), Message)
