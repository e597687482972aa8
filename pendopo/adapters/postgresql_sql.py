"""PostgreSQL's dialect: the database itself writes JSON and CSV, and masks.

Every parameter arrives as text and is cast to what its column compares with, so one form serves the prepared
statement ($1) and COPY, which takes no parameters (a setting of the session, see postgresql.py).
"""

from . import masks
from .plan import Output
from .source import Column
from .sql import Statement

SETTING = "pendopo.p"  # COPY's parameters are the settings pendopo.p0, pendopo.p1, …

# information of pg_type: name -> (our type, family). The family is what a parameter is cast to.
TYPES: dict[str, tuple[str, str]] = {
    "int2": ("integer", "int8"),
    "int4": ("integer", "int8"),
    "int8": ("integer", "int8"),
    "numeric": ("number", "numeric"),
    "float4": ("number", "float8"),
    "float8": ("number", "float8"),
    "bool": ("boolean", "bool"),
    "date": ("date", "date"),
    "time": ("time", "time"),
    "timestamp": ("datetime", "timestamp"),
    "timestamptz": ("datetime", "timestamptz"),
    "uuid": ("uuid", "uuid"),
    "text": ("text", "text"),
    "varchar": ("text", "text"),
    "bpchar": ("text", "bpchar"),
    "json": ("json", "json"),
    "jsonb": ("json", "jsonb"),
    "bytea": ("bytes", "bytea"),
}
OTHER = ("text", "other")  # enums, names, addresses, ranges, arrays …: as the text PostgreSQL shows


class PostgreSQLStatement(Statement):
    """For a stream it is written for COPY: its parameters are settings instead of $1."""

    def parameter(self, index: int, column: Column, *, portable: bool = True) -> str:
        mark = f"current_setting('{SETTING}{index}')" if self.stream else f"${index + 1}::text"
        return mark if column.family in ("text", "other") else f"{mark}::{column.family}"

    def operand(self, column: Column, *, portable: bool = True) -> str:
        name = self.ref(column.name)
        if column.type != "text":
            return name
        if column.family == "other":
            return f'{name}::text COLLATE "C"'
        if not portable:
            return name
        return f'{self._text(column)} COLLATE "C"'

    def equals(self, column: Column, indexes: list[int]) -> str:
        name = self.ref(column.name)
        found = _one_of(name, [self.parameter(i, column) for i in indexes])
        if column.family == "bpchar":  # it ignores blanks at the end: the index finds, the text decides
            texts = [self.parameter(i, column).removesuffix("::bpchar") for i in indexes]
            return f"({found} AND {_one_of(f'{name}::text', texts)})"
        if column.family == "other":
            return _one_of(f"{name}::text", [self.parameter(i, column) for i in indexes])
        return found

    def like(self, column: Column, index: int) -> str:
        mark = self.parameter(index, column).removesuffix("::bpchar")
        return f"{self._text(column)} LIKE {mark} ESCAPE '!'"

    def _text(self, column: Column) -> str:
        """The column as the text of its answer."""
        name = self.ref(column.name)
        match column.family:
            case "text":
                return name
            case "bytea":
                return f"translate(encode({name}, 'base64'), E'\\n', '')"
            case "json":  # outside its strings JSON has no line ends, inside they are escaped
                return f"translate({name}::text, E'\\n\\r', '  ')"
            case _:
                return f"{name}::text"

    def output(self, output: Output, *, json: bool) -> str:
        """A column of the answer, masked, for row_to_json or as the text of a CSV field."""
        column = self.table.find(output.name, output.type)
        if output.mask == ("year",) and column.family in ("date", "timestamp", "timestamptz"):
            return _year(self.ref(column.name), self._text(column))
        if output.mask:
            return mask(output.mask, self._text(column))
        if column.family == "json":
            return f"{self._text(column)}::json" if json else self._text(column)
        if column.family in ("bpchar", "bytea", "other") or (column.family == "bool" and not json):
            return self._text(column)
        return self.ref(column.name)

    def select(self, *, json: bool) -> str:
        """The whole query: one JSON text a row, or its fields as texts; then the cursor's values as texts."""
        fields = [
            f"{self.output(output, json=json)} AS {self.quote(output.name)}" for output in self.plan.columns
        ]
        extra = ""
        if self.plan.pages and not self.stream:
            orders = [
                self.operand(self.table.find(o.column, o.type), portable=False) for o in self.plan.order
            ]
            extra = "".join(f", ({operand})::text" for operand in orders)
        if json:
            # LATERAL leaves the table's own columns in sight of WHERE and ORDER BY.
            answer = f"LATERAL (SELECT {', '.join(fields)}) answer"
            return f"SELECT row_to_json(answer)::text{extra} FROM {self.name()}, {answer}{self.tail()}"  # noqa: S608
        if not self.stream:
            outputs = [self.output(output, json=False) for output in self.plan.columns]
            fields = [f"({output})::text" for output in outputs]
        return f"SELECT {', '.join(fields)}{extra} FROM {self.name()}{self.tail()}"  # noqa: S608


def _one_of(operand: str, marks: list[str]) -> str:
    return f"{operand} = {marks[0]}" if len(marks) == 1 else f"{operand} IN ({', '.join(marks)})"


def _year(date: str, text: str) -> str:
    """The year mask of a date, for most dates without looking at text: a third of the time it takes."""
    usual = f"{date} BETWEEN '1000-01-01' AND '9999-12-31'"
    return f"CASE WHEN {usual} THEN extract(year FROM {date})::text ELSE {mask(('year',), text)} END"


def mask(mask: tuple, text: str) -> str:
    """masks.py in PostgreSQL's words."""
    match mask:
        case ("ends", head, tail):
            # The length is counted once, which for UTF-8 is what costs most; a text too short gives no dots.
            dots = f"NULLIF(repeat('{masks.DOT}', char_length({text}) - {head + tail}), '')"
            first = (
                f"({text})::varchar({head})" if head else "''"
            )  # for `left`, which counts more than it needs
            shown = f"{first} || {dots} || right({text}, {tail})"
            return f"COALESCE({shown}, repeat('{masks.DOT}', char_length({text})))"
        case ("year",):
            return (
                f"CASE WHEN {text} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}' THEN left({text}, 4) "
                f"WHEN {text} IS NOT NULL THEN '{masks.HIDDEN}' END"
            )
        case ("initials",):
            return f"regexp_replace({text}, '(?<=[^ ])[^ ]+', '.', 'g')"
        case ("hide",):
            return f"'{masks.HIDDEN}'::text"
    raise ValueError(f"no such mask: {mask[0]}")
