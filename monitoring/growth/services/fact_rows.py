"""Count and store changed facts."""

from collections.abc import Collection, Iterable
from typing import Any

from monitoring.growth.rules.counting import Counts, MemberFacts, RefereeFacts, ReferrerFacts

Countable = MemberFacts | RefereeFacts | ReferrerFacts


def count_change(gained: Counts, old: Iterable[Countable], new: Iterable[Countable]) -> None:
    """Add the contribution of the new facts to the counts, and subtract that of the old ones."""
    for facts in old:
        gained.subtract(facts.counts())
    for facts in new:
        gained.update(facts.counts())


def delete_rows(model: Any, column: str, keys: Collection[object]) -> None:
    if keys:
        model.objects.filter(**{f"{column}__in": keys}).delete()


def upsert_rows(rows: list[Any], unique: tuple[str, ...], columns: tuple[str, ...]) -> None:
    if rows:
        type(rows[0]).objects.bulk_create(
            rows, update_conflicts=True, unique_fields=unique, update_fields=columns, batch_size=1000
        )
