"""The result of a challenge as the friend sees it, and offers to make a challenge."""

import pytest
from django.test import Client
from pytest_django import Settings

from loops.core.rewards.grants import grant_reward
from loops.models import Link, Prompt
from tests.factories import browser, child, parent_of, person, practice
from tests.steps.challenges import accept, challenge_from
from tests.steps.practice import Played, play
from tests.steps.sign_up import sign_up
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import give_consent
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Deck, Skill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]


def result_page(client: Client, played: Played) -> str:
    return client.post(f"/loops/after/{played.attempt.pk}/").content.decode()


def use_up_shields(user: User) -> None:
    grant_reward(user=user, kind="streak_shield", amount=3, reason="x", key=f"all:{user.pk}", at=now())


@pytest.mark.parametrize(
    ("capped", "words"),
    [
        ((), "You both earned a streak shield."),
        (("ada",), "You earned a streak shield. The challenger has all of theirs for today."),
        (("bo",), "The challenger earned a streak shield. You have all of yours for today."),
        (("ada", "bo"), "You both have all your streak shields for today."),
    ],
)
def test_the_result_mentions_only_shields_that_were_granted(capped: tuple[str, ...], words: str) -> None:
    people = {"ada": person("Ada"), "bo": person("Bo")}
    at_bo = browser(people["bo"])
    _, shared = challenge_from(browser(people["ada"]))
    for name in capped:
        use_up_shields(people[name])
    assert words in result_page(at_bo, play(at_bo, accept(at_bo, shared), right=5))


@pytest.mark.parametrize(
    ("challenger", "friend", "headline"),
    [(4, 5, "You beat the challenge!"), (4, 4, "A tie!"), (4, 1, "Not this time"), (5, 4, "Not this time")],
)
def test_the_headline_fits_the_scores(challenger: int, friend: int, headline: str) -> None:
    at_bo = browser(person("Bo"))
    _, shared = challenge_from(browser(person("Ada")), right=challenger)
    assert f"<h2>{headline}</h2>" in result_page(at_bo, play(at_bo, accept(at_bo, shared), right=friend))


def test_a_child_who_won_reads_why_the_shield_is_pending() -> None:
    at_kid = browser()
    _, shared = challenge_from(browser(person("Ada")))
    played = play(at_kid, accept(at_kid, shared), right=5)
    kid = sign_up(at_kid, "Comet", year=now().year - 10, parent_email="grace@example.com")
    assert "A streak shield waits for you." in result_page(at_kid, played)
    give_consent(parent=parent_of(kid, at=now()), child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    assert "You both earned a streak shield." in result_page(at_kid, played)


def test_a_challenge_is_offered_only_if_it_can_be_made(settings: Settings) -> None:
    ada = person("Ada", growth_prompts=False)
    at_ada = browser(ada)
    skill = Skill.objects.get(slug="algebra")
    good, weak = (practice(ada, skill, right=right, at=now()) for right in (4, 2))
    offer = "Challenge a friend</button>"
    assert offer in at_ada.post(f"/loops/after/{good.pk}/").content.decode()
    page = at_ada.post(f"/loops/after/{weak.pk}/").content.decode()
    assert offer not in page
    assert "With 60% or more you can challenge a friend." in page
    settings.FEATURES = {"buddy_challenge": False}
    assert "switched off at the moment" in at_ada.post(f"/loops/after/{good.pk}/").content.decode()
    assert "Challenge a friend</button></form></noscript>" in at_ada.get(f"/results/{weak.pk}/").content.decode()


def test_a_child_without_consent_gets_an_explanation_instead_of_an_offer() -> None:
    kid = child("Comet")
    result = practice(kid, Skill.objects.get(slug="algebra"), right=5, at=now())
    page = browser(kid).post(f"/loops/after/{result.pk}/").content.decode()
    assert "A parent has to say yes first." in page
    assert "Challenge a friend</button>" not in page


def test_the_explanation_of_an_offer_hides_the_decision_log() -> None:
    at_ada = browser(person("Ada"))
    challenge_from(at_ada)
    page = at_ada.post(f"/loops/after/{Prompt.objects.get().attempt_id}/").content.decode()
    assert "You finished Algebra with 80%. From 60% on we offer a challenge" in page
    assert "expected value" not in page


def test_a_played_challenge_links_to_its_result_and_an_open_one_continues() -> None:
    at_bo = browser()
    _, shared = challenge_from(browser(person("Ada")))
    landing: str = at_bo.get(shared).url  # type: ignore[attr-defined]
    attempt_url = accept(at_bo, shared)
    begun = at_bo.get(landing).content.decode()
    assert (f'href="{attempt_url}"' in begun, "Play now" in begun) == (True, False)
    played = play(at_bo, attempt_url, right=3)
    page = at_bo.get(landing).content.decode()
    assert "You played this and scored <b>60%</b>" in page
    assert (f'href="{played.result_url}"' in page, "Play now" in page) == (True, False)
    assert "Play now" in browser().get(landing).content.decode()


def test_an_ended_challenge_links_to_practice_of_its_skill() -> None:
    _, shared = challenge_from(browser(person("Ada")))
    deck = Deck.objects.get(challenge__link=Link.objects.get())
    Deck.objects.update(created_at=deck.created_at.replace(year=2020), expires_at=deck.created_at.replace(year=2021))
    stranger, bo = browser(), browser(person("Bo"))
    landing: str = stranger.get(shared).url  # type: ignore[attr-defined]
    assert 'href="/signup/?next=/practice/"' in stranger.get(landing).content.decode()
    assert 'action="/practice/start/algebra/"' in bo.get(landing).content.decode()
