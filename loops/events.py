from dataclasses import dataclass

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptOffered(Event):
    """A prompt waits for the person. Mentioned, not logged: the prompt's own row says so."""

    loop: str
    prompt_id: int
    attempt_id: str  # UUID of the result whose page shows the prompt; empty: it waits on the person's home
    title: str = ""  # over the offer


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopExposed(Event):
    """A prompt of a loop came onto the person's screen."""

    loop: str
    prompt_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptDismissed(Event):
    loop: str
    prompt_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeInitiated(Event):
    """The person asked for a challenge themselves."""

    attempt_id: str  # UUID
    skill: str
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgenticActionTriggered(Event):
    """An agent found one loop to be right for the actor, by what it knows: a lesson's transcript, for example."""

    loop: str
    attempt_id: str = ""  # UUID of the result it rests on
    subject: str = ""
    skill: str = ""
    score: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengedBack(Event):
    """The actor answers what another member did. Mentioned: the challenge's own rows say so."""

    other_id: int
    skill: str  # its name


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteSent(Event):
    """A share action through a channel; not the making of a link, and not a click."""

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
    """The actor's sign-up is owed to the referrer's link."""

    loop: str
    referrer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRequested(Event):
    """Somebody, member or guest, asked a tutor for a first lesson."""

    loop: str
    booking_id: int
    tutor_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingAccepted(Event):
    """The actor, a tutor, agreed to a lesson."""

    booking_id: int
    family_id: int | None  # None for a guest


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingDeclined(Event):
    """The actor, a tutor, cannot give the lesson."""

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
    """A grant waits for a review. Mentioned, not logged: the grant's own line says so."""

    kind: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardRevoked(Event):
    kind: str
    amount: int
    owed: int  # of it, spent before it was taken back
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyRecapGenerated(Event):
    """A child's week was told to the actor, a parent of theirs."""

    recap_id: int
    child_id: int
    is_shareable: bool  # whether the actor had agreed to share what the child does


@dataclass(frozen=True, slots=True, kw_only=True)
class RecapShareAsked(Event):
    """The actor, a parent, asked to share a week. Not logged: the decision's own row says so."""

    recap_id: int
    child_id: int
    is_shareable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut(Event):
    """A mailbox gets no growth mail any more; the actor is whom the mail was for."""

    source: str  # link | one_click
