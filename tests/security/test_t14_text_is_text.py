"""Threats 14, 15 and 16: text of people is text, in a chat, in a stream, on a board, by page and by socket."""

import re
from uuid import uuid4

import pytest
from django.utils.html import escape

from feeds import fragments, queries
from feeds.models import Activity, Message
from tests.factories import Committed, browser, cohort_of, person, practice
from viral_engine.accounts.models import User
from viral_engine.accounts.viewer_profiles import viewer_profile_of
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "<a hx-get=/settings/ hx-trigger=load>x</a>",
    "<div data-hx-post=/friends/ask/ hx-swap-oob=true id=stream>x</div>",
    "</li><form action=//evil.example>",
    "{% load static %}{{ request }}",
    "javascript:alert(1)",
]
TAG = re.compile(r"<(script|img|iframe|object)\b", re.IGNORECASE)  # no fragment of ours has one


def is_inert(html: str, payload: str) -> bool:
    """Whether the payload is in the page as text, and as nothing else."""
    return escape(payload) in html and (escape(payload) == payload or payload not in html)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_t14_a_message_is_escaped_by_page_and_by_socket(payload: str) -> None:
    """The rows are written past the filter: the template alone must hold."""
    ada, bo = person("Ada"), person("Bo")
    cohort = cohort_of(ada, bo, at=now())
    Message.objects.create(cohort=cohort, author=ada, seq=1, text=payload, key=uuid4(), at=now())
    found = queries.messages_for(cohort.pk, without=frozenset())
    pushed = fragments.chat(cohort.pk, found)
    page = browser(bo).get(f"/cohorts/{cohort.pk}/").content.decode()
    assert is_inert(pushed, payload)
    assert is_inert(page, payload)
    assert fragments.message_payload(found[0])["text"] == payload  # JSON, which a program shows as text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_t14_a_name_is_escaped_in_streams_and_on_boards(catalogue: None, committed: Committed, payload: str) -> None:
    ada, bo = person("Ada"), person("Bo")
    cohort = cohort_of(ada, bo, at=now())
    User.objects.filter(pk=ada.pk).update(first_name=payload[:150])
    ada.refresh_from_db()
    with committed():
        practice(ada, Skill.objects.get(slug="algebra"), at=now())
    assert Activity.objects.filter(actor=ada).count() == 1
    stream = fragments.stream(queries.stream_for(viewer_profile_of(bo), at=now()))
    board = browser(bo).get(f"/leaderboards/cohort/{cohort.pk}/math/").content.decode()
    for html in (stream, board):
        assert is_inert(html, payload)
        assert TAG.search(html) is None
