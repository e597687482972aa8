"""What a letter says is read by few modules, which ask first who reads: no other names where it lies."""

import ast
from pathlib import Path

import pendopo

TABLES = {"Secret", "Draft", "Version"}
DOORS = {
    "simaya/models.py", "simaya/letters/reads.py", "simaya/letters/actions.py",
    "simaya/letters/review_pages.py", "simaya/letters/draft_pages.py", "simaya/letters/signing.py",
    "simaya/letters/attachments.py", "simaya/incoming/actions.py", "simaya/routing/wire.py",
}  # fmt: skip


def named(tree: ast.AST) -> set[str]:
    """The tables of letters' words that a module imports or reaches from a letter."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").rpartition(".")[2] == "models":
            found |= {alias.name for alias in node.names} & TABLES
        elif isinstance(node, ast.Attribute):
            if node.attr == "versions" and isinstance(node.value, ast.Name):
                found.add("Version")
            if isinstance(node.value, ast.Attribute) and node.value.attr == "draft":
                found.add("Draft")  # letter.draft.body; a bare `.draft` is a page or a picture's
            if node.attr in TABLES and isinstance(node.value, ast.Name) and node.value.id == "models":
                found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= {"Draft"} if node.value.startswith("draft__") else set()
            found |= {"Version"} if node.value.startswith("versions__") else set()
        elif isinstance(node, ast.keyword) and (node.arg or "").startswith(("draft__", "versions__")):
            found.add(node.arg)
    return found


def test_only_the_doors_read_what_a_letter_says():
    root = Path(pendopo.__file__).parent
    seen = set()
    for path in root.rglob("*.py"):
        where = path.relative_to(root).as_posix()
        if "migrations" in where or not where.startswith("simaya/"):
            continue
        tables = named(ast.parse(path.read_text()))
        seen |= {where} if tables else set()
        assert where in DOORS or not tables, f"{where} reads {tables}"
    assert seen == DOORS, f"no longer a door: {DOORS - seen}"


def test_other_rooms_do_not_know_these_tables():
    root = Path(pendopo.__file__).parent
    for path in root.rglob("*.py"):
        if path.is_relative_to(root / "simaya"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pendopo.simaya"):
                assert not {alias.name for alias in node.names} & TABLES, path


def test_each_way_to_them_is_seen():
    for code in (
        "from pendopo.simaya.letters.models import Secret",
        "from .models import Letter, Draft",
        "letter.draft.body",
        "letter.versions.last()",
        "models.Secret.objects",
        "rows.filter(versions__n=1)",
        "rows.values('draft__fields')",
    ):
        assert named(ast.parse(code)), code
    for code in ("from .models import Letter", "pages.draft", "image.draft('RGB', size)"):
        assert not named(ast.parse(code)), code
