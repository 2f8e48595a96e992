"""Buddy Challenge over HTTP: Ada practices, Bo plays her challenge as a guest, signs up, and both get a shield.

Each step is asserted in events, decisions, attribution and ledger.
"""

from uuid import uuid4

import pytest
from django.test import Client

from loops.buddy_challenge.models import ChallengeEntry
from loops.models import Link, Prompt, Referral, Touch
from tests.factories import browser, person
from tests.ledgers import beside_points, events
from tests.steps.challenges import accept, challenge_from
from tests.steps.practice import Played, play
from tests.steps.sign_up import sign_up
from viral_engine.accounts.models import Friendship, Guest
from viral_engine.kernel.models import Decision, Delivery
from viral_engine.learning.models import Answer, Attempt, Progress

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]


def test_from_a_practice_to_two_shields() -> None:
    ada = person("Ada")
    at_ada, at_bo = browser(ada), browser()

    # Ada practices, and the orchestrator makes an offer.
    link, shared = challenge_from(at_ada)
    prompt = Prompt.objects.get()
    assert (events("practice_completed")[0].actor_id, events("practice_completed")[0].properties["score"]) == (
        ada.pk,
        80,
    )
    offered = Decision.objects.get(agent="orchestrator")
    assert (offered.outcome, offered.alternatives[0]["loop"]) == ("buddy_challenge", "buddy_challenge")
    assert "Scored 80" in offered.rationale

    # The offer was shown: one exposure, however often it is drawn.
    at_ada.post(f"/loops/after/{prompt.attempt_id}/")
    assert [(event.actor_id, event.properties) for event in events("loop_exposed")] == [
        (ada.pk, {"loop": "buddy_challenge", "prompt_id": prompt.pk})
    ]

    # She shares twice through one channel, and a flaky network repeats one of them.
    key = str(uuid4())
    for one in (key, key, str(uuid4())):
        assert at_ada.post(f"/loops/share/{link.code}/sent/", {"channel": "whatsapp", "key": one}).status_code == 204
    assert [(event.actor_id, event.link_code) for event in events("invite_sent")] == [(ada.pk, link.code)] * 2

    # Bo opens the link and plays as a guest.
    attempt_url = accept(at_bo, shared)
    guest = Guest.objects.get()
    assert [(touch.link, touch.visitor, touch.channel) for touch in Touch.objects.all()] == [
        (link, str(guest.pk), "whatsapp")
    ]
    assert [(event.guest_id, event.link_code) for event in events("guest_started")] == [(str(guest.pk), link.code)]

    # First value with the first right answer; the prompt to sign up after three.
    solution = Answer.objects.select_related("question").get(attempt__guest=guest, position=0).question.answer
    first = at_bo.post(f"{attempt_url}answer/", {"position": 0, "choice": solution}).content.decode()
    assert [(event.guest_id, event.link_code) for event in events("fvm_reached")] == [(str(guest.pk), link.code)]
    assert "Keep this score?" not in first
    bo_played = play_on(at_bo, attempt_url)
    assert len(events("fvm_reached")) == 1
    assert beside_points().count() == 0  # a guest earns no one a reward
    assert "Sign up and claim your reward" in at_bo.post(f"/loops/after/{bo_played.attempt.pk}/").content.decode()

    # Bo signs up: the same person, attributed, and both are rewarded.
    bo = sign_up(at_bo, "Bo", year=2011)
    assert bo.person_id == guest.pk
    assert (events("account_created")[0].guest_id, events("account_created")[0].link_code) == (str(guest.pk), link.code)
    referral = Referral.objects.get()
    assert (referral.referee, referral.referrer, referral.link) == (bo, ada, link)
    attributed = events("signup_attributed")[0]
    assert (attributed.actor_id, attributed.properties) == (bo.pk, {"loop": "buddy_challenge", "referrer_id": ada.pk})
    assert ChallengeEntry.objects.get().outcome == "rewarded"
    ledger = beside_points().order_by("pk").values_list("user", "kind", "amount", "reason")
    assert list(ledger) == [
        (ada.pk, "streak_shield", 1, "Buddy Challenge"),
        (bo.pk, "streak_shield", 1, "Buddy Challenge"),
    ]
    shields = [event for event in events("reward_granted") if event.properties["kind"] == "streak_shield"]
    assert [event.actor_id for event in shields] == [ada.pk, bo.pk]
    assert [event.properties["score"] for event in events("challenge_won")] == [100]
    assert "each" in Decision.objects.get(agent="incentives").rationale
    assert Delivery.objects.filter(processed_at=None).count() == 0

    # Bo asks to be friends, once.
    panel = at_bo.post(f"/loops/after/{bo_played.attempt.pk}/").content.decode()
    assert f'action="/loops/befriend/{bo_played.attempt.pk}/"' in panel
    at_bo.post(f"/loops/befriend/{bo_played.attempt.pk}/")
    assert Friendship.objects.between(ada.pk, bo.pk).get().requested_by == bo
    assert "/loops/befriend/" not in at_bo.post(f"/loops/after/{bo_played.attempt.pk}/").content.decode()
    assert at_ada.post(f"/loops/befriend/{bo_played.attempt.pk}/").status_code == 404  # not her attempt

    # Bo keeps his guest attempt, and both see their shield.
    assert Attempt.objects.get(pk=bo_played.attempt.pk).user == bo
    assert Progress.objects.get(user=bo).xp == 35 + 100  # the attempt, and the badge of a first win
    for client in (at_ada, at_bo):
        page = client.get("/rewards/").content.decode()
        assert '<li class="card stat" id="holding-streak_shield"><b>1</b>' in page


def play_on(client: Client, attempt_url: str) -> Played:
    """Answer the questions after the first correctly; the sign-up prompt appears from the third answer on."""
    attempt_id = attempt_url.split("/")[2]
    for answer in Answer.objects.select_related("question").filter(attempt_id=attempt_id, position__gte=1):
        page = client.post(
            f"{attempt_url}answer/", {"position": answer.position, "choice": answer.question.answer}
        ).content.decode()
        assert ("Keep this score?" in page) is (answer.position >= 2)
    finished = client.post(f"{attempt_url}finish/")
    return Played(Attempt.objects.get(pk=attempt_id), finished.url)  # type: ignore[attr-defined]


def test_replays_change_nothing() -> None:
    at_ada, at_bo = browser(person("Ada")), browser()
    _, shared = challenge_from(at_ada)
    attempt_url = accept(at_bo, shared)
    played = play(at_bo, attempt_url, right=5)
    sign_up(at_bo, "Bo", year=2011)
    for _ in range(2):
        assert at_bo.post(f"{attempt_url}finish/").url == played.result_url  # type: ignore[attr-defined]
        at_bo.post(f"{attempt_url}answer/", {"position": 0, "choice": 3})
        accept_again = at_bo.get(shared).url  # type: ignore[attr-defined]
        assert at_bo.post(f"{accept_again}/play").url == attempt_url  # type: ignore[attr-defined]
    assert (beside_points().count(), Attempt.objects.filter(deck__isnull=False).count()) == (2, 1)
    assert len(events("practice_completed")) == 2
    assert Answer.objects.filter(attempt=played.attempt, is_correct=True).count() == 5


@pytest.mark.parametrize(("right", "rewarded"), [(4, True), (3, False)])
def test_shields_need_ninety_percent_of_the_score(right: int, rewarded: bool) -> None:
    at_bo = browser()
    _, shared = challenge_from(browser(person("Ada")), right=4)
    play(at_bo, accept(at_bo, shared), right=right)
    sign_up(at_bo, "Bo", year=2011)
    assert beside_points().count() == (2 if rewarded else 0)
    decision = Decision.objects.get(agent="incentives")
    assert decision.outcome == ("rewarded" if rewarded else "refused")
    assert ("score_under_90_percent" in decision.rationale) is not rewarded
    assert Referral.objects.count() == 1  # the sign-up is credited to Ada either way


def test_a_second_browser_profile_of_the_referrer_earns_nothing() -> None:
    """The account's cookies are gone; the device cookie stays."""
    at_ada = browser()
    ada = sign_up(at_ada, "Ada", year=2011)
    _, shared = challenge_from(at_ada)
    at_ada.post("/accounts/logout/")
    play(at_ada, accept(at_ada, shared), right=5)
    twin = sign_up(at_ada, "Bo", year=2010)
    assert twin.pk != ada.pk
    assert (Referral.objects.count(), beside_points().count()) == (0, 0)
    reasons = Decision.objects.filter(actor_id=twin.pk, outcome__in=["refuse", "refused"]).values_list(
        "agent", "rationale"
    )
    assert set(reasons) == {("attribution", "self_referral_device"), ("incentives", "self_referral_device")}


def test_a_child_is_rewarded_after_consent() -> None:
    from tests.factories import parent_of
    from viral_engine.accounts.services.consent import give_consent
    from viral_engine.kernel.clock import now

    at_kid = browser()
    _, shared = challenge_from(browser(person("Ada")))
    play(at_kid, accept(at_kid, shared), right=5)
    kid = sign_up(at_kid, "Comet", year=now().year - 10, parent_email="grace@example.com")
    assert (beside_points().count(), ChallengeEntry.objects.get().outcome) == (0, "open")
    grace = parent_of(kid, at=now())
    give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    assert (beside_points().count(), ChallengeEntry.objects.get().outcome) == (2, "rewarded")


def test_asking_for_a_challenge_twice_returns_the_same_share_sheet() -> None:
    at_ada = browser(person("Ada", growth_prompts=False))
    started = at_ada.post("/practice/start/algebra/")
    played = play(at_ada, started.url, right=4)  # type: ignore[attr-defined]
    assert "<dialog" not in at_ada.post(f"/loops/after/{played.attempt.pk}/").content.decode()
    sheets = {at_ada.post(f"/loops/challenge/{played.attempt.pk}/").url for _ in range(2)}  # type: ignore[attr-defined]
    assert len(sheets) == 1
    assert "WhatsApp" in at_ada.get(sheets.pop()).content.decode()


def test_only_the_referrer_may_share_and_within_limits() -> None:
    at_ada = browser(person("Ada"))
    link, _ = challenge_from(at_ada)
    url = f"/loops/share/{link.code}/sent/"
    assert browser(person("Bo")).post(url, {"channel": "sms", "key": str(uuid4())}).status_code == 404
    assert at_ada.post(url, {"channel": "fax", "key": "x"}).status_code == 422
    sent = [at_ada.post(url, {"channel": "sms", "key": str(uuid4())}) for _ in range(11)]
    assert [response.status_code for response in sent] == [204] * 10 + [403]
    assert sent[-1].json()["reason"] in {"daily_cap", "hourly_cap"}
    assert len(events("invite_sent")) == 10


def test_a_dismissed_offer_stays_away() -> None:
    at_ada = browser(person("Ada"))
    challenge_from(at_ada)
    prompt = Prompt.objects.get()
    for _ in range(2):
        assert at_ada.post(f"/loops/prompts/{prompt.pk}/dismiss/").status_code == 204
    assert "<dialog" not in at_ada.post(f"/loops/after/{prompt.attempt_id}/").content.decode()
    assert len(events("prompt_dismissed")) == 1


def test_another_persons_result_reveals_nothing() -> None:
    at_bo = browser()
    _, shared = challenge_from(browser(person("Ada")))
    played = play(at_bo, accept(at_bo, shared), right=5)
    for stranger in (browser(person("Cy")), browser()):
        assert stranger.post(f"/loops/after/{played.attempt.pk}/").status_code == 404
        assert stranger.post(f"/loops/challenge/{played.attempt.pk}/").status_code in {302, 404}
    assert Link.objects.count() == 1


def test_a_second_sign_up_in_a_browser_does_not_claim_the_first_guest() -> None:
    shared_browser = browser()
    _, shared = challenge_from(browser(person("Ada")))
    play(shared_browser, accept(shared_browser, shared), right=5)
    bo = sign_up(shared_browser, "Bo", year=2011)
    shared_browser.post("/accounts/logout/")
    cy = sign_up(shared_browser, "Cy", year=2010)
    assert bo.person_id == Guest.objects.get().pk != cy.person_id
    assert events("account_created")[1].guest_id == ""
    assert (Referral.objects.get().referee, beside_points().count()) == (bo, 2)


def test_a_refused_share_explains_why() -> None:
    at_ada = browser(person("Ada"))
    started = at_ada.post("/practice/start/algebra/")
    played = play(at_ada, started.url, right=2)  # type: ignore[attr-defined]
    answer = at_ada.post(f"/loops/challenge/{played.attempt.pk}/", follow=True).content.decode()
    assert "No challenge this time. With 60% or more you can challenge a friend. Try once more?" in answer


def test_a_question_bank_too_small_for_a_deck_says_so() -> None:
    from viral_engine.learning.models import Question

    at_ada = browser(person("Ada", growth_prompts=False))
    started = at_ada.post("/practice/start/algebra/")
    played = play(at_ada, started.url, right=5)  # type: ignore[attr-defined]
    Question.objects.filter(skill__slug="algebra", difficulty="medium").update(is_active=False)
    answer = at_ada.post(f"/loops/challenge/{played.attempt.pk}/", follow=True).content.decode()
    assert "This skill has too few questions for a challenge." in answer
    refused = "Nothing to offer. buddy_challenge: algebra has too few questions for a deck."
    assert Decision.objects.latest("pk").rationale == refused


HOSTILE = ["%F0%9F%92%A3", "a" * 5000, "../../etc/passwd", "%C0%AF", "'%22><svg onload=alert(1)>"]


@pytest.mark.parametrize("wild", HOSTILE)
def test_malformed_urls_return_an_error_and_never_crash(wild: str) -> None:
    link, shared = challenge_from(browser(person("Ada")))
    client = browser()
    assert client.get(f"{shared}?via={wild}&utm_campaign={wild}").status_code == 302
    assert Touch.objects.get().channel == ""
    client.cookies["guest"] = client.cookies["device"] = "forged.cookie:value"
    for path in (
        f"/r/{wild}",
        f"/challenge/{wild}",
        f"/cards/{wild}.png",
        f"/signup/?next={wild}",
        f"/consent/{wild}/",
    ):
        assert client.get(path).status_code in {200, 404, 410}, path
    member = browser(person("Cy"))
    for path in ("/family/99999999999999999999999/withdraw/coppa/", "/loops/prompts/99999999999999999999999/dismiss/"):
        assert member.post(path).status_code == 404
    assert member.post(f"/loops/share/{link.code}/sent/", {"channel": wild, "key": wild}).status_code in {404, 422}
