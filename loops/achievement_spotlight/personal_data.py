from loops.achievement_spotlight.models import ShownBadge
from viral_engine.kernel.privacy.policies import Keep, PersonPath, declare

BY_NUMBER = Keep("The offer and its result by number; the other players keep theirs.")

declare(ShownBadge, retention="rewards", people=(PersonPath("achievement__user", BY_NUMBER),))
