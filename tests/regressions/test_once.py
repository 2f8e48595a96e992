"""Every button that makes something makes one, however often it is pressed at once, and no cap is passed."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from feeds.models import Activity, CohortChallenge, CoPractice
from loops.core.links import create_link, token_for
from loops.core.prompts import record_share
from loops.models import Link, Loop, Purchase, RewardEntry, ShopItem, Touch
from loops.proud_parent.models import Recap
from loops.proud_parent.recaps import generate_recaps
from loops.results_rally.models import Rally, RallyEntry
from loops.tutor_spotlight.models import BookingRequest
from tests.concurrency import at_once
from tests.factories import browser, child, cohort_of, consent_request, link_of, parent_of, person, practice
from tests.loops.shop_rows import stock
from tests.steps.tutor_spotlight import spotlight_of, tutor, wish
from viral_engine.accounts.emails import consent_token
from viral_engine.accounts.models import Consent, ConsentRequest, Friendship, Guest, User
from viral_engine.accounts.services.consent import give_consent
from viral_engine.accounts.services.friends import accept_friend, request_friend
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.learning.models import Attempt, Skill, TutoringSession, TutorStudent
from viral_engine.learning.services.attempts import start_practice
from viral_engine.safety.services import check_action

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue", "rows")]
PRESSES = 8


@pytest.fixture
def rows(catalogue: None) -> None:
    """The rows of migrations, which flushing the test database removed."""
    stock()
    for name in ("buddy_challenge", "results_rally", "proud_parent", "tutor_spotlight"):
        Loop.objects.get_or_create(name=name, defaults={"title": name.title(), "expected_k": 0.3, "cooldown_s": 60})


def pressed(client: Client, path: str, answers: dict[str, str] | None = None, times: int = PRESSES) -> Counter[object]:
    """Press a button several times at once in one browser; where the presses led, or their status."""
    jar = {name: morsel.value for name, morsel in client.cookies.items()}

    def press(_: int) -> object:
        twin = browser()
        twin.cookies.load(jar)
        response = twin.post(path, answers or {})
        return response.headers.get("Location", response.status_code)

    return at_once(times, press)


def pressed_each(client: Client, paths: list[tuple[str, dict[str, str]]]) -> Counter[object]:
    """Press different buttons at once in one browser."""
    jar = {name: morsel.value for name, morsel in client.cookies.items()}

    def press(number: int) -> object:
        twin = browser()
        twin.cookies.load(jar)
        return twin.post(*paths[number]).status_code

    return at_once(len(paths), press)


def quiet(name: str) -> User:
    """A learner without prompts, so that only what they ask for makes a link."""
    return person(name, growth_prompts=False)


def allowed(action: str) -> int:
    return Decision.objects.filter(type=action, outcome="allow", agent="trust_safety").count()


def announced(kind: str) -> int:
    return LoggedEvent.objects.filter(type=kind).count()


def skills(most: int) -> list[Skill]:
    return list(Skill.objects.practicable()[:most])


# -- Loops -------------------------------------------------------------------------------------------------
def test_a_friend_is_dared_once_for_a_result(algebra: Skill) -> None:
    ada = quiet("Ada")
    result = practice(ada, algebra, at=now())
    found = pressed(browser(ada), f"/loops/challenge/{result.pk}/")
    assert found == {f"/loops/share/{Link.objects.get().code}/": PRESSES}
    assert allowed("create_challenge") == 1


def test_the_cap_of_dares_holds_when_all_arrive_at_once() -> None:
    ada = quiet("Ada")
    results = [practice(ada, skill, at=now()) for skill in skills(7)]
    pressed_each(browser(ada), [(f"/loops/challenge/{result.pk}/", {}) for result in results])
    assert (Link.objects.count(), allowed("create_challenge")) == (5, 5)


def test_a_challenge_is_answered_once(algebra: Skill) -> None:
    ada, bo = quiet("Ada"), quiet("Bo")
    cohort_of(ada, bo, at=now())
    practice(ada, algebra, at=now())
    practice(bo, algebra, at=now())
    theirs = Activity.objects.get(actor=bo)
    found = pressed(browser(ada), f"/loops/back/{theirs.pk}/")
    assert found == {f"/loops/share/{Link.objects.get().code}/": PRESSES}


def test_a_recap_is_shared_once(algebra: Skill) -> None:
    wednesday, monday = datetime(2026, 3, 4, 15, tzinfo=UTC), datetime(2026, 3, 9, 7, tzinfo=UTC)
    kid = person("Ada", at=wednesday)
    grace = parent_of(kid, at=wednesday)
    practice(kid, algebra, at=wednesday)
    assert generate_recaps(at=monday) == 1  # without consent no offer is made
    give_consent(parent=grace, child=kid, kind="ferpa", method="password", ip_hash="", at=monday)
    recap = Recap.objects.get()
    with time_machine.travel(monday):
        assert pressed(browser(grace), f"/recaps/{recap.pk}/share/") == {f"/recaps/{recap.pk}/": PRESSES}
    assert Link.objects.filter(loop="proud_parent").count() == 1


def test_a_strangers_presses_are_one_guest_with_one_attempt(algebra: Skill) -> None:
    """A page opened without /r/ has set no cookie of ours yet."""
    ada = quiet("Ada")
    browser(ada).post(f"/loops/challenge/{practice(ada, algebra, at=now()).pk}/")
    client, landing = browser(), f"/challenge/{token_for(Link.objects.get(), 'challenge')}"
    client.get(landing)
    assert pressed(client, f"{landing}/play") == {f"/practice/{Attempt.objects.get(guest__isnull=False).pk}/": PRESSES}
    assert (Guest.objects.count(), Touch.objects.count(), announced("guest_started")) == (1, 1, 1)


def test_a_diagnostic_is_started_once_by_a_stranger() -> None:
    client = browser()
    client.get("/diagnostics/math/")
    assert pressed(client, "/diagnostics/math/start/") == {f"/practice/{Attempt.objects.get().pk}/": PRESSES}
    assert Guest.objects.count() == 1


def test_a_rally_is_joined_once(algebra: Skill) -> None:
    ada = quiet("Ada")
    own = practice(ada, algebra, at=now()).attempt
    link = create_link(loop_name="results_rally", referrer=ada, at=now())
    cohort = cohort_of(ada, at=now())
    Rally.objects.create(
        link=link, subject=algebra.subject, cohort=cohort, attempt=own, kind="practice", score=80, created_at=now()
    )
    client, landing = browser(), f"/rally/{token_for(link, 'rally')}"
    client.get(landing)
    assert pressed(client, f"{landing}/join") == {f"/practice/{RallyEntry.objects.get().attempt_id}/": PRESSES}
    assert Guest.objects.count() == 1


def test_a_session_is_requested_once_by_a_stranger() -> None:
    _, landing = spotlight_of(tutor(), person("Bo"))
    client = browser()
    client.get(landing)
    found = pressed(client, f"{landing}/book", wish(is_adult="on"))
    assert found == {f"{landing}#lesson": PRESSES}
    assert (BookingRequest.objects.count(), Guest.objects.count(), announced("booking_requested")) == (1, 1, 1)


def test_a_share_counts_once_and_the_cap_holds(algebra: Skill) -> None:
    ada = quiet("Ada")
    link, key = link_of(ada, now()), uuid4()
    found = at_once(PRESSES, lambda _: record_share(link=link, user=ada, channel="sms", key=key, at=now()))
    assert found == {True: 1, False: PRESSES - 1}
    at_once(16, lambda _: record_share(link=link, user=ada, channel="sms", key=uuid4(), at=now()))
    assert (announced("invite_sent"), allowed("send_invite")) == (10, 10)


def test_an_item_is_bought_once(algebra: Skill) -> None:
    ada = quiet("Ada")
    for number in range(40):
        RewardEntry.objects.create(
            user=ada, kind="points", cause="grant", amount=100, left=100, reason="Test", key=f"k{number}", at=now()
        )
    item = ShopItem.objects.get(slug="shield")
    pressed(browser(ada), f"/rewards/shop/{item.slug}/", {"key": str(uuid4()), "price": str(item.price)})
    assert Purchase.objects.count() == 1
    assert RewardEntry.objects.filter(user=ada, kind="streak_shield", cause="grant").count() == 1


# -- Learning and rooms ------------------------------------------------------------------------------------
def test_practice_is_started_once_and_again_after_it_is_finished(algebra: Skill) -> None:
    ada = quiet("Ada")
    client = browser(ada)
    assert pressed(client, "/practice/start/algebra/") == {f"/practice/{Attempt.objects.get().pk}/": PRESSES}
    assert (Attempt.objects.get().answers.count(), announced("practice_started")) == (5, 1)
    practice(ada, algebra, at=now())  # finishes the open one
    assert Attempt.objects.count() == 1
    client.post("/practice/start/algebra/")
    assert Attempt.objects.count() == 2


def test_practice_left_long_ago_goes_on_without_the_absence(algebra: Skill) -> None:
    ada, at = quiet("Ada"), now()
    start_practice(user=ada, skill=algebra, at=at - timedelta(hours=5))
    attempt = start_practice(user=ada, skill=algebra, at=at)
    assert attempt.active_time(at + timedelta(seconds=20)) == timedelta(seconds=20)


def test_a_cohort_is_challenged_once_and_the_cap_holds(algebra: Skill) -> None:
    ada = quiet("Ada")
    cohort = cohort_of(ada, at=now())
    path = f"/cohorts/{cohort.pk}/challenges/"
    pressed(browser(ada), path, {"skill": "algebra"})
    assert (CohortChallenge.objects.count(), allowed("create_challenge")) == (1, 1)
    pressed_each(browser(ada), [(path, {"skill": skill.slug}) for skill in skills(8)])
    assert (CohortChallenge.objects.count(), allowed("create_challenge")) == (5, 5)


def test_a_result_is_shared_in_the_feed_once(algebra: Skill) -> None:
    ada = quiet("Ada")
    cohort_of(ada, at=now())
    result = practice(ada, algebra, at=now())
    pressed(browser(ada), "/feed/share/", {"result": str(result.pk)})
    assert Activity.objects.filter(kind="progress_shared").count() == announced("activity_feed_share_clicked") == 1
    assert allowed("share_progress") == 1


def befriend(ada: User, bo: User) -> None:
    accept_friend(friendship=request_friend(asker=ada, asked=bo, at=now()), by=bo, at=now())


def test_two_friends_get_one_deck_together(algebra: Skill) -> None:
    ada, bo = quiet("Ada"), quiet("Bo")
    befriend(ada, bo)
    pressed(browser(ada), "/together/", {"friend": str(bo.pk), "skill": "algebra"})
    assert CoPractice.objects.count() == 1


def test_a_friend_is_asked_once() -> None:
    ada = quiet("Ada")
    quiet("Bo")
    pressed(browser(ada), "/friends/ask/", {"username": "bo"})
    assert (Friendship.objects.count(), announced("friend_requested")) == (1, 1)


def test_a_session_is_logged_once() -> None:
    toni, bo = tutor(), person("Bo")
    TutorStudent.objects.create(tutor=toni, student=bo, created_at=now())
    start = (now() - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    subject = str(Skill.objects.get(slug="algebra").subject_id)
    form = {"student_id": str(bo.pk), "subject": subject, "started_at": start, "duration_min": "45"}
    pressed(browser(toni), "/sessions/new/", form)
    assert (TutoringSession.objects.count(), announced("session_completed")) == (1, 1)


# -- Accounts ----------------------------------------------------------------------------------------------
LEARNER = {"first_name": "Bo", "username": "bo", "email": "bo@example.com", "grade": "8", "password": "correct-horse-9"}
KID = {"username": "comet", "grade": "4", "parent_email": "grace@example.com", "password": "correct-horse-9"}
PARENT = {"first_name": "Dee", "last_name": "L", "email": "dee@example.com", "password": "correct-horse-9"}


@pytest.mark.parametrize(
    ("age", "role", "answers"), [(15, "student", LEARNER), (10, "student", KID), (40, "parent", PARENT)]
)
def test_a_doubled_sign_up_is_one_account_and_both_presses_end_signed_in(
    age: int, role: str, answers: dict[str, str]
) -> None:
    client = browser()
    client.post("/signup/", {"month": "5", "day": "4", "year": str(now().year - age)})
    jar = {name: morsel.value for name, morsel in client.cookies.items()}

    def press(_: int) -> object:
        twin = browser()
        twin.cookies.load(jar)
        response = twin.post(f"/signup/details/?role={role}", answers)
        return response.headers.get("Location"), twin.session.get("_auth_user_id")

    assert at_once(4, press) == {("/", str(User.objects.get().pk)): 4}
    assert announced("account_created") == 1
    assert ConsentRequest.objects.count() == int(age == 10)


@pytest.mark.parametrize(
    "changed", [{"password": "correct-horse-8"}, {"email": "cy@example.com", "password": "wrong-horse-99"}]
)
def test_another_persons_name_stays_taken(changed: dict[str, str]) -> None:
    for answers in (LEARNER, LEARNER | changed):
        client = browser()
        client.post("/signup/", {"month": "5", "day": "4", "year": str(now().year - 15)})
        response = client.post("/signup/details/", answers)
    assert (response.status_code, "This name is taken" in response.content.decode()) == (200, True)
    assert client.session.get("_auth_user_id") is None


def test_a_sign_up_sent_again_after_its_answer_says_that_the_person_is_logged_in() -> None:
    """The log-in changed the CSRF token, so the old form is refused, on a page that says what to do."""
    client = Client(enforce_csrf_checks=True, headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64)"})
    client.force_login(person("Bo"), backend="allauth.account.auth_backends.AuthenticationBackend")
    response = client.post("/signup/details/", LEARNER)
    assert response.status_code == 403
    assert "You are logged in" in response.content.decode()


def test_a_parent_agrees_once() -> None:
    kid = child("Comet")
    waiting = consent_request(kid)
    grace = person("Grace", age=41, role="parent", grade=None)
    client, path = browser(grace), f"/consent/{consent_token(waiting)}/"
    pressed(client, path, {"kinds": "coppa", "is_adult": "on"})
    assert Consent.objects.filter(child=kid, kind="coppa").count() == announced("consent_given")


def test_a_cap_holds_when_all_checks_arrive_at_once() -> None:
    ada = quiet("Ada")
    found = at_once(12, lambda _: check_action(user=ada, action="create_challenge", at=now()))
    assert found == {None: 5, "ActionRefused": 7}
    assert allowed("create_challenge") == 5
