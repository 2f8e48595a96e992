"""K on the dashboards: a school small enough to count by hand, and simulated schools with a known K."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from loops.models import RewardEntry
from loops.rules.k_factor import Sums, k_factor
from monitoring.growth.queries import k_estimates, referees
from monitoring.growth.rules.counting import day_of
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.growth.services import corrections, rebuild, rollup
from tests.factories import browser, person
from tests.monitoring.growth.factories import clicked, exposed, first_value, invited, link_of, log, member, signed_up
from tests.simulated_school import LOOPS, generate_school, write_school
from viral_engine.accounts.models import User

TODAY = datetime(2026, 3, 25, 12, 0, tzinfo=UTC)
SHOWN = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)  # twenty days ago: mature
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def school() -> None:
    """Four people are exposed. Ada sends three invites, Bo two, Cy and Dee none; Bo's second is too late to count.

    Ada's referees: a guest who plays and signs up, a guest who plays, and one who only opens the link.
    Bo's referees: one who signs up, and one who plays on day 15. Cy signs up without an invite. One of Ada's guests
    turns out to be Dee, a member. A simulated peer and a staff member are exposed and count nowhere.
    """
    ada, bo, cy, dee = (member(name, SHOWN - 30 * DAY) for name in ("Ada", "Bo", "Cy", "Dee"))
    for user in (ada, bo, cy, dee):
        exposed(user, SHOWN)
    a, b = link_of(ada, at=SHOWN), link_of(bo, at=SHOWN)
    for _ in range(3):
        invited(ada, SHOWN + HOUR)
    invited(bo, SHOWN + HOUR, channel="copy")
    invited(bo, SHOWN + HOUR, channel="copy")

    first = clicked(a, SHOWN + 2 * HOUR)
    log("guest_started", SHOWN + 2 * HOUR, guest_id=first.pk, link_code=a.code, loop=a.loop_id)
    first_value(a, first, SHOWN + 2 * HOUR + timedelta(minutes=2))
    signed_up(first, "Eve", SHOWN + 3 * HOUR, link=a)
    second = clicked(a, SHOWN + DAY)
    first_value(a, second, SHOWN + DAY + timedelta(minutes=4))
    clicked(a, SHOWN + DAY)

    third = clicked(b, SHOWN + 3 * DAY, channel="copy")
    first_value(b, third, SHOWN + 3 * DAY)
    signed_up(third, "Fay", SHOWN + 3 * DAY, link=b)
    first_value(b, clicked(b, SHOWN + 15 * DAY), SHOWN + 15 * DAY)

    really_dee = clicked(a, SHOWN + DAY)
    first_value(a, really_dee, SHOWN + DAY)
    really_dee.user = dee
    really_dee.save(update_fields=["user"])
    log("guest_recognized", SHOWN + 2 * DAY, actor=dee, guest_id=really_dee.pk, link_code=a.code)

    log("account_created", SHOWN, actor=cy, role="student")
    for name, fields in (("Sim", {"is_simulated": True}), ("Staff", {"is_staff": True})):
        out = member(name, SHOWN, **fields)
        exposed(out, SHOWN)
        first_value(link_of(out, at=SHOWN), clicked(link_of(out, at=SHOWN), SHOWN), SHOWN)
    RewardEntry.objects.create(
        user=ada,
        kind="streak_shield",
        amount=1,
        cause="grant",
        left=1,
        reason="x",
        key="buddy_challenge:1:inviter",
        loop="buddy_challenge",
        cost_cents=5,
        at=SHOWN,
    )


def counted(at: datetime = TODAY) -> None:
    while corrections.exclude_people(at=at) + rollup.count_events(at=at) + rollup.count_rewards(at=at):
        continue


@pytest.mark.django_db
def test_a_school_counted_by_hand() -> None:
    """Exposed 4, invites 5, referees 3 (Ada's two, Bo's one in time), sign-ups 2: K = 5/4 x 3/5 = 0.75."""
    school()
    counted()
    choice = DashboardFilter(days=14)
    k = k_estimates.k_by_loop(k_estimates.cohort_rows(choice, TODAY.date()), choice)["buddy_challenge"]
    assert k.sums == Sums(
        people=4, inviting=2, invites=5, referees=3, referees_squared=5, sign_ups=2, sign_ups_squared=2
    )
    assert (k.invites_per_referrer, k.referees_per_invite, k.fvm.value, k.sign_up.value) == (1.25, 0.6, 0.75, 0.5)
    verdict = k_estimates.read_out_of(k, choice, TODAY.date())
    assert (verdict.word, verdict.reason) == ("not yet", "4 referrers; 100 are needed.")


@pytest.mark.django_db
def test_the_page_matches_the_count_by_hand() -> None:
    """Referees 2, 1, 0, 0: variance 0.9167, of the mean 0.2292; 1.96 x 0.4787 / 0.75 = 1.251 on the log scale."""
    school()
    counted()
    with time_machine.travel(TODAY, tick=False):
        staff = browser(person("Gil", is_staff=True))
        page = staff.get("/dashboard/k-factor/?days=14").content.decode()
        rows = table_of(page, "K by loop")
    assert rows == [
        ["All loops", "4", "1.25", "0.60", "0.75", "0.21 to 2.62", "0.50 (0.16 to 1.55)", "not yet"],
        ["Buddy Challenge", "4", "1.25", "0.60", "0.75", "0.21 to 2.62", "0.50 (0.16 to 1.55)", "not yet"],
    ]
    assert "All of them have had their 14 days." in page


@pytest.mark.django_db
def test_funnel_channels_and_delays_of_the_school() -> None:
    """In 30 days: six links opened (Ada's four, Bo's two), four referees, the one of day 15 included."""
    school()
    counted()
    found = {card.slug: card for card in referees.cards(DashboardFilter(days=30), TODAY.date())}
    [funnel] = found["funnel"].charts
    assert [row[:2] for row in funnel.table().rows] == [
        ("Shown a loop", "4"),
        ("Invites sent", "5"),
        ("Links opened", "6"),
        ("Guests who started", "1"),
        ("First value reached", "4"),
        ("Signed up", "2"),
        ("Rewards granted", "1"),
    ]
    [channels] = found["channels"].grids
    assert channels.rows == (("Copy", "2", "1", "1", "1", "0.50"), ("SMS", "3", "5", "3", "1", "1.00"))
    assert [(tile.value, tile.note) for tile in found["waits"].tiles] == [("0 s", "n 4"), ("3.9 min", "")]
    assert found["worth"].tiles[0].note == "$0.05 for 4 referees"


@pytest.mark.django_db
def test_retention_counts_people_whose_day_is_over() -> None:
    """Eve, who was brought, practices a day after joining, and Cy, who was not, a week after."""
    school()
    eve, cy = (User.objects.get(username=name) for name in ("eve", "cy"))
    log("practice_completed", SHOWN + DAY + 3 * HOUR, actor=eve, score=80)
    log("practice_completed", SHOWN + 7 * DAY, actor=cy, score=80)
    counted()
    found = {card.slug: card for card in referees.cards(DashboardFilter(days=30), TODAY.date())}
    assert found["retention"].grids[0].rows == (
        ("Through a link", "50% (n 2)", "0% (n 2)", "n/a (n 0)"),
        ("On their own", "0% (n 1)", "100% (n 1)", "n/a (n 0)"),
    )


def table_of(page: str, title: str) -> list[list[str]]:
    """Return the cells of a table as text."""
    body = page.split(f"<caption>{title}</caption>")[1].split("<tbody>")[1].split("</tbody>", maxsplit=1)[0]
    rows = body.split("<tr>")[1:]
    return [
        [cell.split(">", 1)[1].split("<")[0] for cell in row.replace("<td", "<th").split("<th")[1:]] for row in rows
    ]


@pytest.mark.django_db
def test_a_cohort_matures_14_days_after_its_last_member() -> None:
    school()
    counted()
    for days, is_mature in ((14, False), (15, True)):
        at = SHOWN.replace(hour=0) + timedelta(days=days)
        choice = DashboardFilter(days=7, cohort="2026-03-05")
        assert choice.is_mature(day_of(at)) == is_mature
        k = k_estimates.k_by_loop(k_estimates.cohort_rows(choice, day_of(at)), choice)["buddy_challenge"]
        assert k_estimates.read_out_of(k, choice, day_of(at)).reason == (
            "4 referrers; 100 are needed." if is_mature else "The cohort has not had its 14 days."
        )


def simulated_referees(dice: Random, *, people: int, k: float) -> list[int]:
    """Referees of each of `people` exposed: two in five invite, invites are gamma-Poisson, each referrer persuades in
    their own measure. So referees of one referrer are alike, and the mean is `k` exactly."""
    share, joins = 0.4, 0.35
    mean = k / share / joins
    found = []
    for _ in range(people):
        invites = 0
        if dice.random() < share:
            wanted, waited = dice.gammavariate(2, mean / 2), dice.expovariate(1)
            while waited < wanted:
                invites, waited = invites + 1, waited + dice.expovariate(1)
        persuades = dice.betavariate(2, 2 * (1 - joins) / joins)
        found.append(sum(dice.random() < persuades for _ in range(invites)))
    return found


@pytest.mark.parametrize(("people", "k"), [(150, 0.6), (300, 1.2), (600, 1.5)])
def test_the_interval_covers_the_true_k_in_95_of_100_simulations(people: int, k: float) -> None:
    """Of 300 seeded schools, 276 to 294 are 95% +- 3%."""
    dice, held = Random(people), 0
    for _ in range(300):
        referees = simulated_referees(dice, people=people, k=k)
        sums = Sums(people, 0, 0, sum(referees), sum(one**2 for one in referees))
        found = k_factor(sums).fvm
        assert found.low is not None
        assert found.high is not None
        held += found.low <= k <= found.high
    assert 276 <= held <= 294


def test_ignoring_clusters_would_overstate_precision() -> None:
    """With a Poisson interval far fewer than 95% of the same schools contain the true K, so the test above can fail."""
    dice, held = Random(300), 0
    for _ in range(300):
        total = sum(simulated_referees(dice, people=300, k=1.2))
        half = 1.96 * total**0.5 / 300
        held += total / 300 - half <= 1.2 <= total / 300 + half
    assert held < 240


def test_a_simulation_is_determined_by_its_seed() -> None:
    start = TODAY - 30 * DAY
    first, again, other = (generate_school(seed=seed, people=60, start=start, end=TODAY) for seed in (3, 3, 4))
    assert first.events == again.events != other.events
    assert {event["type"] for event in first.events} >= {
        "loop_exposed",
        "invite_sent",
        "fvm_reached",
        "signup_attributed",
    }
    assert all(start - 60 * DAY <= event["at"] <= TODAY + DAY for event in first.events)
    assert {loop.name for loop in LOOPS} == {
        event["properties"]["loop"] for event in first.events if event["type"] == "loop_exposed"
    }


@pytest.mark.django_db
def test_the_measured_k_of_simulated_schools_is_their_true_k() -> None:
    """Five seeded schools, from events to dashboard sums; an error of a third would be noticed."""
    choice, today, sums = DashboardFilter(days=14), TODAY.date(), dict.fromkeys(LOOPS, Sums())
    for seed in range(5):
        with transaction.atomic():
            write_school(
                generate_school(seed=seed, people=250, start=TODAY - 30 * DAY, end=TODAY, first_id=10_000), LOOPS
            )
            rebuild.rebuild(at=TODAY)
            found = k_estimates.k_by_loop(k_estimates.cohort_rows(choice, today), choice)
            sums = {loop: before + found[loop.name].sums for loop, before in sums.items()}
            transaction.set_rollback(True)
    for loop, together in sums.items():
        k = k_factor(together).fvm
        assert k.low is not None
        assert k.high is not None
        assert loop.k * 0.67 < k.low <= loop.k <= k.high < loop.k * 1.5


@pytest.mark.django_db
def test_a_stranger_and_a_learner_do_not_see_k(client: Client) -> None:
    assert client.get("/dashboard/k-factor/").status_code == 404
    assert browser(person("Ada")).get("/dashboard/k-factor/").status_code == 404
    assert User.objects.count() == 1
