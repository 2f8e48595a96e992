"""Capture log lines as the site writes them."""

import io
import json
import logging.config
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from viral_engine.kernel.log import configured

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The handler of the site, writing to a string, for every logger from DEBUG on."""
    made = configured(level="DEBUG", is_for_people=False)["formatters"]["lines"]
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
