"""Threat 46: invitations are few, their texts are ours, and a mail header takes no second line."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.core.mail import BadHeaderError, EmailMessage

from loops.core.prompts import record_share
from tests.factories import link_of, person
from viral_engine.kernel.models import LoggedEvent
from viral_engine.safety.services import ActionRefused

pytestmark = pytest.mark.django_db


def test_the_eleventh_invitation_of_a_day_is_refused(at: datetime) -> None:
    ada = person("Ada", at=at)
    link = link_of(ada, at)
    for number in range(10):
        when = at + timedelta(minutes=20 * number)
        assert record_share(link=link, user=ada, channel="email", key=uuid4(), at=when)
    with pytest.raises(ActionRefused) as refusal:
        record_share(link=link, user=ada, channel="email", key=uuid4(), at=at + timedelta(hours=5))
    assert refusal.value.reason == "daily_cap"
    assert LoggedEvent.objects.filter(type="invite_sent").count() == 10


@pytest.mark.parametrize("text", ["Hi\nBcc: all@example.com", "Hi\r\nBcc: all@example.com"])
def test_a_second_line_in_a_header_is_an_error(text: str) -> None:
    for message in (EmailMessage(subject=text, to=["bo@example.com"]), EmailMessage(subject="Hi", to=[text])):
        with pytest.raises(BadHeaderError):
            message.message()


def test_a_channel_of_a_program_is_refused(at: datetime) -> None:
    ada = person("Ada", at=at)
    with pytest.raises(ValueError, match="telegram"):
        record_share(link=link_of(ada, at), user=ada, channel="telegram", key=uuid4(), at=at)
