"""A plan as SQL: the WHERE, ORDER BY and keyset parts all dialects share, and what each must say itself.

Names come from the definition and are quoted; values are parameters by their place in `parameters(plan)`.
NULL sorts as in PostgreSQL: last, or first when descending.
"""

from .plan import Condition, Order, Plan, read_values
from .source import Column, Description

COMPARE = {"eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
IS = {"null": "IS NULL", "not_null": "IS NOT NULL", "true": "IS TRUE", "false": "IS FALSE"}


def parameters(plan: Plan, table: Description) -> list[tuple[str, object]]:
    """Every value of the plan as (our type, value), in the order the statement counts them.

    A cursor's values have the type "cursor" before their own: they are as the dialect itself wrote them.
    """
    out: list[tuple[str, object]] = []
    for condition in plan.conditions:
        if condition.op != "is":
            type, values = resolve(condition, table)
            out.extend([(type, value) for value in values])
    for order, value in zip(plan.order, plan.after or (), strict=False):
        if value is not None:
            out.append(("cursor " + order.type, value))
    return out


def resolve(condition: Condition, table: Description) -> tuple[str, tuple]:
    """Type and values of a condition; a row filter on an unpublished column gets its type from the table."""
    if condition.type is not None:
        return condition.type, condition.values
    found = table.find(condition.column, None)
    return found.type, read_values(condition.column, found.type, condition.op, list(condition.values))


class Statement:
    """Builds one statement's parts for one dialect. A subclass says how its database quotes and compares.

    Not for a `stream`, it asks for one row more than the limit, to know whether there are more.
    """

    def __init__(self, plan: Plan, table: Description, *, stream: bool = False) -> None:
        self.plan = plan
        self.table = table
        self.stream = stream
        self._count = 0

    # What a dialect must say

    def quote(self, name: str) -> str:
        """A name as an identifier."""
        return '"' + name.replace('"', '""') + '"'

    def ref(self, name: str) -> str:
        """The table's column of that name, quoted."""
        return "t." + self.quote(name)

    def parameter(self, index: int, column: Column, *, portable: bool = True) -> str:
        """The placeholder of parameter `index` (from 0), to be compared with `operand`."""
        raise NotImplementedError

    def operand(self, column: Column, *, portable: bool = True) -> str:
        """The column as something that compares and sorts; `portable`: text by code point."""
        raise NotImplementedError

    def equals(self, column: Column, indexes: list[int]) -> str:
        """The column is one of the parameters, exactly; written so that an index serves."""
        raise NotImplementedError

    def like(self, column: Column, index: int) -> str:
        """The column matches the pattern, case and all; its escape character is `!`."""
        raise NotImplementedError

    def nulls_last(self, operand: str, descending: bool) -> list[str]:
        """The terms of ORDER BY for a column that may be NULL."""
        return [f"{operand} DESC NULLS FIRST" if descending else f"{operand} NULLS LAST"]

    # What all share

    def name(self) -> str:
        """The table, quoted, with its schema where it has one, under the name t."""
        return ".".join(self.quote(part) for part in self.plan.table if part) + " t"

    def tail(self) -> str:
        """WHERE, ORDER BY and LIMIT."""
        conditions = [self._condition(condition) for condition in self.plan.conditions]
        orders = [(order, self.table.find(order.column, order.type)) for order in self.plan.order]
        if self.plan.after is not None:
            conditions.append(self._after(list(zip(orders, self.plan.after, strict=True))))
        where = " WHERE " + " AND ".join(conditions) if conditions else ""
        terms = [term for order, column in orders for term in self._order(order, column)]
        order_by = " ORDER BY " + ", ".join(terms) if terms else ""
        limit = "" if self.plan.limit is None else f" LIMIT {self.plan.limit + (not self.stream)}"
        return where + order_by + limit

    def _next(self) -> int:
        self._count += 1
        return self._count - 1

    def _condition(self, condition: Condition) -> str:
        column = self.table.find(condition.column, condition.type)
        if condition.op == "is":
            return f"{self.ref(column.name)} {IS[condition.values[0]]}"
        indexes = [self._next() for _ in condition.values]
        if condition.op in ("eq", "in"):
            return self.equals(column, indexes)
        if condition.op == "like":
            return self.like(column, indexes[0])
        sign = COMPARE[condition.op]
        return f"{self.operand(column)} {sign} {self.parameter(indexes[0], column)}"

    def _order(self, order: Order, column: Column) -> list[str]:
        operand = self.operand(column, portable=order.portable)
        if column.nullable:
            return self.nulls_last(operand, order.descending)
        return [operand + (" DESC" if order.descending else "")]

    def _after(self, terms: list[tuple[tuple[Order, Column], object]]) -> str:
        """What sorts after the cursor: (a > x) OR (a = x AND ((b > y) OR …)), NULL as the order has it."""
        (order, column), value = terms[0]
        operand = self.operand(column, portable=order.portable)
        index = self._next() if value is not None else 0

        def mark() -> str:
            return self.parameter(index, column, portable=order.portable)

        if value is None:
            beyond = f"{operand} IS NOT NULL" if order.descending else "FALSE"
        else:
            beyond = f"{operand} {'<' if order.descending else '>'} {mark()}"
            if column.nullable and not order.descending:
                beyond = f"({beyond} OR {operand} IS NULL)"
        if len(terms) == 1:
            return beyond
        equal = "IS NULL" if value is None else f"= {mark()}"
        return f"({beyond} OR ({operand} {equal} AND {self._after(terms[1:])}))"
