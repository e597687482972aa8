"""An address is looked at before anyone knocks on it, and names of systems follow the wire's rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core.ids import SubsystemId
from pendopo.mantra.sources import rules
from pendopo.mantra.subsystems import rules as names

ADDRESS = {"host": "db.dukcapil.go.id", "port": 3306, "database": "kependudukan", "user": "baca"}


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({}, {}),
        ({"host": ""}, {"host": "empty"}),
        ({"host": "mysql://db"}, {"host": "scheme"}),
        ({"host": "db 1"}, {"host": "spaces"}),
        ({"port": 0}, {"port": "port"}),
        ({"port": 65536}, {"port": "port"}),
        ({"port": None}, {"port": "port"}),
        ({"user": ""}, {"user": "empty"}),
        ({"database": ""}, {"database": "empty"}),
    ],
)
def test_server_addresses(changed, problem):
    assert rules.address_problems("mariadb", ADDRESS | changed) == problem


@pytest.mark.parametrize(
    ("path", "problem"), [("/srv/data.db", {}), ("data.db", {}), ("", {"path": "empty"})]
)
def test_file_addresses(path, problem):
    assert rules.address_problems("sqlite", {"path": path}) == problem


def test_a_label_never_holds_the_password():
    assert rules.label("mariadb", ADDRESS | {"password": "rahasia"}) == "db.dukcapil.go.id:3306/kependudukan"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("siak", None),
        ("a.b-c+d=e?f'(g),", None),
        ("", "empty"),
        ("data_penduduk", "characters"),
        ("a/b", "characters"),
        ("..", "characters"),
        ("x" * 65, "characters"),
        ("pendopo", "reserved"),
        ("Pendopo", "reserved"),
    ],
)
def test_codes(code, problem):
    assert names.code_problem(code) == problem


@given(st.text(max_size=200))
def test_a_suggested_code_can_be_used(text):
    code = names.suggest_code(text)
    if code and code != names.BUILT_IN:
        assert names.code_problem(code) is None
        assert str(SubsystemId.parse(f"ID/GOV/DUKCAPIL/{code}")).endswith(code)


def test_a_token_is_kept_as_its_hash_only():
    token = names.new_token()
    assert len(token) >= 43 and names.token_sha(token) == names.token_sha(token) != names.token_sha(
        token + "x"
    )
