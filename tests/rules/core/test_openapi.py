import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from pendopo.core.openapi import openapi
from tests.worlds import World


def described(lang="id", **changes):
    document = openapi(World().definition_body() | changes, lang)
    validate(document, cls=OpenAPIV31SpecValidator)
    return document


def parameters(document):
    return {one["name"]: one for one in document["paths"]["/"]["get"]["parameters"]}


def test_a_description_is_valid_and_says_what_leaves():
    document = described()
    row = document["components"]["schemas"]["Row"]["properties"]
    assert list(row) == ["nik", "nama", "tgl_lahir", "alamat"]
    assert (
        row["tgl_lahir"]["type"] == "string" and "format" not in row["tgl_lahir"]
    )  # masked: the year as text
    assert parameters(document).keys() == {"nik", "select", "limit", "after", "format", "order"}
    assert document["servers"] == [{"url": "/r1/ID/GOV/DUKCAPIL/kependudukan/penduduk"}]


def test_the_title_is_in_the_language_asked_for():
    assert described("id")["info"]["title"] == "Data penduduk"
    assert described("en")["info"]["title"] == "Population data"


@pytest.mark.parametrize(
    "type", ["text", "integer", "number", "boolean", "date", "time", "datetime", "uuid", "json", "bytes"]
)
def test_every_type_of_column_is_valid(type):
    for mask, nullable in [(None, False), (None, True), ({"kind": "hide"}, False)]:
        column = {
            "name": "x",
            "type": type,
            "title": "X",
            "personal": False,
            "mask": mask,
            "nullable": nullable,
        }
        described(columns=[column], filters={"x": ["eq", "is"]}, order=[], key=[])


def test_the_forms_and_limits_are_those_of_the_service():
    content = described(formats=["csv"])["paths"]["/"]["get"]["responses"]["200"]["content"]
    assert content.keys() == {"text/csv"}
    small, large = (parameters(described(bulk=bulk))["limit"]["schema"] for bulk in (False, True))
    assert small["maximum"] == 1000 and large["anyOf"][1] == {"const": "all"}


def test_no_source_is_named():
    text = str(described())
    assert "siak" not in text and "public" not in text
