"""body/1: what is taken comes back clean and stays; what is not of the form is refused with its code."""

import copy
import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pendopo.simaya.paper import document
from pendopo.simaya.paper.document import BadBody
from tests.rules.simaya import sheets

VISIBLE = st.text(
    st.characters(blacklist_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")), min_size=1, max_size=12
)
MARKS = st.lists(st.sampled_from(["strong", "em", "underline"]), unique=True, max_size=3)
INLINE = st.one_of(
    st.just({"type": "hard_break"}),
    st.builds(lambda t, m: {"type": "text", "text": t, "marks": [{"type": k} for k in m]}, VISIBLE, MARKS),
)
PARAGRAPH = st.lists(INLINE, max_size=4).map(lambda c: {"type": "paragraph", "content": c})


def points(inner):
    item = st.builds(
        lambda p, rest: {"type": "list_item", "content": [p, *rest]}, PARAGRAPH, st.lists(inner, max_size=2)
    )
    return st.lists(item, min_size=1, max_size=3).map(
        lambda items: {"type": "ordered_list", "attrs": {"order": 1}, "content": items}
    )


LIST = points(st.one_of(PARAGRAPH, points(PARAGRAPH)))
BODY = st.lists(st.one_of(PARAGRAPH, LIST), min_size=1, max_size=5).map(
    lambda c: {"type": "doc", "content": c}
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "content", "attrs", "marks", "text", "x"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(BODY)
def test_what_is_taken_stays_and_loses_no_word(doc):
    body = document.parse(doc)
    assert document.parse(body) == body == json.loads(json.dumps(body))
    words = "".join(document.plain(body).split())
    given_words = "".join(document.plain(doc).split())
    assert words == "".join(unicodedata.normalize("NFC", given_words).split())


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_anything_is_taken_or_refused_with_a_code(value):
    try:
        document.parse(value)
    except BadBody as refused:
        assert refused.code.startswith("paper.body_") and "…" not in refused.text("id")


@settings(max_examples=60, deadline=None)
@given(BODY, BODY)
def test_a_comparison_holds_both_texts(one, two):
    old, new = document.parse(one), document.parse(two)
    runs = document.compare(old, new)
    assert "".join(text for sign, text in runs if sign != "+") == document.plain(old)
    assert "".join(text for sign, text in runs if sign != "-") == document.plain(new)


def test_a_comparison_shows_the_changed_word_alone():
    old, new = (
        document.from_text("Satu dua tiga.\n\nTetap."),
        document.from_text("Satu empat tiga.\n\nTetap."),
    )
    assert document.compare(old, new) == [
        *(("=", "Satu "), ("-", "dua"), ("+", "empat"), ("=", " tiga.\nTetap.")),
    ]


def test_typed_text_becomes_paragraphs_and_points():
    body = document.from_text("Satu\r\ndua\r\n \r\n3. tiga\r\n4. empat\r\n\r\n0. bukan butir")
    first, listed, last = body["content"]
    assert document.plain({"type": "doc", "content": [first]}) == "Satu dua"
    assert (listed["type"], listed["attrs"]["order"], len(listed["content"])) == ("ordered_list", 3, 2)
    assert last["type"] == "paragraph"
    assert document.from_text("")["content"] == [{"type": "paragraph"}]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_typed_text_is_taken_or_refused_for_a_sign(text):
    try:
        document.from_text(text)
    except BadBody as refused:
        assert refused.code == "paper.body_sign"


def nested(levels: int) -> dict:
    made = sheets.points([sheets.p("x")])
    for _ in range(levels - 1):
        made = sheets.points([sheets.p("x"), made])
    return made


def doc(*blocks: object) -> dict:
    return {"type": "doc", "content": list(blocks)}


def grid(change) -> dict:
    made = sheets.table([["a", "b"], ["c", "d"]])
    change(made["content"])
    return doc(made)


def cell(rows, row, at) -> dict:
    return rows[row]["content"][at]


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        (doc(sheets.p("ab")), doc(sheets.p("a\u202eb")), "sign"),
        (doc(sheets.p("ab")), doc(sheets.p("a\u200bb")), "sign"),
        (doc(sheets.p("ab")), doc(sheets.p("a\x00b")), "sign"),
        (doc(sheets.p("ab")), doc(sheets.p("a\nb")), "sign"),
        (doc(sheets.p("ab")), doc(sheets.p("a\ud800b")), "sign"),
        (doc(sheets.p("ab")), doc(sheets.p("")), "form"),
        (doc(sheets.p("a", "em")), doc(sheets.p("a", "code")), "form"),
        (doc(sheets.p("a", "em")), doc(sheets.p("a", "em", "em")), "form"),
        (doc(sheets.p("a")), doc(sheets.p("a") | {"onload": "x"}), "form"),
        (doc(sheets.p("a")), doc({"type": "image", "src": "file:///etc/passwd"}), "form"),
        (doc(sheets.p("a")), doc({"type": ["paragraph"]}), "form"),
        (doc(sheets.p("a")), doc(), "form"),
        (doc(sheets.p("a")), [], "form"),
        (doc(nested(4)), doc(nested(5)), "size"),
        (doc(sheets.p("x" * 200_000)), doc(sheets.p("x" * 200_001)), "size"),
        (doc(*[{"type": "paragraph"}] * 19_999), doc(*[{"type": "paragraph"}] * 20_000), "size"),
        (grid(lambda r: None), grid(lambda r: r[1]["content"].pop()), "table"),
        (grid(lambda r: None), grid(lambda r: cell(r, 0, 0)["attrs"].update(rowspan=2)), "table"),
        (grid(lambda r: None), grid(lambda r: cell(r, 1, 0)["attrs"].update(rowspan=2)), "table"),
        (grid(lambda r: None), grid(lambda r: cell(r, 0, 0)["attrs"].update(rowspan=10**9)), "form"),
        (grid(lambda r: None), grid(lambda r: cell(r, 0, 0)["attrs"].update(colspan=True)), "form"),
        (
            grid(lambda r: (cell(r, 0, 0)["attrs"].update(rowspan=2), r[1]["content"].pop())),
            grid(lambda r: (cell(r, 0, 0)["attrs"].update(rowspan=3), r[1]["content"].pop())),
            "table",
        ),
        (
            doc(sheets.table([["x"] * 12])),
            doc(sheets.table([["x"] * 13])),
            "size",
        ),
    ],
)
def test_hostile_beside_good(good, bad, code):
    assert document.parse(copy.deepcopy(good))["content"]
    with pytest.raises(BadBody) as refused:
        document.parse(bad)
    assert refused.value.code == f"paper.body_{code}"


def test_very_deep_json_is_refused_not_a_traceback():
    deep: dict = {"type": "paragraph"}
    for _ in range(900):
        deep = {"type": "list_item", "content": [sheets.p("x"), {"type": "ordered_list", "content": [deep]}]}
    with pytest.raises(BadBody):
        document.parse(doc({"type": "ordered_list", "content": [deep]}))
