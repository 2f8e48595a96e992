"""Proud Parent over HTTP: a child's weekly recap, its email, the shared link, the reel, the class pass, AI minutes."""

import re
import threading
import time
from datetime import UTC, datetime, timedelta
from smtplib import SMTPResponseException
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import QuerySet
from django.test import Client
from pytest_django import Settings

from loops.core import orchestrator
from loops.core.emails import send_email, unsubscribe_token
from loops.core.growth_emails import EmailDraft, queue_emails, send_waiting_emails
from loops.core.links import token_for
from loops.core.rewards.holds import revoke_reward
from loops.events import RecapShareAsked, WeeklyRecapGenerated
from loops.media.reel import DrawnReel
from loops.models import GrowthEmail, Link, Loop, Prompt, Referral, RewardEntry, Suppression, Touch
from loops.models.link import LinkQuerySet
from loops.proud_parent.models import Recap, RecapReel, RecapShare
from loops.proud_parent.recaps import generate_recaps
from loops.proud_parent.reels import make_reels, reel_of
from tests.concurrency import at_once
from tests.factories import browser, child, counting, parent_of, path_of, person, practice, statements
from tests.ledgers import beside_points, events
from tests.steps.practice import play
from tests.steps.retention import purge
from tests.steps.sign_up import prove_mailbox, sign_up
from viral_engine.accounts.models import Guardianship, Guest, User
from viral_engine.accounts.services.consent import give_consent, withdraw_consent
from viral_engine.accounts.services.erasure import erase_account
from viral_engine.kernel.models import Decision, Delivery, LoggedEvent
from viral_engine.learning.models import Skill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("proud")]
WEDNESDAY = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
WEBP = b"RIFF-a-reel"
MP4 = b"\0\0\0\x18ftyp"


@pytest.fixture
def proud(catalogue: None) -> None:
    """Recreate the loop's row, which a flushed test database lacks."""
    defaults = {"title": "Proud Parent", "expected_k": 0.25, "cooldown_s": 7 * 24 * 3600}
    Loop.objects.get_or_create(name="proud_parent", defaults=defaults)


def offers() -> QuerySet[Prompt]:
    """Offers of this loop only; Ada's practice also triggers challenges."""
    return Prompt.objects.filter(loop="proud_parent")


def links() -> LinkQuerySet:
    return Link.objects.filter(loop="proud_parent")


def family(name: str = "Dee", *, age: int = 15, kinds: tuple[str, ...] = ("ferpa",)) -> tuple[User, User]:
    """Ada, who practices, and Dee, her mother, with a verified address and these consents."""
    kid = person("Ada", age=age, at=WEDNESDAY) if age >= 13 else child("Ada", age=age, first_name="Ada")
    parent = parent_of(kid, name, at=WEDNESDAY)
    for kind in kinds:
        agree(parent, kid, kind)
    return kid, parent


def agree(parent: User, kid: User, kind: str, at: datetime = WEDNESDAY) -> None:
    method = "signed_form" if kind == "disclosure" else "password"
    give_consent(parent=parent, child=kid, kind=kind, method=method, ip_hash="", at=at)


def week_of_ada(kid: User, skill: Skill) -> None:
    """Three attempts in the week, one in the week before."""
    practice(kid, skill, right=2, at=WEDNESDAY - timedelta(days=7))
    for days, right in ((0, 4), (1, 5), (2, 5)):
        practice(kid, skill, right=right, at=WEDNESDAY + timedelta(days=days))


def shared_week(skill: Skill, at: datetime = MONDAY) -> tuple[User, User, Link]:
    kid, parent = family()
    week_of_ada(kid, skill)
    assert generate_recaps(at=at) == 1
    return kid, parent, links().get()


def sign_up_as_parent(client: Client, name: str) -> User:
    answers = {"first_name": name, "last_name": "Hopper", "email": f"{name.lower()}@example.com"}
    client.post("/signup/", {"month": "5", "day": "4", "year": "1984"})
    response = client.post("/signup/details/?role=parent", answers | {"password": "correct-horse-9"})
    assert response.status_code == 302, response.content.decode()
    return prove_mailbox(User.objects.get(email=f"{name.lower()}@example.com"))


# -- The recap -----------------------------------------------------------------------------------------------
def test_a_recap_is_made_once_with_its_numbers_and_an_email(algebra: Skill) -> None:
    kid, parent = family()
    week_of_ada(kid, algebra)
    with time_machine.travel(MONDAY, tick=False):
        assert [generate_recaps(at=MONDAY), generate_recaps(at=MONDAY)] == [1, 0]
    recap = Recap.objects.get()
    assert (recap.parent, recap.child, recap.year, recap.week) == (parent, kid, 2026, 10)
    assert (recap.rounds, recap.minutes, recap.active_days, recap.streak_days) == (3, 3, 3, 0)
    assert (recap.rounds_before, recap.minutes_before) == (1, 1)
    assert (recap.xp, recap.xp_before) == (15 + 35 + 35, 15)
    assert (recap.best_skill, recap.best_score, recap.headline) == ("algebra", 93, "93% in Algebra")
    assert recap.skills == [{"name": "Algebra", "before": 40, "after": 93}]
    generated = events("weekly_recap_generated")
    assert [(event.actor_id, event.properties) for event in generated] == [
        (parent.pk, {"recap_id": recap.pk, "child_id": kid.pk, "is_shareable": True})
    ]
    letter = GrowthEmail.objects.get()
    assert (letter.recipient, letter.about, letter.subject) == (
        parent,
        kid,
        "A week of learning: 3 practices, 3 minutes",
    )
    assert "3 practices (2 more)" in letter.text


def test_no_recap_before_monday_morning_or_for_an_inactive_child(algebra: Skill) -> None:
    kid, _ = family()
    assert generate_recaps(at=MONDAY) == 0
    week_of_ada(kid, algebra)
    assert generate_recaps(at=MONDAY.replace(hour=5, minute=59)) == 0
    assert generate_recaps(at=MONDAY.replace(hour=6)) == 1
    assert generate_recaps(at=MONDAY + timedelta(days=7)) == 0  # she was not active in the next week


def test_a_late_task_makes_the_recap_and_adult_learners_get_none(algebra: Skill) -> None:
    kid, _ = family()
    week_of_ada(kid, algebra)
    grown = person("Bo", age=19, at=WEDNESDAY)
    parent_of(grown, "Cy", at=WEDNESDAY)
    practice(grown, algebra, at=WEDNESDAY)
    assert generate_recaps(at=MONDAY + timedelta(days=5)) == 1
    assert Recap.objects.get().child == kid


def test_concurrent_tasks_make_each_recap_once(algebra: Skill) -> None:
    for name in ("Ada", "Bo", "Cy"):
        kid = person(name, at=WEDNESDAY)
        parent = parent_of(kid, f"Dee {name}", at=WEDNESDAY)
        agree(parent, kid, "ferpa")
        practice(kid, algebra, at=WEDNESDAY)
    found = at_once(6, lambda _: generate_recaps(at=MONDAY, size=2))
    assert sum(made * times for made, times in found.items() if isinstance(made, int)) == 3
    assert all(isinstance(made, int) for made in found)
    assert (Recap.objects.count(), GrowthEmail.objects.count(), len(events("weekly_recap_generated"))) == (3, 3, 3)
    assert offers().count() == 3


def test_one_more_family_costs_one_more_insert(algebra: Skill) -> None:
    spent = []
    for number in range(3):
        Recap.objects.all().delete()
        kid = person(f"Ada{number}", at=WEDNESDAY)
        parent_of(kid, f"Dee{number}", at=WEDNESDAY)
        practice(kid, algebra, at=WEDNESDAY)
        with transaction.atomic(), counting() as captured:  # the cost of listeners comes after the commit
            assert generate_recaps(at=MONDAY, batches=1) == number + 1
            spent.append(len(statements(captured)))
    assert spent == [9 + 2] * 3


# -- Eligibility and cooldown --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("age", "kinds", "offered"),
    [
        (15, (), False),
        (15, ("coppa",), False),
        (15, ("ferpa",), True),
        (10, ("ferpa",), False),
        (10, ("coppa",), False),
        (10, ("coppa", "ferpa"), True),
    ],
)
def test_parents_with_consent_get_an_offer_and_all_get_the_recap(
    algebra: Skill, age: int, kinds: tuple[str, ...], offered: bool
) -> None:
    kid, parent = family(age=age, kinds=kinds)
    practice(kid, algebra, at=WEDNESDAY)
    generate_recaps(at=MONDAY)
    made = int(offered)
    assert [rows.count() for rows in (offers(), links(), RecapReel.objects.all())] == [made] * 3
    decision = Decision.objects.get(agent="orchestrator", type="weekly_recap_generated")
    assert decision.outcome == ("proud_parent" if offered else "none")
    assert ("no consent to share progress" in decision.rationale) is not offered
    with time_machine.travel(MONDAY, tick=False):
        page = browser(parent).get(f"/recaps/{Recap.objects.get().pk}/").content.decode()
    assert ("Share it with another parent" in page, "WhatsApp" in page) == (True, offered)
    assert ("Read what this means" in page) is not offered


def test_the_other_parents_consent_does_not_allow_sharing(algebra: Skill) -> None:
    kid, _ = family(kinds=())
    other = parent_of(kid, "Cy", at=WEDNESDAY)
    agree(other, kid, "ferpa")
    practice(kid, algebra, at=WEDNESDAY)
    assert generate_recaps(at=MONDAY) == 2
    assert links().get().referrer == other


def test_consent_withdrawn_before_the_offer_prevents_it(algebra: Skill) -> None:
    kid, parent, _ = shared_week(algebra)
    withdraw_consent(parent=parent, child=kid, kind="ferpa", at=MONDAY)
    later, recap = MONDAY + timedelta(days=8), Recap.objects.get()
    event = WeeklyRecapGenerated(actor_id=parent.pk, recap_id=recap.pk, child_id=kid.pk, is_shareable=True)
    choice = orchestrator.trigger_event(event, later)
    assert (choice.link, "The consent to share progress is not in force any more" in choice.rationale) == (None, True)
    assert (offers().count(), links().count()) == (1, 1)


def test_a_parent_without_offers_gets_the_recap_and_can_ask_to_share(algebra: Skill) -> None:
    kid, parent = family()
    User.objects.filter(pk=parent.pk).update(growth_prompts=False)
    week_of_ada(kid, algebra)
    generate_recaps(at=MONDAY)
    assert (Recap.objects.count(), GrowthEmail.objects.count(), offers().count()) == (1, 1, 0)
    with time_machine.travel(MONDAY, tick=False):
        asked = browser(parent).post(f"/recaps/{Recap.objects.get().pk}/share/", follow=True)
    assert ("WhatsApp" in asked.content.decode(), offers().count()) == (True, 0)


def test_one_offer_in_seven_days_whenever_the_tasks_run(algebra: Skill) -> None:
    kid, parent = family()
    twin = person("Bo", at=WEDNESDAY)
    from viral_engine.accounts.models import Guardianship

    Guardianship.objects.create(parent=parent, child=twin, created_at=WEDNESDAY)
    agree(parent, twin, "ferpa")
    for one in (kid, twin):
        practice(one, algebra, at=WEDNESDAY)
        practice(one, algebra, at=WEDNESDAY + timedelta(days=7))
    generate_recaps(at=MONDAY.replace(hour=9))
    assert (Recap.objects.count(), offers().count()) == (2, 1)
    assert "cooling down" in Decision.objects.filter(agent="orchestrator").latest("pk").rationale
    generate_recaps(at=MONDAY.replace(hour=6) + timedelta(days=7))  # three hours less than seven days later
    assert (Recap.objects.count(), offers().count()) == (4, 2)


def test_a_parent_can_ask_to_share_a_recap_that_was_not_offered_once(algebra: Skill) -> None:
    kid, parent = family(kinds=())
    week_of_ada(kid, algebra)
    generate_recaps(at=MONDAY)
    url = f"/recaps/{Recap.objects.get().pk}/"
    with time_machine.travel(MONDAY, tick=False):
        at_dee = browser(parent)
        refused = at_dee.post(f"{url}share/", follow=True).content.decode()
        assert "Not this time. Agree on your family page" in refused
        agree(parent, kid, "ferpa", MONDAY)
        assert "Create card and film" in at_dee.get(url).content.decode()
        for _ in range(2):
            assert "WhatsApp" in at_dee.post(f"{url}share/", follow=True).content.decode()
        assert (links().count(), links().get().about) == (1, kid)
        stranger = browser(person("Cy", age=40, role="parent"))
        assert [stranger.get(url).status_code, stranger.post(f"{url}share/").status_code] == [404, 404]
        assert (browser().get(url).status_code, browser().get("/recaps/").status_code) == (302, 302)
        assert "Nothing here yet" in stranger.get("/recaps/").content.decode()
        assert "Ada" in at_dee.get("/recaps/").content.decode()


# -- From the recap to both rewards --------------------------------------------------------------------------
def test_a_shared_recap_earns_a_class_pass_and_thirty_minutes(algebra: Skill) -> None:
    with time_machine.travel(MONDAY, tick=True):
        kid, parent, link = shared_week(algebra)
        at_dee, at_bo = browser(parent), browser()
        prompt = offers().get()
        assert (prompt.user, prompt.link, link.referrer, link.about) == (parent, link, parent, kid)
        recap = Recap.objects.get()

        # It waits on her home page, and her recap page shows it: one exposure.
        assert "A week to be proud of" in at_dee.get("/loops/waiting/").content.decode()
        page = at_dee.get(f"/recaps/{recap.pk}/").content.decode()
        at_dee.get(f"/recaps/{recap.pk}/")
        assert "We are making the film" in page
        assert [event.actor_id for event in events("loop_exposed")] == [parent.pk]
        shared = re.search(r'data-text="(http[^"]+)\?via=copy"', page)
        assert shared is not None
        key = {"channel": "whatsapp", "key": str(uuid4())}
        assert at_dee.post(f"/loops/share/{link.code}/sent/", key).status_code == 204

        # A worker draws the reel.
        assert RecapReel.objects.get().made_at is None
        assert make_reels(at=MONDAY, draw=lambda _: DrawnReel(WEBP, MP4)) == 1
        assert make_reels(at=MONDAY, draw=lambda _: DrawnReel(b"again", None)) == 0
        assert "We are making the film" not in at_dee.get(f"/recaps/{recap.pk}/reel/").content.decode()

        # Bo's father opens the link, sees no last name of a child, and tries five questions as a guest.
        landing: str = at_bo.get(f"{path_of(shared[1])}?via=whatsapp").url  # type: ignore[attr-defined]
        assert landing == f"/signup/parent/{token_for(link, 'parent')}"
        seen = at_bo.get(landing).content.decode()
        assert "Dee is proud of this week" in seen
        assert "Lovelace" not in seen
        assert "Ada" not in seen
        reel = at_bo.get(f"/reels/{token_for(link, 'reel')}.webp")
        assert (reel.content, reel["Content-Type"], reel["X-Robots-Tag"]) == (WEBP, "image/webp", "noindex")
        assert f"/reels/{token_for(link, 'reel')}.mp4" in seen
        assert at_bo.get(f"/reels/{token_for(link, 'reel')}.mp4").content == MP4
        assert at_bo.get(f"/cards/{token_for(link, 'card')}/story.png").content[:4] == b"\x89PNG"
        played = play(at_bo, at_bo.post(f"{landing}/try").url, right=3)  # type: ignore[attr-defined]
        guest = Guest.objects.get()
        assert [(event.guest_id, event.link_code) for event in events("guest_started")] == [(str(guest.pk), link.code)]
        assert [(event.guest_id, event.link_code) for event in events("fvm_reached")] == [(str(guest.pk), link.code)]
        after = at_bo.post(f"/loops/after/{played.attempt.pk}/").content.decode()
        assert "Sign up and take the class pass" in after
        assert "scored <b>60%</b>" in at_bo.get(landing).content.decode()
        assert beside_points().count() == 0

        # He signs up as a parent: the same person, attributed, and both are rewarded.
        joined = at_bo.post(f"{landing}/join")
        assert joined.url == "/signup/?role=parent&next=%2Frewards%2F"  # type: ignore[attr-defined]
        bo = sign_up_as_parent(at_bo, "Bo")
    assert (bo.person_id, bo.role) == (guest.pk, "parent")
    assert (Referral.objects.get().referee, Referral.objects.get().link) == (bo, link)
    ledger = beside_points().order_by("pk").values_list("user", "kind", "amount", "reason", "loop")
    assert list(ledger) == [
        (bo.pk, "class_pass", 1, "Proud Parent", "proud_parent"),
        (parent.pk, "ai_tutor_minutes", 30, "Proud Parent", "proud_parent"),
    ]
    assert Delivery.objects.filter(processed_at=None).count() == 0

    # Both rewards can be revoked.
    for entry in beside_points():
        revoke_reward(key=entry.key, reason="Taken back after a review", at=MONDAY + timedelta(days=1))
    holdings = RewardEntry.objects.all().holdings
    assert [
        holdings(one.pk, MONDAY + timedelta(days=1)).get(kind, 0)
        for one, kind in ((bo, "class_pass"), (parent, "ai_tutor_minutes"))
    ] == [0, 0]


def test_a_direct_visit_that_ends_in_a_sign_up_is_attributed_to_the_link(algebra: Skill) -> None:
    with time_machine.travel(MONDAY, tick=True):
        _, _, link = shared_week(algebra)
        at_bo = browser()
        landing = f"/signup/parent/{token_for(link, 'parent')}"
        at_bo.get(landing)
        assert Guest.objects.count() == 0  # nothing is stored until a button is pressed
        at_bo.post(f"{landing}/join")
        bo = sign_up_as_parent(at_bo, "Bo")
        assert beside_points().count() == 0  # joining alone earns nothing: an act must follow
        kid = person("Cy", at=MONDAY)
        Guardianship.objects.create(parent=bo, child=kid, created_at=MONDAY)
        agree(bo, kid, "ferpa", MONDAY)
    assert (Touch.objects.get().visitor, Referral.objects.get().link) == (str(bo.person_id), link)
    assert list(beside_points().values_list("user", "kind")) == [(bo.pk, "class_pass")]


def test_a_child_referee_is_rewarded_after_consent_and_the_parent_gets_the_pass(algebra: Skill) -> None:
    with time_machine.travel(MONDAY, tick=True):
        _, _, link = shared_week(algebra)
        at_kid, landing = browser(), f"/signup/parent/{token_for(link, 'parent')}"
        at_kid.post(f"{landing}/join")
        comet = sign_up(at_kid, "Comet", year=2016, parent_email="grace@example.com")
        assert beside_points().count() == 0
        grace = parent_of(comet, at=MONDAY)
        for _ in range(2):
            agree(grace, comet, "coppa", MONDAY)
    assert list(beside_points().values_list("user", "earned_by", "kind")) == [(grace.pk, comet.pk, "class_pass")]


def test_a_parents_own_link_leads_back_and_pays_nothing(algebra: Skill) -> None:
    with time_machine.travel(MONDAY, tick=True):
        _, parent, link = shared_week(algebra)
        at_dee, landing = browser(parent), f"/signup/parent/{token_for(link, 'parent')}"
        assert "the week you are sharing" in at_dee.get(landing).content.decode()
        assert at_dee.post(f"{landing}/try").url == f"/loops/share/{link.code}/"  # type: ignore[attr-defined]
        assert at_dee.post(f"{landing}/join").url == "/"  # type: ignore[attr-defined]
        member = browser(person("Cy", age=40, role="parent"))
        assert "You already have an account" in member.get(landing).content.decode()
    assert (Touch.objects.count(), beside_points().count()) == (0, 0)


def test_a_first_name_is_shown_only_with_a_parents_permission(algebra: Skill) -> None:
    kid, parent = family(age=10, kinds=("coppa", "ferpa"))
    practice(kid, algebra, at=WEDNESDAY)
    generate_recaps(at=MONDAY)
    link = links().with_details("proud_parent").get()
    assert reel_of(link, MONDAY).child == ""  # an answer by mail publishes no name of a child under 13
    agree(parent, kid, "disclosure", MONDAY)
    assert reel_of(link, MONDAY).child == "Ada"
    with time_machine.travel(MONDAY, tick=False):
        assert (
            "Dee is proud of Ada's week"
            in browser().get(f"/signup/parent/{token_for(link, 'parent')}").content.decode()
        )


def test_the_landing_page_costs_the_same_for_every_visitor(algebra: Skill) -> None:
    with time_machine.travel(MONDAY, tick=False):
        _, _, link = shared_week(algebra)
        landing, at_bo = f"/signup/parent/{token_for(link, 'parent')}", browser()
        with counting() as captured:
            at_bo.get(landing)
        assert len(statements(captured)) == 3  # the link with its details, the reel, the child's consents
        at_bo.post(f"{landing}/try")
        with counting() as captured:
            at_bo.get(landing)
        assert len(statements(captured)) == 5  # plus the guest and their attempt


# -- Withdrawal ----------------------------------------------------------------------------------------------
def test_withdrawn_consent_deactivates_link_card_and_reel_and_says_why(algebra: Skill) -> None:
    kid, parent, link = shared_week(algebra)
    make_reels(at=MONDAY, draw=lambda _: DrawnReel(WEBP, None))
    addresses = [
        f"/r/{token_for(link, 'link')}",
        f"/signup/parent/{token_for(link, 'parent')}",
        f"/cards/{token_for(link, 'card')}.png",
        f"/reels/{token_for(link, 'reel')}.webp",
    ]
    with time_machine.travel(MONDAY, tick=False):
        assert [browser().get(address).status_code for address in addresses] == [302, 200, 200, 200]
        withdraw_consent(parent=parent, child=kid, kind="ferpa", at=MONDAY)
        assert [browser().get(address).status_code for address in addresses] == [410] * 4
        posts = [browser().post(f"{addresses[1]}/{door}").status_code for door in ("try", "join")]
        assert posts == [410, 410]
        at_dee, why = browser(parent), "A parent withdrew consent"
        for page in (f"/recaps/{Recap.objects.get().pk}/", f"/loops/share/{link.code}/"):
            assert why in at_dee.get(page).content.decode()
        assert "Read what this means" in at_dee.get(f"/recaps/{Recap.objects.get().pk}/").content.decode()
        assert (RecapReel.objects.get().webp, Recap.objects.count()) == (None, 1)
        assert make_reels(at=MONDAY, draw=lambda _: DrawnReel(WEBP, None)) == 0

        # With new consent the link works again, and a worker draws its film again.
        agree(parent, kid, "ferpa", MONDAY)
        at_dee.post(f"/recaps/{Recap.objects.get().pk}/share/")
        assert [links().count(), RecapShare.objects.count(), RecapReel.objects.count()] == [1, 1, 1]
        assert [browser().get(address).status_code for address in addresses] == [302, 200, 200, 404]
        assert make_reels(at=MONDAY, draw=lambda _: DrawnReel(WEBP, None)) == 1
        assert browser().get(addresses[3]).status_code == 200


def test_consent_withdrawn_while_drawing_the_reel_stores_nothing(algebra: Skill) -> None:
    kid, parent, _ = shared_week(algebra)

    def slow(_: object) -> DrawnReel:
        withdraw_consent(parent=parent, child=kid, kind="ferpa", at=MONDAY)
        return DrawnReel(WEBP, None)

    assert make_reels(at=MONDAY, draw=slow) == 0
    assert RecapReel.objects.get().webp is None


def test_a_withdrawal_concurrent_with_a_new_link_deactivates_it(algebra: Skill) -> None:
    kid, parent = family(kinds=())
    week_of_ada(kid, algebra)
    generate_recaps(at=MONDAY)
    agree(parent, kid, "ferpa", MONDAY)
    asked = RecapShareAsked(actor_id=parent.pk, recap_id=Recap.objects.get().pk, child_id=kid.pk, is_shareable=True)
    is_made = threading.Event()

    def act(number: int) -> object:
        if number:
            is_made.wait(timeout=20)
            return withdraw_consent(parent=parent, child=kid, kind="ferpa", at=MONDAY)
        with transaction.atomic():
            link = orchestrator.trigger_event(asked, MONDAY).link
            is_made.set()
            time.sleep(0.5)  # long enough for a withdrawal that does not wait to finish before the commit
        return link is not None

    assert at_once(2, act) == {True: 2}
    assert links().get().deactivation_reason == "consent"


def test_a_reel_that_fails_or_is_too_large_is_tried_three_times(algebra: Skill) -> None:
    shared_week(algebra)
    tries = []

    def broken(_: object) -> DrawnReel:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("no memory")
        return DrawnReel(b"x" * 4_000_001, None)

    for minutes in (0, 1, 3, 6, 9):
        assert make_reels(at=MONDAY + timedelta(minutes=minutes), draw=broken) == 0
    assert (len(tries), RecapReel.objects.get().is_given_up) == (3, True)


def test_concurrent_workers_draw_a_reel_once(algebra: Skill) -> None:
    shared_week(algebra)
    drawn: list[int] = []

    def draw(_: object) -> DrawnReel:
        drawn.append(1)
        return DrawnReel(WEBP, None)

    assert at_once(6, lambda _: make_reels(at=MONDAY, draw=draw)) == {1: 1, 0: 5}
    assert len(drawn) == 1


def test_an_erased_child_leaves_no_email_reel_or_live_link(algebra: Skill) -> None:
    kid, parent, link = shared_week(algebra)
    make_reels(at=MONDAY, draw=lambda _: DrawnReel(WEBP, None))
    erase_account(user=kid, by=parent, at=MONDAY)
    assert (GrowthEmail.objects.count(), RecapReel.objects.count()) == (0, 0)
    with time_machine.travel(MONDAY, tick=False):
        assert browser().get(f"/signup/parent/{token_for(link, 'parent')}").status_code == 410
        assert browser(parent).get(f"/recaps/{Recap.objects.get().pk}/").status_code == 404


def test_a_forged_token_shows_a_friendly_page_and_a_loop_that_is_off_a_page(algebra: Skill, settings: Settings) -> None:
    _, _, link = shared_week(algebra)
    with time_machine.travel(MONDAY, tick=False):
        for wrong in (f"{link.code}.0000000000000000", token_for(link, "card"), "x" * 3000):
            for door in (f"/signup/parent/{wrong}", f"/reels/{wrong}.webp"):
                assert browser().get(door).status_code == 404
        settings.FEATURES = settings.FEATURES | {"proud_parent": False}
        assert browser().get(f"/signup/parent/{token_for(link, 'parent')}").status_code == 200
        assert browser().get(f"/reels/{token_for(link, 'reel')}.webp").status_code == 404  # not drawn yet


# -- Email ---------------------------------------------------------------------------------------------------
def letter_to(parent: User, at: datetime = MONDAY, subject: str = "A week") -> GrowthEmail:
    html = "<html><body><table><!--footer--></table></body></html>"
    queue_emails([EmailDraft(parent, "weekly_recap", f"k{subject}", subject, "A text.", html)], at=at)
    return GrowthEmail.objects.latest("pk")


def test_an_email_has_two_parts_a_footer_and_one_click_headers() -> None:
    _, parent = family()
    letter = letter_to(parent, subject="A week\r\nBcc: evil@example.com")
    assert send_waiting_emails(send=send_email, at=MONDAY) == 1
    assert send_waiting_emails(send=send_email, at=MONDAY + timedelta(hours=1)) == 0
    (sent,) = mail.outbox
    assert (sent.to, sent.bcc, sent.subject) == (["dee@example.com"], [], "A week Bcc: evil@example.com")
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = sent.extra_headers["List-Unsubscribe"].strip("<>")
    assert isinstance(sent, EmailMultiAlternatives)
    html = str(sent.alternatives[0][0])
    for part in (str(sent.body), html):
        assert stop in part
        assert "1 Example Street, 12345 Example Town" in part
    assert "<!--footer-->" not in html
    assert "\nBcc:" not in sent.message().as_string()
    letter.refresh_from_db()
    assert (letter.sent_at, letter.attempts) == (MONDAY, 1)


def test_a_get_asks_and_a_post_without_cookies_unsubscribes_permanently() -> None:
    _, parent = family()
    url = f"/mail/stop/{unsubscribe_token(parent.pk, 'Dee+weeks@example.com')}/"
    strict = Client(enforce_csrf_checks=True)
    with time_machine.travel(MONDAY + timedelta(days=4000), tick=False):  # the link never expires
        assert "Unsubscribe?" in strict.get(url).content.decode()
        assert (strict.head(url).status_code, Suppression.objects.count()) == (200, 0)
        for _ in range(2):
            answer = strict.post(url, {"List-Unsubscribe": "One-Click"})
            assert (answer.status_code, "You are unsubscribed" in answer.content.decode()) == (200, True)
    assert [(event.actor_id, event.properties) for event in events("opted_out")] == [
        (parent.pk, {"source": "one_click"})
    ]
    assert "@" not in Suppression.objects.get().mailbox
    letter = letter_to(parent)
    assert send_waiting_emails(send=send_email, at=MONDAY) == 0
    letter.refresh_from_db()
    assert (len(mail.outbox), letter.dropped_for) == (0, "opted_out")


def test_an_opt_out_survives_a_key_rotation(settings: Settings) -> None:
    _, parent = family()
    url = f"/mail/stop/{unsubscribe_token(parent.pk, parent.email or '')}/"
    browser().post(url)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-of-the-site-with-fifty-letters-and-more-12"
    settings.SECRET_KEY_FALLBACKS = [old]
    letter_to(parent)
    assert send_waiting_emails(send=send_email, at=MONDAY) == 0
    assert "You are unsubscribed" in browser().get(url).content.decode()


def test_a_forged_or_foreign_token_unsubscribes_no_one() -> None:
    from django.core import signing

    from viral_engine.accounts.emails import CONSENT_SALT

    for token in (
        "nothing",
        signing.dumps([1, "a"], salt=CONSENT_SALT),
        signing.dumps(1, salt="loops.stop_mail"),
    ):
        url = f"/mail/stop/{token}/"
        assert (browser().get(url).status_code, browser().post(url).status_code) == (403, 403)
    assert Suppression.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "dropped_for"),
    [
        ({"email_updates": False}, "preference"),
        ({"is_active": False}, "closed"),
        ({"blocked_at": WEDNESDAY}, "closed"),
        ({"email": "other@example.com"}, "unverified"),
        ({"email": None}, "unverified"),
    ],
)
def test_recipients_are_checked_when_the_email_is_sent(change: dict[str, object], dropped_for: str) -> None:
    _, parent = family()
    letter_to(parent)
    User.objects.filter(pk=parent.pk).update(**change)
    assert send_waiting_emails(send=send_email, at=MONDAY) == 0
    assert (len(mail.outbox), GrowthEmail.objects.get().dropped_for) == (0, dropped_for)


def test_without_a_postal_address_emails_wait_and_the_log_says_so(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    _, parent = family()
    letter_to(parent)
    settings.POSTAL_ADDRESS = ""
    assert send_waiting_emails(send=send_email, at=MONDAY) == 0
    assert "set POSTAL_ADDRESS" in caplog.text
    settings.POSTAL_ADDRESS = "2 Example Street"
    assert send_waiting_emails(send=send_email, at=MONDAY) == 1


def test_sending_retries_after_an_outage_but_not_after_a_permanent_refusal() -> None:
    _, parent = family()
    answers: list[Exception] = [
        OSError("away"),
        SMTPResponseException(451, b"later"),
        SMTPResponseException(550, b"no"),
    ]

    def send(_: GrowthEmail, __: str) -> None:
        raise answers.pop(0)

    letter_to(parent)
    for minutes, left in ((0, 2), (5, 2), (11, 1), (22, 0), (60, 0)):
        assert send_waiting_emails(send=send, at=MONDAY + timedelta(minutes=minutes)) == 0
        assert len(answers) == left
    assert (GrowthEmail.objects.get().dropped_for, GrowthEmail.objects.get().attempts) == ("refused", 3)
    letter_to(parent, subject="Another")
    assert send_waiting_emails(send=send_email, at=MONDAY + timedelta(hours=25)) == 0
    assert GrowthEmail.objects.latest("pk").dropped_for == "too_late"


def test_concurrent_tasks_send_an_email_once() -> None:
    _, parent = family()
    letter_to(parent)
    sent: list[str] = []
    at_once(6, lambda _: send_waiting_emails(send=lambda _letter, to: sent.append(to), at=MONDAY))
    assert sent == ["dee@example.com"]
    assert LoggedEvent.objects.filter(type="opted_out").count() == 0


def test_emails_are_kept_for_a_month() -> None:
    _, parent = family()
    letter_to(parent)
    assert [purge("notices", MONDAY + timedelta(days=days, minutes=1)) for days in (29, 30)] == [0, 1]
