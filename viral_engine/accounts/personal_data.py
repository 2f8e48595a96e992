"""Personal-data policies of accounts and families, and of the tables of Django and allauth that name people.

The account itself is the last table: the erasure of the others reads it.
"""

from datetime import datetime

from allauth.account.models import EmailAddress, EmailConfirmation
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db.models import Q

from viral_engine.accounts.models import (
    BirthdateCorrection,
    Block,
    Cohort,
    CohortMembership,
    Consent,
    ConsentFollowUp,
    ConsentRequest,
    Disclosure,
    Erasure,
    Friendship,
    Guardianship,
    Guest,
    HiddenRow,
    InactivityNotice,
    ParentVerification,
    RightsChange,
    School,
    SchoolRequest,
    User,
)
from viral_engine.accounts.services import erasure, inactivity, purge
from viral_engine.kernel.privacy.policies import Blank, Call, Delete, Keep, PersonPath, Purge, declare

DELETE = Delete()


def clear_sessions(_: datetime) -> int:
    call_command("clearsessions")
    return 0


def _was_not_answered(_: datetime) -> Q:
    return Q(answered_at=None)


# -- Django and allauth --------------------------------------------------------------------------------------
declare(
    LogEntry,
    retention="audit",
    people=(PersonPath("user", Keep("The log says which member of staff acted; names of others are scrubbed.")),),
    codes="object_id",
    hidden="object_repr change_message",
    purges={"audit": Purge("action_time")},
)
declare(
    Session,
    retention="sessions",
    codes="",
    hidden="session_key session_data",
    reason="Its user is inside the signed text: the erasure reads every session.",
    purges={"sessions": Purge("expire_date", service=clear_sessions)},
)
declare(EmailAddress, retention="account", people=(PersonPath("user", DELETE),), words={"email": "user"})
declare(EmailConfirmation, retention="account", people=(PersonPath("email_address__user", DELETE),), hidden="key")
declare(User.groups.through, retention="account", people=(PersonPath("user", DELETE),))
declare(User.user_permissions.through, retention="account", people=(PersonPath("user", DELETE),))

# -- Cohorts and schools -------------------------------------------------------------------------------------
declare(School, retention="content", codes="name contact_email", reason="A school and its office.")
declare(Cohort, retention="content", codes="name", reason="A class, named by staff.")
declare(CohortMembership, retention="account", people=(PersonPath("user", DELETE),))
declare(
    Disclosure,
    retention="audit",
    people=(
        PersonPath("pupil", Keep("The law asks for the list of disclosures (34 CFR 99.32); it holds no name.")),
        PersonPath("by", Keep("The list says who received the records.")),
    ),
    codes="recipient interest",
    purges={"audit": Purge("at")},
)
declare(
    SchoolRequest,
    retention="audit",
    people=(PersonPath("pupil", DELETE), PersonPath("asked_by", DELETE)),
    codes="last_error",
    purges={"audit": Purge("asked_at")},
)

# -- Families ------------------------------------------------------------------------------------------------
WHO_DECIDED = "The row says which member of staff decided."
EVIDENCE = Blank.to(ip_hash="")
declare(Guardianship, retention="family", people=(PersonPath("parent", DELETE), PersonPath("child", DELETE)))
declare(
    Consent,
    retention="family",
    people=(PersonPath("child", EVIDENCE), PersonPath("given_by", EVIDENCE)),
    codes="method text_version text_hash evidence",
    hidden="ip_hash",
)
declare(
    ConsentRequest,
    retention="unconsented",
    people=(PersonPath("child", DELETE),),
    codes="last_error",
    hidden="parent_email",  # a child's export does not name the parent
    purges={
        "unconsented": Purge("created_at", only=_was_not_answered, service=lambda at: purge.purge_unconsented(at=at))
    },
)
declare(
    ConsentFollowUp,
    retention="family",
    people=(PersonPath("child", DELETE), PersonPath("parent", DELETE)),
    codes="last_error",
)
declare(
    ParentVerification,
    retention="family",
    people=(PersonPath("parent", DELETE), PersonPath("child", DELETE), PersonPath("decided_by", Keep(WHO_DECIDED))),
    codes="method status text_version form_type",
    hidden="text_hash form_sha256 payment_id ip_hash",
    purges={"addresses": Purge("created_at", blank={"ip_hash": ""})},
)
declare(
    BirthdateCorrection,
    retention="family",
    people=(PersonPath("child", DELETE), PersonPath("asked_by", DELETE), PersonPath("decided_by", Keep(WHO_DECIDED))),
)
declare(InactivityNotice, retention="family", people=(PersonPath("child", DELETE),), codes="last_error")

# -- Friends -------------------------------------------------------------------------------------------------
declare(
    Friendship,
    retention="account",
    people=(PersonPath("low", DELETE), PersonPath("high", DELETE), PersonPath("requested_by", DELETE)),
)
declare(Block, retention="account", people=(PersonPath("blocker", DELETE), PersonPath("blocked", DELETE)))

# -- Hidden rows, and rights that changed --------------------------------------------------------------------
declare(HiddenRow, retention="account", people=(PersonPath("person", DELETE),), codes="cause model")
declare(
    RightsChange,
    retention="rights",
    reason="A number that open pages read within seconds.",
    purges={"rights": Purge("at")},
)

# -- The person ----------------------------------------------------------------------------------------------
declare(
    Guest,
    retention="account",
    people=(PersonPath("user", Blank.to(device="", ip_hash="")),),
    codes="link_code",
    hidden="device ip_hash",
    purges={
        "addresses": Purge("created_at", blank={"ip_hash": ""}),
        "guests": Purge("created_at", only=lambda _: Q(user=None), blank={"device": ""}),
    },
)
declare(
    Erasure,
    retention="deletions",
    codes="person_hash steps last_error",
    reason="A number and a hash, to delete again after a restore.",
)
declare(
    User,
    retention="account",
    people=(PersonPath("id", Call(erasure.leave_a_tombstone)),),
    words=dict.fromkeys(("username", "username_key", "first_name", "last_name", "email"), "id"),
    codes="current_subject",
    hidden="password signup_device signup_ip_hash",
    purges={
        "addresses": Purge("date_joined", blank={"signup_ip_hash": ""}),
        "inactive": Purge(
            "last_login", only=inactivity.is_unused_child, service=lambda at: inactivity.delete_unused_children(at=at)
        ),
    },
)
