from dataclasses import dataclass

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptOffered(Event):
    """A prompt is waiting for the person. Announced unlogged: the prompt's row is the record."""

    loop: str
    prompt_id: int
    attempt_id: str  # UUID of the result whose page shows the prompt; empty: the home page shows it
    title: str = ""  # heading of the offer


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopExposed(Event):
    """A prompt of a loop was shown to the person."""

    loop: str
    prompt_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptDismissed(Event):
    loop: str
    prompt_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeInitiated(Event):
    """The person started a challenge on their own."""

    attempt_id: str  # UUID
    skill: str
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgenticActionTriggered(Event):
    """An agent chose a loop for the actor, for example from a tutoring session's transcript."""

    loop: str
    attempt_id: str = ""  # UUID of the result it is based on
    subject: str = ""
    skill: str = ""
    score: int = 0
    action_id: int = 0  # of a tutoring session's action; 0 for another cause


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengedBack(Event):
    """The actor challenged another member in return. Announced unlogged: the challenge's row is the record."""

    other_id: int
    skill: str  # name of the skill


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteSent(Event):
    """The actor shared a link through a channel; creating the link and clicks are other events."""

    loop: str
    channel: str  # copy | sms | whatsapp | email | system


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkClicked(Event):
    loop: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestStarted(Event):
    loop: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignupAttributed(Event):
    """The actor's sign-up was attributed to the referrer's link."""

    loop: str
    referrer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRequested(Event):
    """The actor, a member or a guest, requested a first tutoring session."""

    loop: str
    booking_id: int
    tutor_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingAccepted(Event):
    """The actor, a tutor, accepted a booking request."""

    booking_id: int
    family_id: int | None  # None for a guest


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingDeclined(Event):
    """The actor, a tutor, declined a booking request."""

    booking_id: int
    family_id: int | None  # None for a guest


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardGranted(Event):
    kind: str
    amount: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardRedeemed(Event):
    kind: str
    amount: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardHeld(Event):
    """A grant is on hold. Announced unlogged: the ledger entry is the record."""

    kind: str
    amount: int
    waits_for: str  # as the person may read it


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardRevoked(Event):
    kind: str
    amount: int
    owed: int  # the part that had been spent, now a debt
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyRecapGenerated(Event):
    """A weekly recap of a child was made for the actor, a parent."""

    recap_id: int
    child_id: int
    is_shareable: bool  # whether the actor consented to sharing the child's progress


@dataclass(frozen=True, slots=True, kw_only=True)
class RecapShareAsked(Event):
    """The actor, a parent, asked to share a recap. Not logged: the decision is the record."""

    recap_id: int
    child_id: int
    is_shareable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut(Event):
    """A mailbox opted out of growth email; the actor is the recipient of the email."""

    source: str  # link | one_click


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTakenBack(Event):
    """A parent took back a link of the actor, their child; `link_code` names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummarized(Event):
    """The transcript of the actor's tutoring session was summarized."""

    session_id: int
    quality: int  # 1 to 5
    made_by: str  # extractive | provider


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionActionMade(Event):
    """A tutoring session gave the actor something to do."""

    loop: str  # of its link; empty while it has none
    session_id: int
    action: str  # beat_my_skill | study_buddy | celebration | parent_reel | tutor_share | prep_pack


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionActionAsked(Event):
    """The actor asked for the link of an action that waited for them. Not logged: the decision is the record."""

    loop: str
    action_id: int
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionActionRecalled(Event):
    """The actor recalled an action of a tutoring session, with everything it had made; no actor: a right ended."""

    session_id: int
    action_id: int
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDelivered(Event):
    """The summary and the actions of a tutoring session are there for the actor, its tutor, and for the family."""

    session_id: int
    student_id: int
    actions: int
