"""The agents of the site, one entry each.

The decision log, the circuit breaker, the health check and the dashboards all name an agent by the key given here. The
health check attaches a probe to each entry in `monitoring.health.agents`.
"""

from dataclasses import dataclass

DECISION_BUDGET_MS = 150.0  # one offer, from the event to the answer


@dataclass(frozen=True, slots=True)
class Agent:
    """`budget_ms` is the mean latency above which the agent is reported as slow.

    `call_budget_ms` is the share of the decision budget that one call through the circuit breaker may use.
    """

    key: str
    title: str
    call_budget_ms: float = DECISION_BUDGET_MS
    budget_ms: float = DECISION_BUDGET_MS


ORCHESTRATOR = Agent("orchestrator", "Orchestrator")
TRUST_AND_SAFETY = Agent("trust_safety", "Trust & Safety", call_budget_ms=50.0)
INCENTIVES = Agent("incentives", "Incentives & Economy")
ATTRIBUTION = Agent("attribution", "Attribution")
PERSONALIZATION = Agent("personalization", "Personalization", call_budget_ms=20.0)
EXPERIMENTATION = Agent("experimentation", "Experimentation", call_budget_ms=30.0)
SOCIAL_PRESENCE = Agent("social_presence", "Social Presence")
TUTOR_ADVOCACY = Agent("tutor_advocacy", "Tutor Advocacy")
# No offer waits for it: a worker calls the AI provider, for a minute at most.
SESSION_INTELLIGENCE = Agent(
    "session_intelligence", "Session Intelligence", call_budget_ms=61_000.0, budget_ms=10_000.0
)

AGENTS = {
    agent.key: agent
    for agent in (
        ORCHESTRATOR,
        TRUST_AND_SAFETY,
        INCENTIVES,
        ATTRIBUTION,
        PERSONALIZATION,
        EXPERIMENTATION,
        SOCIAL_PRESENCE,
        TUTOR_ADVOCACY,
        SESSION_INTELLIGENCE,
    )
}


def agent_title(key: str) -> str:
    """The agent's title; for a key that is no longer registered, the key in words."""
    agent = AGENTS.get(key)
    return agent.title if agent is not None else key.replace("_", " ").capitalize()
