"""Fragments and pushes of this app."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse

from leaderboards import queries, rules
from leaderboards.events import LeagueClosed, StandingChanged
from leaderboards.queries import NO_IDS, Boards, HomeStandings, LeaguePage
from viral_engine.accounts.models import CohortMembership
from viral_engine.kernel.clock import now
from viral_engine.kernel.pubsub import publish
from viral_engine.learning.models import Subject

UPDATE = "leaderboard_update"


# -- Boards ------------------------------------------------------------------------------------------------
def boards(subject: Subject, cohort_id: int | None, at: datetime, hidden: Collection[int] = NO_IDS) -> str:
    """All boards of a subject, or of a cohort in it, under one root; the page shows the selected one.

    Pushes to a room omit `hidden`, so that every viewer gets the same HTML.
    """
    return render_to_string("leaderboards/_boards.html", {"board": queries.boards_of(subject, cohort_id, at, hidden)})


def push_boards(event: StandingChanged, _: datetime) -> None:
    """Update the open boards of the subject and of the learner's cohorts.

    Cost  8 queries, 6 more per cohort; one render and one publish per topic, for any number of learners and viewers.
    """
    subject, at = Subject.objects.get(slug=event.subject), now()
    _push(queries.boards_of(subject, None, at), [queries.topic_of(subject.slug, None)], event.user_id, at)
    cohorts = CohortMembership.objects.filter(user=event.user_id).values_list("cohort_id", flat=True)
    for cohort_id in cohorts:
        topics = [queries.topic_of(subject.slug, cohort_id), f"cohort:{cohort_id}"]
        _push(queries.boards_of(subject, cohort_id, at), topics, event.user_id, at)


def _push(found: Boards, topics: list[str], trigger_id: int, at: datetime) -> None:
    """Publish boards; `people` lets the hub skip viewers who have blocked one of them.

    `trigger_user` is null for a learner who is on none of them, because hidden learners are among those.
    """
    html = render_to_string("leaderboards/_boards.html", {"board": found})
    people = sorted({row.user_id for panel in found.panels for row in panel.rows})
    payload: dict[str, Any] = {
        **queries.board_payload(found.subject.slug, found.top_users(), at.isoformat()),
        "trigger_user": trigger_id if trigger_id in people else None,
        "cohort_id": found.cohort_id,
        "people": people,
    }
    for topic in topics:
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
