"""Between an attempt and the relay an account may be deleted, and a day may end."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from loops.models import DailyRewardTotal, RewardEntry
from tests.factories import person, practice
from viral_engine.kernel import outbox
from viral_engine.kernel.clock import midnight, now, today
from viral_engine.kernel.models import Delivery
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def without_a_relay(settings: Settings) -> None:
    settings.OUTBOX_EAGER = False


def test_a_deleted_account_holds_up_nobody(algebra: Skill) -> None:
    at = now() - timedelta(minutes=5)
    ada, bo = person("Ada", at=at - timedelta(days=30)), person("Bo", at=at - timedelta(days=30))
    practice(ada, algebra, at=at)
    practice(bo, algebra, at=at)
    ada.delete()
    outbox.drain(at=now())
    assert not Delivery.objects.unfinished().exists()
    assert RewardEntry.objects.get().user == bo


def test_points_of_yesterday_count_on_yesterday_s_cap(algebra: Skill) -> None:
    ada = person("Ada", at=now() - timedelta(days=30))
    last_night = midnight(today(now())) - timedelta(minutes=10)
    practice(ada, algebra, at=last_night)
    practice(ada, algebra, at=now() - timedelta(seconds=90))
    outbox.drain(at=now())
    days = DailyRewardTotal.objects.filter(user=ada, kind="points").order_by("on")
    assert list(days.values_list("granted", flat=True)) == [100, 100]
