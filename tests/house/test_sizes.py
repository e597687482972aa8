"""Rule 9: files are small enough to be read whole."""

import statistics
from pathlib import Path

ROOT = Path(__file__).parents[2]


def lengths() -> dict[Path, int]:
    """Lines of every hand-written Python file; migrations are generated and empty files say nothing."""
    files = [
        path
        for folder in ("pendopo", "tests", "bench", "scripts")
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts and "node_modules" not in path.parts and path.stat().st_size
    ]
    return {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in files}


def test_no_file_is_over_800_lines_and_the_median_is_under_150():
    found = lengths()
    assert len(found) > 50
    assert {str(path): count for path, count in found.items() if count > 800} == {}
    assert statistics.median(found.values()) < 150
