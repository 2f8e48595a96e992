"""The mascot of cards and reels: the rising sun of the logo, with a face."""

import math
from typing import Literal

from loops.media.canvas import INK, SUN, WHITE, Canvas, Point, bezier

Mood = Literal["smile", "cheer", "wink"]
RAYS, RAY = 12, "#ffcf5c"
GLOW, CHEEK, MOUTH = "#ffc94d", "#ff9a56", "#a8324a"


def draw_mascot(canvas: Canvas, center: Point, radius: float, mood: Mood = "smile", *, turn: float = 0.0) -> None:
    """Draw the sun; its rays reach to 1.45 radii.

    Units  `turn` rotates the rays, in parts of the way from one ray to the next.
    """
    x, y = center
    for number in range(RAYS):
        angle = 2 * math.pi * (number + turn) / RAYS
        near, far = 1.2 * radius, (1.42 if number % 2 else 1.34) * radius
        ends = [(x + reach * math.cos(angle), y + reach * math.sin(angle)) for reach in (near, far)]
        canvas.stroke(ends, radius * 0.13, RAY)
    canvas.disc(center, radius, SUN)
    canvas.disc((x - radius * 0.08, y - radius * 0.1), radius * 0.84, GLOW)
    draw_face(canvas, center, radius, mood)


def draw_face(canvas: Canvas, center: Point, radius: float, mood: Mood, *, ink: str = INK, cheek: str = CHEEK) -> None:
    """Draw eyes, cheeks and mouth into a round body."""
    x, y = center
    for side in (-1, 1):
        canvas.disc((x + side * radius * 0.56, y + radius * 0.22), radius * 0.14, cheek)
        eye = (x + side * radius * 0.34, y - radius * 0.1)
        if mood == "cheer" or (mood == "wink" and side == 1):
            _draw_curve(canvas, eye, radius * 0.15, radius * 0.09, ink, is_up=True)
        else:
            canvas.disc(eye, radius * 0.125, ink)
            canvas.disc((eye[0] + radius * 0.04, eye[1] - radius * 0.045), radius * 0.042, WHITE)
    if mood == "cheer":
        _draw_open_mouth(canvas, (x, y + radius * 0.2), radius)
    else:
        _draw_curve(canvas, (x, y + radius * 0.22), radius * 0.26, radius * 0.09, ink)


def _draw_curve(canvas: Canvas, center: Point, reach: float, thick: float, ink: str, *, is_up: bool = False) -> None:
    (x, y), bend = center, -reach if is_up else reach
    points = bezier((x - reach, y), (x - reach * 0.6, y + bend), (x + reach * 0.6, y + bend), (x + reach, y))
    canvas.stroke(points, thick, ink)


def _draw_open_mouth(canvas: Canvas, center: Point, radius: float) -> None:
    (x, y), reach = center, radius * 0.3
    lower = bezier((x - reach, y), (x - reach, y + reach * 1.5), (x + reach, y + reach * 1.5), (x + reach, y))
    canvas.polygon(lower, MOUTH)
    canvas.rounded((x - reach * 0.82, y, x + reach * 0.82, y + reach * 0.26), reach * 0.1, WHITE)
