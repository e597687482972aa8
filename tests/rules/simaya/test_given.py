"""The body a form gives: from the editor's JSON, or from plain text without losing what text cannot hold."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given as from_any
from hypothesis import settings

from pendopo.core.errors import Fault
from pendopo.simaya.paper import document, given
from tests.rules.simaya.test_document import BODY

LIMITS = Path(document.__file__).parents[2] / "portal/assets/js/letter/limits.js"


def paragraph(*words):
    return {"type": "paragraph", "content": [{"type": "text", "text": word} for word in words]}


def doc(*blocks):
    return {"type": "doc", "content": list(blocks)}


def point(*blocks):
    return {"type": "list_item", "content": list(blocks)}


def points(order, *items):
    return {"type": "ordered_list", "attrs": {"order": order}, "content": list(items)}


BOLD = doc({"type": "paragraph", "content": [{"type": "text", "text": "a", "marks": [{"type": "strong"}]}]})


def test_json_counts_before_text_and_text_counts_alone():
    assert given.body(json.dumps(BOLD), "lain") == document.parse(BOLD)
    assert given.body("", "satu\n\n1. dua") == doc(paragraph("satu"), points(1, point(paragraph("dua"))))


@pytest.mark.parametrize(
    ("bad", "code", "good"),
    [
        ("{", "json.malformed", json.dumps(BOLD)),
        ('{"type":"doc","type":"doc","content":[]}', "json.duplicate_key", json.dumps(BOLD)),
        ("[]", "json.not_object", json.dumps(BOLD)),
        ("[" * 100_000, "json.malformed", json.dumps(doc(points(1, point(paragraph("a")))))),
        ('{"a":' * 100 + "1" + "}" * 100, "paper.body_form", json.dumps(BOLD)),
        ('{"type":"doc","content":[{"type":"paragraph"}],"x":1.5}', "json.number", json.dumps(BOLD)),
        (json.dumps(BOLD) + " " * given.LONGEST, "paper.body_size", json.dumps(BOLD) + " " * 1000),
        (json.dumps(doc(paragraph("a\u202eb"))), "paper.body_sign", json.dumps(doc(paragraph("ab")))),
        (json.dumps(doc(paragraph("\ud800"))), "json.malformed", json.dumps(doc(paragraph("\ud83d\ude00")))),
    ],
)
def test_what_is_no_body_is_refused(bad, code, good):
    assert given.body(good, "")["content"]
    with pytest.raises(Fault) as refused:
        given.body(bad, "")
    assert refused.value.code == code


@settings(max_examples=60, deadline=None)
@from_any(BODY)
def test_unchanged_text_keeps_the_whole_body_and_changed_text_does_not(made):
    kept = document.parse(made)
    text, exact = given.as_text(kept)
    assert given.body("", text.replace("\n", "\r\n"), kept) == kept
    assert given.body("", text + " lagi", kept) != kept
    assert (given.body("", text) == kept) is exact


def test_plain_letters_come_back_from_their_text_and_others_say_that_they_do_not():
    plain = document.parse(
        doc(paragraph("satu"), points(3, point(paragraph("dua")), point(paragraph("tiga"))))
    )
    assert given.as_text(plain) == ("satu\n\n3. dua\n4. tiga", True)
    deep = document.parse(doc(points(1, point(paragraph("a"), points(1, point(paragraph("b")))))))
    table = doc({"type": "table", "content": [{"type": "table_row", "content": [
        {"type": "table_cell", "content": [paragraph("sel")]}]}]})  # fmt: skip
    for rich in (document.parse(BOLD), deep, document.parse(table), document.parse(doc(paragraph("1. x")))):
        assert given.as_text(rich)[1] is False


def test_the_editors_limits_are_the_servers():
    found = dict(re.findall(r"^export const ([A-Z]+) = (\d+)$", LIMITS.read_text(), re.MULTILINE))
    ours = {name: str(getattr(document, name)) for name in ("LEVELS", "COLUMNS", "NODES", "TEXT")}
    assert ours.items() <= found.items()
    document.parse(doc(points(int(found["ORDER"]), point(paragraph("a")))))
    with pytest.raises(Fault):
        document.parse(doc(points(int(found["ORDER"]) + 1, point(paragraph("a")))))
