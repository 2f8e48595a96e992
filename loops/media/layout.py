"""Lay out a card: a text that one reads first, a picture beside it, one call to action; landscape or story."""

from collections.abc import Callable
from dataclasses import dataclass

from loops.media.canvas import MARGIN, SUN, Box, Canvas, Point
from loops.media.looks import CardLook, Hue
from loops.media.text import drawable_text, fit_paragraph

LEADING = 1.16
MIN_SIZE, MIN_SHARE = 24, 0.5
SAMPLE_SITE = "Brightside"  # on the cards of the copy kit
SHORT = 9  # a title of so few characters is drawn as one huge line
Illustration = Callable[[Canvas, Point, float], None]  # canvas, center, half of the side of a square


@dataclass(frozen=True, slots=True)
class CardText:
    """The words of a card: who, the news, what it is about, and what to do."""

    kicker: str
    title: str
    detail: str
    call: str
    site: str
    note: str = ""  # beside the call
    stars: int = 0


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the parts of a format stand, in pixels."""

    words: Box
    picture: Point
    reach: float  # half of the side of the picture
    call: Point
    sizes: tuple[int, int, int, int, int]  # kicker, short title, title, detail, call
    is_centered: bool


LANDSCAPE = _Frame((MARGIN, 128, 646, 462), (896, 315), 222, (MARGIN, 478), (40, 138, 74, 36, 36), is_centered=False)
# Apps lay their own controls over the upper and the lower 250 pixels of a story.
PORTRAIT = _Frame((96, 330, 984, 780), (540, 1152), 330, (540, 1536), (58, 236, 112, 52, 58), is_centered=True)


def draw_card(text: CardText, picture: Illustration, hue: Hue, look: CardLook) -> bytes:
    """Return the card as a PNG without metadata.

    Cost  about 60 ms, 200 ms for a story; callers cache it.
    """
    canvas, frame = Canvas(look.palette(hue), look.size), PORTRAIT if look.is_story else LANDSCAPE
    if frame.is_centered:
        canvas.centered_brand(text.site, 262)
    else:
        canvas.brand(text.site)
    _draw_words(canvas, text, frame)
    picture(canvas, frame.picture, frame.reach)
    _draw_call(canvas, text, frame)
    return canvas.png()


def on_stage(picture: Illustration) -> Illustration:
    """Return the picture with a disc of the design's color behind it."""

    def drawn(canvas: Canvas, center: Point, reach: float) -> None:
        canvas.disc(center, reach * 1.04, canvas.palette.stage)
        picture(canvas, center, reach)

    return drawn


def _draw_words(canvas: Canvas, text: CardText, frame: _Frame) -> None:
    """Draw kicker, title, stars and detail, centered in their box from top to bottom."""
    left, top, right, bottom = frame.words
    width, colors = right - left, canvas.palette
    kicker, huge, large, small, _ = frame.sizes
    title = drawable_text(text.title, 120)
    is_short = len(title) <= SHORT and not text.stars
    parts = [
        _Block(text.kicker, "Bold", kicker, 1, colors.faint, 0.5),
        _Block(title, "ExtraBold", huge if is_short else large, 1 if is_short else 2, colors.ink, 0.18),
        _Block(text.detail, "SemiBold", small, 2, colors.faint, 0.6),
    ]
    parts = [part for part in parts if drawable_text(part.text)]
    starry = 2.0 * small if text.stars else 0.0
    blocks, high = _fitted(parts, width, bottom - top - starry)
    y = top + max(0.0, (bottom - top - high - starry) / 2)
    x = (left + right) / 2 if frame.is_centered else left
    for number, block in enumerate(blocks):
        if number == len(blocks) - 1 and starry:
            draw_stars(canvas, (x, y + small * 0.9), small * 0.62, text.stars, is_centered=frame.is_centered)
            y += starry
        y = block.draw(canvas, x, y, is_centered=frame.is_centered)


def _fitted(parts: list["_Block"], width: float, room: float) -> tuple[list["_Block"], float]:
    """Return the blocks, smaller if they are too high together, and their height."""
    share = 1.0
    while True:
        blocks = [part.fitted(width, share) for part in parts]
        high = sum(block.height for block in blocks) - (blocks[-1].size * blocks[-1].gap if blocks else 0)
        if high <= room or share < MIN_SHARE:
            return blocks, high
        share *= 0.94


def _draw_call(canvas: Canvas, text: CardText, frame: _Frame) -> None:
    colors, size = canvas.palette, frame.sizes[4]
    canvas.pill(
        frame.call,
        text.call,
        fill=colors.button,
        ink=colors.label,
        size=size,
        width=888 if frame.is_centered else 560,
        is_centered=frame.is_centered,
    )
    x, y = frame.call
    below, anchor = (y + size * 3.0, "mm") if frame.is_centered else (y + size * 2.05 + 28, "lm")
    note = round(size * 0.66)
    canvas.line((x, below), text.note, note, weight="Bold", fill=colors.faint, width=560, anchor=anchor)


def draw_stars(canvas: Canvas, point: Point, radius: float, count: int, *, is_centered: bool = False) -> None:
    """Draw five stars, `count` of them full, that start at the point or are centered on it."""
    step = radius * 2.3
    left = point[0] - 2 * step if is_centered else point[0] + radius
    for number in range(5):
        fill = SUN if number < count else canvas.palette.track
        canvas.star((left + step * number, point[1]), radius, fill)


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph; `gap` is the space below, in parts of its size."""

    text: str
    weight: str
    size: int
    max_lines: int
    fill: str
    gap: float
    lines: tuple[str, ...] = ()

    def fitted(self, width: float, share: float) -> "_Block":
        size = max(MIN_SIZE, round(self.size * share))
        text = drawable_text(self.text, 160)
        lines, size = fit_paragraph(text, self.weight, size, width, max(MIN_SIZE, size // 2), self.max_lines)
        return _Block(self.text, self.weight, size, self.max_lines, self.fill, self.gap, tuple(lines))

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * LEADING + self.size * self.gap

    def draw(self, canvas: Canvas, x: float, y: float, *, is_centered: bool) -> float:
        """Draw the lines from `y` down; return the y of the next block."""
        for line in self.lines:
            middle = y + self.size * LEADING / 2
            canvas.line(
                (x, middle),
                line,
                self.size,
                weight=self.weight,
                fill=self.fill,
                width=10_000,
                anchor="mm" if is_centered else "lm",
            )
            y += self.size * LEADING
        return y + self.size * self.gap
