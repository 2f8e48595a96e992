from loops.streak_rescue.models import Rescue, RescueEntry
from viral_engine.kernel.privacy.policies import Keep, PersonPath, declare

BY_NUMBER = Keep("The offer and its result by number; the other players keep theirs.")

declare(Rescue, retention="rewards", people=(PersonPath("link__referrer", BY_NUMBER),))
declare(RescueEntry, retention="rewards", people=(PersonPath("attempt__user", BY_NUMBER),))
