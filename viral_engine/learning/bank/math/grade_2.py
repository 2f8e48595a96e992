"""Grade 2: two-digit sums, time and coins, place value."""

from random import Random

from viral_engine.learning.bank.math.items import (
    Item,
    SkillPlan,
    choice,
    fill,
    money,
    name,
    number,
    order,
    rising,
    thing,
    two_names,
)

SIGNS = {"<": -1, "=": 0, ">": 1, "+": 9}
COINS = {"pennies": 1, "nickels": 5, "dimes": 10, "quarters": 25}
PLACES = (("ones", 1), ("tens", 10), ("hundreds", 100))


# -- Two-digit sums and differences ---------------------------------------------------------------
def sum_story(rng: Random, scale: int) -> Item:
    (one, two), what = two_names(rng), thing(rng)
    a, b = rng.randint(11, 20 + 12 * scale), rng.randint(11, 20 + 12 * scale)
    story = rng.choice(
        [
            f"{one} has {a} {what} and {two} has {b}. How many {what} do they have together?",
            f"{one} read {a} pages on Monday and {b} pages on Tuesday. How many pages is that?",
            f"A bus has {a} children. {b} more get on. How many children are on the bus?",
        ]
    )
    ones = a % 10 + b % 10
    steps = [
        f"Ones: {a % 10} + {b % 10} = {ones}.",
        f"Tens: {a - a % 10} + {b - b % 10} = {a + b - ones}.",
        f"Together {a + b}.",
    ]
    return number(
        story, a + b, [a + b - 10, a + b + 10, abs(a - b)], steps, f"x == {a} + {b}", "Add the ones, then the tens."
    )


def difference(rng: Random, scale: int) -> Item:
    a = rng.randint(30, 45 + 17 * scale)
    b = rng.randint(11, a - 10)
    who, what = name(rng), thing(rng)
    prompt = rng.choice(
        [
            f"What is {a} - {b}?",
            f"{who} had {a} {what} and gave away {b}. How many are left?",
            f"How much more is {a} than {b}?",
        ]
    )
    tens = b - b % 10
    steps = [f"Take the tens away: {a} - {tens} = {a - tens}.", f"Take the ones away: {a - tens} - {b % 10} = {a - b}."]
    return number(
        prompt,
        a - b,
        [a - b + 10, a + b, a - b - 10],
        steps,
        f"x + {b} == {a}",
        "Take away the tens first, then the ones.",
    )


def missing_part(rng: Random, _: int) -> Item:
    a, b = rng.randint(12, 48), rng.randint(12, 48)
    steps = [f"Subtract what you know: {a + b} - {a}.", f"{a + b} - {a} = {b}."]
    return fill(
        f"{a} + ___ = {a + b}", b, [2 * a + b, b + 10, b - 10], steps, f"{a} + x == {a + b}", f"Count up from {a}."
    )


def round_to_ten(rng: Random, _: int) -> Item:
    value = rng.randint(11, 99)
    right = (value + 5) // 10 * 10
    down = value // 10 * 10
    steps = [f"{value} lies between {down} and {down + 10}.", f"The nearest ten is {right}; a 5 goes up."]
    mistakes = [down if right != down else down + 10, right + 10, value + 1]
    claim = f"x % 10 == 0 and -5 <= {value} - x < 5"
    return number(
        f"Round {value} to the nearest ten.", right, mistakes, steps, claim, "Look at the ones: 5 or more goes up."
    )


def two_step(rng: Random, _: int) -> Item:
    who, what, a = name(rng), thing(rng), rng.randint(20, 60)
    b, c = rng.randint(10, 30), rng.randint(5, 19)
    prompt = f"{who} has {a} {what}, buys {b} more and gives {c} away. How many {what} does {who} have in the end?"
    steps = [f"After buying: {a} + {b} = {a + b}.", f"After giving: {a + b} - {c} = {a + b - c}."]
    return number(
        prompt, a + b - c, [a + b + c, a + b, a - b + c], steps, f"x == {a} + {b} - {c}", "Do one step, then the other."
    )


def sums_to_order(rng: Random, _: int) -> Item:
    pairs = [(rng.randint(12, 60), rng.randint(12, 38)) for _ in range(4)]
    return order(rising(rng, "sums"), [(f"{a} + {b}", a + b) for a, b in pairs], "Compare the tens.")


# -- Time and coins -------------------------------------------------------------------------------
def coin_count(rng: Random, scale: int) -> Item:
    (one, first), (two, second) = rng.sample(list(COINS.items()), 2)
    a, b = rng.randint(2, 4 + scale), rng.randint(2, 4 + scale)
    total = a * first + b * second
    prompt = f"{name(rng)} has {a} {one} and {b} {two}. How many cents is that?"
    steps = [f"{a} {one} are {a * first} cents, and {b} {two} are {b * second} cents.", f"Together {total} cents."]
    hint = "A penny is 1 cent, a nickel 5, a dime 10 and a quarter 25."
    return number(
        prompt, total, [a + b, a * second + b * first, total + 5], steps, f"x == {a}*{first} + {b}*{second}", hint
    )


def change(rng: Random, scale: int) -> Item:
    paid = rng.choice([100, 200, 500][: scale + 1])
    price = 5 * rng.randint(3, paid // 5 - 2)
    what = rng.choice(["a pencil", "an apple", "a notebook", "a balloon", "a muffin"])
    prompt = f"{name(rng)} buys {what} for {price} cents and pays with {money(paid)}. How many cents come back?"
    steps = [f"{money(paid)} are {paid} cents.", f"{paid} - {price} = {paid - price}."]
    return number(
        prompt,
        paid - price,
        [paid - price + 10, price, paid + price],
        steps,
        f"{price} + x == {paid}",
        "One dollar is 100 cents.",
    )


def clock(total: int) -> str:
    return f"{(total // 60 - 1) % 12 + 1}:{total % 60:02d}"


def later(rng: Random, scale: int) -> Item:
    start = 60 * rng.randint(1, 10) + 5 * rng.randint(0, 11)
    lasts = 5 * rng.randint(1, 5 * scale)
    end = start + lasts
    what = rng.choice(["A film", "Practice", "A game", "Art class", "The bus ride", "Lunch"])
    prompt = f"{what} starts at {clock(start)} and takes {lasts} minutes. When does it end?"
    to_hour = 60 - start % 60
    steps = [
        f"It is {to_hour} minutes to the next full hour.",
        f"{lasts} minutes after {clock(start)} it is {clock(end)}.",
    ]
    mistakes = [clock(end + 60), clock(end + 5), clock(end - 10), clock(end + 10)]
    return choice(prompt, clock(end), mistakes, steps, f"x == {start} + {lasts}", "One hour has 60 minutes.")


def how_long(rng: Random, _: int) -> Item:
    start, lasts = 60 * rng.randint(1, 10) + 5 * rng.randint(0, 11), 5 * rng.randint(3, 20)
    prompt = f"{name(rng)} reads from {clock(start)} to {clock(start + lasts)}. How many minutes is that?"
    steps = [
        "Count in fives, or jump to the full hour first.",
        f"From {clock(start)} to {clock(start + lasts)} are {lasts} minutes.",
    ]
    return number(
        prompt,
        lasts,
        [lasts + 10, lasts + 40, lasts - 10],
        steps,
        f"{start} + x == {start + lasts}",
        "Jump to the full hour first.",
    )


def times_in_order(rng: Random, _: int) -> Item:
    minutes = [60 * rng.randint(1, 10) + 5 * rng.randint(0, 11) for _ in range(4)]
    prompt = "All of these are in the afternoon. Put them in order, the earliest first."
    return order(prompt, [(clock(one), one) for one in minutes], "Look at the hour first, then at the minutes.")


def coins_for(rng: Random, _: int) -> Item:
    coin, worth = rng.choice([("nickels", 5), ("dimes", 10), ("quarters", 25)])
    count = rng.randint(3, 12)
    prompt = f"How many {coin} make {count * worth} cents? {count * worth} cents = ___ {coin}"
    steps = [f"Each is worth {worth} cents.", f"{count} * {worth} = {count * worth}."]
    return fill(
        prompt,
        count,
        [count + 1, count * worth, count + 2],
        steps,
        f"x * {worth} == {count * worth}",
        f"Count by {worth}.",
    )


# -- Place value ----------------------------------------------------------------------------------
def digit_value(rng: Random, _: int) -> Item:
    digits = rng.sample(range(1, 10), 3)
    value = 100 * digits[0] + 10 * digits[1] + digits[2]
    place = rng.randrange(3)
    digit, (word, worth) = digits[2 - place], PLACES[place]
    steps = [f"The {digit} stands in the {word} place.", f"{digit} {word} are {digit * worth}."]
    mistakes = [digit * other for _, other in PLACES if other != worth] + [value]
    claim = f"x == {digit} * {worth}"
    return number(
        f"What is the digit {digit} worth in {value}?",
        digit * worth,
        mistakes,
        steps,
        claim,
        "Hundreds, tens, ones: which place is it in?",
    )


def build(rng: Random, scale: int) -> Item:
    hundreds, tens, ones = rng.randint(1, 9), rng.randint(0, 9), rng.randint(0, 9)
    if scale == 1:
        tens, ones = tens or 4, ones or 6
    value = 100 * hundreds + 10 * tens + ones
    prompt = rng.choice(
        [
            f"{hundreds} hundreds, {tens} tens and {ones} ones make which number?",
            f"Write as one number: {100 * hundreds} + {10 * tens} + {ones}.",
        ]
    )
    steps = [f"Hundreds {hundreds}, tens {tens}, ones {ones}.", f"The number is {value}."]
    mistakes = [100 * hundreds + 10 * ones + tens, hundreds + tens + ones, value + 100]
    return number(
        prompt, value, mistakes, steps, f"x == 100*{hundreds} + 10*{tens} + {ones}", "Write the hundreds first."
    )


def expand(rng: Random, _: int) -> Item:
    hundreds, tens, ones = (rng.randint(1, 9) for _ in range(3))
    value = 100 * hundreds + 10 * tens + ones
    gap = rng.choice([(100 * hundreds, f"___ + {10 * tens} + {ones}"), (10 * tens, f"{100 * hundreds} + ___ + {ones}")])
    steps = ["Look which part is missing.", f"{value} = {100 * hundreds} + {10 * tens} + {ones}."]
    claim = f"x + {value - gap[0]} == {value}"
    return fill(
        f"{value} = {gap[1]}",
        gap[0],
        [gap[0] // 10, gap[0] * 10, gap[0] + 10],
        steps,
        claim,
        "Split it into hundreds, tens and ones.",
    )


def ten_more(rng: Random, _: int) -> Item:
    value, (step, word) = (
        rng.randint(120, 880),
        rng.choice([(10, "10 more"), (-10, "10 less"), (100, "100 more"), (-100, "100 less")]),
    )
    right = value + step
    steps = [f"Change only the {'tens' if abs(step) == 10 else 'hundreds'}.", f"{word} than {value} is {right}."]
    return number(
        f"What is {word} than {value}?",
        right,
        [value - step, value + step // 10, right + 1],
        steps,
        f"x == {value} + {step}",
        "Only one digit may change, unless it passes 9 or 0.",
    )


def compare_hundreds(rng: Random, _: int) -> Item:
    a = rng.randint(101, 989)
    b = rng.choice([int(str(a)[::-1]), a + rng.choice([-10, 10, 100, -90]), rng.randint(101, 989)])
    sign = "<" if a < b else ">" if a > b else "="
    steps = ["Compare the hundreds, then the tens, then the ones.", f"{a} {sign} {b}."]
    prompt = f"Which sign belongs in the gap? {a} ___ {b}"
    return choice(prompt, sign, ["<", ">", "=", "+"], steps, f"x == sign({a} - {b})", "Start with the hundreds.", SIGNS)


def order_hundreds(rng: Random, _: int) -> Item:
    digits = rng.sample(range(1, 10), 3)
    numbers = {int("".join(map(str, rng.sample(digits, 3)))) for _ in range(12)}
    chosen = rng.sample(sorted(numbers), 4) if len(numbers) >= 4 else [1, 1, 2, 3]
    return order(rising(rng, "numbers"), [(str(one), one) for one in chosen], "Compare the hundreds first.")


def round_to_hundred(rng: Random, _: int) -> Item:
    value = rng.randint(110, 940)
    right = (value + 50) // 100 * 100
    low = value // 100 * 100
    steps = [f"{value} lies between {low} and {low + 100}.", f"The nearest hundred is {right}."]
    claim = f"x % 100 == 0 and -50 <= {value} - x < 50"
    return number(
        f"Round {value} to the nearest hundred.",
        right,
        [low if right != low else low + 100, (value + 5) // 10 * 10, right + 100],
        steps,
        claim,
        "Look at the tens: 5 or more goes up.",
    )


SKILLS = (
    SkillPlan(
        "two-digit-sums", "Two-digit sums", 2, (sum_story, difference), (missing_part, sum_story, difference, round_to_ten),
        (two_step, sums_to_order, difference),
    ),
    SkillPlan(
        "time-and-coins", "Time and coins", 2, (coin_count, later, coins_for), (change, later, how_long, coin_count),
        (change, times_in_order, how_long),
    ),
    SkillPlan(
        "place-value", "Place value", 2, (build, digit_value, expand), (ten_more, compare_hundreds, digit_value, build),
        (round_to_hundred, order_hundreds, ten_more),
    ),
)  # fmt: skip
