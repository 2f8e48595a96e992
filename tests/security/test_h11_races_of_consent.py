"""Hole 11: a withdrawal while something is shared leaves nothing shared, in whatever order the two come."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import uuid4

import pytest
from django.db import connection, transaction

from feeds.models import Activity, CoPractice, Message, Reaction
from feeds.services import activities, chat, co_practice
from loops.core import orchestrator
from loops.events import ChallengeInitiated
from loops.models import Link
from tests.concurrency import at_once
from tests.factories import befriend, child, cohort_of, parent_of, person, practice
from viral_engine.accounts.models import Cohort, Consent, Friendship, User
from viral_engine.accounts.services import friends
from viral_engine.accounts.services.consent import ConsentRefused, give_consent, withdraw_consent
from viral_engine.kernel.clock import now
from viral_engine.learning.events import PracticeCompleted
from viral_engine.learning.models import Skill
from viral_engine.safety.services import ActionRefused

pytestmark = pytest.mark.django_db(transaction=True)


class Family:
    """A consented child of ten with a result, a cohort, a friend of the same age, and another one to ask."""

    def __init__(self) -> None:
        at = now()
        self.skill = Skill.objects.select_related("subject").get(slug="algebra")
        self.kid, self.bo, self.dee = child("Cy", first_name="Cy"), child("Bo"), child("Dee")
        self.parent = self._consented(self.kid, "Grace")
        self._consented(self.bo, "Joan")
        self._consented(self.dee, "Mary")
        self.cohort: Cohort = cohort_of(self.kid, self.bo, at=at)
        befriend(self.kid, self.bo)
        self.result = practice(self.kid, self.skill, at=at)
        practice(self.bo, self.skill, at=at)
        self.of_bo = Activity.objects.get(actor=self.bo)

    @staticmethod
    def _consented(kid: User, name: str) -> User:
        parent = parent_of(kid, name, at=now())
        for kind in ("coppa", "ferpa", "disclosure"):
            give_consent(parent=parent, child=kid, kind=kind, method="signed_form", ip_hash="", at=now())
        kid.refresh_from_db()
        return parent

    def withdraw(self, kind: str = "coppa") -> None:
        withdraw_consent(parent=self.parent, child=self.kid, kind=kind, at=now())


def message(family: Family) -> None:
    chat.post_message(author=family.kid, cohort_id=family.cohort.pk, text="hello", key=uuid4(), at=now())


def shared_result(family: Family) -> None:
    activities.share_progress(user=family.kid, result=family.result, at=now())


def finished_attempt(family: Family) -> None:
    Activity.objects.filter(actor=family.kid).delete()
    finished = PracticeCompleted(
        actor_id=family.kid.pk,
        attempt_id=str(family.result.pk),
        subject="math",
        skill="algebra",
        score=80,
        kind="practice",
        duration_s=60,
    )
    with transaction.atomic():
        activities.record_attempts([(finished, now())])


def reaction(family: Family) -> None:
    activities.react(user=family.kid, activity=family.of_bo, kind="clap", at=now())


def shared_practice(family: Family) -> None:
    co_practice.start_co_practice(host=family.kid, friend=family.bo, skill=family.skill, at=now())


def link(family: Family) -> None:
    asked = ChallengeInitiated(
        actor_id=family.kid.pk, attempt_id=str(family.result.pk), skill="algebra", score=family.result.score
    )
    orchestrator.trigger_event(asked, now())


def friend_request(family: Family) -> None:
    friends.request_friend(asker=family.kid, asked=family.dee, at=now())


WRITES: dict[str, Callable[[Family], None]] = {
    one.__name__: one for one in (message, shared_result, finished_attempt, reaction, shared_practice, link)
}


def still_shared(kid: User) -> dict[str, int]:
    """Rows of the child that others could read."""
    found = {
        "messages": Message.objects.filter(author=kid, hidden_at=None).count(),
        "activities": Activity.objects.filter(actor=kid, is_shown=True).count(),
        "reactions": Reaction.objects.filter(user=kid, is_shown=True).count(),
        "practices": CoPractice.objects.of(kid.pk).filter(is_shown=True).count(),
        "links": Link.objects.filter(referrer=kid, deactivated_at=None).count(),
    }
    return {name: count for name, count in found.items() if count}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_h11_a_withdrawal_waits_for_what_is_being_shared_and_then_hides_it(
    catalogue: None, write: Callable[[Family], None]
) -> None:
    """The write has passed its check and has not committed when the parent presses the button."""
    family = Family()
    has_written, parent_presses = threading.Event(), threading.Event()

    def share() -> None:
        try:
            with transaction.atomic():
                write(family)
                has_written.set()
                assert parent_presses.wait(20)
                threading.Event().wait(0.4)  # the withdrawal is under way, or already over without a lock
        finally:
            has_written.set()
            connection.close()

    def withdraw() -> None:
        assert has_written.wait(20)
        parent_presses.set()
        try:
            family.withdraw()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(share), pool.submit(withdraw)]:
            done.result(timeout=40)
    assert still_shared(family.kid) == {}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_h11_nothing_is_shared_with_a_person_as_they_were_before_the_withdrawal(
    catalogue: None, write: Callable[[Family], None]
) -> None:
    """The request loaded the child before the parent pressed the button, and writes afterwards."""
    family = Family()
    family.withdraw()
    with suppress(chat.MessageRefused, co_practice.NotFriends, ActionRefused):
        write(family)
    assert still_shared(family.kid) == {}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_h11_both_at_once_leave_nothing_shared(catalogue: None, write: Callable[[Family], None]) -> None:
    family = Family()
    at_once(2, lambda number: family.withdraw() if number else write(family))
    assert still_shared(family.kid) == {}


def test_h11_a_withdrawn_school_record_consent_leaves_no_link(catalogue: None) -> None:
    family = Family()
    at_once(2, lambda number: family.withdraw("ferpa") if number else link(family))
    assert Link.objects.filter(referrer=family.kid, deactivated_at=None).count() == 0


def test_h11_nobody_is_published_who_may_not_be_seen(catalogue: None) -> None:
    """A signed form is approved at the moment in which the parent takes back the consent that it needs."""
    family = Family()

    def publish() -> None:
        with suppress(ConsentRefused):
            give_consent(
                parent=family.parent, child=family.kid, kind="disclosure", method="signed_form", ip_hash="", at=now()
            )

    at_once(2, lambda number: family.withdraw() if number else publish())
    assert set(Consent.objects.kinds_for(family.kid.pk)) & {"coppa", "disclosure"} == set()


def test_h11_a_friend_request_and_a_withdrawal_take_turns(catalogue: None) -> None:
    family = Family()
    outcomes = at_once(2, lambda number: family.withdraw() if number else friend_request(family))
    asked = Friendship.objects.between(family.kid.pk, family.dee.pk).exists()
    assert outcomes in ({None: 2}, {None: 1, "FriendshipRefused": 1})
    assert asked is (outcomes == {None: 2})  # asked before: friends_page hides the child; after: refused


def test_h11_a_block_by_staff_hides_a_message_written_at_the_same_moment(catalogue: None) -> None:
    from viral_engine.accounts.services.sessions import close_account

    ada, bo = person("Ada"), person("Bo")
    cohort = cohort_of(ada, bo, at=now())

    def act(number: int) -> None:
        if number:
            User.objects.filter(pk=ada.pk).update(blocked_at=now())
            close_account(user=ada, at=now())
        else:
            chat.post_message(author=ada, cohort_id=cohort.pk, text="hello", key=uuid4(), at=now())

    at_once(2, act)
    assert Message.objects.filter(author=ada, hidden_at=None).count() == 0
