"""A guest who became a user is a guest no more: the next person at the computer starts as a stranger."""

import pytest
from django.test import Client

from loops.core.links import token_for
from loops.models import Link, Referral, Touch
from tests.factories import BROWSER, browser, person
from tests.steps.challenges import challenge_from
from tests.steps.practice import play
from tests.steps.sign_up import sign_up
from tests.steps.tutor_spotlight import loop_row, spotlight_of, tutor, wish
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Attempt

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]
YEAR = 2010


@pytest.fixture
def shared() -> str:
    """The address of Ada's challenge."""
    return challenge_from(browser(person("Ada")))[1]


def log_out(client: Client) -> None:
    assert client.post("/accounts/logout/").status_code == 302
    assert "_auth_user_id" not in client.session


def bo_signs_up_through(client: Client, shared: str) -> User:
    """Bo plays as a guest, signs up and logs out."""
    landing = client.get(f"{shared}?via=sms").headers["Location"]
    play(client, client.post(f"{landing}/play").headers["Location"], right=5)
    bo = sign_up(client, "Bo", year=YEAR)
    assert Guest.objects.get().user == bo
    log_out(client)
    return bo


def test_a_click_after_a_log_out_is_a_strangers_and_one_touch_with_its_channel(shared: str) -> None:
    client = browser()
    bo = bo_signs_up_through(client, shared)
    landing = client.get(f"{shared}?via=whatsapp").headers["Location"]
    attempt = play(client, client.post(f"{landing}/play").headers["Location"], right=5).attempt
    cy = Guest.objects.exclude(user=bo).get()
    assert (attempt.guest, attempt.user) == (cy, None)
    touches = Touch.objects.order_by("pk").values_list("visitor", "channel")
    assert list(touches) == [(str(bo.person_id), "sms"), (str(cy.pk), "whatsapp")]
    assert LoggedEvent.objects.filter(type="link_clicked").count() == 2


def test_the_next_person_is_referred_by_their_own_click(shared: str) -> None:
    client = browser()
    bo_signs_up_through(client, shared)
    client.get(f"{shared}?via=email")
    cy = sign_up(client, "Cy", year=YEAR)
    referral = Referral.objects.get(referee=cy)
    assert (referral.touch.channel, referral.touch.visitor) == ("email", str(cy.person_id))
    assert cy.person_id != User.objects.get(username="bo").person_id


def test_the_next_person_does_not_read_what_the_guest_did(shared: str) -> None:
    client = browser()
    bo_signs_up_through(client, shared)
    attempt = Attempt.objects.get(user__username="bo")
    assert [client.get(f"/{page}/{attempt.pk}/").status_code for page in ("practice", "results")] == [404, 404]
    assert client.post(f"/loops/after/{attempt.pk}/").status_code == 404


def test_the_next_person_does_not_see_a_familys_request() -> None:
    loop_row()
    toni = tutor()
    _, landing = spotlight_of(toni, person("Bo"))
    client = browser()
    client.post(f"{landing}/book", wish(is_adult="on"))
    client.post("/signup/", {"month": "5", "day": "4", "year": "1985"})
    answers = {"first_name": "Dee", "last_name": "L", "email": "dee@example.com", "password": "correct-horse-9"}
    client.post("/signup/details/?role=parent", answers)
    assert "Toni" in client.get("/tutoring/bookings/").content.decode()
    log_out(client)
    assert "No requests yet" in client.get("/tutoring/bookings/").content.decode()
    assert "Toni has your request" not in client.get(landing).content.decode()


def test_a_log_in_after_another_account_took_the_guest_takes_nothing(shared: str) -> None:
    client = browser()
    bo = bo_signs_up_through(client, shared)
    person("Cy")
    client.post("/accounts/login/", {"login": "cy", "password": "correct-horse-9"})
    assert Guest.objects.get().user == bo
    assert LoggedEvent.objects.filter(type="guest_recognized").count() == 0


def test_a_diagnostic_after_a_log_out_belongs_to_a_new_guest(shared: str) -> None:
    client = browser()
    bo = bo_signs_up_through(client, shared)
    client.get("/diagnostics/math/")
    client.post("/diagnostics/math/start/")
    attempt = Attempt.objects.get(kind="diagnostic")
    assert (attempt.user, attempt.guest) == (None, Guest.objects.exclude(user=bo).get())


def test_a_guest_on_a_parents_computer_starts_clean_after_the_parent_has_logged_out(shared: str) -> None:
    """A parent who logs in takes no guest over, and the next person at the computer finds nothing of the last."""
    person("Dee", age=41, role="parent", grade=None)
    client = browser()
    landing = client.get(f"{shared}?via=sms").headers["Location"]
    attempt_url = client.post(f"{landing}/play").headers["Location"]
    client.post("/accounts/login/", {"login": "dee", "password": "correct-horse-9"})
    log_out(client)
    assert client.get(attempt_url).status_code == 404
    assert client.post(f"{landing}/play").headers["Location"] != attempt_url


def test_two_tabs_that_share_a_form_are_one_guest_until_the_guest_signs_up(shared: str) -> None:
    client = Client(headers={"user-agent": BROWSER})
    landing = f"/challenge/{token_for(Link.objects.get(), 'challenge')}"
    client.get(landing)
    form = client.cookies["csrftoken"].value
    first = client.post(f"{landing}/play").headers["Location"]
    tab = Client(headers={"user-agent": BROWSER})
    tab.cookies["csrftoken"] = form
    assert tab.post(f"{landing}/play").headers["Location"] == first
    sign_up(client, "Bo", year=YEAR)
    late = Client(headers={"user-agent": BROWSER})
    late.cookies["csrftoken"] = form
    assert late.post(f"{landing}/play").headers["Location"] != first
    assert Guest.objects.count() == 2
