from loops.results_rally.models import Rally, RallyEntry
from viral_engine.kernel.privacy.policies import Keep, PersonPath, declare

BY_NUMBER = Keep("The offer and its result by number; the other players keep theirs.")

declare(
    Rally,
    retention="rewards",
    people=(PersonPath("link__referrer", BY_NUMBER), PersonPath("attempt__user", BY_NUMBER)),
    codes="kind",
)
declare(RallyEntry, retention="rewards", people=(PersonPath("attempt__user", BY_NUMBER),))
