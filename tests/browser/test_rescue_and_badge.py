"""A rescue and a badge as both sides see them: phone and desktop, light and dark."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.servers import Site
from tests.steps.browser import grave_findings, log_in, solution

# A home page shows the newest offer, which would be one of a session summary.
pytestmark = [pytest.mark.browser, pytest.mark.site(FEATURE_SESSION_INTELLIGENCE="false")]
AT_RISK = (
    "from datetime import timedelta; from loops.core.orchestrator import trigger_event;"
    "from loops.core.registry import loop_of; from viral_engine.accounts.models import User;"
    "from viral_engine.kernel.clock import now; from viral_engine.learning.events import StreakAtRisk;"
    "ends = (now() + timedelta(hours=5)).isoformat(); ada = User.objects.get(username='ada');"
    "link = trigger_event(StreakAtRisk(actor_id=ada.pk, streak_days=12, ends_at=ends), now()).link;"
    "print(loop_of(link).landing(link))"
)
BADGE = (
    "from loops.models import Link; from loops.core.registry import loop_of;"
    "from viral_engine.accounts.models import User;"
    "from viral_engine.kernel.clock import now; from viral_engine.learning.models import Skill;"
    "from viral_engine.learning.services.achievements import award_badge; bo = User.objects.get(username='bo');"
    "award_badge(user_id=bo.pk, kind='skill_mastery', skill=Skill.objects.get(slug='fractions'), at=now());"
    "link = Link.objects.get(referrer=bo, loop='achievement_spotlight'); print(loop_of(link).landing(link))"
)
DESK: ViewportSize = {"width": 1280, "height": 800}


def play_all(site: Site, page: Page, *, questions: int) -> None:
    for number in range(questions):
        expect(page.locator("legend.prompt")).to_be_visible()
        page.keyboard.press(str(solution(site, page) + 1))
        page.get_by_role("button", name="Check answer").click()
        expect(page.get_by_text("Right.", exact=True)).to_be_visible()
        if number < questions - 1:
            page.get_by_role("link", name="Next question").click()
    page.get_by_role("button", name="See your result").click()


def shoot(page: Page, gallery: Path, npm_packages: Path, name: str) -> None:
    """Save screenshots in both sizes, light and dark; axe finds nothing serious, and nothing overflows."""
    phone = page.viewport_size
    assert phone is not None
    for size, where in ((phone, "phone"), (DESK, "desk")):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=gallery / f"{name}-{where}-{scheme}.png", full_page=True)
            assert grave_findings(page, npm_packages) == [], f"{name} on a {where}"
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size(phone)
    page.emulate_media(color_scheme="light")


def test_two_people_save_a_streak(site: Site, phone: Callable[[], Page], gallery: Path, npm_packages: Path) -> None:
    landing = site.url + site.ask(AT_RISK)
    ada, bo = phone(), phone()
    ada.goto(site.url + "/accounts/login/")
    log_in(ada, "ada")
    offer = ada.locator("section.offer")
    expect(offer.get_by_role("heading", name="Save your streak together")).to_be_visible()
    shoot(ada, gallery, npm_packages, "60-rescue-home")
    offer.get_by_role("link", name="Take a look").click()
    expect(ada.get_by_role("img", name="My 12-day streak ends tonight.")).to_have_js_property("naturalWidth", 1200)
    shoot(ada, gallery, npm_packages, "61-rescue-sheet")
    ada.get_by_role("link", name="Answer your ten").click()
    expect(ada.get_by_role("heading", name="Save your streak of")).to_be_visible()
    shoot(ada, gallery, npm_packages, "62-rescue-mine")

    bo.goto(landing)
    expect(bo.get_by_role("heading", name="Save a streak of")).to_be_visible()
    shoot(bo, gallery, npm_packages, "63-rescue-landing")
    bo.get_by_role("button", name="Play along").click()
    play_all(site, bo, questions=10)
    expect(bo.get_by_role("link", name="Sign up and claim your shield")).to_be_visible()
    shoot(bo, gallery, npm_packages, "64-rescue-guest-result")
    expect(ada.get_by_text("done: 10 of 10 right")).to_be_visible(timeout=10_000)  # without a reload
    shoot(ada, gallery, npm_packages, "65-rescue-friend-done")


def test_a_badge_is_shared_and_tried(site: Site, phone: Callable[[], Page], gallery: Path, npm_packages: Path) -> None:
    landing = site.url + site.ask(BADGE)
    bo, cy = phone(), phone()
    bo.goto(site.url + "/accounts/login/")
    log_in(bo, "bo")
    offer = bo.locator("section.offer")
    expect(offer.get_by_role("heading", name="Show your new badge")).to_be_visible()
    offer.get_by_role("link", name="Take a look").click()
    expect(bo.get_by_role("img", name="I earned a badge: Fractions")).to_have_js_property("naturalWidth", 1200)
    shoot(bo, gallery, npm_packages, "66-badge-sheet")

    cy.goto(landing)
    expect(cy.get_by_role("heading", name="A friend earned")).to_be_visible()
    shoot(cy, gallery, npm_packages, "67-badge-landing")
    cy.get_by_role("button", name="Try it now").click()
    play_all(site, cy, questions=3)
    expect(cy.get_by_role("link", name="Sign up and earn badges")).to_be_visible()
    shoot(cy, gallery, npm_packages, "68-badge-guest-result")
