"""Lists of the admin over tables of any size: counts, choices and pages have an upper bound.

Django counts every row, reads all distinct values of a filter's column, and skips to a page row by row.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.filters import AllValuesFieldListFilter, FieldListFilter, RelatedFieldListFilter
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import CharField, Field, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

MAX_ROWS = 10_000  # that pages reach; filters and searches reach the others
MAX_CHOICES = 200
RECENT_ROWS = 10_000  # whose values a filter offers


class BoundedPaginator(Paginator[Any]):
    """Pages over the first 10,000 rows. Cost  1 query, over 10,001 rows at most."""

    max_rows = MAX_ROWS

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return min(rows.order_by()[: self.max_rows + 1].count(), self.max_rows)


class RecentValuesFilter(AllValuesFieldListFilter):
    """Offers the values of the newest 10,000 rows. Cost  1 query over them."""

    def __init__(
        self, field: Any, request: Any, params: Any, model: type[Model], model_admin: Any, field_path: str
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        rows = model._default_manager.order_by("-pk").values_list(field_path, flat=True)
        self.lookup_choices = cast("Any", sorted(set(rows[:RECENT_ROWS]), key=str))


class BoundedRelatedFilter(RelatedFieldListFilter):
    """Offers the first 200 related rows, in their admin's order. Cost  1 query."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        ordering = self.field_admin_ordering(field, request, model_admin)
        rows = field.related_model._default_manager.select_related().order_by(*ordering)
        return [(row.pk, str(row)) for row in rows[:MAX_CHOICES]]


def _has_open_values(field: Field[Any, Any]) -> bool:
    return isinstance(field, CharField) and not field.choices


FieldListFilter.register(_has_open_values, RecentValuesFilter, take_priority=True)
FieldListFilter.register(lambda field: bool(field.remote_field), BoundedRelatedFilter, take_priority=True)


class OnePage(BoundedPaginator):
    """The first page, and whether there is another one."""

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[: self.per_page + 1].count()


class KeysetChangeList(ChangeList):
    """A list in the order of `LogAdmin.instant`, newest first; `?older=<instant>_<id>` goes on where a page ended."""

    older = ""  # the query string of the next page

    def get_filters_params(self, params: Any = None) -> Any:
        return {name: value for name, value in super().get_filters_params(params).items() if name != LogAdmin.OLDER}

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        self.result_list = rows
        if self.multi_page:
            last = rows[-1]
            instant: datetime = last.__dict__[cast("LogAdmin", self.model_admin).instant]
            self.older = self.get_query_string({LogAdmin.OLDER: f"{instant.isoformat()}_{last.pk}"})


class LogAdmin(admin.ModelAdmin[Any]):
    """The list of a log of millions of rows. `instant` names its indexed instant, `exact` columns found by their value.

    Cost  4 queries, each over an index.
    """

    OLDER = "older"
    instant = "at"
    exact: tuple[str, ...] = ()
    paginator = OnePage
    show_full_result_count = False
    sortable_by = ()
    change_list_template = "admin/log_change_list.html"

    def get_changelist(self, request: HttpRequest, **_: Any) -> type[ChangeList]:  # noqa: ARG002  (Django's)
        return KeysetChangeList

    def get_ordering(self, _: HttpRequest) -> Any:
        return [f"-{self.instant}", "-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        instant, _, pk = request.GET.get(self.OLDER, "").rpartition("_")
        if not instant:
            return rows
        at = datetime.fromisoformat(instant)  # ValueError: a wrong filter, which the site answers
        same = Q(**{self.instant: at}, pk__lt=int(pk))
        return rows.filter(Q(**{f"{self.instant}__lt": at}) | same, **{f"{self.instant}__lte": at})

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """Find a code by its value; words are looked for by Django's search, in what the filters left."""
        found = find_by_value(queryset, self.exact, search_term)
        return super().get_search_results(request, queryset, search_term) if found is None else (found, False)


def find_by_value(queryset: QuerySet[Any], columns: Iterable[str], term: str) -> QuerySet[Any] | None:
    """The rows that have the term in one of these columns, by their indexes; None where it fits no column.

    Django's "=column" compares texts, for which a number has no index.
    """
    fitting = [name for name in columns if term and _takes(queryset.model, name, term)]
    return queryset.filter(Q.create([(name, term) for name in fitting], connector=Q.OR)) if fitting else None


def numbers_and_ids(options: "admin.ModelAdmin[Any]", search_fields: Iterable[str]) -> list[str]:
    """The columns of the table itself that are searched as "=column" and hold no text."""
    own = {field.attname: field for field in options.opts.concrete_fields}
    names = [name.removeprefix("=") for name in search_fields if name.startswith("=")]
    return [name for name in names if name in own and not isinstance(own[name], CharField)]


def _takes(model: type[Model], column: str, term: str) -> bool:
    """Whether the term is a value of the column: a number of a number, a UUID of a UUID, a short text of a code."""
    field: Any = model._meta.get_field(column)
    try:
        value = field.to_python(term)
        field.run_validators(value)
    except ValidationError:
        return False
    return not isinstance(field, CharField) or not term.isdecimal()
