"""Achievement Spotlight over HTTP: Ada masters Algebra, Bo tries three questions and signs up, Ada is rewarded."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from loops.achievement_spotlight.models import ShownBadge
from loops.core import orchestrator
from loops.core.links import token_for
from loops.core.rewards.holds import revoke_reward
from loops.models import Link, Loop, Prompt, Referral, RewardEntry
from tests.factories import browser, child, counting, parent_of, path_of, person, practice, statements
from tests.ledgers import events
from tests.steps.challenges import loop_panel
from tests.steps.practice import answer_and_finish
from tests.steps.sign_up import sign_up
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import give_consent, withdraw_consent
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision
from viral_engine.learning.events import AchievementEarned
from viral_engine.learning.models import Achievement, Question, Skill
from viral_engine.learning.services.achievements import award_badge

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue", "loop")]


@pytest.fixture
def loop(catalogue: None) -> None:
    row = {"title": "Achievement Spotlight", "expected_k": 0.15, "cooldown_s": 24 * 3600}
    Loop.objects.get_or_create(name="achievement_spotlight", defaults=row)


def badge_of(user: User, *, kind: str = "skill_mastery", skill: str = "algebra") -> Link:
    """Earn the badge and let the orchestrator offer to share it."""
    of = Skill.objects.get(slug=skill) if kind == "skill_mastery" else None
    assert award_badge(user_id=user.pk, kind=kind, skill=of, at=now())
    return Link.objects.filter(referrer=user, loop="achievement_spotlight").latest("pk")


def page_of(link: Link) -> str:
    return f"/badges/{token_for(link, 'badge')}"


def try_it(client: Client, link: Link) -> str:
    return str(client.post(f"{page_of(link)}/try").url)  # type: ignore[attr-defined]


def paid() -> list[tuple[int, int]]:
    rows = RewardEntry.objects.filter(kind="referral_xp", cause="grant").order_by("pk")
    return list(rows.values_list("user", "amount"))


def test_a_shared_badge_brings_a_friend_and_pays_the_referrer() -> None:
    ada = person("Ada")
    at_ada, at_bo = browser(ada), browser()
    algebra = Skill.objects.get(slug="algebra")
    for _ in range(3):  # three scores of 100 master it
        practice(ada, algebra, right=5, at=now())
    shown_badge = ShownBadge.objects.get()
    link = shown_badge.link
    assert (shown_badge.achievement.title, shown_badge.deck.skill, shown_badge.deck.slots.count()) == (
        "Algebra mastered",
        algebra,
        3,
    )
    assert set(shown_badge.deck.questions.values_list("difficulty", flat=True)) == {"easy"}
    decision = Decision.objects.get(agent="orchestrator", type="achievement_earned")
    assert (decision.outcome, decision.features["is_milestone"]) == ("achievement_spotlight", True)

    # It waits on her home page, and she shares it.
    assert "Show your new badge" in at_ada.get("/loops/waiting/").content.decode()
    sheet = at_ada.get(f"/loops/share/{link.code}/").content.decode()
    shared = re.search(r'data-text="(http[^"]+)\?via=copy"', sheet)
    assert shared is not None
    assert "For each friend who gets one right and joins, you get 50 XP for inviting." in sheet
    assert at_ada.post(f"/loops/share/{link.code}/sent/", {"channel": "sms", "key": str(uuid4())}).status_code == 204
    assert "This is your own badge." in at_ada.get(page_of(link)).content.decode()
    assert try_it(at_ada, link) == f"/loops/share/{link.code}/"
    assert at_ada.get(f"/cards/{token_for(link, 'card')}.png")["Content-Type"] == "image/png"

    # Bo opens it and tries three easy questions as a guest.
    assert at_bo.get(f"{path_of(shared[1])}?via=sms").url == page_of(link)  # type: ignore[attr-defined]
    assert "three easy questions in Algebra" in at_bo.get(page_of(link)).content.decode()
    attempt_id = answer_and_finish(at_bo, try_it(at_bo, link), right=1)
    assert [(event.link_code, event.guest_id != "") for event in events("fvm_reached")] == [(link.code, True)]
    assert len(events("guest_started")) == 1
    assert "Sign up and earn badges" in loop_panel(at_bo, attempt_id)
    assert "<b>1 of 3</b> right in Algebra" in at_bo.get(page_of(link)).content.decode()
    assert paid() == []

    # He signs up: attributed, and Ada is rewarded once, whatever is repeated.
    bo = sign_up(at_bo, "Bo", year=2011)
    assert (Referral.objects.get().referee, Referral.objects.get().link) == (bo, link)
    assert try_it(at_bo, link) == f"/practice/{attempt_id}/"
    assert paid() == [(ada.pk, 50)]
    assert "Score 90% three times in Algebra, and its badge is yours." in loop_panel(at_bo, attempt_id)

    # Revoked after a review.
    entry = RewardEntry.objects.get(kind="referral_xp")
    assert revoke_reward(key=entry.key, reason="Taken back after a review", at=now()) is not None
    assert sum(RewardEntry.objects.filter(kind="referral_xp").values_list("amount", flat=True)) == 0


def test_a_referee_without_a_right_answer_earns_nothing() -> None:
    link = badge_of(person("Ada"))
    at_bo = browser()
    answer_and_finish(at_bo, try_it(at_bo, link), right=0)
    sign_up(at_bo, "Bo", year=2011)
    assert (Referral.objects.count(), paid()) == (1, [])


def test_a_badge_without_a_skill_uses_its_owners_last_practiced_skill() -> None:
    ada, bo = person("Ada"), person("Bo")
    practice(ada, Skill.objects.get(slug="geometry"), right=2, at=now())
    found = [badge_of(user, kind="streak_7").shown_badge for user in (ada, bo)]
    assert [(one.achievement.title, one.deck.skill.slug) for one in found] == [
        ("7 days in a row", "geometry"),
        ("7 days in a row", Skill.objects.all().practicable()[0].slug),
    ]
    for one in found:
        assert browser().get(f"/cards/{token_for(one.link, 'card')}.png").status_code == 200


def test_a_self_referral_pays_nothing() -> None:
    client = browser()
    ada = sign_up(client, "Ada", year=2011)
    link = badge_of(ada)
    client.post("/accounts/logout/")
    answer_and_finish(client, try_it(client, link))
    sign_up(client, "Bo", year=2010)
    assert paid() == []
    assert Decision.objects.get(agent="incentives", type="achievement_spotlight").rationale == "self_referral_device"


def test_a_child_referee_pays_after_consent() -> None:
    ada = person("Ada")
    link = badge_of(ada)
    at_kid = browser()
    answer_and_finish(at_kid, try_it(at_kid, link))
    kid = sign_up(at_kid, "Comet", year=now().year - 10, parent_email="grace@example.com")
    assert paid() == []
    give_consent(parent=parent_of(kid, at=now()), child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    assert paid() == [(ada.pk, 50)]


def test_a_childs_badge_needs_consent_and_withdrawal_deactivates_its_link() -> None:
    lone, kid = child("Comet"), child("Dee")
    grace = parent_of(kid, at=now())
    assert award_badge(user_id=lone.pk, kind="streak_7", skill=None, at=now())
    assert Link.objects.count() == 0
    give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    link = badge_of(kid)
    at_bo = browser()
    answer_and_finish(at_bo, try_it(at_bo, link))
    withdraw_consent(parent=grace, child=kid, kind="coppa", at=now())
    assert browser().get(page_of(link)).status_code == 410
    assert at_bo.get(f"/cards/{token_for(link, 'card')}.png").status_code == 410
    assert "A parent withdrew consent" in browser(kid).get(f"/loops/share/{link.code}/").content.decode()
    assert browser(kid).get("/loops/waiting/").status_code == 204


def earned(user: User, kind: str) -> orchestrator.OfferDecision:
    Achievement.objects.get_or_create(user=user, kind=kind, defaults={"earned_at": now()})
    event = AchievementEarned(actor_id=user.pk, kind=kind, title=kind)
    return orchestrator.trigger_event(event, now())


def test_badge_offers_follow_eligibility_and_cooldown() -> None:
    ada = person("Ada")
    assert earned(ada, "streak_7").loop == "achievement_spotlight"
    assert "cooling down" in earned(ada, "streak_30").rationale
    with time_machine.travel(now() + timedelta(hours=24), tick=False):
        assert earned(ada, "streak_30").loop == "achievement_spotlight"
    assert Prompt.objects.count() == 2
    assert earned(person("Dee", role="tutor"), "streak_7").rationale == (
        "Nothing to offer. achievement_spotlight: not a learner."
    )
    bo = person("Bo")
    gone = AchievementEarned(actor_id=bo.pk, kind="streak_7", title="7 days in a row")
    assert orchestrator.trigger_event(gone, now()).rationale.endswith("achievement_spotlight: The badge is gone.")
    Question.objects.filter(difficulty="easy").update(is_active=False)
    assert earned(bo, "streak_7").rationale.endswith("has too few easy questions.")
    assert Link.objects.filter(referrer=bo).count() == 0


def test_expired_and_forged_links_show_one_friendly_page(settings: Settings) -> None:
    link = badge_of(person("Ada"))
    client = browser()
    forged = f"/badges/{token_for(link, 'rescue')}"
    assert [client.get(path).status_code for path in (forged, "/badges/x.y")] == [404, 404]
    settings.FEATURES = {"achievement_spotlight": False}  # what was shared keeps working
    assert [client.get(page_of(link)).status_code, client.post(f"{page_of(link)}/try").status_code] == [200, 302]
    with time_machine.travel(now() + timedelta(days=31), tick=False):
        page = client.get(page_of(link))
        assert (page.status_code, client.post(f"{page_of(link)}/try").status_code) == (410, 410)
    assert "This link no longer works" in page.content.decode()


@pytest.mark.parametrize(("age", "name"), [(15, "A friend"), (30, "Zenobia")])
def test_the_page_names_only_adults_and_costs_few_queries(age: int, name: str) -> None:
    link = badge_of(person("Zenobia", age=age))
    client = browser()
    with counting() as captured:
        page = client.get(page_of(link)).content.decode()
    assert len(statements(captured)) == (2 if age == 15 else 1)
    assert f'<meta property="og:title" content="{name} earned a badge: Algebra mastered">' in page
    assert "Lovelace" not in page
    assert ("Zenobia" in page) is (name == "Zenobia")
    assert '<meta name="robots" content="noindex">' in page
