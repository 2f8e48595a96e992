from dataclasses import dataclass

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AbuseReport(Event):
    """A person reported something that another person shared; the actor is the reporter, if they have an account."""

    kind: str  # of the registry of reportable kinds
    object_key: str
    owner_id: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TsDetection(Event):
    """Trust and safety found something about the actor that staff should read."""

    item_id: int
    kind: str
    outcome: str  # queue | hold | block
    signals: tuple[str, ...]
