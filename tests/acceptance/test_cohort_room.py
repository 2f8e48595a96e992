"""A cohort's room over real sockets and pages: access, chat and challenges."""

import asyncio
import json
import re
from datetime import datetime
from functools import partial

import pytest
from django.test import Client

from feeds.models import CohortChallenge, Message
from tests.factories import browser, child, cohort_of, parent_of, person
from tests.servers import Server
from tests.sockets import Refusal, connected, get, in_thread, post, until, watching
from viral_engine.accounts.models import Block, Cohort, User
from viral_engine.accounts.services import consent, friends
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt
from viral_engine.safety.models import Report

pytestmark = pytest.mark.django_db(transaction=True)


def practice_here(server: Server, client: Client, user: User) -> None:
    """Finish a practice on the running site without a mistake."""
    post(server, client, "/practice/start/algebra/")
    attempt = Attempt.objects.filter(user=user).latest("started_at")
    for answer in attempt.answers.select_related("question"):
        choice = str(answer.question.answer)
        post(server, client, f"/practice/{attempt.pk}/answer/", position=str(answer.position), choice=choice)
    post(server, client, f"/practice/{attempt.pk}/finish/")


@pytest.fixture
def cohort(ada: User, bo: User) -> Cohort:
    return cohort_of(ada, bo, at=now())


async def test_members_join_and_see_who_is_online(
    server: Server, catalogue: None, ada: User, bo: User, cohort: Cohort, at: datetime
) -> None:
    topic = f"cohort:{cohort.pk}"

    def cast() -> tuple[User, User]:
        kid = child("Comet")
        consent.give_consent(
            parent=parent_of(kid, at=at), child=kid, kind="coppa", method="email_plus", ip_hash="", at=at
        )
        cohort_of(kid, at=now())
        return kid, person("Dee")

    kid, dee = await in_thread(cast)
    async with connected(server, ada, kid, dee) as [a, k, d]:
        with pytest.raises(Refusal, match="not_in_cohort"):
            await d.join(topic)
        with pytest.raises(Refusal, match="not_in_cohort"):
            await d.join("cohort:999999")
        await a.join(topic)
        await k.join(topic)
        await a.sees(topic, {ada.pk: [None], kid.pk: [None]})
        # The online count may be pushed before the snapshot of a new member.
        info = next(one for one in a.events(topic, "cohort_info") if "challenges" in one)
        assert (info["name"], info["total_members"], info["challenges"]) == ("Comets", 3, [])
        assert {one["active_challenges"] for one in a.events(topic, "cohort_info")} == {0}
        [meta] = a.people[topic][str(ada.pk)]
        assert {key: meta[key] for key in meta if key not in {"phx_ref", "online_at"}} == {
            "user_id": ada.pk,
            "name": "Ada",
            "avatar": "violet",
            "grade": 8,
            "status": "online",
            "current_subject": None,
            "current_activity": None,
        }
        assert 0 <= now().timestamp() - meta["online_at"] < 10
        [boards] = a.events(topic, "leaderboards")
        slugs = [board["subject"] for board in boards["leaderboards"]]
        assert (sorted(slugs), boards["leaderboards"][0]["top_users"]) == (["math", "reading", "science"], [])
        assert a.events(topic, "activity_feed") == [{"activities": []}]
        assert a.events(topic, "messages") == [{"messages": []}]


async def test_a_message_reaches_sockets_and_pages_as_a_reload_shows_it(
    server: Server, catalogue: None, ada: User, bo: User, cohort: Cohort
) -> None:
    topic = f"cohort:{cohort.pk}"
    reader = await in_thread(lambda: browser(bo))
    async with connected(server, ada, bo) as [a, b], watching(server, reader, topic) as got:
        await a.join(topic)
        await b.join(topic)
        text = "<script>alert(1)</script> <b hx-get='/x'>hi</b>"
        answer = await a.push(topic, "send_message", {"text": text})
        [heard] = await b.hears(topic, "new_message")
        assert (heard["text"], heard["name"], heard["user_name"], heard["number"]) == (text, "Ada", "Ada", 1)
        assert heard["timestamp"] == heard["at"]
        assert answer == {key: heard[key] for key in heard if key != "seq"}
        await until(lambda: any("data-brings" in one for one in got))  # the head count may follow it
        item = re.search(r"<li.*</li>", next(one for one in got if "data-brings" in one), re.DOTALL)
        page = await in_thread(partial(get, server, reader, f"/cohorts/{cohort.pk}/"))
        assert item is not None
        assert item.group() in page
        assert f'id="message-{answer["message_id"]}"' in item.group()
        assert "&lt;script&gt;" in page
        assert "<script>alert" not in page
        assert "<b hx-get" not in page


async def test_a_rejoining_client_gets_missed_messages_by_sequence(
    server: Server, catalogue: None, ada: User, bo: User, cohort: Cohort
) -> None:
    topic = f"cohort:{cohort.pk}"
    async with connected(server, ada, bo) as [a, b]:
        await a.join(topic)
        for number in range(4):
            await a.push(topic, "send_message", {"text": f"Line {number}"})
        await b.join(topic)
        [said] = await b.hears(topic, "messages")
        assert [message["number"] for message in said["messages"]] == [1, 2, 3, 4]
        missed = await b.push(topic, "messages_since", {"number": 2})
        assert [(one["number"], one["text"]) for one in missed["messages"]] == [(3, "Line 2"), (4, "Line 3")]
        assert await b.push(topic, "messages_since", {"number": 4}) == {"messages": []}
        for wrong in (-1, "2", None, True):
            with pytest.raises(Refusal, match="unknown_number"):
                await b.push(topic, "messages_since", {"number": wrong})


async def test_a_refused_message_stays_in_the_form(server: Server, catalogue: None, ada: User, cohort: Cohort) -> None:
    topic = f"cohort:{cohort.pk}"
    async with connected(server, ada) as [a]:
        await a.join(topic)
        for text in ("", "x" * 5000, "write to ada@example.com", 17):
            with pytest.raises(Refusal, match="message_refused"):
                await a.push(topic, "send_message", {"text": text})
        with pytest.raises(Refusal, match="message_refused"):
            await a.push(topic, "send_message", {"text": "Hi", "key": "no uuid"})
    assert await in_thread(Message.objects.count) == 0

    def send() -> str:
        client = browser(ada)
        data = {"text": "call 0151 23456789", "key": "6b9f2b1e-6f62-4bd0-9a53-0a0c4b1b2c3d"}
        response = client.post(f"/cohorts/{cohort.pk}/messages/", data, headers={"HX-Request": "true"})
        return response.content.decode()

    form = await in_thread(send)
    assert "Leave out the phone number" in form
    assert 'value="call 0151 23456789"' in form


async def test_blocked_people_do_not_see_each_others_messages(
    server: Server, catalogue: None, ada: User, bo: User, cohort: Cohort, at: datetime
) -> None:
    topic = f"cohort:{cohort.pk}"
    cy = await in_thread(lambda: person("Cy"))
    await in_thread(lambda: cohort_of(cy, at=now()))
    reader = await in_thread(lambda: browser(bo))
    async with connected(server, ada, bo, cy) as [a, b, c], watching(server, reader, topic) as got:
        for client in (a, b, c):
            await client.join(topic)
        await a.push(topic, "send_message", {"text": "Before"})
        await b.hears(topic, "new_message")
        await in_thread(lambda: friends.block_person(blocker=ada, blocked=bo, at=at))
        again = await in_thread(lambda: browser(ada))  # the block was made in this process: update the server's
        await in_thread(
            partial(post, server, again, "/settings/", avatar="mint", feed_visible="on", presence_visible="on")
        )
        other = await in_thread(lambda: browser(bo))
        await in_thread(
            partial(post, server, other, "/settings/", avatar="mint", feed_visible="on", presence_visible="on")
        )
        await until(lambda: str(ada.pk) not in b.people[topic])
        epoch = (await b.join(topic))["epoch"]
        await a.push(topic, "send_message", {"text": "After the block"})
        await c.hears(topic, "new_message", 2)
        await asyncio.sleep(0.2)
        assert "After the block" not in json.dumps(b.frames)
        assert "After the block" not in "".join(got)
        assert (await b.join(topic, seq=0, epoch=epoch))["events"] == []
        page = await in_thread(partial(get, server, reader, f"/cohorts/{cohort.pk}/"))
        assert "After the block" not in page


async def test_a_cohort_challenge_is_announced_played_and_ranked_live(
    server: Server, catalogue: None, ada: User, bo: User, cohort: Cohort
) -> None:
    topic = f"cohort:{cohort.pk}"
    player = await in_thread(lambda: browser(bo))
    async with connected(server, ada, bo) as [a, b], watching(server, player, topic) as got:
        await a.join(topic)
        await b.join(topic)
        with pytest.raises(Refusal, match="unknown_skill"):
            await a.push(topic, "challenge_cohort", {"skill": "alchemy"})
        created = await a.push(topic, "challenge_cohort", {"skill": "algebra"})
        [seen] = await b.hears(topic, "cohort_challenge_created")
        assert (seen["challenge_id"], seen["players"], seen["active_challenges"]) == (
            created["challenge_id"],
            0,
            1,
        )
        assert (seen["creator_name"], seen["skill"], seen["user_id"]) == ("Ada", "algebra", ada.pk)
        assert seen["message"] == "Ada challenges the cohort to Algebra!"
        later = await in_thread(lambda: person("Cy"))
        await in_thread(lambda: cohort_of(later, at=now()))
        async with connected(server, later) as [c]:
            await c.join(topic)
            await until(lambda: any("challenges" in one for one in c.events(topic, "cohort_info")))
            [info] = [one for one in c.events(topic, "cohort_info") if "challenges" in one]
            assert (info["active_challenges"], [one["skill"] for one in info["challenges"]]) == (1, ["algebra"])
            await until(lambda: a.events(topic, "cohort_info")[-1]["active_challenges"] == 1)
        assert await a.push(topic, "challenge_cohort", {"skill": "algebra"}) == created

        def play() -> None:
            post(server, player, f"/cohorts/challenges/{created['challenge_id']}/play/")
            attempt = Attempt.objects.get(user=bo)
            for answer in attempt.answers.select_related("question"):
                choice = str(answer.question.answer)
                post(server, player, f"/practice/{attempt.pk}/answer/", position=str(answer.position), choice=choice)
            post(server, player, f"/practice/{attempt.pk}/finish/")

        await in_thread(play)
        [standings] = await a.hears(topic, "challenge_standings")
        assert standings["people"] == [bo.pk]
        await until(lambda: any("challenges-" in one and "100%" in one for one in got))
        pushed = next(one for one in reversed(got) if f'id="challenges-{cohort.pk}"' in one and "100%" in one)
        page = await in_thread(partial(get, server, player, f"/cohorts/{cohort.pk}/"))
        assert pushed.strip() in page
    assert await in_thread(CohortChallenge.objects.count) == 1


async def test_no_announcement_names_a_blocked_creator(
    server: Server, catalogue: None, ada: User, bo: User, cohort: Cohort, at: datetime
) -> None:
    topic = f"cohort:{cohort.pk}"
    cy = await in_thread(lambda: person("Cy"))
    await in_thread(lambda: cohort_of(cy, at=now()))
    await in_thread(lambda: friends.block_person(blocker=bo, blocked=ada, at=at))
    async with connected(server, ada, bo, cy) as [a, b, c]:
        for client in (a, b, c):
            await client.join(topic)
        await a.push(topic, "challenge_cohort", {"skill": "algebra"})
        await c.hears(topic, "cohort_challenge_created")
        await asyncio.sleep(0.2)
        assert b.events(topic, "cohort_challenge_created") == []
        assert "Ada" not in json.dumps(b.frames)


async def test_each_result_updates_the_boards_of_the_cohort(
    server: Server, catalogue: None, ada: User, bo: User, cohort: Cohort
) -> None:
    topic, player = f"cohort:{cohort.pk}", await in_thread(lambda: browser(ada))
    async with connected(server, bo) as [b]:
        await b.join(topic)
        for number in range(1, 4):
            await in_thread(partial(practice_here, server, player, ada))
            update = (await b.hears(topic, "leaderboard_update", number))[-1]
            assert (update["subject"], update["trigger_user"], update["cohort_id"]) == ("math", ada.pk, cohort.pk)
            assert datetime.fromisoformat(update["updated_at"]) <= now()
        row = {"rank": 1, "user_id": ada.pk, "name": "Ada L.", "avatar": "violet", "avg_score": 100.0}
        assert update["top_users"] == [row]  # an average takes three results
        await b.join(topic)
        boards = (await b.hears(topic, "leaderboards", 2))[-1]["leaderboards"]
        [math] = [board for board in boards if board["subject"] == "math"]
        assert (math["top_users"], sorted(math)) == ([row], ["subject", "top_users", "updated_at"])


async def test_starts_and_ends_of_practice_reach_the_cohort_from_pages_and_sockets_alike(
    server: Server, catalogue: None, ada: User, bo: User, cohort: Cohort
) -> None:
    topic, player = f"cohort:{cohort.pk}", await in_thread(lambda: browser(ada))
    async with connected(server, ada, bo) as [a, b]:
        await a.join("subject:math")
        await b.join(topic)
        await in_thread(partial(practice_here, server, player, ada))
        await a.push("subject:math", "practice_started", {"skill": "algebra"})  # a minute has not passed
        await a.push(
            "subject:math", "practice_completed", {"skill": "algebra", "score": 100}
        )  # its result is on record
        await a.push("subject:math", "practice_started", {"skill": "fractions"})
        await a.push("subject:math", "practice_completed", {"skill": "fractions", "score": 100})
        heard = await b.hears(topic, "new_activity", 4)
        assert [(one["type"], one["skill"], one["meta"], "activity_id" in one) for one in heard] == [
            ("practice_started", "algebra", {}, False),
            ("practice_completed", "algebra", {}, True),
            ("practice_started", "fractions", {}, False),
            ("practice_completed", "fractions", {}, False),
        ]
        for one in heard:
            assert (one["user_id"], one["user_name"], one["name"], one["avatar"]) == (ada.pk, "Ada", "Ada", "violet")
            assert (one["subject"], one["timestamp"]) == ("math", one["at"])
        await b.join(topic)
        [kept] = (await b.hears(topic, "activity_feed", 2))[-1]["activities"]
        assert kept == {key: heard[1][key] for key in heard[1] if key != "seq"}


async def test_a_member_who_shows_no_activity_starts_and_ends_unseen(server: Server, catalogue: None, bo: User) -> None:
    shy = await in_thread(lambda: person("Cy", feed_visible=False))
    topic = f"cohort:{(await in_thread(lambda: cohort_of(bo, shy, at=now()))).pk}"
    player = await in_thread(lambda: browser(shy))
    async with connected(server, bo, shy) as [b, c]:
        await b.join(topic)
        await c.join("subject:math")
        await in_thread(partial(practice_here, server, player, shy))
        await c.push("subject:math", "practice_started", {"skill": "fractions"})
        await c.push("subject:math", "practice_completed", {"skill": "fractions", "score": 100})
        await asyncio.sleep(0.2)
        assert b.events(topic, "new_activity") == []
        assert {one["trigger_user"] for one in b.events(topic, "leaderboard_update")} <= {None}


async def test_a_message_can_be_reported_and_its_author_muted_or_blocked(
    server: Server, catalogue: None, ada: User, bo: User, cohort: Cohort
) -> None:
    reader = await in_thread(lambda: browser(bo))
    async with connected(server, ada) as [a]:
        await a.join(f"cohort:{cohort.pk}")
        message = (await a.push(f"cohort:{cohort.pk}", "send_message", {"text": "Hello you"}))["message_id"]
    page = partial(get, server, reader, f"/cohorts/{cohort.pk}/")
    assert "Hello you" in await in_thread(page)
    await in_thread(partial(post, server, reader, f"/report/message/{message}/", reason="unkind"))
    assert await in_thread(Report.objects.count) == 1
    await in_thread(partial(post, server, reader, f"/messages/{message}/mute/"))
    assert "Hello you" not in await in_thread(page)
    await in_thread(partial(post, server, reader, f"/cohorts/{cohort.pk}/unmute/"))
    assert "Hello you" in await in_thread(page)
    await in_thread(partial(post, server, reader, f"/messages/{message}/block/"))
    assert "Hello you" not in await in_thread(page)
    assert await in_thread(lambda: set(Block.objects.hidden_from(ada.pk))) == {bo.pk}


def looked_at(user: User) -> str:
    page: str = browser(user).get("/cohorts/").content.decode()
    return page


async def test_outsiders_do_not_learn_whether_a_cohort_exists(
    server: Server, catalogue: None, ada: User, cohort: Cohort
) -> None:
    dee = await in_thread(lambda: person("Dee"))

    def statuses() -> set[int]:
        client = browser(dee)
        pages = {client.get(f"/cohorts/{number}/").status_code for number in (cohort.pk, 999999)}
        return pages | {client.post(f"/cohorts/{cohort.pk}/messages/", {"text": "Hi"}).status_code}

    assert await in_thread(statuses) == {404}
    assert "No cohort yet" in await in_thread(partial(looked_at, dee))
    kid = await in_thread(lambda: child("Comet"))
    assert await in_thread(lambda: browser(kid).get("/cohorts/").status_code) == 403
