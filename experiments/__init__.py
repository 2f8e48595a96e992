"""Experiments: assignment to arms, exposures, outcomes and statistics."""
