from leaderboards.services.audit import audit_standings, count_missed
from leaderboards.services.leagues import close_ended_leagues
from leaderboards.services.rank_checkpoints import maintain_checkpoints
from leaderboards.services.standings import count_claimed, count_result, record_result, refresh_child, refresh_person

__all__ = [
    "audit_standings",
    "close_ended_leagues",
    "count_claimed",
    "count_missed",
    "count_result",
    "maintain_checkpoints",
    "record_result",
    "refresh_child",
    "refresh_person",
]
