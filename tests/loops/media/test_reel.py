import shutil
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from loops.media import film
from loops.media.canvas import background
from loops.media.film import VideoUnavailable, VideoWriter
from loops.media.reel import (
    SIZE,
    CountedNumber,
    ImprovedSkill,
    Reel,
    draw_poster,
    draw_reel,
    frame_count,
    frame_of,
    scenes_of,
)

WEEK = Reel(
    headline="Mastered fractions and kept a 7-day streak",
    numbers=(CountedNumber(86, "average score", "%"), CountedNumber(5, "days"), CountedNumber(1240, "points")),
    skills=(ImprovedSkill("Fractions", 40, 92), ImprovedSkill("Geometry", 55, 70)),
    call="Try a class for free",
    site="Brightside",
    child="Ada",
    streak_days=12,
)
QUIET = Reel("A calm week", (), (), "Try a class", "Brightside")


def durations(webp: bytes) -> list[int]:
    image = Image.open(BytesIO(webp))
    found = []
    for number in range(image.n_frames):  # type: ignore[attr-defined]
        image.seek(number)
        image.load()
        found.append(int(image.info["duration"]))
    return found


@pytest.fixture(scope="module")
def webp() -> bytes:
    return draw_reel(WEEK).webp


def test_a_reel_is_a_story_of_20_to_30_seconds_at_12_frames_a_second(webp: bytes) -> None:
    image = Image.open(BytesIO(webp))
    assert (image.format, image.size, image.info["loop"]) == ("WEBP", (540, 960), 1)
    assert set(durations(webp)) == {80}  # 12.5 frames a second
    assert sum(durations(webp)) == 26_400


def test_a_reel_fits_its_row_and_has_no_metadata(webp: bytes) -> None:
    assert 100_000 < len(webp) < 3_200_000
    image = Image.open(BytesIO(webp))
    assert {"exif", "xmp", "icc_profile"} & set(image.info) == set()


def test_a_calm_week_still_takes_20_seconds() -> None:
    assert [scene.ms for scene in scenes_of(QUIET)] == [3600, 4400, 12_000]
    assert frame_count(QUIET) == 250


def test_surplus_numbers_and_skills_are_left_out() -> None:
    much = replace(WEEK, numbers=WEEK.numbers * 9, skills=WEEK.skills * 9)
    assert frame_count(much) == frame_count(WEEK)
    assert frame_of(much, 150) == frame_of(replace(WEEK, skills=WEEK.skills * 2), 150)


def test_only_improved_skills_and_streaks_of_two_days_are_shown() -> None:
    lost = replace(QUIET, skills=(ImprovedSkill("Algebra", 80, 60), ImprovedSkill("Geometry", 50, 50)), streak_days=1)
    assert len(scenes_of(lost)) == len(scenes_of(QUIET)) == 3
    assert len(scenes_of(replace(lost, streak_days=2))) == 4


def test_every_frame_of_the_story_differs_from_the_one_before() -> None:
    frames = [frame_of(WEEK, number).tobytes() for number in range(40, 100, 3)]
    assert all(one != other for one, other in pairwise(frames))


def test_numbers_count_up_to_the_value() -> None:
    start = scenes_of(WEEK)[0].frames + scenes_of(WEEK)[1].frames
    ended = frame_of(WEEK, start + scenes_of(WEEK)[2].frames - 1)
    less = replace(WEEK, numbers=(replace(WEEK.numbers[0], value=85), *WEEK.numbers[1:]))
    assert ended != frame_of(less, start + scenes_of(WEEK)[2].frames - 1)
    assert frame_of(WEEK, start) == frame_of(less, start)  # all numbers start at zero


@pytest.mark.parametrize("words", ["", "W" * 30_000, "\N{FIRE}" * 50, "von und zu " * 300])
def test_unusual_text_stays_within_the_frame(words: str) -> None:
    wild = Reel(words, (CountedNumber(10**12, words, words),), (ImprovedSkill(words, -5, 900),), words, words, words, 9)
    for scene in scenes_of(wild)[1:]:  # the hill of the first one reaches over the edge
        canvas = scene.draw(scene.ms / 1000)
        bare = background(canvas.palette, SIZE)
        left, top, right, bottom = ImageChops.difference(canvas.finished(), bare).getbbox() or (60, 60, 60, 60)
        assert min(left, top) >= 40
        assert right <= 500
        assert bottom <= 920


def test_the_poster_is_a_still_of_the_best_moment() -> None:
    poster = Image.open(BytesIO(draw_poster(WEEK)))
    assert (poster.format, poster.size, poster.info) == ("PNG", (540, 960), {})


# ffmpeg is not installed here, so the tests cover our side: frames, arguments and failures. The real program was
# checked by hand.
def program(folder: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    path = folder / "ffmpeg"
    path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def written(frames: int) -> bytes:
    with VideoWriter((2, 2)) as video:
        for number in range(frames):
            video.write(Image.new("RGB", (2, 2), (number, 0, 0)))
        return video.finish()


def test_ffmpeg_gets_every_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(
        tmp_path,
        monkeypatch,
        f'echo "$@" > {tmp_path}/arguments',
        "while [ $# -gt 1 ]; do shift; done",
        'cat > "$1"',
    )
    assert written(3) == b"".join(bytes([number, 0, 0]) * 4 for number in range(3))
    arguments = (tmp_path / "arguments").read_text()
    assert "-f rawvideo -pix_fmt rgb24 -s 2x2 -r 12.5 -i -" in arguments
    assert "-bitexact -movflags +faststart" in arguments


@pytest.mark.parametrize("line", ["exit 1", "exit 0"])
def test_a_failed_ffmpeg_leaves_the_webp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    program(tmp_path, monkeypatch, line)
    with pytest.raises(VideoUnavailable):
        written(1)
    short = replace(QUIET)
    monkeypatch.setattr("loops.media.reel.frame_count", lambda _: 4)
    drawn = draw_reel(short)
    assert (drawn.webp[:4], drawn.mp4) == (b"RIFF", None)
    assert len(durations(drawn.webp)) == 4


def test_a_hanging_ffmpeg_times_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, "exec sleep 60")
    monkeypatch.setattr(film, "MP4_TIMEOUT_S", 0.2)
    with pytest.raises(VideoUnavailable):
        written(1)


def test_without_ffmpeg_there_is_no_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("ffmpeg") is None
    with pytest.raises(VideoUnavailable):
        written(1)
