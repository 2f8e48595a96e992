"""Results Rally over HTTP: a diagnostic opens a board, a guest joins it and signs up, and the starter is rewarded.

Each step is asserted in events, decisions, attribution and ledger.
"""

import asyncio
import re
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import Settings

from loops.buddy_challenge.models import Challenge
from loops.core.links import token_for
from loops.core.registry import LOOPS, loop_of
from loops.core.rewards.holds import revoke_reward
from loops.models import Link, Loop, Prompt, Referral, RewardEntry
from loops.results_rally.models import Rally, RallyEntry
from loops.results_rally.services import join_rally
from tests.concurrency import at_once
from tests.factories import (
    browser,
    child,
    cohort_of,
    counting,
    guest,
    parent_of,
    path_of,
    person,
    practice,
    statements,
    take_diagnostic,
    take_test,
    verify_parent,
)
from tests.ledgers import beside_points, events
from tests.servers import Server
from tests.sockets import connected, in_thread, post
from tests.steps.assessments import take_assessment
from tests.steps.sign_up import sign_up
from viral_engine.accounts.models import Cohort, CohortMembership, Guest, User
from viral_engine.accounts.services.consent import give_consent, withdraw_consent
from viral_engine.accounts.services.erasure import erase_account
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision, Delivery
from viral_engine.learning.models import Attempt, Question, Skill, Subject
from viral_engine.learning.services.completion import finish_attempt

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue", "rally_alone")]
NAMES = ("Ada", "Bo", "Cy", "Dee", "Comet", "Lovelace", "Comets")


@pytest.fixture
def rally_alone(catalogue: None, settings: Settings) -> None:
    """Recreate the loop's row, which a flushed database lacks, and switch the other loops off."""
    settings.FEATURES = {"results_rally": True}
    defaults = {"title": "Results Rally", "expected_k": 0.28, "cooldown_s": 24 * 3600, "fewest_people": 5}
    Loop.objects.get_or_create(name="results_rally", defaults=defaults)


def classmates(skill: Skill, at: datetime, *, active: int = 4) -> list[User]:
    """Ada and four cohort members who took a test yesterday: 40%, 60%, 80% and, by a child without consent, 100%."""
    ada, *others = [person("Ada"), person("Bo"), person("Cy"), person("Dee"), child("Comet")]
    cohort_of(ada, *others, at=at)
    for right, other in enumerate(others[:active], start=2):
        take_test(other, skill.subject, right=4 * right, at=at - timedelta(days=1))
    return [ada, *others]


def decide(user: User, subject: Subject, at: datetime, *, right: str = "rrw") -> Decision:
    """Return the orchestrator's decision about a diagnostic finished at this moment."""
    attempt = take_diagnostic(user, subject, right=right, at=at - timedelta(minutes=10))
    finish_attempt(attempt=attempt, at=at)
    return Decision.objects.filter(agent="orchestrator", actor_id=user.pk, type="diagnostic_completed").latest("pk")


def rally_of(user: User, subject: Subject) -> Rally:
    assert decide(user, subject, now()).outcome == "results_rally"
    return Rally.objects.select_related("link__referrer", "subject").get(link__referrer=user)


def address(rally: Rally, purpose: str = "rally") -> str:
    return f"/{'r' if purpose == 'link' else purpose}/{token_for(rally.link, purpose)}"


def read(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def joined(client: Client, rally: Rally, *, right: str = "r") -> Attempt:
    """Join through the link and answer 20 questions."""
    client.get(address(rally, "link"))
    client.post(f"{address(rally)}/join")
    return take_assessment(client, "diagnostics", right=right)


def joined_by_services(rally: Rally) -> None:
    """As `joined`, in a tenth of the time, for boards that need many."""
    stranger = guest(at=now(), link_code=rally.link.code)
    join_rally(rally=rally, owner=stranger, at=now())
    finish_attempt(attempt=take_diagnostic(stranger, rally.subject, right="r", at=now()), at=now())


def rows(page: str) -> list[tuple[str, str, str]]:
    """Return (rank, name, score) of each row on the board."""
    pattern = r'Place </span>(\d+)</span>.*?class="who">(.*?)\s+<span class="(?:chip|muted small)">.*?>(\d+%)<'
    return re.findall(pattern, page, re.DOTALL)


# -- The loop, closed ------------------------------------------------------------------------------------------
def test_a_rally_from_a_diagnostic_to_fifty_xp_and_back(algebra: Skill) -> None:
    ada, *_ = classmates(algebra, now())
    at_ada, at_eli = browser(ada), browser()

    # Ada takes a diagnostic, and the orchestrator offers a rally under her result.
    mine = take_assessment(at_ada, "diagnostics", right="rrw")
    decision = Decision.objects.get(agent="orchestrator", type="diagnostic_completed")
    assert (decision.outcome, decision.actor_id, decision.alternatives) == (
        "results_rally",
        ada.pk,
        [
            {"loop": "buddy_challenge", "score": 0.0, "objection": "switched off"},
            {"loop": "results_rally", "score": 0.28, "objection": None},
        ],
    )
    offer = at_ada.post(f"/loops/after/{mine.pk}/").content.decode()
    assert "See how you and your friends compare" in offer
    assert "You are number <b>3</b> of 4. 0 joined so far." in " ".join(offer.split())  # 80 and 60 are ahead of her 59
    assert "XP for inviting" in offer
    prompt = Prompt.objects.get()
    assert [event.properties for event in events("loop_exposed")] == [{"loop": "results_rally", "prompt_id": prompt.pk}]
    link = prompt.link
    assert (link.rally.score, link.rally.kind, link.rally.attempt_id) == (59, "diagnostic", mine.pk)
    assert at_ada.post(f"/loops/share/{link.code}/sent/", {"channel": "sms", "key": uuid4()}).status_code == 204
    assert [event.link_code for event in events("invite_sent")] == [link.code]

    # A guest opens the link and sees a board without names.
    shared = re.search(r'data-text="(http[^"]+)\?via=copy"', offer)
    assert shared is not None
    landing = at_eli.get(f"{path_of(shared[1])}?via=sms").url  # type: ignore[attr-defined]
    page = read(at_eli, landing)
    assert rows(page) == [
        ("1", "Player 1", "80%"),
        ("2", "Player 2", "60%"),
        ("3", "A friend", "59%"),
        ("4", "Player 4", "40%"),
    ]
    assert [name for name in NAMES if re.search(rf"\b{name}\b", page)] == []
    assert "No account needed" in page
    assert read(at_eli, f"{landing}/board").count("A friend is number 3 of 4") == 1

    # They take the diagnostic; their row is on the board.
    attempt_url: str = at_eli.post(f"{landing}/join").url  # type: ignore[attr-defined]
    guest = Guest.objects.get()
    assert [(event.guest_id, event.link_code) for event in events("guest_started")] == [(str(guest.pk), link.code)]
    theirs = take_assessment(at_eli, "diagnostics", right="r")
    assert attempt_url == f"/practice/{theirs.pk}/"
    values = [(event.guest_id, event.link_code) for event in events("fvm_reached") if event.guest_id]
    assert values == [(str(guest.pk), link.code)]
    after = at_eli.post(f"/loops/after/{theirs.pk}/").content.decode()
    assert "You are on the board: number <b>1</b> of 5." in after
    assert "Sign up and keep your place" in after
    assert rows(read(at_eli, landing))[0] == ("1", "Player 1", "100%")
    assert "You are number 4 of 5" in read(at_ada, landing)
    assert "1 joined through the link" in read(at_ada, landing)
    assert beside_points().count() == 0  # a guest earns no one a reward

    # They sign up: the same person, attributed, and Ada gets her XP.
    eli = sign_up(at_eli, "Eli", year=2011)
    assert (eli.person_id, Referral.objects.get().referrer, Referral.objects.get().link) == (guest.pk, ada, link)
    paid = beside_points().get()
    assert (paid.user, paid.kind, paid.amount, paid.reason, paid.loop) == (
        ada,
        "referral_xp",
        50,
        "Results Rally",
        "results_rally",
    )
    assert Decision.objects.get(agent="incentives").rationale == "The promised rewards were paid."
    assert not Delivery.objects.filter(processed_at=None).exists()
    assert rows(read(at_eli, landing))[0] == ("1", "Player 1", "100%")
    assert "You are number <b>1</b> of 5." in read(at_eli, landing)
    assert at_eli.post(f"{landing}/join").url == attempt_url  # type: ignore[attr-defined]  # once is enough

    # The reward can be revoked.
    assert RewardEntry.objects.balance_at(ada.pk, "referral_xp", now()) == 50
    revoke_reward(key=paid.key, reason="A mistake.", at=now())
    assert RewardEntry.objects.balance_at(ada.pk, "referral_xp", now()) == 0
    assert [event.properties["amount"] for event in events("reward_revoked")] == [50]


def test_a_practice_test_also_starts_a_rally_offered_on_the_home_page(algebra: Skill) -> None:
    ada, *_ = classmates(algebra, now())
    take_test(ada, algebra.subject, right=16, at=now() - timedelta(minutes=10))
    rally = Rally.objects.get()
    assert (rally.kind, rally.score, rally.attempt_name) == ("practice_test", 80, "Math practice test")
    assert (
        "I scored 80% in Math. Where do you land on our board?" in browser(ada).get("/loops/waiting/").content.decode()
    )


# -- Eligibility and cooldown -----------------------------------------------------------------------------------
def test_a_rally_needs_five_cohort_members_active_in_seven_days(algebra: Skill, at: datetime) -> None:
    ada, *others = classmates(algebra, at, active=3)
    refused = decide(ada, algebra.subject, at)  # Ada herself is the fourth
    assert refused.rationale.endswith("results_rally: 4 of the cohort active in 7 days, under 5.")
    practice(others[3], algebra, at=at - timedelta(days=7, minutes=2))
    assert "4 of the cohort" in decide(ada, algebra.subject, at + timedelta(hours=1)).rationale
    practice(others[3], algebra, at=at - timedelta(days=6))
    assert decide(ada, algebra.subject, at + timedelta(hours=2)).outcome == "results_rally"
    Loop.objects.update(fewest_people=6)
    assert "under 6" in decide(others[0], algebra.subject, at + timedelta(hours=2)).rationale


def test_without_an_active_cohort_there_is_no_rally(algebra: Skill, at: datetime) -> None:
    ada, *_ = classmates(algebra, at)
    Cohort.objects.update(is_active=False)
    assert "in no active cohort" in decide(ada, algebra.subject, at).rationale
    Cohort.objects.update(is_active=True)
    CohortMembership.objects.filter(user=ada).delete()
    assert "in no active cohort" in decide(ada, algebra.subject, at + timedelta(hours=1)).rationale
    toni = person("Toni", age=30, role="tutor")
    assert "not a learner" in decide(toni, algebra.subject, at).rationale
    assert Rally.objects.count() == 0


def test_simulated_people_neither_count_as_active_nor_appear_on_boards(algebra: Skill) -> None:
    ada, bo, *_ = classmates(algebra, now())
    User.objects.filter(pk=bo.pk).update(is_simulated=True)
    assert "4 of the cohort" in decide(ada, algebra.subject, now()).rationale
    Loop.objects.update(fewest_people=4)
    rally = rally_of(ada, algebra.subject)
    assert "40%" not in [score for _, _, score in rows(read(browser(), address(rally)))]


def test_a_day_passes_before_the_next_offer(algebra: Skill) -> None:
    ada, *_ = classmates(algebra, now())
    assert LOOPS["results_rally"].action == "show_results_with_social"
    began = rally_of(ada, algebra.subject).created_at
    early = decide(ada, algebra.subject, began + timedelta(hours=23, minutes=59))
    assert early.rationale.endswith("results_rally: cooling down.")
    assert decide(ada, algebra.subject, began + timedelta(hours=24)).outcome == "results_rally"


def test_the_next_best_loop_is_offered_if_the_best_is_unavailable(
    algebra: Skill, at: datetime, settings: Settings
) -> None:
    settings.FEATURES = {"results_rally": True, "buddy_challenge": True}
    ada, bo, *_ = classmates(algebra, at)
    assert decide(ada, algebra.subject, at, right="rrrrw").outcome == "buddy_challenge"
    Question.objects.filter(difficulty="medium").update(is_active=False)
    offered = decide(bo, algebra.subject, at, right="r")
    assert (offered.outcome, Challenge.objects.filter(link__referrer=bo).count()) == ("results_rally", 0)
    assert offered.rationale.endswith("was the highest of 1 eligible.")
    assert ["too few questions" in (one["objection"] or "") for one in offered.alternatives] == [True, False]


# -- Visibility and names --------------------------------------------------------------------------------------
def test_hidden_people_are_not_on_the_board(algebra: Skill) -> None:
    ada, bo, cy, *_, comet = classmates(algebra, now())
    rally = rally_of(ada, algebra.subject)
    board = partial(read, browser(), f"{address(rally)}/board")
    assert [score for _, _, score in rows(board())] == ["80%", "60%", "59%", "40%"]
    User.objects.filter(pk=bo.pk).update(feed_visible=False)
    assert [score for _, _, score in rows(board())] == ["80%", "60%", "59%"]
    erase_account(user=cy, by=cy, at=now())
    assert [score for _, _, score in rows(board())] == ["80%", "59%"]
    grace = parent_of(comet, at=now())
    give_consent(parent=grace, child=comet, kind="coppa", method="email_plus", ip_hash="", at=now())
    assert [score for _, _, score in rows(board())] == ["80%", "59%"]  # an answer by mail publishes nobody
    verify_parent(grace, comet, at=now())
    assert rows(board())[0] == ("1", "Player 1", "100%")
    withdraw_consent(parent=grace, child=comet, kind="coppa", at=now())
    assert [score for _, _, score in rows(board())] == ["80%", "59%"]


def test_the_board_shows_seven_days_and_always_the_starter(algebra: Skill) -> None:
    ada, *_ = classmates(algebra, now() - timedelta(days=5, hours=23))
    rally = rally_of(ada, algebra.subject)
    page = read(browser(), address(rally))
    assert len(rows(page)) == 4
    Attempt.objects.exclude(pk=rally.attempt_id).update(started_at=now() - timedelta(days=9))
    for attempt in Attempt.objects.exclude(pk=rally.attempt_id).select_related("result"):
        type(attempt.result).objects.filter(pk=attempt.pk).update(finished_at=now() - timedelta(days=7, minutes=1))
    assert rows(read(browser(), address(rally))) == [("1", "A friend", "59%")]


def test_an_adult_starter_is_named_and_sees_you(algebra: Skill) -> None:
    ada, *_ = classmates(algebra, now())
    User.objects.filter(pk=ada.pk).update(birthdate=now().date() - timedelta(days=20 * 366))
    rally = rally_of(ada, algebra.subject)
    page = read(browser(), address(rally))
    assert "Ada is number 3 of 4" in page
    assert "Lovelace" not in page
    own = read(browser(ada), address(rally))
    assert "You are number 3 of 4" in own
    assert ("3", "Ada L.", "59%") in rows(own)
    assert "Share it" in own
    assert browser(ada).post(f"{address(rally)}/join").url == address(rally)  # type: ignore[attr-defined]
    assert RallyEntry.objects.count() == 0


def test_a_long_board_shows_its_top_and_the_viewer(algebra: Skill) -> None:
    ada, *_ = classmates(algebra, now())
    rally = rally_of(ada, algebra.subject)
    for _ in range(11):
        joined_by_services(rally)
    last = browser()
    joined(last, rally, right="w")
    page = read(last, address(rally))
    assert [int(rank) for rank, _, _ in rows(page)] == [*range(1, 11), 14, 16]
    assert "12 joined through the link" in page
    assert "You are number <b>16</b> of 16." in page
    assert page.count("&hellip;") == 2


# -- Consent -----------------------------------------------------------------------------------------------------
def test_withdrawn_consent_deactivates_a_childs_rally(algebra: Skill) -> None:
    ada, *_, comet = classmates(algebra, now())
    practice(ada, algebra, at=now() - timedelta(hours=3))
    assert decide(comet, algebra.subject, now()).rationale == "Trust and safety: coppa_no_consent."
    grace = parent_of(comet, at=now())
    give_consent(parent=grace, child=comet, kind="coppa", method="email_plus", ip_hash="", at=now())
    rally = rally_of(comet, algebra.subject)
    visitor = browser()
    assert visitor.get(address(rally)).status_code == 200
    withdraw_consent(parent=grace, child=comet, kind="coppa", at=now())
    assert dark(visitor, rally) == [410, 410, 410, 410]
    assert visitor.get(f"{address(rally)}/board").headers["HX-Refresh"] == "true"
    assert RallyEntry.objects.count() == 0
    sheet = read(browser(comet), f"/loops/share/{rally.link.code}/")
    assert "A parent withdrew consent" in sheet


def dark(client: Client, rally: Rally) -> list[int]:
    card = f"/cards/{token_for(rally.link, 'card')}.png"
    gets = [client.get(path).status_code for path in (address(rally), address(rally, "link"), card)]
    return [*gets, client.post(f"{address(rally)}/join").status_code]


def test_a_child_referee_appears_and_pays_after_consent(algebra: Skill) -> None:
    ada, *_ = classmates(algebra, now())
    rally, at_kid = rally_of(ada, algebra.subject), browser()
    theirs = joined(at_kid, rally)
    kid = sign_up(at_kid, "Nova", year=now().year - 10, parent_email="grace@example.com")
    assert (beside_points().count(), rally.entries.get().attempt) == (0, theirs)
    assert "You are not on the board" in read(at_kid, address(rally))
    assert "100%" not in [score for _, _, score in rows(read(browser(), address(rally)))]
    grace = parent_of(kid, at=now())
    give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    assert [(one.user, one.amount) for one in beside_points()] == [(ada, 50)]
    verify_parent(grace, kid, at=now())
    assert "100%" in [score for _, _, score in rows(read(browser(), address(rally)))]


# -- Expiry and bad links ----------------------------------------------------------------------------------------
def test_a_rally_goes_on_when_the_loop_is_switched_off(algebra: Skill, settings: Settings) -> None:
    ada, *_ = classmates(algebra, now())
    rally = rally_of(ada, algebra.subject)
    settings.FEATURES = {}
    Loop.objects.update(is_on=False)
    assert joined(browser(), rally).finished_at is not None
    assert len(rows(read(browser(ada), address(rally)))) == 5


@pytest.mark.parametrize("way", ["expired", "office"])
def test_an_ended_rally_shows_a_friendly_page(algebra: Skill, way: str) -> None:
    ada, *_ = classmates(algebra, now())
    rally = rally_of(ada, algebra.subject)
    if way == "expired":
        Link.objects.update(created_at=now() - timedelta(days=31), expires_at=now() - timedelta(days=1))
    if way == "office":
        Link.objects.update(deactivated_at=now(), deactivation_reason="office")
    assert dark(browser(), rally) == [410, 410, 410, 410]
    assert "This link no longer works" in browser().get(address(rally)).content.decode()


def test_tokens_of_other_purposes_and_forged_ones_open_nothing(algebra: Skill) -> None:
    ada, *_ = classmates(algebra, now())
    rally = rally_of(ada, algebra.subject)
    for token in (token_for(rally.link, "link"), token_for(rally.link, "card"), "nothing.0000000000000000"):
        assert browser().get(f"/rally/{token}").status_code == 404
        assert browser().post(f"/rally/{token}/join").status_code == 404


def test_an_open_diagnostic_continues_and_reaches_the_board(algebra: Skill) -> None:
    ada, *_ = classmates(algebra, now())
    rally, client = rally_of(ada, algebra.subject), browser()
    begun = client.post("/diagnostics/math/start/").url  # type: ignore[attr-defined]
    assert "Find my level" in read(client, address(rally))
    assert client.post(f"{address(rally)}/join").url == begun  # type: ignore[attr-defined]
    assert "Continue the diagnostic" in read(client, address(rally))
    take_assessment(client, "diagnostics", right="r")
    assert rows(read(client, address(rally)))[0] == ("1", "Player 1", "100%")
    assert [event.link_code for event in events("fvm_reached") if event.guest_id] == [
        ""
    ]  # the rally did not refer them


def test_a_cohort_member_who_joins_appears_once(algebra: Skill) -> None:
    ada, bo, *_ = classmates(algebra, now())
    rally, at_bo = rally_of(ada, algebra.subject), browser(bo)
    joined(at_bo, rally)
    page = read(at_bo, address(rally))
    assert [score for _, _, score in rows(page)] == ["100%", "80%", "60%", "59%"]
    assert '<span class="chip">you</span>' in page
    assert beside_points().count() == 0 or beside_points().get().user == ada


def test_five_concurrent_clicks_make_one_entry(algebra: Skill) -> None:
    ada, bo, *_ = classmates(algebra, now())
    rally = rally_of(ada, algebra.subject)
    found = at_once(5, lambda _: join_rally(rally=rally, owner=bo, at=now()).pk)
    assert found == {rally.entries.get().attempt_id: 5}


def test_a_subject_without_questions_says_so(algebra: Skill) -> None:
    ada, *_ = classmates(algebra, now())
    rally = rally_of(ada, algebra.subject)
    Question.objects.update(is_active=False)
    answer = browser().post(f"{address(rally)}/join", follow=True).content.decode()
    assert "There are too few questions in this subject at the moment." in answer


def test_a_second_browser_profile_of_the_referrer_earns_nothing(algebra: Skill) -> None:
    """The account's cookies are gone; the device cookie stays."""
    client = browser()
    ada = sign_up(client, "Eli", year=2011)
    others = classmates(algebra, now())
    cohort_of(ada, at=now())
    rally = rally_of(ada, algebra.subject)
    client.post("/accounts/logout/")
    joined(client, rally)
    sign_up(client, "Fay", year=2010)
    assert (Referral.objects.count(), beside_points().count(), len(others)) == (0, 0, 5)
    assert Decision.objects.get(agent="incentives").rationale == "self_referral_device"


# -- Cost and speed ------------------------------------------------------------------------------------------------
def asked(client: Client, url: str) -> int:
    with counting() as captured:
        assert client.get(url).status_code == 200
    return len(statements(captured))


def test_the_landing_page_costs_the_same_for_any_board_size(algebra: Skill) -> None:
    ada, *_ = classmates(algebra, now())
    rally = rally_of(ada, algebra.subject)
    url, first = address(rally), browser()
    joined(first, rally)
    costs = {"stranger": asked(browser(), url), "guest": asked(first, url), "starter": asked(browser(ada), url)}
    # Link, name of a minor, cohort, referees, children's consent; the guest and their entry; session and user.
    assert costs == {"stranger": 4, "guest": 6, "starter": 5}
    for _ in range(2):
        joined(browser(), rally)
    assert [asked(browser(), url), asked(first, url), asked(browser(ada), url)] == list(costs.values())
    assert asked(first, f"{url}/board") == 6


def test_the_card_shows_the_board_and_changes_with_it(algebra: Skill) -> None:
    ada, *_ = classmates(algebra, now())
    rally = rally_of(ada, algebra.subject)
    says = loop_of(rally.link).share_card(rally.link, now()).says
    assert [(row.rank, row.name, row.value, row.is_me) for row in says.rows] == [  # type: ignore[attr-defined]
        (1, "Player 1", "80%", False),
        (2, "Player 2", "60%", False),
        (3, "A friend", "59%", True),
        (4, "Player 4", "40%", False),
    ]
    card = f"/cards/{token_for(rally.link, 'card')}.png"
    before = browser().get(card)
    joined(browser(), rally)
    after = browser().get(card)
    assert (before["Content-Type"], after["Content-Type"]) == ("image/png", "image/png")
    assert before.content != after.content


async def test_the_starter_sees_a_new_referee_within_a_second(server: Server, algebra: Skill) -> None:
    def prepared() -> tuple[User, Rally]:
        starter, *_ = classmates(algebra, now())
        return starter, rally_of(starter, algebra.subject)

    ada, rally = await in_thread(prepared)
    client = await in_thread(browser)

    def nearly() -> Attempt:
        client.post(f"{address(rally)}/join")
        guest = Guest.objects.latest("created_at")
        return take_diagnostic(guest, algebra.subject, right="r", at=now())

    attempt = await in_thread(nearly)
    async with connected(server, ada) as [a]:
        topic = f"user:{ada.pk}"
        await a.join(topic)
        await asyncio.to_thread(partial(post, server, client, f"/practice/{attempt.pk}/finish/"))
        [pushed] = await a.hears(topic, "rally_moved", patience_s=1.0)
    assert (pushed["rank"], pushed["players"], pushed["joined"], pushed["url"]) == (4, 5, 1, address(rally))
    assert pushed["text"] == "A friend joined your Math rally. You are number 4 of 5."
