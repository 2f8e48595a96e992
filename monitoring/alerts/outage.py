"""The one trouble that has no row: the database itself is away."""

import logging
from datetime import datetime

from monitoring.alerts.channels import CHANNELS, Refused, configured
from monitoring.models import Alert, Notice
from viral_engine.kernel.leases import TryLater

logger = logging.getLogger(__name__)
LOST_AFTER = 2  # looks in a row that found no database


class Outage:
    """What one process tells of it. Each channel hears once that it began, and if it did, once that it is over; a
    channel that did not take the message is tried at the next look.

    There is no row to claim: every process tells. PagerDuty makes one incident of it, other channels hear of each.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._began_at: datetime | None = None
        self._owed_the_end: set[str] = set()

    def goes_on(self, failure: Exception, at: datetime) -> None:
        logger.warning("the database did not answer: %s", type(failure).__name__)
        self._failures += 1
        self._began_at = self._began_at or at
        if self._failures >= LOST_AFTER:
            untold = [name for name in configured() if name not in self._owed_the_end]
            self._owed_the_end.update(_took(untold, Notice.Turn.RAISED, self._began_at, at))

    def is_over(self, at: datetime) -> None:
        self._failures = 0
        if self._owed_the_end:
            told = _took(sorted(self._owed_the_end), Notice.Turn.RESOLVED, self._began_at or at, at)
            self._owed_the_end.difference_update(told)
        if not self._owed_the_end:
            self._began_at = None


def _took(names: list[str], turn: Notice.Turn, began_at: datetime, at: datetime) -> list[str]:
    """The channels that need not be told this again."""
    told = "Pages answer with errors until it is back."
    lost = Alert(key="database", severity="critical", title="The database does not answer", told=told)
    lost.opened_at = began_at
    return [name for name in names if _is_settled(Notice(alert=lost, turn=turn, channel=name, at=at), at)]


def _is_settled(notice: Notice, at: datetime) -> bool:
    try:
        CHANNELS[notice.channel].send(notice, at)
    except TryLater as trouble:
        logger.warning("%s is told later: %s", notice.channel, trouble)
        return False
    except Refused as refusal:
        logger.error("%s is not told: %s", notice.channel, refusal)
    return True
