"""Facts about subjects for rooms, read once per process and half minute, whatever the number of people."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from presence.background import log_failure
from presence.db import run_in_db_thread
from presence.payloads import activity_payload
from presence.rules import MIN_COUNTED, public_count
from viral_engine.accounts.models import load_disclosures
from viral_engine.kernel.clock import now
from viral_engine.learning.events import PracticeCompleted
from viral_engine.learning.models import Result, Skill
from viral_engine.learning.services.popularity import Popularity, popular_skills

FRESH_S = 30.0
RETRY_S = 1.0  # an unknown subject is looked up again after this time, so guesses cause one read a second at most
MAX_POPULAR, POPULAR_FOR = 5, timedelta(hours=1)
MAX_ACTIVITIES, ACTIVITIES_READ = 5, 25  # some may be hidden from the reader


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    slug: str
    name: str
    skills: dict[str, str]  # slug -> name
    popular: list[dict[str, Any]]


class SubjectCache:
    """Caches subjects for one process; a failed read keeps the old facts."""

    def __init__(self) -> None:
        self._facts: dict[str, SubjectFacts] = {}
        self._activity: dict[tuple[int, str], tuple[float, list[dict[str, Any]]]] = {}
        self._read_at_s = float("-inf")
        self._reading: asyncio.Task[None] | None = None
        self._forgotten = 0  # how often people were taken out

    async def subject(self, slug: str) -> SubjectFacts | None:
        loop = asyncio.get_running_loop()
        max_age_s = FRESH_S if slug in self._facts else RETRY_S
        if loop.time() - self._read_at_s > max_age_s and self._reading is None:
            self._reading = loop.create_task(self._read())
            self._reading.add_done_callback(log_failure)
        if self._reading is not None and slug not in self._facts:
            await asyncio.shield(self._reading)
        return self._facts.get(slug)

    async def _read(self) -> None:
        try:
            self._facts = await run_in_db_thread(_read_subjects)
            self._read_at_s = asyncio.get_running_loop().time()
        finally:
            self._reading = None

    async def cohort_activity(self, cohort_id: int, slug: str, *, hidden: frozenset[int]) -> list[dict[str, Any]]:
        """The cohort's latest finished practices in this subject, without scores, which are school records.

        The cached rows are the same for everyone; people hidden from the reader are left out here. A person whose
        rights change is taken out at once: a read that began before that is not kept.
        """
        now_s = asyncio.get_running_loop().time()
        read_at_s, found = self._activity.get((cohort_id, slug), (float("-inf"), []))
        if now_s - read_at_s > FRESH_S:
            forgotten = self._forgotten
            found = await run_in_db_thread(lambda: _read_activity(cohort_id, slug))
            if forgotten != self._forgotten:
                return await self.cohort_activity(cohort_id, slug, hidden=hidden)
            self._activity[(cohort_id, slug)] = (now_s, found)
        return [activity for activity in found if activity["user_id"] not in hidden][:MAX_ACTIVITIES]

    def forget_people(self, user_ids: Collection[int]) -> None:
        """Drop the lists that name these people; the next reader reads them again."""
        self._forgotten += 1
        named = [key for key, (_, found) in self._activity.items() if any(one["user_id"] in user_ids for one in found)]
        for key in named:
            del self._activity[key]


def _read_subjects() -> dict[str, SubjectFacts]:
    """Cost  2 queries."""
    skills: dict[str, dict[str, str]] = {}
    names: dict[str, str] = {}
    for skill in Skill.objects.select_related("subject"):
        skills.setdefault(skill.subject.slug, {})[skill.slug] = skill.name
        names[skill.subject.slug] = skill.subject.name
    counts = popular_skills(since=now() - POPULAR_FOR)
    return {
        slug: SubjectFacts(slug, names[slug], known, _most_popular(known, counts)) for slug, known in skills.items()
    }


def _most_popular(skills: dict[str, str], found: dict[str, Popularity]) -> list[dict[str, Any]]:
    """The skills completed most often. A count that could single out one or two people is null.

    Shape  [{"skill": "algebra", "count": 31, "name": "Algebra", "peers": "28"}]
    """
    completed = sorted((skill for skill in skills if skill in found), key=lambda skill: -found[skill].attempts)
    return [_popular(skill, skills[skill], found[skill]) for skill in completed[:MAX_POPULAR]]


def _popular(skill: str, name: str, found: Popularity) -> dict[str, Any]:
    count = found.attempts if found.people >= MIN_COUNTED else None
    return {"skill": skill, "count": count, "name": name, "peers": public_count(found.people).label}


def _read_activity(cohort_id: int, slug: str) -> list[dict[str, Any]]:
    """Cost  1 query, 1 more with children who have a first name."""
    shown = Result.objects.all().shown_in_cohort(cohort_id, since=now() - POPULAR_FOR)
    rows = list(shown.filter(skill__subject__slug=slug).select_related("attempt__user", "skill")[:ACTIVITIES_READ])
    people = [user for row in rows if (user := row.attempt.user) is not None]
    load_disclosures(people)
    return [
        activity_payload(
            kind=PracticeCompleted.type,
            user_id=person.pk,
            name=person.peer_name,
            avatar=person.avatar,
            subject=slug,
            skill=row.skill.slug if row.skill is not None else "",
            at=row.finished_at,
        )
        for person, row in zip(people, rows, strict=True)
    ]
