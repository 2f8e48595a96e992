from leaderboards.models.league import League, LeagueSeat
from leaderboards.models.mark import RankMark, RankMove
from leaderboards.models.standing import CountedResult, Standing

__all__ = ["CountedResult", "League", "LeagueSeat", "RankMark", "RankMove", "Standing"]
