from viral_engine.accounts.services.cohorts import join_cohort
from viral_engine.accounts.services.consent import (
    ConsentRefused,
    answer_request,
    give_consent,
    mail_waiting_requests,
    purge_unconsented,
    withdraw_consent,
)
from viral_engine.accounts.services.friends import (
    FriendRefused,
    accept_friend,
    block_person,
    decline_friend,
    request_friend,
)
from viral_engine.accounts.services.guests import adopt_guest, start_guest
from viral_engine.accounts.services.preferences import set_preferences
from viral_engine.accounts.services.sign_up import Person, SignUpRefused, sign_up

__all__ = [
    "ConsentRefused",
    "FriendRefused",
    "Person",
    "SignUpRefused",
    "accept_friend",
    "adopt_guest",
    "answer_request",
    "block_person",
    "decline_friend",
    "give_consent",
    "join_cohort",
    "mail_waiting_requests",
    "purge_unconsented",
    "request_friend",
    "set_preferences",
    "sign_up",
    "start_guest",
    "withdraw_consent",
]
