"""Every card, with plain, unusual and empty text."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageChops

from loops.media.cards import badge, board, challenge, leaderboard, progress, rally, rescue, tutor
from loops.media.paper import CARD, Palette, background

ROWS = tuple(board.BoardRow(n, name, f"{99 - n}%", n == 2) for n, name in enumerate(("Ada L.", "Bo", "", "Dee"), 1))
FIGURES = tuple(progress.Figure(str(n), "days") for n in range(3))
Case = tuple[Callable[[Any], bytes], Any, Palette]
CASES: dict[str, Case] = {
    "challenge": (
        challenge.draw_challenge_card,
        challenge.ChallengeCard("Ada", 80, "Algebra", "Brightside"),
        challenge.PALETTE,
    ),
    "rally": (rally.draw_rally_card, rally.RallyCard(2, 28, "Math", ROWS, "Brightside"), rally.PALETTE),
    "leaderboard": (
        leaderboard.draw_leaderboard_card,
        leaderboard.LeaderboardCard("Top of Algebra", "This week", ROWS, "Brightside"),
        leaderboard.PALETTE,
    ),
    "progress": (
        progress.draw_progress_card,
        progress.ProgressCard("A good week", FIGURES, "Brightside", child="Ada"),
        progress.PALETTE,
    ),
    "tutor": (
        tutor.draw_tutor_card,
        tutor.TutorCard("Cy R.", "Algebra", "Brightside", quote="Fractions clicked."),
        tutor.PALETTE,
    ),
    "rescue": (rescue.draw_rescue_card, rescue.RescueCard("Ada", 12, "Algebra", "Brightside"), rescue.PALETTE),
    "badge": (badge.draw_badge_card, badge.BadgeCard("Bo", "Master", "10 rounds", "Brightside"), badge.PALETTE),
}
every_card = pytest.mark.parametrize(("draw", "card", "theme"), CASES.values(), ids=CASES)

WILD = {
    "endless": "Maximiliane von und zu " * 200,
    "one word": "W" * 30_000,
    "emoji": "\N{FIRE}\N{PARTY POPPER}" * 40,
    "right to left": "\N{RIGHT-TO-LEFT OVERRIDE}\N{HEBREW LETTER ALEF}\N{ARABIC LETTER BEH}" * 40,
    "stacked": "A" + "\N{COMBINING ACUTE ACCENT}" * 500,
    "control": "Ada\x00\x1b\n\t\udc80 Bo",
    "empty": "",
    "markup": "<svg onload=x> file:///etc/passwd",
}


def opened(png: bytes) -> Image.Image:
    image = Image.open(BytesIO(png))
    image.load()
    return image


def filled_with(card: Any, words: str) -> Any:
    """Return the card with all its texts replaced, including those of rows and figures."""
    changed: dict[str, Any] = {}
    for field in fields(card):
        value = getattr(card, field.name)
        if isinstance(value, str) and field.name != "sign":
            changed[field.name] = words
        elif isinstance(value, tuple):
            changed[field.name] = tuple(filled_with(part, words) for part in value)
    return replace(card, **changed)


def text_changes(card: Any) -> Iterator[tuple[str, Any]]:
    for field in fields(card):
        value = getattr(card, field.name)
        if isinstance(value, str) and field.name != "sign":
            yield field.name, replace(card, **{field.name: value + "\N{LATIN SMALL LETTER E WITH DIAERESIS}"})
        elif isinstance(value, int):
            yield field.name, replace(card, **{field.name: value - 1})


@every_card
def test_a_card_is_a_png_of_1200_by_630_without_metadata(
    draw: Callable[[Any], bytes], card: Any, theme: Palette
) -> None:
    image = opened(draw(card))
    assert (image.format, image.size, image.info, dict(image.getexif())) == ("PNG", (1200, 630), {}, {})


@every_card
def test_the_same_card_is_the_same_bytes(draw: Callable[[Any], bytes], card: Any, theme: Palette) -> None:
    assert draw(card) == draw(replace(card))


@every_card
def test_every_text_and_number_changes_the_card(draw: Callable[[Any], bytes], card: Any, theme: Palette) -> None:
    plain = draw(card)
    unseen = [name for name, changed in text_changes(card) if draw(changed) == plain]
    assert unseen == []


@pytest.mark.parametrize("words", WILD.values(), ids=WILD)
@every_card
def test_nothing_is_drawn_near_the_edges(draw: Callable[[Any], bytes], card: Any, theme: Palette, words: str) -> None:
    image = opened(draw(filled_with(card, words)))
    box = ImageChops.difference(image, background(theme, CARD)).getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert left >= 60
    assert top >= 40
    assert right <= 1140
    assert bottom <= 600


@pytest.mark.parametrize("score", [-5, 0, 100, 10**6])
def test_a_score_stays_between_0_and_100(score: int) -> None:
    inside = challenge.ChallengeCard("Ada", min(100, max(0, score)), "Algebra", "Brightside")
    assert challenge.draw_challenge_card(replace(inside, score=score)) == challenge.draw_challenge_card(inside)


def test_a_name_that_cannot_be_drawn_is_neutral() -> None:
    card = challenge.ChallengeCard("\N{FIRE}", 80, "Algebra", "Brightside")
    neutral = replace(card, name="A friend")
    assert challenge.draw_challenge_card(card) == challenge.draw_challenge_card(neutral)


def test_only_the_first_rows_are_drawn() -> None:
    many = tuple(board.BoardRow(n, "Ada", "1%") for n in range(1, 60))
    card = rally.RallyCard(2, 60, "Math", many, "Brightside")
    assert rally.draw_rally_card(card) == rally.draw_rally_card(replace(card, rows=many[:5]))
    assert rally.draw_rally_card(replace(card, rows=())) != rally.draw_rally_card(card)


def test_a_badge_has_three_icons() -> None:
    card = badge.BadgeCard("Bo", "Master", "10 rounds", "Brightside")
    signs: tuple[badge.Sign, ...] = ("star", "flame", "trophy")
    assert len({badge.draw_badge_card(replace(card, sign=sign)) for sign in signs}) == 3
