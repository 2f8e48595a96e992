"""The read-out of a simulation: lines for the terminal, and one HTML page with plots."""

from collections.abc import Iterator
from pathlib import Path

from django.template.loader import render_to_string

from loops.rules.k_factor import TARGET
from monitoring.loadtest.report import page_styles
from monitoring.simulation.plan import SimulationPlan
from monitoring.simulation.readout import GroupShare, LoopReading, SchoolReading
from viral_engine import formatting as fmt
from viral_engine.charts import Axis, Bar, BarChart, Chart, IntervalPlot, LabeledInterval, ReferenceLine, figure

PERCENT = Axis("Percent", "%")


def share_text(one: GroupShare) -> str:
    """12 of 40 (30%)"""
    return f"{one.part} of {one.whole}" + (f" ({one.rate:.0%})" if one.rate is not None else "")


def summary_lines(plan: SimulationPlan, reading: SchoolReading) -> Iterator[str]:
    """The read-out as lines of text; the same seed gives the same lines."""
    yield f"{plan.users} people at the start, {reading.people} at the end; {plan.days} days, seed {plan.seed}"
    yield ""
    yield f"{'loop':<18}{'true K':>8}{'K':>8}{'95% interval':>16}{'n':>6}  against {TARGET:.2f}"
    for one in reading.loops:
        interval = fmt.interval(one.measured.low, one.measured.high)
        numbers = f"{one.true_k:>8.2f}{fmt.ratio(one.measured.value):>8}{interval:>16}{one.measured.people:>6}"
        yield f"{one.title:<18}{numbers}  {one.verdict.word}: {one.verdict.reason}"
    yield ""
    yield from (f"{name:<36}{text}" for name, text in facts_of(reading))


def facts_of(reading: SchoolReading) -> Iterator[tuple[str, str]]:
    """Names and texts of the facts beside K."""
    trial, counts = reading.trial, reading.counts
    for arm, one in trial.first_value.items():
        yield f"A friend got going, {arm}", share_text(one)
    yield "Invited, control", share_text(trial.control)
    yield "Invited, treated", share_text(trial.treated)
    interval = f", interval {trial.interval[0]:+.0%} to {trial.interval[1]:+.0%}" if trial.interval else ""
    yield "Lift of inviting", f"{fmt.change(trial.lift)}{interval}; planted {trial.true_lift:+.0%}"
    yield "Verdict of the experiment", " ".join((trial.headline, *trial.reasons))
    yield "New members through a link", share_text(reading.referral_share)
    for who, one in reading.came_back.items():
        yield f"Back on day 7, {who.lower()}", share_text(one)
    yield "Second accounts that earned nothing", share_text(reading.fraud)
    yield "Honest friends who were credited", share_text(reading.honest)
    yield "Opted out of growth e-mail", str(counts["mail_off"])
    yield "Learners who switched offers off", str(counts["offers_off"])
    yield "Offers to children without consent", str(counts["child_without_consent"])
    yield "Invites refused by trust and safety", str(counts["invites_refused"])
    yield "Friends who came too late", str(counts["closed_links"])


def charts_of(reading: SchoolReading) -> list[Chart]:
    trial = reading.trial
    low, high = trial.interval or (None, None)
    return [
        IntervalPlot(
            "K of each loop, and the planted K below it",
            tuple(row for one in reading.loops for row in _rows(one)),
            ReferenceLine(TARGET, f"target {TARGET:.2f}"),
            axis=Axis("Friends with a first value for each person shown the loop"),
        ),
        IntervalPlot(
            "Lift of inviting in the treated arm",
            (
                LabeledInterval("Measured", trial.lift, low, high),
                LabeledInterval("Planted", trial.true_lift, trial.true_lift, trial.true_lift, is_early=True),
            ),
            ReferenceLine(0, "no lift"),
        ),
        BarChart(
            "Practiced on the seventh day",
            tuple(Bar(who, 100 * (one.rate or 0)) for who, one in reading.came_back.items()),
            axis=PERCENT,
        ),
    ]


def _rows(one: LoopReading) -> tuple[LabeledInterval, LabeledInterval]:
    measured, is_early = one.measured, one.verdict.word == "not yet"
    label = f"{one.title} (n {measured.people})"
    return (
        LabeledInterval(label, measured.value, measured.low, measured.high, is_early),
        LabeledInterval("planted", one.true_k, one.true_k, one.true_k, is_early=True),
    )


def write_report(plan: SimulationPlan, reading: SchoolReading, page: Path) -> None:
    """Write the page, one file with its own styles."""
    context = {
        "plan": plan,
        "reading": reading,
        "facts": list(facts_of(reading)),
        "figures": [figure(chart) for chart in charts_of(reading)],
        "styles": page_styles(),
        "target": f"{TARGET:.2f}",
        "loops": [
            {
                "title": one.title,
                "true_k": f"{one.true_k:.2f}",
                "k": fmt.ratio(one.measured.value),
                "interval": fmt.interval(one.measured.low, one.measured.high),
                "people": one.measured.people,
                "verdict": one.verdict,
            }
            for one in reading.loops
        ],
    }
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(render_to_string("monitoring/simulation.html", context))
