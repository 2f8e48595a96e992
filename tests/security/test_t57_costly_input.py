"""Threat 57: input that takes a regular expression, a decoder or a parser seconds."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import FileField
from django.test import Client

from tests.security.routes import every_path
from viral_engine.kernel.text import contact, names, validators
from viral_engine.kernel.text.characters import canonical_name, tidy_name
from viral_engine.kernel.text.mailboxes import same_mailbox

MAX_S = 0.05
LONG = 30_000
WORST = {
    "one letter": "a" * LONG,
    "digits": "1 " * (LONG // 2),
    "dots": "a." * (LONG // 2),
    "at signs": "@" * LONG,
    "an address without end": "http://" + "a-" * (LONG // 2),
    "numbers in words": "five five " * (LONG // 10),
    "spaces": " " * LONG + "x",
    "accents": "e" + "\u0301" * LONG,
    "brackets": "[(" * (LONG // 2),
    "almost a handle": "ig: " * (LONG // 4),
    "emoji": "\U0001f469\u200d" * (LONG // 2),
}
RULES: dict[str, Callable[[str], object]] = {
    "contact": contact.finding,
    "names": contact.name_finding,
    "names of people": names.person_name_finding,
    "tidy": tidy_name,
    "canonical": canonical_name,
    "mailbox": same_mailbox,
    "username": validators.validate_username,
    "shown name": validators.validate_shown_name,
    "slug": validators.validate_topic_slug,
}


def seconds(rule: Callable[[str], object], text: str) -> float:
    """The processor's time, the best of five: a busy machine is no slow rule."""
    taken = []
    for _ in range(5):
        started_s = time.thread_time()
        with suppress(ValidationError, ValueError):
            rule(text)
        taken.append(time.thread_time() - started_s)
    return min(taken)


@pytest.mark.parametrize("name", RULES)
def test_thirty_thousand_characters_take_fifty_milliseconds(name: str) -> None:
    slow = {kind: round(spent, 3) for kind, text in WORST.items() if (spent := seconds(RULES[name], text)) > MAX_S}
    assert slow == {}


def test_there_is_nothing_to_upload_so_no_picture_and_no_archive_to_unpack() -> None:
    ours = [model for model in apps.get_models() if not model.__module__.startswith(("django.", "allauth."))]
    assert [field for model in ours for field in model._meta.get_fields() if isinstance(field, FileField)] == []


def test_a_body_is_refused_by_its_size_and_its_number_of_fields() -> None:
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE <= 2_621_440
    assert settings.DATA_UPLOAD_MAX_NUMBER_FIELDS <= 1000
    many = "&".join(f"a{n}=1" for n in range(1001))
    form = "application/x-www-form-urlencoded"
    assert Client().post("/accounts/login/", many, content_type=form).status_code == 400
    assert Client().post("/accounts/login/", "a=" + "x" * 3_000_000, content_type=form).status_code in {400, 413}


@pytest.mark.django_db
def test_no_route_takes_a_second_for_a_long_address() -> None:
    client = Client()
    for path in every_path():
        started_s = time.thread_time()
        client.get(path, {"q": "a." * 4000, "next": "/" * 4000})
        assert time.thread_time() - started_s < 2, path
