import hashlib
import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from loops.media import reel as media
from loops.media.canvas import background
from loops.media.reel import (
    CountedNumber,
    ImprovedSkill,
    Reel,
    VideoUnavailable,
    draw_poster,
    draw_reel,
    encode_mp4,
    frames_of,
)

WEEK = Reel(
    headline="Mastered fractions and kept a 7-day streak",
    numbers=(CountedNumber(86, "average score", "%"), CountedNumber(5, "days"), CountedNumber(1240, "points")),
    skills=(ImprovedSkill("Fractions", 40, 92), ImprovedSkill("Geometry", 55, 70)),
    call="Try a class for free",
    site="Brightside",
    child="Ada",
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
    return draw_reel(WEEK)


def test_a_reel_is_a_webp_of_24_seconds_that_plays_once(webp: bytes) -> None:
    image = Image.open(BytesIO(webp))
    assert (image.format, image.size, image.info["loop"]) == ("WEBP", (720, 720), 1)
    assert sum(durations(webp)) == 24_000
    assert len(durations(webp)) >= 50


def test_a_reel_is_small_and_has_no_metadata(webp: bytes) -> None:
    assert 100_000 < len(webp) < 3_000_000
    image = Image.open(BytesIO(webp))
    assert {"exif", "xmp", "icc_profile"} & set(image.info) == set()


def test_the_same_reel_is_the_same_bytes(webp: bytes) -> None:
    assert hashlib.sha256(draw_reel(replace(WEEK))).digest() == hashlib.sha256(webp).digest()


def test_a_calm_week_still_takes_20_seconds() -> None:
    frames = frames_of(QUIET)
    assert sum(frame.ms for frame in frames) == 20_000
    assert len(frames) == 24


def test_surplus_numbers_and_skills_are_left_out() -> None:
    much = replace(WEEK, numbers=WEEK.numbers * 9, skills=WEEK.skills * 9)
    assert sum(frame.ms for frame in frames_of(much)) == 24_000


def test_only_improved_skills_are_shown() -> None:
    lost = replace(QUIET, skills=(ImprovedSkill("Algebra", 80, 60), ImprovedSkill("Geometry", 50, 50)))
    assert [frame.picture.tobytes() for frame in frames_of(lost)] == [f.picture.tobytes() for f in frames_of(QUIET)]


def test_numbers_count_up_to_the_value() -> None:
    pictures = [frame.picture.tobytes() for frame in frames_of(replace(QUIET, numbers=WEEK.numbers[:1]))]
    counting = pictures[12:24]
    assert len(set(counting)) > 8
    assert counting[-1] == media._number(QUIET, WEEK.numbers[0], 1.0).finished().tobytes()


@pytest.mark.parametrize("words", ["", "W" * 30_000, "\N{FIRE}" * 50, "von und zu " * 300])
def test_unusual_text_stays_within_the_frame(words: str) -> None:
    wild = Reel(words, (CountedNumber(10**12, words, words),), (ImprovedSkill(words, -5, 900),), words, words, words)
    for frame in frames_of(wild):
        box = ImageChops.difference(frame.picture, background(media.PALETTE, media.SIZE)).getbbox() or (60, 60, 60, 60)
        assert min(box[:2]) >= 40
        assert max(box[2:]) <= 680


def test_the_poster_is_the_last_frame() -> None:
    poster = Image.open(BytesIO(draw_poster(WEEK)))
    assert (poster.format, poster.size, poster.info) == ("PNG", (720, 720), {})
    assert poster.tobytes() == frames_of(WEEK)[-1].picture.tobytes()


# ffmpeg is not installed here, so the tests cover our side: frames, durations, arguments and failures. The
# real program was checked manually: 24.04 s of H.264, 0.27 MB.
def program(folder: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    path = folder / "ffmpeg"
    path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_ffmpeg_gets_every_frame_with_its_duration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(
        tmp_path,
        monkeypatch,
        f'echo "$@" > {tmp_path}/arguments',
        'while [ $# -gt 1 ]; do [ "$1" = "-i" ] && listing="$2"; shift; done',
        f'cp "$(dirname "$listing")"/* {tmp_path}/',
        'echo made > "$1"',
    )
    frames = frames_of(QUIET)
    assert encode_mp4(frames) == b"made\n"
    arguments = (tmp_path / "arguments").read_text().split()
    assert arguments[:8] == ["-nostdin", "-y", "-loglevel", "error", "-f", "concat", "-safe", "0"]
    assert arguments[-5:-1] == ["-1", "-bitexact", "-movflags", "+faststart"]
    listed = (tmp_path / "frames.txt").read_text().splitlines()
    seconds = [float(line.split()[1]) for line in listed if line.startswith("duration")]
    files = [line.split()[1] for line in listed if line.startswith("file")]
    assert (len(seconds), round(sum(seconds), 3)) == (len(frames), 20.0)
    assert files == [f"{number:04}.png" for number in range(len(frames))] + [f"{len(frames) - 1:04}.png"]
    assert Image.open(tmp_path / files[-1]).tobytes() == frames[-1].picture.tobytes()


@pytest.mark.parametrize("line", ["exit 1", "exit 0"])
def test_a_failed_ffmpeg_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    program(tmp_path, monkeypatch, line)
    with pytest.raises(VideoUnavailable):
        encode_mp4(frames_of(QUIET)[:2])


def test_a_hanging_ffmpeg_times_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, "exec sleep 60")
    monkeypatch.setattr(media, "MP4_TIMEOUT_S", 0.2)
    with pytest.raises(VideoUnavailable):
        encode_mp4(frames_of(QUIET)[:2])


def test_without_ffmpeg_there_is_no_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("ffmpeg") is None
    with pytest.raises(VideoUnavailable):
        encode_mp4(frames_of(QUIET)[:2])
