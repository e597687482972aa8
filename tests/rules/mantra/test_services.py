"""What a description promises, and what keeps a draft from being published."""

import pytest

from pendopo.mantra.services import rules

COLUMNS = [
    {
        "name": "nik",
        "type": "text",
        "title": "NIK",
        "nullable": False,
        "personal": True,
        "chosen": True,
        "filter": True,
    },
    {
        "name": "lahir",
        "type": "date",
        "title": "Tanggal lahir",
        "chosen": True,
        "mask": "year",
        "filter": True,
    },
    {"name": "catatan", "type": "text", "title": "Catatan", "chosen": False, "filter": True},
]
SPEC = {
    "table": "penduduk",
    "key": ["nik"],
    "columns": COLUMNS,
    "row_filter": [["nik", "like", "5308*"]],
    "limit": 1000,
    "title": "Data kependudukan",
    "code": "penduduk",
}


def definition(**changed):
    return rules.definition(SPEC | changed, service="ID/GOV/DUKCAPIL/siak/penduduk", version=1)


def with_column(**changed):
    return [COLUMNS[0] | changed, *COLUMNS[1:]]


def test_only_chosen_columns_are_described():
    assert [column["name"] for column in definition()["columns"]] == ["nik", "lahir"]


def test_a_masked_column_is_looked_up_by_a_known_value_and_never_compared_or_sorted():
    open_key = definition()
    assert "like" in open_key["filters"]["nik"] and open_key["order"] == ["nik"]
    hidden = definition(columns=with_column(mask="ends"))
    assert hidden["filters"]["nik"] == ["eq", "in"] and hidden["order"] == []


def test_pages_need_the_whole_key():
    assert definition()["key"] == ["nik"]
    assert definition(columns=with_column(chosen=False))["key"] == []


def test_a_sound_draft_has_no_problem():
    assert rules.problems(SPEC) == []


@pytest.mark.parametrize(
    ("changed", "step", "code"),
    [
        ({"table": ""}, "table", "table-missing"),
        ({"columns": [column | {"chosen": False} for column in COLUMNS]}, "columns", "no-column"),
        ({"columns": with_column(mask="year")}, "columns", "mask-type"),
        ({"columns": with_column(title=" ")}, "columns", "title-missing"),
        ({"limit": 0}, "limits", "limit-range"),
        ({"limit": rules.LIMIT_MAX + 1}, "limits", "limit-range"),
        ({"row_filter": [["nik", "gt", "1"]]}, "limits", "row-filter"),
        ({"row_filter": [["tiada", "eq", "1"]]}, "limits", "row-filter"),
        ({"title": ""}, "limits", "service-title-missing"),
        ({"code": ""}, "limits", "service-code-missing"),
    ],
)
def test_each_problem_names_its_step(changed, step, code):
    assert [(found.step, found.code) for found in rules.problems(SPEC | changed)] == [(step, code)]


def test_year_masks_are_for_dates():
    assert "year" in rules.masks_for("date") and "year" not in rules.masks_for("text")
