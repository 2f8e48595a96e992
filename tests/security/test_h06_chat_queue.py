"""Hole 6 and threat 59: near misses of the chat filter are shown, and staff read them."""

from datetime import datetime
from uuid import uuid4

import pytest

from feeds.models import Message
from feeds.services import chat
from tests.factories import browser, cohort_of, person
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.kernel.text import contact
from viral_engine.safety.models import ReviewItem
from viral_engine.safety.services.reviews import reject

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("how old are you?", "worth a look"),
        ("my locker is 555 12", "almost a phone number"),
        ("do you like snapchat", "names another site"),
    ],
)
def test_a_near_miss_is_shown_and_queued(at: datetime, text: str, why: str) -> None:
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    cohort = cohort_of(ada, bo, at=at)
    message = chat.post_message(author=ada, cohort_id=cohort.pk, text=text, key=uuid4(), at=at)
    assert Message.objects.get().hidden_at is None
    item = ReviewItem.objects.get()
    assert (item.kind, item.object_key, item.subject, item.reason) == ("message", str(message.pk), ada, why)
    assert item.evidence["text"] == text
    assert Decision.objects.get(outcome="queue").features == {"about": f"message:{message.pk}"}
    assert LoggedEvent.objects.get(type="ts_detection").properties["item_id"] == item.pk
    reject(item=item, by=person("Root", age=40, is_staff=True), at=at)
    assert Message.objects.get().hidden_at == at


@pytest.mark.parametrize("text", ["5, 5, 5, 10", "at 5 dot 2", "x = 12345 / 5", "I got 3/4, you?", "nice work!"])
def test_an_honest_line_is_nobodys_work(at: datetime, text: str) -> None:
    ada = person("Ada", at=at)
    chat.post_message(author=ada, cohort_id=cohort_of(ada, at=at).pk, text=text, key=uuid4(), at=at)
    assert (ReviewItem.objects.count(), contact.review_reason(text)) == (0, "")


def test_what_the_filter_refuses_is_not_queued_as_well(at: datetime) -> None:
    ada = person("Ada", at=at)
    with pytest.raises(chat.MessageRefused):
        chat.post_message(
            author=ada, cohort_id=cohort_of(ada, at=at).pk, text="call me 555 123 4567", key=uuid4(), at=at
        )
    assert ReviewItem.objects.count() == 0


def test_threat_59_a_report_of_a_bully_is_in_the_queue_at_once(at: datetime) -> None:
    """In under a minute: in the same request."""
    ada, bo = person("Ada"), person("Bo")
    cohort = cohort_of(ada, bo, at=at)
    text = "you always sit alone at lunch, ha"
    message = chat.post_message(author=ada, cohort_id=cohort.pk, text=text, key=uuid4(), at=at)
    browser(bo).post(f"/report/message/{message.pk}/", {"reason": "unkind"})
    staff = browser(person("Root", age=40, role="admin", is_staff=True, is_superuser=True))
    assert "Reported: It is mean or hurtful" in staff.get("/admin/safety/reviewitem/").content.decode()
