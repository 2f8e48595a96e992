"""Draw a parent's reel of 24 seconds: title, numbers that count up, skills that improved, call to action.

Only text is drawn, no photos. The same frames serve both formats: animated WebP, and MP4 if `ffmpeg` is installed.
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

from loops.media.canvas import INK, MINT, SUN, WHITE, Canvas, Palette
from loops.media.text import drawable_text

SIZE = (720, 720)
PALETTE = Palette(start="#3a22c0", end="#6d4bff", circle="#8468ff", track="#8a75f9")
LEFT, WIDE = 64, 592
STEP_MS = 80  # length of one frame of an animation
QUALITY = 72
MP4_TIMEOUT_S = 60
MAX_NUMBERS, MAX_SKILLS = 3, 4
MOTION_FRAMES = 12  # frames of one animation
TITLE_MS, NUMBER_MS, SKILLS_MS, CALL_MS = 4000, 3000, 5000, 6000  # 24 s with three numbers
MIN_DURATION_MS = 20_000


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
    """Content of a reel; at most three numbers and four skills are drawn.

    `child` is a first name and needs consent; leave it empty to name no one.
    """

    headline: str
    numbers: tuple[CountedNumber, ...]
    skills: tuple[ImprovedSkill, ...]
    call: str
    site: str
    child: str = ""


@dataclass(frozen=True, slots=True)
class ReelFrame:
    picture: Image.Image
    ms: int


class VideoUnavailable(Exception):
    """ffmpeg is missing or failed; the WebP is available in any case."""


def draw_reel(reel: Reel) -> bytes:
    """Return an animated WebP of 20 to 30 s that plays once; equal reels give equal bytes.

    Cost  about 2.5 s, a 1 MB file, 130 MB of memory: call it from a task, never from a request.
    """
    return encode_webp(frames_of(reel))


def draw_poster(reel: Reel) -> bytes:
    """Return the call to action as a still PNG, for people who prefer reduced motion and while the reel loads."""
    return _call(reel, 1.0).png()


def frames_of(reel: Reel) -> tuple[ReelFrame, ...]:
    """Return every frame of the reel, 20 to 30 s in total.

    Cost  about 15 ms per frame.
    """
    frames = [*_scene(partial(_title, reel), TITLE_MS)]
    for number in reel.numbers[:MAX_NUMBERS]:
        frames += _scene(partial(_number, reel, number), NUMBER_MS)
    if improved_skills(reel):
        frames += _scene(partial(_skills, reel), SKILLS_MS)
    frames += _scene(partial(_call, reel), CALL_MS)
    total = sum(frame.ms for frame in frames)
    if total < MIN_DURATION_MS:  # little content: hold the last frame longer
        frames[-1] = ReelFrame(frames[-1].picture, frames[-1].ms + MIN_DURATION_MS - total)
    return tuple(frames)


def improved_skills(reel: Reel) -> list[ImprovedSkill]:
    """Return the skills that improved; the reel leaves out the others."""
    return [skill for skill in reel.skills if skill.after > skill.before][:MAX_SKILLS]


def encode_webp(frames: tuple[ReelFrame, ...]) -> bytes:
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


def encode_mp4(frames: tuple[ReelFrame, ...]) -> bytes:
    """Return the frames as H.264 that phones play; the only metadata is the encoder's name.

    Raises  VideoUnavailable if ffmpeg is missing, fails, or takes longer than 60 s.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise VideoUnavailable("no ffmpeg on the path")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "reel.mp4"
        listing = _write_frames(frames, Path(folder))
        try:
            subprocess.run(  # noqa: S603  (a fixed program; no user input is an argument)
                _arguments(program, listing, made), check=True, capture_output=True, timeout=MP4_TIMEOUT_S
            )
            return made.read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            raise VideoUnavailable(str(error)) from error


def _arguments(program: str, listing: Path, made: Path) -> list[str]:
    read = [program, "-nostdin", "-y", "-loglevel", "error", "-f", "concat", "-safe", "0", "-i", str(listing)]
    write = ["-an", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-r", "25", "-map_metadata", "-1", "-bitexact"]
    return [*read, *write, "-movflags", "+faststart", str(made)]


def _write_frames(frames: tuple[ReelFrame, ...], folder: Path) -> Path:
    """Write the frames and a list of their durations in the format of ffmpeg's concat demuxer."""
    lines = ["ffconcat version 1.0"]
    for number, frame in enumerate(frames):
        name = f"{number:04}.png"
        frame.picture.save(folder / name, compress_level=1)
        lines += [f"file {name}", f"duration {frame.ms / 1000:.3f}"]
    lines.append(lines[-2])  # the demuxer ignores the duration of the last entry, so it is listed twice
    listing = folder / "frames.txt"
    listing.write_text("\n".join(lines) + "\n")
    return listing


def _scene(draw: Callable[[float], Canvas], stay_ms: int) -> Iterator[ReelFrame]:
    """Yield a movement that slows down, then the finished picture, long enough to read it."""
    for number in range(1, MOTION_FRAMES):
        yield ReelFrame(draw(1 - (1 - number / MOTION_FRAMES) ** 3).finished(), STEP_MS)
    yield ReelFrame(draw(1.0).finished(), stay_ms - STEP_MS * (MOTION_FRAMES - 1))


def _sheet(reel: Reel) -> Canvas:
    canvas = Canvas(PALETTE, SIZE)
    canvas.brand(reel.site)
    return canvas


def _title(reel: Reel, share: float) -> Canvas:
    canvas = _sheet(reel)
    rise = 60 * (1 - share)
    canvas.line(
        (LEFT, 232 + rise),
        f"{reel.child}'s week" if drawable_text(reel.child) else "A week of learning",
        38,
        width=WIDE,
    )
    canvas.paragraph((LEFT, 262 + rise), reel.headline, 64, weight="ExtraBold", width=WIDE, max_lines=4, min_size=40)
    canvas.bar((LEFT, 628, LEFT + WIDE, 640), share, color=SUN, track=PALETTE.track)
    return canvas


def _number(reel: Reel, number: CountedNumber, share: float) -> Canvas:
    """Draw the number while it counts up; a percentage fills its share of the ring, other numbers the whole ring."""
    canvas = _sheet(reel)
    now = round(number.value * share)
    filled = now if number.suffix == "%" else 100 * share
    canvas.dial((360, 356), 196, filled, thick=40)
    canvas.line((360, 352), f"{now:,}{number.suffix}", 128, weight="ExtraBold", width=290, anchor="mm", min_size=24)
    canvas.line((360, 628), number.label, 44, weight="Bold", width=WIDE, anchor="mm")
    return canvas


def _skills(reel: Reel, share: float) -> Canvas:
    canvas = _sheet(reel)
    canvas.line((LEFT, 204), "Skills that grew", 52, weight="ExtraBold", width=WIDE)
    for number, skill in enumerate(improved_skills(reel)):
        top = 250 + 108 * number
        before, after = (min(100, max(0, value)) for value in (skill.before, skill.after))
        now = before + (after - before) * share
        canvas.line((LEFT, top + 34), skill.name, 32, weight="Bold", width=WIDE - 130)
        canvas.line((LEFT + WIDE, top + 34), f"{now:.0f}%", 32, weight="ExtraBold", width=120, anchor="rs")
        box = (LEFT, top + 52, LEFT + WIDE, top + 74)
        canvas.bar(box, now / 100, color=MINT, track=PALETTE.track)
        if before:
            canvas.bar((LEFT, top + 52, LEFT + WIDE * before / 100, top + 74), 1.0, color=WHITE, track=WHITE)
    return canvas


def _call(reel: Reel, share: float) -> Canvas:
    canvas = Canvas(PALETTE, SIZE)
    size = 96 * share
    canvas.logo((360 - size, 260 - size, 360 + size, 260 + size))
    canvas.line((360, 430), reel.site, 50, weight="ExtraBold", width=WIDE, anchor="mm")
    canvas.pill((360, 500 + 60 * (1 - share)), reel.call, fill=SUN, ink=INK, size=42, width=WIDE, is_centered=True)
    return canvas
