"""Who came through the loops: the way they took, how soon, whether they stayed, what they are worth."""

from dataclasses import replace
from datetime import date, timedelta

from loops.registry import LOOPS
from monitoring.growth.pages.cards import ORGANIC, Amounts, Card, Grid, Tile, brought, left_whole, read_amounts
from monitoring.growth.rules import spread, words
from monitoring.growth.rules.choices import FINISHED, JOINED, LESSONS, Choice
from monitoring.growth.rules.counting import BACK_AFTER
from monitoring.models import LifetimeValue
from viral_engine.charts import Axis, Bin, Funnel, Histogram, Step

STEPS = (
    ("Shown a loop", "loop_exposed"),
    ("Invites sent", "invite_sent"),
    ("Links opened", "link_clicked"),
    ("Guests who started", "guest_started"),
    ("First value reached", "joiner"),
    ("Signed up", "signup_attributed"),
)
PAID = ("joiner", "reward_lines", "reward_cents")
OFFERS = ("loop_exposed", "prompt_dismissed", "invite_sent")
ROUND_TIMES = (0, 1, 10, 60, 600, 3600, 36_000, 86_400, 864_000)  # seconds


def cards(choice: Choice, today: date) -> list[Card]:
    """Cost  4 queries."""
    measures = (*(name for _, name in STEPS), "prompt_dismissed", "joiner_waited", *FINISHED, *LESSONS)
    span = choice.period(today)
    amounts = read_amounts(measures, span, choice, "loop", "part")
    # What is granted for practice, or bought, belongs to no loop; rewards know no persona, so neither may joiners here.
    paid = read_amounts(PAID, span, replace(choice, persona=""), loop__gt="")
    return [
        _funnel(amounts, paid, choice),
        _channels(amounts),
        _results(amounts, choice),
        _lessons(amounts, choice),
        _waits(amounts),
        _retention(choice, today),
        _worth(paid, choice, today),
    ]


def _funnel(amounts: Amounts, paid: Amounts, choice: Choice) -> Card:
    last = "Rewards granted to all" if choice.persona else "Rewards granted"
    funnel = Funnel(
        f"From offer to reward, {choice.days} days",
        (
            *(Step(label, amounts.sum(name)) for label, name in STEPS),
            Step(last, paid.sum("reward_lines")),
        ),
        empty=f"No one has been shown a loop in these {choice.days} days",
    )
    lead = (
        "What happened in these days, whenever it began: an invite of last week may be opened today. "
        f"One offer may lead to several invites. {left_whole(choice, 'reward_lines', 'Rewards')}"
    )
    return Card("funnel", "Loop funnel", lead, charts=(funnel,))


def _channels(amounts: Amounts) -> Card:
    names = amounts.named("part", "invite_sent", "link_clicked", "joiner", "signup_attributed")
    rows = []
    for part in names:
        invites, clicks = amounts.sum("invite_sent", part=part), amounts.sum("link_clicked", part=part)
        joiners, sign_ups = amounts.sum("joiner", part=part), amounts.sum("signup_attributed", part=part)
        cells = (invites, clicks, joiners, sign_ups)
        rate = words.share(joiners, invites)
        rows.append((words.name(part), *(words.count(cell) for cell in cells), rate))
    grid = Grid(
        "By channel", ("Channel", "Invites", "Opened", "Joiners", "Sign-ups", "Joiners of invites"), tuple(rows)
    )
    return Card("channels", "Channels", grids=(grid,))


def _results(amounts: Amounts, choice: Choice) -> Card:
    """Members' rounds, tests and diagnostics, and the offers of loops that these may start."""
    on_results = [name for name, loop in LOOPS.items() if {event.type for event in loop.triggers} & set(FINISHED)]
    if choice.loop and choice.loop not in on_results:
        return Card("results", "Results page", empty="This loop is not offered on results pages.")
    shown, dismissed, invites = (sum(amounts.sum(of, loop=loop) for loop in on_results) for of in OFFERS)
    steps = (
        Step("Rounds finished", amounts.sum(*FINISHED, part="")),
        Step("Offers shown", shown),
        Step("Invites sent", invites),
    )
    note = f"{words.share(dismissed, shown)} of {words.count(shown)} offers were dismissed."
    scope = left_whole(choice, "practice_completed", "Rounds")
    return Card("results", "Results page", f"{note} {scope}", charts=(Funnel("From a result to an invite", steps),))


def _lessons(amounts: Amounts, choice: Choice) -> Card:
    """What a lesson leads to: written down, praised, and taken up by an agent."""
    steps = (
        Step("Lessons given", amounts.sum("session_completed")),
        Step("With a transcript", amounts.sum("session_completed", part="transcript")),
        Step("Actions agents asked for", amounts.sum("agentic_action_triggered")),
    )
    stars = words.count(amounts.sum("session_rated_five_stars"))
    funnel = Funnel("From a lesson to an action", steps, empty=f"No lesson was logged in these {choice.days} days")
    lead = f"Given five stars: {stars}. {left_whole(choice, 'session_completed', 'Lessons')}".strip()
    return Card("lessons", "Lessons and transcripts", lead, charts=(funnel,))


def _waits(amounts: Amounts) -> Card:
    counts = {int(part): amounts.sum("joiner_waited", part=part) for part in amounts.named("part", "joiner_waited")}
    total = sum(counts.values())
    if not total:
        return Card("waits", "Time to first value", empty="Nobody has come from a link to first value in these days.")
    bins = (Bin(n, n + 1, counts[n], words.times(*spread.edges(n))) for n in sorted(counts))
    return Card(
        "waits",
        "Time to first value",
        "From the first click on a link to the first right answer.",
        tiles=(
            Tile("Half within", words.duration(spread.percentile(counts, 0.5)), f"n {words.count(total)}"),
            Tile("Nine in ten within", words.duration(spread.percentile(counts, 0.9))),
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
    """Round times around these buckets, from the next before to the next after."""
    marks = [(spread.place(seconds), words.duration(seconds)) for seconds in ROUND_TIMES]
    low = max(place for place, _ in marks if place <= first)
    high = min((place for place, _ in marks if place >= last), default=last)
    return tuple((place, text) for place, text in marks if low <= place <= high)


def _retention(choice: Choice, today: date) -> Card:
    """Of everybody who joined early enough for the day to be over; 1 query."""
    earliest = today - timedelta(days=choice.days + BACK_AFTER[-1])
    amounts = read_amounts(JOINED, (earliest, today), choice, "on", "loop", "part")
    rows = []
    for label, which in (("Brought by a link", brought(choice)), ("By themselves", ORGANIC)):
        cells = [_kept(amounts, which, after, choice, today) for after in BACK_AFTER]
        rows.append((label, *cells))
    heads = tuple(f"Day {after}" for after in BACK_AFTER)
    is_any = any("n 0" not in cell for row in rows for cell in row[1:])
    grid = Grid(
        "Practiced again on that very day",
        ("Joined", *heads),
        tuple(rows) if is_any else (),
        "Nobody has been here long enough.",
        f"Each column: the {choice.days} days of sign-ups for whom that day is over most recently.",
    )
    return Card("retention", "Retention", left_whole(choice, "joined", "By themselves"), grids=(grid,))


def _kept(amounts: Amounts, which: dict[str, str], after: int, choice: Choice, today: date) -> str:
    last = today - timedelta(days=after + 1)
    days = [last - timedelta(days=n) for n in range(choice.days)]
    joined = sum(amounts.daily(days, "joined", **which))
    return f"{words.share(sum(amounts.daily(days, f'back_{after}', **which)), joined)} (n {words.count(joined)})"


def _worth(paid: Amounts, choice: Choice, today: date) -> Card:
    """What the business says a sign-up is worth, and what one costs; 1 query, or 2."""
    joiners, cents = paid.sum("joiner"), paid.sum("reward_cents")
    cost = cents / joiners if joiners else None
    each = Tile(
        "Reward cost a joiner",
        words.money(cost) if cost is not None else words.NONE,
        f"{words.money(cents)} for {words.count(joiners)} joiners",
    )
    scope = left_whole(choice, "reward_cents", "Rewards and joiners")
    values = list(LifetimeValue.objects.order_by("persona"))
    if not values:
        lead = f"What a sign-up is worth is not set: add it under Lifetime values in the admin. {scope}"
        return Card("worth", "Worth", lead, tiles=(each,), links=(("/admin/monitoring/lifetimevalue/", "Set it"),))
    joined = read_amounts(("joined",), choice.period(today), choice, "loop", "persona", "part")
    rows = []
    for value in values:
        came = joined.sum("joined", persona=value.persona, **brought(choice))
        delta = value.referred_cents - value.organic_cents
        cells = (words.money(value.organic_cents), words.money(value.referred_cents), words.money(delta))
        net = words.money(came * (delta - (cost or 0)))
        rows.append((words.name(value.persona), *cells, words.count(came), net, value.source))
    grid = Grid(
        "Lifetime value, as configured",
        ("Persona", "By themselves", "Brought", "Delta", "Brought (n)", "Delta less rewards", "Where it comes from"),
        tuple(rows),
    )
    return Card("worth", "Worth", scope, tiles=(each,), grids=(grid,), is_wide=True)
