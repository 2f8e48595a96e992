"""What this app draws and sends."""

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse

from presence import services
from presence.node import running_node
from presence.rules import headcount
from presence.subjects import SubjectFacts
from presence.tracker.roster import Roster
from viral_engine.accounts.cards import Card
from viral_engine.accounts.events import (
    AccountBlocked,
    ConsentGiven,
    ConsentWithdrawn,
    FriendshipChanged,
    FriendshipEnded,
    PersonBlocked,
    PersonUnblocked,
    PreferencesChanged,
    SignedOut,
)
from viral_engine.kernel.topics import publish, publish_now, server_loop
from viral_engine.learning.events import (
    DiagnosticCompleted,
    PracticeCompleted,
    PracticeStarted,
    PracticeTestCompleted,
)
from viral_engine.learning.models import Result

CONTROL = "control"


# -- Subject pages -----------------------------------------------------------------------------------------
def subject_live(facts: SubjectFacts, roster: Roster) -> str:
    """The live head of a subject's page; the same HTML for every viewer."""
    return render_to_string("presence/_subject_live.html", {"subject": facts, "live": live_of(roster)})


def site_live(roster: Roster) -> str:
    """How many learners are here, on all pages of the site; the same HTML for every viewer."""
    return render_to_string("presence/_site_live.html", {"live": live_of(roster)})


def live_of(roster: Roster) -> dict[str, Any]:
    """People here and practicing, as they may be told in public."""
    people, active = roster.people, roster.active()
    return {"people": people, "people_label": headcount(people), "active": active, "active_label": headcount(active)}


def live_now(topic: str) -> dict[str, Any]:
    """The same for a page that is drawn on any thread; empty while this process does not follow the topic."""
    loop = server_loop()
    node = running_node(loop) if loop is not None else None
    audience = node.audience(topic) if node is not None else None
    return live_of(audience.roster) if audience is not None else {}


def suggestion_for(result: Result, skill: str) -> dict[str, Any]:
    """An idea after a good result; the page behind it makes the offer, with every check."""
    return {
        "type": "buddy_challenge",
        "message": f"Great score! Challenge a friend to beat {result.score}%?",
        "cta": "Challenge a friend",
        "context": {"skill": skill, "score": result.score},
        "url": reverse("learning:result", args=[result.pk]),
    }


# -- Practice ----------------------------------------------------------------------------------------------
def show_practice(event: PracticeStarted, _: datetime) -> None:
    """Everybody in the subject sees a member begin, as if their own client had said so."""
    if event.actor_id is not None and event.subject:
        services.set_activity(event.actor_id, event.subject, event.skill or event.subject)


def clear_practice(event: PracticeCompleted | PracticeTestCompleted | DiagnosticCompleted, _: datetime) -> None:
    if event.actor_id is not None:
        services.set_activity(event.actor_id, event.subject, None)


def tell_cohort(cohort_id: int, person: Card, what: str, subject: str, skill: str) -> None:
    """A member of the cohort did something; called on the server's loop."""
    payload = {"type": what, "user_id": person.id, "name": person.name, "subject": subject, "skill": skill}
    publish_now(f"cohort:{cohort_id}", "new_activity", payload)


# -- Rights ------------------------------------------------------------------------------------------------
def end_sockets(event: SignedOut | AccountBlocked, _: datetime) -> None:
    """Every socket of the person closes, in every process."""
    reason = "signed_out" if isinstance(event, SignedOut) else "blocked"
    publish(CONTROL, "disconnect", {"user": event.actor_id, "reason": reason}, delivery="drop")


def refresh_person(event: PreferencesChanged, _: datetime) -> None:
    publish(CONTROL, "refresh", {"users": [event.actor_id]}, delivery="drop")


def refresh_child(event: ConsentGiven | ConsentWithdrawn, _: datetime) -> None:
    publish(CONTROL, "refresh", {"users": [event.child_id]}, delivery="drop")


def refresh_pair(event: PersonBlocked | PersonUnblocked | FriendshipChanged | FriendshipEnded, _: datetime) -> None:
    """Two people see each other anew, or no more."""
    publish(CONTROL, "refresh", {"users": [event.actor_id, event.other_id]}, delivery="drop")
