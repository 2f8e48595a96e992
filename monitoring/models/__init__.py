"""Tables of health checks, alerts and growth."""

from monitoring.models.alert import Alert, Notification, Silence
from monitoring.models.check import AgentState, HealthCheck, RequestTally
from monitoring.models.growth import (
    GrowthActiveDay,
    GrowthCount,
    IdGap,
    GrowthInviter,
    GrowthJoiner,
    StreamCursor,
    GrowthMember,
    GrowthReport,
    GrowthReportEmail,
    GrowthReportSubscriber,
    ExcludedEvent,
    ExcludedPerson,
    LifetimeValue,
)

__all__ = [
    "AgentState",
    "Alert",
    "GrowthActiveDay",
    "GrowthCount",
    "IdGap",
    "GrowthInviter",
    "GrowthJoiner",
    "StreamCursor",
    "GrowthMember",
    "GrowthReport",
    "GrowthReportEmail",
    "GrowthReportSubscriber",
    "HealthCheck",
    "ExcludedEvent",
    "ExcludedPerson",
    "LifetimeValue",
    "Notification",
    "RequestTally",
    "Silence",
]
