import ast
import re
from pathlib import Path

import pytest

import pendopo
from pendopo.core import errors
from pendopo.core.errors import Fault

TREE = Path(pendopo.__file__).parent
PLACE = re.compile(r"\{(\w+)\}")


def sources():
    for path in sorted(TREE.rglob("*.py")):
        if "node_modules" not in path.parts:
            yield path, path.read_text()


def raised():
    """Every literal code given to Fault or Broken in the tree, with the place."""
    for path, text in sources():
        for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call) and node.args):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            first = call.args[0]
            if name in ("Fault", "Broken") and isinstance(first, ast.Constant):
                yield first.value, {k.arg for k in call.keywords}, f"{path.relative_to(TREE)}:{call.lineno}"


def test_every_code_has_both_texts_with_the_same_facts():
    indonesian, english = errors.texts("id"), errors.texts("en")
    assert indonesian.keys() == english.keys()
    for code, text in indonesian.items():
        assert text and english[code], code
        assert set(PLACE.findall(text)) == set(PLACE.findall(english[code])), code
        assert "!" not in text and "!" not in english[code], code


def test_every_code_that_is_raised_has_a_text_and_gives_its_facts():
    for code, given, place in raised():
        assert code in errors.texts("id"), f"{code} at {place} has no text"
        missing = set(PLACE.findall(errors.texts("id")[code])) - given
        assert not missing or None in given, f"{code} at {place} does not say {missing}"


def test_no_text_is_left_over():
    """Each code stands in some source, or begins like an f-string there."""
    source = "\n".join(text for _path, text in sources())
    starts = tuple(re.findall(r'f"([a-z0-9]+\.[a-z0-9_.]*)\{', source))
    unused = [code for code in errors.texts("id") if code not in source and not code.startswith(starts)]
    assert not unused, f"no code of ours raises {unused}"


def test_the_page_of_errors_is_current():
    page = (TREE.parent / "docs" / "errors.md").read_text()
    assert page == errors.document(), "run: python -m pendopo.core.errors > docs/errors.md"


def test_a_fault_speaks_indonesian_first():
    fault = Fault("json.duplicate_key", key="nik")
    assert fault.text() == fault.text("id") == 'Kunci "nik" tertulis dua kali.'
    assert fault.text("en") == fault.text("fr") == 'The key "nik" stands twice.'
    assert "json.duplicate_key" in str(fault)


def test_what_a_stranger_sends_is_shown_and_never_read_as_a_template():
    assert "{key}" in Fault("json.duplicate_key", key="{key}{0.__class__}").text("en")


def test_a_fault_is_raised_like_any_exception():
    with pytest.raises(Fault) as fault:
        raise Fault("id.uuid", value="x")
    assert fault.value.params == {"value": "x"}
