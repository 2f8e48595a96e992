"""Streak Rescue over HTTP: Ada's streak is at risk, Bo answers the same ten questions, both get a shield."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from loops.core import orchestrator
from loops.core.links import token_for
from loops.core.rewards.holds import revoke_reward
from loops.models import Link, Loop, Prompt, Referral, RewardEntry
from loops.streak_rescue.models import Rescue, RescueEntry
from loops.streak_rescue.queries import rescue_message
from tests.concurrency import at_once
from tests.factories import answer_all, browser, child, counting, parent_of, path_of, person, practice, statements
from tests.ledgers import beside_points, events
from tests.steps.challenges import loop_panel
from tests.steps.practice import answer_and_finish
from tests.steps.sign_up import sign_up
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import give_consent, withdraw_consent
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision
from viral_engine.learning.events import StreakAtRisk
from viral_engine.learning.models import Attempt, Progress, Question, Skill
from viral_engine.learning.services.streaks import warn_of_streaks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue", "loop")]
EVENING = datetime(2026, 3, 4, 19, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def loop(catalogue: None) -> None:
    row = {"title": "Streak Rescue", "expected_k": 0.2, "cooldown_s": 24 * 3600}
    Loop.objects.get_or_create(name="streak_rescue", defaults=row)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """A Wednesday evening; time moves only when a test moves it."""
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def streak_of(user: User, *, days: int = 12) -> User:
    """Give the person a streak up to yesterday, with scores too low for a challenge."""
    practice(user, Skill.objects.get(slug="algebra"), right=2, at=EVENING - DAY)
    Progress.objects.filter(user=user).update(streak_days=days, last_active_on=(EVENING - DAY).date())
    return user


def rescue_of(user: User, *, at: datetime = EVENING) -> Link:
    """Let the task find the streak at risk and the orchestrator offer the rescue."""
    streak_of(user)
    assert warn_of_streaks(at=at) == 1
    return Link.objects.filter(referrer=user, loop="streak_rescue").latest("pk")


def page_of(link: Link) -> str:
    return f"/rescue/{token_for(link, 'rescue')}"


def join(client: Client, link: Link) -> str:
    """Join the rescue; return the URL of the attempt."""
    return str(client.post(f"{page_of(link)}/join").url)  # type: ignore[attr-defined]


def shields() -> list[tuple[int, int]]:
    rows = RewardEntry.objects.filter(kind="streak_shield", cause="grant").order_by("pk")
    return list(rows.values_list("user", "amount"))


def test_a_rescue_from_a_streak_at_risk_to_a_shield_for_both() -> None:
    ada = person("Ada", at=EVENING - DAY)
    link = rescue_of(ada)
    at_ada, at_bo = browser(ada), browser()

    # The warning became an offer: a link valid for two hours, ten questions of the skill Ada practiced last.
    rescue = Rescue.objects.get()
    assert (rescue.link, rescue.streak_days, rescue.deck.skill.slug) == (link, 12, "algebra")
    assert (rescue.deck.slots.count(), rescue.ends_at, link.expires_at) == (10, EVENING + 2 * HOUR, EVENING + 2 * HOUR)
    assert Decision.objects.get(agent="orchestrator", type="streak_at_risk").outcome == "streak_rescue"
    waiting = at_ada.get("/loops/waiting/").content.decode()
    assert "Save your streak together" in waiting
    assert f'href="{page_of(link)}">Answer your ten</a>' in waiting

    # She shares it; the exposure and the invite are counted.
    sheet = at_ada.get(f"/loops/share/{link.code}/").content.decode()
    assert "If you both finish by 21:00 and your friend joins, you each get a streak shield." in sheet
    shared = re.search(r'data-text="(http[^"]+)\?via=copy"', sheet)
    assert shared is not None
    sent = {"channel": "whatsapp", "key": str(uuid4())}
    assert at_ada.post(f"/loops/share/{link.code}/sent/", sent).status_code == 204
    assert (len(events("loop_exposed")), len(events("invite_sent"))) == (1, 1)
    assert at_ada.get(f"/cards/{token_for(link, 'card')}.png")["Content-Type"] == "image/png"

    # Bo opens it, plays as a guest, and sees what he can win.
    assert at_bo.get(f"{path_of(shared[1])}?via=whatsapp").url == page_of(link)  # type: ignore[attr-defined]
    landing = at_bo.get(page_of(link)).content.decode()
    assert "12 days</p>" in landing
    assert "10 questions together with a friend, until" in landing
    bos = answer_and_finish(at_bo, join(at_bo, link))
    assert [event.link_code for event in events("fvm_reached")] == [link.code]
    assert "Sign up and claim your shield" in loop_panel(at_bo, bos)

    # Ada plays the same ten from her own page, which shows how far both are.
    mine = at_ada.get(page_of(link)).content.decode()
    assert ("Save your streak of" in mine, "done: 10 of 10 right" in mine, "not started yet" in mine) == (True,) * 3
    adas = answer_and_finish(at_ada, join(at_ada, link), right=4)
    assert "Your streak is safe" in loop_panel(at_ada, adas)
    assert Progress.objects.get(user=ada).streak_days == 13
    assert shields() == []  # a guest earns no one a reward

    # Bo joins: attributed, and both have a shield.
    bo = sign_up(at_bo, "Bo", year=2011)
    assert (Referral.objects.get().referee, Referral.objects.get().link) == (bo, link)
    assert shields() == [(ada.pk, 1), (bo.pk, 1)]
    assert set(RescueEntry.objects.values_list("outcome", flat=True)) == {"rewarded"}
    for client, attempt_id in ((at_ada, adas), (at_bo, bos)):
        assert "You both earned a streak shield." in loop_panel(client, attempt_id)

    # Undone after a review: both are taken back.
    for entry in list(beside_points()):
        assert revoke_reward(key=entry.key, reason="Taken back after a review", at=now()) is not None
    for client in (at_ada, at_bo):
        assert (
            '<li class="card stat" id="holding-streak_shield"><b>1</b>' not in client.get("/rewards/").content.decode()
        )


def test_both_members_are_paid_once_when_the_second_finishes() -> None:
    ada, bo = person("Ada", at=EVENING - DAY), person("Bo", at=EVENING - DAY)
    link = rescue_of(ada)
    at_ada, at_bo = browser(ada), browser(bo)
    answer_and_finish(at_ada, join(at_ada, link))
    assert shields() == []
    url = join(at_bo, link)
    for _ in range(2):
        answer_and_finish(at_bo, url)
        assert join(at_bo, link) == url
    assert shields() == [(ada.pk, 1), (bo.pk, 1)]
    assert "You answered all ten." in at_bo.get(page_of(link)).content.decode()


def test_the_owner_gets_one_shield_and_each_friend_one() -> None:
    ada, bo, cy = (person(name, at=EVENING - DAY) for name in ("Ada", "Bo", "Cy"))
    link = rescue_of(ada)
    for user in (ada, bo, cy):
        client = browser(user)
        answer_and_finish(client, join(client, link))
    assert shields() == [(ada.pk, 1), (bo.pk, 1), (cy.pk, 1)]


def word_cost(user: User, attempt_url: str) -> int:
    attempt = Attempt.objects.get(pk=attempt_url.split("/")[2])
    with counting() as captured:
        word = rescue_message(attempt, user, now())
    assert word is not None
    assert word.text == "You both earned a streak shield."
    return len(statements(captured))


def test_four_concurrent_finishes_are_paid_once_each() -> None:
    people = [person(name, at=EVENING - DAY) for name in ("Ada", "Bo", "Cy", "Dee")]
    link = rescue_of(people[0])
    clients = [browser(user) for user in people]
    urls = [join(client, link) for client in clients]
    for url in urls:
        answer_all(Attempt.objects.get(pk=url.split("/")[2]), right=10, at=EVENING)
    assert at_once(4, lambda number: clients[number].post(f"{urls[number]}finish/").status_code) == {302: 4}
    assert sorted(shields()) == [(user.pk, 1) for user in people]
    assert [word_cost(user, url) for user, url in zip(people, urls, strict=True)] == [2, 2, 2, 2]


@pytest.mark.parametrize("late", ["ada", "bo"])
def test_both_must_finish_in_time(clock: time_machine.Traveller, late: str) -> None:
    people = {name.lower(): person(name, at=EVENING - DAY) for name in ("Ada", "Bo")}
    link = rescue_of(people["ada"])
    clients = {name: browser(user) for name, user in people.items()}
    urls = {name: join(client, link) for name, client in clients.items()}
    answer_and_finish(clients["bo" if late == "ada" else "ada"], urls["bo" if late == "ada" else "ada"])
    clock.shift(2 * HOUR)
    attempt_id = answer_and_finish(clients[late], urls[late])
    assert shields() == []
    assert "finished_after_the_rescue_ended" in Decision.objects.get(agent="incentives").rationale
    assert "This practice earns no shield, but it still counts." in loop_panel(clients[late], attempt_id)


def test_the_link_expires_after_two_hours_or_at_midnight(clock: time_machine.Traveller) -> None:
    ada = person("Ada", at=EVENING - DAY)
    link = rescue_of(ada, at=EVENING + 4 * HOUR)
    assert link.expires_at == EVENING + 5 * HOUR  # midnight, one hour later
    clock.move_to(EVENING + 5 * HOUR)
    client = browser()
    assert client.get(page_of(link)).status_code == client.post(f"{page_of(link)}/join").status_code == 410
    assert browser(ada).get("/loops/waiting/").status_code == 204
    assert "This link expired on 5 March." in browser(ada).get(f"/loops/share/{link.code}/").content.decode()


def test_a_self_referral_pays_nothing() -> None:
    client = browser()
    ada = sign_up(client, "Ada", year=2011)
    link = rescue_of(ada)
    answer_and_finish(client, join(client, link))
    client.post("/accounts/logout/")
    answer_and_finish(client, join(client, link))
    sign_up(client, "Bo", year=2010)
    assert shields() == []
    assert Decision.objects.get(agent="incentives").rationale == "self_referral_device"


def test_a_childs_and_the_referrers_shields_wait_for_consent() -> None:
    ada = person("Ada", at=EVENING - DAY)
    link = rescue_of(ada)
    at_ada, at_kid = browser(ada), browser()
    answer_and_finish(at_ada, join(at_ada, link))
    attempt_id = answer_and_finish(at_kid, join(at_kid, link))
    kid = sign_up(at_kid, "Comet", year=2016, parent_email="grace@example.com")
    assert shields() == []
    assert "waits for each of you until your parent says yes" in loop_panel(at_kid, attempt_id)
    give_consent(parent=parent_of(kid, at=now()), child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    assert shields() == [(ada.pk, 1), (kid.pk, 1)]


def test_a_childs_rescue_needs_consent_and_withdrawal_deactivates_it() -> None:
    lone, kid = child("Comet", at=EVENING - DAY), child("Dee", at=EVENING - DAY)
    grace = parent_of(kid, at=EVENING - DAY)
    give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=EVENING - DAY)
    for one in (lone, kid):
        streak_of(one)
    assert warn_of_streaks(at=EVENING) == 2
    link = Link.objects.get()
    assert link.referrer == kid
    kid_client, bo = browser(kid), browser(person("Bo", at=EVENING - DAY))
    kid_url, bos_url = join(kid_client, link), join(bo, link)
    answer_and_finish(kid_client, kid_url)
    withdraw_consent(parent=grace, child=kid, kind="coppa", at=now())
    answer_and_finish(bo, bos_url)
    assert browser().get(page_of(link)).status_code == 410
    assert shields() == []  # it waits for the parent again
    assert "A parent withdrew consent" in kid_client.get(f"/loops/share/{link.code}/").content.decode()
    give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    assert len(shields()) == 2


def risk(user: User, *, days: int = 3, at: datetime = EVENING) -> orchestrator.OfferDecision:
    event = StreakAtRisk(actor_id=user.pk, streak_days=days, ends_at=(EVENING + 5 * HOUR).isoformat())
    return orchestrator.trigger_event(event, at)


def test_rescue_offers_follow_eligibility_and_cooldown() -> None:
    ada = person("Ada", at=EVENING - DAY)
    assert risk(ada, days=0).rationale == "Nothing to offer. streak_rescue: no streak."
    tutor = person("Dee", role="tutor", at=EVENING - DAY)
    assert risk(tutor).rationale == "Nothing to offer. streak_rescue: not a learner."
    assert risk(ada, at=EVENING + 5 * HOUR).rationale == "Nothing to offer. streak_rescue: The streak has ended."
    assert risk(ada, days=1).loop == "streak_rescue"  # who practiced no skill yet plays the catalogue's first
    assert "cooling down" in risk(ada, at=EVENING + 4 * HOUR).rationale
    Prompt.objects.update(offered_at=EVENING - DAY, offered_on=(EVENING - DAY).date())
    assert risk(ada).loop == "streak_rescue"
    quiet = person("Bo", at=EVENING - DAY, growth_prompts=False)
    assert risk(quiet).rationale == "The person turned prompts off."


def test_a_rescue_decision_costs_twelve_statements() -> None:
    ada = streak_of(person("Ada", at=EVENING - DAY))
    with counting() as captured:
        assert risk(ada).loop == "streak_rescue"
    assert len(statements(captured)) == 12


def test_a_rescue_needs_enough_questions() -> None:
    keep = Question.objects.filter(skill__slug="algebra").values("pk")[:9]
    Question.objects.filter(skill__slug="algebra").exclude(pk__in=list(keep.values_list("pk", flat=True))).update(
        is_active=False
    )
    ada = streak_of(person("Ada", at=EVENING - DAY))
    assert risk(ada).rationale == ("Nothing to offer. streak_rescue: algebra has too few questions for a rescue.")
    assert Link.objects.filter(loop="streak_rescue").count() == 0


def test_expired_and_forged_links_show_one_friendly_page(settings: Settings) -> None:
    link = rescue_of(person("Ada", at=EVENING - DAY))
    client = browser()
    forged = f"/rescue/{token_for(link, 'challenge')}"
    assert [client.get(path).status_code for path in (forged, "/rescue/x.y")] == [404, 404]
    settings.FEATURES = {"streak_rescue": False}  # what was shared keeps working
    assert [client.get(page_of(link)).status_code, client.post(f"{page_of(link)}/join").status_code] == [200, 302]
    Link.objects.update(deactivated_at=now())
    page = client.get(page_of(link))
    assert (page.status_code, client.post(f"{page_of(link)}/join").status_code) == (410, 410)
    assert "This link no longer works" in page.content.decode()


def test_the_page_names_no_minor_and_costs_the_same_for_any_number_of_participants() -> None:
    ada = person("Zenobia", at=EVENING - DAY)
    link = rescue_of(ada)
    costs = []
    for name in ("Bo", "Cy", "Dee"):
        client = browser(person(name, at=EVENING - DAY))
        answer_and_finish(client, join(client, link))
        stranger = browser()
        with counting() as captured:
            page = stranger.get(page_of(link)).content.decode()
        costs.append(len(statements(captured)))
        assert [word for word in ("Zenobia", "zenobia", "Lovelace", "Bo ", "Cy ", "Dee ") if word in page] == []
        assert '<meta name="robots" content="noindex">' in page
    assert costs == [3, 3, 3]  # link, participants, consent to name the minor
