"""Queries whose SQL stays: what every page asks, Django puts together once a thread and not once a page.

To put a query together takes three times as long as to ask it. What is kept is what Django's own compiler
made of an ordinary queryset, and Django's own classes make models of the rows.
"""

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)


class Fixed(Generic[M]):
    """The models of `build(*marks)` with other values in the places of the marks.

    No two `marks` are equal, each has the type of what will be given in its place, and nothing else in the
    query is equal to one. A call asks once; what `select_related` names is there without a further question.
    """

    def __init__(self, build: Callable[..., QuerySet[M]], *marks: Any) -> None:
        self.build, self.marks = build, marks
        self._of_thread = threading.local()

    def __call__(self, *given: Any) -> list[M]:
        if not hasattr(self._of_thread, "ready"):
            self._of_thread.ready = self._compiled()
        compiler, sql, values = self._of_thread.ready
        told = dict(zip(self.marks, given, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(sql, [told.get(value, value) for value in values])
            rows = cursor.fetchall()
        return list(_models(compiler, rows))

    def _compiled(self) -> tuple[Any, str, tuple]:
        compiler = self.build(*self.marks).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, values = compiler.as_sql()
        return compiler, sql, values


def _models(compiler: Any, rows: list[tuple]):
    """As `django.db.models.query.ModelIterable` makes them."""
    select, info = compiler.select, compiler.klass_info
    first, last = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column.target.attname for column, *_ in select[first:last]]
    related = get_related_populators(info, select, DEFAULT_DB_ALIAS)
    for row in compiler.results_iter([rows]):
        made = info["model"].from_db(DEFAULT_DB_ALIAS, names, row[first:last])
        for one in related:
            one.populate(row, made)
        yield made
