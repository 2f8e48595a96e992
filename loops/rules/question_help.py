"""Explain a question in the question bank's own words, so that nothing is made up."""

import re
from collections.abc import Sequence

SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")


def help_steps(
    *, choices: Sequence[str], right: int, chosen: int, explanation: str, similar: tuple[str, str, str] | None
) -> list[str]:
    """The steps of an explanation, one thought each, then a worked example.

    `similar` is the prompt, the answer and the explanation of another question of the skill.
    """
    start = (
        f"You chose {choices[chosen]}, and that is right. This is why:"
        if chosen == right
        else f"You chose {choices[chosen]}. The answer is {choices[right]}. Go through it one step at a time:"
    )
    steps = [start, *(part for part in SENTENCE_END.split(explanation.strip()) if part)]
    if similar is not None:
        prompt, answer, way = similar
        steps.append(f"Now one like it. {prompt} Cover the next line and try it first.")
        steps.append(f"The answer is {answer}. {way}")
    return steps
