"""Tables of health checks, alerts and growth."""

from monitoring.models.alert import Alert, Notification, Silence
from monitoring.models.check import AgentState, HealthCheck, RequestTally
from monitoring.models.growth import (
    ExcludedEvent,
    ExcludedPerson,
    GrowthActiveDay,
    GrowthCount,
    GrowthMember,
    GrowthReferee,
    GrowthReferrer,
    GrowthReport,
    GrowthReportEmail,
    GrowthReportSubscriber,
    IdGap,
    LifetimeValue,
    StreamCursor,
)

__all__ = [
    "AgentState",
    "Alert",
    "ExcludedEvent",
    "ExcludedPerson",
    "GrowthActiveDay",
    "GrowthCount",
    "GrowthMember",
    "GrowthReferee",
    "GrowthReferrer",
    "GrowthReport",
    "GrowthReportEmail",
    "GrowthReportSubscriber",
    "HealthCheck",
    "IdGap",
    "LifetimeValue",
    "Notification",
    "RequestTally",
    "Silence",
    "StreamCursor",
]
