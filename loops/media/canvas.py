"""Drawing primitives for cards and reels: background, site logo, text and a few shapes.

Units are pixels of the finished picture. Everything is drawn at twice the size and scaled down at the end, which
smooths the edges. Only the font is read from disk; nothing comes from the network.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageOps

from loops.media.text import drawable_text, fit_line, fit_paragraph, font, initials, width_of

CARD, STORY = (1200, 630), (1080, 1920)
MARGIN = 72
INK, WHITE, MINT, SUN, VIOLET, CORAL = "#1b1440", "#ffffff", "#19c39c", "#ffb627", "#5b3df5", "#ff6b6b"
FACES = ("#5b3df5", "#0b7d63", "#a86400", "#c22f45", "#1a6fb8", "#b8357f")
SCALE = 2

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Palette:
    """Colors of a card: a diagonal gradient with a pattern, `ink` for text and `faint` for secondary text."""

    start: str
    end: str
    circle: str
    ink: str = WHITE
    faint: str = "#e4deff"
    track: str = "#8a75f9"
    mark: str = WHITE
    stage: str = "#3b22c4"  # behind the picture
    button: str = SUN
    label: str = INK  # on the button
    pattern: str = "circles"  # | confetti | stars


class Canvas:
    """A picture being drawn; `png` returns the finished file."""

    def __init__(self, palette: Palette, size: tuple[int, int] = CARD) -> None:
        self.palette, self.size = palette, size
        self.image = background(palette, size).resize((size[0] * SCALE, size[1] * SCALE), Image.Resampling.NEAREST)
        self.pen = ImageDraw.Draw(self.image)

    def finished(self) -> Image.Image:
        return self.image.reduce(SCALE)

    def png(self) -> bytes:
        """Return the picture as a PNG without metadata."""
        out = BytesIO()
        self.finished().save(out, "PNG", compress_level=6)
        return out.getvalue()

    def brand(self, site: str) -> None:
        """Draw the site's logo and name at the top left, the same on every card."""
        self.logo((MARGIN, 56, MARGIN + 52, 108))
        self.line((MARGIN + 70, 82), site, 30, weight="Bold", width=480, anchor="lm")

    def centered_brand(self, site: str, y: float) -> None:
        """Draw the logo and the name centered at this height, for stories."""
        fitted, size = fit_line(drawable_text(site), "Bold", 46 * SCALE, 640 * SCALE, 24 * SCALE)
        wide = 76 + 24 + width_of(fitted, "Bold", size) / SCALE
        left = (self.size[0] - wide) / 2
        self.logo((left, y - 38, left + 76, y + 38))
        self.line((left + 100, y), site, 46, weight="Bold", width=640, anchor="lm", min_size=24)

    def brand_at(self, point: Point, site: str) -> None:
        """Draw a smaller logo and name from this point on, for reels."""
        x, y = point
        self.logo((x, y - 22, x + 44, y + 22))
        self.line((x + 58, y), site, 28, weight="Bold", width=340, anchor="lm")

    def centered_paragraph(
        self, point: Point, text: str, size: int, *, width: float, max_lines: int, min_size: int
    ) -> None:
        """Draw up to `max_lines` bold lines, centered on the point's x, from its y down."""
        x, y = point
        lines, fitted_size = fit_paragraph(
            drawable_text(text, 160), "ExtraBold", size * SCALE, width * SCALE, min_size * SCALE, max_lines
        )
        for line in lines:
            face = font("ExtraBold", fitted_size)
            self.pen.text(_scaled_point(x, y), line, font=face, fill=self.palette.ink, anchor="mt")
            y += fitted_size / SCALE * 1.22

    def logo(self, box: Box) -> None:
        """Draw the site's logo, a rising sun."""
        left, top, right, _ = box
        unit = (right - left) / 32
        self.rounded(box, 9 * unit, self.palette.mark)

        def at(x: float, y: float) -> Point:
            return left + x * unit, top + y * unit

        self.disc(at(16, 17), 6 * unit, SUN)
        for rays in ((16, 4.5, 16, 8.5), (5.6, 9.4, 8.6, 12), (26.4, 9.4, 23.4, 12), (4, 19, 8, 19), (24, 19, 28, 19)):
            self.stroke([at(*rays[:2]), at(*rays[2:])], 2.6 * unit, SUN)

    def line(
        self,
        point: Point,
        text: str,
        size: int,
        *,
        weight: str = "SemiBold",
        fill: str | None = None,
        width: float = 1000,
        anchor: str = "ls",
        min_size: int = 20,
    ) -> float:
        """Draw one line within `width`, smaller or cut if necessary; return the x where it ends."""
        fitted, fitted_size = fit_line(
            drawable_text(text), weight, size * SCALE, width * SCALE, min(min_size, size) * SCALE
        )
        self.pen.text(
            _scaled_point(*point), fitted, font=font(weight, fitted_size), fill=fill or self.palette.ink, anchor=anchor
        )
        return point[0] + width_of(fitted, weight, fitted_size) / SCALE

    def paragraph(
        self, point: Point, text: str, size: int, *, weight: str, width: float, max_lines: int, min_size: int = 30
    ) -> float:
        """Draw up to `max_lines` lines from the top down; return the y where the next line would begin."""
        x, y = point
        lines, fitted_size = fit_paragraph(
            drawable_text(text, 160), weight, size * SCALE, width * SCALE, min_size * SCALE, max_lines
        )
        for line in lines:
            self.pen.text(_scaled_point(x, y), line, font=font(weight, fitted_size), fill=self.palette.ink, anchor="lt")
            y += fitted_size / SCALE * 1.22
        return y

    def pill(
        self,
        point: Point,
        text: str,
        *,
        fill: str = SUN,
        ink: str = INK,
        size: int = 36,
        width: float = 480,
        is_centered: bool = False,
    ) -> float:
        """Draw a button that starts at `point` or is centered on it; return the x where it ends."""
        high, room = size * 2.05, size * 1.05
        fitted, fitted_size = fit_line(
            drawable_text(text, 40), "Bold", size * SCALE, (width - 2 * room) * SCALE, 24 * SCALE
        )
        wide = 2 * room + width_of(fitted, "Bold", fitted_size) / SCALE
        x, y = point[0] - wide / 2 if is_centered else point[0], point[1]
        self.rounded((x, y, x + wide, y + high), high / 2, fill)
        self.pen.text(
            _scaled_point(x + room, y + high / 2), fitted, font=font("Bold", fitted_size), fill=ink, anchor="lm"
        )
        return x + wide

    def avatar(self, center: Point, radius: float, name: str, number: int) -> None:
        """Draw initials on a disc, never a photo; a head and shoulders if the name has no letters."""
        x, y = center
        self.disc(center, radius, FACES[number % len(FACES)])
        letters = initials(name)
        if letters:
            letter_size = int(radius * (1.0 if len(letters) == 1 else 0.8))
            self.line((x, y), letters, letter_size, weight="ExtraBold", fill=WHITE, anchor="mm", min_size=8)
        else:
            self.disc((x, y - radius * 0.22), radius * 0.3, WHITE)
            self.pen.pieslice(
                _scaled(x - radius * 0.55, y + 0.2 * radius, x + radius * 0.55, y + 1.2 * radius), 180, 360, WHITE
            )

    def dial(self, center: Point, radius: float, percent: float, *, color: str = MINT, thick: float = 36) -> None:
        """Draw a ring filled clockwise from the top, with round ends."""
        x, y = center
        share = min(100.0, max(0.0, percent)) / 100
        box = _scaled(x - radius, y - radius, x + radius, y + radius)
        self.pen.arc(box, 0, 360, self.palette.track, round(thick * SCALE))
        if share > 0:
            self.pen.arc(box, -90, -90 + 360 * share, color, round(thick * SCALE))
            for turn in (0.0, share):
                angle = 2 * math.pi * turn - math.pi / 2
                reach = radius - thick / 2
                self.disc((x + reach * math.cos(angle), y + reach * math.sin(angle)), thick / 2, color)

    def star(self, center: Point, radius: float, fill: str, *, points: int = 5, depth: float = 0.45) -> None:
        self.pen.polygon([_scaled_point(*point) for point in star_points(center, radius, points, depth)], fill)

    def cut_disc(self, center: tuple[int, int], radius: int) -> None:
        """Cut a disc out of the drawing so that the background shows."""
        (x, y), side = center, 2 * radius * SCALE
        bare = background(self.palette, self.size).crop((x - radius, y - radius, x + radius, y + radius))
        hole = Image.new("L", (side, side), 0)
        ImageDraw.Draw(hole).ellipse((0, 0, side - 1, side - 1), 255)
        point = ((x - radius) * SCALE, (y - radius) * SCALE)
        self.image.paste(bare.resize((side, side), Image.Resampling.NEAREST), point, hole)

    def crown(self, center: Point, size: float) -> None:
        x, y = center
        tips = [(x - size, y - size * 0.6), (x - size * 0.45, y), (x, y - size * 0.9), (x + size * 0.45, y)]
        foot = [(x + size, y - size * 0.6), (x + size * 0.8, y + size * 0.6), (x - size * 0.8, y + size * 0.6)]
        self.polygon([*tips, *foot], SUN)
        for point in (tips[0], tips[2], foot[0]):
            self.disc(point, size * 0.14, SUN)

    def flame(self, top: Point, ground: float, wide: float, fill: str) -> None:
        """Draw a flame: a drop with its point at the top."""
        x, y = top
        right = bezier(
            (x, y),
            (x + wide * 0.1, y + (ground - y) * 0.35),
            (x + wide * 1.9, y + (ground - y) * 1.02),
            (x, ground),
        )
        left = [(2 * x - side, height) for side, height in reversed(right)]
        self.polygon([*right, *left], fill)

    def disc(self, center: Point, radius: float, fill: str) -> None:
        x, y = center
        self.pen.ellipse(_scaled(x - radius, y - radius, x + radius, y + radius), fill)

    def rounded(self, box: Box, radius: float, fill: str) -> None:
        self.pen.rounded_rectangle(_scaled(*box), radius * SCALE, fill)

    def polygon(self, points: list[Point], fill: str) -> None:
        self.pen.polygon([_scaled_point(*point) for point in points], fill)

    def stroke(self, points: list[Point], thick: float, fill: str) -> None:
        """Draw a line with round ends."""
        self.pen.line([_scaled_point(*point) for point in points], fill, round(thick * SCALE), joint="curve")
        for end in (points[0], points[-1]):
            self.disc(end, thick / 2, fill)

    def bar(self, box: Box, share: float, *, color: str, track: str) -> None:
        """Draw a rounded bar filled from the left."""
        left, top, right, bottom = box
        high = bottom - top
        self.rounded(box, high / 2, track)
        if share > 0:
            end = left + max(high, (right - left) * min(1.0, share))
            self.rounded((left, top, end, bottom), high / 2, color)


def star_points(center: Point, radius: float, points: int, depth: float) -> list[Point]:
    corners = []
    for number in range(2 * points):
        reach = radius if number % 2 == 0 else radius * depth
        angle = math.pi * number / points - math.pi / 2
        corners.append((center[0] + reach * math.cos(angle), center[1] + reach * math.sin(angle)))
    return corners


def bezier(start: Point, first: Point, second: Point, end: Point, steps: int = 24) -> list[Point]:
    """Return points along a cubic Bezier curve."""
    points = []
    for number in range(steps + 1):
        t = number / steps
        weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
        corners = (start, first, second, end)
        points.append(
            tuple(sum(w * corner[axis] for w, corner in zip(weights, corners, strict=True)) for axis in (0, 1))
        )
    return [(x, y) for x, y in points]


@lru_cache(maxsize=16)
def background(palette: Palette, size: tuple[int, int]) -> Image.Image:
    """Return the empty background of a palette; drawn once per process."""
    width, height = size
    tilt = Image.linear_gradient("L").rotate(35, Image.Resampling.BICUBIC, expand=False)
    slope = tilt.crop((40, 40, 216, 216)).resize((width * SCALE, height * SCALE), Image.Resampling.BICUBIC)
    sheet = Image.composite(
        Image.new("RGB", slope.size, palette.end), Image.new("RGB", slope.size, palette.start), slope
    )
    PATTERNS[palette.pattern](sheet, palette, width, height)
    return sheet.reduce(SCALE)


def _soft_circles(sheet: Image.Image, palette: Palette, width: int, height: int) -> None:
    veil = Image.new("L", sheet.size, 0)
    pen, side = ImageDraw.Draw(veil), min(width, height)
    pen.ellipse(_scaled(width - side * 0.7, -side * 0.36, width + side * 0.36, side * 0.7), 110)
    pen.ellipse(_scaled(-side * 0.26, height - side * 0.34, side * 0.42, height + side * 0.34), 80)
    sheet.paste(Image.new("RGB", sheet.size, palette.circle), (0, 0), veil)


def _confetti(sheet: Image.Image, _: Palette, width: int, height: int) -> None:
    """Scatter paper over the margins, where no text is drawn."""
    pen, chance = ImageDraw.Draw(sheet), Random(7)  # noqa: S311  (the same confetti on every card)
    for number in range(width * height // 9000):
        x, y = chance.uniform(0, width), chance.uniform(0, height)
        color, turn = FACES[number % len(FACES)] if number % 3 else SUN, chance.uniform(0, math.pi)
        if min(x, width - x) > MARGIN * 0.6 and min(y, height - y) > height * 0.06:
            continue
        along, across = (math.cos(turn) * 11, math.sin(turn) * 11), (-math.sin(turn) * 5, math.cos(turn) * 5)
        corners = [(1, 1), (1, -1), (-1, -1), (-1, 1)]
        pen.polygon(
            [_scaled_point(x + a * along[0] + b * across[0], y + a * along[1] + b * across[1]) for a, b in corners],
            color,
        )


def _starry_sky(sheet: Image.Image, palette: Palette, width: int, height: int) -> None:
    """Draw a glow at the picture's place and stars."""
    side = round(max(width, height) * 0.86)
    glow = ImageOps.invert(Image.radial_gradient("L")).point(lambda light: light * light // 320)
    glow = glow.resize((side * SCALE, side * SCALE), Image.Resampling.BICUBIC)
    x, y = (width * 0.75, height * 0.5) if width > height else (width * 0.5, height * 0.6)
    corner = (round((x - side / 2) * SCALE), round((y - side / 2) * SCALE))
    sheet.paste(Image.new("RGB", glow.size, palette.circle), corner, glow)
    pen, chance = ImageDraw.Draw(sheet), Random(11)  # noqa: S311  (the same sky on every card)
    for _ in range(width * height // 9000):
        x, y, radius = chance.uniform(0, width), chance.uniform(0, height), chance.choice((1.2, 1.6, 2.4))
        pen.ellipse(_scaled(x - radius, y - radius, x + radius, y + radius), "#8f84d6")


PATTERNS = {"circles": _soft_circles, "confetti": _confetti, "stars": _starry_sky}


def _scaled_point(x: float, y: float) -> Point:
    return x * SCALE, y * SCALE


def _scaled(*numbers: float) -> tuple[float, ...]:
    return tuple(number * SCALE for number in numbers)
