"""Grade 1: adding, subtracting, counting."""

from random import Random

from viral_engine.learning.bank.math.items import (
    Item,
    SkillPlan,
    choice,
    fill,
    name,
    number,
    order,
    rising,
    thing,
    two_names,
)

SIGNS = {"<": -1, "=": 0, ">": 1}


# -- Adding to 20 ---------------------------------------------------------------------------------
def add_story(rng: Random, scale: int) -> Item:
    a, b, who, what = rng.randint(2, 5 + 2 * scale), rng.randint(1, 5 + scale), name(rng), thing(rng)
    story = rng.choice(
        [
            f"{who} has {a} {what} and finds {b} more. How many {what} does {who} have now?",
            f"There are {a} {what} on the table. {who} puts {b} more there. How many {what} are on the table now?",
            f"{who} counts {a} red {what} and {b} blue {what}. How many {what} are there in all?",
        ]
    )
    steps = [f"Start at {a} and count on {b} more.", f"{a} + {b} = {a + b}."]
    return number(
        story, a + b, [abs(a - b), a + b + 1, a + b - 1], steps, f"x == {a} + {b}", "Put the two groups together."
    )


def add_gap(rng: Random, scale: int) -> Item:
    a, b = rng.randint(1, 6 + 2 * scale), rng.randint(1, 9)
    steps = [f"Start at {a}.", f"Count on {b}: you reach {a + b}."]
    hint = "Start with the larger number, and count on."
    return fill(f"{a} + {b} = ___", a + b, [a + b + 1, a + b - 1, abs(a - b)], steps, f"x == {a} + {b}", hint)


def add_missing(rng: Random, _: int) -> Item:
    a, b = rng.randint(2, 11), rng.randint(2, 9)
    steps = [f"Count on from {a} to {a + b}.", f"That is {b} steps, so {a} + {b} = {a + b}."]
    hint = f"How far is it from {a} to {a + b}?"
    return fill(f"{a} + ___ = {a + b}", b, [2 * a + b, b + 1, b - 1], steps, f"{a} + x == {a + b}", hint)


def add_three(rng: Random, _: int) -> Item:
    a, b, c = (rng.randint(1, 6) for _ in range(3))
    steps = [f"First {a} + {b} = {a + b}.", f"Then {a + b} + {c} = {a + b + c}."]
    hint = "Add two of them first. Two that make ten are easy."
    return number(
        f"What is {a} + {b} + {c}?", a + b + c, [a + b, b + c, a + b + c + 1], steps, f"x == {a} + {b} + {c}", hint
    )


def make_twenty(rng: Random, _: int) -> Item:
    goal, who, what = rng.choice([10, 15, 20]), name(rng), thing(rng)
    have = rng.randint(2, goal - 2)
    prompt = f"{who} has {have} {what} and wants {goal}. How many more does {who} need?"
    steps = [f"Count on from {have} to {goal}.", f"{have} + {goal - have} = {goal}."]
    return number(
        prompt, goal - have, [goal + have, goal - have + 1], steps, f"{have} + x == {goal}", f"Count from {have} up."
    )


def sums_in_order(rng: Random, _: int) -> Item:
    pairs = [(rng.randint(1, 10), rng.randint(1, 9)) for _ in range(4)]
    hint = "Work out each sum first."
    return order(rising(rng, "sums"), [(f"{a} + {b}", a + b) for a, b in pairs], hint)


def which_sum(rng: Random, _: int) -> Item:
    total = rng.randint(9, 18)
    firsts = rng.sample(range(2, total - 1), 4)
    right = f"{firsts[0]} + {total - firsts[0]}"
    wrong = [
        f"{a} + {total - a + step}" for a, step in zip(firsts[1:], (1, -1, 2), strict=True) if total - a + step > 0
    ]
    steps = [f"Work out each sum and look for {total}.", f"{right} = {total}."]
    return choice(f"Which sum makes {total}?", right, wrong, steps, f"x == {total}", "Work out one sum at a time.")


# -- Subtracting to 20 ----------------------------------------------------------------------------
def take_story(rng: Random, scale: int) -> Item:
    a, who, what = rng.randint(6, 10 + 3 * scale), name(rng), thing(rng)
    b = rng.randint(1, a - 2)
    story = rng.choice(
        [
            f"{who} has {a} {what} and gives away {b}. How many {what} are left?",
            f"There are {a} {what} in a box. {who} takes {b} out. How many stay in the box?",
            f"{who} had {a} {what} and lost {b}. How many {what} does {who} still have?",
        ]
    )
    steps = [f"Start at {a} and count back {b}.", f"{a} - {b} = {a - b}."]
    return number(
        story,
        a - b,
        [a + b, a - b + 1, a - b - 1],
        steps,
        f"x == {a} - {b}",
        "Some go away, so the number gets smaller.",
    )


def take_gap(rng: Random, scale: int) -> Item:
    a = rng.randint(5, 12 + 2 * scale)
    b = rng.randint(1, a - 1)
    steps = [f"Count back {b} from {a}.", f"You reach {a - b}."]
    return fill(
        f"{a} - {b} = ___",
        a - b,
        [a + b, a - b + 1, b + 1],
        steps,
        f"x == {a} - {b}",
        f"What do you add to {b} to get {a}?",
    )


def how_many_more(rng: Random, _: int) -> Item:
    (one, two), what = two_names(rng), thing(rng)
    b = rng.randint(2, 9)
    a = b + rng.randint(1, 9)
    prompt = f"{one} has {a} {what}. {two} has {b}. How many more {what} does {one} have?"
    steps = [f"The difference is what you add to {b} to get {a}.", f"{a} - {b} = {a - b}."]
    return number(
        prompt, a - b, [a + b, a, b], steps, f"{b} + x == {a}", "Match them one to one. How many have no partner?"
    )


def take_missing(rng: Random, _: int) -> Item:
    a = rng.randint(8, 19)
    b = rng.randint(2, a - 2)
    steps = [f"From {a} down to {a - b} are {b} steps.", f"{a} - {b} = {a - b}."]
    hint = f"How many steps back is it from {a} to {a - b}?"
    return fill(f"{a} - ___ = {a - b}", b, [2 * a - b, b + 1, b - 1], steps, f"{a} - x == {a - b}", hint)


def give_twice(rng: Random, _: int) -> Item:
    a, b, c, who, what = rng.randint(12, 20), rng.randint(2, 5), rng.randint(2, 5), name(rng), thing(rng)
    prompt = f"{who} has {a} {what}, gives {b} to a friend and {c} to a cousin. How many {what} are left?"
    steps = [f"After the friend: {a} - {b} = {a - b}.", f"After the cousin: {a - b} - {c} = {a - b - c}."]
    return number(
        prompt,
        a - b - c,
        [a - b, a - b + c, a + b + c],
        steps,
        f"x == {a} - {b} - {c}",
        "Take away one gift at a time.",
    )


def which_difference(rng: Random, _: int) -> Item:
    left, takes = rng.randint(3, 9), rng.sample(range(2, 9), 4)
    right = f"{left + takes[0]} - {takes[0]}"
    wrong = [f"{left + take + step} - {take}" for take, step in zip(takes[1:], (1, -1, 2), strict=True)]
    steps = [f"Work out each one and look for {left}.", f"{right} = {left}."]
    return choice(f"Which one leaves {left}?", right, wrong, steps, f"x == {left}", "Work out one at a time.")


def differences_in_order(rng: Random, _: int) -> Item:
    pairs = [(rng.randint(9, 19), rng.randint(1, 8)) for _ in range(4)]
    prompt = rising(rng, "results")
    return order(prompt, [(f"{a} - {b}", a - b) for a, b in pairs], "Work out each one first.")


# -- Counting and comparing -----------------------------------------------------------------------
def comes_next(rng: Random, scale: int) -> Item:
    number_, step, word = rng.randint(9, 30 * scale + 8), *rng.choice([(1, "after"), (-1, "before")])
    prompt = f"Which number comes right {word} {number_}?"
    steps = [
        f"Right {word} means one {'more' if step > 0 else 'less'}.",
        f"{number_} {'+' if step > 0 else '-'} 1 = {number_ + step}.",
    ]
    mistakes = [number_ - step, number_ + 10 * step, number_ + 2 * step]
    return number(
        prompt, number_ + step, mistakes, steps, f"x == {number_} + {step}", "Say the numbers aloud in order."
    )


def skip_count(rng: Random, scale: int) -> Item:
    step = rng.choice([2, 5, 10]) if scale == 1 else rng.choice([2, 3, 4, 5])
    start = step * rng.randint(1, 5 * scale)
    shown = ", ".join(str(start + step * place) for place in range(3))
    right = start + 3 * step
    steps = [f"The numbers grow by {step}.", f"{right - step} + {step} = {right}."]
    mistakes = [right + step, right - step + 1, right + 1]
    return fill(
        f"{shown}, ___",
        right,
        mistakes,
        steps,
        f"x - {right - step} == {start + step} - {start}",
        "How much is added each time?",
    )


def compare(rng: Random, scale: int) -> Item:
    a, b = rng.randint(5, 30 * scale + 9), rng.randint(5, 30 * scale + 9)
    sign = "<" if a < b else ">" if a > b else "="
    prompt = f"Which sign belongs in the gap? {a} ___ {b}"
    steps = ["The open side of the sign faces the larger number.", f"{a} {sign} {b}."]
    return choice(
        prompt, sign, ["<", ">", "=", "+"], steps, f"x == sign({a} - {b})", "Which number is larger?", SIGNS | {"+": 9}
    )


def tens_and_ones(rng: Random, _: int) -> Item:
    tens, ones = rng.sample(range(1, 10), 2)
    prompt = rng.choice(
        [
            f"Which number has {tens} tens and {ones} ones?",
            f"{name(rng)} has {tens} bundles of ten sticks and {ones} single sticks. How many sticks are there?",
        ]
    )
    right = 10 * tens + ones
    steps = [f"{tens} tens are {10 * tens}.", f"{10 * tens} + {ones} = {right}."]
    return number(
        prompt, right, [10 * ones + tens, tens + ones, right + 10], steps, f"x == 10*{tens} + {ones}", "One ten is 10."
    )


def in_between(rng: Random, scale: int) -> Item:
    low = rng.randint(10, 25 * scale)
    high = low + rng.randint(3, 6)
    inside = rng.randint(low + 1, high - 1)
    steps = [f"It must be more than {low} and less than {high}.", f"{inside} is."]
    mistakes = [low - 1, high + 1, high + 10, low - 2]
    prompt = f"Which number is between {low} and {high}?"
    return choice(prompt, inside, mistakes, steps, f"{low} < x < {high}", f"Count on from {low}.")


def numbers_in_order(rng: Random, scale: int) -> Item:
    numbers = rng.sample(range(4, 33 * scale), 4)
    hint = "Look at the tens first."
    return order(rising(rng, "numbers"), [(str(one), one) for one in numbers], hint)


def fewer(rng: Random, _: int) -> Item:
    (one, two), what = two_names(rng), thing(rng)
    a, b = rng.randint(12, 60), rng.randint(2, 9)
    word, sign = rng.choice([("more", 1), ("fewer", -1)])
    prompt = f"{one} has {a} {what}. {two} has {b} {word}. How many {what} does {two} have?"
    steps = [f"{b} {word} than {a}.", f"{a} {'+' if sign > 0 else '-'} {b} = {a + sign * b}."]
    mistakes = [a - sign * b, a + sign * b + 1, b]
    return number(
        prompt,
        a + sign * b,
        mistakes,
        steps,
        f"x == {a} + {sign * b}",
        f"Is {two}'s number larger or smaller than {a}?",
    )


SKILLS = (
    SkillPlan(
        "adding-to-20", "Adding to 20", 1, (add_story, add_gap, add_three), (add_missing, add_story, make_twenty, add_three),
        (sums_in_order, which_sum, make_twenty, add_missing),
    ),
    SkillPlan(
        "subtracting-to-20", "Subtracting to 20", 1, (take_story, take_gap), (how_many_more, take_missing, take_story),
        (give_twice, which_difference, differences_in_order),
    ),
    SkillPlan(
        "counting", "Counting and comparing", 1, (comes_next, skip_count, compare), (tens_and_ones, compare, numbers_in_order),
        (in_between, fewer, skip_count, numbers_in_order),
    ),
)  # fmt: skip
