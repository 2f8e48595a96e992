"""Rooms and live pages for the boards of a subject and of a cohort in it."""

from collections.abc import Collection
from typing import Any

from leaderboards import fragments, queries
from leaderboards.queries import Boards
from presence.live_pages.base import LivePage, register_page
from presence.rooms.base import Payload, RequestRefused, Room, handles, register
from presence.subject_cache import SubjectCache
from viral_engine.kernel.clock import now
from viral_engine.kernel.text.validators import SLUG
from viral_engine.learning.models import Subject

Key = tuple[str, int | None]  # subject, cohort


def boards_at(keys: Collection[Key]) -> dict[Key, Boards]:
    """The boards of several keys, read once for many viewers who join together."""
    subjects = {one.slug: one for one in Subject.objects.filter(slug__in={slug for slug, _ in keys})}
    return {key: queries.boards_of(subjects[key[0]], key[1], now()) for key in keys if key[0] in subjects}


def drawn_at(keys: Collection[tuple[str, int | None, frozenset[int]]]) -> dict[Any, str]:
    """The boards as HTML; each set of blocked people has its own version."""
    subjects = {one.slug: one for one in Subject.objects.filter(slug__in={slug for slug, _, _ in keys})}
    return {
        (slug, cohort, hidden): fragments.boards(subjects[slug], cohort, now(), hidden)
        for slug, cohort, hidden in keys
        if slug in subjects
    }


@register
class SubjectBoardRoom(Room):
    """Boards of a subject. A push says that they changed; clients then ask for the rows they may see."""

    pattern = rf"leaderboard:(?P<slug>{SLUG})"
    is_guarded = False
    __slots__ = ()

    @property
    def key(self) -> Key:
        return self.names["slug"], None

    def refusal(self) -> str:
        return ""

    async def join(self, params: Payload) -> Payload:  # noqa: ARG002  (nothing to ask for)
        if await self.context.cache(SubjectCache).subject(self.names["slug"]) is None:
            raise RequestRefused("unknown_subject")
        return {}

    async def snapshot(self) -> Payload:
        found = await self.context.load(boards_at, self.key)
        return as_payload(found, self.context.viewer.hidden) if found is not None else {}

    async def joined(self) -> None:
        self.context.push("leaderboard", await self.snapshot())

    @handles("standings")
    async def standings(self, payload: Payload) -> Payload:  # noqa: ARG002
        return await self.snapshot()


@register
class CohortBoardRoom(SubjectBoardRoom):
    """Boards of a cohort, for its members only."""

    pattern = rf"leaderboard:cohort:(?P<cohort>[0-9]{{1,18}}):(?P<slug>{SLUG})"
    is_guarded = True
    __slots__ = ()

    @property
    def key(self) -> Key:
        return self.names["slug"], int(self.names["cohort"])

    def refusal(self) -> str:
        return "" if int(self.names["cohort"]) in self.context.viewer.cohorts else "not_in_cohort"


def as_payload(boards: Boards, hidden: Collection[int]) -> Payload:
    """Shape  {"subject": "math", "cohort_id": null, "boards": {"week": {"xp": [{"rank": 1, "user_id": 4, ...}]}}}"""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for panel in boards.panels:
        rows = [row.as_payload() for row in panel.rows if row.user_id not in hidden]
        found.setdefault(panel.period, {})[panel.metric] = rows
    return {"subject": boards.subject.slug, "cohort_id": boards.cohort_id, "boards": found}


@register_page
class SubjectBoardPage(LivePage):
    """A live page of boards. Viewers with blocked people get their own render instead of the pushed HTML."""

    pattern = SubjectBoardRoom.pattern
    room = SubjectBoardRoom

    @property
    def key(self) -> Key:
        return self.names["slug"], None

    async def may_open(self) -> bool:
        return await self.cache(SubjectCache).subject(self.names["slug"]) is not None

    async def draw(self) -> str:
        return await self.load(drawn_at, (*self.key, self.viewer.hidden)) or ""


@register_page
class CohortBoardPage(SubjectBoardPage):
    pattern = CohortBoardRoom.pattern
    room = CohortBoardRoom

    @property
    def key(self) -> Key:
        return self.names["slug"], int(self.names["cohort"])

    async def may_open(self) -> bool:
        return int(self.names["cohort"]) in self.viewer.cohorts and await super().may_open()

    async def draw(self) -> str:
        return await super().draw() if int(self.names["cohort"]) in self.viewer.cohorts else ""
