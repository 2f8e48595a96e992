"""People who came through the loops: funnel, time to first value, retention and value."""

from dataclasses import replace
from datetime import date, timedelta

from loops.core.registry import LOOPS
from loops.events import (
    GuestStarted,
    InviteSent,
    LinkClicked,
    LoopExposed,
    PromptDismissed,
    SessionActionMade,
    SessionSummarized,
    SignupAttributed,
)
from monitoring.growth.queries.cards import (
    ORGANIC,
    CountSums,
    DashboardCard,
    DashboardTable,
    DashboardTile,
    read_amounts,
    referred_only,
    unfiltered_note,
)
from monitoring.growth.rules import log_histogram
from monitoring.growth.rules.counting import BACK_AFTER
from monitoring.growth.rules.filters import FINISHED_ATTEMPTS, JOINED, TUTORING_SESSIONS, DashboardFilter
from monitoring.growth.rules.labels import label
from monitoring.models import LifetimeValue
from viral_engine import formatting as fmt
from viral_engine.charts import Axis, Funnel, FunnelStep, Histogram, HistogramBin
from viral_engine.learning.events import PracticeCompleted, SessionCompleted, SessionRatedFiveStars

STEPS = (
    ("Shown a loop", LoopExposed.type),
    ("Invites sent", InviteSent.type),
    ("Links opened", LinkClicked.type),
    ("Guests who started", GuestStarted.type),
    ("First value reached", "joiner"),
    ("Signed up", SignupAttributed.type),
)
SESSION_LOOP = "session_intelligence"
PAID = ("joiner", "reward_lines", "reward_cents")
OFFERS = (LoopExposed.type, PromptDismissed.type, InviteSent.type)
ROUND_TIMES = (0, 1, 10, 60, 600, 3600, 36_000, 86_400, 864_000)  # seconds


def cards(choice: DashboardFilter, today: date) -> list[DashboardCard]:
    """Cost  4 queries."""
    measures = (
        *(name for _, name in STEPS),
        PromptDismissed.type,
        "joiner_waited",
        *FINISHED_ATTEMPTS,
        *TUTORING_SESSIONS,
    )
    span = choice.period(today)
    amounts = read_amounts(measures, span, choice, "loop", "part")
    # Rewards for practice and purchases belong to no loop. Rewards have no persona, so referees must not either here.
    paid = read_amounts(PAID, span, replace(choice, persona=""), loop__gt="")
    return [
        _funnel(amounts, paid, choice),
        _channels(amounts),
        _results(amounts, choice),
        _sessions(amounts, choice),
        _waits(amounts),
        _retention(choice, today),
        _worth(paid, choice, today),
    ]


def _funnel(amounts: CountSums, paid: CountSums, choice: DashboardFilter) -> DashboardCard:
    last = "Rewards granted to all" if choice.persona else "Rewards granted"
    funnel = Funnel(
        f"From offer to reward, {choice.days} days",
        (
            *(FunnelStep(label, amounts.sum(name), is_part=False) for label, name in STEPS),
            FunnelStep(last, paid.sum("reward_lines"), is_part=False),
        ),
        empty=f"No one has been shown a loop in these {choice.days} days",
    )
    lead = (
        "Counts what happened in these days, even if it began earlier: an invite from last week may be opened today. "
        "Numbers between steps are ratios, not shares of the same people. One offer may lead to several invites. "
        f"{unfiltered_note(choice, 'reward_lines', 'Rewards')}"
    )
    return DashboardCard("funnel", "Loop funnel", lead, charts=(funnel,))


def _channels(amounts: CountSums) -> DashboardCard:
    names = amounts.named("part", InviteSent.type, LinkClicked.type, "joiner", SignupAttributed.type)
    rows = []
    for part in names:
        invites, clicks = amounts.sum(InviteSent.type, part=part), amounts.sum(LinkClicked.type, part=part)
        referees, sign_ups = amounts.sum("joiner", part=part), amounts.sum(SignupAttributed.type, part=part)
        cells = (invites, clicks, referees, sign_ups)
        rate = fmt.ratio(referees / invites if invites else None)
        rows.append((label(part), *(fmt.count(cell) for cell in cells), rate))
    grid = DashboardTable(
        "By channel", ("Channel", "Invites", "Opened", "Referees", "Sign-ups", "Referees per invite"), tuple(rows)
    )
    return DashboardCard("channels", "Channels", grids=(grid,))


def _results(amounts: CountSums, choice: DashboardFilter) -> DashboardCard:
    """Members' finished attempts, and the offers of loops that these may trigger."""
    on_results = [
        name for name, loop in LOOPS.items() if {event.type for event in loop.triggers} & set(FINISHED_ATTEMPTS)
    ]
    if choice.loop and choice.loop not in on_results:
        return DashboardCard("results", "Results page", empty="This loop is not offered on results pages.")
    shown, dismissed, invites = (sum(amounts.sum(of, loop=loop) for loop in on_results) for of in OFFERS)
    steps = (
        FunnelStep("Finished attempts", amounts.sum(*FINISHED_ATTEMPTS, part="")),
        FunnelStep("Offers shown", shown, is_part=False),
        FunnelStep("Invites sent", invites, is_part=False),
    )
    note = f"{fmt.share(dismissed, shown)} of {fmt.count(shown)} offers were dismissed."
    scope = unfiltered_note(choice, PracticeCompleted.type, "Attempts")
    return DashboardCard(
        "results", "Results page", f"{note} {scope}", charts=(Funnel("From a result to an invite", steps),)
    )


def _sessions(amounts: CountSums, choice: DashboardFilter) -> DashboardCard:
    """Tutoring sessions, their transcripts, summaries and actions, and the friends who came through those."""
    own = {"loop": SESSION_LOOP}
    steps = (
        FunnelStep("Tutoring sessions", amounts.sum(SessionCompleted.type)),
        FunnelStep("With a transcript", amounts.sum(SessionCompleted.type, part="transcript")),
        FunnelStep("Summarized", amounts.sum(SessionSummarized.type), is_part=False),
        FunnelStep("Actions made", amounts.sum(SessionActionMade.type), is_part=False),
        FunnelStep("Invites sent", amounts.sum(InviteSent.type, **own), is_part=False),
        FunnelStep("First value reached", amounts.sum("joiner", **own), is_part=False),
        FunnelStep("Signed up", amounts.sum(SignupAttributed.type, **own), is_part=False),
    )
    stars = fmt.count(amounts.sum(SessionRatedFiveStars.type))
    funnel = Funnel("From a session to a friend", steps, empty=f"No session was logged in these {choice.days} days")
    scope = unfiltered_note(choice, SessionCompleted.type, "Sessions and summaries")
    lead = f"Rated five stars: {stars}. {scope}".strip()
    return DashboardCard("sessions", "Sessions and transcripts", lead, charts=(funnel,))


def _waits(amounts: CountSums) -> DashboardCard:
    counts = {int(part): amounts.sum("joiner_waited", part=part) for part in amounts.named("part", "joiner_waited")}
    total = sum(counts.values())
    if not total:
        return DashboardCard(
            "waits", "Time to first value", empty="Nobody got from a link to first value in these days."
        )
    bins = (HistogramBin(n, n + 1, counts[n], fmt.duration_range(*log_histogram.edges(n))) for n in sorted(counts))
    return DashboardCard(
        "waits",
        "Time to first value",
        "From the first click on a link to the first right answer.",
        tiles=(
            DashboardTile("Half within", fmt.duration(log_histogram.percentile(counts, 0.5)), f"n {fmt.count(total)}"),
            DashboardTile("Nine in ten within", fmt.duration(log_histogram.percentile(counts, 0.9))),
        ),
        charts=(
            Histogram(
                "People by time to first value",
                tuple(bins),
                x_axis=Axis("Time (logarithmic)"),
                y_axis=Axis("People"),
                ticks=_marks(min(counts), max(counts) + 1),
            ),
        ),
    )


def _marks(first: int, last: int) -> tuple[tuple[float, str], ...]:
    """Tick marks at round times that enclose these buckets."""
    marks = [(log_histogram.place(seconds), fmt.duration(seconds)) for seconds in ROUND_TIMES]
    low = max(place for place, _ in marks if place <= first)
    high = min((place for place, _ in marks if place >= last), default=last)
    return tuple((place, text) for place, text in marks if low <= place <= high)


def _retention(choice: DashboardFilter, today: date) -> DashboardCard:
    """Retention of people for whom the day in question is over; 1 query."""
    earliest = today - timedelta(days=choice.days + BACK_AFTER[-1])
    amounts = read_amounts(JOINED, (earliest, today), choice, "on", "loop", "part")
    rows = []
    for group, which in (("Through a link", referred_only(choice)), ("On their own", ORGANIC)):
        cells = [_kept(amounts, which, after, choice, today) for after in BACK_AFTER]
        rows.append((group, *cells))
    heads = tuple(f"Day {after}" for after in BACK_AFTER)
    is_any = any("n 0" not in cell for row in rows for cell in row[1:])
    grid = DashboardTable(
        "Practiced on exactly that day",
        ("Joined", *heads),
        tuple(rows) if is_any else (),
        "Nobody joined long enough ago.",
        f"Each column covers the latest {choice.days} days of sign-ups for whom that day is over.",
    )
    return DashboardCard("retention", "Retention", unfiltered_note(choice, "joined", "On their own"), grids=(grid,))


def _kept(amounts: CountSums, which: dict[str, str], after: int, choice: DashboardFilter, today: date) -> str:
    last = today - timedelta(days=after + 1)
    days = [last - timedelta(days=n) for n in range(choice.days)]
    joined = sum(amounts.daily(days, "joined", **which))
    return f"{fmt.share(sum(amounts.daily(days, f'back_{after}', **which)), joined)} (n {fmt.count(joined)})"


def _worth(paid: CountSums, choice: DashboardFilter, today: date) -> DashboardCard:
    """The configured value of a sign-up, and its reward cost; 1 query, or 2."""
    referees, cents = paid.sum("joiner"), paid.sum("reward_cents")
    cost = cents / referees if referees else None
    each = DashboardTile(
        "Reward cost per referee",
        fmt.money(cost) if cost is not None else fmt.MISSING,
        f"{fmt.money(cents)} for {fmt.count(referees)} referees",
    )
    scope = unfiltered_note(choice, "reward_cents", "Rewards and referees")
    values = list(LifetimeValue.objects.order_by("persona"))
    if not values:
        lead = f"The value of a sign-up is not set. Add it under Lifetime values in the admin. {scope}"
        return DashboardCard(
            "worth", "Worth", lead, tiles=(each,), links=(("/admin/monitoring/lifetimevalue/", "Set it"),)
        )
    joined = read_amounts(("joined",), choice.period(today), choice, "loop", "persona", "part")
    rows = []
    for value in values:
        came = joined.sum("joined", persona=value.persona, **referred_only(choice))
        delta = value.referred_cents - value.organic_cents
        cells = (fmt.money(value.organic_cents), fmt.money(value.referred_cents), fmt.money(delta))
        net = fmt.money(came * (delta - (cost or 0)))
        rows.append((label(value.persona), *cells, fmt.count(came), net, value.source))
    grid = DashboardTable(
        "Lifetime value, as configured",
        ("Persona", "On their own", "Referred", "Delta", "Referred (n)", "Delta less rewards", "Source"),
        tuple(rows),
    )
    return DashboardCard("worth", "Worth", scope, tiles=(each,), grids=(grid,), is_wide=True)
