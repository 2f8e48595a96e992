"""Threat 21: a link's code is random, a guess reads nothing, and who guesses is stopped."""

import re
from collections import Counter
from datetime import datetime

import pytest

from loops.core.links import create_link
from loops.rules.scoring import CODE_ALPHABET
from tests.factories import browser, counting, person, statements
from tests.factories import link_of as make_link

pytestmark = pytest.mark.django_db


def test_ten_thousand_guesses_are_stopped_before_the_hundredth(stopped_clock: None) -> None:
    guesser, statuses = browser(), []
    for number in range(100):
        code = "".join(CODE_ALPHABET[number // 10**place % 10] for place in range(8))
        statuses.append(guesser.get(f"/r/{code}.{number:016x}").status_code)
    assert statuses == [404] * 60 + [429] * 40


def test_a_guess_of_a_real_code_reads_like_a_guess_of_none(at: datetime) -> None:
    link, visitor = make_link(person("Ada"), at), browser()
    with counting() as captured:
        real, none = (visitor.get(f"/r/{code}.{'0' * 16}") for code in (link.code, "zzzzzzzz"))
    pages = {re.sub(rb"X-CSRFToken[^}]+", b"", page.content) for page in (real, none)}
    assert (real.status_code, none.status_code, len(pages)) == (404, 404, 1)
    assert [one for one in statements(captured) if "loops_link" in one] == []


def test_codes_use_their_alphabet_evenly(at: datetime) -> None:
    """Chi-square of 8,000 letters over the alphabet: below the 0.1% point of that many degrees of freedom."""
    ada = person("Ada")
    codes = [create_link(loop_name="buddy_challenge", referrer=ada, at=at).code for _ in range(1000)]
    seen, size = Counter("".join(codes)), len(CODE_ALPHABET)
    expected = 8000 / size
    chi_square = sum((seen[letter] - expected) ** 2 / expected for letter in CODE_ALPHABET)
    assert chi_square < size - 1 + 3.5 * (2 * (size - 1)) ** 0.5
    assert len(set(codes)) == 1000
