"""An event of the tests, and a listener that can fail."""

from dataclasses import dataclass
from datetime import datetime

from viral_engine.kernel.events import Event
from viral_engine.kernel.models import PeriodicRun


@dataclass(frozen=True, slots=True, kw_only=True)
class KettleBoiled(Event):
    liters: int


failures: list[bool] = []


def pay(event: KettleBoiled, at: datetime) -> None:
    PeriodicRun.objects.create(task=f"paid-{event.liters}", slot=at)
    if failures:
        failures.pop()
        raise RuntimeError("no change")
