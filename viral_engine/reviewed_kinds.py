"""Kinds of cases that people report and staff review."""

from feeds.services import reportables
from loops.core import reportables as loop_reportables
from viral_engine.safety.services import people

REVIEWED_KINDS = (
    people.ACCOUNT_KIND,
    people.PROFILE_KIND,
    reportables.MESSAGE_KIND,
    reportables.ACTIVITY_KIND,
    loop_reportables.LINK_KIND,
    loop_reportables.REWARD_KIND,
)
