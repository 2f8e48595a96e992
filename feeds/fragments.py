"""Fragments and pushes of this app. A fragment is the same for every viewer; the hub skips blocked people."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse

from feeds import queries
from feeds.events import (
    ActivitiesHidden,
    ActivityChanged,
    ActivityPosted,
    CohortChallengeCreated,
    CoPracticeStarted,
    MessageHidden,
    MessagePosted,
)
from feeds.models import Activity, CohortChallenge, CoPractice, Message
from feeds.services import activities
from feeds.services import chat as feeds_chat
from presence.rules import Headcounts
from viral_engine.accounts.models import CohortMembership, Friendship, User
from viral_engine.accounts.viewer_profiles import ViewerProfile
from viral_engine.kernel.limiter import allow
from viral_engine.kernel.pubsub import publish
from viral_engine.learning.events import AnswerGiven, PracticeCompleted, PracticeStarted
from viral_engine.learning.models import Skill

MAX_NUDGED = 50
NUDGE_EVERY_S = 3600


# -- The stream --------------------------------------------------------------------------------------------
def activity_item(activity: Activity) -> str:
    return render_to_string("feeds/_activity.html", {"activity": activity})


def stream(found: queries.ActivityPage) -> str:
    return render_to_string("feeds/_stream.html", {"stream": found})


def feed_heads(heads: Iterable[str]) -> str:
    """The presence lines of the feed page; each line is a fragment that its own topic redraws."""
    return render_to_string("feeds/_feed_heads.html", {"heads": list(heads)})


def activity_payload(activity: Activity) -> dict[str, Any]:
    """Shape  {"user_id": 7, "activity_id": 9, "type": "practice_completed", "name": "Ada", "skill": "algebra", ...}"""
    payload = {
        "user_id": activity.actor_id,
        "activity_id": activity.pk,
        "type": activity.kind,
        "name": activity.actor.first_name or activity.actor.username,
        "subject": activity.subject_slug,
        "skill": activity.skill.slug if activity.skill else "",
        "at": activity.at.isoformat(),
    }
    return payload if activity.score is None else payload | {"score": activity.score}


def push_activity(event: ActivityPosted, _: datetime) -> None:
    """Add the activity to the top of every open stream that may show it.

    Cost  3 queries and one render; one publish for the cohort and one per friend outside it.
    """
    activity = Activity.objects.drawn().get(pk=event.activity_id)
    html = render_to_string("feeds/_activity_new.html", {"activity": activity})
    for topic in _topics_of(activity):
        publish(topic, "new_activity", activity_payload(activity), html=html)


def push_change(event: ActivityChanged, _: datetime) -> None:
    activity = Activity.objects.drawn().get(pk=event.activity_id)
    html = activity_item(activity)
    for topic in _topics_of(activity):
        publish(topic, "activity_changed", activity_payload(activity), html=html, delivery="drop")


def _topics_of(activity: Activity) -> list[str]:
    """The activity's cohort, and the feeds of friends outside it; 2 queries."""
    topics = [f"cohort:{activity.cohort_id}"] if activity.cohort_id else []
    outside = Friendship.objects.friend_ids(activity.actor_id) if activity.is_for_friends else set()
    if outside and activity.cohort_id:
        members = CohortMembership.objects.filter(cohort=activity.cohort_id, user__in=outside)
        outside -= set(members.values_list("user", flat=True))
    own = set() if activity.cohort_id else {activity.actor_id}
    return topics + [f"activity_feed:{user_id}" for user_id in sorted(outside | own)]


def push_activities_removed(event: ActivitiesHidden, _: datetime) -> None:
    """Make open streams reload, because several activities disappeared at once."""
    friends = Friendship.objects.friend_ids(event.actor_id or 0)
    topics = [f"cohort:{cohort}" for cohort in event.cohort_ids] + [f"activity_feed:{friend}" for friend in friends]
    html = render_to_string("feeds/_stream_stale.html")
    for topic in topics:
        publish(topic, "activity_hidden", {"user_id": event.actor_id}, html=html)


# -- Nudges ------------------------------------------------------------------------------------------------
def nudge_friends(event: PracticeStarted, at: datetime) -> None:
    """Tell friends that they could practice together now; at most once an hour per pair.

    Only friends who would see the finished attempt are notified, so nobody outside the cohort sees a child under 13.

    Cost  4 queries; none for a challenge, which is played alone.
    """
    if event.actor_id is None or event.kind != "practice":
        return
    actor = User.objects.get(pk=event.actor_id)
    if not (actor.presence_visible and activities.activity_visibility(actor, today=at.date()).is_for_friends):
        return
    friends = sorted(Friendship.objects.friend_ids(actor.pk))[:MAX_NUDGED]
    due = [friend for friend in friends if _is_due(actor.pk, friend)]
    if not due:
        return
    skill = Skill.objects.get(slug=event.skill)
    html = render_to_string("feeds/_nudge.html", {"friend": actor, "skill": skill})
    payload = {"user_id": actor.pk, "name": actor.display_name, "skill": skill.slug}
    for friend in due:
        publish(f"activity_feed:{friend}", "nudge", payload, html=html, delivery="latest")


def _is_due(actor_id: int, friend_id: int) -> bool:
    pair = "-".join(map(str, sorted((actor_id, friend_id))))
    return allow("nudge", pair, limit=1, window_s=NUDGE_EVERY_S)


# -- The cohort room ---------------------------------------------------------------------------------------
def cohort_live(cohort: dict[str, Any], counts: Headcounts) -> str:
    """The line about a cohort. Its page names who is here, so one or two people get no label beside their names."""
    return render_to_string("feeds/_cohort_live.html", {"cohort": cohort, "online": counts.people})


def chat(cohort_id: int, messages: Iterable[Message]) -> str:
    return render_to_string("feeds/_chat.html", {"cohort_id": cohort_id, "chat": messages})


def message_payload(message: Message) -> dict[str, Any]:
    return {
        "user_id": message.author_id,
        "message_id": message.pk,
        "number": message.seq,
        "name": message.author.first_name or message.author.username,
        "text": message.text,
        "at": message.at.isoformat(),
    }


def push_message(event: MessagePosted, _: datetime) -> None:
    """Add the message to the open chats. Cost  1 query, one render and one publish for any number of members."""
    message = Message.objects.select_related("author").get(pk=event.message_id)
    html = render_to_string("feeds/_message_new.html", {"message": message})
    publish(f"cohort:{event.cohort_id}", "new_message", message_payload(message), html=html)


def push_message_removed(event: MessageHidden, _: datetime) -> None:
    html = render_to_string("feeds/_message_removed.html", {"message_id": event.message_id})
    publish(f"cohort:{event.cohort_id}", "message_hidden", {"message_id": event.message_id}, html=html)


def cohort_body(cohort_id: int, viewer: ViewerProfile, at: datetime) -> str:
    """All live regions of a cohort page for one viewer; 5 queries, 1 more per challenge."""
    without = feeds_chat.hidden_author_ids(viewer.id)
    return "".join(
        [
            stream(queries.ActivityPage(queries.cohort_stream(cohort_id, viewer), 0)),
            chat(cohort_id, queries.messages_for(cohort_id, without=without)),
            challenges(cohort_id, queries.challenges_of(cohort_id, at=at, without=viewer.hidden)),
        ]
    )


# -- Cohort challenges -------------------------------------------------------------------------------------
def challenges(cohort_id: int, standings: list[queries.ChallengeStandings]) -> str:
    return render_to_string("feeds/_challenges.html", {"cohort_id": cohort_id, "standings": standings})


def challenge_payload(standing: queries.ChallengeStandings) -> dict[str, Any]:
    challenge = standing.challenge
    return {
        "challenge_id": challenge.pk,
        "skill": challenge.skill.slug,
        "ends_at": challenge.ends_at.isoformat(),
        "players": len(standing.rows),
        "people": [row["user_id"] for row in standing.rows],
    }


def push_challenge(event: CohortChallengeCreated, at: datetime) -> None:
    _push_challenges(event.cohort_id, event.challenge_id, "cohort_challenge_created", at)


def push_standings(event: PracticeCompleted, at: datetime) -> None:
    """Update challenge standings. Cost  1 query for a deck; 2 more and 1 per challenge if it is a cohort's."""
    if event.deck_id is None:
        return
    challenge = CohortChallenge.objects.filter(deck=event.deck_id).first()
    if challenge is not None:
        _push_challenges(challenge.cohort_id, challenge.pk, "challenge_standings", at)


def _push_challenges(cohort_id: int, challenge_id: int, event: str, at: datetime) -> None:
    standings = queries.challenges_of(cohort_id, at=at)
    concerned = [standing for standing in standings if standing.challenge.pk == challenge_id]
    people = sorted({row["user_id"] for standing in standings for row in standing.rows})
    for standing in concerned:
        payload = challenge_payload(standing) | {"people": people}
        publish(f"cohort:{cohort_id}", event, payload, html=challenges(cohort_id, standings))


# -- Practicing together -----------------------------------------------------------------------------------
def co_practice_live(co_practice: CoPractice) -> str:
    context = {"co_practice": co_practice, "participants": queries.participants_of(co_practice)}
    return render_to_string("feeds/_co_practice.html", context)


def push_co_practice_request(event: CoPracticeStarted, _: datetime) -> None:
    """Show the friend that the host is waiting."""
    co_practice = CoPractice.objects.select_related("host", "deck__skill").get(pk=event.co_practice_id)
    text = f"{co_practice.host.display_name} wants to practice {co_practice.deck.skill.name} with you."
    payload = {"user_id": event.actor_id, "text": text, "url": reverse("feeds:together", args=[co_practice.pk])}
    publish(f"user:{event.friend_id}", "together_asked", payload)


def push_co_practice(event: AnswerGiven | PracticeCompleted, _: datetime) -> None:
    """Show both friends the progress; 1 query for an answer in a deck, 1 more if two friends share it."""
    if event.deck_id is None:
        return
    co_practice = CoPractice.objects.filter(deck=event.deck_id).select_related("host", "friend", "deck__skill").first()
    if co_practice is not None:
        topic = f"together:{co_practice.pk}"
        html = co_practice_live(co_practice)
        publish(topic, "together_progress", {"together_id": co_practice.pk}, html=html, delivery="latest")
