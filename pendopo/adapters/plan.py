"""From a query string to a plan: what a caller may ask of a table service, and nothing else.

All refusing happens here, before a source is touched. A plan names columns only out of the definition and
carries every value apart from the statement.

Grammar (docs/query.md): `column=op.value` with eq neq gt gte lt lte in like is, `select=a,b`,
`order=a.desc,b`, `limit=50` or `limit=all`, `after=CURSOR`, `format=csv`.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from pendopo.core.errors import Fault

from . import cursor, values

OPERATORS = ("eq", "neq", "gt", "gte", "lt", "lte", "in", "like", "is")
IS_VALUES = {"null", "not_null"}
RESERVED = ("select", "order", "limit", "after", "format")
MAX_QUERY = 8192  # bytes
MAX_CONDITIONS = 32
MAX_VALUES = 200  # of one `in`

# Cursors of callers that bring no secret of their own end with the process.
_process_secret = secrets.token_bytes(32)


class Output(NamedTuple):
    """A column of the answer; `mask` as (kind, …) with its numbers, or None."""

    name: str
    type: str
    mask: tuple | None


class Condition(NamedTuple):
    """`values` are of `type` (see values.py); for `is` the one value is null, not_null, true or false.

    Type None: a row filter on an unpublished column, its values texts until the source has told the type.
    """

    column: str
    type: str | None
    op: str
    values: tuple

    @property
    def shape(self) -> tuple:
        return (self.column, self.type, self.op, self.values if self.op == "is" else len(self.values))


class Order(NamedTuple):
    """`portable`: text by code point, as for an order that was asked for. The key that ends every order is
    left to the database's own collation, so that its index serves."""

    column: str
    type: str
    descending: bool
    portable: bool


@dataclass(slots=True)
class Plan:
    """What to read.

    `limit` None is everything, as a stream. `order` ends with the key when paging is possible, `after` are
    the cursor's values for it; `secret` and `context` seal the next cursor.
    """

    table: tuple[str, str]
    columns: tuple[Output, ...]
    conditions: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    after: tuple | None = None
    limit: int | None = None
    format: str | None = None
    pages: bool = False
    secret: bytes = _process_secret
    context: str = ""

    @property
    def shape(self) -> tuple:
        """What decides the statement's text, without its values; hashable."""
        nulls = None if self.after is None else tuple(value is None for value in self.after)
        conditions = tuple([condition.shape for condition in self.conditions])
        return (self.table, self.columns, conditions, self.order, nulls, self.limit, self.pages)

    def cursor(self, last: list) -> str:
        """The cursor after a row whose order columns have the values `last`."""
        return cursor.seal(self.secret, self.context, last)


class _Column(NamedTuple):
    type: str
    mask: tuple | None
    granted: bool
    operators: frozenset


class Terms:
    """What one definition (service/1) lets one grant (agreement/1; None: the provider itself) ask of a table.

    Made once for many queries. `table` is (schema, name); `secret` (32 bytes) seals the paging cursors.
    """

    def __init__(
        self,
        definition: Mapping,
        grant: Mapping | None = None,
        *,
        table: tuple[str, str] = ("", ""),
        secret: bytes = _process_secret,
    ) -> None:
        self.table = table
        self.secret = secret
        self.limit_default = definition["limit"]["default"]
        self.limit_max = definition["limit"]["max"]
        self.bulk = bool(definition.get("bulk"))
        self.formats = definition.get("formats", ["json"])
        self._columns = _columns(definition, grant)
        self._outputs = {n: Output(n, c.type, c.mask) for n, c in self._columns.items() if c.granted}
        self._all = tuple(self._outputs.values())
        orderable = {n for n, c in self._columns.items() if c.granted and c.mask is None}
        self._orderable = orderable.intersection(definition.get("order", []))
        key = definition.get("key", [])
        usable = all(name in self._columns and self._columns[name].type in values.COMPARED for name in key)
        self._key = key if usable else []
        rows = [*definition.get("row_filter", []), *((grant or {}).get("row_filter") or [])]
        self._row_filter = tuple(self._row_condition(*term) for term in rows)
        self._context = f"{definition['service']}|{(grant or {}).get('requester', '')}|{table!r}|"

    def plan(self, query: bytes | str) -> Plan:
        """The plan for a raw query string. Raises `Fault query.*`; the texts never repeat a value."""
        outputs, limit, after, format, order = self._all, self.limit_default, None, None, []
        conditions, seen = [], set()
        for name, text in _pairs(query):
            if name not in RESERVED:
                conditions.append(self._condition(name, text))
                continue
            if name in seen:
                raise Fault("query.parameter_repeated", name=name)
            seen.add(name)
            match name:
                case "select":
                    outputs = self._select(text)
                case "order":
                    order = self._order(text)
                case "limit":
                    limit = self._limit(text)
                case "after":
                    after = text
                case "format":
                    if text not in self.formats:
                        raise Fault("query.format_not_offered", formats=", ".join(self.formats))
                    format = text
        if len(conditions) > MAX_CONDITIONS:
            raise Fault("query.too_many_conditions", max=MAX_CONDITIONS)
        whole = self._order_of_page(order, conditions, paged=after is not None, limit=limit)
        context = self._context + ",".join(f"{o.column} {o.descending}" for o in whole) if whole else ""
        return Plan(
            table=self.table,
            columns=outputs,
            conditions=(*self._row_filter, *conditions),
            order=whole,
            after=self._after(after, context, whole),
            limit=limit,
            format=format,
            pages=bool(whole and self._key and limit is not None),
            secret=self.secret,
            context=context,
        )

    def _order_of_page(
        self, asked: list[Order], conditions: list[Condition], *, paged: bool, limit: int | None
    ) -> tuple[Order, ...]:
        """The whole order: what was asked, then the key. One row by its key, and a stream nobody asked to
        sort, need none."""
        if not paged:
            if not asked and limit is None:
                return ()
            exact = {condition.column for condition in conditions if condition.op == "eq"}
            if self._key and exact.issuperset(self._key):
                return ()
        named = {order.column for order in asked}
        rest = [name for name in self._key if name not in named]
        return (*asked, *(Order(name, self._columns[name].type, False, False) for name in rest))

    def _after(self, text: str | None, context: str, order: tuple[Order, ...]) -> tuple | None:
        if text is None:
            return None
        if not self._key:
            raise Fault("query.cursor_invalid")
        return tuple(cursor.unseal(self.secret, context, text, len(order)))

    def _column(self, name: str) -> _Column:
        column = self._columns.get(name)
        if column is None:
            raise Fault("query.column_unknown", column=name[:80])
        if not column.granted:
            raise Fault("query.column_not_granted", column=name)
        return column

    def _select(self, text: str) -> tuple[Output, ...]:
        names = text.split(",")
        for name in names:
            self._column(name)
            if names.count(name) > 1:
                raise Fault("query.column_repeated", column=name)
        return tuple(self._outputs[name] for name in names)

    def _order(self, text: str) -> list[Order]:
        orders: list[Order] = []
        for term in text.split(","):
            name, _, direction = term.rpartition(".")
            if direction not in ("asc", "desc"):
                name, direction = term, "asc"
            column = self._column(name)
            if name not in self._orderable:
                raise Fault("query.order_not_allowed", column=name)
            if any(order.column == name for order in orders):
                raise Fault("query.column_repeated", column=name)
            orders.append(Order(name, column.type, direction == "desc", True))
        return orders

    def _limit(self, text: str) -> int | None:
        if text == "all":
            if not self.bulk:
                raise Fault("query.bulk_not_offered", max=self.limit_max)
            return None
        if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) > 0):
            raise Fault("query.limit_invalid", max=self.limit_max)
        if int(text) > self.limit_max:
            raise Fault("query.limit_too_large", max=self.limit_max)
        return int(text)

    def _condition(self, name: str, text: str) -> Condition:
        column = self._column(name)
        op, dot, value = text.partition(".")
        if not dot:
            raise Fault("query.syntax")
        if op not in OPERATORS:
            raise Fault("query.operator_unknown", operator=op[:20])
        if op not in column.operators:
            raise Fault("query.filter_not_allowed", column=name, operator=op)
        items = _items(value, name) if op == "in" else [value]
        return Condition(name, column.type, op, read_values(name, column.type, op, items))

    def _row_condition(self, name: str, op: str, value: object) -> Condition:
        """A condition the provider wrote. It may use columns and operators that are not for callers."""
        items = [_text(item) for item in (value if isinstance(value, list) else [value])]
        column = self._columns.get(name)
        if column is None:
            return Condition(name, None, op, tuple(items))
        return Condition(name, column.type, op, read_values(name, column.type, op, items))


def plan(definition: Mapping, grant: Mapping | None, query: bytes | str, **bound: object) -> Plan:
    """`Terms(definition, grant, table=…, secret=…).plan(query)`, for one query."""
    return Terms(definition, grant, **bound).plan(query)


def read_values(column: str, type: str, op: str, items: list[str]) -> tuple:
    """The texts `items` as values of `type` for `op`; `Fault query.value_invalid` names column and type."""
    try:
        if op == "is":
            allowed = IS_VALUES | {"true", "false"} if type == "boolean" else IS_VALUES
            if items[0] not in allowed:
                raise ValueError
            return tuple(items)
        if op == "like":
            if type != "text":
                raise Fault("query.filter_not_allowed", column=column, operator=op)
            return (values.pattern(values.parse(type, items[0])),)
        if type not in values.COMPARED:
            raise Fault("query.filter_not_allowed", column=column, operator=op)
        return tuple([values.parse(type, item) for item in items])
    except (ValueError, IndexError):
        raise Fault("query.value_invalid", column=column, type=type) from None


def mask_key(mask: Mapping | None) -> tuple | None:
    """A mask as a hashable tuple: ("ends", 4, 4), ("year",), …"""
    if mask is None:
        return None
    if mask["kind"] != "ends":
        return (mask["kind"],)
    head, tail = int(mask["head"]), int(mask["tail"])
    if head < 0 or tail < 0:
        raise ValueError("a mask shows no fewer than 0 characters")
    return ("ends", head, tail)


def _columns(definition: Mapping, grant: Mapping | None) -> dict[str, _Column]:
    """Every published column with its effective mask and the operators a caller may use on it.

    The agreement's mask stands where it names the column (null lifts it), else the definition's. A masked
    column can be looked up by a value one knows (eq, in) where the definition offers that and either masks
    the column itself or has it as key or subject; never by comparing, which would give it away bit by bit.
    """
    granted = None if grant is None else set(grant["columns"])
    masks = {} if grant is None else grant.get("masks") or {}
    filters = definition.get("filters", {})
    named = {*definition.get("key", []), definition.get("subject_column")}
    columns = {}
    for column in definition["columns"]:
        name = column["name"]
        own = column.get("mask")
        mask = mask_key(masks.get(name, own))
        operators = frozenset(filters.get(name, []))
        if mask:
            operators &= {"eq", "in"} if own or name in named else frozenset()
        columns[name] = _Column(column["type"], mask, granted is None or name in granted, operators)
    return columns


def _pairs(query: bytes | str) -> Iterator[tuple[str, str]]:
    """The decoded `name=value` pairs of a query string; `Fault query.syntax` or `query.too_long`."""
    if isinstance(query, str):
        query = query.encode("utf-8", "surrogatepass")
    if len(query) > MAX_QUERY:
        raise Fault("query.too_long", max=MAX_QUERY)
    for part in query.split(b"&"):
        if part:
            name, equals, value = part.partition(b"=")
            if not equals:
                raise Fault("query.syntax")
            yield _decode(name), _decode(value)


def _decode(part: bytes) -> str:
    try:
        if b"%" in part or b"+" in part:
            for piece in part.split(b"%")[1:]:
                int(piece[:2].decode("ascii").rjust(2, "?"), 16)
            part = unquote_to_bytes(part.replace(b"+", b" "))
        return part.decode("utf-8")
    except ValueError:
        raise Fault("query.syntax") from None


def _items(text: str, column: str) -> list[str]:
    """The items of `(a,b,"c,d")`; in quotes, a backslash takes the next character as it is."""
    if not (len(text) > 2 and text[0] == "(" and text[-1] == ")"):
        raise Fault("query.syntax")
    items: list[str] = []
    rest = text[1:-1]
    while True:
        if rest.startswith('"'):
            item, rest = _quoted(rest)
        else:
            item, comma, tail = rest.partition(",")
            rest = comma + tail
        items.append(item)
        if len(items) > MAX_VALUES:
            raise Fault("query.too_many_values", column=column, max=MAX_VALUES)
        if not rest:
            return items
        if rest[0] != ",":
            raise Fault("query.syntax")
        rest = rest[1:]


def _quoted(text: str) -> tuple[str, str]:
    """The quoted string that `text` starts with, and what follows it."""
    out, escaped = [], False
    for position, char in enumerate(text[1:], 1):
        if escaped or char not in '\\"':
            out.append(char)
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            return "".join(out), text[position + 1 :]
    raise Fault("query.syntax")


def _text(value: object) -> str:
    """A row filter's JSON value as text: true and null in JSON's spelling."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
