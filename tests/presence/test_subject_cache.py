"""The subject cache of rooms is read rarely, and never so late that a new subject is refused."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from presence import subject_cache
from presence.subject_cache import SubjectCache
from tests.factories import person, practice
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill, Subject
from viral_engine.learning.services import attempts

pytestmark = pytest.mark.django_db(transaction=True)


def added(slug: str) -> None:
    subject = Subject.objects.create(slug=slug, name=slug.title())
    Skill.objects.create(subject=subject, slug=f"{slug}-1", name="One")


async def found(catalogue: SubjectCache, slug: str) -> bool:
    return await catalogue.subject(slug) is not None


async def test_a_subject_that_was_added_is_known_a_second_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject_cache, "RETRY_S", 0.15)
    catalogue = SubjectCache()
    assert not await found(catalogue, "music")
    await asyncio.to_thread(added, "music")
    assert not await found(catalogue, "music")  # asked again at once: nothing is read for it
    await asyncio.sleep(0.2)
    assert await found(catalogue, "music")


async def test_who_asks_for_nonsense_has_the_subjects_read_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Any] = []
    real = subject_cache._read_subjects

    def counted() -> Any:
        reads.append(1)
        return real()

    monkeypatch.setattr(subject_cache, "_read_subjects", counted)
    await asyncio.to_thread(added, "music")
    catalogue = SubjectCache()
    for _ in range(20):
        assert await found(catalogue, "music")
        assert not await found(catalogue, "nonsense")
    assert len(reads) == 1


async def test_popular_skills_count_completed_attempts_and_single_out_nobody(catalogue: None) -> None:
    """Three people practiced algebra, one of them twice; one practiced fractions four times, one only started."""

    def practiced() -> None:
        algebra, fractions = (Skill.objects.select_related("subject").get(slug=one) for one in ("algebra", "fractions"))
        ada, bo, cy = person("Ada"), person("Bo"), person("Cy")
        for user in (ada, bo, cy, cy):
            practice(user, algebra, at=now())
        for _ in range(4):
            practice(ada, fractions, at=now())
        geometry = Skill.objects.select_related("subject").get(slug="geometry")
        practice(ada, geometry, at=now() - timedelta(hours=2))
        attempts.start_practice(user=ada, skill=geometry, at=now())

    await asyncio.to_thread(practiced)
    facts = await SubjectCache().subject("math")
    assert facts is not None
    assert facts.popular == [
        {"skill": "algebra", "count": 4, "name": "Algebra", "peers": "3"},
        {"skill": "fractions", "count": None, "name": "Fractions", "peers": "a few"},
    ]
