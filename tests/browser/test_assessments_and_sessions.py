"""A timed test, a diagnostic, badges, and a tutoring session from its form to its rating, in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Site
from tests.steps.browser import answer, arrive, contrast, portraits
from viral_engine.seed import TRANSCRIPT

pytestmark = pytest.mark.browser


def test_a_test_counts_down_across_a_reload_and_submits_itself(
    site: Site, phone: Callable[[], Page], gallery: Path
) -> None:
    page = phone()
    arrive(page, site, "hana", "/subjects/math/")
    page.get_by_role("link", name="Practice test, 20 minutes").click()
    expect(page.get_by_role("heading", name="Practice test")).to_be_visible()
    portraits(page, gallery, "before-a-test")
    page.get_by_role("button", name="Start the 20 minutes").click()
    timer = page.get_by_role("timer")
    expect(timer).to_have_text(re.compile(r"^19:5\d$"))
    for number in range(1, 12):
        answer(page, number)
    expect(page.get_by_text("Question 12 of 20")).to_be_visible()
    portraits(page, gallery, "test-question")
    page.reload()
    expect(timer).to_have_text(re.compile(r"^1\d:\d\d$"))
    expect(page.get_by_text("Question 12 of 20")).to_be_visible()
    timer.evaluate("node => { node.dataset.left = 45; }")
    expect(timer).to_have_attribute("data-low", "")
    assert contrast(page, ".countdown") >= 4.5
    page.screenshot(path=gallery / "60-test-last-minute.png")
    timer.evaluate("node => { node.dataset.left = 1; }")
    page.wait_for_url("**/results/**")
    expect(page.get_by_text("9 questions stayed open and count as wrong.")).to_be_visible()
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    expect(page.locator("table.heat tbody tr")).not_to_have_count(0)
    portraits(page, gallery, "test-result")
    page.emulate_media(media="print")
    expect(page.locator(".topbar")).to_be_hidden()
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_role("heading", name="Skill by skill")).to_be_visible()
    page.set_viewport_size({"width": 794, "height": 1123})
    page.screenshot(path=gallery / "60-test-result-paper.png", full_page=True)


def test_a_stranger_takes_a_diagnostic_by_keyboard(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    page = phone()
    page.goto(site.url + "/diagnostics/science/")
    portraits(page, gallery, "before-a-diagnostic")
    page.get_by_role("button", name="Start").click()
    for number in range(1, 21):
        answer(page, number)
    page.get_by_role("button", name="See your result").click()
    expect(page.get_by_role("heading", name=re.compile("Your level: "))).to_be_visible()
    portraits(page, gallery, "diagnostic-result-guest")
    page.get_by_role("link", name="Sign up and keep this result").click()
    expect(page.get_by_label("Month")).to_be_visible()


def test_a_member_reads_their_level_and_their_badges(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    page = phone()
    arrive(page, site, "ivo", "/diagnostics/reading/")
    page.get_by_role("button", name="Start").click()
    for number in range(1, 21):
        answer(page, number)
    page.get_by_role("button", name="See your result").click()
    expect(page.get_by_role("heading", name=re.compile("Your level: "))).to_be_visible()
    portraits(page, gallery, "diagnostic-result")
    user = "from viral_engine.accounts.models import User; ivo = User.objects.get(username='ivo')\n"
    site.ask(
        user + "from viral_engine.learning.services.achievements import award_badge\n"
        "from viral_engine.learning.models import Skill\n"
        "from viral_engine.kernel.clock import now\n"
        "award_badge(user_id=ivo.pk, kind='streak_7', skill=None, at=now())\n"
        "award_badge(user_id=ivo.pk, kind='skill_mastery', skill=Skill.objects.get(slug='algebra'), at=now())"
    )
    page.goto(site.url + "/badges/")
    expect(page.get_by_text("2 of 19 earned")).to_be_visible()
    portraits(page, gallery, "badges")
    page.goto(site.url + "/")
    expect(page.get_by_text("Algebra mastered")).to_be_visible()
    portraits(page, gallery, "home")


def test_a_tutor_logs_a_session_and_the_student_rates_it(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    page, ada = phone(), phone()
    arrive(page, site, "toni", "/sessions/")
    expect(page.get_by_role("img", name="4 of 5 stars")).to_be_visible()
    portraits(page, gallery, "sessions")
    page.get_by_role("link", name="Log a session").click()
    page.get_by_role("button", name="Save the session").click()
    expect(page.get_by_text("This field is required").first).to_be_visible()
    page.get_by_label("Student").select_option("Ada E.")
    page.get_by_label("Subject").select_option("Math")
    page.get_by_label("Started").fill("2026-01-01T10:00")
    page.get_by_label("Transcript file").set_input_files(TRANSCRIPT)
    page.get_by_role("button", name="Save the session").click()
    expect(page.get_by_text("You can log a session for 60 days after it.")).to_be_visible()
    portraits(page, gallery, "session-form")
    page.get_by_label("Started").fill(site.ask(WEEK_AGO))
    page.get_by_label("Transcript file").set_input_files(TRANSCRIPT)
    page.get_by_role("button", name="Save the session").click()
    expect(page.get_by_text("Saved. The family can now read and rate it.")).to_be_visible()
    page.get_by_text("Transcript", exact=True).click()
    portraits(page, gallery, "session-tutor")

    arrive(ada, site, "ada", "/")
    ada.get_by_role("link", name="Give stars").click()
    ada.get_by_role("button", name="Send the rating").click()
    expect(ada.get_by_text("Choose one to five stars.")).to_be_visible()
    ada.locator(".stars label").nth(4).click()
    expect(ada.get_by_role("radio", name="5 stars")).to_be_checked()
    ada.mouse.move(0, 0)  # stars under the mouse light up, chosen or not
    ada.keyboard.press("ArrowLeft")
    expect(ada.get_by_role("radio", name="4 stars")).to_be_checked()
    ada.get_by_label("Anything to add?").fill("I understand fractions now.")
    portraits(ada, gallery, "rating")
    ada.get_by_role("button", name="Send the rating").click()
    expect(ada.get_by_text("You can change your rating for 24 hours.")).to_be_visible()
    ada.screenshot(path=gallery / "60-rated-phone.png", full_page=True)


WEEK_AGO = (
    "from datetime import timedelta; from viral_engine.kernel.clock import now;"
    "print((now() - timedelta(days=7)).strftime('%Y-%m-%dT%H:%M'))"
)
