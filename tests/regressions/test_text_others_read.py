"""Names, titles and notes go to other people, and carry nothing to be reached by."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core import mail
from django.core.exceptions import ValidationError

from feeds.services.chat import MessageRefused, post_message
from loops.models import Loop, ShopItem
from loops.tutor_spotlight.forms import BookingForm
from tests.factories import browser, cohort_of, person
from tests.steps.sign_up import KID, LEARNER, enter_birthday
from viral_engine.accounts.models import Cohort, ConsentRequest, User
from viral_engine.kernel.models import Decision
from viral_engine.learning.forms import RatingForm
from viral_engine.learning.models import Skill, Subject

pytestmark = pytest.mark.django_db
REACHABLE = [
    "snap: ada99",
    "555 123 4567",
    "www.example.com",
    "ada.me",
    "ada@example.com",
    "ig ada_99",
    "12 Maple Street",
]


@pytest.mark.parametrize("name", REACHABLE)
def test_no_first_name_is_a_way_to_be_reached(name: str) -> None:
    client = browser()
    enter_birthday(client, datetime.now(UTC).year - 15)
    page = client.post("/signup/details/", LEARNER | {"first_name": name})
    assert (page.status_code, User.objects.count()) == (200, 0)
    assert "Other people see this" in page.content.decode()


@pytest.mark.parametrize(
    "name", ["ada.example.com", "www.ada.io", "ada@example.com", "snap_ada99", "ada5551234567", "kys"]
)
def test_no_username_of_a_child_is_a_way_to_be_reached_or_mailed_to_strangers(name: str) -> None:
    client = browser()
    enter_birthday(client, datetime.now(UTC).year - 10)
    assert client.post("/signup/details/", KID | {"username": name}).status_code == 200
    assert (User.objects.count(), ConsentRequest.objects.count(), mail.outbox) == (0, 0, [])


@pytest.mark.parametrize("text", [*REACHABLE, "kys"])
def test_titles_of_the_admin_follow_the_rule(text: str) -> None:
    for row in (
        Cohort(name=text),
        Subject(name=text, slug="s"),
        Skill(name=text, slug="s"),
        Loop(name="l", title=text),
        ShopItem(slug="s", title=text, price=1),
        User(username="bo", first_name=text),
        User(username="bo", last_name=text),
    ):
        with pytest.raises(ValidationError) as refused:
            row.full_clean()
        assert "not_for_others" in {error.code for errors in refused.value.error_dict.values() for error in errors}


@pytest.mark.parametrize("text", ["my number is 555 123 4567", "snap: ada99", "escribeme a ada arroba gmail punto com"])
def test_what_a_tutor_reads_follows_the_rule(text: str) -> None:
    math = Subject(pk=1, slug="math", name="Math")
    answers = {
        "name": "Bo",
        "email": "bo@example.com",
        "subject": "1",
        "suits": text,
        "note": text,
        "key": str(uuid4()),
    }
    form = BookingForm(answers, subjects=[math], is_guest=False)
    assert {"suits", "note"} <= set(form.errors)
    assert "feedback" in RatingForm({"rating": "5", "feedback": text}).errors


def test_honest_notes_of_families_pass() -> None:
    math = Subject(pk=1, slug="math", name="Math")
    answers = {"name": "Bo", "email": "bo@example.com", "subject": "1", "key": str(uuid4())}
    for suits in ("Tuesdays after 4 pm", "Mon-Fri 16:00-18:00", "Sat 10-12, Sun 14-16", "lunes a las 5"):
        form = BookingForm(answers | {"suits": suits, "note": "Grade 5, fractions."}, subjects=[math], is_guest=False)
        assert form.errors == {}
    assert RatingForm({"rating": "5", "feedback": "She explained 3/4 so well!"}).errors == {}


@pytest.mark.parametrize(
    "text",
    [
        "\u2464\u2464\u2464\u2460\u2461\u2462\u2463",
        "5,5,5,1,2,3,4,5",
        "ada [at] gmail [dot] com",
        "ig: x",
        "x#1234 on discord",
    ],
)
def test_the_chat_reads_through_disguises(text: str, at: datetime) -> None:
    ada = person("Ada")
    cohort = cohort_of(ada, at=at)
    with pytest.raises(MessageRefused, match="Leave out the"):
        post_message(author=ada, cohort_id=cohort.pk, text=text, key=uuid4(), at=at)


def test_a_near_miss_is_posted_and_queued_for_staff(at: datetime) -> None:
    ada = person("Ada")
    cohort = cohort_of(ada, at=at)
    for text in ("5, 5, 5, 10", "how old are you"):
        message = post_message(author=ada, cohort_id=cohort.pk, text=text, key=uuid4(), at=at)
    queued = Decision.objects.get(type="chat")
    assert (queued.outcome, queued.actor_id, queued.features) == ("queue", ada.pk, {"about": f"message:{message.pk}"})
