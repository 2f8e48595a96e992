"""K: the read-out, its parts, and K by cohort, generation and persona."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from loops.models import Loop
from loops.rules.k_factor import TARGET, WINDOW, Estimate, KFactor, k_factor, mature_until
from monitoring.growth.queries import k_estimates, referees
from monitoring.growth.queries.cards import DashboardCard, DashboardTable, DashboardTile, read_amounts
from monitoring.growth.rules.counting import ANY_LOOP, day_of
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.growth.rules.labels import label
from viral_engine import formatting as fmt
from viral_engine.charts import Axis, IntervalPlot, LabeledInterval, ReferenceLine, cohort_curves

CURVES = 5
REFERENCE = ReferenceLine(TARGET, f"target {TARGET:.2f}")


def cards(choice: DashboardFilter, at: datetime) -> list[DashboardCard]:
    """Cost  7 queries."""
    today = day_of(at)
    titles = dict(Loop.objects.values_list("name", "title"))
    rows = k_estimates.cohort_rows(choice, today)
    found = k_estimates.k_by_loop(rows, choice)
    if not found:
        days = fmt.days(*choice.cohorts(today))
        none = f"No one was first shown a loop {days}. Try the latest cohorts, or more days."
        first = [DashboardCard("read-out", "K-factor", empty=none, is_wide=True)]
    else:
        first = [_read_out(found, choice, titles, today), _plot(found, titles, choice, today)]
        first += [_generations(rows, choice, today), _personas(rows, choice)]
    return [*first[:2], _curves(choice, today), *first[2:], *referees.cards(choice, today)]


def _title(loop: str, titles: dict[str, str]) -> str:
    return "All loops" if loop == ANY_LOOP else titles.get(loop, loop)


def _read_out(found: dict[str, KFactor], choice: DashboardFilter, titles: dict[str, str], today: date) -> DashboardCard:
    """One row per loop: both factors, K and its interval, and the read-out."""
    k = found.get(k_estimates.loop_of(choice), k_estimates.NO_EXPOSURES)
    verdict = k_estimates.read_out_of(k, choice, today)
    grid = DashboardTable(
        "K by loop",
        ("Loop", "Exposed (n)", "Invites each", "Referees per invite", "K", "95% interval", "By sign-up", "Read-out"),
        tuple(
            (
                _title(loop, titles),
                fmt.count(one.fvm.people),
                fmt.ratio(one.invites_per_referrer),
                fmt.ratio(one.referees_per_invite),
                fmt.ratio(one.fvm.value),
                fmt.interval(one.fvm.low, one.fvm.high),
                f"{fmt.ratio(one.sign_up.value)} ({fmt.interval(one.sign_up.low, one.sign_up.high)})",
                k_estimates.read_out_of(one, choice, today).word,
            )
            for loop, one in sorted(found.items())
        ),
        note="The row for all loops counts a person once, from the first loop they were shown. "
        "Intervals are clustered by referrer.",
    )
    return DashboardCard(
        "read-out",
        f"K of people first shown {fmt.days(*choice.cohorts(today))}",
        f"Target {TARGET:.2f}. {_maturity(choice, today)}",
        tiles=(
            DashboardTile(
                "K by first value",
                fmt.ratio(k.fvm.value),
                f"{fmt.interval(k.fvm.low, k.fvm.high)}, {verdict.reason}",
                verdict,
            ),
            DashboardTile("K by sign-up", fmt.ratio(k.sign_up.value), fmt.interval(k.sign_up.low, k.sign_up.high)),
            DashboardTile("Exposed", fmt.count(k.fvm.people), f"{fmt.count(k.sums.inviting)} of them invited"),
            DashboardTile("Referees", fmt.count(k.fvm.referees), f"from {fmt.count(k.sums.invites)} invites"),
        ),
        grids=(grid,),
        is_wide=True,
    )


def _maturity(choice: DashboardFilter, today: date) -> str:
    if choice.is_mature(today):
        return f"All of them have had their {WINDOW.days} days."
    return f"They have until {fmt.day(choice.cohorts(today)[1] + WINDOW + timedelta(days=1))}, so K still grows."


def _plot(found: dict[str, KFactor], titles: dict[str, str], choice: DashboardFilter, today: date) -> DashboardCard:
    def rows(estimate: Callable[[KFactor], Estimate]) -> tuple[LabeledInterval, ...]:
        return tuple(
            k_estimates.interval(_title(loop, titles), estimate(one), choice, today)
            for loop, one in sorted(found.items())
        )

    span = fmt.days(*choice.cohorts(today))
    return DashboardCard(
        "plot",
        "Against the target",
        charts=(
            IntervalPlot(
                f"K by first value, shown {span}", rows(lambda k: k.fvm), REFERENCE, axis=Axis("Referees per person")
            ),
            IntervalPlot(
                f"K by sign-up, shown {span}", rows(lambda k: k.sign_up), REFERENCE, axis=Axis("Sign-ups per person")
            ),
        ),
    )


def _curves(choice: DashboardFilter, today: date) -> DashboardCard:
    """K by days since exposure, for the last five weeks of exposure; 1 query."""
    last = today
    weeks = [
        [last - timedelta(days=7 * back + n) for n in range(7)] for back in range(CURVES - 1, -1, -1)
    ]  # oldest first
    span = min(weeks[0]), last
    amounts = read_amounts(("k_people", "k_age"), span, choice, "on", "part", loop=k_estimates.loop_of(choice))
    lines = [(week, k_estimates.curve(amounts, week, today)) for week in weeks]
    drawn = [
        (f"{fmt.days(min(week), max(week))} (n {sum(amounts.daily(week, 'k_people'))})", line)
        for week, line in lines
        if any(value is not None for value in line)
    ]
    if not drawn:
        return DashboardCard(
            "curves", "Cohort curves", empty="No cohort of the last five weeks has had a whole day yet."
        )
    title = "Referees per exposed person, by days since exposure"
    chart = cohort_curves(title, drawn, y_axis=Axis("K so far"), reference=REFERENCE)
    mature = fmt.day(mature_until(today))
    return DashboardCard("curves", "Cohort curves", f"Cohorts up to {mature} are mature.", charts=(chart,))


def _generations(rows: list[dict[str, object]], choice: DashboardFilter, today: date) -> DashboardCard:
    loop = k_estimates.loop_of(choice)
    own = [row for row in k_estimates.of_persona(rows, choice) if row["loop"] == loop]
    groups = {int(str(part)): k_factor(sums) for (part,), sums in k_estimates.sums_by(own, "part").items()}
    intervals = tuple(
        k_estimates.interval(f"Generation {number}", k.fvm, choice, today) for number, k in sorted(groups.items())
    )
    lead = "Generation 0 came on their own, 1 was referred by a 0, 2 by a 1."
    plot = IntervalPlot("K by generation of the referrer", intervals, REFERENCE, axis=Axis("Referees per person"))
    return DashboardCard("generations", "Generations", lead, charts=(plot,))


def _personas(rows: list[dict[str, object]], choice: DashboardFilter) -> DashboardCard:
    own = [row for row in rows if row["loop"] == k_estimates.loop_of(choice)]
    groups = {str(persona): k_factor(sums) for (persona,), sums in k_estimates.sums_by(own, "persona").items()}
    grid = DashboardTable(
        "K by persona of the referrer",
        ("Persona", "Exposed (n)", "Invites", "Referees", "K", "95% interval"),
        tuple(
            (
                label(persona),
                fmt.count(k.fvm.people),
                fmt.count(k.sums.invites),
                fmt.count(k.fvm.referees),
                fmt.ratio(k.fvm.value),
                fmt.interval(k.fvm.low, k.fvm.high),
            )
            for persona, k in sorted(groups.items())
        ),
    )
    lead = "All personas, whatever the filter." if choice.persona else ""
    return DashboardCard("personas", "Personas", lead, grids=(grid,))
