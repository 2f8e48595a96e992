"""Explain a question in the question bank's own words, so that nothing is made up."""

import re
from collections.abc import Sequence

SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")


def sentences(text: str) -> list[str]:
    return [part for part in SENTENCE_END.split(text.strip()) if part]


def help_steps(
    *, given: str, is_right: bool, right: str, worked: Sequence[str], similar: tuple[str, str, str] | None
) -> list[str]:
    """The steps of an explanation, one thought each, then a worked example.

    `similar` is the prompt, the answer and the explanation of another question of the skill.
    """
    start = (
        f"You answered {given}, and that is right. This is why:"
        if is_right
        else f"You answered {given}. The answer is {right}. Go through it one step at a time:"
    )
    steps = [start, *worked]
    if similar is not None:
        prompt, answer, way = similar
        steps.append(f"Now one like it. {prompt} Cover the next line and try it first.")
        steps.append(f"The answer is {answer}. {way}")
    return steps
