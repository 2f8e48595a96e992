"""Personal-data policies of summaries' pipelines, of what they led to, and of reminders."""

from loops.session_intelligence.models import SessionAction, SessionPipeline, SessionReminder
from viral_engine.kernel.privacy.policies import Delete, Keep, PersonPath, declare

DELETE = Delete()

declare(
    SessionPipeline,
    retention="learning",
    people=(PersonPath("session__student", DELETE), PersonPath("session__tutor", DELETE)),
    codes="stage redactions shortfall last_error",
)
declare(
    SessionAction,
    retention="learning",
    people=(
        PersonPath("session__student", DELETE),
        PersonPath("session__tutor", DELETE),
        PersonPath("owner", DELETE),
        PersonPath("recalled_by", Keep("The row says who took it back, by number.")),
    ),
    codes="kind status reason",
)
declare(
    SessionReminder,
    retention="learning",
    people=(PersonPath("action__owner", DELETE),),
    codes="last_error",
)
