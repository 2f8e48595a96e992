"""Check that results can be sent as JSON (no NaN, no Infinity), and make samples for them."""

import json
from dataclasses import asdict, is_dataclass
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from experiments.analysis.samples import BinarySample

untimed = settings(deadline=None)  # the speed of the machine proves nothing


def sent(*results: Any) -> str:
    """The results as JSON, every number finite."""
    return json.dumps([asdict(one) if is_dataclass(one) else one for one in results], allow_nan=False)  # type: ignore[arg-type]


CONTROL, TREATMENT = BinarySample(10_000, 500), BinarySample(10_000, 560)


def arms(most: int) -> st.SearchStrategy[BinarySample]:
    return st.integers(0, most).flatmap(lambda units: st.builds(BinarySample, st.just(units), st.integers(0, units)))
