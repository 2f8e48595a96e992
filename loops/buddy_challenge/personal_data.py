from loops.buddy_challenge.models import Challenge, ChallengeEntry
from viral_engine.kernel.privacy.policies import Keep, PersonPath, declare

BY_NUMBER = Keep("The offer and its result by number; the other players keep theirs.")

declare(
    Challenge,
    retention="rewards",
    people=(PersonPath("link__referrer", BY_NUMBER), PersonPath("attempt__user", BY_NUMBER)),
)
declare(ChallengeEntry, retention="rewards", people=(PersonPath("attempt__user", BY_NUMBER),))
