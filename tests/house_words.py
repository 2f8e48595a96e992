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
    hear promise mention promised_listener Parcel Place SlotRun LONGEST_PAUSE
    folded_email GuestRecognized Tie signed_in
    subject_rounds Victory Lesson weigh_action
    Batch Node Catalogue in_database picky expecting reconsider _obey _make_good
    unread_by hide_who_hides for_viewers Club
    RankMark RankMove keep_ranks door_of why_not words_of
    Due dues Moment Objection CannotBuild Words Picture said_by whom asked_for _keep_consent
    Word Letter WrittenCopy AiDay SpendDay RewardDay STANDS_FOR why_dark OFFICE Paper
    help_save take_part wear
    Who widen_phase shipped
    take_check is_so told park parked Notice Turn
    Choice Touched hindrances GrowthMark GrowthGap take_turn TurnLost LeftOutPerson left_whole _Teller
    Card Fact Frame Row Tally
    trouble troubles
    round_name per_round lesson lessons swarm
    inviter inviters joiner joiners GrowthInviter GrowthJoiner InviterFacts JoinerFacts
    """
)
# Names of old functions that are fine for a value: only a definition or a call is old.
OLD_CALLS = words("whole filled")
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
# A sentence, not a question or a heading, whose subject is a clause: "What others wrote stays."
CLAUSE_AS_SUBJECT = re.compile(r"(?:^|(?<=[.!?] )|(?<=: ))\W*(?:What|Who|Whoever|Whatever)\b[^.!?:]*[.:](?=\s|$)")

# -- One class name means one thing --------------------------------------------------------------------------
# Frameworks look these up by name.
CONVENTIONAL_CLASSES = frozenset({"Command", "Config", "Media", "Meta", "Migration"})
# Choices nested in a model are read with it: Attempt.Kind, Friendship.Status.
NESTED_CHOICES = frozenset({"Kind", "Outcome", "Role", "Status"})

# -- Words that are not the event ----------------------------------------------------------------------------
# Strings that spell the type of a logged event and mean something else.
SOCKET_EVENT = "an event of a page's socket, not of the log"
SAME_WORDS = {
    "feeds/fragments.py activity_changed": SOCKET_EVENT,
    "feeds/fragments.py cohort_challenge_created": SOCKET_EVENT,
    "feeds/fragments.py message_hidden": SOCKET_EVENT,
    "leaderboards/fragments.py league_closed": SOCKET_EVENT,
    "loops/models/growth_email.py opted_out": "a stored reason for an email that is not sent",
    "presence/fragments.py practice_started": SOCKET_EVENT,
    "presence/node.py signed_out": "a reason for closing a socket",
    "presence/rooms/subject.py practice_completed": SOCKET_EVENT,
    "presence/rooms/subject.py practice_started": SOCKET_EVENT,
    "presence/services.py signed_out": "a reason for closing a socket",
    "presence/subject_cache.py practice_completed": SOCKET_EVENT,
    "viral_engine/accounts/fragments.py friend_requested": SOCKET_EVENT,
}

# -- Numbers of today ----------------------------------------------------------------------------------------
BUDGETS = {
    "old names": 0,
    "old names in templates": 0,
    "old modules": 0,
    "event names as literals": 0,
    "long lines of templates": 0,
    "type: ignore": 2,  # an e-mail address may be missing; the base class of allauth's adapter is untyped
    "getattr": 0,
    "old prose in sources": 0,
    "old prose in strings": 4,  # three help texts, which migrations hold as well, and a list of words
    "old prose in templates": 0,
    "old prose in tests": 0,
    "old prose in documents": 0,
    "class names with several meanings": 0,
}

# -- Tests ---------------------------------------------------------------------------------------------------
# Sleeps of more than 0.2 s, or of a computed length: {module::function: why no condition can be awaited}.
_FAULTS = "acceptance/test_presence_faults.py"
LONG_SLEEPS = {
    "acceptance/test_presence.py::test_a_page_reload_within_the_grace_period_is_not_a_leave": "the grace period ends",
    f"{_FAULTS}::beat": "the pace of a client's heartbeats",
    f"{_FAULTS}::flood": "the pace of 1.6 MB a second",
    f"{_FAULTS}::test_a_graceful_stop_closes_with_1012_and_nobody_blinks": "a lease ends, and nobody left",
    f"{_FAULTS}::test_a_paused_process_returns_without_people_who_left": "a lease ends meanwhile",
    f"{_FAULTS}::test_a_flushed_redis_empties_no_room": "a lease ends, and nobody left",
    f"{_FAULTS}::test_a_restarted_redis_empties_no_room": "Redis stays away; a lease ends, and nobody left",
    f"{_FAULTS}::test_nobody_blinks_when_another_server_stops": "a tab takes longer than the grace to come back",
    "acceptance/test_proud_parent.py::act": "a transaction stays open while another one would overtake it",
    "accounts/test_purge.py::agree": "a transaction stays open while another one would overtake it",
    "monitoring/growth/test_rooms.py::test_a_viewer_more_costs_no_computation": "a tick ends, and nothing is computed",
    "presence/test_background.py::wait": "a task that runs until it is cancelled",
    "load/locustfile.py::pause": "learners think, and heartbeats keep their pace: it is load, not a test",
    "faults/front.py::watch": "the pace of a load balancer's checks",
    "faults/proxy.py::_send": "a slow network delays each piece of bytes",
    "receivers.py::handle_DATA": "a mail server that is slow, as slow as the test asks",
    "receivers.py::do_POST": "a receiver that is slow, as slow as the test asks",
    "presence/test_joins.py::test_a_second_join_during_a_slow_first_one_stays_present": "a grace ends, and nobody left",
    "presence/test_live_pages.py::test_the_last_page_to_leave_closes_the_audience_and_no_earlier": "a grace ends",
}
