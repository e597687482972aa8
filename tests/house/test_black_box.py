"""Rule 7: acceptance tests start an installation by its command and import nothing of ours."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_acceptance_tests_import_nothing_of_ours():
    files = list((ROOT / "tests" / "accept").rglob("*.py"))
    assert files
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [name.name for name in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not [name for name in names if name.split(".")[0] == "pendopo"], f"{path}:{node.lineno}"
