"""Prompts for the growth analyst: which tools and resources to read, and in which order."""

from typing import Annotated

from pydantic import Field

from viral_engine.api.schemas.base import ExternalId

Experiment = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,60}$")]


def weekly_growth_review() -> str:
    """Review the week's growth."""
    return (
        "Read viral://growth/k and viral://growth/counts. Report K of each loop with its interval and its read-out "
        "against the target. Name the loop that changed most, and the step of the funnel that explains it. "
        "Say 'not yet' where an interval is too wide to tell, and recommend at most three next steps."
    )


def explain_decisions(person: ExternalId) -> str:
    """Explain what agents decided about a person."""
    return (
        f"Read viral://people/{person}/decisions. Explain in plain words, for a parent, what was offered or refused, "
        "and why. Quote the reason of each decision. Guess nothing that the log does not say."
    )


def read_experiment(experiment: Experiment) -> str:
    """Read out an experiment."""
    return (
        f"Call get_results for {experiment}. Say first whether traffic matches the configured split. Then give the "
        "effect on the primary metric with its interval and the state of each guardrail. Recommend nothing that the "
        "rules for peeking do not allow yet."
    )


PROMPTS = (weekly_growth_review, explain_decisions, read_experiment)
