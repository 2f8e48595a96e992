"""The site's address and the people of one run, shared by all scenes; and waiting for the site's own work."""

import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from monitoring.demo.browsers import SiteBrowser
from monitoring.demo.narrator import Narrator
from viral_engine.accounts.models import Role, User
from viral_engine.accounts.services.mailboxes import prove
from viral_engine.kernel.clock import now, today

T = TypeVar("T")
PATIENCE_S = 60.0
LOOK_EVERY_S = 0.1
CONSONANTS = "bcdfghjkmnpqrstvwxz"  # they spell no word
LEARNER_AGE, ADULT_AGE = 14, 40


class SceneFailed(Exception):
    """The site did not do what the scene waits for; the text names it."""


@dataclass(slots=True)
class Actor:
    """A person of the demo with their browser."""

    name: str
    user: User
    browser: SiteBrowser

    @property
    def id(self) -> int:
        return self.user.pk


@dataclass(slots=True)
class DemoStage:
    """One run of the demo. Browsers close with `closing`."""

    url: str
    narrator: Narrator
    closing: ExitStack
    people: list[int] = field(default_factory=list)  # ids of accounts, for the clean-up and for K
    cohorts: list[int] = field(default_factory=list)
    run: str = field(default_factory=lambda: "".join(secrets.choice(CONSONANTS) for _ in range(5)))
    browsers: int = 0

    def stranger(self) -> SiteBrowser:
        """A new browser without an account, at an address of its own."""
        self.browsers += 1
        return self.closing.enter_context(SiteBrowser(self.url, f"10.20.0.{self.browsers}"))

    def learner(self, name: str) -> Actor:
        return self.join(self.stranger(), name)

    def join(self, browser: SiteBrowser, name: str, role: str = Role.STUDENT) -> Actor:
        """Sign a person up through the site's own form, and prove their mailbox as the mailed link does."""
        at = now()
        age = LEARNER_AGE if role == Role.STUDENT else ADULT_AGE
        username = f"{name.lower()}{self.run}"
        browser.sign_up(name, username, born=date(today(at).year - age, 1, 15), role=role)
        user = User.objects.get(email=f"{username}@example.com")
        self.people.append(user.pk)
        prove(user=user, mailbox=user.email or "", is_password_theirs=True, at=now())
        return Actor(name, user, browser)

    def wait(self, what: str, find: Callable[[], T | None]) -> T:
        """Look until `find` returns something. Raises  SceneFailed after a minute."""
        self.narrator.waiting_for(what)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            found = find()
            if found:
                return found
            time.sleep(LOOK_EVERY_S)
        raise SceneFailed(f"{what}: nothing after {PATIENCE_S:.0f} s")

    def fact(self, label: str, text: str) -> None:
        self.narrator.fact(label, text)
