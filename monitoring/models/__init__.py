"""Tables of health checks, alerts and growth."""

from monitoring.models.alert import Alert, Notice, Silence
from monitoring.models.check import AgentState, HealthCheck, RequestTally
from monitoring.models.growth import (
    GrowthActiveDay,
    GrowthCount,
    GrowthGap,
    GrowthInviter,
    GrowthJoiner,
    GrowthMark,
    GrowthMember,
    GrowthReport,
    GrowthReportMail,
    GrowthReportReader,
    LeftOutEvent,
    LeftOutPerson,
    LifetimeValue,
)

__all__ = [
    "AgentState",
    "Alert",
    "GrowthActiveDay",
    "GrowthCount",
    "GrowthGap",
    "GrowthInviter",
    "GrowthJoiner",
    "GrowthMark",
    "GrowthMember",
    "GrowthReport",
    "GrowthReportMail",
    "GrowthReportReader",
    "HealthCheck",
    "LeftOutEvent",
    "LeftOutPerson",
    "LifetimeValue",
    "Notice",
    "RequestTally",
    "Silence",
]
