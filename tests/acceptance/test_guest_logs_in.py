"""A member plays a challenge while logged out and logs in at the end."""

import pytest
from django.test import Client

from loops.buddy_challenge.models import ChallengeEntry
from loops.models import Referral
from tests.factories import browser, person
from tests.ledgers import beside_points, events
from tests.steps.challenges import accept, challenge_from
from tests.steps.practice import play
from viral_engine.accounts.models import Guest
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.learning.models import Attempt, Progress

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]


def log_in(client: Client, name: str, *, to: str = "/") -> None:
    answer = client.post("/accounts/login/", {"login": name, "password": "correct-horse-9", "next": to})
    assert answer.url == to  # type: ignore[attr-defined]


def test_logging_in_moves_the_guests_attempt_into_the_account() -> None:
    bo, at_bo = person("Bo"), browser()
    _, shared = challenge_from(browser(person("Ada")))
    played = play(at_bo, accept(at_bo, shared), right=5)
    log_in(at_bo, "bo", to=played.result_url)
    assert "100%" in at_bo.get(played.result_url).content.decode()
    assert (Attempt.objects.get(pk=played.attempt.pk).user, Progress.objects.get(user=bo).xp) == (bo, 35 + 100)
    assert ChallengeEntry.objects.get().outcome == "rewarded"  # as if he had played it logged in
    assert beside_points().count() == 2


def test_an_existing_member_is_never_referred() -> None:
    bo, at_bo = person("Bo"), browser()
    before = bo.person_id
    _, shared = challenge_from(browser(person("Ada")))
    play(at_bo, accept(at_bo, shared), right=5)
    log_in(at_bo, "bo")
    bo.refresh_from_db()
    assert (Referral.objects.count(), Decision.objects.filter(agent="attribution").count()) == (0, 0)
    assert (bo.person_id, Guest.objects.get().user) == (before, bo)
    assert [event.actor_id for event in events("guest_recognized")] == [bo.pk]
    assert events("account_created") == []


def test_a_member_with_an_earlier_first_value_earns_no_shields_by_logging_out() -> None:
    bo, at_bo = person("Bo"), browser()
    _, first = challenge_from(browser(person("Ada")))
    logged_in = browser(bo)
    play(logged_in, accept(logged_in, first), right=5)
    assert beside_points().count() == 2
    _, second = challenge_from(browser(person("Cy")))
    play(at_bo, accept(at_bo, second), right=5)
    log_in(at_bo, "bo")
    assert beside_points().count() == 2
    assert Decision.objects.filter(agent="incentives").latest("pk").rationale == "first_value_not_through_this_link"


def test_a_referrer_who_plays_their_own_link_logged_out_earns_nothing() -> None:
    person("Ada")
    at_ada, elsewhere = browser(), browser()
    log_in(at_ada, "ada")
    _, shared = challenge_from(at_ada)
    play(elsewhere, accept(elsewhere, shared), right=5)
    log_in(elsewhere, "ada")
    assert beside_points().count() == 0
    assert Decision.objects.get(agent="incentives").rationale == "self_referral"
    assert not LoggedEvent.objects.filter(type="challenge_won").exists()  # no one wins against themselves


def test_a_deck_played_before_stays_as_it_was() -> None:
    bo, at_bo = person("Bo"), browser()
    _, shared = challenge_from(browser(person("Ada")))
    logged_in = browser(bo)
    mine = play(logged_in, accept(logged_in, shared), right=3)
    again = play(at_bo, accept(at_bo, shared), right=5)
    log_in(at_bo, "bo")
    assert Attempt.objects.get(pk=again.attempt.pk).user is None
    assert at_bo.get(mine.result_url).status_code == 200
    assert beside_points().count() == 0
    assert Progress.objects.get(user=bo).xp == 15


def test_a_parent_on_a_shared_computer_does_not_claim_the_childs_attempt() -> None:
    """Nor does the next person find it: a log-out leaves nothing at the computer."""
    person("Grace", age=41, role="parent")
    home = browser()
    _, shared = challenge_from(browser(person("Ada")))
    played = play(home, accept(home, shared), right=5)
    log_in(home, "grace")
    assert Guest.objects.get().user is None
    home.post("/accounts/logout/")
    assert home.get(played.result_url).status_code == 404
    assert Guest.objects.get().user is None


def test_logging_in_twice_claims_once() -> None:
    bo, at_bo = person("Bo"), browser()
    _, shared = challenge_from(browser(person("Ada")))
    play(at_bo, accept(at_bo, shared), right=5)
    for _ in range(2):
        log_in(at_bo, "bo")
        at_bo.post("/accounts/logout/")
    assert (len(events("guest_recognized")), Progress.objects.get(user=bo).xp) == (1, 35 + 100)
