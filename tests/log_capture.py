"""Capture log lines as the site writes them."""

import io
import json
import logging.config
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from viral_engine.kernel.logging_setup import logging_config

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Install the site's log handler on a string, for every logger; the function returns the lines so far."""
    made = logging_config(level="DEBUG", is_for_people=False)["formatters"]["lines"]
    handler = logging.StreamHandler(io.StringIO())
    factory = made["()"]
    handler.setFormatter(factory(**{name: value for name, value in made.items() if name != "()"}))
    root, level = logging.getLogger(), logging.getLogger().level
    django, before = logging.getLogger("django"), logging.getLogger("django").level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    django.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in handler.stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)
    django.setLevel(before)
