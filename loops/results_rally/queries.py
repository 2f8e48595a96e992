"""Reads of the pages of a rally, each with its number of queries."""

from dataclasses import dataclass
from datetime import datetime

from loops.core.links import is_open, token_for
from loops.core.share import LinkPreview
from loops.models import Link
from loops.results_rally.board import RallyBoard, rally_board
from loops.results_rally.models import Rally, RallyEntry
from loops.results_rally.rules import places_shown
from viral_engine.accounts.identity import Visitor
from viral_engine.accounts.models.user import Avatar
from viral_engine.accounts.queries import public_name_of
from viral_engine.learning.models import Attempt

PURPOSE = "rally"


@dataclass(frozen=True, slots=True)
class RallyRow:
    """One place for one reader: only the starter has a name, if outsiders may read it."""

    rank: int
    name: str
    avatar: str
    value: str
    note: str  # the kind of attempt
    is_me: bool
    is_after_gap: bool


@dataclass(frozen=True, slots=True)
class RallyPage:
    """The board for one reader, with their own entry."""

    rally: Rally
    token: str
    name: str  # the starter's, as outsiders may read it
    board: RallyBoard
    rows: list[RallyRow]
    is_mine: bool
    played: Attempt | None  # the reader's own entry
    my_rank: int | None

    @property
    def preview(self) -> LinkPreview:
        scored = f"{self.name} scored {self.rally.score}% in a {self.rally.attempt_name}"
        place = f"number {self.board.starter_rank} of {self.board.size} on" if self.board.size > 1 else "the first on"
        return LinkPreview(
            title=f"{scored}. Where do you rank?",
            description="20 questions that find your level, and a live board. No account needed.",
            picture=f"{scored} and is {place} a live board.",
        )


def rally_page(rally: Rally, visitor: Visitor, at: datetime) -> RallyPage:
    """Cost  as `rally_board`, 1 query for a minor's name, 1 for the reader's entry."""
    link, board = rally.link, rally_board(rally, at)
    key = str(visitor.person_id or "")
    my_rank, name = board.rank_of(key), public_name_of(link.referrer, at)
    is_mine = visitor.user is not None and visitor.user.pk == link.referrer_id
    return RallyPage(
        rally=rally,
        token=token_for(link, PURPOSE),
        name=name,
        board=board,
        rows=_rows(board, visitor.user.display_name if visitor.user and is_mine else name, my_rank),
        is_mine=is_mine,
        played=None if is_mine else _played(rally, visitor),
        my_rank=my_rank,
    )


def _played(rally: Rally, visitor: Visitor) -> Attempt | None:
    user_id = visitor.user.pk if visitor.user else None
    return rally.attempt_of(user_id=user_id, guest_id=visitor.guest.pk if visitor.guest else None)


def _rows(board: RallyBoard, name: str, my_rank: int | None) -> list[RallyRow]:
    shown = places_shown(board.size, {board.starter_rank, my_rank or 0})
    return [
        RallyRow(
            rank=rank,
            name=name if rank == board.starter_rank else f"Player {rank}",
            avatar=Avatar.values[rank % len(Avatar.values)],
            value=f"{board.places[rank - 1].score}%",
            note=Attempt.Kind(board.places[rank - 1].kind).label.lower(),
            is_me=rank == my_rank,
            is_after_gap=rank - 1 not in {0, *shown},
        )
        for rank in shown
    ]


def rally_after(attempt: Attempt, visitor: Visitor, at: datetime) -> RallyPage | None:
    """The open rally this result started, else the newest it entered; None when there is neither.

    Cost  none for an attempt at one skill; 2 queries, and as `rally_page` where there is one.
    """
    if attempt.skill_id is not None:
        return None
    rallies = Link.objects.all().with_details("results_rally")
    link = rallies.filter(rally__attempt=attempt, referrer=visitor.user).order_by("-pk").first()
    if link is None:
        joined = RallyEntry.objects.filter(attempt=attempt).values("rally__link").order_by("-pk")[:1]
        link = rallies.filter(pk__in=joined).first()
    return rally_page(link.rally, visitor, at) if link is not None and is_open(link, at) else None
