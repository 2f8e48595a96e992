"""Draw a parent's reel: one story of 20 to 30 s in portrait format, from sunrise to a call to action.

The scenes are: title, best moment, numbers that count up, skills before and after, streak, call to action. Only text
and shapes are drawn, no photos. Everything keeps moving at 12.5 frames a second.
"""

import math
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial

from PIL import Image

from loops.media.canvas import INK, MINT, SUN, WHITE, Canvas, Palette
from loops.media.film import FRAME_MS, VideoUnavailable, VideoWriter, encode_webp
from loops.media.mascot import draw_face, draw_mascot
from loops.media.text import drawable_text
from viral_engine.formatting import count_noun

SIZE = (540, 960)
MIDDLE, LEFT, WIDE = 270, 52, 436
MAX_NUMBERS, MAX_SKILLS, MIN_STREAK = 3, 4, 2
WEEK_DAYS = 7
MIN_DURATION_MS = 20_000
DAWN = Palette(start="#3a22c0", end="#ff8a5c", circle="#ffb08a", track="#8a75f9", faint="#ffe9dc")
BERRY = Palette(start="#7a1f6b", end="#c23a7e", circle="#e58bbb", stage="#5e1452", faint="#ffe0f0")
GREEN = Palette(start="#075e4b", end="#0d9474", circle="#3fbf9f", faint="#d4f5ea")
BLUE = Palette(start="#12388f", end="#2f6df0", circle="#6f9dfb", track="#1b49ad", faint="#d9e6ff")
EMBER = Palette(start="#8a2a12", end="#d6541c", circle="#f0a07a", stage="#6b1f0c", track="#a83d17", faint="#ffe6d6")
DAY = Palette(start="#3b22c4", end="#6d4bff", circle="#8468ff", faint="#e6e0ff")


@dataclass(frozen=True, slots=True)
class CountedNumber:
    """A number that counts up from zero: value 86, suffix "%", label "average score"."""

    value: int
    label: str
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class ImprovedSkill:
    """A skill's averages, 0 to 100; drawn only if it improved."""

    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Reel:
    """Content of a reel; at most three numbers and four skills are drawn, a streak from two days on.

    `child` is a first name and needs consent; leave it empty to name no one.
    """

    headline: str
    numbers: tuple[CountedNumber, ...]
    skills: tuple[ImprovedSkill, ...]
    call: str
    site: str
    child: str = ""
    streak_days: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """A part of the story. `draw` takes seconds since its start."""

    draw: Callable[[float], Canvas]
    ms: int

    @property
    def frames(self) -> int:
        return self.ms // FRAME_MS


@dataclass(frozen=True, slots=True)
class DrawnReel:
    webp: bytes
    mp4: bytes | None  # None where ffmpeg is missing or failed


def draw_reel(reel: Reel) -> DrawnReel:
    """Return the film in both formats, drawn once; equal reels give equal WebPs.

    Cost  about 10 s, a 1.5 MB WebP, 60 MB of memory: call it from a task, never from a request.
    """
    draw, count = partial(frame_of, reel), frame_count(reel)
    with ExitStack() as stack, suppress(VideoUnavailable):
        video = stack.enter_context(VideoWriter(SIZE))
        webp = encode_webp(draw, count, video.write)
        with suppress(VideoUnavailable):
            return DrawnReel(webp, video.finish())
        return DrawnReel(webp, None)
    return DrawnReel(encode_webp(draw, count), None)


def draw_poster(reel: Reel) -> bytes:
    """Return the best moment as a still PNG, for people who prefer reduced motion and while the reel loads."""
    return _best_moment(reel, 3.0).png()


def scenes_of(reel: Reel) -> tuple[Scene, ...]:
    """Return the scenes in order, 20 to 30 s in total."""
    scenes = [Scene(partial(_title, reel), 3600), Scene(partial(_best_moment, reel), 4400)]
    if reel.numbers:
        scenes.append(Scene(partial(_numbers, reel), 4800))
    if improved_skills(reel):
        scenes.append(Scene(partial(_skills, reel), 4800))
    if reel.streak_days >= MIN_STREAK:
        scenes.append(Scene(partial(_streak, reel), 4000))
    rest = MIN_DURATION_MS - sum(scene.ms for scene in scenes)
    scenes.append(Scene(partial(_call, reel), max(4800, rest)))
    return tuple(scenes)


def frame_count(reel: Reel) -> int:
    return sum(scene.frames for scene in scenes_of(reel))


def frame_of(reel: Reel, number: int) -> Image.Image:
    """Return one frame, with the bar of a story at its top. Cost  about 20 ms."""
    scenes = scenes_of(reel)
    for place, scene in enumerate(scenes):
        if number < scene.frames:
            canvas = scene.draw(number * FRAME_MS / 1000)
            _draw_bar(canvas, place, len(scenes))
            return canvas.finished()
        number -= scene.frames
    raise IndexError(number)


def improved_skills(reel: Reel) -> list[ImprovedSkill]:
    """Return the skills that improved; the reel leaves out the others."""
    return [skill for skill in reel.skills if skill.after > skill.before][:MAX_SKILLS]


# -- Movement ----------------------------------------------------------------------------------------------------
def _eased(seconds: float, *, after: float = 0.0, lasts: float = 0.9) -> float:
    """Return the share of a movement that slows down: 0 before it starts, 1 when it is done."""
    share = min(1.0, max(0.0, (seconds - after) / lasts))
    return 1 - (1 - share) ** 3


def _bob(seconds: float, reach: float) -> float:
    return math.sin(seconds * 2.4) * reach


# -- Scenes ------------------------------------------------------------------------------------------------------
def _title(reel: Reel, seconds: float) -> Canvas:
    """The sun rises over a hill."""
    canvas = Canvas(DAWN, SIZE)
    rise = _eased(seconds, lasts=2.4)
    draw_mascot(canvas, (MIDDLE, 900 - 260 * rise + _bob(seconds, 4)), 108, "smile", turn=seconds * 0.5)
    canvas.rounded((-200, 780, 740, 1400), 300, "#0d9474")
    canvas.rounded((180, 820, 1100, 1500), 320, "#0b7d63")
    canvas.brand_at((LEFT, 150), reel.site)
    name = drawable_text(reel.child, 24)
    up = 40 * (1 - _eased(seconds, after=0.2))
    canvas.paragraph(
        (LEFT, 216 + up),
        f"{name}'s week" if name else "A week of learning",
        74,
        weight="ExtraBold",
        width=WIDE,
        max_lines=2,
        min_size=40,
    )
    canvas.line((LEFT, 420 + up), "The story in a few seconds", 27, fill=DAWN.faint, width=WIDE)
    return canvas


def _best_moment(reel: Reel, seconds: float) -> Canvas:
    canvas = Canvas(BERRY, SIZE)
    size = 150 * _eased(seconds, lasts=0.7)
    center = (MIDDLE, 420 + _bob(seconds, 6))
    if size > 1:
        canvas.disc(center, size * 1.28, BERRY.stage)
        canvas.star(center, size, SUN, points=20, depth=0.91)
        canvas.disc(center, size * 0.76, "#ffd98a")
        canvas.disc(center, size * 0.68, "#f7a600")
        canvas.star(center, size * 0.48, WHITE)
    for number, (x, y) in enumerate(((112, 300), (436, 280), (104, 520), (444, 510), (270, 232))):
        twinkle = 8 + 9 * abs(math.sin(seconds * 2 + number * 1.7))
        canvas.star((x, y), twinkle, WHITE, points=4, depth=0.32)
    canvas.line((MIDDLE, 150), "Best moment", 36, weight="Bold", fill=BERRY.faint, width=WIDE, anchor="mm")
    up = 30 * (1 - _eased(seconds, after=0.5))
    canvas.centered_paragraph((MIDDLE, 650 + up), reel.headline, 54, width=WIDE, max_lines=3, min_size=30)
    return canvas


def _numbers(reel: Reel, seconds: float) -> Canvas:
    canvas = Canvas(GREEN, SIZE)
    canvas.line((LEFT, 186), "In numbers", 46, weight="ExtraBold", width=WIDE)
    for place, number in enumerate(reel.numbers[:MAX_NUMBERS]):
        share = _eased(seconds, after=0.25 * place, lasts=1.6)
        top = 236 + 196 * place + 40 * (1 - _eased(seconds, after=0.25 * place))
        canvas.rounded((LEFT, top, LEFT + WIDE, top + 172), 34, WHITE)
        text = f"{round(number.value * share):,}{drawable_text(number.suffix, 4)}"
        canvas.line((LEFT + 32, top + 92), text, 76, weight="ExtraBold", fill="#0b7d63", width=WIDE - 64)
        canvas.line((LEFT + 32, top + 138), number.label, 30, weight="Bold", fill=INK, width=WIDE - 64)
    draw_mascot(canvas, (LEFT + WIDE - 52, 232 + _bob(seconds, 5)), 40, "cheer", turn=seconds * 0.6)
    return canvas


def _skills(reel: Reel, seconds: float) -> Canvas:
    canvas = Canvas(BLUE, SIZE)
    canvas.line((LEFT, 186), "Before and after", 46, weight="ExtraBold", width=WIDE)
    for place, skill in enumerate(improved_skills(reel)):
        top = 236 + 156 * place
        before, after = (min(100, max(0, value)) for value in (skill.before, skill.after))
        now = before + (after - before) * _eased(seconds, after=0.5 + 0.3 * place, lasts=1.4)
        canvas.line((LEFT, top + 34), skill.name, 30, weight="Bold", width=WIDE - 120)
        canvas.line((LEFT + WIDE, top + 34), f"{now:.0f}%", 34, weight="ExtraBold", width=110, anchor="rs")
        canvas.bar((LEFT, top + 54, LEFT + WIDE, top + 82), now / 100, color=MINT, track=BLUE.track)
        if before:
            canvas.bar((LEFT, top + 54, LEFT + WIDE * max(8, before) / 100, top + 82), 1.0, color=WHITE, track=WHITE)
        note = f"from {before}%, {count_noun(after - before, 'point')} more"
        canvas.line((LEFT, top + 118), note, 24, fill=BLUE.faint, width=WIDE)
    if len(improved_skills(reel)) <= MAX_SKILLS // 2:
        draw_mascot(canvas, (MIDDLE, 740 + _bob(seconds, 6)), 96, "cheer", turn=seconds * 0.5)
    return canvas


def _streak(reel: Reel, seconds: float) -> Canvas:
    canvas = Canvas(EMBER, SIZE)
    grown = _eased(seconds, lasts=0.8)
    canvas.disc((MIDDLE, 400), 196, EMBER.stage)
    flicker, ground = _bob(seconds * 3, 7), 556
    for height, wide, color in ((330, 148, "#ff8a1f"), (240, 118, SUN), (150, 84, "#fff0c9")):
        canvas.flame((MIDDLE + flicker * height / 330, ground - height * grown), ground, wide * grown, color)
    if grown > 0.9:  # noqa: PLR2004  (the face comes when the flame is almost there)
        draw_face(canvas, (MIDDLE, 486), 74, "smile", cheek="#ff8a1f")
    days = round(min(reel.streak_days, 9999) * _eased(seconds, after=0.2, lasts=1.4))
    canvas.line((MIDDLE, 690), count_noun(days, "day"), 92, weight="ExtraBold", width=WIDE, anchor="mm")
    canvas.line((MIDDLE, 768), "of practice in a row", 34, weight="Bold", fill=EMBER.faint, width=WIDE, anchor="mm")
    for number in range(WEEK_DAYS):
        is_lit = number < min(reel.streak_days, WEEK_DAYS) and seconds > 0.6 + 0.16 * number
        canvas.disc((MIDDLE + (number - 3) * 58, 850), 21, SUN if is_lit else EMBER.track)
    return canvas


def _call(reel: Reel, seconds: float) -> Canvas:
    canvas = Canvas(DAY, SIZE)
    size = 116 * _eased(seconds, lasts=0.8)
    if size > 1:
        draw_mascot(canvas, (MIDDLE, 370 + _bob(seconds, 6)), size, "cheer", turn=seconds * 0.5)
    canvas.line((MIDDLE, 610), reel.site, 56, weight="ExtraBold", width=WIDE, anchor="mm")
    canvas.pill(
        (MIDDLE, 690 + 40 * (1 - _eased(seconds, after=0.4))),
        reel.call,
        fill=SUN,
        ink=INK,
        size=38,
        width=WIDE,
        is_centered=True,
    )
    return canvas


def _draw_bar(canvas: Canvas, place: int, count: int) -> None:
    """Draw how far the story is, one part for each scene.

    Within a scene the bar stands still: the encoder stores the rectangle around all that moved, so a bar that grows at
    the top would make it store nearly every frame whole.
    """
    gap = 8.0
    wide = (WIDE - gap * (count - 1)) / count
    for number in range(count):
        left = LEFT + number * (wide + gap)
        fill = WHITE if number <= place else canvas.palette.circle
        canvas.rounded((left, 52, left + wide, 58), 3, fill)
