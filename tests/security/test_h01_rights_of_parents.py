"""Hole 1, its kind: a parent who never proved a mailbox holds no right over a child, wherever one is read."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress

from loops.proud_parent.models import Recap
from loops.session_intelligence.models import SessionAction
from loops.session_intelligence.services.recall import may_recall
from tests.factories import browser, child, parent_of, person
from tests.steps.privacy import shared_reel
from viral_engine.accounts.models import User
from viral_engine.accounts.services.inactivity import mailboxes_of_parents
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill, TutoringSession
from viral_engine.learning.services.tutoring import may_rate

HALF_AN_HOUR = timedelta(minutes=30)
ROOT = Path(__file__).parent.parent.parent
APPS = ("viral_engine", "presence", "feeds", "leaderboards", "experiments", "loops", "monitoring")
# Functions that read families without the proof, because a tie gives no right there.
NO_RIGHT = {
    "accounts/models/user.py:guardians_of": "asks for the proof itself",
    "accounts/services/admin_log_scrubbing.py:_on_rows_of": "rows to scrub",
    "accounts/services/consent.py:answer_request": "makes the tie, of a parent who proved the mailbox",
    "accounts/services/erasure.py:_forget_requests": "rows to delete",
    "viral_engine/seed.py:seed": "makes the tie of the demo",
    "loops/session_intelligence/services/redaction.py:known_names": "names to take out of a text",
    "loops/tutor_spotlight/bookings.py:_relatives": "people who may not pay each other",
    "loops/core/payment_checks.py:_share_a_household": "people who may not pay each other",
}


def functions_that_read_families() -> dict[str, str]:
    """The source of each function that asks whose child a person is."""
    found = {}
    for path in (path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                source = ast.get_source_segment(text, node) or ""
                if any(mark in source for mark in ("Guardianship.objects", "guardians__", "guardianships__")):
                    found[f"{path.relative_to(ROOT)}:{node.name}"] = source
    return found


def test_h01_every_function_that_reads_a_right_of_parents_asks_for_the_proof() -> None:
    unproven = {name for name, source in functions_that_read_families().items() if ".proven()" not in source}
    assert {name for name in unproven if not name.endswith(tuple(NO_RIGHT))} == set()
    assert {one for one in NO_RIGHT if not any(name.endswith(one) for name in unproven)} == set()


@pytest.mark.django_db
def test_h01_an_unproven_parent_rates_recalls_pays_and_reads_nothing(algebra: Skill) -> None:
    at = now()
    kid, tutor = child("Comet"), person("Dee", age=40, role="tutor", grade=None)
    parent = parent_of(kid, at=at)
    session = TutoringSession.objects.create(
        tutor=tutor,
        student=kid,
        subject=algebra.subject,
        started_at=at - HALF_AN_HOUR,
        completed_at=at,
        duration_min=30,
    )
    action = SessionAction(session=session, owner=kid, kind=SessionAction.Kind.CELEBRATION, created_at=at)
    recap = shared_reel(kid, parent, at).share.recap

    def rights() -> list[object]:
        return [
            may_rate(session, parent, at),
            may_recall(action, parent, at),
            TutoringSession.objects.all().visible_to(parent).exists(),
            Recap.objects.all().readable_by(parent.pk).exists(),
            User.objects.guardians_of(kid.pk).exists(),
            bool(mailboxes_of_parents(kid)),
            browser(parent).get(f"/recaps/{recap.pk}/").status_code,
            browser(parent).get(f"/family/{kid.pk}/").status_code,
        ]

    assert rights() == [True] * 6 + [200] * 2
    EmailAddress.objects.filter(user=parent).update(verified=False)
    assert rights() == [False] * 6 + [404] * 2
