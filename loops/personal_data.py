"""Personal-data policies of links, referrals, rewards and growth e-mail; those of one loop are in its folder."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from loops.core.links import deactivate_erased
from loops.core.shared_links import LINKS
from loops.events import InviteSent, LoopExposed, SignupAttributed
from loops.installed import parts
from loops.models import (
    ActionPoints,
    AttributionWindow,
    Credit,
    DailyAiSpend,
    DailyReferrerTotal,
    DailyRewardTotal,
    DailySpend,
    GeneratedCopy,
    GrowthEmail,
    Link,
    Loop,
    Payout,
    Prompt,
    Purchase,
    QuestionHelp,
    Referral,
    RewardEntry,
    RewardTerms,
    ShopItem,
    SpendLimit,
    Suppression,
    Touch,
)
from viral_engine.accounts.events import AccountCreated, GuestMerged
from viral_engine.kernel.models import LoggedEvent
from viral_engine.kernel.privacy.policies import Call, Delete, Keep, PersonPath, Purge, declare, hold_back
from viral_engine.kernel.privacy.shared import register_shared
from viral_engine.learning.events import ChallengeWon, FvmReached

DELETE = Delete()
LEDGER = Keep("The ledger still adds up; the row holds no name.")
TREE = Keep("Referral edges, by number: other people's rewards and the K-factor depend on it.")

# -- Links ---------------------------------------------------------------------------------------------------
declare(Loop, retention="content", codes="name title learned", reason="A loop of the site.")
declare(
    Link,
    retention="rewards",
    people=(PersonPath("referrer", Call(deactivate_erased)), PersonPath("about", Call(deactivate_erased))),
    codes="code tree arms words card_design",
)
declare(
    Touch,
    retention="touches",
    people=(PersonPath("visitor", TREE, is_person_id=True),),
    codes="visitor channel campaign",
    purges={"touches": Purge("clicked_at")},
)
declare(
    Prompt,
    retention="offers",
    people=(PersonPath("user", Keep("Offers by number, until they are 90 days old.")),),
    codes="rationale",
    purges={"offers": Purge("offered_at")},
)
declare(Referral, retention="rewards", people=(PersonPath("referee", TREE), PersonPath("referrer", TREE)))
declare(Credit, retention="rewards", people=(PersonPath("referral__referee", TREE),), codes="model")
declare(AttributionWindow, retention="content", reason="A setting.")

# -- Rewards -------------------------------------------------------------------------------------------------
declare(RewardTerms, retention="content", codes="kind", reason="A setting.")
declare(ActionPoints, retention="content", codes="action reason", reason="A setting.")
declare(SpendLimit, retention="content", codes="scope", reason="A setting.")
declare(DailySpend, retention="statistics", codes="scope", reason="A sum of a day.")
declare(DailyAiSpend, retention="statistics", reason="A sum of a day.")
declare(ShopItem, retention="content", codes="slug title text kind theme", reason="An item of the shop.")
declare(
    RewardEntry,
    retention="rewards",
    people=(PersonPath("user", LEDGER), PersonPath("earned_by", LEDGER)),
    codes="kind cause reason key loop held_for",
)
declare(DailyRewardTotal, retention="rewards", people=(PersonPath("user", LEDGER),), codes="kind")
declare(
    Payout,
    retention="rewards",
    people=(PersonPath("referrer", LEDGER), PersonPath("referee", LEDGER)),
    codes="key rewards held_for status reason signals",
)
declare(DailyReferrerTotal, retention="rewards", people=(PersonPath("referrer", LEDGER),))
declare(Purchase, retention="rewards", people=(PersonPath("user", LEDGER),), codes="theme")
declare(QuestionHelp, retention="learning", people=(PersonPath("user", LEDGER),), codes="steps")

# -- E-mail and copy -----------------------------------------------------------------------------------------
declare(
    GrowthEmail,
    retention="notices",
    people=(PersonPath("recipient", DELETE), PersonPath("about", DELETE)),
    codes="kind key last_error",
    hidden="subject text html",  # an e-mail to a parent is about a child
    purges={"notices": Purge("created_at")},
)
declare(Suppression, retention="suppression", codes="mailbox source", reason="The keyed hash of a mailbox.")
declare(
    GeneratedCopy,
    retention="content",
    codes="loop persona language subject engagement texts refused_for last_error",
    reason="Copy for an audience, not for a person.",
)

# -- Held back -----------------------------------------------------------------------------------------------
COUNTED_TYPES = [
    event.type
    for event in (AccountCreated, GuestMerged, SignupAttributed, LoopExposed, InviteSent, FvmReached, ChallengeWon)
]


def _is_of_the_k_factor(_: datetime) -> Q:
    return Q(type__in=COUNTED_TYPES)


def _is_credited(_: datetime) -> Q:
    return Q(Exists(Referral.objects.filter(touch=OuterRef("pk")))) | Q(
        Exists(Credit.objects.filter(touch=OuterRef("pk")))
    )


def _is_a_first_exposure(_: datetime) -> Q:
    earlier = Prompt.objects.filter(user=OuterRef("user"), loop=OuterRef("loop"), shown_at__lt=OuterRef("shown_at"))
    return Q(shown_at__isnull=False) & ~Q(Exists(earlier))


hold_back(
    LoggedEvent, "Sign-ups, invitations, first values and wins are counted from the log for life.", _is_of_the_k_factor
)
hold_back(Touch, "A referral is credited to it.", _is_credited)
hold_back(Prompt, "The K-factor counts each person's first offer of a loop.", _is_a_first_exposure)

register_shared(LINKS)
parts("personal_data")
