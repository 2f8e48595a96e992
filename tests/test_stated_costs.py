"""Costs of docstrings, counted; transaction control is left out, listeners have their own cost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from loops.core.links import create_link, find_link, record_touch, token_for
from loops.core.prompts import record_share
from loops.core.registry import share_pack_for
from loops.core.rewards.expiry import expire_rewards
from loops.core.rewards.grants import grant_reward
from loops.core.rewards.holds import revoke_reward
from loops.core.rewards.redemptions import redeem_reward
from loops.events import AgenticActionTriggered
from tests.factories import (
    answer_all,
    challenge_of,
    child,
    cohort_of,
    counting,
    guest,
    link_of,
    person,
    practice,
    sign_up_from,
    statements,
    touch,
)
from viral_engine.accounts.models import Block, Consent, Friendship
from viral_engine.accounts.services import sign_up
from viral_engine.accounts.services.sign_up import SignUpDetails
from viral_engine.kernel.services import announce
from viral_engine.learning.events import PracticeStarted
from viral_engine.learning.models import Deck, Result, Skill
from viral_engine.learning.queries.attempts import attempt_of, step_of
from viral_engine.learning.queries.home import practice_menu
from viral_engine.learning.queries.results import result_page
from viral_engine.learning.services import attempts, completion, decks, tutoring

pytestmark = pytest.mark.django_db


def cost(act: Callable[[], object]) -> int:
    with counting() as captured:
        act()
    return len(statements(captured))


def test_accounts(at: datetime) -> None:
    born = at.date().replace(year=at.year - 15)
    kid_born = at.date().replace(year=at.year - 10)
    password = "correct-horse-9"
    teen = SignUpDetails(role="student", birthdate=born, password=password, username="bo")
    kid = SignUpDetails(
        role="student", birthdate=kid_born, password=password, username="kid", parent_email="g@example.com"
    )
    visitor = guest(at=at)
    assert cost(lambda: sign_up.sign_up(person=teen, guest=visitor, device="", ip_hash="", at=at)) == 5
    stranger = replace(teen, username="cy")
    assert cost(lambda: sign_up.sign_up(person=stranger, guest=None, device="", ip_hash="", at=at)) == 3
    assert cost(lambda: sign_up.sign_up(person=kid, guest=None, device="", ip_hash="", at=at)) == 4
    ada = person("Ada")
    assert cost(lambda: Friendship.objects.friend_ids(ada.pk)) == 1
    assert cost(lambda: Block.objects.hidden_from(ada.pk)) == 1
    assert cost(lambda: Consent.objects.kinds_for(ada.pk)) == 1


def test_kernel(at: datetime) -> None:
    event = PracticeStarted(attempt_id="a", skill="algebra", kind="practice")
    assert cost(lambda: announce(event, at=at)) == 1
    assert cost(lambda: announce(event, at=at, key="k")) == 1


def test_learning(algebra: Skill, at: datetime) -> None:
    ada, later = person("Ada"), at + timedelta(minutes=5)
    practice(ada, algebra, at=at)
    cohort_of(ada, person("Bo"), at=at)
    attempt = attempts.start_practice(user=ada, skill=algebra, at=at)
    assert cost(lambda: attempts.start_practice(user=ada, skill=algebra, at=at)) == 1
    geometry = Skill.objects.select_related("subject").get(slug="geometry")
    assert cost(lambda: attempts.start_practice(user=ada, skill=geometry, at=at)) == 6
    assert cost(lambda: attempts.answer_question(attempt=attempt, position=0, choice=0, at=at)) == 2
    answer_all(attempt, right=5, at=at)
    assert cost(lambda: completion.finish_attempt(attempt=attempt, at=later)) == 7
    assert cost(lambda: completion.finish_attempt(attempt=attempt, at=later)) == 3
    deck = decks.create_deck(skill_slug="algebra", at=at)
    assert cost(lambda: decks.create_deck(skill_slug="algebra", at=at)) == 2
    deck = Deck.objects.select_related("skill__subject").get(pk=deck.pk)
    assert cost(lambda: decks.start_deck(deck=deck, owner=ada, link_code="", at=at)) == 6
    assert cost(lambda: decks.start_deck(deck=deck, owner=ada, link_code="", at=at)) == 1
    played = decks.start_deck(deck=deck, owner=ada, link_code="", at=at)
    right = [answer.question.answer for answer in played.answers.select_related("question").order_by("position")]
    spent = [
        cost(partial(attempts.answer_question, attempt=played, position=n, choice=right[n], at=at)) for n in (0, 1)
    ]
    assert spent == [2 + 2 + 1, 2 + 1]  # the first right one is the first value moment, which an experiment measures
    result = Result.objects.select_related("attempt__skill", "attempt__subject").get(attempt=attempt)
    result.attempt.result = result
    assert cost(lambda: result_page(result.attempt, result)) == 6
    attempt.forget_answers()
    assert cost(lambda: step_of(attempt, at)) == 1
    assert cost(lambda: practice_menu(ada)) == 2
    from viral_engine.accounts.identity import Visitor

    assert cost(lambda: attempt_of(Visitor(ada, None), attempt.pk)) == 1


def test_loops(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at)
    link = challenge_of(ada, algebra, at)
    token = token_for(link, "link")
    found = find_link(token, "link")
    assert found is not None
    assert cost(lambda: find_link(token, "link")) == 1
    played = token_for(found, "challenge")
    assert cost(lambda: find_link(played, "challenge")) == 1
    detailed = find_link(played, "challenge")
    assert detailed is not None
    assert cost(lambda: share_pack_for(detailed)) == 0
    assert cost(lambda: create_link(loop_name="buddy_challenge", referrer=ada, at=at)) == 2  # whose tree it is
    visitor = str(guest(at=at).pk)

    def click() -> object:
        return record_touch(link=link, visitor=visitor, guest_id=visitor, user_id=None, channel="", campaign="", at=at)

    assert cost(click) == 3
    assert cost(click) == 1

    def grant(kind: str = "class_pass", key: str = "k") -> object:
        return grant_reward(user=ada, kind=kind, amount=1, reason="x", key=key, at=at)

    assert cost(grant) == 6 + 2 + 2 + 2
    assert cost(grant) == 1
    assert cost(lambda: grant(key="l")) == 6 + 2
    assert cost(lambda: grant("points", "m")) == 6 + 2
    assert cost(lambda: grant("points", "n")) == 6

    def redeem() -> object:
        return redeem_reward(user=ada, kind="class_pass", amount=1, reason="x", key="r", at=at)

    assert cost(redeem) == 7
    assert cost(redeem) == 2
    assert cost(lambda: revoke_reward(key="k", reason="x", at=at)) <= 16
    grant("streak_shield", "o")
    assert cost(lambda: expire_rewards(at=at + timedelta(days=8))) == 1 + 5

    def share() -> object:
        return record_share(link=link, user=ada, channel="sms", key=UUID(int=1), at=at)

    assert cost(share) == 6
    assert cost(share) == 2


def test_safety_for_a_child(at: datetime) -> None:
    from viral_engine.safety.services import evaluate_action

    kid = child("Comet")
    assert cost(lambda: evaluate_action(user=kid, action="chat", at=at)) == 1


def test_payment_checks(algebra: Skill, at: datetime) -> None:
    """Of two who are all right, which asks every question; and of a referrer whom another person brought."""
    from loops.core import payment_checks as checks
    from loops.core.links import lock_link
    from loops.core.payouts import pay_rewards

    old = at - timedelta(days=90)
    ada, bo, cy = (person(name, at=old, signup_device=name) for name in ("Ada", "Bo", "Cy"))
    link = link_of(ada, at)
    assert cost(lambda: checks.payment_refusal(referrer=ada, referee=ada)) == 0
    assert cost(lambda: checks.payment_refusal(referrer=ada, referee=bo)) == 6
    assert cost(lambda: checks.is_waiting(bo, at)) == 1
    kid = child("Comet", at=at)
    assert cost(lambda: checks.waits_for_a_parent(kid, at)) == 1
    assert cost(lambda: checks.waits_for_a_parent(bo, at)) == 0
    assert cost(lambda: checks.has_acted(bo)) == 3
    assert cost(lambda: checks.payment_verdict(link, bo, at)) == 2
    assert cost(lambda: checks.referrers_reason_to_wait(link, at)) == 3
    assert cost(lambda: lock_link(link)) == 1
    assert cost(lambda: checks.takes_budget(link, bo, at)) == 5
    assert cost(lambda: checks.takes_budget(link, cy, at)) == 3
    dee = person("Dee", at=old, signup_device="Dee")
    pay = partial(pay_rewards, link=link, refused_for=None, at=at)
    assert cost(lambda: pay(referee=dee, rewards=[], key="k")) == 12
    assert cost(lambda: pay(referee=dee, rewards=[], key="k")) == 2
    visitor = guest(at=at)
    touch(link, visitor, at)
    eve = sign_up_from("Eve", visitor, at)
    assert cost(lambda: checks.payment_refusal(referrer=eve, referee=bo)) == 5 + 2 + 1  # she has no device


def test_tutor_spotlight(algebra: Skill, at: datetime) -> None:
    from loops.core.base import OfferContext
    from loops.core.orchestrator import route_loop
    from loops.tutor_spotlight.loop import TutorSpotlight
    from loops.tutor_spotlight.profile import tutor_profile
    from loops.tutor_spotlight.queries import offer_after, referrals_of, tutor_page
    from tests.steps.tutor_spotlight import logged_session, tutor
    from viral_engine.accounts.identity import Visitor

    toni, bo, dee = tutor(at=at), person("Bo", at=at), guest(at=at)
    tutoring.rate_session(session=logged_session(toni, bo, at=at), by=bo, rating=5, feedback="", at=at)
    made = route_loop("tutor_spotlight", toni, at).link
    assert made is not None
    link = find_link(token_for(made, "tutor"), "tutor")
    assert link is not None
    assert cost(lambda: share_pack_for(link)) == 0
    assert cost(lambda: tutor_profile(link, at)) == 2
    assert cost(lambda: tutor_page(link, Visitor(None, None), born=None, at=at)) == 2
    assert cost(lambda: tutor_page(link, Visitor(bo, None), born=None, at=at)) == 4
    assert cost(lambda: referrals_of(toni, at)) == 4
    attempt = decks.start_deck(deck=link.spotlight.deck, owner=dee, link_code=link.code, at=at)
    assert cost(lambda: offer_after(attempt, at)) == 1
    asked = AgenticActionTriggered(actor_id=toni.pk, loop="tutor_spotlight")
    whole = type(toni).objects.select_related("referral__link").get(pk=toni.pk)
    context = OfferContext(asked, whole, "low", 0, is_milestone=False, at=at)
    assert cost(lambda: TutorSpotlight().build(context)) == 6
