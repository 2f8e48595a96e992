"""Grade 6: algebra, percentages, integers, ratios, averages."""

import math
from fractions import Fraction
from random import Random

from viral_engine.learning.bank.math.items import Item, SkillPlan, choice, decimal, fill, name, number, order, two_names


# -- Ratios ---------------------------------------------------------------------------------------
def simple_ratio(rng: Random, _: int) -> Item:
    a, b = rng.choice([(2, 3), (3, 4), (1, 4), (2, 5), (3, 5), (5, 6), (1, 3), (4, 5)])
    k, (one, two) = (
        rng.randint(2, 6),
        rng.sample(["red beads", "blue beads", "cats", "dogs", "girls", "boys", "apples", "pears"], 2),
    )
    prompt = f"There are {a * k} {one} and {b * k} {two}. What is the ratio of {one} to {two}?"
    steps = [f"Divide both by {k}.", f"{a * k} to {b * k} is {a} to {b}."]
    return choice(
        prompt,
        f"{a} to {b}",
        [f"{b} to {a}", f"{a} to {a + b}", f"{a + 1} to {b}", f"{a} to {b + 2}"],
        steps,
        f"x == {a * k}/{b * k}",
        "Keep the order of the words.",
    )


def recipe(rng: Random, scale: int) -> Item:
    people, cups, k = rng.choice([2, 3, 4]), rng.randint(2, 4 + scale), rng.randint(2, 3 + scale)
    what = rng.choice(["cups of flour", "spoons of cocoa", "eggs", "cups of rice", "carrots"])
    prompt = f"A recipe for {people} people needs {cups} {what}. How many {what} do {people * k} people need?"
    steps = [f"{people * k} people are {k} times as many.", f"{k} * {cups} = {k * cups}."]
    return number(
        prompt,
        k * cups,
        [cups + people * k - people, cups * people, k + cups],
        steps,
        f"x / {people * k} == {cups}/{people}",
        "How many times as many people are there?",
    )


def unit_rate(rng: Random, _: int) -> Item:
    n, each = rng.randint(3, 9), rng.randint(2, 15)
    prompt = rng.choice(
        [
            f"{n} tickets cost ${n * each}. How many dollars does one ticket cost?",
            f"{name(rng)} types {n * each * 5} words in {n * 5} minutes. How many words is that per minute?",
            f"A car uses {n} liters for {n * each} km. How many km does it go on one liter?",
        ]
    )
    steps = ["Divide to find the amount for one.", f"The answer is {each}."]
    return number(
        prompt, each, [each + 1, n * each - n, n], steps, f"x * {n} == {n * each}", "How much belongs to one?"
    )


def equal_ratios(rng: Random, scale: int) -> Item:
    a, b, k = rng.randint(2, 5), rng.randint(2, 9), rng.randint(2, 4 + scale)
    b += a == b
    steps = [f"{a} becomes {a * k}: times {k}.", f"So {b} * {k} = {b * k}."]
    return fill(
        f"{a} to {b} is the same ratio as {a * k} to ___",
        b * k,
        [b + a * k - a, b + k, a * k],
        steps,
        f"{a * k} / x == {a}/{b}",
        f"What turns {a} into {a * k}?",
    )


def share_in_ratio(rng: Random, _: int) -> Item:
    a, b, k = rng.randint(1, 4), rng.randint(2, 6), rng.randint(2, 9)
    (one, two), total = two_names(rng), (a + b) * k
    prompt = f"{one} and {two} share ${total} in the ratio {a} to {b}. How many dollars does {one} get?"
    steps = [f"There are {a} + {b} = {a + b} parts, each {total} / {a + b} = {k}.", f"{one} gets {a} * {k} = {a * k}."]
    return number(
        prompt,
        a * k,
        [b * k if a != b else k, k, total // 2 + 1],
        steps,
        f"x / ({total} - x) == {a}/{b}",
        "How many parts are there together?",
    )


def prices_in_order(rng: Random, _: int) -> Item:
    rows = [(rng.randint(2, 9), rng.randint(6, 40)) for _ in range(4)]
    return order(
        "Put these offers in order, the cheapest piece first.",
        [(f"${p} for {n}", Fraction(p, n)) for n, p in rows],
        "Find the price of one piece.",
    )


# -- Averages -------------------------------------------------------------------------------------
def numbers_with_mean(rng: Random, count: int) -> list[int]:
    found = [rng.randint(2, 20) for _ in range(count - 1)]
    return [*found, count * math.ceil((sum(found) + 2) / count) - sum(found)]


def mean(rng: Random, scale: int) -> Item:
    numbers = numbers_with_mean(rng, 2 + scale)
    right, text = sum(numbers) // len(numbers), ", ".join(map(str, numbers))
    prompt = rng.choice(
        [
            f"What is the mean of {text}?",
            f"{name(rng)} scores {text} points. What is the mean?",
            f"On {len(numbers)} days it rained {text} mm. What is the mean per day?",
        ]
    )
    steps = [f"The sum is {sum(numbers)}.", f"{sum(numbers)} / {len(numbers)} = {right}."]
    return number(
        prompt,
        right,
        [sum(numbers), max(numbers) - min(numbers), right + 2],
        steps,
        f"x * {len(numbers)} == {'+'.join(map(str, numbers))}",
        "Share the sum equally.",
    )


def middle(rng: Random, scale: int) -> Item:
    numbers = rng.sample(range(3, 40), 3 if scale == 1 else 5 if scale == 2 else 6)
    ordered = sorted(numbers)
    half = len(ordered) // 2
    right = Fraction(ordered[half]) if len(ordered) % 2 else Fraction(ordered[half - 1] + ordered[half], 2)
    shown = decimal(right)
    answer = right if right.denominator == 1 else shown
    steps = [
        f"In order: {', '.join(map(str, ordered))}.",
        f"The middle is {shown}." if len(ordered) % 2 else f"Halfway between the middle two is {shown}.",
    ]
    mistakes = [str(numbers[half]), str(ordered[0]), str(ordered[-1]), str(ordered[half - 1]), str(ordered[-2])]
    return number(
        f"What is the median of {', '.join(map(str, numbers))}?",
        answer,
        mistakes,
        steps,
        f"x == median({', '.join(map(str, numbers))})",
        "Put the numbers in order first.",
    )


def spread(rng: Random, _: int) -> Item:
    numbers = rng.sample(range(5, 60), 5)
    right = max(numbers) - min(numbers)
    text = ", ".join(map(str, numbers))
    prompt = rng.choice(
        [f"What is the range of {text}?", f"The temperatures of a week were {text}. What is their range?"]
    )
    steps = [
        f"The largest is {max(numbers)}, the smallest {min(numbers)}.",
        f"{max(numbers)} - {min(numbers)} = {right}.",
    ]
    return number(
        prompt,
        right,
        [max(numbers), min(numbers), numbers[-1] + 60],
        steps,
        f"x == max({text}) - min({text})",
        "The range is the distance from smallest to largest.",
    )


def missing_value(rng: Random, _: int) -> Item:
    numbers = numbers_with_mean(rng, 4)
    average, known = sum(numbers) // 4, numbers[:3]
    text = ", ".join(map(str, known))
    prompt = f"The mean of four numbers is {average}. Three of them are {text}. The fourth is ___."
    steps = [f"All four add up to 4 * {average} = {4 * average}.", f"{4 * average} - {sum(known)} = {numbers[3]}."]
    return fill(
        prompt,
        numbers[3],
        [average, sum(known), numbers[3] + 4],
        steps,
        f"({'+'.join(map(str, known))} + x) / 4 == {average}",
        "What must all four add up to?",
    )


def changed_mean(rng: Random, _: int) -> Item:
    count, average, more = rng.randint(3, 6), rng.randint(6, 15), rng.randint(1, 6)
    new = average + more * (count + 1)
    prompt = f"The mean of {count} tests is {average} points. In the next test {name(rng)} gets {new}. What is the mean of all {count + 1}?"
    total = count * average + new
    steps = [
        f"The sum was {count} * {average} = {count * average}; now it is {total}.",
        f"{total} / {count + 1} = {total // (count + 1)}.",
    ]
    return number(
        prompt,
        total // (count + 1),
        [average, new, average + new],
        steps,
        f"x * {count + 1} == {count} * {average} + {new}",
        "Work with the sum, not with the mean.",
    )


def means_in_order(rng: Random, _: int) -> Item:
    rows = [(rng.randint(2, 20), rng.randint(2, 20), rng.randint(2, 20)) for _ in range(4)]
    texts = [(f"({a} + {b} + {c}) / 3", Fraction(a + b + c, 3)) for a, b, c in rows]
    return order(
        "These are means. Put them in order, the smallest first.", texts, "All are divided by 3: compare the sums."
    )


SKILLS = (
    SkillPlan(
        "ratios", "Ratios", 6, (simple_ratio, recipe, unit_rate), (equal_ratios, unit_rate, recipe), (share_in_ratio, prices_in_order, equal_ratios),
    ),
    SkillPlan(
        "averages", "Averages", 6, (mean, middle, spread), (mean, middle, spread, missing_value), (missing_value, changed_mean, middle, means_in_order),
    ),
)  # fmt: skip
