from dataclasses import dataclass

from viral_engine.kernel.events import Event


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
class ChallengeWon(Event):
    """The actor beat the score of the person who challenged them."""

    challenge_id: int
    score: int
    score_to_beat: int


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
