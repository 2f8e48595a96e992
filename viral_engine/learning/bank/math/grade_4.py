"""Grade 4: factors and multiples, big multiplication, angles, fractions."""

import math
from fractions import Fraction
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

ANGLES = {"acute": 1, "right": 2, "obtuse": 3, "straight": 4}
PRIMES = (11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)


# -- Factors and multiples ------------------------------------------------------------------------
def a_factor(rng: Random, scale: int) -> Item:
    a, b = rng.randint(3, 6 + 2 * scale), rng.randint(3, 6 + 2 * scale)
    value = a * b
    others = [one for one in range(2, 15) if value % one]
    steps = [f"A factor divides {value} without a rest.", f"{value} / {a} = {b}."]
    prompt = rng.choice([f"Which number is a factor of {value}?", f"Which number divides {value} without a rest?"])
    return choice(prompt, a, rng.sample(others, 3), steps, f"{value} % x == 0", "Try to divide by each one.")


def a_multiple(rng: Random, scale: int) -> Item:
    a, b = rng.randint(3, 6 + 2 * scale), rng.randint(3, 9)
    steps = [f"Count by {a}: {a}, {2 * a}, {3 * a} and so on.", f"{b} * {a} = {a * b}."]
    mistakes = [a * b + 1, a * b - 1, a * b + a - 1 if a > 2 else a * b + 3]
    prompt = rng.choice(
        [f"Which number is a multiple of {a}?", f"{name(rng)} counts by {a} from 0. Which number comes up?"]
    )
    return choice(prompt, a * b, mistakes, steps, f"x % {a} == 0", f"It is in the {a} times table.")


def common_factor(rng: Random, scale: int) -> Item:
    g = rng.randint(2, 5 + 2 * scale)
    a, b = rng.sample(range(2, 8), 2)
    g *= math.gcd(a, b)
    a, b = a // math.gcd(a, b) * g, b // math.gcd(a, b) * g
    (one, two), what, other = two_names(rng), thing(rng), "flowers"
    prompt = rng.choice(
        [
            f"What is the greatest common factor of {a} and {b}?",
            f"{one} has {a} {what} and {two} has {b} {other}. They make equal sets with nothing left over. What is the "
            "largest number of sets?",
        ]
    )
    steps = [f"{a} = {a // g} * {g} and {b} = {b // g} * {g}.", f"No larger number divides both, so it is {g}."]
    claim = f"x == gcd({a}, {b})"
    return number(
        prompt,
        g,
        [2 * g, 1, a * b // g, min(a, b)],
        steps,
        claim,
        "List the factors of the smaller number, largest first.",
    )


def common_multiple(rng: Random, scale: int) -> Item:
    a, b = rng.sample(range(2, 6 + 2 * scale), 2)
    right = math.lcm(a, b)
    prompt = rng.choice(
        [
            f"What is the least common multiple of {a} and {b}?",
            f"One light blinks every {a} seconds, another every {b} seconds. They just blinked together. After how many "
            "seconds do they blink together again?",
        ]
    )
    steps = [
        f"Multiples of {max(a, b)}: {max(a, b)}, {2 * max(a, b)}, {3 * max(a, b)} ...",
        f"The first that {min(a, b)} divides is {right}.",
    ]
    mistakes = [a * b if right != a * b else 2 * a * b, a + b, math.gcd(a, b), max(a, b)]
    return number(prompt, right, mistakes, steps, f"x == lcm({a}, {b})", "Count up by the larger number.")


def a_prime(rng: Random, _: int) -> Item:
    right = rng.choice(PRIMES)
    wrong = rng.sample([one for one in range(9, 99) if one % 2 and one not in PRIMES], 3)
    smallest = next(one for one in range(2, 99) if wrong[0] % one == 0)
    steps = [
        f"{wrong[0]} = {smallest} * {wrong[0] // smallest}, so it is not prime.",
        f"Only 1 and {right} divide {right}.",
    ]
    prompt = (
        rng.choice(["Which number is prime?", f"{name(rng)} looks for a prime number. Which one is it?"])
        + f" ({', '.join(map(str, sorted([right, *wrong])))})"
    )
    return choice(prompt, right, wrong, steps, "is_prime(x)", "Try to divide by 3, 5 and 7.")


def prime_product(rng: Random, _: int) -> Item:
    a, b = rng.choice([2, 3, 5]), rng.choice([2, 3, 5, 7])
    c = rng.choice([3, 5, 7, 11])
    value = a * b * c
    prompt = f"Fill the gap to finish the prime factors: {value} = {a} * {b} * ___"
    steps = [f"{a} * {b} = {a * b}.", f"{value} / {a * b} = {c}."]
    return fill(
        prompt,
        c,
        [value // a, c + 2, a * b],
        steps,
        f"{a} * {b} * x == {value}",
        f"Divide {value} by {a}, then by {b}.",
    )


# -- Big multiplication ---------------------------------------------------------------------------
def big_product(rng: Random, scale: int) -> Item:
    a, b = rng.randint(12, 30 * scale + 9), rng.randint(3, 9) if scale == 1 else rng.randint(11, 29)
    (one, _), what = two_names(rng), thing(rng)
    prompt = rng.choice(
        [
            f"What is {a} * {b}?",
            f"{one} packs {b} boxes with {a} {what} each. How many {what} is that?",
            f"A hall has {b} rows of {a} seats. How many seats are there?",
        ]
    )
    tens = a - a % 10
    steps = [f"{tens} * {b} = {tens * b} and {a % 10} * {b} = {a % 10 * b}.", f"{tens * b} + {a % 10 * b} = {a * b}."]
    return number(
        prompt,
        a * b,
        [a * b + 10, tens * b + a % 10, a * b - b],
        steps,
        f"x == {a} * {b}",
        "Split the first number into tens and ones.",
    )


def split_product(rng: Random, _: int) -> Item:
    a, b = rng.randint(13, 98), rng.randint(3, 9)
    tens, ones = a - a % 10, a % 10 or 4
    a = tens + ones
    steps = [f"{a} = {tens} + {ones}.", f"So {a} * {b} = {tens} * {b} + {ones} * {b}."]
    return fill(
        f"{a} * {b} = {tens} * {b} + ___ * {b}",
        ones,
        [tens, b, ones + 1],
        steps,
        f"{a} * {b} == {tens} * {b} + x * {b}",
        "What is left when you take away the tens?",
    )


def estimate(rng: Random, _: int) -> Item:
    tens, b, off = 10 * rng.randint(2, 9), rng.randint(3, 9), rng.choice([-2, -1, 1, 2])
    a = tens + off
    prompt = f"Which is the best estimate of {a} * {b}?"
    steps = [f"{a} is close to {tens}.", f"{tens} * {b} = {tens * b}."]
    claim = f"abs(x - {a} * {b}) <= {2 * b}"
    return choice(
        prompt,
        tens * b,
        [tens * b * 10, tens + b, (tens + 20) * b, (tens - 10) * b // 2],
        steps,
        claim,
        "Round to the nearest ten first.",
    )


def zeros(rng: Random, _: int) -> Item:
    a, b, k = rng.randint(2, 12), rng.randint(2, 9), rng.choice([10, 100])
    prompt = f"What is {a * 10} * {b * k}?"
    right = a * 10 * b * k
    steps = [f"{a} * {b} = {a * b}.", f"Then times 10 and times {k}: {right}."]
    return number(
        prompt,
        right,
        [right // 10, right * 10, (a + b) * 10 * k],
        steps,
        f"x == {10 * a} * {b * k}",
        "Multiply the first digits, then count the zeros.",
    )


def tickets(rng: Random, _: int) -> Item:
    a, b, price, less = rng.randint(12, 35), rng.randint(11, 35), rng.randint(6, 15), rng.randint(3, 5)
    prompt = f"A show sells {a} adult tickets at ${price} and {b} child tickets at ${less}. How many dollars is that?"
    right = a * price + b * less
    steps = [
        f"Adults: {a} * {price} = {a * price}. Children: {b} * {less} = {b * less}.",
        f"{a * price} + {b * less} = {right}.",
    ]
    return number(
        prompt,
        right,
        [(a + b) * (price + less), a * price, right + 100],
        steps,
        f"x == {a}*{price} + {b}*{less}",
        "Work out both parts, then add.",
    )


def big_in_order(rng: Random, _: int) -> Item:
    pairs = [(rng.randint(11, 49), rng.randint(11, 29)) for _ in range(4)]
    return order(rising(rng, "products"), [(f"{a} * {b}", a * b) for a, b in pairs], "Estimate first.")


# -- Angles ---------------------------------------------------------------------------------------
def name_angle(rng: Random, _: int) -> Item:
    degrees = rng.choice([rng.randint(10, 88), rng.randint(92, 178), 90, 180])
    right = "right" if degrees == 90 else "straight" if degrees == 180 else "acute" if degrees < 90 else "obtuse"
    prompt = rng.choice(
        [
            f"What do we call an angle of {degrees} degrees?",
            f"{name(rng)} measures an angle of {degrees} degrees. Which kind is it?",
        ]
    )
    steps = [
        "Acute is below 90 degrees, right is 90, obtuse is between 90 and 180, straight is 180.",
        f"{degrees} degrees is {right}.",
    ]
    claim = f"x == 1 + ({degrees} >= 90) + ({degrees} > 90) + ({degrees} == 180)"
    return choice(
        prompt, right, list(ANGLES), steps, claim, "Compare it with the corner of a page, 90 degrees.", ANGLES
    )


def rest_of(rng: Random, scale: int) -> Item:
    whole, what = rng.choice([(90, "a right angle"), (180, "a straight line"), (360, "a full turn")][: scale + 1])
    a = rng.randint(15, whole - 15)
    prompt = f"Two angles together make {what}. One has {a} degrees. How many degrees has the other?"
    steps = [f"{what.capitalize()} has {whole} degrees.", f"{whole} - {a} = {whole - a}."]
    return number(
        prompt,
        whole - a,
        [abs(180 - a) if whole != 180 else 90, whole + a, whole - a + 10],
        steps,
        f"{a} + x == {whole}",
        "How many degrees do both have together?",
    )


def third_angle(rng: Random, _: int) -> Item:
    a, b = rng.randint(25, 85), rng.randint(25, 85)
    prompt = f"Three angles lie on a straight line. Two have {a} and {b} degrees. How many degrees has the third?"
    steps = ["A straight line has 180 degrees.", f"180 - {a} - {b} = {180 - a - b}."]
    return number(
        prompt,
        180 - a - b,
        [360 - a - b, a + b, 190 - a - b],
        steps,
        f"x + {a} + {b} == 180",
        "All three together make 180 degrees.",
    )


def turn(rng: Random, scale: int) -> Item:
    d = rng.choice([2, 3, 4, 5, 6, 8, 9, 10, 12])
    n = 1 if scale == 1 else rng.randint(1, d - 1)
    who = name(rng)
    prompt = f"{who} makes {n}/{d} of a full turn. How many degrees is that?"
    steps = [f"A full turn is 360 degrees. 360 / {d} = {360 // d}.", f"{n} * {360 // d} = {n * 360 // d}."]
    return number(
        prompt,
        n * 360 // d,
        [180 * n // d, 360 - n * 360 // d, 360 // d + n],
        steps,
        f"x == {n}/{d} * 360",
        "A full turn has 360 degrees.",
    )


def equal_angles(rng: Random, _: int) -> Item:
    whole, count = rng.choice(
        [
            (90, 2),
            (90, 3),
            (90, 5),
            (90, 6),
            (180, 4),
            (180, 5),
            (180, 6),
            (180, 9),
            (360, 5),
            (360, 8),
            (360, 9),
            (360, 12),
        ]
    )
    word = {90: "A right angle", 180: "A straight angle", 360: "A full turn"}[whole]
    prompt = f"{word} is cut into {count} equal angles. Each has ___ degrees."
    steps = [f"{word} has {whole} degrees.", f"{whole} / {count} = {whole // count}."]
    return fill(
        prompt,
        Fraction(whole, count),
        [whole - count, whole // count + 5, 360 // count if whole != 360 else 180 // count],
        steps,
        f"x * {count} == {whole}",
        "Divide the whole angle.",
    )


def angles_in_order(rng: Random, _: int) -> Item:
    chosen = rng.sample([15, 25, 35, 50, 65, 75, 90, 100, 110, 135, 150, 170, 180, 200, 270, 300, 330, 360], 4)
    hint = "A right angle has 90 degrees, a full turn 360."
    return order(rising(rng, "angles"), [(f"{one} degrees", one) for one in chosen], hint)


SKILLS = (
    SkillPlan(
        "factors-and-multiples", "Factors and multiples", 4, (a_factor, a_multiple), (common_factor, a_factor, a_prime, common_multiple),
        (common_factor, common_multiple, prime_product),
    ),
    SkillPlan(
        "big-multiplication", "Big multiplication", 4, (big_product, split_product), (zeros, estimate, big_product),
        (tickets, big_product, big_in_order),
    ),
    SkillPlan(
        "angles", "Angles", 4, (name_angle, rest_of, equal_angles), (turn, rest_of, third_angle), (turn, third_angle, angles_in_order, rest_of),
    ),
)  # fmt: skip
