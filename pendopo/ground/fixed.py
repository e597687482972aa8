"""Queries whose SQL stays: what every page asks, Django puts together once a thread and not once a page.

To put a query together takes more than twice the processor time of asking it. What is kept is what Django's
own compiler made of an ordinary queryset, and Django's own classes make models of the rows.
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
            self._of_thread.ready = _Ready(self.build(*self.marks))
        return self._of_thread.ready.ask(dict(zip(self.marks, given, strict=True)))


class _Ready:
    """A queryset put together: its SQL, and how a row becomes a model (as in Django's `ModelIterable`)."""

    def __init__(self, queryset: QuerySet) -> None:
        self.compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, self.values = self.compiler.as_sql()
        select, info = self.compiler.select, self.compiler.klass_info
        self.model = info["model"]
        self.columns = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
        self.names = [column.target.attname for column, *_ in select[self.columns]]
        self.related = get_related_populators(info, select, DEFAULT_DB_ALIAS)

    def ask(self, told: dict[Any, Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [told.get(value, value) for value in self.values])
            rows = cursor.fetchall()
        return [self._made(row) for row in self.compiler.results_iter([rows])]

    def _made(self, row: Any) -> Any:
        made = self.model.from_db(DEFAULT_DB_ALIAS, self.names, row[self.columns])
        for one in self.related:
            one.populate(row, made)
        return made
