"""Rewards and credit as the dashboards count them."""

from datetime import datetime, timedelta

import pytest

from loops.core.attribution import attribute_sign_up
from loops.core.rewards.grants import grant_reward
from loops.core.rewards.holds import revoke_reward
from loops.core.rewards.redemptions import redeem_reward
from loops.models import Credit, SpendLimit, Touch
from monitoring.growth.queries import PAGES
from monitoring.growth.queries.cards import DashboardTile
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.growth.services import corrections, rebuild, rollup
from tests.factories import child, parent_of
from tests.monitoring.growth.dashboards import card, grid
from tests.monitoring.growth.factories import clicked, exposed, link_of, log, member, signed_up
from tests.monitoring.growth.oracle import amount
from viral_engine.accounts.events import AccountCreated
from viral_engine.accounts.models import Consent, Guest, User
from viral_engine.charts import Funnel
from viral_engine.kernel.services import announce

pytestmark = pytest.mark.django_db


def test_what_comes_and_goes_is_counted_by_its_cause_and_its_loop(at: datetime) -> None:
    ada = member("Ada", at)
    for key, loop in (("proud_parent:1", "proud_parent"), ("practice:2", "")):
        kind = "ai_tutor_minutes" if loop else "points"
        grant_reward(user=ada, kind=kind, amount=30, reason="Test", key=key, loop=loop, at=at)
    redeem_reward(user=ada, kind="ai_tutor_minutes", amount=10, reason="Test", key="use", at=at)
    revoke_reward(key="proud_parent:1", reason="Test", at=at)
    assert rollup.count_rewards(at=at) == 4
    SpendLimit.objects.update_or_create(scope="proud_parent", defaults={"cents_a_day": 5_000})
    rows = grid("phase2", "economy", at).rows
    assert rows == (
        ("No loop", "AI-tutor minutes", "0", "0", "10", "0", "0", "$0.00"),
        ("No loop", "Points", "1", "30", "0", "0", "0", "$0.00"),
        ("Proud parent", "AI-tutor minutes", "1", "30", "0", "0", "30", "$0.40"),
    )
    assert amount("reward_taken_back", loop="proud_parent") == 30
    spent = grid("guardrails", "reward-spend", at).rows
    assert spent[0] == ("Proud parent", "$0.40", "$50.00", "$0.40", "$0.40")
    assert spent[1][:2] == ("Total", "$0.40")


def test_a_reward_and_the_event_that_tells_of_it_are_counted_apart(at: datetime) -> None:
    grant_reward(user=member("Ada", at), kind="points", amount=10, reason="Practice", key="practice:1", at=at)
    assert (rollup.count_rewards(at=at), rollup.count_events(at=at)) == (1, 1)
    assert (amount("reward_units"), amount("reward_granted")) == (10, 1)
    assert grid("phase2", "economy", at).rows == (("No loop", "Points", "1", "10", "0", "0", "0", "$0.00"),)


def joined_over_two_links(at: datetime) -> tuple[User, Guest]:
    """Cy clicked Ada's link, two days later Bo's, and signed up on the third day."""
    ada, bo = (member(name, at - timedelta(days=30)) for name in ("Ada", "Bo"))
    first, last = link_of(ada, "results_rally", at=at), link_of(bo, "buddy_challenge", at=at)
    guest = clicked(first, at, channel="sms")
    later = at + timedelta(days=2)
    Touch.objects.create(link=last, visitor=str(guest.pk), channel="copy", clicked_at=later, clicked_on=later.date())
    cy = signed_up(guest, "Cy", at + timedelta(days=3), link=None)
    return cy, guest


def test_five_models_share_out_every_sign_up_whole(at: datetime) -> None:
    cy, guest = joined_over_two_links(at)
    today = at + timedelta(days=3)
    attribute(cy, guest, today)
    assert Credit.objects.count() == 8
    assert rollup.count_credits(at=today) == 8
    rows = {row[0]: row[1:] for row in grid("attribution", "credit-models", today).rows}
    assert rows["Results rally"][:3] == ("SMS", "1.0", "0.0")
    assert rows["Buddy challenge"][:3] == ("Copy", "0.0", "1.0")
    assert rows["Total"] == ("", "1.0", "1.0", "1.0", "1.0", "1.0")
    chosen = grid("attribution", "credit-models", today, DashboardFilter(days=7, loop="results_rally")).rows
    assert {row[0] for row in chosen} == {"Results rally", "Total"}


def test_credit_of_who_becomes_staff_leaves_the_counts(at: datetime) -> None:
    cy, guest = joined_over_two_links(at)
    today = at + timedelta(days=3)
    attribute(cy, guest, today)
    rollup.count_credits(at=today)
    assert amount("credit") == 50_000
    User.objects.filter(username="ada").update(is_staff=True)
    corrections.exclude_people(at=today)
    left = amount("credit")
    assert amount("credit", loop="results_rally") == 0
    rebuild.rebuild(at=today)
    assert amount("credit") == left


def test_no_credit_is_said_in_words(at: datetime) -> None:
    assert grid("attribution", "credit-models", at).empty == "No sign-up came through a link in these 7 days."


def test_tutoring_sessions_are_a_funnel_of_their_own(at: datetime) -> None:
    toni = member("Toni", at, role="tutor")
    for has_transcript in (True, True, False):
        log("session_completed", at, actor=toni, session_id=1, has_transcript=has_transcript)
    log("session_rated_five_stars", at, actor=toni, session_id=1)
    log("session_summarized", at, actor=toni, session_id=1, quality=4, made_by="extractive")
    for loop in ("tutor_spotlight", "session_intelligence"):
        log("session_action_made", at, actor=toni, session_id=1, action="tutor_share", loop=loop)
    for loop in ("session_intelligence", "buddy_challenge"):
        log("invite_sent", at, actor=toni, loop=loop, channel="sms")
    rollup.count_events(at=at)
    found = card("k-factor", "sessions", at)
    [funnel] = found.charts
    assert isinstance(funnel, Funnel)
    assert [(step.name, step.count) for step in funnel.steps] == [
        ("Tutoring sessions", 3),
        ("With a transcript", 2),
        ("Summarized", 1),
        ("Actions made", 2),
        ("Invites sent", 1),
        ("First value reached", 0),
        ("Signed up", 0),
    ]
    assert found.lead == "Rated five stars: 1."


def attribute(cy: User, guest: Guest, at: datetime) -> None:
    event = AccountCreated(actor_id=cy.pk, guest_id=str(guest.pk), role="student")
    announce(event, at=at)
    attribute_sign_up(event, at)


def test_guardrails_count_learners_and_children_as_they_are_now(at: datetime) -> None:
    """Ada turned offers off. Of three children one has a parent's yes, and one of unknown age counts as a child."""
    member("Ada", at, growth_prompts=False)
    member("Nell", at, birthdate=None)
    member("Pat", at, role="parent", growth_prompts=False)
    child("Lou", at=at)
    kim = child("Kim", at=at)
    given_by = parent_of(kim, at=at)
    Consent.objects.create(child=kim, given_by=given_by, kind="coppa", method="x", text_version="1", given_at=at)
    member("Gone", at, is_active=False)
    member("Robo", at, is_simulated=True)
    tiles = {tile.label: (tile.value, tile.note) for slug in ("annoyance", "children") for tile in tiles_of(slug, at)}
    assert tiles["Offers turned off"] == ("25%", "1 of all 4 learners now")
    assert tiles["With a parent's consent"] == ("33%", "1 of all 3 under 13")


def tiles_of(slug: str, at: datetime) -> tuple[DashboardTile, ...]:
    return card("guardrails", slug, at).tiles


def test_beside_agents_and_rewards_stand_the_two_loops_they_began_with(at: datetime) -> None:
    ada = member("Ada", at)
    for name in ("buddy_challenge", "results_rally", "proud_parent"):
        link_of(ada, name, at=at)
    for name in ("results_rally", "results_rally", "proud_parent"):
        exposed(ada, at, name)
    rollup.count_events(at=at)
    loops = {one.slug: one for one in PAGES["phase2"].cards(DashboardFilter(), at) if one.slug.startswith("loop-")}
    assert list(loops) == ["loop-buddy_challenge", "loop-results_rally"]
    assert loops["loop-buddy_challenge"].empty == "No one has been shown this loop in these 7 days."
    assert loops["loop-results_rally"].tiles[1].value == "2"
    chosen = [one.slug for one in PAGES["phase2"].cards(DashboardFilter(loop="results_rally"), at)]
    assert chosen == ["agents", "loop-results_rally", "economy", "spend"]
