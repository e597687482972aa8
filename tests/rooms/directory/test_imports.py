"""Importing a staff list: every row's mistakes at once, all or nothing, and nothing before it was seen."""

import contextlib
from datetime import date

import pytest
from browser.rooms import ground
from hypothesis import given
from hypothesis import strategies as st

HEADER = "nama,nomor,unit_kode,unit_nama,jabatan,jenis,mulai,sampai\n"
RATNA = "Ratna,198503152010012001,01,Sekretariat,Sekretaris,,2024-01-01,"
BAGUS = "Bagus,197907072004071007,01,,Analis,,,"


def read(*rows, header=HEADER):
    from pendopo.ground.directory import imports

    return imports.read((header + "\n".join(rows)).encode())


def codes(row):
    return [trouble.code for trouble in row.troubles]


def test_commas_or_semicolons_with_or_without_a_mark():
    from pendopo.ground.directory import imports

    rows = read(RATNA)
    excel = (HEADER + RATNA).replace(",", ";").encode("utf-8-sig")
    assert [vars_of(row) for row in imports.read(excel)] == [vars_of(row) for row in rows]
    assert (rows[0].name, rows[0].number.value, rows[0].since) == (
        "Ratna",
        "198503152010012001",
        date(2024, 1, 1),
    )


def vars_of(row):
    return {name: getattr(row, name) for name in row.__slots__}


def test_each_mistake_is_named_with_its_column_beside_a_row_that_is_fine():
    rows = read(
        RATNA,
        ",1985,,,,,,",
        "Lusia,1.98503E+17,,,,,,",
        "Lusia,198703032011012003,,,Analis,,,",
        "Lusia,198703032011012004,02,Bidang,Analis,sementara,31-02-2024,",
        "Lusia,198703032011012005,02,Bidang,Analis,,2024-02-01,2024-02-01",
        f"{'x' * 201},198703032011012006,,,,,,",
    )
    assert [codes(row) for row in rows] == [
        [],
        ["row.name", "nip.length"],
        ["row.rounded"],
        ["row.unit"],
        ["row.kind", "row.date"],
        ["row.until"],
        ["row.long"],
    ]
    assert rows[1].line == 3 and rows[1].troubles[1].column == "nomor"


def test_doubles_within_the_file():
    rows = read(RATNA, RATNA.replace("Ratna", "Lain"), BAGUS.replace("Analis", "Sekretaris"))
    assert codes(rows[1]) == ["row.double", "row.held"]
    assert codes(rows[2]) == ["row.held"]
    fine = read(
        RATNA.replace("2024-01-01,", "2024-01-01,2025-01-01"),
        BAGUS.replace("Analis,,,", "Sekretaris,,2025-01-01,"),
    )
    assert [codes(row) for row in fine] == [[], []]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "import.columns"),
        (b"nama;alamat\n", "import.columns"),
        (b"nama,nomor,nama\n", "import.columns"),
        (b"nama,nomor\n", "import.empty"),
        ("nama,nomor\nJosé,1".encode("latin-1"), "import.encoding"),
        (b'nama,nomor\n"a"b,1', "import.csv"),
        (b"nama,nomor\n" + b"a,1\n" * 2001, "import.rows"),
        (b"x" * 2_000_001, "import.size"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data, code):
    from pendopo.ground.directory import imports

    with pytest.raises(imports.SheetError) as error:
        imports.read(data)
    assert error.value.code == code


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_are_read_or_refused_never_a_traceback(data):
    from pendopo.ground.directory import imports

    with contextlib.suppress(imports.SheetError):
        imports.read(b"nama,nomor,mulai\n" + data)


@pytest.fixture
def agency(db):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory import actions

    return actions.create_agency("ID/GOV/A", "Agency A", "Asia/Makassar", actor=Actor.system(via="cli"))


def test_a_list_makes_units_positions_people_and_assignments(agency):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory.models import Assignment
    from pendopo.ground.directory.plan import import_people, plan

    made = plan(agency, read(RATNA, BAGUS, "Lusia,198703032011012003,,,,,,"))
    assert (made.new_people, len(made.units), len(made.positions), made.assignments) == (3, 1, 2, 2)
    assert not agency.units.exists()
    import_people(agency, made, actor=Actor.system(agency))
    held = {(one.person.name, str(one)) for one in Assignment.objects.all()}
    assert held == {("Ratna", "Sekretaris"), ("Bagus", "Analis")}


LIST = "nama,jenis_nomor,nomor,lahir\n"


def test_a_birth_date_comes_from_the_number_or_from_its_column():
    rows = read(
        "Ratna,,198503152010012001,",
        "Bagus,,197907072004071007,07-07-1979",
        "Bagus,,197907072004071008,1979-07-08",
        "Alfons,lokal,HON-7,17/08/1990",
        "Beci,lokal,HON-8,",
        "Klara,lokal,HON-9,31-02-1990",
        header=LIST,
    )
    assert [codes(row) for row in rows] == [[], [], ["row.birth"], [], [], ["row.date"]]
    assert [row.birth for row in (rows[0], rows[3], rows[4])] == [date(1985, 3, 15), date(1990, 8, 17), None]


def test_a_birth_date_is_learnt_later_and_never_overwritten(agency):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory.models import Person
    from pendopo.ground.directory.plan import import_people, plan

    for born, kept in (("", None), ("17-08-1990", date(1990, 8, 17)), ("18-08-1990", date(1990, 8, 17))):
        rows = read(f"Alfons,lokal,HON-7,{born}", header=LIST)
        import_people(agency, plan(agency, rows), actor=Actor.system(agency))
        assert Person.objects.get().birth == kept


def test_the_same_list_again_makes_nobody_twice(agency):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory.models import Person
    from pendopo.ground.directory.plan import import_people, plan

    people = ["Lusia,198703032011012003,,,,,,", "Bagus,197907072004071007,,,,,,"]
    for _ in range(2):
        import_people(agency, plan(agency, read(*people)), actor=Actor.system(agency))
    assert Person.objects.count() == 2
    again = plan(agency, read(*people, RATNA))
    assert (again.new_people, len(again.people)) == (1, 2)


def test_what_only_the_directory_knows_is_a_rows_trouble_too(agency):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory import actions
    from pendopo.ground.directory.plan import import_people, plan

    import_people(agency, plan(agency, read(RATNA)), actor=Actor.system(agency))
    other = actions.create_agency("ID/GOV/B", "Agency B", "Asia/Jakarta", actor=Actor.system(via="cli"))
    ground.person(other, "Orang lain", "197001011995011003", Actor.system(other))
    made = plan(
        agency,
        read(
            BAGUS.replace("Analis", "Sekretaris"),
            "Orang,197001011995011003,,,,,,",
            "Lusia,198703032011012003,09,,Analis,,,",
        ),
    )
    assert [codes(row) for row in made.rows] == [["row.taken"], ["row.foreign"], ["row.unit_name"]]
    with pytest.raises(ValueError, match="troubles"):
        import_people(agency, made, actor=Actor.system(agency))


def test_every_trouble_has_words_in_both_languages(django_home):
    from django.utils.translation import override

    from pendopo.ground.directory.imports import SheetError, Trouble
    from pendopo.ground.directory.plan import sheet_text, trouble_text

    params = {"most": 1, "line": 2, "value": "x", "day": "x"}
    rows = "cells long name kind unit until scheme rounded birth yes date double held foreign unit_name taken"
    sheets = [SheetError("import.columns", missing="", unknown="x"), SheetError("import.size", mb=2)]
    sheets += [SheetError(f"import.{code}") for code in ("encoding", "csv", "empty")]
    sheets.append(SheetError("import.rows", most=2))
    said = {}
    for language in ("id", "en"):
        with override(language):
            said[language] = [trouble_text(Trouble(f"row.{code}", "nomor", params)) for code in rows.split()]
            said[language] += [sheet_text(error) for error in sheets]
    assert not set(said["id"]) & set(said["en"])
