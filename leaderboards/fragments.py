"""Fragments and pushes of this app."""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse

from leaderboards import queries, rules
from leaderboards.events import LeagueClosed, StandingsChanged
from leaderboards.queries import NO_IDS, HomeStandings, LeaguePage
from viral_engine.accounts.models import CohortMembership
from viral_engine.kernel.clock import now
from viral_engine.kernel.pubsub import publish, redraws, watched
from viral_engine.learning.models import Subject

UPDATE = "leaderboard_update"


# -- Boards ------------------------------------------------------------------------------------------------
def boards(subject: Subject, cohort_id: int | None, at: datetime, hidden: Collection[int] = NO_IDS) -> str:
    """All boards of a subject, or of a cohort in it, under one root; the page shows the selected one.

    Pushes to a room omit `hidden`, so that every viewer gets the same HTML.
    """
    return render_to_string("leaderboards/_boards.html", {"board": queries.boards_of(subject, cohort_id, at, hidden)})


def push_boards(event: StandingsChanged, _: datetime) -> None:
    """Update the open boards of the subject and of the learners' cohorts, each at most once a second.

    Cost  1 query and one Redis round trip; 7 queries, one render and one publish per topic for each board on a screen.
    """
    members = CohortMembership.objects.filter(user__in=event.user_ids).order_by("cohort")
    cohorts = members.values_list("cohort_id", flat=True).distinct()
    changed = {cohort_id: _topics_of(event.subject, cohort_id) for cohort_id in (None, *cohorts)}
    open_topics = watched(topic for topics in changed.values() for topic in topics)
    for cohort_id, topics in changed.items():
        if not open_topics.isdisjoint(topics):
            redraws.ask((UPDATE, event.subject, cohort_id), partial(_push, event.subject, cohort_id, event.user_ids))


def _topics_of(slug: str, cohort_id: int | None) -> list[str]:
    """The topics whose pages show a board."""
    own = [queries.topic_of(slug, cohort_id)]
    return own if cohort_id is None else [*own, f"cohort:{cohort_id}"]


def _push(slug: str, cohort_id: int | None, changed: Collection[int]) -> None:
    """Draw and publish boards; `people` lets the hub skip viewers who have blocked one of them.

    `trigger_user` is null for a learner who is on none of them, because hidden learners are among those.
    """
    at = now()
    found = queries.boards_of(Subject.objects.get(slug=slug), cohort_id, at)
    html = render_to_string("leaderboards/_boards.html", {"board": found})
    people = sorted({row.user_id for panel in found.panels for row in panel.rows if row.user_id is not None})
    payload: dict[str, Any] = {
        **queries.board_payload(slug, found.top_users(), at.isoformat()),
        "trigger_user": next((user_id for user_id in changed if user_id in people), None),
        "cohort_id": cohort_id,
        "people": people,
    }
    for topic in _topics_of(slug, cohort_id):
        publish(topic, UPDATE, payload, html=html)


# -- Leagues -----------------------------------------------------------------------------------------------
def league(page: LeaguePage) -> str:
    """A learner's league, rendered for one viewer and never sent to a room."""
    return render_to_string("leaderboards/_league.html", {"league": page})


def mine(found: HomeStandings) -> str:
    """League place and best rank of one learner, for the home page."""
    return render_to_string("leaderboards/_mine.html", {"mine": found})


def push_league(event: LeagueClosed, _: datetime) -> None:
    """Notify the online members of the league who move."""
    for user_id, move in event.moves.items():
        if move:
            direction = "up" if move > 0 else "down"
            text = f"The week is over: you moved {direction} to the {rules.TIERS[event.tier - 1 + move]} league."
            payload = {"text": text, "url": reverse("leaderboards:league"), "move": move}
            publish(f"user:{user_id}", "league_closed", payload)
