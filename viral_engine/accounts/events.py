from dataclasses import dataclass
from typing import ClassVar

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCreated(Event):
    """A person signed up; `guest_id` is the guest they were, `link_code` the link that first brought them."""

    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestMerged(Event):
    """A member logged in on a browser with guest attempts: the attempts become theirs, and no referrer is credited."""

    type: ClassVar[str] = "guest_recognized"  # its name in the event log


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxVerified(Event):
    """The actor proved that a mailbox is theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(Event):
    """A parent (the actor) gave consent for a child."""

    child_id: int
    kind: str  # coppa | ferpa | third_party


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(Event):
    child_id: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesChanged(Event):
    """The actor changed their preferences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut(Event):
    """The actor logged out; all socket tokens issued to them are void."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsHidden(Event):
    """Rows that the actor shared are hidden. Announced without a log row, because the hidden rows are noted."""

    rows: dict[str, tuple[int, ...]]  # model label -> ids


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsShown(Event):
    """Rows that were hidden for the actor's sake are shown again. Announced without a log row."""

    rows: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortsChanged(Event):
    """The actor joined or left a cohort. Announced without a log row, because the membership is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBlocked(Event):
    """Staff blocked or closed the actor's account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUnblocked(Event):
    """Staff lifted the block of the actor's account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountErased(Event):
    """The actor's personal data was erased. After a backup is restored, these rows say whom to erase again."""

    by_id: int  # themselves (also in the purge), a parent, or staff


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendRequested(Event):
    """The actor asked another person to be friends."""

    other_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendRequestClosed(Event):
    """A request between the actor and another person is no longer open; the answer stays private."""

    other_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendshipChanged(Event):
    """The actor and another person became friends."""

    other_id: int
    asked_by_id: int | None = None  # the one who sent the request or the invite


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendshipEnded(Event):
    """The actor and another person are no longer friends."""

    other_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonBlocked(Event):
    """The actor and another person no longer see each other."""

    other_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonUnblocked(Event):
    """The actor unblocked another person."""

    other_id: int
