"""The one alert without a row: the database itself does not answer."""

import logging
from datetime import datetime

from monitoring.alerts.channels import CHANNELS, DeliveryRefused, configured
from monitoring.models import Alert, Notification
from viral_engine.kernel.leases import TryLater

logger = logging.getLogger(__name__)
LOST_AFTER = 2  # failed checks in a row


class DatabaseOutage:
    """A database outage, reported by one process.

    Each channel gets one message when the outage begins and, if it accepted that one, one message when it ends. A
    channel that did not accept a message is tried again at the next check. Without a database there is no row to claim,
    so every process reports: PagerDuty merges the reports, other channels get one from each process.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._began_at: datetime | None = None
        self._informed: set[str] = set()

    def goes_on(self, failure: Exception, at: datetime) -> None:
        logger.warning("the database did not answer: %s", type(failure).__name__)
        self._failures += 1
        self._began_at = self._began_at or at
        if self._failures >= LOST_AFTER:
            missing = [name for name in configured() if name not in self._informed]
            self._informed.update(_send(missing, Notification.Transition.RAISED, self._began_at, at))

    def is_over(self, at: datetime) -> None:
        self._failures = 0
        if self._informed:
            done = _send(sorted(self._informed), Notification.Transition.RESOLVED, self._began_at or at, at)
            self._informed.difference_update(done)
        if not self._informed:
            self._began_at = None


def _send(names: list[str], transition: Notification.Transition, began_at: datetime, at: datetime) -> list[str]:
    """Names of the channels that accepted the message or refused it permanently."""
    detail = "Pages answer with errors until it is back."
    lost = Alert(key="database", severity="critical", title="The database does not answer", detail=detail)
    lost.opened_at = began_at
    return [
        name for name in names if _is_settled(Notification(alert=lost, transition=transition, channel=name, at=at), at)
    ]


def _is_settled(notification: Notification, at: datetime) -> bool:
    try:
        CHANNELS[notification.channel].send(notification, at)
    except TryLater as failure:
        logger.warning("%s gets the message later: %s", notification.channel, failure)
        return False
    except DeliveryRefused as refusal:
        logger.error("%s refused the message: %s", notification.channel, refusal)
    return True
