from itertools import count

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from loops.models import Loop, running_loops
from tests.factories import counting, person, statements
from viral_engine.accounts.models import User
from viral_engine.kernel import row_cache
from viral_engine.kernel.circuit_breaker import call_with_fallback
from viral_engine.kernel.models import Decision
from viral_engine.kernel.row_cache import RowCache
from viral_engine.learning.models import Question, active_questions

pytestmark = pytest.mark.django_db


@pytest.fixture
def passed_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that have passed on the cache's clock; append some to move it."""
    passed = [1000.0]
    monkeypatch.setattr(row_cache, "monotonic", lambda: sum(passed))
    return passed


def test_rows_are_read_once_until_their_writer_clears_them() -> None:
    reads = count(1)
    cache = RowCache(lambda: next(reads))
    assert [cache.get(), cache.get()] == [1, 1]
    cache.clear()
    assert [cache.get(), cache.get()] == [2, 2]


@pytest.mark.django_db(transaction=True)
def test_a_change_read_too_early_is_read_again_after_the_commit() -> None:
    values = ["old"]
    cache = RowCache(lambda: values[0])
    with transaction.atomic():
        cache.clear()
        assert cache.get() == "old"  # another thread reads before the commit
        values[0] = "new"
    assert cache.get() == "new"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failure", [OperationalError, InterfaceError], ids=lambda one: one.__name__)
def test_the_last_rows_stay_in_use_while_the_database_does_not_answer(
    failure: type[Exception], passed_s: list[float]
) -> None:
    """The database refuses every statement, as one whose connection was closed does."""
    person("Ada")
    cache = RowCache(lambda: list(User.objects.values_list("username", flat=True)))

    def away(*_: object) -> None:
        raise failure

    with connection.execute_wrapper(away), pytest.raises(failure):
        cache.get()  # there is nothing yet to go on with
    assert cache.get() == ["ada"]
    with connection.execute_wrapper(away):
        assert cache.get() == ["ada"]
        passed_s.append(6)
        assert cache.get() == ["ada"]
        cache.clear()
        with pytest.raises(failure):
            cache.get()


def test_rows_are_read_again_after_five_seconds(passed_s: list[float]) -> None:
    reads = count(1)
    cache = RowCache(lambda: next(reads))
    assert cache.get() == 1
    passed_s.append(4.9)
    assert cache.get() == 1
    passed_s.append(0.2)
    assert cache.get() == 2


def test_a_loop_that_staff_switch_off_stops_at_once_in_this_process() -> None:
    loop = Loop.objects.get(name="buddy_challenge")
    assert "buddy_challenge" in running_loops()
    with counting() as captured:
        running_loops()
    assert statements(captured) == []
    loop.is_on = False
    loop.save(update_fields=["is_on"])
    assert "buddy_challenge" not in running_loops()
    Loop.objects.filter(name="buddy_challenge").update(is_on=True)
    assert "buddy_challenge" in running_loops()


def test_a_question_that_staff_switch_off_is_not_drawn_any_more(catalogue: None) -> None:
    before = active_questions("algebra")
    assert before is not None
    of_all_levels = {pk for ids in before.by_level.values() for pk in ids}
    question = Question.objects.filter(skill__slug="algebra").first()
    assert question is not None
    assert question.pk in of_all_levels
    question.is_active = False
    question.save()
    after = active_questions("algebra")
    assert after is not None
    assert {pk for ids in after.by_level.values() for pk in ids} == of_all_levels - {question.pk}
    Question.objects.filter(skill__slug="algebra").update(is_active=False)
    assert active_questions("algebra") is None


@pytest.mark.django_db(transaction=True)
def test_an_agent_without_statements_needs_no_savepoint() -> None:
    with transaction.atomic(), counting() as captured:
        call_with_fallback("quiet", lambda: 1, fallback=0, budget_ms=1000)
    assert [query["sql"] for query in captured.captured_queries] == []


@pytest.mark.django_db(transaction=True)
def test_a_failing_agent_is_undone_and_its_callers_transaction_stays_usable() -> None:
    called: list[str] = []

    def inner() -> int:
        Decision.objects.create(agent="inner", type="x", outcome="x", rationale="", decided_at="2026-03-04T15:00Z")
        transaction.on_commit(lambda: called.append("inner"))
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM no_such_table")
        return 1

    def outer() -> int:
        answer = call_with_fallback("inner", inner, fallback=2, budget_ms=1000)
        assert answer.degraded_reason == "inner failed: " + answer.degraded_reason.split(": ")[1]
        transaction.on_commit(lambda: called.append("outer"))
        return answer.value + Decision.objects.count()

    with transaction.atomic():
        assert call_with_fallback("outer", outer, fallback=0, budget_ms=1000).value == 2
    assert called == ["outer"]
