"""Fragments and payloads that this app draws; rooms and live pages send them."""

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse

from presence.rules import headcount
from presence.subject_cache import SubjectFacts
from presence.tracker.roster import Roster
from viral_engine.learning.models import Result


def subject_live(facts: SubjectFacts, roster: Roster) -> str:
    """The live head of a subject's page; the same HTML for every viewer."""
    return render_to_string("presence/_subject_live.html", {"subject": facts, "live": public_counts(roster)})


def site_live(roster: Roster) -> str:
    """The head count on every page of the site; the same HTML for every viewer."""
    return render_to_string("presence/_site_live.html", {"live": public_counts(roster)})


def public_counts(roster: Roster) -> dict[str, Any]:
    """Public counts of people who are here and who practice."""
    people, active = roster.people, roster.active()
    return {"people": people, "people_label": headcount(people), "active": active, "active_label": headcount(active)}


def suggestion_for(result: Result, skill: str) -> dict[str, Any]:
    """A suggestion after a good result; the page it links to makes the offer, with every check."""
    return {
        "type": "buddy_challenge",
        "message": f"Great score! Challenge a friend to beat {result.score}%?",
        "cta": "Challenge a friend",
        "context": {"skill": skill, "score": result.score},
        "url": reverse("learning:result", args=[result.pk]),
    }
