"""What growth must not cost: annoyance, complaints, money, children's rights."""

from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from loops.models import SpendLimit
from loops.rules import OVERALL
from monitoring.growth.pages.cards import Amounts, Card, Grid, Tile, loops_of, read_amounts
from monitoring.growth.rules import words
from monitoring.growth.rules.choices import Choice
from monitoring.growth.rules.counting import day_of
from viral_engine.accounts.models import Consent, Role, User
from viral_engine.accounts.rules import COPPA_AGE
from viral_engine.charts import Bar, BarChart, Sparkline

COMPLAINTS = {
    "abuse_report": "Abuse reports",
    "person_blocked": "People blocked by others",
    "account_blocked": "Accounts closed or blocked",
    "opted_out": "Opt-outs of mail or invites",
    "consent_withdrawn": "Consents taken back",
    "account_erased": "Accounts deleted",
}


def cards(choice: Choice, at: datetime) -> list[Card]:
    """Cost  9 queries."""
    span = choice.period(day_of(at))
    days = [span[0] + timedelta(days=n) for n in range(choice.days)]
    offers = read_amounts(("loop_exposed", "prompt_dismissed"), span, choice, "on", loops=loops_of(choice))
    complaints = read_amounts(tuple(COMPLAINTS), span, choice, "on")
    refused = read_amounts(("refused",), span, Choice(), "part")
    spend = read_amounts(("reward_cents",), span, Choice(), "loop", "on", loops=loops_of(choice))
    return [
        _annoyance(offers, choice, days),
        _children(timezone.localdate(at)),
        _complaints(complaints, offers, choice),
        _refused(refused, choice),
        _spend(spend, days),
    ]


def _annoyance(offers: Amounts, choice: Choice, days: list[date]) -> Card:
    shown, dismissed = offers.sum("loop_exposed"), offers.sum("prompt_dismissed")
    people = User.objects.filter(role=Role.STUDENT, is_active=True, is_simulated=False)
    everybody, silent = people.count(), people.filter(growth_prompts=False).count()
    daily = zip(offers.daily(days, "prompt_dismissed"), offers.daily(days, "loop_exposed"), strict=True)
    rates = tuple(part / whole if whole else None for part, whole in daily)
    spark = Sparkline("Share dismissed a day", rates, "%") if shown else None
    note = f"{words.count(dismissed)} of {words.count(shown)} offers in {choice.days} days"
    return Card(
        "annoyance",
        "Annoyance",
        tiles=(
            Tile("Offers dismissed", words.share(dismissed, shown), note, spark=spark),
            Tile(
                "Offers turned off",
                words.share(silent, everybody),
                f"{words.count(silent)} of {words.count(everybody)} learners now",
            ),
        ),
    )


def _children(today: date) -> Card:
    """Learners under 13 whose parent has agreed; 2 counts."""
    try:
        born_after = today.replace(year=today.year - COPPA_AGE)
    except ValueError:  # 29 February
        born_after = today.replace(year=today.year - COPPA_AGE, day=28)
    born = Q(birthdate__gt=born_after) | Q(birthdate=None)  # of an unknown age: a child, until somebody says otherwise
    children = User.objects.filter(born, role=Role.STUDENT, is_active=True, is_simulated=False)
    total = children.count()
    agreed = children.filter(pk__in=Consent.objects.in_force().filter(kind="coppa").values("child")).count()
    title = "Children's consent"
    if not total:
        return Card("children", title, empty="No learner is under 13.")
    tile = Tile(
        "A parent has agreed", words.share(agreed, total), f"{words.count(agreed)} of {words.count(total)} under 13"
    )
    lead = "Without it a child practices alone: no offers, no links, nothing shared."
    return Card("children", title, lead, tiles=(tile,))


def _complaints(amounts: Amounts, offers: Amounts, choice: Choice) -> Card:
    shown = offers.sum("loop_exposed")
    rows = tuple(
        (label, words.count(amounts.sum(name)), f"{1000 * amounts.sum(name) / shown:.1f}" if shown else words.NONE)
        for name, label in COMPLAINTS.items()
    )
    note = f"n {words.count(shown)} offers shown in {choice.days} days"
    return Card(
        "complaints", "Complaints", grids=(Grid("By kind", ("", "Events", "For 1,000 offers"), rows, note=note),)
    )


def _refused(amounts: Amounts, choice: Choice) -> Card:
    reasons = sorted(
        ((amounts.sum("refused", part=part), part) for part in amounts.named("part", "refused")), reverse=True
    )
    bars = tuple(Bar(words.name(part), amount) for amount, part in reasons[:12])
    empty = f"Nothing was refused in these {choice.days} days"
    return Card("refused", "Refused actions", charts=(BarChart("Refused actions by reason", bars, empty=empty),))


def _spend(amounts: Amounts, days: list[date]) -> Card:
    """Beside what each may spend in a day; 1 query for the limits."""
    today, limits = days[-1], dict(SpendLimit.objects.values_list("scope", "cents_a_day"))
    loops = amounts.named("loop", "reward_cents")
    rows = [_spent(amounts, days, loop, limits.get(loop)) for loop in loops]
    if rows:
        everything = amounts.daily(days, "reward_cents")
        rows.append(_cells("All together", amounts.sum("reward_cents", on=today), everything, limits.get(OVERALL)))
    empty = f"No reward has cost anything in these {len(days)} days."
    head = ("Loop", "Today", "Limit a day", "Most in a day", f"{len(days)} days")
    return Card("reward-spend", "Reward spend", grids=(Grid("Reward spend", head, tuple(rows), empty),))


def _spent(amounts: Amounts, days: list[date], loop: str, limit: int | None) -> tuple[str, ...]:
    daily = amounts.daily(days, "reward_cents", loop=loop)
    return _cells(words.granted_for(loop), amounts.sum("reward_cents", loop=loop, on=days[-1]), daily, limit)


def _cells(label: str, today: int, daily: tuple[int, ...], limit: int | None) -> tuple[str, ...]:
    allowed = "No limit" if limit is None else words.money(limit)
    return (label, words.money(today), allowed, words.money(max(daily)), words.money(sum(daily)))
