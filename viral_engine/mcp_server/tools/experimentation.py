"""Tools of Experimentation: a person's variant, and what an experiment found."""

from typing import Annotated

from pydantic import Field

from viral_engine.api.routes.site_numbers import results_of, variant_of
from viral_engine.api.schemas.reads import ExperimentReply, VariantReply
from viral_engine.kernel.agent_registry import EXPERIMENTATION
from viral_engine.mcp_server.calls import current_call
from viral_engine.mcp_server.tools import Person, agent_tool

ExperimentKey = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,60}$")]


@agent_tool(EXPERIMENTATION, "experiments:read", "read a variant")
def get_variant(person: Person, experiment: ExperimentKey) -> VariantReply:
    """Read the person's variant, the same as on the site. It counts no exposure."""
    return variant_of(current_call().person(person), experiment)


@agent_tool(EXPERIMENTATION, "experiments:read", "read results")
def get_results(experiment: ExperimentKey) -> ExperimentReply:
    """Read the results of the latest phase, under the same rules for peeking as the page."""
    return results_of(experiment, current_call().at)
