"""The drawing kit: a sheet with a background, the mark of the site, and the few shapes every card is made of.

Units are pixels of the finished picture. Everything is drawn at twice the size and halved at the end, so that edges are
smooth. Nothing is read from a file but the font, and nothing from the network.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw

from loops.media.text import fit, fit_lines, font, initials, plain, width_of

CARD = (1200, 630)
MARGIN = 72
INK, WHITE, MINT, SUN, VIOLET, CORAL = "#1b1440", "#ffffff", "#19c39c", "#ffb627", "#5b3df5", "#ff6b6b"
FACES = ("#5b3df5", "#0b7d63", "#a86400", "#c22f45", "#1a6fb8", "#b8357f")
TWICE = 2

Spot = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Theme:
    """A diagonal gradient with two soft circles; `ink` is for words on it, `faint` for those that matter less."""

    start: str
    end: str
    circle: str
    ink: str = WHITE
    faint: str = "#e4deff"
    track: str = "#8a75f9"
    mark: str = WHITE


class Paper:
    """A sheet to draw on; `png` ends it."""

    def __init__(self, theme: Theme, size: tuple[int, int] = CARD) -> None:
        self.theme, self.size = theme, size
        self.image = background(theme, size).resize((size[0] * TWICE, size[1] * TWICE), Image.Resampling.NEAREST)
        self.pen = ImageDraw.Draw(self.image)

    def finished(self) -> Image.Image:
        return self.image.reduce(TWICE)

    def png(self) -> bytes:
        """The bytes of a PNG without metadata."""
        out = BytesIO()
        self.finished().save(out, "PNG", compress_level=6)
        return out.getvalue()

    def brand(self, site: str) -> None:
        """The mark of the site and its name, top left: the same on every card."""
        self.mark((MARGIN, 56, MARGIN + 52, 108))
        self.words((MARGIN + 70, 82), site, 30, weight="Bold", width=480, anchor="lm")

    def mark(self, box: Box) -> None:
        """The rising sun of the site."""
        left, top, right, _ = box
        unit = (right - left) / 32
        self.rounded(box, 9 * unit, self.theme.mark)

        def at(x: float, y: float) -> Spot:
            return left + x * unit, top + y * unit

        self.disc(at(16, 17), 6 * unit, SUN)
        for rays in ((16, 4.5, 16, 8.5), (5.6, 9.4, 8.6, 12), (26.4, 9.4, 23.4, 12), (4, 19, 8, 19), (24, 19, 28, 19)):
            self.stroke([at(*rays[:2]), at(*rays[2:])], 2.6 * unit, SUN)

    def words(
        self,
        spot: Spot,
        words: str,
        size: int,
        *,
        weight: str = "SemiBold",
        fill: str | None = None,
        width: float = 1000,
        anchor: str = "ls",
        least: int = 20,
    ) -> float:
        """One line that never passes `width`, smaller or cut where it must be; returns where it ends."""
        fitted, size_2 = fit(plain(words), weight, size * TWICE, width * TWICE, min(least, size) * TWICE)
        self.pen.text(_spot(*spot), fitted, font=font(weight, size_2), fill=fill or self.theme.ink, anchor=anchor)
        return spot[0] + width_of(fitted, weight, size_2) / TWICE

    def lines(
        self, spot: Spot, words: str, size: int, *, weight: str, width: float, most: int, least: int = 30
    ) -> float:
        """Up to `most` lines from the top down; returns where the next would begin."""
        x, y = spot
        lines, size_2 = fit_lines(plain(words, 160), weight, size * TWICE, width * TWICE, least * TWICE, most)
        for line in lines:
            self.pen.text(_spot(x, y), line, font=font(weight, size_2), fill=self.theme.ink, anchor="lt")
            y += size_2 / TWICE * 1.22
        return y

    def pill(
        self,
        spot: Spot,
        words: str,
        *,
        fill: str = SUN,
        ink: str = INK,
        size: int = 36,
        width: float = 480,
        is_centered: bool = False,
    ) -> float:
        """A call to act in a rounded box, from `spot` on or around it; returns where it ends."""
        high, room = size * 2.05, size * 1.05
        fitted, size_2 = fit(plain(words, 40), "Bold", size * TWICE, (width - 2 * room) * TWICE, 24 * TWICE)
        wide = 2 * room + width_of(fitted, "Bold", size_2) / TWICE
        x, y = spot[0] - wide / 2 if is_centered else spot[0], spot[1]
        self.rounded((x, y, x + wide, y + high), high / 2, fill)
        self.pen.text(_spot(x + room, y + high / 2), fitted, font=font("Bold", size_2), fill=ink, anchor="lm")
        return x + wide

    def avatar(self, center: Spot, radius: float, name: str, number: int) -> None:
        """Initials on a disc: never a photo. A head and shoulders where there is no letter."""
        x, y = center
        self.disc(center, radius, FACES[number % len(FACES)])
        letters = initials(name)
        if letters:
            words_size = int(radius * (1.0 if len(letters) == 1 else 0.8))
            self.words((x, y), letters, words_size, weight="ExtraBold", fill=WHITE, anchor="mm", least=8)
        else:
            self.disc((x, y - radius * 0.22), radius * 0.3, WHITE)
            self.pen.pieslice(
                _twice(x - radius * 0.55, y + 0.2 * radius, x + radius * 0.55, y + 1.2 * radius), 180, 360, WHITE
            )

    def dial(self, center: Spot, radius: float, percent: float, *, color: str = MINT, thick: float = 36) -> None:
        """A ring filled clockwise from the top, with round ends."""
        x, y = center
        share = min(100.0, max(0.0, percent)) / 100
        box = _twice(x - radius, y - radius, x + radius, y + radius)
        self.pen.arc(box, 0, 360, self.theme.track, round(thick * TWICE))
        if share > 0:
            self.pen.arc(box, -90, -90 + 360 * share, color, round(thick * TWICE))
            for turn in (0.0, share):
                angle = 2 * math.pi * turn - math.pi / 2
                reach = radius - thick / 2
                self.disc((x + reach * math.cos(angle), y + reach * math.sin(angle)), thick / 2, color)

    def star(self, center: Spot, radius: float, fill: str, *, points: int = 5, depth: float = 0.45) -> None:
        self.pen.polygon([_spot(*spot) for spot in star_spots(center, radius, points, depth)], fill)

    def bite(self, center: tuple[int, int], radius: int) -> None:
        """The bare sheet again, where a disc was taken out of what is drawn."""
        (x, y), side = center, 2 * radius * TWICE
        bare = background(self.theme, self.size).crop((x - radius, y - radius, x + radius, y + radius))
        hole = Image.new("L", (side, side), 0)
        ImageDraw.Draw(hole).ellipse((0, 0, side - 1, side - 1), 255)
        spot = ((x - radius) * TWICE, (y - radius) * TWICE)
        self.image.paste(bare.resize((side, side), Image.Resampling.NEAREST), spot, hole)

    def crown(self, center: Spot, size: float) -> None:
        x, y = center
        tips = [(x - size, y - size * 0.6), (x - size * 0.45, y), (x, y - size * 0.9), (x + size * 0.45, y)]
        foot = [(x + size, y - size * 0.6), (x + size * 0.8, y + size * 0.6), (x - size * 0.8, y + size * 0.6)]
        self.shape([*tips, *foot], SUN)
        for spot in (tips[0], tips[2], foot[0]):
            self.disc(spot, size * 0.14, SUN)

    def drop(self, top: Spot, ground: float, wide: float, fill: str) -> None:
        """A drop with its point at the top: a flame."""
        x, y = top
        right = bezier(
            (x, y),
            (x + wide * 0.1, y + (ground - y) * 0.35),
            (x + wide * 1.25, y + (ground - y) * 0.5),
            (x + wide * 0.55, ground),
        )
        left = [(2 * x - side, height) for side, height in reversed(right)]
        self.shape([*right, *left], fill)

    def disc(self, center: Spot, radius: float, fill: str) -> None:
        x, y = center
        self.pen.ellipse(_twice(x - radius, y - radius, x + radius, y + radius), fill)

    def rounded(self, box: Box, radius: float, fill: str) -> None:
        self.pen.rounded_rectangle(_twice(*box), radius * TWICE, fill)

    def shape(self, spots: list[Spot], fill: str) -> None:
        self.pen.polygon([_spot(*spot) for spot in spots], fill)

    def stroke(self, spots: list[Spot], thick: float, fill: str) -> None:
        """A line with round ends."""
        self.pen.line([_spot(*spot) for spot in spots], fill, round(thick * TWICE), joint="curve")
        for end in (spots[0], spots[-1]):
            self.disc(end, thick / 2, fill)

    def bar(self, box: Box, share: float, *, color: str, track: str) -> None:
        """A rounded bar filled from the left."""
        left, top, right, bottom = box
        high = bottom - top
        self.rounded(box, high / 2, track)
        if share > 0:
            end = left + max(high, (right - left) * min(1.0, share))
            self.rounded((left, top, end, bottom), high / 2, color)


def star_spots(center: Spot, radius: float, points: int, depth: float) -> list[Spot]:
    spots = []
    for number in range(2 * points):
        reach = radius if number % 2 == 0 else radius * depth
        angle = math.pi * number / points - math.pi / 2
        spots.append((center[0] + reach * math.cos(angle), center[1] + reach * math.sin(angle)))
    return spots


def bezier(start: Spot, first: Spot, second: Spot, end: Spot, steps: int = 24) -> list[Spot]:
    """Spots along a cubic curve."""
    spots = []
    for number in range(steps + 1):
        t = number / steps
        weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
        corners = (start, first, second, end)
        spots.append(
            tuple(sum(w * corner[axis] for w, corner in zip(weights, corners, strict=True)) for axis in (0, 1))
        )
    return [(x, y) for x, y in spots]


@lru_cache(maxsize=16)
def background(theme: Theme, size: tuple[int, int]) -> Image.Image:
    """The empty sheet of a theme; drawn once a process."""
    width, height = size
    tilt = Image.linear_gradient("L").rotate(35, Image.Resampling.BICUBIC, expand=False)
    slope = tilt.crop((40, 40, 216, 216)).resize((width * TWICE, height * TWICE), Image.Resampling.BICUBIC)
    sheet = Image.composite(Image.new("RGB", slope.size, theme.end), Image.new("RGB", slope.size, theme.start), slope)
    veil = Image.new("L", slope.size, 0)
    pen = ImageDraw.Draw(veil)
    pen.ellipse(_twice(width * 0.62, -height * 0.36, width * 0.62 + height * 1.06, height * 0.7), 110)
    pen.ellipse(_twice(-height * 0.26, height * 0.66, height * 0.42, height * 1.34), 80)
    sheet.paste(Image.new("RGB", slope.size, theme.circle), (0, 0), veil)
    return sheet.reduce(TWICE)


def _spot(x: float, y: float) -> Spot:
    return x * TWICE, y * TWICE


def _twice(*numbers: float) -> tuple[float, ...]:
    return tuple(number * TWICE for number in numbers)
