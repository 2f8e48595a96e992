"""Copy overrides from experiment arms, and placeholders in copy."""

from collections.abc import Mapping
from typing import Any

from loops.rules.copy import DEFAULT_LANGUAGE, MAX_TEXT_LENGTH, PARTS


def copy_overrides(params: Mapping[str, Any], language: str = DEFAULT_LANGUAGE) -> dict[str, str]:
    """Return the copy an arm overrides, cut to the maximum length; other languages are nested under their code."""
    said = params if language == DEFAULT_LANGUAGE else params.get(language, {})
    texts = {part: said.get(part) for part in PARTS} if isinstance(said, Mapping) else {}
    return {part: text[:MAX_TEXT_LENGTH] for part, text in texts.items() if isinstance(text, str) and text.strip()}


def fill_placeholders(text: str, **facts: object) -> str:
    """Replace {score} and other known placeholders; leave unknown ones unchanged."""
    for name, fact in facts.items():
        text = text.replace(f"{{{name}}}", str(fact))
    return text
