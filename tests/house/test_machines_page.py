"""The page of siMAYA's machines is what the tables are, as docs/errors.md is what the codes are."""

from pathlib import Path

from pendopo.simaya import machines

PAGE = Path(__file__).parents[2] / "docs" / "simaya-machines.md"


def test_the_page_of_the_machines_is_current():
    told = "run: python -m pendopo.simaya.machines > docs/simaya-machines.md"
    assert PAGE.read_text() == machines.document(), told


def test_every_move_stands_in_the_page():
    rows = [
        line for line in machines.document().splitlines() if line.startswith("| ") and "state" not in line
    ]
    assert len(rows) == sum(map(len, machines.MACHINES.values()))
