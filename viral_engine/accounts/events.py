from dataclasses import dataclass

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCreated(Event):
    """Somebody signed up; `guest_id` names the guest they were, `link_code` the link they first came by."""

    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestRecognized(Event):
    """A member logged in where they had played as a guest: what the guest did is theirs, and nobody brought them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(Event):
    """A parent (the actor) consented for a child."""

    child_id: int
    kind: str  # coppa | ferpa | third_party


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(Event):
    child_id: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesChanged(Event):
    """The actor's switches are other than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut(Event):
    """The actor logged out somewhere; every socket token they were given is void."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBlocked(Event):
    """Staff blocked or closed the actor's account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountErased(Event):
    """Nothing tells any more who the actor was. A restored backup is made to forget them again from these rows."""

    by_id: int  # themselves, as when the purge does it; a parent, or staff


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendRequested(Event):
    """The actor asked another person to be friends."""

    other_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendRequestClosed(Event):
    """A request between the actor and another person stands no more; what was answered is nobody's to hear."""

    other_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendshipChanged(Event):
    """The actor and another person became friends."""

    other_id: int
    asked_by_id: int | None = None  # which of the two had asked, or had sent an invite


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendshipEnded(Event):
    """The actor and another person are friends no more."""

    other_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonBlocked(Event):
    """The actor and another person no longer see each other."""

    other_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonUnblocked(Event):
    """The actor took a block of another person back."""

    other_id: int
