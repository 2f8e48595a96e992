"""Encode drawn frames as they come, so that a film of hundreds of frames needs the memory of a few.

Every frame lasts 80 ms (12.5 a second). The animated WebP always exists; the MP4 where `ffmpeg` is installed.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import IO, Self

from PIL import Image

FRAME_MS = 80
FRAMES_PER_S = 12.5
QUALITY = 50
MAX_DELTAS = 50  # frames between two key frames
MP4_TIMEOUT_S = 50
DrawFrame = Callable[[int], Image.Image]


class VideoUnavailable(Exception):
    """ffmpeg is missing or failed; the WebP is available in any case."""


class Film(Image.Image):
    """A picture of many frames, as Pillow reads them: each is drawn when the encoder asks for it."""

    def __init__(self, draw: DrawFrame, count: int, on_frame: Callable[[Image.Image], None] | None = None) -> None:
        super().__init__()
        self.draw_frame, self.n_frames, self.on_frame = draw, count, on_frame
        self._shown = -1
        self.seek(0)

    def seek(self, frame: int) -> None:
        if frame == self._shown:
            return
        drawn = self.draw_frame(frame)
        if self.on_frame and frame == self._shown + 1:  # Pillow goes back to the first frame at the end
            self.on_frame(drawn)
        self.im, self._mode, self._size, self._shown = drawn.im, drawn.mode, drawn.size, frame

    def tell(self) -> int:
        return max(0, self._shown)


class VideoWriter:
    """ffmpeg that reads raw frames and writes H.264 as phones play it; the only metadata is the encoder's name."""

    def __init__(self, size: tuple[int, int]) -> None:
        program = shutil.which("ffmpeg")
        if program is None:
            raise VideoUnavailable("no ffmpeg on the path")
        self._program, self._size = program, size

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        self._made = Path(self._folder.name) / "reel.mp4"
        read = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "{}x{}".format(*self._size), "-r", f"{FRAMES_PER_S}"]
        write = ["-an", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-r", "25"]
        plain = ["-map_metadata", "-1", "-bitexact", "-movflags", "+faststart"]
        self._process = subprocess.Popen(  # noqa: S603  (a fixed program; no user input is an argument)
            [self._program, "-nostdin", "-y", "-loglevel", "error", *read, "-i", "-", *write, *plain, str(self._made)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if self._process.stdin is None:
            raise VideoUnavailable("no pipe to ffmpeg")
        self._pipe: IO[bytes] = self._process.stdin
        self._timer = Timer(MP4_TIMEOUT_S, self._process.kill)
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def write(self, frame: Image.Image) -> None:
        """Raises  VideoUnavailable after ffmpeg ended."""
        try:
            self._pipe.write(frame.tobytes())
        except OSError as error:
            raise VideoUnavailable(str(error)) from error

    def finish(self) -> bytes:
        """Return the MP4. Raises  VideoUnavailable if ffmpeg failed, or took longer than 50 s."""
        try:
            self._pipe.close()
            if self._process.wait() == 0:
                return self._made.read_bytes()
        except OSError as error:
            raise VideoUnavailable(str(error)) from error
        raise VideoUnavailable(f"ffmpeg ended with {self._process.returncode}")


def encode_webp(draw: DrawFrame, count: int, on_frame: Callable[[Image.Image], None] | None = None) -> bytes:
    """Return an animated WebP that plays once."""
    out = BytesIO()
    Film(draw, count, on_frame).save(
        out,
        "WEBP",
        save_all=True,
        duration=FRAME_MS,
        loop=1,
        quality=QUALITY,
        method=0,
        minimize_size=False,
        kmin=MAX_DELTAS - 1,  # at least half the bytes of Pillow's key frame every fifth frame
        kmax=MAX_DELTAS,
    )
    return out.getvalue()
