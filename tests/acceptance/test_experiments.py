"""An experiment from its start in a browser to its verdict, with exposures through a loop's offers."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from experiments.models import Arm, Exposure, Outcome
from experiments.services.assignment import AssignmentContext, get_variant
from loops.buddy_challenge.models import ChallengeEntry
from loops.core.default_experiments import load_default_experiments
from loops.core.experiment_adapter import assignment_context
from loops.models import Link, Prompt, RewardEntry
from tests.experiments.trials import draft, started
from tests.factories import browser, person
from tests.servers import Site
from tests.steps.browser import log_in
from tests.steps.challenges import accept, challenge_from
from tests.steps.practice import play
from tests.steps.sign_up import sign_up
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.clock import now

# A week ago it started; 200 learners practiced since, and far more of them send the friendlier offer.
A_WEEK_OF_LEARNERS = """
import json
from datetime import timedelta
from random import Random
from time import sleep
from uuid import uuid4
from experiments.services.phase_cache import invalidate_phase_cache
from experiments.models import Phase
from loops.models import Link, Prompt
from loops.core.prompts import record_share, show_prompt
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Delivery
from viral_engine.learning.models import Skill
from viral_engine.learning.services.attempts import answer_question, start_practice
from viral_engine.learning.services.completion import finish_attempt

dice, at = Random(7), now()
phase = Phase.objects.get(experiment__key="buddy_challenge_copy", ended_at=None)
Phase.objects.filter(pk=phase.pk).update(started_at=at - timedelta(days=7, hours=1), seed="a-week")
invalidate_phase_cache()
skill = Skill.objects.select_related("subject").get(slug="algebra")
offered, words = 0, set()
for number in range(200):
    then = at - timedelta(days=number % 7, hours=1)
    born = then.date().replace(year=then.year - 15, day=1)
    facts = {"role": "student", "grade": 8, "birthdate": born, "date_joined": then}
    learner = User.objects.create(username=f"learner-{number}", **facts)
    attempt = start_practice(user=learner, skill=skill, at=then)
    for answer in attempt.answers.select_related("question"):
        right = answer.question.answer
        answer_question(attempt=attempt, position=answer.position, choice=right, at=then)
    finish_attempt(attempt=attempt, at=then + timedelta(minutes=2))
    while Delivery.objects.unfinished().exists():  # the site's relay may have taken some, because they are a week old
        sleep(0.02)
    prompt = Prompt.objects.select_related("link").get(user=learner)
    show_prompt(prompt=prompt, at=then + timedelta(minutes=3))
    offered += 1
    arm = next(one["arm"] for one in prompt.link.arms if one["experiment"] == "buddy_challenge_copy")
    words.add((arm, prompt.link.words.get("title", "")))
    if dice.random() < (0.75 if arm == "variant_a" else 0.15):
        record_share(link=prompt.link, user=learner, channel="copy", key=uuid4(), at=then + timedelta(minutes=4))
print(json.dumps({"offered": offered, "words": sorted(words)}))
"""


@pytest.fixture
def desk(chromium: Browser) -> Iterator[Callable[[], Page]]:
    """An admin's desktop; a console error fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page() -> Page:
        contexts.append(chromium.new_context(viewport={"width": 1280, "height": 900}))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def pictures(page: Page, gallery: Path, name: str) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for size, width in (("phone", 390), ("small", 320), ("desktop", 1280)):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") == width
            page.screenshot(path=gallery / f"{name}-{size}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")


@pytest.mark.browser
def test_an_admin_starts_an_experiment_and_reads_its_verdict(
    site: Site,
    desk: Callable[[], Page],
    gallery: Path,
) -> None:
    page = desk()
    page.goto(f"{site.url}/accounts/login/?next=/experiments/")
    log_in(page, "admin")
    pictures(page, gallery, "60-experiments")
    page.get_by_role("link", name="Buddy Challenge copy").click()
    expect(page.get_by_text("This experiment has not started.")).to_be_visible()
    page.get_by_label("Why").fill("From the beginning")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("Experiment started.")).to_be_visible()
    expect(page.get_by_text("Keep running: it is too early to tell.")).to_be_visible()
    pictures(page, gallery, "61-experiment-new")

    answer = json.loads(site.ask(A_WEEK_OF_LEARNERS))
    assert answer == {"offered": 200, "words": [["control", "Dare a friend"], ["variant_a", "Play it together"]]}

    page.reload()
    verdict = page.get_by_role("region", name="Verdict")
    expect(verdict.get_by_role("heading")).to_have_text("Play together is better than Dare a friend.")
    expect(page.get_by_role("region", name="Arms", exact=True)).to_contain_text("Traffic matches the configured split")
    for chart in (
        "lift over Dare a friend",
        "likely range of each rate",
        "People in each arm over time",
        "lift day by day",
    ):
        expect(page.locator("figcaption").filter(has_text=chart)).to_be_visible()
    pictures(page, gallery, "62-experiment-decided")

    page.locator("summary").filter(has_text="Stop").click()
    page.get_by_label("Everyone gets").select_option("Play together")
    page.locator("details").filter(has_text="Everyone gets").get_by_label("Why").fill("Far more invitations")
    page.get_by_role("button", name="Stop for good").click()
    expect(page.get_by_text("Experiment stopped. Its results are final.")).to_be_visible()
    page.goto(f"{site.url}/experiments/power/?base=5&target=5.6&power=80&alpha=5&arms=2&daily_units=900&coverage=100")
    expect(page.get_by_text("21,885 people in each arm")).to_be_visible()
    pictures(page, gallery, "63-power")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("catalogue")
def test_an_arm_changes_copy_and_reward() -> None:
    load_default_experiments()
    for trial, arm in (("buddy_challenge_copy", "variant_a"), ("reward_amounts", "high_reward")):
        rows = Arm.objects.filter(experiment__key=trial)
        rows.update(weight_bp=0)
        rows.filter(key=arm).update(weight_bp=10_000)
        started(rows[0].experiment, now() - timedelta(minutes=1))
    ada = person("Ada")
    at_ada, at_bo = browser(ada), browser()
    link, shared = challenge_from(at_ada)
    prompt = Prompt.objects.get()
    offer = at_ada.post(f"/loops/after/{prompt.attempt_id}/").content.decode()
    assert "Play it together" in offer
    assert "you both get 2 streak shields" in offer
    assert sorted(Exposure.objects.values_list("phase__experiment__key", "unit", "arm")) == [
        ("buddy_challenge_copy", str(ada.person_id), "variant_a"),
        ("reward_amounts", str(ada.person_id), "high_reward"),
    ]
    _send(at_ada, link)
    attempt_url = accept(at_bo, shared)
    play(at_bo, attempt_url, right=5)
    sign_up(at_bo, "Bo", year=2011)
    assert ChallengeEntry.objects.get().outcome == "rewarded"
    assert list(RewardEntry.objects.filter(kind="streak_shield").order_by("pk").values_list("amount", flat=True)) == [
        2,
        2,
    ]
    counted = Outcome.objects.values_list("metric__experiment__key", "metric__event", "count")
    assert sorted(counted) == [
        ("buddy_challenge_copy", "fvm_reached", 1),
        ("buddy_challenge_copy", "invite_sent", 1),
        ("reward_amounts", "fvm_reached", 1),
        ("reward_amounts", "invite_sent", 1),
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("catalogue")
def test_a_guest_keeps_the_arm_through_sign_up() -> None:
    load_default_experiments()
    for trial in ("buddy_challenge_copy", "reward_amounts"):
        started(Arm.objects.filter(experiment__key=trial)[0].experiment, now() - timedelta(minutes=1))
    started(draft("by-person"), now() - timedelta(minutes=1))
    at_ada, at_bo = browser(person("Ada")), browser()
    link, shared = challenge_from(at_ada)
    play(at_bo, accept(at_bo, shared), right=5)
    guest = Guest.objects.get()
    before = get_variant("by-person", AssignmentContext(str(guest.pk), tree=link.tree), now())

    bo = sign_up(at_bo, "Bo", year=2011)
    after = get_variant("by-person", assignment_context(User.objects.get(pk=bo.pk)), now())
    assert (after.arm, after.unit) == (before.arm, before.unit) == (before.arm, str(guest.pk))

    # His own challenge shows his friends the same copy that Ada's showed him.
    his, _ = challenge_from(at_bo, right=5)
    assert (his.referrer, his.tree, his.arms) == (bo, link.tree, Link.objects.get(pk=link.pk).arms)


def _send(client: Client, link: Link) -> None:
    key = "6a1f7a52-9c1b-4e0e-8a53-2c9c1f6f0a11"
    answer = client.post(f"/loops/share/{link.code}/sent/", {"channel": "copy", "key": key})
    assert answer.status_code == 204
