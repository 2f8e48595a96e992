"""Presence over real sockets, under every server, in one process."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import websockets

from presence.tokens import token_for
from tests.factories import befriend, browser, child, cohort_of, parent_of, person, practice
from tests.servers import Server
from tests.sockets import SERVERS, Refusal, address, connected, dial, in_thread, post, until
from viral_engine.accounts.models import Friendship, User
from viral_engine.accounts.services import consent, friends
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt, Skill

pytestmark = pytest.mark.django_db(transaction=True)
SERVED_BY = SERVERS
MATH = "subject:math"
GRACE_S = 1.5  # people get 3 (tests/acceptance/test_presence_faults.py)
WAITS = {"GRACE_S": GRACE_S}


@pytest.fixture
def bo(ada: User) -> User:
    """A friend of Ada: strangers see only how many are here."""
    bo = person("Bo")
    befriend(ada, bo)
    return bo


# -- Connecting --------------------------------------------------------------------------------------------
async def refused(server: Server, url: str, origin: str = "", **options: Any) -> int:
    try:
        await websockets.connect(url, origin=origin or server.url, **options)  # type: ignore[arg-type]
    except websockets.InvalidStatus as refusal:
        return refusal.response.status_code
    return 101


async def test_only_a_valid_token_and_protocol_version_connects(server: Server, ada: User) -> None:
    good, old = token_for(ada, now()), token_for(ada, now() - timedelta(days=2))
    assert await refused(server, address(server, good + "x")) == 403
    assert await refused(server, address(server, "")) == 403
    assert await refused(server, address(server, good, vsn="1.0.0")) == 403
    assert await refused(server, address(server, token_for(User(pk=10**9), now()))) == 403
    for origin in ("http://evil.example", f"https://127.0.0.1:{server.port}", "http://127.0.0.1:1", "null"):
        assert await refused(server, address(server, good), origin) == 403
    assert await refused(server, f"ws://127.0.0.1:{server.port}/nowhere?token={good}&vsn=2.0.0") in {403, 500, 404}
    assert old != good


async def test_the_auth_token_may_come_as_a_subprotocol(server: Server, ada: User) -> None:
    bearer = base64.urlsafe_b64encode(token_for(ada, now()).encode()).decode().rstrip("=")
    url = f"ws://127.0.0.1:{server.port}/socket/websocket?vsn=2.0.0"
    protocols = ["phoenix", f"base64url.bearer.phx.{bearer}"]
    async with websockets.connect(url, origin=server.url, subprotocols=protocols) as socket:  # type: ignore[arg-type]
        assert socket.subprotocol == "phoenix"
        await socket.send('[null,"12","phoenix","heartbeat",{}]')
        assert await socket.recv() == '[null,"12","phoenix","phx_reply",{"status":"ok","response":{}}]'


async def test_a_sixth_socket_is_refused(server: Server, ada: User) -> None:
    async with connected(server, *[ada] * 5):
        assert await refused(server, address(server, token_for(ada, now()))) == 403
    await asyncio.sleep(0.2)
    async with connected(server, ada) as [client]:
        assert await client.join(f"user:{ada.pk}") is not None


async def test_a_child_without_consent_gets_no_token_and_no_socket(server: Server, ada: User) -> None:
    kid = await in_thread(lambda: child("Comet"))
    assert await refused(server, address(server, token_for(kid, now()))) == 403
    answer = await in_thread(lambda: browser(kid).get("/api/socket-token"))
    assert (answer.status_code, answer.json()) == (403, {"error": "consent_required"})
    assert (await in_thread(lambda: browser().get("/api/socket-token"))).status_code == 401
    mine = (await in_thread(lambda: browser(ada).get("/api/socket-token"))).json()
    assert mine["user_id"] == ada.pk
    async with connected(server, ada) as [client]:
        other = await dial(server, ada, token=mine["token"])
        assert await other.join(f"user:{ada.pk}") == {"epoch": "", "seq": 0}
        await other.socket.close()
        assert client.frames == []


# -- A subject room ----------------------------------------------------------------------------------------
def counted(stats: dict[str, Any]) -> tuple[int | None, int | None]:
    return stats["peers_online"], stats["active_practicing"]


async def test_people_see_each_other_practicing(server: Server, catalogue: None, ada: User, bo: User) -> None:
    async with connected(server, ada, bo) as [a, b]:
        await a.join(MATH)
        await a.sees(MATH, {ada.pk: [None]})
        stats = (await a.hears(MATH, "subject_stats"))[0]
        assert stats["cohort_activity"] == []
        await b.join(MATH)
        both: dict[int, list[str | None]] = {ada.pk: [None], bo.pk: [None]}
        await asyncio.gather(a.sees(MATH, both), b.sees(MATH, both))
        assert await b.push(MATH, "practice_started", {"skill": "algebra"}) == {"presence_updated": True}
        busy: dict[int, list[str | None]] = {ada.pk: [None], bo.pk: ["practicing_algebra"]}
        await asyncio.gather(a.sees(MATH, busy), b.sees(MATH, busy))
        # People of the test before may still be counted for a moment; the numbers settle on these two.
        await until(lambda: counted(a.events(MATH, "subject_stats")[-1]) == (None, None))
        last = a.events(MATH, "subject_stats")[-1]
        assert (last["peers_label"], last["active_label"]) == ("a few", "a few")
        assert await b.push(MATH, "practice_completed", {"skill": "algebra", "score": 90}) == {"acknowledged": True}
        await asyncio.gather(a.sees(MATH, both), b.sees(MATH, both))
        await b.leave(MATH)
        assert b.frames[-1][3] in {"phx_close", "phx_reply"}
        await a.sees(MATH, {ada.pk: [None]})


async def test_an_update_sends_an_equal_diff_to_oneself_and_to_friends(
    server: Server, catalogue: None, ada: User, bo: User
) -> None:
    async with connected(server, ada, bo) as [a, b]:
        await a.join(MATH)
        await b.join(MATH)
        both: dict[int, list[str | None]] = {ada.pk: [None], bo.pk: [None]}
        await asyncio.gather(a.sees(MATH, both), b.sees(MATH, both))
        start = len(a.events(MATH, "presence_diff")), len(b.events(MATH, "presence_diff"))
        await a.push(MATH, "practice_started", {"skill": "fractions"})
        diffs_a = (await a.hears(MATH, "presence_diff", start[0] + 1))[start[0] :]
        diffs_b = (await b.hears(MATH, "presence_diff", start[1] + 1))[start[1] :]
        assert diffs_a == diffs_b
        [joined], [left] = diffs_a[0]["joins"][str(ada.pk)]["metas"], diffs_a[0]["leaves"][str(ada.pk)]["metas"]
        assert joined["phx_ref_prev"] == left["phx_ref"] != joined["phx_ref"]
        assert joined["current_activity"] == "practicing_fractions"
        assert (left["current_subject"], joined["current_subject"]) == (None, "math")
        for meta in (joined, left):
            assert (meta["user_id"], meta["name"], meta["grade"], meta["status"]) == (ada.pk, "Ada", 8, "online")
            assert 0 <= now().timestamp() - meta["online_at"] < 60
        assert joined["online_at"] == left["online_at"]  # an update is no new arrival


async def test_two_tabs_are_one_person_until_both_are_closed(
    server: Server, catalogue: None, ada: User, bo: User
) -> None:
    async with connected(server, ada, bo, bo) as [a, b1, b2]:
        for client in (a, b1, b2):
            await client.join(MATH)
        await a.sees(MATH, {ada.pk: [None], bo.pk: [None, None]})
        await b1.push(MATH, "practice_started", {"skill": "algebra"})
        await a.sees(MATH, {ada.pk: [None], bo.pk: ["practicing_algebra"] * 2})
        await b2.socket.close()
        await a.sees(MATH, {ada.pk: [None], bo.pk: ["practicing_algebra"]})
        await b1.socket.close()
        closed_at = asyncio.get_running_loop().time()
        await a.sees(MATH, {ada.pk: [None]}, patience_s=2 * GRACE_S)
        assert GRACE_S * 0.8 < asyncio.get_running_loop().time() - closed_at < GRACE_S * 2


async def test_a_page_reload_within_the_grace_period_is_not_a_leave(
    server: Server, catalogue: None, ada: User, bo: User
) -> None:
    async with connected(server, ada, bo) as [a, b]:
        await a.join(MATH)
        await b.join(MATH)
        await a.sees(MATH, {ada.pk: [None], bo.pk: [None]})
        await b.socket.close()
        await asyncio.sleep(0.2)
        again = await dial(server, bo)
        await again.join(MATH)
        await asyncio.sleep(GRACE_S + 0.5)
        assert a.activities(MATH) == {ada.pk: [None], bo.pk: [None]}
        blinks = [
            d for d in a.events(MATH, "presence_diff") if str(bo.pk) in d["leaves"] and str(bo.pk) not in d["joins"]
        ]
        assert blinks == []
        await again.leave(MATH)
        await again.socket.close()


async def test_a_meta_carries_the_subject_practiced_last(server: Server, catalogue: None, ada: User, bo: User) -> None:
    algebra = await in_thread(lambda: Skill.objects.select_related("subject").get(slug="algebra"))
    await in_thread(lambda: practice(ada, algebra, at=now()))
    async with connected(server, ada, bo) as [a, b]:
        await a.join(MATH)
        await b.join(MATH)
        await b.sees(MATH, {ada.pk: [None], bo.pk: [None]})
        metas = {key: metas[0]["current_subject"] for key, metas in b.people[MATH].items()}
        assert metas == {str(ada.pk): "math", str(bo.pk): None}


async def test_only_friends_are_seen_and_suggested(server: Server, catalogue: None, ada: User, bo: User) -> None:
    cy = await in_thread(lambda: person("Cy"))
    async with connected(server, ada, bo, cy) as [a, b, c]:
        for client in (a, b, c):
            await client.join(MATH)
        await a.sees(MATH, {ada.pk: [None], bo.pk: [None]})
        await c.sees(MATH, {cy.pk: [None]})
        await a.push(MATH, "practice_started", {"skill": "algebra"})
        [heard] = await a.hears(MATH, "friends_online")
        assert heard["friends"] == [{"user_id": bo.pk, "name": "Bo", "current_activity": None}]
        await c.push(MATH, "practice_started", {"skill": "algebra"})
        await asyncio.sleep(0.2)
        assert c.events(MATH, "friends_online") == []


async def test_a_claimed_score_is_replaced_by_the_recorded_one(
    server: Server, catalogue: None, ada: User, bo: User
) -> None:
    algebra = await in_thread(lambda: Skill.objects.select_related("subject").get(slug="algebra"))
    result = await in_thread(lambda: practice(ada, algebra, right=4, at=now() - timedelta(minutes=2)))
    async with connected(server, ada, bo) as [a, b]:
        await a.join(MATH)
        await b.join(MATH)
        await b.push(MATH, "practice_completed", {"skill": "algebra", "score": 100})  # no recorded result
        await a.push(MATH, "practice_completed", {"skill": "algebra", "score": 3})  # 80 on record
        [suggestion] = await a.hears(MATH, "viral_suggestion")
        assert suggestion["context"] == {"skill": "algebra", "score": 80}
        assert suggestion["url"] == f"/results/{result.pk}/"
        assert b.events(MATH, "viral_suggestion") == []


async def test_bad_messages_are_refused_by_name(server: Server, catalogue: None, ada: User) -> None:
    async with connected(server, ada) as [a]:
        for topic, reason in {
            "subject:alchemy": "unknown_subject",
            "nope:1": "unmatched topic",
            "subject:../etc": "unmatched topic",
            f"user:{ada.pk + 1}": "not_your_topic",
            "user:99999999999999999999": "unmatched topic",
        }.items():
            with pytest.raises(Refusal, match=reason):
                await a.join(topic)
        await a.join(MATH)
        wrong: list[tuple[str, dict[str, Any], str]] = [
            ("practice_started", {}, "unknown_skill"),
            ("practice_started", {"skill": ["algebra"]}, "unknown_skill"),
            ("practice_started", {"skill": "phonics"}, "unknown_skill"),
            ("staff_only", {}, "unknown_event"),
            ("join", {}, "unknown_event"),
        ]
        for event, payload, reason in wrong:
            with pytest.raises(Refusal, match=reason):
                await a.push(MATH, event, payload)
        with pytest.raises(Refusal, match="unmatched topic"):
            await a.push("subject:reading", "practice_started", {"skill": "x"})
        await a.leave("subject:reading")  # never joined: still ok


async def test_a_second_join_closes_the_first_with_its_own_ref(server: Server, catalogue: None, ada: User) -> None:
    async with connected(server, ada) as [a]:
        await a.join(MATH)
        await a.sees(MATH, {ada.pk: [None]})
        first = a.joined[MATH]
        await a.join(MATH)
        closes = [frame for frame in a.frames if frame[3] == "phx_close"]
        assert closes == [[first, first, MATH, "phx_close", {}]]
        await a.raw(json.dumps([first, "99", MATH, "practice_started", {"skill": "algebra"}]))  # a stale join_ref
        await asyncio.sleep(0.2)
        assert [frame for frame in a.frames if frame[1] == "99"] == []
        await a.sees(MATH, {ada.pk: [None]})


# -- Visibility ---------------------------------------------------------------------------------------------
async def test_opted_out_blocked_and_young_people_are_not_shown(
    server: Server, catalogue: None, ada: User, bo: User, at: datetime
) -> None:
    def cast() -> tuple[User, User, User]:
        shy = person("Cy", presence_visible=False)
        kid = child("Dee")
        parent = parent_of(kid, at=at)
        consent.give_consent(child=kid, parent=parent, kind="coppa", method="test", ip_hash="", at=at)
        dan = person("Dan")
        Friendship.objects.all().delete()
        befriend(ada, bo, shy, kid, dan)
        friends.block_person(blocker=ada, blocked=bo, at=at)
        return shy, kid, dan

    shy, kid, dan = await in_thread(cast)
    async with connected(server, ada, bo, shy, kid, dan) as clients:
        for client in clients:
            await client.join(MATH)
        a, b, c, k, d = clients
        everybody: dict[int, list[str | None]] = {ada.pk: [None], bo.pk: [None], dan.pk: [None]}
        await d.sees(MATH, everybody)
        await c.sees(MATH, everybody)
        await k.sees(MATH, everybody)
        await a.sees(MATH, {ada.pk: [None], dan.pk: [None]})
        await b.sees(MATH, {bo.pk: [None], dan.pk: [None]})
        await b.push(MATH, "practice_started", {"skill": "algebra"})
        await d.sees(MATH, everybody | {bo.pk: ["practicing_algebra"]})
        await asyncio.sleep(0.2)
        text = json.dumps([frame for frame in a.frames if frame[3].startswith("presence")])
        assert f'"{bo.pk}"' not in text


async def test_a_block_and_a_preference_take_effect_on_open_sockets(
    server: Server, catalogue: None, ada: User, bo: User, at: datetime
) -> None:
    def cast() -> User:
        dan = person("Dan")
        Friendship.objects.all().delete()
        befriend(ada, bo, dan)
        return dan

    dan = await in_thread(cast)
    client = await in_thread(lambda: browser(bo))
    async with connected(server, ada, bo, dan) as [a, b, d]:
        for one in (a, b, d):
            await one.join(MATH)
        await a.sees(MATH, {ada.pk: [None], bo.pk: [None], dan.pk: [None]})
        await in_thread(partial(post, server, client, "/settings/", avatar="mint", feed_visible="on"))
        await a.sees(MATH, {ada.pk: [None], dan.pk: [None]})
        await in_thread(
            partial(post, server, client, "/settings/", avatar="mint", feed_visible="on", presence_visible="on")
        )
        await a.sees(MATH, {ada.pk: [None], bo.pk: [None], dan.pk: [None]})


async def test_logging_out_closes_sockets_and_revokes_the_token(server: Server, catalogue: None, ada: User) -> None:
    client = await in_thread(lambda: browser(ada))
    token = token_for(ada, now())
    a = await dial(server, ada, token=token)
    await a.join(f"user:{ada.pk}")
    await in_thread(partial(post, server, client, "/accounts/logout/"))
    assert await a.closed_with(2.0) == 1001
    assert a.events(f"user:{ada.pk}", "session_ended") == [{"reason": "signed_out"}]
    assert await refused(server, address(server, token)) == 403
    assert await refused(server, address(server, token_for(ada, now() + timedelta(seconds=1)))) == 101


# -- Hostile clients ---------------------------------------------------------------------------------------
async def test_malformed_frames_get_an_answer_or_the_documented_close(
    server: Server, catalogue: None, ada: User
) -> None:
    wrong: list[tuple[str | bytes, int]] = [(b"\x00binary", 1003), ("x" * 66_000, 1009)]
    for message, code in wrong:
        hostile = await dial(server, ada)
        await hostile.raw(message)
        assert await hostile.closed_with() == code
    hostile = await dial(server, ada)
    for number, text in enumerate(["{bad", "[" * 5000, "[1,2,3,4,5]", '[null,null,"t","e",{"n":NaN}]'], start=1):
        await hostile.raw(text)
        await hostile.hears("phoenix", "phx_reply", number)
    reasons = [answer["response"]["reason"] for answer in hostile.events("phoenix", "phx_reply")]
    assert reasons == ["malformed_json", "malformed_json", "malformed_frame", "malformed_json"]
    for _ in range(20):
        await hostile.raw("junk")
    assert await hostile.closed_with() == 4400
    async with connected(server, ada) as [still]:
        await still.join(MATH)


async def test_a_flood_is_refused_then_closed_while_others_are_served(
    server: Server, catalogue: None, ada: User, bo: User
) -> None:
    async with connected(server, ada, bo) as [a, b]:
        await a.join(MATH)
        await b.join(MATH)
        # A burst in one packet may be refused before its allowed messages are handled, so the ten come first.
        for _ in range(10):
            assert await a.push(MATH, "practice_started", {"skill": "algebra"}) == {"presence_updated": True}
        for number in range(300):
            try:
                await a.raw(json.dumps([a.joined[MATH], f"f{number}", MATH, "practice_started", {"skill": "algebra"}]))
            except websockets.ConnectionClosed:
                break
        assert await a.closed_with() == 4429
        answers = [frame[4] for frame in a.frames if str(frame[1]).startswith("f")]
        assert answers == [{"status": "error", "response": {"reason": "rate_limited"}}] * 100
        assert await b.push(MATH, "practice_started", {"skill": "algebra"}) == {"presence_updated": True}


async def test_a_client_that_claims_a_restart_leaves_after_the_grace_period(
    server: Server, catalogue: None, ada: User, bo: User
) -> None:
    async with connected(server, ada) as [a]:
        b = await dial(server, bo)
        await a.join(MATH)
        await b.join(MATH)
        await a.sees(MATH, {ada.pk: [None], bo.pk: [None]})
        await b.socket.close(code=1012)
        await a.sees(MATH, {ada.pk: [None]}, patience_s=6)


# -- Missed messages ---------------------------------------------------------------------------------------
async def test_a_returning_client_gets_missed_messages(server: Server, catalogue: None, ada: User) -> None:
    """A reward is granted while the tab sleeps; the rejoin delivers it once."""
    topic = f"user:{ada.pk}"
    algebra = await in_thread(lambda: Skill.objects.select_related("subject").get(slug="algebra"))
    await in_thread(lambda: cohort_of(ada, at=now()))
    client = await in_thread(lambda: browser(ada))
    a = await dial(server, ada)
    await a.join(topic)

    def practice_here() -> None:
        post(server, client, f"/practice/start/{algebra.slug}/")
        attempt = Attempt.objects.filter(user=ada).latest("started_at")
        for answer in attempt.answers.select_related("question"):
            choice = str(answer.question.answer)
            post(server, client, f"/practice/{attempt.pk}/answer/", position=str(answer.position), choice=choice)
        post(server, client, f"/practice/{attempt.pk}/finish/")

    await in_thread(practice_here)
    [first] = await a.hears(topic, "reward_granted")
    [second] = await a.hears(topic, "prompt_offered")
    assert (first["text"], first["seq"], second["seq"]) == ("+100 points", 1, 2)
    place = {"seq": second["seq"], "epoch": (await a.join(topic))["epoch"]}
    await a.socket.close()
    b = await dial(server, ada)
    assert (await b.join(topic, seq=0, epoch=place["epoch"]))["events"] == [
        {"event": "reward_granted", "payload": first},
        {"event": "prompt_offered", "payload": second},
    ]
    assert (await b.join(topic, **place))["events"] == []
    answer = await b.join(topic, seq=1, epoch="another")
    assert (answer["recovered"], answer["snapshot"]) == (False, {})
    await b.socket.close()


def test_tokens_are_bound_to_their_purpose_and_age() -> None:
    from django.core import signing

    from presence.tokens import read_token

    at = datetime(2026, 3, 4, tzinfo=UTC)
    assert read_token(signing.dumps({"user": 1, "at": 0}, salt="another")) is None
    assert read_token(signing.dumps({"nobody": 1}, salt="presence.socket")) is None
    ada = User(pk=7, password="x")
    ticket = read_token(token_for(ada, at))
    assert ticket is not None
    assert (ticket.user_id, ticket.issued_at, ticket.password_stamp) == (7, at, ada.password_stamp)
