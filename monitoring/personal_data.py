"""Personal-data policies of monitoring and of the growth counts, which know people by number alone."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from loops.models import Touch
from monitoring.models import (
    AgentState,
    Alert,
    ExcludedEvent,
    ExcludedPerson,
    FailingJob,
    GrowthActiveDay,
    GrowthCount,
    GrowthMember,
    GrowthReferee,
    GrowthReferrer,
    GrowthReport,
    GrowthReportEmail,
    GrowthReportSubscriber,
    HealthCheck,
    IdGap,
    LifetimeValue,
    Notification,
    RequestTally,
    SetAsideRow,
    Silence,
    StreamCursor,
)
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.kernel.privacy.policies import Delete, Keep, PersonPath, Purge, declare, hold_back

ON_CALL = Keep("The log of on-call says who of the staff acted.")
COUNTED = Keep("A number in a count; it leads to nobody after the account is erased.")


def _is_resolved(_: datetime) -> Q:
    return Q(resolved_at__isnull=False)


# -- Operations ----------------------------------------------------------------------------------------------
declare(
    Alert,
    retention="operations",
    people=(PersonPath("acknowledged_by", ON_CALL),),
    codes="key title detail",
    purges={"operations": Purge("resolved_at", only=_is_resolved)},
)
declare(
    Silence,
    retention="operations",
    people=(PersonPath("set_by", ON_CALL),),
    codes="key",
    purges={"operations": Purge("until")},
)
declare(
    Notification,
    retention="operations",
    codes="channel last_error",
    reason="An alert on its way; addresses are never stored.",
    purges={"operations": Purge("at", only=lambda _: Q(sent_at__isnull=False))},
)
declare(HealthCheck, retention="statistics", reason="Numbers of the site; old checks are merged into days.")
declare(AgentState, retention="content", codes="name title reason", reason="The state of an agent.")
declare(FailingJob, retention="content", codes="task error", reason="The name of a task, while it fails.")
declare(RequestTally, retention="operations", reason="Numbers of requests.", purges={"operations": Purge("at")})

# -- Growth --------------------------------------------------------------------------------------------------
declare(GrowthCount, retention="statistics", codes="measure loop persona part", reason="A sum of a day.")
declare(GrowthMember, retention="learning", people=(PersonPath("user_id", COUNTED),), codes="persona loop")
declare(GrowthActiveDay, retention="learning", people=(PersonPath("user_id", COUNTED),))
declare(
    GrowthReferrer, retention="rewards", people=(PersonPath("user_id", COUNTED),), codes="loop persona joined_after"
)
declare(
    GrowthReferee,
    retention="rewards",
    people=(PersonPath("referrer_id", COUNTED), PersonPath("person_id", COUNTED, is_person_id=True)),
    codes="person_id loop persona channel",
)
declare(StreamCursor, retention="content", codes="stream", reason="How far a log is counted.")
declare(SetAsideRow, retention="content", codes="stream error", reason="The number of a log row, until it is counted.")
declare(IdGap, retention="content", codes="stream", reason="Numbers that a log skipped.")
declare(ExcludedEvent, retention="content", reason="The number of an event.")
declare(ExcludedPerson, retention="learning", people=(PersonPath("user_id", COUNTED),))
declare(LifetimeValue, retention="content", codes="persona source", reason="An assumption of staff.")
declare(GrowthReport, retention="statistics", codes="week facts", reason="Sums of a week.")
declare(
    GrowthReportEmail,
    retention="statistics",
    codes="mailbox last_error",
    reason="The keyed hash of a staff mailbox, so that a report is sent once.",
)
declare(GrowthReportSubscriber, retention="account", people=(PersonPath("user", Delete()),))


# -- Counts come first ---------------------------------------------------------------------------------------
def _is_not_counted(stream: str) -> Callable[[datetime], Q]:
    """Rows that the growth counts have not read yet."""

    def find(_: datetime) -> Q:
        position = StreamCursor.objects.filter(stream=stream).values_list("position", flat=True).first()
        return Q(pk__gt=position or 0)

    return find


def _is_of_a_referee(_: datetime) -> Q:
    return Q(Exists(GrowthReferee.objects.filter(person_id=OuterRef("visitor"))))


NOT_COUNTED = "The growth dashboards have not counted it yet."
hold_back(LoggedEvent, NOT_COUNTED, _is_not_counted("events"))
hold_back(Decision, NOT_COUNTED, _is_not_counted("decisions"))
hold_back(Touch, "The K-factor counts the channel that brought this person.", _is_of_a_referee)
