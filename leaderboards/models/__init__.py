from leaderboards.models.league import League, LeagueSeat
from leaderboards.models.rank_checkpoint import RankCheckpoint, RankDelta
from leaderboards.models.standing import CountedResult, Standing

__all__ = ["CountedResult", "League", "LeagueSeat", "RankCheckpoint", "RankDelta", "Standing"]
