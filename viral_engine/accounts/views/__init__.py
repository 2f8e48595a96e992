from viral_engine.accounts.views.consent import answer_consent
from viral_engine.accounts.views.erasure import delete_account, delete_child
from viral_engine.accounts.views.family import agree, child_password, family, withdraw
from viral_engine.accounts.views.friends import (
    accept_friend,
    ask_friend,
    block_person,
    decline_friend,
    end_friendship,
    friend_invite,
    friend_lists,
    friends,
    unblock_person,
    withdraw_request,
)
from viral_engine.accounts.views.settings import preferences
from viral_engine.accounts.views.sign_up import birthdate, details

__all__ = [
    "accept_friend",
    "agree",
    "answer_consent",
    "ask_friend",
    "birthdate",
    "block_person",
    "child_password",
    "decline_friend",
    "delete_account",
    "delete_child",
    "details",
    "end_friendship",
    "family",
    "friend_invite",
    "friend_lists",
    "friends",
    "preferences",
    "unblock_person",
    "withdraw",
    "withdraw_request",
]
