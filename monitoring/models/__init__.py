"""Tables of health checks, alerts and growth."""

from monitoring.models.alert import Alert, Notification, Silence
from monitoring.models.check import AgentState, FailingJob, HealthCheck, RequestTally
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
    SetAsideRow,
    StreamCursor,
)

__all__ = [
    "AgentState",
    "Alert",
    "ExcludedEvent",
    "ExcludedPerson",
    "FailingJob",
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
    "SetAsideRow",
    "Silence",
    "StreamCursor",
]
