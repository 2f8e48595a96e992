"""However events arrive, in whatever pieces, the counts are those of the whole log."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import count
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loops.models import Link
from monitoring.growth.services import corrections, rebuild, rollup
from monitoring.models import ExcludedPerson, GrowthMember, IdGap, StreamCursor
from tests.factories import counting, statements
from tests.monitoring.growth.factories import (
    clicked,
    exposed,
    first_value,
    invited,
    link_of,
    log,
    member,
    practiced,
    signed_up,
)
from tests.monitoring.growth.oracle import LOOPS, Amounts, Oracle, amount, counted
from viral_engine.accounts.models import User
from viral_engine.accounts.services.erasure import erase_account
from viral_engine.accounts.services.guests import adopt_guest
from viral_engine.kernel.models import LoggedEvent

pytestmark = pytest.mark.django_db


def settle(at: datetime) -> Amounts:
    """Count everything there is; what is said of waiting times is not the oracle's business."""
    for _ in range(50):
        read = corrections.exclude_people(at=at) + rollup.count_events(at=at) + corrections.correct_events(at=at)
        if not read:
            break
    return {key: total for key, total in counted().items() if key[0] != "joiner_waited"}


class Story:
    """Random things that happen to real rows, out of order in time."""

    def __init__(self, at: datetime) -> None:
        self.at, self.names = at, count()
        self.members = [member(name, at - timedelta(days=60)) for name in ("Ada", "Bo", "Cy", "Dee")]
        self.links = [link_of(user, name, at=at) for user in self.members for name in LOOPS]

    def happen(self, kind: str, who: int, which: int, hours: int) -> None:
        STEPS[kind](self, self.members[who % len(self.members)], which, self.at + timedelta(hours=hours))

    def link(self, which: int) -> Link:
        return self.links[which % len(self.links)]


def do_expose(story: Story, user: User, which: int, when: datetime) -> None:
    exposed(user, when, LOOPS[which % 2])


def do_invite(story: Story, user: User, which: int, when: datetime) -> None:
    invited(user, when, LOOPS[which % 2], channel=("sms", "copy")[which % 2])


def do_practice(story: Story, user: User, which: int, when: datetime) -> None:
    practiced(user, when)


def do_come(story: Story, user: User, which: int, when: datetime) -> None:
    link = story.link(which)
    first_value(link, clicked(link, when), when + timedelta(minutes=5))


def do_join(story: Story, user: User, which: int, when: datetime) -> None:
    link = story.link(which)
    guest = clicked(link, when, channel="copy")
    if which % 3:
        first_value(link, guest, when + timedelta(minutes=5))
    credited = link if which % 5 else None
    new = signed_up(guest, f"Eve{next(story.names)}", when + timedelta(hours=1), link=credited)
    if not which % 3:
        first_value(link, guest, when + timedelta(hours=2), actor=new)
    story.members.append(new)
    story.links.append(link_of(new, LOOPS[which % 2], at=when))


def do_recognize(story: Story, user: User, which: int, when: datetime) -> None:
    """A guest who had been counted as a referee turns out to be a member."""
    link = story.link(which)
    guest = clicked(link, when)
    first_value(link, guest, when + timedelta(minutes=1))
    rollup.count_events(at=when)
    adopt_guest(guest=guest, user=user)
    log("guest_recognized", when, actor=user, guest_id=guest.pk, link_code=guest.link_code)


def do_hire(story: Story, user: User, which: int, when: datetime) -> None:
    if which % 4 == 0:
        User.objects.filter(pk=user.pk).update(is_staff=True)


def do_invalidate(story: Story, user: User, which: int, when: datetime) -> None:
    mark(which, is_invalid=True)


def do_reinstate(story: Story, user: User, which: int, when: datetime) -> None:
    mark(which, is_invalid=False)


def mark(which: int, *, is_invalid: bool) -> None:
    ids = list(LoggedEvent.objects.values_list("pk", flat=True))
    if ids:
        LoggedEvent.objects.filter(pk=ids[which % len(ids)]).update(is_invalid=is_invalid)


def do_count(story: Story, user: User, which: int, when: datetime) -> None:
    rollup.count_events(at=when, limit=1 + which)
    if which % 2:
        corrections.correct_events(at=when)


STEPS: dict[str, Callable[[Story, User, int, datetime], None]] = {
    "expose": do_expose,
    "invite": do_invite,
    "practice": do_practice,
    "come": do_come,
    "join": do_join,
    "recognize": do_recognize,
    "hire": do_hire,
    "invalidate": do_invalidate,
    "reinstate": do_reinstate,
    "count": do_count,
}
KINDS = [*STEPS, "come", "join"]
STEP = st.tuples(st.sampled_from(KINDS), st.integers(0, 9), st.integers(0, 60), st.integers(0, 24 * 40))


def assert_equals_recount(at: datetime, steps: Iterable[tuple[str, int, int, int]]) -> None:
    """The story happens, and in the end the counts are what the whole log says, and what a rebuild comes to."""
    with transaction.atomic():
        story = Story(at)
        for step in steps:
            story.happen(*step)
        found = settle(at)
        assert found == Oracle().amounts()
        rebuild.rebuild(at=at)
        assert {key: total for key, total in counted().items() if key[0] != "joiner_waited"} == found
        transaction.set_rollback(True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=30))
def test_random_streams_in_random_pieces_equal_a_recount(at: datetime, steps: list[tuple[str, int, int, int]]) -> None:
    assert_equals_recount(at, steps)


@pytest.mark.parametrize("seed", range(6))
def test_a_long_random_story_equals_a_recount(at: datetime, seed: int) -> None:
    dice = Random(seed)
    assert_equals_recount(
        at, [(dice.choice(KINDS), dice.randrange(40), dice.randrange(400), dice.randrange(960)) for _ in range(150)]
    )


# -- One thing at a time -------------------------------------------------------------------------------------
def test_a_day_is_counted_once_and_stays_until_its_last_event_is_invalid(at: datetime) -> None:
    ada = member("Ada", at)
    first, second = practiced(ada, at), practiced(ada, at + timedelta(hours=1))
    settle(at)
    assert (amount("active"), amount("practice_completed")) == (1, 2)
    LoggedEvent.objects.filter(pk=first.pk).update(is_invalid=True)
    settle(at)
    assert (amount("active"), amount("practice_completed")) == (1, 1)
    LoggedEvent.objects.filter(pk=second.pk).update(is_invalid=True)
    settle(at)
    assert (amount("active"), amount("practice_completed")) == (0, 0)
    LoggedEvent.objects.update(is_invalid=False)
    settle(at)
    assert (amount("active"), amount("practice_completed")) == (1, 2)


def test_staff_and_simulated_people_are_in_no_count(at: datetime) -> None:
    ada, bo = member("Ada", at, is_simulated=True), member("Bo", at, is_staff=True)
    for user in (ada, bo):
        link = link_of(user, at=at)
        exposed(user, at)
        invited(user, at)
        practiced(user, at)
        guest = clicked(link, at)
        first_value(link, guest, at)
    assert settle(at) == {}
    assert set(ExcludedPerson.objects.values_list("user_id", flat=True)) == {ada.pk, bo.pk}


def test_who_becomes_staff_is_taken_out_and_stays_out_when_erased(at: datetime) -> None:
    ada, bo = member("Ada", at), member("Bo", at)
    link = link_of(ada, at=at)
    for user in (ada, bo):
        exposed(user, at)
        practiced(user, at)
    guest = clicked(link, at)
    first_value(link, guest, at)
    signed_up(guest, "Cy", at, link=link)
    settle(at)
    assert (amount("k_people", loop=""), amount("k_joiners", loop=""), amount("active")) == (2, 1, 2)
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    found = settle(at)
    assert found == Oracle().amounts()
    assert (amount("k_people", loop=""), amount("k_joiners", loop=""), amount("active")) == (1, 0, 1)
    assert amount("joined", part="organic") == 1
    ada.refresh_from_db()
    erase_account(user=ada, by=ada, at=at)
    settle(at)
    assert amount("k_people", loop="") == 1


def test_what_was_counted_for_a_role_is_taken_out_of_that_role(at: datetime) -> None:
    """Also of who neither signed up nor practiced: a tutor whom the office made, and then made an admin."""
    toni, ada = member("Toni", at, role="tutor"), member("Ada", at)
    link = link_of(toni, at=at)
    exposed(toni, at)
    first_value(link, clicked(link, at), at)
    wrong = invited(ada, at)
    settle(at)
    assert (amount("k_people", loop="", persona="tutor"), amount("invite_sent", persona="student")) == (1, 1)
    User.objects.filter(pk=ada.pk).update(role="parent")
    LoggedEvent.objects.filter(pk=wrong.pk).update(is_invalid=True)
    User.objects.filter(pk=toni.pk).update(role="admin")
    assert settle(at) == {}


def test_an_erased_learner_stays_in_the_totals_and_is_named_by_number_alone(at: datetime) -> None:
    ada = member("Ada", at)
    exposed(ada, at)
    practiced(ada, at)
    settle(at)
    before = (amount("k_people"), amount("active"))
    erase_account(user=ada, by=ada, at=at)
    settle(at)
    assert (amount("k_people"), amount("active")) == before == (2, 1)
    assert GrowthMember.objects.get().user_id == ada.pk


def test_a_row_committed_after_the_log_was_read_past_it_is_counted_once(at: datetime) -> None:
    ada = member("Ada", at)
    late, next_one = practiced(ada, at), exposed(ada, at)
    facts = {"type": late.type, "at": late.at, "actor_id": late.actor_id, "properties": late.properties}
    late.delete()  # not committed yet, as far as a reader can see
    settle(at)
    assert (StreamCursor.objects.get(pk="events").position, amount("active")) == (next_one.pk, 0)
    assert next_one.pk - 1 in {gap.last_id for gap in IdGap.objects.all()}
    LoggedEvent.objects.create(pk=next_one.pk - 1, **facts)
    settle(at)
    assert (amount("active"), amount("practice_completed")) == (1, 1)
    settle(at + timedelta(hours=2))
    assert (amount("active"), amount("practice_completed"), IdGap.objects.count()) == (1, 1, 0)


def test_an_event_in_a_gap_that_is_marked_invalid_first_is_not_taken_out(at: datetime) -> None:
    ada = member("Ada", at)
    late, next_one = practiced(ada, at), exposed(ada, at)
    late.delete()
    rollup.count_events(at=at)
    LoggedEvent.objects.create(pk=next_one.pk - 1, type="practice_completed", at=at, actor_id=ada.pk, is_invalid=True)
    corrections.correct_events(at=at)
    assert settle(at) == Oracle().amounts()
    assert amount("practice_completed") == 0


def test_who_was_brought_by_one_is_no_referee_of_another(at: datetime) -> None:
    """They have practiced since, and open their first deck through another person's link."""
    ada, bo = member("Ada", at), member("Bo", at)
    credited, later = link_of(ada, at=at), link_of(bo, at=at)
    guest = clicked(credited, at)
    eve = signed_up(guest, "Eve", at, link=credited)
    first_value(later, guest, at + timedelta(days=30), actor=eve)
    assert settle(at) == Oracle().amounts()
    assert (amount("fvm_reached"), amount("joiner"), amount("joined", part="referred")) == (1, 0, 1)


def test_a_second_account_is_nobodys_referee(at: datetime) -> None:
    """Whose sign-up attribution refused, although as a guest they counted."""
    link = link_of(member("Ada", at), at=at)
    guest = clicked(link, at)
    first_value(link, guest, at)
    settle(at)
    assert amount("joiner") == 1
    signed_up(guest, "Ada2", at + timedelta(hours=1), link=None)
    assert settle(at) == Oracle().amounts()
    assert (amount("joiner"), amount("joined", part="organic")) == (0, 1)


def test_a_late_row_is_found_behind_any_number_of_newer_holes(at: datetime) -> None:
    ada = member("Ada", at)
    first = practiced(ada, at)
    facts = {"type": first.type, "at": at, "actor_id": ada.pk, "properties": first.properties}
    LoggedEvent.objects.bulk_create(LoggedEvent(pk=first.pk + 2 * n, **facts) for n in range(1, 200))
    rollup.count_events(at=at)
    gaps = IdGap.objects.filter(first_id__gt=first.pk)
    assert (gaps.count(), amount("practice_completed")) == (199, 200)
    with counting() as captured:
        corrections.correct_events(at=at)
    assert len(statements(captured)) == 4
    LoggedEvent.objects.create(pk=first.pk + 1, **facts)
    assert rollup.count_events(at=at + IdGap.LIFE) == 1
    assert (gaps.count(), amount("practice_completed")) == (198, 201)


def test_a_hole_before_an_old_row_is_no_gap(at: datetime) -> None:
    """Otherwise a recount would query every id that was ever lost."""
    ada = member("Ada", at)
    practiced(ada, at).delete()
    practiced(ada, at)
    rollup.count_events(at=at + IdGap.LIFE)
    assert (IdGap.objects.count(), amount("practice_completed")) == (0, 1)


def test_a_chunk_costs_the_same_whatever_its_size(at: datetime) -> None:
    users, costs = [member(name, at) for name in ("Ada", "Bo", "Cy", "Dee")], []
    corrections.exclude_people(at=at)
    for some in (users[:1], users[1:]):
        for user in some:
            link = link_of(user, at=at)
            exposed(user, at)
            practiced(user, at)
            invited(user, at)
            first_value(link, clicked(link, at), at)
        with counting() as captured:
            assert rollup.count_events(at=at) == 5 * len(some)
        costs.append(len(statements(captured)))
    assert costs[0] in {40, 41}  # the mark and the people are new, and so may be a hole before the first number
    assert costs[1] < costs[0]
