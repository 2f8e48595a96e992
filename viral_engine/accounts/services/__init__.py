from viral_engine.accounts.services.cohorts import join_cohort
from viral_engine.accounts.services.consent import (
    ConsentRefused,
    answer_request,
    give_consent,
    mail_waiting_requests,
    may_consent,
    withdraw_consent,
)
from viral_engine.accounts.services.erasure import erase_account, erase_child
from viral_engine.accounts.services.friends import (
    FriendshipRefused,
    accept_friend,
    accept_invite,
    block_person,
    decline_friend,
    end_friendship,
    find_learner,
    friends_refusal,
    may_meet,
    request_friend,
    unblock_person,
    withdraw_request,
)
from viral_engine.accounts.services.guests import adopt_guest, create_guest, merge_guest
from viral_engine.accounts.services.passwords import set_child_password
from viral_engine.accounts.services.preferences import choose_theme, set_preferences
from viral_engine.accounts.services.purge import purge_unconsented
from viral_engine.accounts.services.sessions import close_account, sign_out
from viral_engine.accounts.services.sign_up import SignUpDetails, SignUpRefused, sign_up

__all__ = [
    "ConsentRefused",
    "FriendshipRefused",
    "SignUpDetails",
    "SignUpRefused",
    "accept_friend",
    "accept_invite",
    "adopt_guest",
    "answer_request",
    "block_person",
    "choose_theme",
    "close_account",
    "create_guest",
    "decline_friend",
    "end_friendship",
    "erase_account",
    "erase_child",
    "find_learner",
    "friends_refusal",
    "give_consent",
    "join_cohort",
    "mail_waiting_requests",
    "may_consent",
    "may_meet",
    "merge_guest",
    "purge_unconsented",
    "request_friend",
    "set_child_password",
    "set_preferences",
    "sign_out",
    "sign_up",
    "unblock_person",
    "withdraw_consent",
    "withdraw_request",
]
