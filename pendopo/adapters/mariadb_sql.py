"""MariaDB's dialect.

A statement is prepared and executed in one go (EXECUTE IMMEDIATE … USING …), its values written as tokens
that hold nothing but digits: see `literal`. MariaDB compares text by collations that ignore case and blanks
at the end; here text is what it is, code point by code point, and the collation only helps an index find it.
"""

from collections.abc import Sequence
from decimal import Decimal

from . import masks
from .plan import Output, Plan
from .source import Column, Description
from .sql import Statement

# information_schema's DATA_TYPE -> (our type, family)
TYPES: dict[str, tuple[str, str]] = {
    "tinyint": ("integer", "number"),
    "smallint": ("integer", "number"),
    "mediumint": ("integer", "number"),
    "int": ("integer", "number"),
    "bigint": ("integer", "number"),
    "year": ("integer", "number"),
    "bit": ("integer", "bit"),
    "decimal": ("number", "number"),
    "float": ("number", "float"),
    "double": ("number", "number"),
    "date": ("date", "date"),
    "time": ("time", "time"),
    "datetime": ("datetime", "datetime"),
    "timestamp": ("datetime", "timestamp"),
    "uuid": ("uuid", "uuid"),
    "char": ("text", "text"),
    "varchar": ("text", "text"),
    "tinytext": ("text", "text"),
    "text": ("text", "text"),
    "mediumtext": ("text", "text"),
    "longtext": ("text", "text"),
    "binary": ("bytes", "bytes"),
    "varbinary": ("bytes", "bytes"),
    "tinyblob": ("bytes", "bytes"),
    "blob": ("bytes", "bytes"),
    "mediumblob": ("bytes", "bytes"),
    "longblob": ("bytes", "bytes"),
}
OTHER = ("text", "other")  # enum, set, inet6, geometry …: as the text MariaDB shows
EXACT = " COLLATE utf8mb4_nopad_bin"


def kind(
    data_type: str, column_type: str, scale: int | None, charset: str | None, checked_json: bool
) -> tuple[str, str]:
    """(our type, family). JSON is a longtext with a check; tinyint(1) and bit(1) are MariaDB's booleans.

    The family of text in another character set than utf8mb4 ends with its name: a value is compared in that
    set, where what it does not know becomes "?", before it is compared exactly.
    """
    if checked_json:
        return ("json", "json")
    if column_type == "tinyint(1)":
        return ("boolean", "number")
    if column_type == "bit(1)":
        return ("boolean", "bit")
    if data_type == "decimal" and scale == 0:
        return ("integer", "number")
    if "zerofill" in column_type:
        return (TYPES[data_type][0], "bit")  # adding 0 takes the zeros off, too
    type, family = TYPES.get(data_type, OTHER)
    return (type, f"text {charset}" if family == "text" and charset != "utf8mb4" else family)


class MariaDBStatement(Statement):
    """`slots`: for each `?` in the text, the parameter it stands for."""

    def __init__(self, plan: Plan, table: Description, *, stream: bool = False) -> None:
        super().__init__(plan, table, stream=stream)
        self.slots: list[int] = []

    def quote(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def parameter(self, index: int, column: Column, *, portable: bool = True) -> str:
        self.slots.append(index)
        if portable or not column.family.startswith("text "):
            return "?"
        return f"CONVERT(? USING {column.family.removeprefix('text ')})"

    def operand(self, column: Column, *, portable: bool = True) -> str:
        name = self.ref(column.name)
        match column.family.partition(" ")[0]:
            case "text" if not portable:
                return name
            case "text" | "other":
                return _text_of(name) + EXACT
            case "float":
                return f"CAST({name} AS DOUBLE)"
            case "bit":
                return f"({name} + 0)"
            case "uuid":
                return f"CAST({name} AS CHAR)"
            case _:
                return f"({name} <> 0)" if column.type == "boolean" else name

    def equals(self, column: Column, indexes: list[int]) -> str:
        found = ""
        if column.type in ("text", "uuid") and column.family != "other":
            # Exact comparison uses no index; the column's own finds the few to compare.
            found = self._one_of(self.ref(column.name), column, indexes, portable=False) + " AND "
        return f"({found}{self._one_of(self.operand(column), column, indexes, portable=True)})"

    def like(self, column: Column, index: int) -> str:
        return f"{self.operand(column)} LIKE {self.parameter(index, column)} ESCAPE '!'"

    def nulls_last(self, operand: str, descending: bool) -> list[str]:
        direction = " DESC" if descending else ""
        return [f"{operand} IS NULL{direction}", operand + direction]

    def select(self) -> str:
        """The query for the answer's columns, followed by the cursor's."""
        fields = [self._output(output) for output in self.plan.columns]
        if self.plan.pages and not self.stream:
            orders = [self.table.find(order.column, order.type) for order in self.plan.order]
            fields += [self.operand(column, portable=False) for column in orders]
        return f"SELECT {', '.join(fields)} FROM {self.name()}{self.tail()}"  # noqa: S608

    def _output(self, output: Output) -> str:
        column = self.table.find(output.name, output.type)
        if output.mask:
            return mask(output.mask, self._masked_text(column))
        if column.family in ("float", "bit"):
            return self.operand(column)
        return self.ref(column.name) if column.family != "other" else _text_of(self.ref(column.name))

    def _masked_text(self, column: Column) -> str:
        """The column as the text of its answer (see `encoders`)."""
        name = self.ref(column.name)
        if column.type == "boolean":
            return f"IF({name} IS NULL, NULL, IF({name} <> 0, 'true', 'false'))"
        match column.family:
            case "time" | "datetime" | "timestamp":
                text = f"CAST({name} AS CHAR)"
                trimmed = f"TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {text}))"
                zone = "+00" if column.family == "timestamp" else ""
                return f"CONCAT(IF(LOCATE('.', {text}), {trimmed}, {text}), '{zone}')"
            case "bytes":
                return f"REPLACE({_text_of(f'TO_BASE64({name})')}, {_hex(chr(10))}, '')"
            case "json":
                return f"REPLACE(REPLACE({_text_of(name)}, {_hex(chr(10))}, ' '), {_hex(chr(13))}, ' ')"
            case _ if column.type == "text":
                return _text_of(name)
            case _:
                return f"CAST({self.operand(column)} AS CHAR)"

    def _one_of(self, operand: str, column: Column, indexes: list[int], *, portable: bool) -> str:
        marks = [self.parameter(index, column, portable=portable) for index in indexes]
        return f"{operand} = {marks[0]}" if len(marks) == 1 else f"{operand} IN ({', '.join(marks)})"


def _text_of(name: str) -> str:
    return f"CONVERT({name} USING utf8mb4)"


def mask(mask: tuple, text: str) -> str:
    """masks.py in MariaDB's words."""
    dot, hidden = _hex(masks.DOT), _hex(masks.HIDDEN)
    match mask:
        case ("ends", head, tail):
            length, shown = f"CHAR_LENGTH({text})", head + tail
            middle = f"REPEAT({dot}, {length} - {shown})"
            whole = f"CONCAT(LEFT({text}, {head}), {middle}, RIGHT({text}, {tail}))"
            return f"IF({length} > {shown}, {whole}, REPEAT({dot}, {length}))"
        case ("year",):
            dated = f"{text} REGEXP '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}'"
            return f"IF({text} IS NULL, NULL, IF({dated}, LEFT({text}, 4), {hidden}))"
        case ("initials",):
            return f"REGEXP_REPLACE({text}, '(?<=[^ ])[^ ]+', '.')"
        case ("hide",):
            return hidden
    raise ValueError(f"no such mask: {mask[0]}")


def _hex(text: str) -> str:
    return f"_utf8mb4 x'{text.encode().hex()}'"


def literal(type: str, value: object) -> str:
    """A value as a token of digits: `_utf8mb4 x'6162'` for text, `12` and `1.5` for numbers, `1.5e40`.

    Types are those of `sql.parameters`. Nothing in a value can end the token, whatever the server's modes.
    """
    if type.startswith("cursor "):
        type = type.removeprefix("cursor ")
        value = Decimal(value) if type in ("integer", "number", "boolean") else value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}" if -30 < value.adjusted() < 30 else f"{value:e}"
    return _hex(str(value))


def immediate(sql: str, literals: Sequence[str]) -> str:
    """The whole text to send. The session's mode takes backslashes as they are."""
    if not literals:
        return sql
    quoted = sql.replace("'", "''")
    return f"EXECUTE IMMEDIATE '{quoted}' USING {', '.join(literals)}"
