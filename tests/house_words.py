"""Names and words that do not come back, and how many of the old ones are left: the lists of test_house_rules.

A budget only shrinks. `python -m tests.house_style` prints today's numbers; a change that lowers one lowers it here.
"""

import re


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# -- Names ---------------------------------------------------------------------------------------------------
# Whole identifiers (functions, classes, fields, arguments) that have a better name today.
OLD_NAMES = words(
    """
    hear promise mention promised_listener Parcel SlotRun
    folded_email GuestRecognized Tie
    subject_rounds Victory weigh_action
    in_database picky expecting reconsider _obey _make_good
    unread_by hide_who_hides
    RankMark RankMove keep_ranks door_of why_not words_of
    Due dues Moment Objection CannotBuild Words Picture said_by whom asked_for _keep_consent joiners
    Letter WrittenCopy AiDay SpendDay RewardDay STANDS_FOR whole why_dark OFFICE Paper
    help_save take_part wear filled
    Who widen_phase
    take_check is_so told park parked Notice Turn
    Touched hindrances GrowthMark GrowthGap take_turn TurnLost LeftOutPerson left_whole _Teller
    inviter joiner
    """
)
# Identifiers that match are old as well: limits are MAX_ and MIN_.
OLD_PATTERNS = (
    re.compile(r"(?:LONGEST|LARGEST|MOST|FEWEST|LEAST|DEEPEST)_\w+"),
    re.compile(r"darken_\w+"),
    re.compile(r"pull_\w+"),
)
# Stems of modules, templates and scripts.
OLD_MODULES = words(
    """
    courier doors settling dues endings surroundings sheets phase2 subject_rounds visitors mails
    _what _message_gone _ware alive bury
    """
)

# -- Prose ---------------------------------------------------------------------------------------------------
OLD_PROSE = re.compile(r"\b(?:told|somebody|anew|owed|whoever|by nobody)\b", re.IGNORECASE)

# -- One class name means one thing --------------------------------------------------------------------------
# Frameworks look these up by name.
CONVENTIONAL_CLASSES = frozenset({"Command", "Config", "Media", "Meta", "Migration"})
# Names that still stand for several classes. The set only shrinks.
SHARED_CLASSES = words(
    """
    Answer AnswerForm Arm Audience Board Candidate Card Change Channel Choice Draft Estimate Fact Finding Frame
    Interval Kind Listener Look Outcome Person Player Point Progress Reading Refused Row ShareForm Standing State
    Status Step Stream SubjectPage Sums Tally Theme Tile Verdict Victory
    """
)

# -- Numbers of today ----------------------------------------------------------------------------------------
BUDGETS = {
    "old names": 1260,
    "old modules": 21,
    "event names as literals": 179,
    "long lines of templates": 250,
    "type: ignore": 29,
    "getattr": 33,
    "old prose in sources": 300,
    "old prose in templates": 15,
    "old prose in tests": 52,
}

# -- Tests ---------------------------------------------------------------------------------------------------
# Sleeps of more than 0.2 s, or of a computed length: {module::function: why no condition can be awaited}.
LONG_SLEEPS: dict[str, str] = {}
