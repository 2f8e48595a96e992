from loops.proud_parent.models import Recap, RecapReel, RecapShare
from loops.proud_parent.recaps import holds_a_week, purge_recaps
from loops.proud_parent.reels import REELS
from viral_engine.kernel.privacy.policies import Delete, Keep, PersonPath, Purge, declare
from viral_engine.kernel.privacy.shared import register_shared

NUMBERS = Keep("A week in numbers, which nobody can open any more; links that were shared point at it.")

declare(
    Recap,
    retention="recaps",
    people=(PersonPath("child", NUMBERS), PersonPath("parent", NUMBERS)),
    codes="best_skill best_name skills badges",
    purges={"recaps": Purge("made_at", only=holds_a_week, service=lambda at: purge_recaps(at=at))},
)
declare(
    RecapShare, retention="rewards", people=(PersonPath("recap__child", NUMBERS), PersonPath("recap__parent", NUMBERS))
)
declare(
    RecapReel,
    retention="rewards",
    people=(PersonPath("share__recap__child", Delete()), PersonPath("share__recap__parent", Delete())),
    codes="last_error",
)

register_shared(REELS)
