"""Every card, with plain, unusual and empty text."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from io import BytesIO
from typing import Any
from unittest.mock import patch

import pytest
from PIL import Image, ImageChops

from loops.achievement_spotlight import card as badge_card
from loops.buddy_challenge import card as challenge_card
from loops.media.canvas import background
from loops.media.cards import board, leaderboard
from loops.media.looks import CardDesign, CardLook, Hue, design_named
from loops.proud_parent import card as progress_card
from loops.results_rally import card as rally_card
from loops.session_intelligence import card as session_card
from loops.streak_rescue import card as rescue_card
from loops.tutor_spotlight import card as tutor_card

ROWS = tuple(board.CardRow(n, name, f"{99 - n}%", n == 2) for n, name in enumerate(("Ada L.", "Bo", "", "Dee"), 1))
FIGURES = tuple(progress_card.WeekFigure(str(n), "days") for n in range(3))
Draw = Callable[..., bytes]
Case = tuple[Draw, Any, Hue]
CASES: dict[str, Case] = {
    "challenge": (
        challenge_card.draw_challenge_card,
        challenge_card.ChallengeCard("Ada", 80, "Algebra", "Brightside"),
        challenge_card.HUE,
    ),
    "rally": (rally_card.draw_rally_card, rally_card.RallyCard(2, 28, "Math", ROWS, "Brightside"), rally_card.HUE),
    "leaderboard": (
        leaderboard.draw_leaderboard_card,
        leaderboard.LeaderboardCard("Top of Algebra", "This week", ROWS, "Brightside"),
        leaderboard.HUE,
    ),
    "progress": (
        progress_card.draw_progress_card,
        progress_card.ProgressCard("A good week", FIGURES, "Brightside", child="Ada"),
        progress_card.HUE,
    ),
    "tutor": (
        tutor_card.draw_tutor_card,
        tutor_card.TutorCard("Cy R.", "Algebra", "Brightside", quote="Fractions clicked."),
        tutor_card.HUE,
    ),
    "session": (
        session_card.draw_session_card,
        session_card.SessionCard("Ada", "is training", "Algebra", "Brightside", "Train with me"),
        session_card.HUE,
    ),
    "rescue": (
        rescue_card.draw_rescue_card,
        rescue_card.RescueCard("Ada", 12, "Algebra", "Brightside"),
        rescue_card.HUE,
    ),
    "badge": (
        badge_card.draw_badge_card,
        badge_card.BadgeCard("Bo", "Master", "10 practices", "Brightside"),
        badge_card.HUE,
    ),
}
every_card = pytest.mark.parametrize(("draw", "card", "hue"), CASES.values(), ids=CASES)

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
def test_a_card_is_a_png_of_1200_by_630_without_metadata(draw: Draw, card: Any, hue: Hue) -> None:
    image = opened(draw(card))
    assert (image.format, image.size, image.info, dict(image.getexif())) == ("PNG", (1200, 630), {}, {})


@every_card
def test_the_same_card_is_the_same_bytes(draw: Draw, card: Any, hue: Hue) -> None:
    assert draw(card) == draw(replace(card))


@every_card
def test_every_text_and_number_changes_the_card(draw: Draw, card: Any, hue: Hue) -> None:
    plain = draw(card)
    unseen = [name for name, changed in text_changes(card) if draw(changed) == plain]
    assert unseen == []


@pytest.mark.parametrize("words", WILD.values(), ids=WILD)
@every_card
def test_nothing_is_drawn_near_the_edges(draw: Draw, card: Any, hue: Hue, words: str) -> None:
    image = opened(draw(filled_with(card, words)))
    assert_inside(image, CardLook(), hue, (60, 40, 1140, 600))


@every_card
def test_a_story_leaves_room_for_the_controls_of_apps(draw: Draw, card: Any, hue: Hue) -> None:
    look = CardLook(is_story=True)
    image = opened(draw(filled_with(card, WILD["endless"]), look))
    assert (image.format, image.size, image.info) == ("PNG", (1080, 1920), {})
    assert_inside(image, look, hue, (60, 220, 1020, 1750))


@every_card
def test_designs_differ_and_keep_their_margins(draw: Draw, card: Any, hue: Hue) -> None:
    looks = [CardLook(design) for design in CardDesign]
    drawn = [draw(card, look) for look in looks]
    assert len(set(drawn)) == 3
    for png, look in zip(drawn, looks, strict=True):
        assert_inside(opened(png), look, hue, (60, 40, 1140, 600))


def assert_inside(image: Image.Image, look: CardLook, hue: Hue, box: tuple[int, int, int, int]) -> None:
    drawn = ImageChops.difference(image, background(look.palette(hue), look.size)).getbbox()
    assert drawn is not None
    assert drawn[0] >= box[0]
    assert drawn[1] >= box[1]
    assert drawn[2] <= box[2]
    assert drawn[3] <= box[3]


def test_an_unknown_design_is_the_bright_one() -> None:
    assert [design_named(name) for name in ("night", "neon", None, 3)] == ["night", "bright", "bright", "bright"]


@pytest.mark.parametrize(("days", "words"), [(1, "1 day"), (12, "12 days")])
def test_days_agree_with_their_number(days: int, words: str) -> None:
    card = rescue_card.RescueCard("Ada", days, "Algebra", "Brightside")
    with patch("loops.streak_rescue.card.draw_card") as drawn:
        rescue_card.draw_rescue_card(card)
    assert drawn.call_args.args[0].title == words


@pytest.mark.parametrize("score", [-5, 0, 100, 10**6])
def test_a_score_stays_between_0_and_100(score: int) -> None:
    inside = challenge_card.ChallengeCard("Ada", min(100, max(0, score)), "Algebra", "Brightside")
    assert challenge_card.draw_challenge_card(replace(inside, score=score)) == challenge_card.draw_challenge_card(
        inside
    )


def test_a_name_that_cannot_be_drawn_is_neutral() -> None:
    card = challenge_card.ChallengeCard("\N{FIRE}", 80, "Algebra", "Brightside")
    neutral = replace(card, name="A friend")
    assert challenge_card.draw_challenge_card(card) == challenge_card.draw_challenge_card(neutral)


def test_only_the_first_rows_are_drawn() -> None:
    many = tuple(board.CardRow(n, "Ada", "1%") for n in range(1, 60))
    card = rally_card.RallyCard(9, 60, "Math", many, "Brightside")
    assert rally_card.draw_rally_card(card) == rally_card.draw_rally_card(replace(card, rows=many[:5]))
    assert rally_card.draw_rally_card(replace(card, rows=())) != rally_card.draw_rally_card(card)


def test_a_badge_has_three_signs() -> None:
    card = badge_card.BadgeCard("Bo", "Master", "10 practices", "Brightside")
    signs: tuple[badge_card.BadgeIcon, ...] = ("star", "flame", "trophy")
    assert len({badge_card.draw_badge_card(replace(card, sign=sign)) for sign in signs}) == 3


def test_the_first_three_stand_on_a_podium() -> None:
    card = rally_card.RallyCard(2, 28, "Math", ROWS, "Brightside")
    others = replace(card, rows=(*ROWS[:3], replace(ROWS[3], name="Cy")))
    assert rally_card.draw_rally_card(others) == rally_card.draw_rally_card(card)  # the fourth is not on it
    below = replace(card, rows=tuple(replace(row, is_me=row.rank == 4) for row in ROWS))
    assert rally_card.draw_rally_card(below) != rally_card.draw_rally_card(card)
