"""Presence with short waits in this process."""

from collections.abc import Callable

import pytest

from tests.short_waits import shorten


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`short_waits(GRACE_S=0.3)` holds until the end of the test."""
    return lambda **waits: shorten(waits, monkeypatch.setattr)
