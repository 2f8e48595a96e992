"""Measure weekly recaps of many families on PostgreSQL, in batches against one family at a time.

    python -m benchmarks.recaps [--parents 1000]

Baseline: the same service with one family per transaction, in the same run, on the same rows. Every family has one
child with three attempts in the week and one in the week before, and has consented to sharing. "with offers" is the
whole work of a worker: facts, recaps, emails, events, and after the commit the offer with its link, deck and reel.
"""

import argparse
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import product
from time import perf_counter
from typing import TYPE_CHECKING
from uuid import uuid4

from benchmarks.harness import own_database

if TYPE_CHECKING:
    from viral_engine.accounts.models import User

AIM_S = 60  # for 1,000 parents


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parents", type=int, default=1000)
    parents = parser.parse_args().parents
    with own_database("bench_recaps"):
        measure(parents)


def measure(parents: int) -> None:
    from loops.models import Loop
    from loops.proud_parent.recaps import BATCH
    from viral_engine.learning.services.catalogue import load_catalogue

    load_catalogue()
    monday = datetime.fromisoformat("2026-03-09T07:00:00+00:00")
    families(parents, monday)
    batch_count = -(-parents // BATCH)
    spent = {}
    for is_on in (False, True):
        Loop.objects.filter(name="proud_parent").update(is_on=is_on)
        for size, batches in ((1, parents), (BATCH, batch_count)):
            spent[is_on, size] = timed_run(parents, partial(generate, monday, size, batches))
    print(f"{parents} recaps, each with its email; seconds\n")
    for is_on, name in ((False, "without offers"), (True, "with offers")):
        naive, batched = spent[is_on, 1], spent[is_on, BATCH]
        print(
            f"{name:<28} one by one {naive:7.2f}   batches of {BATCH} {batched:7.2f}   {batched / naive:.2f} x baseline"
        )
    per_thousand = spent[True, BATCH] / parents * 1000
    print(f"\n1,000 recaps with offers: {per_thousand:.1f} s, {per_thousand / AIM_S:.2f} of the {AIM_S} s allowed")


def generate(at: datetime, size: int, batches: int) -> int:
    from loops.proud_parent.recaps import generate_recaps

    return generate_recaps(at=at, size=size, batches=batches)


def timed_run(parents: int, act: "partial[int]") -> float:
    """Seconds of one run, starting without recaps, links and offers."""
    from loops.models import GrowthEmail, Link, Prompt
    from loops.proud_parent.models import Recap, RecapShare
    from viral_engine.kernel.models import Decision

    for model in (Prompt, RecapShare, Link, GrowthEmail, Recap, Decision):
        model._default_manager.all().delete()
    start = perf_counter()
    made = act()
    spent = perf_counter() - start
    assert made == parents  # noqa: S101  (fewer would be cheaper)
    return spent


def families(count: int, monday: datetime) -> None:
    """Create parents with their children, consents and results in bulk."""
    from viral_engine.accounts.models import Consent, Guardianship, User

    born = monday.date()
    parents = [
        User(username=f"p{n}", email=f"p{n}@example.com", role="parent", birthdate=born.replace(year=1984))
        for n in range(count)
    ]
    children = [User(username=f"c{n}", first_name="Ada", birthdate=born.replace(year=2011)) for n in range(count)]
    for people in (parents, children):
        User.objects.bulk_create(people)
    Guardianship.objects.bulk_create(
        Guardianship(parent=parent, child=child, created_at=monday)
        for parent, child in zip(parents, children, strict=True)
    )
    Consent.objects.bulk_create(
        Consent(child=child, given_by=parent, kind="ferpa", method="x", text_version="x", given_at=monday)
        for parent, child in zip(parents, children, strict=True)
    )
    results(children, monday)


def results(children: "Sequence[User]", monday: datetime) -> None:
    """Create progress, attempts and results of the children in bulk."""
    from viral_engine.learning.models import Attempt, Progress, Result, Skill

    skills = list(Skill.objects.select_related("subject")[:3])
    last_on = (monday - timedelta(days=1)).date()
    Progress.objects.bulk_create(
        Progress(user=child, xp=100, streak_days=4, last_active_on=last_on) for child in children
    )
    attempts = [
        Attempt(id=uuid4(), user=child, subject=skills[n].subject, skill=skills[n], started_at=ended, finished_at=ended)
        for child, (n, ended) in product(
            children, ((n % 3, monday - timedelta(days=days)) for n, days in enumerate((2, 3, 4, 9)))
        )
    ]
    Attempt.objects.bulk_create(attempts, batch_size=1000)
    Result.objects.bulk_create(
        (
            Result(
                attempt=one,
                subject=one.subject,
                skill=one.skill,
                score=80,
                correct=4,
                total=5,
                duration_s=300,
                xp=15,
                finished_at=one.started_at,
            )
            for one in attempts
        ),
        batch_size=1000,
    )


if __name__ == "__main__":
    main()
