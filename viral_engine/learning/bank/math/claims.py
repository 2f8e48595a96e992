"""Decide by exact arithmetic whether a candidate answer is right, from the question's claim alone.

A claim is a formula about the candidate `x`, such as "3*x + 4 == 19". It is evaluated with fractions, never with floats,
and without Python's `eval`.
"""

import ast
import math
import operator
import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

Number = Fraction
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
MAX_EXPONENT = 1000
UNITS: dict[str, Fraction | int] = {"km": 1000, "m": 1, "cm": Fraction(1, 100), "kg": 1000, "g": 1}


class ClaimError(Exception):
    """A claim or a choice that the checker cannot read."""


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or abs(exponent) > MAX_EXPONENT or (base == 0 and exponent < 0):
        raise ClaimError("a power that is no fraction")
    return Fraction(base) ** int(exponent)


def _whole(function: Callable[..., int]) -> Callable[..., Fraction]:
    def exact(*values: Fraction) -> Fraction:
        if any(value.denominator != 1 or value < 0 for value in values):
            raise ClaimError("a whole number was expected")
        return Fraction(function(*(int(value) for value in values)))

    return exact


def _median(*values: Fraction) -> Fraction:
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _is_prime(value: Fraction) -> Fraction:
    whole = int(value)
    is_prime = value == whole > 1 and all(whole % small for small in range(2, math.isqrt(whole) + 1))
    return Fraction(is_prime)


FUNCTIONS: dict[str, Callable[..., Fraction]] = {
    "gcd": _whole(math.gcd),
    "lcm": _whole(math.lcm),
    "comb": _whole(math.comb),
    "perm": _whole(math.perm),
    "factorial": _whole(math.factorial),
    "abs": abs,
    "min": min,
    "max": max,
    "floor": lambda value: Fraction(math.floor(value)),
    "ceil": lambda value: Fraction(math.ceil(value)),
    "median": _median,
    "is_prime": _is_prime,
    "sign": lambda value: Fraction((value > 0) - (value < 0)),
}
OPERATIONS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Fraction, Fraction], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def holds(claim: str, x: Fraction) -> bool:
    """Whether the claim is true of `x`. Raises  ClaimError for text that is no claim."""
    try:
        return bool(_value(_parsed(claim), x))
    except ZeroDivisionError:
        return False


def evaluate(expression: str, x: Fraction = Fraction(0)) -> Fraction:
    """The exact value of an arithmetic expression. Raises  ClaimError, ZeroDivisionError."""
    return Fraction(_value(_parsed(expression), x))


@lru_cache(maxsize=64)
def _parsed(formula: str) -> ast.expr:
    try:
        return ast.parse(formula, mode="eval").body
    except SyntaxError as error:
        raise ClaimError(formula) from error


def _value(node: ast.expr, x: Fraction) -> Fraction:
    match node:
        case ast.Constant(value=int(number)):
            return Fraction(number)
        case ast.Name(id="x"):
            return x
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner, x)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            return OPERATIONS[type(op)](_value(left, x), _value(right, x))
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in FUNCTIONS:
            return FUNCTIONS[name](*(_value(one, x) for one in arguments))
        case ast.Compare() | ast.BoolOp():
            return Fraction(_truth(node, x))
    raise ClaimError(ast.unparse(node))


def _truth(node: ast.expr, x: Fraction) -> bool:
    if isinstance(node, ast.BoolOp):
        parts = (_truth(part, x) for part in node.values)
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if isinstance(node, ast.Compare):
        values = [_value(part, x) for part in (node.left, *node.comparators)]
        pairs = zip(node.ops, values, values[1:], strict=False)
        return all(COMPARISONS[type(op)](left, right) for op, left, right in pairs)
    return bool(_value(node, x))


def as_expression(text: str) -> str:
    """A choice as a formula: "3x² − 4" becomes "3*x**2 - 4"."""  # noqa: RUF002
    plain = (
        text.replace("\N{MINUS SIGN}", "-").replace("\N{MULTIPLICATION SIGN}", "*").replace("\N{DIVISION SIGN}", "/")
    )
    plain = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda power: f"**({power[0].translate(SUPERSCRIPTS)})", plain)
    plain = plain.replace("$", "").replace(",", "").removeprefix("y = ")
    plain = re.sub(r" (?:to|of|for|in) ", "/", re.sub(r" (?:km|h|m)\b", "", plain))
    plain = re.sub(r"(?<=[\dx)])(?=[x(])", "*", plain)
    return re.sub(r"\d*\.\d+", lambda decimal: f"({Fraction(decimal[0])})", plain)


def value_of(text: str) -> Fraction:
    """The number that a choice names: "1/2", "−3", "35%", "$2.50", "7 + 5", "2 to 3", "1.2 km" or "3:45" in minutes.

    Raises  ClaimError.
    """  # noqa: RUF002
    if clock := re.fullmatch(r"(\d{1,2}):(\d\d)", text):
        return Fraction(60 * int(clock[1]) + int(clock[2]))
    if mixed := re.fullmatch(r"(\d+) (\d+/\d+)", text):
        return int(mixed[1]) + Fraction(mixed[2])
    if measured := re.fullmatch(r"([\d.]+) (km|m|cm|kg|g)", text):
        return Fraction(measured[1]) * UNITS[measured[2]]
    try:
        return evaluate(as_expression(re.sub(r"%$| (?!to )[a-z]+\.?$", "", text)).strip())
    except ZeroDivisionError as error:
        raise ClaimError(text) from error
