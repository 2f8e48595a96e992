"""Fragments and pushes of this app. A fragment is the same for every viewer; the hub skips blocked people."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse

from feeds import queries
from feeds.events import (
    ActivitiesHidden,
    ActivitiesPosted,
    ActivityChanged,
    CohortChallengeCreated,
    CoPracticeStarted,
    MessageHidden,
    MessagePosted,
)
from feeds.models import Activity, CohortChallenge, CoPractice, Message
from feeds.services import activities
from feeds.services import chat as feeds_chat
from feeds.services.nudges import record_nudges
from presence import payloads as presence_payloads
from presence.events import PracticeReported
from presence.rules import Headcounts
from viral_engine.accounts.events import RowsHidden, RowsShown
from viral_engine.accounts.models import CohortMembership, Friendship, User, load_disclosures
from viral_engine.accounts.viewer_profiles import ViewerProfile
from viral_engine.kernel import clock
from viral_engine.kernel.limiter import allow
from viral_engine.kernel.pubsub import publish, watched
from viral_engine.learning.events import AnswerGiven, PracticeCompleted, PracticeStarted
from viral_engine.learning.models import Skill

MAX_NUDGED = 50
NUDGE_EVERY_S = 3600
SAME_AGAIN_S = 60


# -- The stream --------------------------------------------------------------------------------------------
def activity_item(activity: Activity) -> str:
    return render_to_string("feeds/_activity.html", {"activity": activity})


def stream(found: queries.ActivityPage) -> str:
    return render_to_string("feeds/_stream.html", {"stream": found})


def feed_heads(heads: Iterable[str]) -> str:
    """The presence lines of the feed page; each line is a fragment that its own topic redraws."""
    return render_to_string("feeds/_feed_heads.html", {"heads": list(heads)})


def activity_payload(activity: Activity) -> dict[str, Any]:
    """An activity of the stream: as `presence.payloads.activity_payload`, with its id.

    Shape  {"activity_id": 9, "type": "progress_shared", ..., "meta": {"score": 80}, "score": 80}
    """
    shared: dict[str, Any] = {} if activity.score is None else {"score": activity.score}
    badge = activity.achievement
    earned = {} if badge is None else {"achievement": badge.kind, "achievement_name": badge.title}
    common = presence_payloads.activity_payload(
        kind=activity.kind,
        user_id=activity.actor_id,
        name=activity.actor.peer_name,
        avatar=activity.actor.avatar,
        subject=activity.subject_slug,
        skill=activity.skill.slug if activity.skill else "",
        at=activity.at,
        meta=shared | earned,
    )
    return common | {"activity_id": activity.pk} | shared


def _person(user_id: int) -> User:
    """The person with the name that others read. Cost  1 query, 1 more for a child with a first name."""
    person = User.objects.get(pk=user_id)
    load_disclosures([person])
    return person


def push_activities(event: ActivitiesPosted, _: datetime) -> None:
    """Add the activities to the top of every open stream that may show them.

    Cost  3 queries, 1 more with children, and one Redis round trip for any number of activities; one render for each
          that is on a screen, and one publish for its cohort and each friend outside it.
    """
    found = Activity.objects.drawn().filter(pk__in=event.activity_ids).order_by("at", "pk")
    activities = queries.named_activities(found)
    topics = _topics_of_all(activities)
    open_topics = watched({topic for wanted in topics.values() for topic in wanted})
    for activity in activities:
        shown_in = [topic for topic in topics[activity.pk] if topic in open_topics]
        if shown_in:
            html = render_to_string("feeds/_activity_new.html", {"activity": activity})
            for topic in shown_in:
                publish(topic, "new_activity", activity_payload(activity), html=html, fact=f"activity-{activity.pk}")


def topics_of_activities(ids: Collection[int]) -> set[str]:
    """The topics that show these activities. Cost  3 queries."""
    return set().union(*_topics_of_all(list(Activity.objects.filter(pk__in=ids))).values())


def push_change(event: ActivityChanged, _: datetime) -> None:
    activity = queries.activity(event.activity_id)
    html = activity_item(activity)
    for topic in _topics_of(activity):
        publish(topic, "activity_changed", activity_payload(activity), html=html, delivery="drop")


def _topics_of(activity: Activity) -> list[str]:
    """The activity's cohort, and the feeds of friends outside it; 2 queries."""
    return _topics_of_all([activity])[activity.pk]


def _topics_of_all(activities: Sequence[Activity]) -> dict[int, list[str]]:
    """Each activity's cohort, and the feeds of friends outside it. Cost  at most 2 queries."""
    actors = {one.actor_id for one in activities if one.is_for_friends}
    friends = Friendship.objects.friends_of(actors, clock.today(clock.now()))
    cohorts = {one.cohort_id for one in activities if one.cohort_id}
    outside = set().union(*friends.values())
    members: set[tuple[int, int]] = set()
    if cohorts and outside:
        memberships = CohortMembership.objects.filter(cohort__in=cohorts, user__in=outside)
        members = set(memberships.values_list("cohort_id", "user_id"))
    return {one.pk: _topics(one, friends.get(one.actor_id, set()), members) for one in activities}


def _topics(activity: Activity, friends: set[int], members: set[tuple[int, int]]) -> list[str]:
    if not activity.cohort_id:
        return [f"activity_feed:{user_id}" for user_id in sorted(friends | {activity.actor_id})]
    outside = [user_id for user_id in sorted(friends) if (activity.cohort_id, user_id) not in members]
    return [f"cohort:{activity.cohort_id}", *(f"activity_feed:{user_id}" for user_id in outside)]


def push_activities_removed(event: ActivitiesHidden, _: datetime) -> None:
    """Make open streams reload, because several activities disappeared at once."""
    _publish_stale(event.actor_id or 0, event.cohort_ids)


def push_rows_removed(event: RowsHidden, _: datetime) -> None:
    """Take a hidden person's messages and activities off every open page, and out of what clients may recover.

    Cost  3 queries, and one publish for each cohort and each friend of the person.
    """
    mine = event.actor_id or 0
    hidden = Message.objects.filter(pk__in=event.rows.get(Message._meta.label, ()))
    messages: dict[int, list[int]] = {}
    for cohort_id, pk in hidden.order_by("pk").values_list("cohort_id", "pk"):
        messages.setdefault(cohort_id, []).append(pk)
    for cohort_id, ids in messages.items():
        html = "".join(render_to_string("feeds/_message_removed.html", {"message_id": pk}) for pk in ids)
        publish(f"cohort:{cohort_id}", "messages_hidden", {"message_ids": ids}, html=html, clears=True)
    _reload_streams(mine, event.rows.get(Activity._meta.label, ()))


def push_rows_shown(event: RowsShown, _: datetime) -> None:
    """Make open streams reload, because activities are shown again; chats show them at the next load."""
    _reload_streams(event.actor_id or 0, event.rows.get(Activity._meta.label, ()))


def _reload_streams(user_id: int, activity_ids: Collection[int]) -> None:
    if activity_ids:
        cohorts = Activity.objects.filter(pk__in=activity_ids, cohort__isnull=False).values_list("cohort_id", flat=True)
        _publish_stale(user_id, sorted(set(cohorts)))


def _publish_stale(user_id: int, cohort_ids: Collection[int]) -> None:
    """Make open streams reload, and let nobody recover the messages before."""
    friends = sorted(Friendship.objects.friend_ids(user_id))
    topics = [f"cohort:{cohort}" for cohort in cohort_ids] + [f"activity_feed:{friend}" for friend in friends]
    html = render_to_string("feeds/_stream_stale.html")
    for topic in topics:
        publish(topic, "activity_hidden", {"user_id": user_id}, html=html, clears=True)


# -- A practice that starts ----------------------------------------------------------------------------------
def push_practice_started(event: PracticeStarted, at: datetime) -> None:
    """Tell the cohort that a member practices now, and friends of the same subject that they could join in.

    Cost  none for a guest. 2 queries and one Redis round trip; where a screen shows it 3 more, and 1 insert when a
          friend is nudged.
    """
    if event.actor_id is None:
        return
    primary = CohortMembership.objects.filter(user=event.actor_id, is_primary=True)
    cohort_id = primary.values_list("cohort_id", flat=True).first()
    is_open_to_friends = event.kind == "practice"  # a challenge is played alone
    actors = {event.actor_id} if is_open_to_friends else set()
    friends = Friendship.objects.friends_of(actors, clock.today(at)).get(event.actor_id, set())
    if not watched([f"cohort:{cohort_id}", *(f"activity_feed:{friend}" for friend in friends)]):
        return
    actor = _person(event.actor_id)
    audience = activities.activity_visibility(actor, today=clock.today(at))
    _push_to_cohort(actor, audience, event.type, event.subject, event.skill, at)
    # Only friends who would see the finished attempt are nudged, so that nobody outside the cohort sees a child.
    if is_open_to_friends and actor.presence_visible and audience.is_for_friends:
        nudge_friends(actor, friends, Skill.objects.select_related("subject").get(slug=event.skill), at)


def push_practice_reported(event: PracticeReported, at: datetime) -> None:
    """Tell the cohort of a practice that only its client knows of, without a score. Cost  2 queries."""
    actor = _person(event.user_id)
    audience = activities.activity_visibility(actor, today=clock.today(at))
    kind = PracticeCompleted.type if event.is_completed else PracticeStarted.type
    _push_to_cohort(actor, audience, kind, event.subject, event.skill, at)


def _push_to_cohort(
    actor: User, audience: activities.ActivityVisibility, kind: str, subject: str, skill: str, at: datetime
) -> None:
    """Publish an activity that no stream keeps; the same one again within a minute is left out."""
    same = f"{actor.pk}:{kind}:{subject}:{skill}"
    if audience.cohort_id is None or not allow("activity", same, limit=1, window_s=SAME_AGAIN_S):
        return
    payload = presence_payloads.activity_payload(
        kind=kind, user_id=actor.pk, name=actor.peer_name, avatar=actor.avatar, subject=subject, skill=skill, at=at
    )
    publish(f"cohort:{audience.cohort_id}", "new_activity", payload)


# -- Nudges ------------------------------------------------------------------------------------------------
def nudge_friends(actor: User, friend_ids: Collection[int], skill: Skill, at: datetime) -> None:
    """Tell friends who practice the same subject that they could practice together; at most once an hour per pair.

    Cost  1 query, 1 insert when anybody is nudged.
    """
    friends = User.objects.filter(pk__in=friend_ids, current_subject=skill.subject.slug)
    asked = list(friends.order_by("pk").values_list("pk", flat=True)[:MAX_NUDGED])
    due = [friend for friend in asked if _is_due(actor.pk, friend)]
    if not due:
        return
    html = render_to_string("feeds/_nudge.html", {"friend": actor, "skill": skill})
    payload = {"user_id": actor.pk, "name": actor.display_name, "subject": skill.subject.slug, "skill": skill.slug}
    for friend in due:
        publish(f"activity_feed:{friend}", "nudge", payload, html=html, delivery="latest")
    record_nudges(actor=actor, subject=skill.subject.name, asked=len(asked), nudged=len(due), at=at)


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
    """A message; `name` and `at` are the older names of `user_name` and `timestamp`."""
    return {
        "user_id": message.author_id,
        "message_id": message.pk,
        "number": message.seq,
        "user_name": message.author.peer_name,
        "name": message.author.peer_name,
        "text": message.text,
        "timestamp": message.at.isoformat(),
        "at": message.at.isoformat(),
    }


def push_message(event: MessagePosted, _: datetime) -> None:
    """Add the message to the open chats.

    Cost  1 query, 1 more of a child, one render and one publish for any number of members.
    """
    message = Message.objects.select_related("author").get(pk=event.message_id)
    load_disclosures([message.author])
    html = render_to_string("feeds/_message_new.html", {"message": message})
    fact = f"message-{message.pk}"
    publish(f"cohort:{event.cohort_id}", "new_message", message_payload(message), html=html, fact=fact)


def push_message_removed(event: MessageHidden, _: datetime) -> None:
    html = render_to_string("feeds/_message_removed.html", {"message_id": event.message_id})
    publish(f"cohort:{event.cohort_id}", "message_hidden", {"message_id": event.message_id}, html=html, clears=True)


def cohort_body(cohort_id: int, viewer: ViewerProfile, at: datetime) -> str:
    """All live regions of a cohort page for one viewer; 5 queries, 1 more per challenge."""
    without = feeds_chat.hidden_author_ids(viewer)
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
    """Announce a new challenge, but not to members with a block between them and its creator: it names them."""
    creator = _person(event.user_id)
    name, skill = creator.peer_name, Skill.objects.get(slug=event.skill).name
    of_creator = {
        "user_id": creator.pk,
        "creator_name": name,
        "message": f"{name} challenges the cohort to {skill}!",
    }
    _push_challenges(event.cohort_id, event.challenge_id, "cohort_challenge_created", at, **of_creator)


def push_standings(event: PracticeCompleted, at: datetime) -> None:
    """Update challenge standings. Cost  1 query for a deck; 2 more and 1 per challenge if it is a cohort's."""
    if event.deck_id is None:
        return
    challenge = CohortChallenge.objects.filter(deck=event.deck_id).first()
    if challenge is not None:
        _push_challenges(challenge.cohort_id, challenge.pk, "challenge_standings", at)


def _push_challenges(cohort_id: int, challenge_id: int, event: str, at: datetime, **extra: object) -> None:
    standings = queries.challenges_of(cohort_id, at=at)
    concerned = [standing for standing in standings if standing.challenge.pk == challenge_id]
    people = sorted({row["user_id"] for standing in standings for row in standing.rows})
    for standing in concerned:
        payload = challenge_payload(standing) | {"people": people, "active_challenges": len(standings)} | extra
        publish(f"cohort:{cohort_id}", event, payload, html=challenges(cohort_id, standings))


# -- Practicing together -----------------------------------------------------------------------------------
def co_practice_live(co_practice: CoPractice) -> str:
    context = {"co_practice": co_practice, "participants": queries.participants_of(co_practice)}
    return render_to_string("feeds/_co_practice.html", context)


def push_co_practice_request(event: CoPracticeStarted, _: datetime) -> None:
    """Show the friend that the host is waiting."""
    co_practice = CoPractice.objects.select_related("host", "deck__skill").get(pk=event.co_practice_id)
    load_disclosures([co_practice.host])
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
