"""Report, queue, decision, undo that people see, appeal and reversal: over HTTP, and with races on both databases."""

from datetime import datetime
from uuid import uuid4

import pytest
from django.db.models import Sum
from django.test import Client
from django.utils.http import urlencode

from feeds.models import Activity, Message
from feeds.services import chat
from feeds.services.activities import share_progress
from loops.core.base import EarnedReward
from loops.core.links import token_for
from loops.core.payouts import pay_rewards
from loops.models import Link, Payout, RewardEntry
from tests.concurrency import at_once
from tests.factories import browser, challenge_of, cohort_of, person, practice
from tests.steps.admin import decide_case, give_reason
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Skill
from viral_engine.safety.models import Report, ReviewItem, ReviewStep
from viral_engine.safety.services.kinds import Reporter
from viral_engine.safety.services.reports import MAX_AN_HOUR, ReportRefused, report
from viral_engine.safety.services.reviews import ReviewRefused, end_effects, reject, restore_effects

pytestmark = pytest.mark.django_db(transaction=True)


def root() -> User:
    return person("Root", age=40, role="admin", grade=None, is_staff=True, is_superuser=True)


def send_report(client: Client, kind: str, ref: object, reason: str = "unkind", **more: str) -> int:
    return client.post(f"/report/{kind}/{ref}/", {"reason": reason} | more).status_code


def message_of(author: User, cohort_id: int, text: str = "Nobody likes your drawing") -> Message:
    return chat.post_message(author=author, cohort_id=cohort_id, text=text, key=uuid4(), at=now())


def steps(item: ReviewItem) -> list[str]:
    return list(ReviewStep.objects.filter(item=item).order_by("pk").values_list("step", flat=True))


def test_a_message_from_report_to_appeal_and_back() -> None:
    ada, bo, staff = person("Ada"), person("Bo"), browser(root())
    cohort = cohort_of(ada, bo, at=now())
    message, reader, author = message_of(ada, cohort.pk), browser(bo), browser(ada)
    room = f"/cohorts/{cohort.pk}/"
    assert f"/report/message/{message.pk}/" in reader.get(room).content.decode()
    page = reader.get(f"/report/message/{message.pk}/?{urlencode({'next': room})}").content.decode()
    assert "It is mean or hurtful" in page
    assert reader.post(f"/report/message/{message.pk}/", {"reason": "unkind", "next": room}).headers["Location"] == room
    assert send_report(reader, "message", message.pk) == 302  # a second press is the same report
    item = ReviewItem.objects.get()
    assert (Report.objects.count(), item.subject, item.status) == (1, ada, "open")
    assert LoggedEvent.objects.get(type="abuse_report").properties["object_key"] == str(message.pk)

    queue = staff.get("/admin/safety/reviewitem/").content.decode()
    give_reason(staff, f"/admin/safety/reviewitem/{item.pk}/change/")
    case = staff.get(f"/admin/safety/reviewitem/{item.pk}/change/").content.decode()
    assert "Reported: It is mean or hurtful" in queue
    assert ("Nobody likes your drawing" in case, "Joined " in case, "Reject: end its effects" in case) == (True,) * 3
    assert "Done: reject" in decide_case(staff, item, "reject", "cruel")
    assert "Nobody likes your drawing" not in reader.get(room).content.decode()
    assert Report.objects.get().is_upheld is True

    mine = author.get("/decisions/").content.decode()
    assert ("Your message: taken down" in mine, "cruel" in mine) == (True, False)
    assert author.post(f"/decisions/{item.pk}/appeal/", {"text": "It was about my own drawing"}).status_code == 302
    author.post(f"/decisions/{item.pk}/appeal/", {"text": "Please"})
    item.refresh_from_db()
    assert (item.status, item.appeal) == ("appealed", "It was about my own drawing")
    assert browser(bo).post(f"/decisions/{item.pk}/appeal/", {"text": "Me too"}).status_code == 404

    decide_case(staff, item, "approve")
    assert "Nobody likes your drawing" in reader.get(room).content.decode()
    assert "Your message: all good" in author.get("/decisions/").content.decode()
    assert Report.objects.get().is_upheld is True  # of the first decision
    decide_case(staff, item, "reopen")
    decide_case(staff, item, "reject")
    assert "Nobody likes your drawing" not in reader.get(room).content.decode()
    assert steps(item) == [
        "reported", "rejected", "undone", "appealed", "approved", "restored", "reopened", "rejected", "undone",
    ]  # fmt: skip
    item.refresh_from_db()
    assert item.decided_by is not None
    assert item.time_to_decision is not None


def test_an_activity_is_hidden_and_shown_again(algebra: Skill) -> None:
    ada, bo, staff = person("Ada"), person("Bo"), browser(root())
    cohort_of(ada, bo, at=now())
    activity = share_progress(user=ada, result=practice(ada, algebra, at=now()), at=now())
    assert activity is not None
    assert send_report(browser(bo), "activity", activity.pk, "cheating") == 302
    item = ReviewItem.objects.get(kind="activity")
    decide_case(staff, item, "undo")
    assert Activity.objects.get(pk=activity.pk).is_shown is False
    assert LoggedEvent.objects.get(type="activity_feed_share_clicked").is_invalid is True
    assert "hidden for now" in browser(ada).get("/decisions/").content.decode()
    decide_case(staff, item, "approve")
    assert Activity.objects.get(pk=activity.pk).is_shown is True
    assert LoggedEvent.objects.get(type="activity_feed_share_clicked").is_invalid is False


def test_a_link_its_rewards_and_its_events_go_and_come_back(algebra: Skill) -> None:
    at = now()
    ada, bo, cy, staff = person("Ada"), person("Bo"), person("Cy"), browser(root())
    link = Link.objects.select_related("loop", "referrer").get(pk=challenge_of(ada, algebra, at).pk)
    rewards = [EarnedReward(one, "streak_shield", 1, part) for one, part in ((ada, "inviter"), (bo, "friend"))]
    assert pay_rewards(link=link, referee=bo, rewards=rewards, key="k", refused_for=None, at=at) == 2
    landing = f"/challenge/{token_for(link, 'challenge')}"
    visitor = browser()
    visitor.get(f"/r/{token_for(link, 'link')}")
    assert LoggedEvent.objects.get(type="link_clicked").is_invalid is False
    assert "Report this page" in visitor.get(landing).content.decode()
    assert send_report(browser(), "link", token_for(link, "challenge"), "spam") == 404  # no visitor of ours
    assert send_report(visitor, "link", f"{link.code}.0000000000000000", "spam") == 404
    assert send_report(visitor, "link", token_for(link, "challenge"), "spam") == 302
    assert send_report(browser(cy), "card", token_for(link, "card"), "spam") == 302
    item = ReviewItem.objects.get(kind="link")
    assert Report.objects.filter(item=item, reporter=None).count() == 1

    def balance() -> int:
        sums = RewardEntry.objects.filter(kind="streak_shield").aggregate(Sum("left"))
        return int(sums["left__sum"])

    decide_case(staff, item, "reject")
    assert browser().get(landing).status_code == 410
    assert (balance(), Payout.objects.get().status) == (0, "reversed")
    assert set(LoggedEvent.objects.filter(link_code=link.code).values_list("is_invalid", flat=True)) == {True}
    decide_case(staff, item, "reopen")
    assert browser().get(landing).status_code == 200
    assert (balance(), Payout.objects.get().status) == (2, "paid")
    assert set(LoggedEvent.objects.filter(link_code=link.code).values_list("is_invalid", flat=True)) == {False}


def test_a_profile_is_blocked_and_let_in_again() -> None:
    ada, bo, cy, staff = person("Ada"), person("Bo"), person("Cy"), browser(root())
    cohort = cohort_of(ada, bo, at=now())
    assert send_report(browser(cy), "profile", ada.pk) == 404  # they never met
    assert send_report(browser(bo), "profile", ada.pk) == 302
    decide_case(staff, ReviewItem.objects.get(kind="profile"), "reject")
    ada.refresh_from_db()
    with pytest.raises(chat.MessageRefused):
        message_of(ada, cohort.pk, "Hello")
    decide_case(staff, ReviewItem.objects.get(kind="profile"), "reopen")
    ada.refresh_from_db()
    assert message_of(ada, cohort.pk, "Hello").pk


def test_three_reports_hide_before_staff_look() -> None:
    people = [person(name) for name in ("Ada", "Bo", "Cy", "Dee")]
    cohort = cohort_of(*people, at=now())
    message = message_of(people[0], cohort.pk)
    for reporter in people[1:]:
        assert Message.objects.get().hidden_at is None
        assert send_report(browser(reporter), "message", message.pk) == 302
    assert Message.objects.get().hidden_at is not None
    assert (ReviewItem.objects.get().status, ReviewItem.objects.get().undone_at is not None) == ("open", True)


def test_what_staff_found_in_order_is_not_hidden_by_the_next_three_reports() -> None:
    people = [person(name) for name in ("Ada", "Bo", "Cy", "Dee")]
    cohort = cohort_of(*people, at=now())
    message, staff = message_of(people[0], cohort.pk), browser(root())
    for _ in range(2):
        for reporter in people[1:]:
            send_report(browser(reporter), "message", message.pk)
        item = ReviewItem.objects.waiting().get()
        decide_case(staff, item, "approve")
        assert Message.objects.get().hidden_at is None
    assert steps(item) == ["reported", "reported", "reported", "approved"]


def test_three_pupils_block_nobody() -> None:
    people = [person(name) for name in ("Ada", "Bo", "Cy", "Dee")]
    cohort_of(*people, at=now())
    for reporter in people[1:]:
        assert send_report(browser(reporter), "profile", people[0].pk) == 302
    assert User.objects.get(pk=people[0].pk).blocked_at is None
    assert ReviewItem.objects.get().reports.count() == 3


def test_members_switch_a_link_off_and_only_staff_take_its_rewards(algebra: Skill) -> None:
    """Guests, who are as many as one person likes, switch nothing off."""
    ada, bo, staff = person("Ada"), person("Bo"), browser(root())
    link = challenge_of(ada, algebra, now())
    reward = EarnedReward(ada, "streak_shield", 1, "inviter")
    pay_rewards(link=link, referee=bo, rewards=[reward], key="k", refused_for=None, at=now())
    path = token_for(link, "link")
    for visitor in (browser(), browser(), browser()):
        visitor.get(f"/r/{path}")
        assert send_report(visitor, "link", path, "spam") == 302
    link.refresh_from_db()
    assert link.deactivated_at is None
    for name in ("Cy", "Dee", "Eve"):
        assert send_report(browser(person(name)), "card", token_for(link, "card"), "spam") == 302
    link.refresh_from_db()
    item = ReviewItem.objects.get()
    assert (link.deactivated_at is not None, Payout.objects.get().status) == (True, "paid")

    decide_case(staff, item, "reject")
    assert Payout.objects.get().status == "reversed"
    decide_case(staff, item, "reopen")
    link.refresh_from_db()
    assert (link.deactivated_at, Payout.objects.get().status) == (None, "paid")


def test_two_who_end_a_link_at_once_lose_no_reward(algebra: Skill) -> None:
    """It was switched off meanwhile. The second press must not overwrite the record of the first."""
    ada, bo, clerk = person("Ada"), person("Bo"), root()
    link = challenge_of(ada, algebra, now())
    reward = EarnedReward(ada, "streak_shield", 1, "inviter")
    pay_rewards(link=link, referee=bo, rewards=[reward], key="k", refused_for=None, at=now())
    for name in ("Cy", "Dee", "Eve"):
        send_report(browser(person(name)), "link", token_for(link, "link"), "spam")
    item = ReviewItem.objects.get()
    assert at_once(2, lambda _: end_effects(item=item, by=clerk, at=now())) == {True: 1, False: 1}
    assert Payout.objects.get().status == "reversed"
    assert restore_effects(item=item, by=clerk, at=now())
    link.refresh_from_db()
    assert (link.deactivated_at, Payout.objects.get().status) == (None, "paid")


def test_nobody_reports_what_they_cannot_see_or_their_own() -> None:
    ada, bo, cy = person("Ada"), person("Bo"), person("Cy")
    cohort = cohort_of(ada, bo, at=now())
    message = message_of(ada, cohort.pk)
    outsider = browser(cy)
    assert (
        outsider.get(f"/report/message/{message.pk}/").status_code,
        send_report(outsider, "message", message.pk),
    ) == (
        404,
        404,
    )
    assert (send_report(outsider, "planet", 1), send_report(outsider, "message", "x")) == (404, 404)
    with pytest.raises(ReportRefused):
        report(reporter=Reporter(ada), kind="message", object_key=str(message.pk), reason="unkind", at=now())
    assert Report.objects.count() == 0
    evil = browser(bo).post(f"/report/message/{message.pk}/", {"reason": "spam", "next": "https://evil.example/"})
    assert evil.headers["Location"] == "/"


def test_reports_are_capped_an_hour(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    cohort = cohort_of(ada, bo, at=at)
    texts = [
        Message.objects.create(cohort=cohort, author=ada, seq=n, text=str(n), key=uuid4(), at=at) for n in range(11)
    ]
    for message in texts[:MAX_AN_HOUR]:
        report(reporter=Reporter(bo), kind="message", object_key=str(message.pk), reason="spam", at=at)
    with pytest.raises(ReportRefused, match="Try again in an hour"):
        report(reporter=Reporter(bo), kind="message", object_key=str(texts[-1].pk), reason="spam", at=at)


# -- Races, on both databases --------------------------------------------------------------------------------
def test_two_moderators_decide_once() -> None:
    ada, bo = person("Ada"), person("Bo")
    staff = [root(), person("Eve", age=40, role="admin", grade=None, is_staff=True)]
    cohort = cohort_of(ada, bo, at=now())
    message = message_of(ada, cohort.pk)
    report(reporter=Reporter(bo), kind="message", object_key=str(message.pk), reason="unkind", at=now())
    item = ReviewItem.objects.get()
    found = at_once(4, lambda n: reject(item=item, by=staff[n % 2], at=now()))
    assert found == {None: 1, ReviewRefused.__name__: 3}
    assert steps(item) == ["reported", "rejected", "undone"]


def test_a_report_sent_twice_at_once_is_one() -> None:
    ada, bo = person("Ada"), person("Bo")
    cohort = cohort_of(ada, bo, at=now())
    key = str(message_of(ada, cohort.pk).pk)

    def send(_: int) -> int:
        return report(reporter=Reporter(bo), kind="message", object_key=key, reason="unkind", at=now()).pk

    assert len(at_once(6, send)) == 1
    assert (Report.objects.count(), ReviewItem.objects.count()) == (1, 1)
    assert LoggedEvent.objects.filter(type="abuse_report").count() == 1
