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
    "old prose in tests": 0,
}

# -- Tests ---------------------------------------------------------------------------------------------------
# Sleeps of more than 0.2 s, or of a computed length: {module::function: why no condition can be awaited}.
_FAULTS = "acceptance/test_presence_faults.py"
LONG_SLEEPS = {
    "acceptance/test_presence.py::test_a_page_reload_within_the_grace_is_no_leave": "the grace ends, and nobody left",
    f"{_FAULTS}::beat": "the pace of a client's heartbeats",
    f"{_FAULTS}::flood": "the pace of 1.6 MB a second",
    f"{_FAULTS}::test_a_graceful_stop_closes_with_1012_and_nobody_blinks": "a lease ends, and nobody left",
    f"{_FAULTS}::test_a_paused_process_comes_back_without_those_who_left_meanwhile": "a lease ends meanwhile",
    f"{_FAULTS}::test_a_redis_that_forgets_everything_empties_no_room": "a lease ends, and nobody left",
    f"{_FAULTS}::test_a_redis_that_is_restarted_empties_no_room": "Redis stays away; a lease ends, and nobody left",
    f"{_FAULTS}::test_nobody_blinks_when_another_server_stops": "a tab takes longer than the grace to come back",
    "acceptance/test_proud_parent.py::act": "a transaction stays open while another one would overtake it",
    "accounts/test_purge.py::agree": "a transaction stays open while another one would overtake it",
    "monitoring/growth/test_rooms.py::test_a_viewer_more_costs_no_computation": "a tick ends, and nothing is computed",
    "load/locustfile.py::pause": "learners think, and heartbeats keep their pace: it is load, not a test",
    "receivers.py::do_POST": "a receiver that is slow, as slow as the test asks",
    "presence/test_joins.py::test_a_second_join_during_a_slow_first_one_stays_present": "a grace ends, and nobody left",
    "presence/test_live_pages.py::test_the_last_page_to_leave_closes_the_audience_and_no_earlier": "a grace ends",
}
