"""A parent's reel: title, numbers that count up, skills that grew, a call to act. 24 seconds, drawn from text alone.

The frames are made once and serve both formats: an animated WebP, and an MP4 where `ffmpeg` is on the path.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

from PIL import Image

from loops.media.paper import INK, MINT, SUN, WHITE, Paper, Theme
from loops.media.text import plain

SIZE = (720, 720)
THEME = Theme(start="#3a22c0", end="#6d4bff", circle="#8468ff", track="#8a75f9")
LEFT, WIDE = 64, 592
STEP_MS = 80  # one frame while something moves
QUALITY = 72
MP4_TIMEOUT_S = 60
MOST_NUMBERS, MOST_SKILLS = 3, 4
MOVING = 12  # frames of one movement
TITLE_MS, NUMBER_MS, SKILLS_MS, CALL_MS = 4000, 3000, 5000, 6000  # with three numbers 24 s
SHORTEST_MS = 20_000


@dataclass(frozen=True, slots=True)
class CountedNumber:
    """Counts up from zero to `value`: "86", "%", "average score"."""

    value: int
    label: str
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class GrownSkill:
    """`before` and `after` are 0 to 100; drawn only where it grew."""

    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Reel:
    """Three numbers and four skills are shown. `child` is a first name, and only with consent; empty names nobody."""

    headline: str
    numbers: tuple[CountedNumber, ...]
    skills: tuple[GrownSkill, ...]
    call: str
    site: str
    child: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    picture: Image.Image
    ms: int


class NoVideo(Exception):
    """There is no ffmpeg here, or it failed; the WebP is there in any case."""


def draw_reel(reel: Reel) -> bytes:
    """An animated WebP of 20 to 30 s that plays once and rests on the call; the same bytes for the same reel.

    Cost  about 2.5 s, 1 MB of file, 130 MB of memory; a task makes it, never a request.
    """
    return encode_webp(frames_of(reel))


def draw_poster(reel: Reel) -> bytes:
    """The call as a still PNG: for who asked for less motion, and while the reel loads."""
    return _call(reel, 1.0).png()


def frames_of(reel: Reel) -> tuple[Frame, ...]:
    """Every frame of the reel, 20 to 30 s in all.

    Cost  about 15 ms a frame.
    """
    frames = [*_scene(partial(_title, reel), TITLE_MS)]
    for number in reel.numbers[:MOST_NUMBERS]:
        frames += _scene(partial(_number, reel, number), NUMBER_MS)
    if grown(reel):
        frames += _scene(partial(_skills, reel), SKILLS_MS)
    frames += _scene(partial(_call, reel), CALL_MS)
    total = sum(frame.ms for frame in frames)
    if total < SHORTEST_MS:  # little to tell: the call stands longer
        frames[-1] = Frame(frames[-1].picture, frames[-1].ms + SHORTEST_MS - total)
    return tuple(frames)


def grown(reel: Reel) -> list[GrownSkill]:
    """The skills that did grow; the reel is silent about others."""
    return [skill for skill in reel.skills if skill.after > skill.before][:MOST_SKILLS]


def encode_webp(frames: tuple[Frame, ...]) -> bytes:
    out = BytesIO()
    first, *rest = (frame.picture for frame in frames)
    durations = [frame.ms for frame in frames]
    first.save(
        out,
        "WEBP",
        save_all=True,
        append_images=rest,
        duration=durations,
        loop=1,
        quality=QUALITY,
        method=0,
        minimize_size=False,
    )
    return out.getvalue()


def encode_mp4(frames: tuple[Frame, ...]) -> bytes:
    """The same frames as H.264 that phones play; beside them only the name of the encoder.

    Raises  NoVideo where ffmpeg is missing, fails, or takes longer than 60 s.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise NoVideo("no ffmpeg on the path")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "reel.mp4"
        listing = _write_frames(frames, Path(folder))
        try:
            subprocess.run(  # noqa: S603  (a fixed program; no word of a person is an argument)
                _arguments(program, listing, made), check=True, capture_output=True, timeout=MP4_TIMEOUT_S
            )
            return made.read_bytes()
        except (subprocess.SubprocessError, OSError) as trouble:
            raise NoVideo(str(trouble)) from trouble


def _arguments(program: str, listing: Path, made: Path) -> list[str]:
    read = [program, "-nostdin", "-y", "-loglevel", "error", "-f", "concat", "-safe", "0", "-i", str(listing)]
    write = ["-an", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-r", "25", "-map_metadata", "-1", "-bitexact"]
    return [*read, *write, "-movflags", "+faststart", str(made)]


def _write_frames(frames: tuple[Frame, ...], folder: Path) -> Path:
    """The pictures and a list of how long each stands, as ffmpeg's concat reader takes them."""
    lines = ["ffconcat version 1.0"]
    for number, frame in enumerate(frames):
        name = f"{number:04}.png"
        frame.picture.save(folder / name, compress_level=1)
        lines += [f"file {name}", f"duration {frame.ms / 1000:.3f}"]
    lines.append(lines[-2])  # the reader needs the last picture twice to hold it
    listing = folder / "frames.txt"
    listing.write_text("\n".join(lines) + "\n")
    return listing


def _scene(draw: Callable[[float], Paper], stay_ms: int) -> Iterator[Frame]:
    """A movement that slows down, and then the finished picture for as long as it takes to read."""
    for number in range(1, MOVING):
        yield Frame(draw(1 - (1 - number / MOVING) ** 3).finished(), STEP_MS)
    yield Frame(draw(1.0).finished(), stay_ms - STEP_MS * (MOVING - 1))


def _sheet(reel: Reel) -> Paper:
    paper = Paper(THEME, SIZE)
    paper.brand(reel.site)
    return paper


def _title(reel: Reel, share: float) -> Paper:
    paper = _sheet(reel)
    rise = 60 * (1 - share)
    paper.words(
        (LEFT, 232 + rise), f"{reel.child}'s week" if plain(reel.child) else "A week of learning", 38, width=WIDE
    )
    paper.lines((LEFT, 262 + rise), reel.headline, 64, weight="ExtraBold", width=WIDE, most=4, least=40)
    paper.bar((LEFT, 628, LEFT + WIDE, 640), share, color=SUN, track=THEME.track)
    return paper


def _number(reel: Reel, number: CountedNumber, share: float) -> Paper:
    """The number counts up; a percentage fills its ring, anything else a whole one."""
    paper = _sheet(reel)
    now = round(number.value * share)
    filled = now if number.suffix == "%" else 100 * share
    paper.dial((360, 356), 196, filled, thick=40)
    paper.words((360, 352), f"{now:,}{number.suffix}", 128, weight="ExtraBold", width=290, anchor="mm", least=24)
    paper.words((360, 628), number.label, 44, weight="Bold", width=WIDE, anchor="mm")
    return paper


def _skills(reel: Reel, share: float) -> Paper:
    paper = _sheet(reel)
    paper.words((LEFT, 204), "Skills that grew", 52, weight="ExtraBold", width=WIDE)
    for number, skill in enumerate(grown(reel)):
        top = 250 + 108 * number
        before, after = (min(100, max(0, value)) for value in (skill.before, skill.after))
        now = before + (after - before) * share
        paper.words((LEFT, top + 34), skill.name, 32, weight="Bold", width=WIDE - 130)
        paper.words((LEFT + WIDE, top + 34), f"{now:.0f}%", 32, weight="ExtraBold", width=120, anchor="rs")
        box = (LEFT, top + 52, LEFT + WIDE, top + 74)
        paper.bar(box, now / 100, color=MINT, track=THEME.track)
        if before:
            paper.bar((LEFT, top + 52, LEFT + WIDE * before / 100, top + 74), 1.0, color=WHITE, track=WHITE)
    return paper


def _call(reel: Reel, share: float) -> Paper:
    paper = Paper(THEME, SIZE)
    size = 96 * share
    paper.mark((360 - size, 260 - size, 360 + size, 260 + size))
    paper.words((360, 430), reel.site, 50, weight="ExtraBold", width=WIDE, anchor="mm")
    paper.pill((360, 500 + 60 * (1 - share)), reel.call, fill=SUN, ink=INK, size=42, width=WIDE, is_centered=True)
    return paper
