"""Limits and signals of referral payments."""

from collections.abc import Sequence
from datetime import timedelta

MAX_REFEREES_A_DAY = 5  # that one referrer is paid for; the others wait for staff, and use nobody's daily budget
MAX_REFEREES_A_MONTH = 20
MONTH = timedelta(days=30)
HELD_FOR_A_CHECK = timedelta(days=3)  # a reward at the verdict "queue"; then it is released
NETWORK_IN = timedelta(days=1)
MAX_OF_A_NETWORK = 10  # referees of one referrer from one address in a day; a class is larger than a link's friends

# Signals among the referees of one referrer, beside those of the referee's own account.
REFEREE_WEIGHTS = {"referee_device": 0.1, "referee_devices": 0.6, "referee_network": 0.2}


def referee_signals(*, same_device: int, same_network: int) -> list[str]:
    """The signals; counts are of the referrer's other referees. Two neighbors share a computer, a farm shares one."""
    device = "referee_devices" if same_device > 1 else "referee_device" if same_device else ""
    network = "referee_network" if same_network >= MAX_OF_A_NETWORK else ""
    return [name for name in (device, network) if name]


def within_month(daily: Sequence[int]) -> bool:
    """Whether the days' totals, today's included, are within the referrer's budget of thirty days."""
    return sum(daily) <= MAX_REFEREES_A_MONTH
