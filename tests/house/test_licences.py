"""What is loaded into our processes is neither GPL nor AGPL (LGPL and programs run apart are fine)."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution, metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COPYLEFT = re.compile(r"\b(?:A?GPL|GNU (?:Affero )?General Public)", re.IGNORECASE)
LESSER = re.compile(r"LGPL|GNU (?:Lesser|Library) General Public", re.IGNORECASE)
BSD = "Redistribution and use in source and binary forms, with or without modification, are permitted"
CHOICE = re.compile(r"\bOR\b")


def locked(extras: set[str]) -> set[str]:
    """Names of the distributions that the project with `extras` brings, from the lock."""
    packages = {p["name"]: p for p in tomllib.loads((ROOT / "uv.lock").read_text())["package"]}
    own = packages["pendopo"]
    waiting = list(own["dependencies"])
    for extra in extras:
        waiting += own["optional-dependencies"][extra]
    found: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        package = packages[wanted["name"]]
        further = [
            d for extra in wanted.get("extra", []) for d in package["optional-dependencies"].get(extra, [])
        ]
        if package["name"] not in found:
            found.add(package["name"])
            further += package.get("dependencies", [])
        waiting += further
    return found


def stated(name: str) -> list[str]:
    """What a distribution says of its licence: the SPDX expression, the field, the classifiers."""
    data = metadata(name)
    field = (data.get("License") or "").strip().splitlines()[:1]
    classifiers = [c for c in data.get_all("Classifier") or [] if c.startswith("License ::")]
    return [text for text in (data.get("License-Expression"), *field, *classifiers) if text]


def text(name: str) -> str:
    """The licence files that a distribution brings."""
    files = [file for file in distribution(name).files or () if "licenses" in file.parts]
    return " ".join(" ".join(file.read_text().split()) for file in files)


def refused(texts: list[str]) -> bool:
    """Is this GPL or AGPL, with no other licence to choose?"""
    hard = [t for t in texts if COPYLEFT.search(LESSER.sub("", t)) and not CHOICE.search(t)]
    return bool(hard)


def installed() -> list[str]:
    found = []
    for name in sorted(locked({"platform", "demo"})):
        try:
            distribution(name)
        except PackageNotFoundError:  # for another platform or Python
            continue
        found.append(name)
    return found


def test_no_library_in_process_is_gpl_or_agpl():
    names = installed()
    assert {"django", "granian", "psycopg", "pynacl"} <= set(names)
    assert {name: stated(name) for name in names if refused(stated(name))} == {}
    silent = {name: text(name) for name in names if not stated(name)}
    assert [name for name, words in silent.items() if BSD not in words] == [], "no licence is stated"
    assert [name for name, words in silent.items() if COPYLEFT.search(words)] == []


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("GPL-3.0-or-later", True),
        ("License :: OSI Approved :: GNU Affero General Public License v3", True),
        ("AGPL-3.0-only", True),
        ("LGPL-3.0-only", False),
        ("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", False),
        ("MIT OR GPL-2.0-only", False),
        ("Apache-2.0", False),
    ],
)
def test_the_check_itself_tells_them_apart(text, bad):
    assert refused([text]) is bad
