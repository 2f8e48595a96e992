"""Encode a link as a QR code: SVG for pages, PNG for print and messages."""

from io import BytesIO

import segno
from django.utils.safestring import SafeString

from viral_engine.charts.svg import tag

QUIET_ZONE = 4  # quiet zone in modules, required by ISO/IEC 18004
MAX_ADDRESS_LENGTH = 300


class AddressTooLong(Exception):
    """The address is too long for a code that phones can scan from a screen."""


def qr_svg(address: str, *, title: str = "QR code of the link") -> SafeString:
    """Return a square SVG that scales with its container, black on white in every theme, without style or script.

    Cost   about 3 ms.
    Raises AddressTooLong past 300 characters.
    """
    matrix = qr_matrix(address)
    side = len(matrix) + 2 * QUIET_ZONE
    return tag(
        "svg",
        tag("title", title),
        tag("rect", width=side, height=side, fill="#fff"),
        tag("path", d=_path(matrix), fill="#000"),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {side} {side}",
        class_="qr",
        role="img",
        shape_rendering="crispEdges",
    )


def qr_png(address: str, *, module_px: int = 10) -> bytes:
    """Return the same code as a PNG without metadata.

    Units  `module_px` is the side of one module in pixels.
    Raises AddressTooLong past 300 characters.
    """
    out = BytesIO()
    _code(address).save(out, kind="png", scale=module_px, border=QUIET_ZONE)
    return out.getvalue()


def qr_matrix(address: str) -> tuple[tuple[bool, ...], ...]:
    """Return the modules row by row, without the quiet zone; True means dark."""
    return tuple(tuple(bool(module) for module in row) for row in _code(address).matrix)


def _code(address: str) -> segno.QRCode:
    if len(address) > MAX_ADDRESS_LENGTH:
        raise AddressTooLong(len(address))
    return segno.make_qr(address, error="m", boost_error=True)


def _path(matrix: tuple[tuple[bool, ...], ...]) -> str:
    """Draw each run of dark modules as one rectangle: a third of the bytes of single squares."""
    pieces = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            length = next((n for n, dark in enumerate(row[x:]) if not dark), len(row) - x)
            if length:
                pieces.append(f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h{length}v1h-{length}z")
            x += max(1, length)
    return "".join(pieces)
