"""An outcome in a referral tree counts from the exposure of the person it came through."""

from datetime import datetime, timedelta

import pytest

from experiments.models import Exposure, Outcome, PersonExposure
from experiments.services.assignment import Variant
from loops.core.experiment_adapter import expose, record_outcome
from loops.core.experiment_corrections import correct_outcomes
from loops.events import InviteSent
from loops.models import Link, Referral, Touch
from tests.experiments.trials import draft, started
from tests.factories import person
from tests.monitoring.growth.factories import loop
from viral_engine.accounts.models import User
from viral_engine.kernel.events import Event
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.events import FvmReached

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Family:
    """Ada brought Bo; both share links of one tree, which carry the tree's arm."""

    def __init__(self, at: datetime, event: str) -> None:
        self.at = at
        self.ada, self.bo = person("Ada", at=at), person("Bo", at=at)
        self.phase = started(draft(unit="tree", event=event), at)
        self.root = str(self.ada.person_id)
        self.of_ada, self.of_bo = self.link(self.ada, "aaaaaaaa"), self.link(self.bo, "bbbbbbbb")
        touch = Touch.objects.create(link=self.of_ada, visitor="bo", clicked_at=at, clicked_on=at.date())
        Referral.objects.create(referee=self.bo, referrer=self.ada, link=self.of_ada, touch=touch, attributed_at=at)

    def link(self, owner: User, code: str) -> Link:
        arm = Variant("copy", "bold", phase_id=self.phase.pk, number=1, unit=self.root)
        stored = {"experiment": "copy", "arm": "bold", "phase_id": arm.phase_id, "number": 1, "unit": arm.unit}
        lives = {"created_at": self.at, "expires_at": self.at + 30 * DAY}
        return Link.objects.create(
            code=code, loop=loop("buddy_challenge"), referrer=owner, tree=self.root, arms=[stored], **lives
        )

    def happens(self, event: Event, at: datetime) -> int:
        """Log the event, count it, and return the outcomes of the tree so far."""
        LoggedEvent.objects.create(
            type=event.type,
            actor_id=event.actor_id,
            guest_id=event.guest_id,
            link_code=event.link_code,
            properties=event.properties(),
            at=at,
        )
        record_outcome(event, at)
        return self.counted()

    def counted(self) -> int:
        outcome = Outcome.objects.first()
        return outcome.count if outcome else 0

    def invite(self, user: User, link: Link, at: datetime) -> int:
        sent = InviteSent(actor_id=user.pk, link_code=link.code, loop="buddy_challenge", channel="sms")
        return self.happens(sent, at)


def test_an_invite_before_its_own_senders_exposure_does_not_count(at: datetime) -> None:
    family = Family(at, "invite_sent")
    expose(family.of_ada, family.ada.person_id, at)
    assert family.invite(family.bo, family.of_bo, at + HOUR) == 0  # Bo has not seen the arm
    expose(family.of_bo, family.bo.person_id, at + 2 * HOUR)
    assert family.invite(family.bo, family.of_bo, at + HOUR) == 0  # delivered late, from before
    assert family.invite(family.bo, family.of_bo, at + 3 * HOUR) == 1
    assert family.invite(family.ada, family.of_ada, at + 3 * HOUR) == 2
    assert (Exposure.objects.count(), PersonExposure.objects.count()) == (1, 2)
    assert Exposure.objects.get().at == at


def test_the_window_is_the_persons_own(at: datetime) -> None:
    """Three days after the tree's first exposure, Bo's window is still open and Ada's is over."""
    family = Family(at, "invite_sent")
    expose(family.of_ada, family.ada.person_id, at)
    expose(family.of_bo, family.bo.person_id, at + 2 * DAY)
    assert family.invite(family.ada, family.of_ada, at + 4 * DAY) == 0
    assert family.invite(family.bo, family.of_bo, at + 4 * DAY) == 1


def test_a_friends_first_value_came_through_the_one_who_shared_the_link(at: datetime) -> None:
    family = Family(at, "fvm_reached")
    cy, dee = person("Cy", at=at), person("Dee", at=at)
    expose(family.of_ada, family.ada.person_id, at)

    def reaches(user: User, link: Link, when: datetime) -> int:
        reached = FvmReached(actor_id=user.pk, link_code=link.code, attempt_id="a", person_id=str(user.person_id))
        return family.happens(reached, when)

    assert reaches(cy, family.of_bo, at + HOUR) == 0  # through Bo, who has not seen the arm
    assert reaches(dee, family.of_ada, at + HOUR) == 1  # through Ada
    expose(family.of_bo, family.bo.person_id, at + 2 * HOUR)
    assert reaches(person("Eve", at=at), family.of_bo, at + 3 * HOUR) == 2


def test_a_recount_follows_the_same_rule(at: datetime) -> None:
    """Corrections read the log again and find what was counted as it happened."""
    family = Family(at, "invite_sent")
    expose(family.of_ada, family.ada.person_id, at)
    family.invite(family.bo, family.of_bo, at + HOUR)
    expose(family.of_bo, family.bo.person_id, at + 2 * HOUR)
    for hours in (3, 4, 5):
        family.invite(family.bo, family.of_bo, at + hours * HOUR)
    assert family.invite(family.ada, family.of_ada, at + 9 * DAY) == 3  # after Ada's window
    LoggedEvent.objects.filter(type="invite_sent", at=at + 4 * HOUR).update(is_invalid=True)
    assert correct_outcomes(at=at + DAY) == 1
    assert family.counted() == 2
    LoggedEvent.objects.filter(type="invite_sent").update(is_invalid=False)
    assert correct_outcomes(at=at + DAY) == 1
    assert family.counted() == 3
