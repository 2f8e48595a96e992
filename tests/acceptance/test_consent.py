"""Every address and every room against one table: role and state of consent decide who may open it.

A new route or room without a line in the table fails. A line says how the site answers each person of
`tests/consent_matrix.py`, to a GET and to a POST: login, refused (401, 403, 404, 410), or open.
"""

import re
from collections.abc import Mapping

import pytest
import websockets
from django.core.cache import cache

from presence.rooms import base as rooms
from tests.consent_matrix import ROLES, World, outcome, path_of_route, routes, world
from tests.factories import cohort_of
from tests.sockets import InProcessServer, Refusal, dial, in_thread, serving_in_process
from viral_engine.accounts.models import User
from viral_engine.accounts.services.hiding import shared_models
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill

ALONE = ("child_asked", "child_refused", "child_withdrawn")
CONSENTED = ("child_weak", "child_verified", "teen")


def policy(*, stranger: str, open_to: tuple[str, ...] = ()) -> dict[str, str]:
    """How each role is answered: the stranger as said, the named ones openly, the others with a refusal."""
    others = {role: "open" if role in open_to else "refused" for role in ROLES}
    return others | {"stranger": stranger}


EVERYBODY = dict.fromkeys(ROLES, "open")
MEMBERS = policy(stranger="login", open_to=ROLES)
# The example is another person's object, or one that does not exist.
NOT_YOURS = policy(stranger="login")
NOBODY = dict.fromkeys(ROLES, "refused")  # a secret token, or an object of a person whom no login names
COHORT = policy(stranger="login", open_to=CONSENTED)  # the superuser has no birthdate and counts as a child: refused
FEEDS = policy(stranger="login", open_to=(*CONSENTED, "parent", "tutor"))
GUARDIAN = policy(stranger="login", open_to=("parent",))
TUTOR = policy(stranger="login", open_to=("tutor",))
SECRET = policy(stranger="refused", open_to=("staff",))
SOCKET = policy(stranger="refused", open_to=(*CONSENTED, "parent", "tutor"))

POLICIES: list[tuple[Mapping[str, str], str]] = [
    (
        EVERYBODY,
        """/favicon.ico robots_txt security_txt home accounts:sign_up accounts:sign_up_details learning:diagnostic_intro
        learning:start_diagnostic learning:answer_sample presence:here_now
        loops:rally_board loops:bookings monitoring:health monitoring:live monitoring:ready
        monitoring:metrics account_confirm_email account_reset_password_from_key /accounts/signup/ account_login
        account_logout account_inactive account_signup
        account_email_verification_sent account_reset_password account_reset_password_from_key_done
        account_reset_password_done account_request_login_code
        accounts:privacy accounts:privacy_children accounts:privacy_retention""",
    ),
    (
        MEMBERS,
        """accounts:preferences accounts:delete_account accounts:friends accounts:friend_lists accounts:ask_friend
        accounts:accept_friend accounts:decline_friend accounts:withdraw_request accounts:family learning:menu
        learning:test_intro learning:start_test learning:badges learning:sessions learning:session_to_rate
        presence:subject leaderboards:boards leaderboards:league leaderboards:mine loops:waiting loops:rewards
        loops:choose_theme loops:recaps account_reauthenticate account_email account_change_password
        account_set_password account_confirm_login_code
        accounts:export_own mfa_authenticate safety:decisions""",
    ),
    (
        NOT_YOURS,
        """accounts:end_friendship accounts:block_person accounts:unblock_person accounts:pay accounts:paid
        learning:start learning:session feeds:share feeds:play feeds:together feeds:join
        loops:share_sheet loops:share loops:dismiss loops:explain_offer loops:start_loop loops:explain loops:buy
        loops:challenge_a_friend loops:befriend loops:recap loops:recap_reel loops:share_recap loops:answer_booking
        accounts:take_back safety:appeal loops:session_insights loops:session_prep loops:make_session_link
        loops:recall_session_action""",
    ),
    (
        NOBODY,
        """accounts:friend_invite accounts:consent learning:attempt learning:answer learning:pause learning:resume
        learning:finish learning:result loops:follow loops:unsubscribe loops:card loops:after_result loops:challenge
        loops:play loops:rally loops:join_rally loops:parent loops:try_out loops:join_as_parent loops:reel
        loops:tutor loops:try_questions loops:request_session loops:cancel_booking loops:rescue loops:join_rescue
        loops:badge loops:try_badge monitoring:acknowledge monitoring:end_silence
        safety:report loops:session_share loops:try_session_share experiments:results experiments:export_csv
        experiments:export_json experiments:start experiments:pause experiments:resume experiments:stop
        experiments:restart experiments:increase_coverage growth:report mfa_deactivate_totp
        mfa_view_recovery_codes mfa_download_recovery_codes""",
    ),
    (
        COHORT,
        """feeds:react feeds:cohort feeds:challenge feeds:send feeds:unmute feeds:block feeds:mute leaderboards:cohort
        loops:challenge_back""",
    ),
    (FEEDS, "feeds:feed feeds:older feeds:latest feeds:mine feeds:begin leaderboards:place"),
    (
        GUARDIAN,
        """accounts:agree accounts:child_password accounts:delete_child accounts:withdraw accounts:verify
        accounts:printable_form
        accounts:child accounts:child_growth accounts:correct_child accounts:ask_for_birthdate
        accounts:export_child""",
    ),
    (TUTOR, "learning:log_session loops:tutor_requests loops:tutor_referrals"),
    (
        SECRET,
        """experiments:experiments experiments:power loops:copy_kit growth:overview growth:reports growth:subscribe
        growth:download_csv growth:dashboard mfa_index mfa_activate_totp mfa_generate_recovery_codes""",
    ),
    (SECRET | {"staff": "login"}, "mfa_reauthenticate"),
    (SECRET, "monitoring:monitoring monitoring:silence"),
    (SOCKET, "presence:socket_token"),
    # Programs show a key; a session opens no address of the API. Its documentation is open to everybody.
    (
        NOBODY,
        """api_v1:api-root api_v1:send_events api_v1:put_person api_v1:get_person api_v1:list_people api_v1:put_cohort
        api_v1:list_cohorts api_v1:put_in_cohort api_v1:take_out_of_cohort api_v1:post_people api_v1:post_roster
        api_v1:get_qr_code api_v1:get_variant api_v1:delete_link api_v1:get_counts api_v1:get_link
        api_v1:get_experiment api_v1:expose_variant api_v1:list_rewards api_v1:get_standings api_v1:list_links
        api_v1:get_k api_v1:list_results api_v1:create_link api_v1:list_decisions
        api_not_found""",
    ),
    (EVERYBODY, "api_v1:openapi-json api_v1:openapi-view"),
]
ROUTE_POLICY = {name: answers for answers, names in POLICIES for name in names.split()}


def test_every_route_has_a_policy() -> None:
    assert {route.name for route in routes()} == set(ROUTE_POLICY)


# A POST is answered as a GET, but for these.
POST_POLICY = ROUTE_POLICY | {"account_confirm_email": NOBODY}
# Kept for the person who is refused: their session, and the log of the refusal.
KEPT_OF_REFUSALS = {"django_session", "kernel_decision"}
SHARED = {model._meta.db_table for model, _ in shared_models()}  # rows that other people read
MAY_NOT_WRITE = dict.fromkeys((*ALONE, "stranger"), SHARED) | {"child_weak": {"feeds_message"}}


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "policies"), [("GET", ROUTE_POLICY), ("POST", POST_POLICY)])
def test_every_route_answers_every_role_as_its_policy_says(
    algebra: Skill, method: str, policies: dict[str, Mapping[str, str]]
) -> None:
    people = world(algebra, now())
    clients = people.clients()
    wrong, allowed = {}, set()
    for route in routes():
        path = path_of_route(route, people.arguments)
        for role in ROLES:
            cache.clear()  # so many guesses of links from one address would meet a limit
            found = outcome(clients[role], path, method)
            if found.kind == "open":
                allowed.add(route.name)
            expected = policies[route.name][role]
            is_right = found.kind in {expected, "no method"}
            if found.kind != "open":
                is_right = is_right and found.written <= KEPT_OF_REFUSALS
            if not is_right or found.written & MAY_NOT_WRITE.get(role, set()):
                wrong[f"{route.name} for {role}"] = found
    assert wrong == {}
    assert len(allowed) >= 45  # else the table proves little


# -- Rooms -------------------------------------------------------------------------------------------------------
MEMBERS_HERE = policy(stranger="refused", open_to=(*CONSENTED, "parent", "tutor"))
COHORT_HERE = policy(stranger="refused", open_to=CONSENTED)
# One line for each room class: an example of its topic, and its policy. {own} is the id of the person who joins.
ROOMS: dict[str, list[tuple[str, Mapping[str, str]]]] = {
    "SubjectRoom": [("subject:math", MEMBERS_HERE)],
    "SiteRoom": [("site:learners", MEMBERS_HERE)],
    "UserRoom": [("user:{own}", MEMBERS_HERE), ("user:{person_id}", NOBODY)],
    "CohortRoom": [("cohort:{cohort_id}", COHORT_HERE), ("cohort:{other_cohort}", NOBODY)],
    "ActivityFeedRoom": [("activity_feed:{own}", MEMBERS_HERE), ("activity_feed:{person_id}", NOBODY)],
    "SubjectBoardRoom": [("leaderboard:math", MEMBERS_HERE)],
    "CohortBoardRoom": [
        ("leaderboard:cohort:{cohort_id}:math", COHORT_HERE),
        ("leaderboard:cohort:{other_cohort}:math", NOBODY),
    ],
}


def test_every_room_has_a_policy() -> None:
    registered = {route.room for found in rooms._routes.values() for route in found}
    assert {room.__name__ for room in registered} == set(ROOMS)
    topics = [re.sub(r"\{\w+\}", "1", topic) for lines in ROOMS.values() for topic, _ in lines]
    assert {room_type[0].__name__ for topic in topics if (room_type := rooms.room_for(topic))} == set(ROOMS)


@pytest.mark.django_db(transaction=True)
async def test_every_room_admits_whom_its_policy_says(algebra: Skill) -> None:
    def prepared() -> World:
        found = world(algebra, now())
        found.arguments["other_cohort"] = cohort_of(name="Asteroids", at=now()).pk
        return found

    people = await in_thread(prepared)
    wrong = {}
    async with serving_in_process() as server:
        for role, user in people.people.items():
            for topic, answers in [line for lines in ROOMS.values() for line in lines]:
                named = topic.format(own=user.pk if user else 0, **people.arguments)
                if (found := await _join(server, user, named)) != answers[role]:
                    wrong[f"{topic} for {role}"] = found
    assert wrong == {}


async def _join(server: InProcessServer, user: User | None, topic: str) -> str:
    try:
        socket = await dial(server, user or User(pk=10**9, password="x"))
    except websockets.InvalidStatus:
        return "refused"
    try:
        await socket.join(topic)
    except Refusal:
        return "refused"
    finally:
        await socket.socket.close()
    return "open"
