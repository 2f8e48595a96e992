"""Personal-data policies of boards and leagues: numbers, which a tombstone keeps without a name."""

from leaderboards.models import League, LeagueSeat, RankCheckpoint, RankDelta, Standing
from leaderboards.models.standing import CountedResult
from viral_engine.kernel.privacy.policies import Keep, PersonPath, declare

NUMBERS = Keep("A place on a board without a name; the ranks of others stay what they were.")

declare(League, retention="learning", codes="week", reason="A league of a week.")
declare(LeagueSeat, retention="learning", people=(PersonPath("user", NUMBERS),), codes="week")
declare(RankCheckpoint, retention="statistics", codes="period metric band", reason="A count of how many are ahead.")
declare(RankDelta, retention="statistics", codes="period metric band", reason="A change of a count.")
declare(
    Standing,
    retention="learning",
    people=(PersonPath("user", NUMBERS),),
    codes="period band first_scores last_scores",
)
declare(CountedResult, retention="learning", people=(PersonPath("attempt__user", NUMBERS),))
