"""The reads of each dashboard: a few sums of rollups, whatever the size of the logs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from monitoring.growth.queries import agents_and_rewards, attribution, guardrails, k_factor, overview
from monitoring.growth.queries.cards import DashboardCard
from monitoring.growth.rules.filters import DashboardFilter


@dataclass(frozen=True, slots=True)
class Dashboard:
    name: str
    title: str
    lead: str
    cards: Callable[[DashboardFilter, datetime], list[DashboardCard]]


PAGES = {
    page.name: page
    for page in (
        Dashboard("overview", "Growth", "How the site grows, and through which loops.", overview.cards),
        Dashboard(
            "phase2",
            "Agents and rewards",
            "Decisions of agents, results of the first two loops, and the cost of rewards.",
            agents_and_rewards.cards,
        ),
        Dashboard("k-factor", "K-factor", "People who reach first value for each person shown a loop.", k_factor.cards),
        Dashboard("attribution", "Attribution", "Which loops and channels bring sign-ups.", attribution.cards),
        Dashboard("guardrails", "Guardrails", "Limits that growth must not cross.", guardrails.cards),
    )
}
