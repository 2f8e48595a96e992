from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viral_engine.accounts import rules


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2013, 3, 4), date(2026, 3, 3), 12),
        (date(2013, 3, 4), date(2026, 3, 4), 13),
        (date(2012, 2, 29), date(2025, 2, 28), 12),
        (date(2012, 2, 29), date(2025, 3, 1), 13),
    ],
)
def test_age_changes_on_the_birthday(born: date, day: date, age: int) -> None:
    assert rules.age_on(born, day) == age


@pytest.mark.parametrize(("age", "needed"), [(None, True), (0, True), (12, True), (13, False), (40, False)])
def test_consent_is_needed_under_13_and_when_the_age_is_unknown(age: int | None, needed: bool) -> None:
    assert rules.needs_consent(age) is needed


@pytest.mark.parametrize(("age", "minor"), [(None, True), (17, True), (18, False)])
def test_a_minor_is_somebody_under_18_or_of_unknown_age(age: int | None, minor: bool) -> None:
    assert rules.is_minor(age) is minor


@pytest.mark.parametrize(
    ("age", "consent", "name"),
    [
        (30, False, "Ada"),
        (15, False, "A friend"),
        (15, True, "Ada"),
        (10, False, "A friend"),
        (None, False, "A friend"),
    ],
)
def test_public_name_hides_minors_without_consent(age: int | None, consent: bool, name: str) -> None:
    assert rules.public_name(first_name="Ada", age=age, has_disclosure_consent=consent) == name


def test_folded_email_is_one_spelling_per_mailbox() -> None:
    assert rules.canonical_email(" Ada.Love+x@Example.com ") == "adalove@example.com"


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_pair_is_symmetric_and_ordered(a: int, b: int) -> None:
    assert rules.ordered_pair(a, b) == rules.ordered_pair(b, a) == (min(a, b), max(a, b))
