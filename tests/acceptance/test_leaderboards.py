"""Boards over HTTP and real sockets: a push matches a reload and reaches only people who may see it."""

import asyncio
import re
from datetime import date, timedelta
from functools import partial
from html import unescape

import pytest
from django.conf import settings
from django.test import Client

from leaderboards.models import Standing
from tests.factories import browser, child, cohort_of, person, practice
from tests.servers import Server
from tests.sockets import Refusal, connected, get, in_thread, live, post, serving, until, watching
from viral_engine.accounts.models import Block, Cohort, User
from viral_engine.accounts.services import friends
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt, Skill, Subject

pytestmark = pytest.mark.django_db(transaction=True)
MATH = "leaderboard:math"


@pytest.fixture
def algebra_now(catalogue: None) -> Skill:
    return Skill.objects.select_related("subject").get(slug="algebra")


def shown(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def board_in(page: str, root: str = "board-math") -> str:
    found = re.search(rf'<section class="board" id="{root}".*?</section>', page, re.DOTALL)
    assert found is not None
    return found.group()


def play(server: Server, client: Client, user: User) -> None:
    """Finish a practice on the running site, always with the first choice."""
    post(server, client, "/practice/start/algebra/")
    attempt = Attempt.objects.filter(user=user, finished_at=None).get()
    for position in range(5):
        post(server, client, f"/practice/{attempt.pk}/answer/", position=str(position), choice="0")
    post(server, client, f"/practice/{attempt.pk}/finish/")


# -- Pages -------------------------------------------------------------------------------------------------
def test_boards_show_names_ranks_and_the_gap_to_the_next_place(algebra_now: Skill, ada: User, bo: User) -> None:
    for user, right in ((ada, 5), (bo, 3)):
        practice(user, algebra_now, right=right, at=now() - timedelta(minutes=5))
    page = shown(browser(bo).get("/leaderboards/?subject=math").content.decode())
    assert "You are number 2" in page
    assert "Place 1 A A learner 35 XP Place 2 B Bo L. you 15 XP" in page  # only cohorts read names of minors
    assert "Next up: A learner You need 21 XP more: practice 3 times, or fewer with perfect scores." in page
    assert "Lovelace" not in page
    page = shown(browser(ada).get("/leaderboards/?subject=math&metric=average").content.decode())
    assert "2 more results and you are on this board." in page
    assert "Nobody is on this board yet. It takes three results." in page


def test_bands_newcomers_and_cohorts_have_their_own_boards(algebra_now: Skill, ada: User, bo: User) -> None:
    old = person("Cy", grade=3, date_joined=now() - timedelta(days=30))
    cohort = cohort_of(bo, old, at=now())
    for user in (ada, bo, old):
        practice(user, algebra_now, at=now() - timedelta(minutes=5))
    client = browser(bo)

    def names(**query: str) -> list[str]:
        page = client.get("/leaderboards/", {"subject": "math", "period": "all"} | query).content.decode()
        board = re.search(r'<section class="board[^>]*>.*?</section>', page, re.DOTALL)
        assert board is not None
        panel = re.search(r'<div class="panel all xp">.*?</div>', board.group(), re.DOTALL)
        return re.findall(r"(\w+ L\.|A learner)", panel.group() if panel else board.group())

    assert len(names()) == 3
    assert len(names(who="1-5")) == 1
    assert len(names(who="6-8")) == 2
    assert names(who="9-12") == []
    assert names(who="new") == ["A learner", "A learner"]
    assert sorted(names(cohort=str(cohort.pk))) == ["Bo L.", "Cy L."]


def test_missing_and_foreign_boards_are_not_found(algebra_now: Skill, ada: User, bo: User) -> None:
    cohort = cohort_of(bo, at=now())
    client = browser(ada)
    for path in (
        "/leaderboards/?subject=alchemy",
        "/leaderboards/?metric=password",
        "/leaderboards/?who=13",
        f"/leaderboards/?cohort={cohort.pk}",
        "/leaderboards/?cohort=1e9",
        f"/leaderboards/cohort/{cohort.pk}/math/",
        "/leaderboards/cohort/999999/math/",
    ):
        assert client.get(path).status_code == 404, path
    assert browser(bo).get(f"/leaderboards/cohort/{cohort.pk}/math/").status_code == 200
    assert browser(bo).get(f"/leaderboards/cohort/{cohort.pk}/alchemy/").status_code == 404
    for path in ("/leaderboards/", "/leaderboards/league/", "/leaderboards/mine/", "/leaderboards/place/"):
        assert browser().get(path).status_code == 302


def test_a_child_without_consent_neither_sees_nor_is_seen(algebra_now: Skill, ada: User) -> None:
    kid = child("Comet")
    for user in (ada, kid):
        practice(user, algebra_now, at=now() - timedelta(minutes=5))
    assert "comet" not in browser(ada).get("/leaderboards/").content.decode().lower()
    for path in ("/leaderboards/", "/leaderboards/league/"):
        page = browser(kid).get(path).content.decode()
        assert "Ask a parent to say yes" in page
        assert "Ada" not in page
    assert browser(kid).get("/leaderboards/mine/").content == b""
    assert browser(kid).get("/leaderboards/place/").status_code == 404


def test_blocked_people_do_not_see_each_other_anywhere(algebra_now: Skill, ada: User, bo: User) -> None:
    cohort = cohort_of(ada, bo, at=now())
    for user in (ada, bo):
        practice(user, algebra_now, at=now() - timedelta(minutes=5))
    friends.block_person(blocker=ada, blocked=bo, at=now())
    pages = [
        "/leaderboards/",
        "/leaderboards/?who=6-8",
        f"/leaderboards/?cohort={cohort.pk}",
        "/leaderboards/league/",
        f"/leaderboards/cohort/{cohort.pk}/math/",
        "/leaderboards/place/",
    ]
    for path in pages:
        assert "Bo L." not in browser(ada).get(path).content.decode(), path
        assert "Ada L." not in browser(bo).get(path).content.decode(), path


def test_the_league_page_and_the_home_page_summary(algebra_now: Skill, ada: User, bo: User) -> None:
    assert "not in a league this week" in browser(ada).get("/leaderboards/league/").content.decode()
    for user, right in ((ada, 5), (bo, 3)):
        practice(user, algebra_now, right=right, at=now() - timedelta(seconds=90))
    page = shown(browser(bo).get("/leaderboards/league/").content.decode())
    assert "Bronze league" in page
    assert "You are number 2 with 15 XP ." in page
    glance = shown(browser(ada).get("/leaderboards/mine/").content.decode())
    assert "Number 1 in the Bronze league" in glance
    assert "Best place: number 1 in Math, this week." in glance
    assert browser(person("Grace", age=41, role="parent")).get("/leaderboards/mine/").content == b""


# -- Sockets -----------------------------------------------------------------------------------------------
async def test_practice_updates_open_boards_and_matches_a_reload(
    server: Server, algebra_now: Skill, ada: User, bo: User
) -> None:
    viewer, player = await in_thread(lambda: (browser(ada), browser(bo)))
    async with watching(server, viewer, MATH) as got, connected(server, ada) as [client]:
        await client.join(MATH)
        await until(lambda: got and "Nobody is on this board yet" in got[-1])
        await in_thread(partial(play, server, player, bo))
        [update] = await client.hears(MATH, "leaderboard_update")
        assert (update["subject"], update["cohort_id"], update["seq"] > 0) == ("math", None, True)
        await until(lambda: "A learner" in got[-1])
        page = await in_thread(partial(get, server, viewer, "/leaderboards/?subject=math"))
        assert board_in(page) == got[-1].strip()
        rows = (await client.push(MATH, "standings"))["boards"]["week"]["xp"]
        assert [(row["rank"], row["user_id"], row["name"]) for row in rows] == [(1, None, "A learner")]
        assert len(got) == 2  # one on connecting, one for the practice


async def test_a_cohort_gets_its_own_board_and_others_are_refused(
    server: Server, algebra_now: Skill, ada: User, bo: User
) -> None:
    cohort: Cohort = await in_thread(lambda: cohort_of(bo, at=now()))
    topic = f"leaderboard:cohort:{cohort.pk}:math"
    player, stranger = await in_thread(lambda: (browser(bo), browser(ada)))
    async with connected(server, ada, bo) as [a, b]:
        for refused, reason in (
            (topic, "not_in_cohort"),
            (f"leaderboard:cohort:{10**9}:math", "not_in_cohort"),
            ("leaderboard:alchemy", "unknown_subject"),
            ("leaderboard:cohort:math", "unmatched topic"),
        ):
            with pytest.raises(Refusal, match=reason):
                await a.join(refused)
        with pytest.raises(Refusal, match="unknown_subject"):
            await b.join(f"leaderboard:cohort:{cohort.pk}:alchemy")
        await b.join(topic)
        assert (await b.hears(topic, "leaderboard"))[0]["boards"]["week"]["xp"] == []
        async with watching(server, player, topic) as got:
            await until(lambda: got)
            await in_thread(partial(play, server, player, bo))
            await until(lambda: "Bo L." in got[-1])
            page = await in_thread(partial(get, server, player, f"/leaderboards/cohort/{cohort.pk}/math/"))
            assert page.strip() == got[-1].strip()
        assert (await b.hears(topic, "leaderboard_update"))[0]["cohort_id"] == cohort.pk
    with pytest.raises(Exception, match="403"):
        await live(server, stranger, topic)


async def test_a_push_leaves_out_rows_the_viewer_may_not_see(
    server: Server, algebra_now: Skill, ada: User, bo: User
) -> None:
    cy = await in_thread(lambda: person("Cy", age=19))
    await in_thread(lambda: User.objects.update(birthdate=date(2000, 1, 1)))  # strangers read names of adults only
    await in_thread(lambda: practice(bo, algebra_now, at=now() - timedelta(minutes=5)))
    viewer, third = await in_thread(lambda: (browser(ada), browser(cy)))
    async with watching(server, viewer, MATH) as got, connected(server, ada) as [client]:
        await client.join(MATH)
        await until(lambda: got and "Bo L." in got[-1])
        await in_thread(lambda: friends.block_person(blocker=bo, blocked=ada, at=now()))
        assert await in_thread(Block.objects.count) == 1
        async with watching(server, viewer, MATH) as anew:
            await until(lambda: anew and "Bo L." not in anew[-1])
            await in_thread(partial(play, server, third, cy))
            await until(lambda: "Cy L." in anew[-1])
            assert all("Bo L." not in html for html in anew)


async def test_a_blocked_pair_in_a_cohort_each_see_their_own_board(
    server: Server, algebra_now: Skill, ada: User, bo: User
) -> None:
    cy = await in_thread(lambda: person("Cy"))
    cohort: Cohort = await in_thread(lambda: cohort_of(ada, bo, cy, at=now()))
    topic, door = f"leaderboard:cohort:{cohort.pk}:math", f"/leaderboards/cohort/{cohort.pk}/math/"
    await in_thread(lambda: friends.block_person(blocker=ada, blocked=bo, at=now()))
    mine, third, player = await in_thread(lambda: (browser(ada), browser(cy), browser(bo)))
    async with watching(server, mine, topic) as hers, watching(server, third, topic) as his:
        await until(lambda: hers and his)
        await in_thread(partial(play, server, player, bo))
        await until(lambda: len(hers) >= 2 and len(his) >= 2)
        assert "Bo L." in his[-1]
        assert "Bo L." not in "".join(hers)
        assert "Bo L." in await in_thread(partial(get, server, third, door))
        assert "Bo L." not in await in_thread(partial(get, server, mine, door))


@pytest.mark.services
async def test_a_block_takes_effect_on_an_open_board(
    django_db_setup: None, algebra_now: Skill, ada: User, bo: User
) -> None:
    """The block is made in another process and arrives through Redis."""
    cy = await in_thread(lambda: person("Cy"))
    cohort = await in_thread(lambda: cohort_of(ada, bo, cy, at=now()))
    topic = f"leaderboard:cohort:{cohort.pk}:math"
    await in_thread(lambda: practice(bo, algebra_now, at=now() - timedelta(minutes=5)))
    viewer, third = await in_thread(lambda: (browser(ada), browser(cy)))
    with serving(redis_url=settings.REDIS_URL) as shared:
        async with watching(shared, viewer, topic) as got:
            await until(lambda: got and "Bo L." in got[-1])
            await in_thread(lambda: friends.block_person(blocker=bo, blocked=ada, at=now()))
            await until(lambda: "Bo L." not in got[-1])
            hidden_from = len(got)
            await in_thread(partial(play, shared, third, cy))
            await until(lambda: "Cy L." in got[-1])
            assert all("Bo L." not in html for html in got[hidden_from:])


async def test_one_practice_publishes_once_per_topic_for_any_number_of_viewers(
    server: Server, algebra_now: Skill, ada: User, bo: User
) -> None:
    player = await in_thread(lambda: browser(bo))
    people = await in_thread(lambda: [person(f"P{n}") for n in range(30)])
    for viewers in (people[:3], people):
        async with connected(server, *viewers) as clients:
            await asyncio.gather(*(client.join(MATH) for client in clients))
            await in_thread(partial(play, server, player, bo))
            await asyncio.gather(*(client.hears(MATH, "leaderboard_update") for client in clients))
            await asyncio.sleep(0.2)
            assert {len(client.events(MATH, "leaderboard_update")) for client in clients} == {1}
        await asyncio.sleep(0.2)


async def test_a_score_claimed_over_the_socket_does_not_change_a_board(
    server: Server, algebra_now: Skill, ada: User
) -> None:
    async with connected(server, ada) as [client]:
        await client.join("subject:math")
        await client.push("subject:math", "practice_completed", {"skill": "algebra", "score": 100})
        await client.join(MATH)
        with pytest.raises(Refusal, match="unknown_event"):
            await client.push(MATH, "leaderboard_update", {"score": 100})
    assert await in_thread(Standing.objects.count) == 0
    assert await in_thread(lambda: Subject.objects.filter(slug="math").count()) == 1
