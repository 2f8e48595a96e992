"""Fragments and payloads that this app draws; rooms and live pages send them."""

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse

from presence.rules import Headcounts
from presence.subject_cache import SubjectFacts
from viral_engine.learning.models import Result


def subject_live(facts: SubjectFacts, counts: Headcounts) -> str:
    """The live head of a subject's page; the same HTML for every viewer who sees the same people."""
    return render_to_string("presence/_subject_live.html", {"subject": facts, "live": counts})


def site_live(counts: Headcounts) -> str:
    """The head count of the whole site; the same HTML for every viewer who sees the same people."""
    return render_to_string("presence/_site_live.html", {"live": counts})


def suggestion_for(result: Result, skill: str) -> dict[str, Any]:
    """A suggestion after a good result; the page it links to makes the offer, with every check."""
    return {
        "type": "buddy_challenge",
        "message": f"Great score! Challenge a friend to beat {result.score}%?",
        "cta": "Challenge a friend",
        "context": {"skill": skill, "score": result.score},
        "url": reverse("learning:result", args=[result.pk]),
    }
