"""Standings by the real services: counted once, hidden when they must be, the same as a recount."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest

from leaderboards.models import CountedResult, LeagueSeat, RankDelta, Standing
from leaderboards.rules import Board
from leaderboards.services import audit
from leaderboards.services import results as results_service
from tests.factories import (
    answer_all,
    browser,
    child,
    counting,
    guest,
    parent_of,
    person,
    practice,
    statements,
    verify_parent,
)
from viral_engine.accounts.models import User
from viral_engine.accounts.services import consent as accounts_consent
from viral_engine.accounts.services import erasure, preferences, sign_up
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Attempt, Progress, Result, Skill
from viral_engine.learning.services import attempts, completion, decks

pytestmark = pytest.mark.django_db
Committed = Callable[[], AbstractContextManager[object]]


def names_on(board: Board) -> list[str]:
    return [standing.user.username for standing in Standing.objects.all().top(board, 10)]


def test_a_finished_attempt_is_counted_for_the_week_and_for_all_time(
    algebra: Skill, at: datetime, committed: Committed
) -> None:
    ada = person("Ada", at=at)
    with committed():
        practice(ada, algebra, right=4, at=at)
    facts = Standing.objects.order_by("period").values_list(
        "user", "period", "band", "results", "points", "xp", "correct"
    )
    assert list(facts) == [(ada.pk, "2026-W10", "6-8", 1, 80, 15, 4), (ada.pk, "all", "6-8", 1, 80, 15, 4)]
    assert RankDelta.objects.count() == 2
    seat = LeagueSeat.objects.select_related("league").get()
    assert (seat.xp, seat.league.week, seat.league.tier, seat.league.band) == (15, "2026-W10", 1, "6-8")


def test_counting_a_result_again_changes_nothing(algebra: Skill, at: datetime, committed: Committed) -> None:
    ada = person("Ada", at=at)
    with committed():
        result = practice(ada, algebra, at=at)
    before = list(Standing.objects.order_by("pk").values())
    again = Result.objects.select_related("attempt__user__progress", "subject").get(pk=result.pk)
    assert results_service.count_result(result=again, at=at) is False
    assert list(Standing.objects.order_by("pk").values()) == before
    assert LeagueSeat.objects.get().xp == 15


def test_one_result_costs_the_same_on_a_board_of_three_and_of_thirty(
    algebra: Skill, at: datetime, committed: Committed
) -> None:
    ada = person("Ada", at=at)
    with committed():
        practice(ada, algebra, at=at)
    costs = []
    for others in (3, 27):
        for number in range(others):
            with committed():
                practice(person(f"P{others}x{number}", at=at), algebra, at=at)
        result = practice(ada, algebra, at=at + timedelta(minutes=others))
        result = Result.objects.select_related("attempt__user__progress", "subject").get(pk=result.pk)
        with counting() as captured:
            results_service.count_result(result=result, at=at)
        costs.append(len(statements(captured)))
    assert costs == [8, 8]


def test_ties_break_by_accuracy_then_streak_then_who_was_first(
    algebra: Skill, at: datetime, committed: Committed
) -> None:
    people = {name: person(name, at=at) for name in ("Ada", "Bo", "Cy", "Dee")}
    Progress.objects.create(user=people["Dee"], streak_days=6, last_active_on=at.date() - timedelta(days=1))
    results = [("Cy", 3, 0), ("Bo", 4, 2), ("Ada", 4, 1), ("Dee", 4, 3)]
    with committed():
        for name, right, minutes in results:
            practice(people[name], algebra, right=right, at=at + timedelta(minutes=minutes))
    assert names_on(Board(algebra.subject_id)) == ["dee", "ada", "bo", "cy"]


def test_the_average_takes_three_results_and_improvement_four(
    algebra: Skill, at: datetime, committed: Committed
) -> None:
    ada = person("Ada", at=at)
    seen = []
    for number, right in enumerate((1, 2, 3, 5)):
        with committed():
            practice(ada, algebra, right=right, at=at + timedelta(minutes=2 * number))
        seen.append([len(names_on(Board(algebra.subject_id, metric=metric))) for metric in ("average", "improvement")])
    assert seen == [[0, 0], [0, 0], [1, 0], [1, 1]]
    totals = Standing.objects.get(period="all").totals
    assert (totals.average, totals.improvement) == (5500, 5000)  # 11 of 20; (60 + 100) / 2 against (20 + 40) / 2


def test_who_does_not_want_to_be_seen_is_neither_shown_nor_ranked(
    algebra: Skill, at: datetime, committed: Committed
) -> None:
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    with committed():
        practice(ada, algebra, right=5, at=at)
        practice(bo, algebra, right=1, at=at)
    board = Board(algebra.subject_id)
    assert names_on(board) == ["ada", "bo"]
    with committed():
        preferences.set_preferences(user=ada, avatar=ada.avatar, at=at, feed_visible=False)
    assert names_on(board) == ["bo"]
    mine = Standing.objects.get(user=bo, period="all")
    assert Standing.objects.all().rank(board, mine.key("xp") or b"") == 1
    assert [seat.user_id for seat in LeagueSeat.objects.all().shown()] == [bo.pk]
    with committed():
        practice(ada, algebra, right=5, at=at + timedelta(minutes=5))
        preferences.set_preferences(user=ada, avatar=ada.avatar, at=at, feed_visible=True)
    assert names_on(board) == ["ada", "bo"]
    assert LeagueSeat.objects.get(user=ada).xp == 65


def test_a_child_is_on_no_board_until_a_parent_agrees_and_after_they_take_it_back(
    algebra: Skill, at: datetime, committed: Committed
) -> None:
    kid = child("Comet")
    parent = parent_of(kid, at=at)
    board = Board(algebra.subject_id)
    with committed():
        practice(kid, algebra, at=at)
    assert (names_on(board), LeagueSeat.objects.count()) == ([], 0)
    with committed():
        consent = accounts_consent.give_consent(
            parent=parent, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at
        )
    assert consent is not None
    assert names_on(board) == []  # an answer by mail publishes nobody
    with committed():
        verify_parent(parent, kid, at=at)
    assert names_on(board) == ["comet"]
    with committed():
        accounts_consent.withdraw_consent(parent=parent, child=kid, kind="coppa", at=at)
    assert names_on(board) == []


def test_erasing_an_account_takes_it_off_every_board(algebra: Skill, at: datetime, committed: Committed) -> None:
    ada = person("Ada", at=at)
    with committed():
        practice(ada, algebra, at=at)
        erasure.erase_account(user=ada, by=ada, at=at)
    assert names_on(Board(algebra.subject_id)) == []


def test_what_a_guest_played_counts_once_they_sign_up(algebra: Skill, at: datetime, committed: Committed) -> None:
    visitor = guest(at=at)
    deck = decks.create_deck(skill_slug="algebra", at=at)
    with committed():
        attempt = decks.start_deck(deck=deck, owner=visitor, link_code="", at=at)
        answer_all(attempt, right=5, at=at)
        completion.finish_attempt(attempt=attempt, at=at)
    assert Standing.objects.count() == 0
    teen = sign_up.SignUpDetails(
        role="student", birthdate=at.date().replace(year=2010), password="correct-horse-9", username="bo"
    )
    with committed():
        sign_up.sign_up(person=teen, guest=visitor, device="", ip_hash="", at=at)
    assert names_on(Board(algebra.subject_id)) == ["bo"]
    assert Standing.objects.get(period="all").xp == 35


# -- The audit ---------------------------------------------------------------------------------------------
def test_the_audit_finds_nothing_where_nothing_is_wrong(algebra: Skill, at: datetime, committed: Committed) -> None:
    with committed():
        practice(person("Ada", at=at), algebra, at=at)
    assert audit.audit_standings(at=at) == 0
    assert audit.count_missed(at=at + timedelta(hours=1)) == 0
    assert Standing.objects.exclude(audited_at=at).count() == 0


def test_the_audit_corrects_and_reports_what_is_not_what_the_results_say(
    algebra: Skill, at: datetime, committed: Committed, caplog: pytest.LogCaptureFixture
) -> None:
    ada = person("Ada", at=at)
    with committed():
        practice(ada, algebra, right=4, at=at)
    Standing.objects.filter(period="all").update(xp=9_000, points=100)
    LeagueSeat.objects.update(xp=1)
    assert audit.audit_standings(at=at) == 2
    assert Standing.objects.get(period="all").xp == 15
    assert LeagueSeat.objects.get().xp == 15
    event = LoggedEvent.objects.get(type="standing_corrected")
    assert (event.actor_id, event.properties["before"]["xp"], event.properties["after"]["xp"]) == (ada.pk, 9_000, 15)
    assert "the results say" in caplog.text


def test_a_result_no_event_brought_is_found(algebra: Skill, at: datetime) -> None:
    result = practice(person("Ada", at=at), algebra, at=at)  # the commit, and the listeners with it, never come
    assert audit.count_missed(at=at + timedelta(minutes=5)) == 0
    assert audit.count_missed(at=at + timedelta(minutes=20)) == 1
    assert CountedResult.objects.get().attempt_id == result.pk


def test_a_thirteenth_birthday_is_seen_by_the_audit(algebra: Skill, at: datetime, committed: Committed) -> None:
    kid = child("Comet")
    with committed():
        practice(kid, algebra, at=at)
    User.objects.filter(pk=kid.pk).update(birthdate=at.date().replace(year=at.year - 13))
    audit.audit_standings(at=at)
    assert names_on(Board(algebra.subject_id)) == ["comet"]


def test_a_forged_post_counts_nothing(algebra: Skill, at: datetime, committed: Committed) -> None:
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    attempt = attempts.start_practice(user=ada, skill=algebra, at=at)
    with committed():
        browser(bo).post(f"/practice/{attempt.pk}/finish/", {"score": "100"})
    assert (Attempt.objects.unfinished().count(), Standing.objects.count()) == (1, 0)
