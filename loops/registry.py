"""Every loop of this release, by name. A loop without a row in the database does not run."""

from loops.achievement_spotlight import AchievementSpotlight
from loops.buddy_challenge import BuddyChallenge
from loops.contract import ViralLoop
from loops.models import Link
from loops.proud_parent import ProudParent
from loops.results_rally import ResultsRally
from loops.share import SharePack, pack_of
from loops.streak_rescue import StreakRescue
from loops.tutor_spotlight import TutorSpotlight

LOOPS: dict[str, ViralLoop] = {
    loop.name: loop
    for loop in (
        BuddyChallenge(),
        ResultsRally(),
        ProudParent(),
        TutorSpotlight(),
        StreakRescue(),
        AchievementSpotlight(),
    )
}


def loop_of(link: Link) -> ViralLoop:
    return LOOPS[link.loop_id]


def share_pack(link: Link) -> SharePack:
    """No query for a whole link; nothing in it names the inviter."""
    return pack_of(link, loop_of(link).words(link))
