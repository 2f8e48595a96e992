"""Whether a result may be drawn and sent: JSON has no NaN and no Infinity."""

import json
from dataclasses import asdict, is_dataclass
from typing import Any

from hypothesis import settings

untimed = settings(deadline=None)  # how fast a machine is proves nothing


def sent(*results: Any) -> str:
    """The results as JSON, every number finite."""
    return json.dumps([asdict(one) if is_dataclass(one) else one for one in results], allow_nan=False)  # type: ignore[arg-type]
