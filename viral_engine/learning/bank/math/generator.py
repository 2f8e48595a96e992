"""Draw questions from templates with a seed, and prove that each has exactly one right answer."""

import hashlib
import random
from collections.abc import Container, Iterable, Iterator
from fractions import Fraction
from itertools import pairwise, permutations

from viral_engine.learning.bank.drafts import QuestionDraft
from viral_engine.learning.bank.math.claims import ClaimError, as_expression, evaluate, holds, value_of
from viral_engine.learning.bank.math.items import FILL, NUMBER, ORDER, Item, SkillPlan, Template, say, tidy
from viral_engine.learning.rules.answers import is_right_order, is_right_text

SEED = "2026"
CHOICES = 4
MAX_DRAWS = 400  # of one template for one question, before it counts as used up
NEAR = (1, -1, 2, 10, -2, -10, 3, 5)
SCALES = {"easy": 1, "medium": 2, "hard": 3}
PROBES = [*range(-12, 13), Fraction(1, 2), Fraction(-1, 2), Fraction(1, 3), 100, -100]


class TemplateExhausted(Exception):
    """A template has no new question left: it needs larger numbers or more stories."""


def write_skill(plan: SkillPlan, levels: Iterable[tuple[str, int]], seed: str = SEED) -> Iterator[QuestionDraft]:
    """Different, proven questions of a skill, so many of each level; the same ones for the same seed.

    Templates take turns, so that neighbors read differently. Raises  TemplateExhausted.
    """
    tasks: set[tuple[str, ...]] = set()
    for level, count in levels:
        rng = random.Random(f"{plan.slug}/{level}/{seed}")  # noqa: S311  (the bank must repeat, not be secret)
        templates = plan.templates(level)
        for place in range(count):
            draft = _draw(plan.slug, level, templates[place % len(templates)], rng, tasks)
            tasks.add(_task(draft))
            yield draft


def _draw(slug: str, level: str, template: Template, rng: random.Random, known: Container[object]) -> QuestionDraft:
    """A proven question that is not known yet. Raises  TemplateExhausted."""
    for _ in range(MAX_DRAWS):
        item = template(rng, SCALES[level])
        draft = draft_of(slug, level, item)
        if draft is not None and _task(draft) not in known and not faults(item, draft):
            return draft
    raise TemplateExhausted(f"{slug}/{level}/{template}")


def _task(draft: QuestionDraft) -> tuple[str, ...]:
    """Equal for two questions that ask the same."""
    return draft.accepts if draft.kind == ORDER else (draft.prompt,)


def draft_of(slug: str, level: str, item: Item) -> QuestionDraft | None:
    """The question with its four choices in a shuffled order; None where two mistakes were equal."""
    right = say(item.answer)
    wrong = list(dict.fromkeys(say(one) for one in (*item.mistakes, *_near(item.answer)) if say(one) != right))
    if len(wrong) < CHOICES - 1:
        return None
    prompt, steps = tidy(item.prompt), tuple(tidy(step) for step in item.steps)
    digest = hashlib.sha256("\n".join([prompt, right, *wrong[:3], *item.parts]).encode()).hexdigest()[:12]
    key = f"m.{slug}.{digest}"
    rng = random.Random(key)  # noqa: S311
    choices = [right, *wrong[: CHOICES - 1]]
    rng.shuffle(choices)
    parts = list(item.parts)
    while parts == list(item.parts) and parts:
        rng.shuffle(parts)
    return QuestionDraft(
        key=key,
        prompt=prompt,
        choices=tuple(choices),
        answer=choices.index(right),
        explanation=" ".join(steps),
        difficulty=level,
        kind=item.kind,
        parts=tuple(parts),
        accepts=item.parts or item.accepts,
        hints=(tidy(item.hint),),
        steps=steps,
    )


def _near(answer: object) -> Iterator[object]:
    """Numbers close to a number, to complete the choices."""
    if isinstance(answer, int | Fraction):
        yield from (answer + step for step in NEAR if answer <= 0 or answer + step > 0)


def faults(item: Item, draft: QuestionDraft) -> list[str]:
    """Reasons why a question has not exactly one right answer; empty where it is proved."""
    try:
        return list(_faults(item, draft))
    except ClaimError as error:
        return [f"{draft.prompt}: cannot read {error}"]


def _faults(item: Item, draft: QuestionDraft) -> Iterator[str]:
    if len(set(draft.choices)) != CHOICES:
        yield "two choices are the same"
    if item.kind == ORDER:
        yield from _order_faults(item, draft)
        return
    right = [text for text in draft.choices if _is_right(item, text)]
    if right != [draft.choices[draft.answer]]:
        yield f"{draft.prompt}: {item.claim} is true of {right}"
    if item.kind in {NUMBER, FILL}:
        accepted = [text for text in draft.choices if is_right_text(text, draft.choices[draft.answer], draft.accepts)]
        if accepted != right:
            yield f"{draft.prompt}: typing accepts {accepted}"
        if not item.values and any(_other_solutions(item)):
            yield f"{draft.prompt}: {item.claim} has several solutions"


def _order_faults(item: Item, draft: QuestionDraft) -> Iterator[str]:
    if item.claim:
        values = {part: evaluate(as_expression(part), Fraction(item.claim)) for part in draft.parts}
    else:
        values = {part: value_of(part) for part in draft.parts}
    orders = list(permutations(draft.parts))
    rising = [one for one in orders if all(values[a] < values[b] for a, b in pairwise(one))]
    if rising != [draft.accepts] or ", ".join(draft.accepts) != draft.choices[draft.answer]:
        yield f"{draft.prompt}: {len(rising)} orders are right"
    if [one for one in orders if is_right_order(one, draft.accepts)] != rising:
        yield f"{draft.prompt}: the judge accepts another order"


def _is_right(item: Item, text: str) -> bool:
    if item.claim.startswith("same "):
        return _is_same(as_expression(text), item.claim.removeprefix("same "))
    value = Fraction(item.values[text]) if text in item.values else value_of(text)
    return holds(item.claim, value)


def _is_same(text: str, expression: str) -> bool:
    """Whether two polynomials of degree below seven are equal: they agree at seven points."""
    return all(evaluate(text, Fraction(x)) == evaluate(expression, Fraction(x)) for x in range(-3, 4))


def _other_solutions(item: Item) -> Iterable[Fraction]:
    """Numbers around the right answer of which the claim is true, too."""
    answer = value_of(say(item.answer))
    for step in PROBES:
        if step and holds(item.claim, answer + step):
            yield answer + step
