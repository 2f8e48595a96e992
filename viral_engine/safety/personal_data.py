"""Personal-data policies of the fraud score, of reports and of the review queue."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from viral_engine.accounts.models import Role, User
from viral_engine.accounts.services.consent import SIGN_UP
from viral_engine.kernel.models import Decision
from viral_engine.kernel.privacy.policies import Call, Delete, Keep, PersonPath, Purge, declare, hold_back
from viral_engine.safety.models import (
    BlocklistEntry,
    DeviceFlag,
    MailboxKey,
    ReferralEdge,
    Report,
    ReviewItem,
    ReviewStep,
)
from viral_engine.safety.services.signals import forget_cases

DELETE = Delete()
BY_NUMBER = Keep("The case names people by number, and the number is that of a tombstone.")
TREE = Keep("Referral edges, by number: the depth of other people in the tree depends on it.")

declare(BlocklistEntry, retention="content", codes="reason", hidden="device", reason="A device, as a keyed hash.")
declare(DeviceFlag, retention="content", codes="level reason", hidden="device", reason="A device, as a keyed hash.")
declare(MailboxKey, retention="account", people=(PersonPath("user", DELETE),), hidden="key")
declare(ReferralEdge, retention="rewards", people=(PersonPath("referee", TREE), PersonPath("referrer", TREE)))
declare(
    ReviewItem,
    retention="audit",
    people=(PersonPath("subject", Call(forget_cases)), PersonPath("decided_by", BY_NUMBER)),
    words={"appeal": "subject"},
    codes="kind object_key reason status",
    hidden="evidence undone note",
    purges={
        "audit": Purge("opened_at"),
        # The evidence about a message quotes it.
        "chat": Purge("decided_at", only=lambda _: Q(kind="message") & ~Q(evidence={}), blank={"evidence": {}}),
    },
)
declare(
    ReviewStep,
    retention="audit",
    people=(PersonPath("item__subject", Call(forget_cases)), PersonPath("by", BY_NUMBER)),
    codes="step",
    hidden="note",
    purges={"audit": Purge("at")},
)
declare(
    Report,
    retention="audit",
    people=(PersonPath("reporter", DELETE), PersonPath("owner", BY_NUMBER)),
    codes="kind object_key reason",
    hidden="reporter_key",
    purges={"audit": Purge("at")},
)


def _is_verdict_about_a_parent(_: datetime) -> Q:
    return Q(Exists(User.objects.filter(pk=OuterRef("actor_id"), role=Role.PARENT)), type=SIGN_UP)


hold_back(Decision, "It says whether a parent may give consent.", _is_verdict_about_a_parent)
