"""Threat 36: text on a share card that makes the server fetch an address, or breaks the picture."""

import ast
import socket
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from loops.buddy_challenge.card import ChallengeCard, draw_challenge_card
from loops.media.qr import qr_svg

ROOT = Path(__file__).parent.parent.parent
EVIL = [
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data/",
    '<svg onload="alert(1)"><image href="http://evil.example/x.png"/></svg>',
    "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    "%PDF-1.4 \x00\x01\x02",
    "\u202eevil\u202c" * 50,
    "Z\u0351\u036b\u0343\u036a" * 200,
    "x" * 30_000,
]
NETWORKED = {"httpx", "requests", "urllib.request", "http.client", "socket", "aiohttp", "cairosvg", "svglib", "wand"}


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Every attempt to reach an address, which then fails."""
    tried: list[object] = []

    def refuse(_: object, address: object) -> None:
        tried.append(address)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    yield tried
    assert tried == []


@pytest.mark.parametrize("text", EVIL)
@pytest.mark.usefixtures("no_network")
def test_whatever_the_text_a_card_is_a_picture_of_its_size(text: str) -> None:
    picture = Image.open(BytesIO(draw_challenge_card(ChallengeCard(text, 80, text, text))))
    assert (picture.format, picture.size, picture.info) == ("PNG", (1200, 630), {})


def test_nothing_that_draws_can_fetch() -> None:
    """Cards, reels and codes import no client of the network; a picture is drawn from text and numbers alone."""
    modules = [*(ROOT / "loops" / "media").rglob("*.py"), *(ROOT / "loops").glob("*/card.py")]
    assert len(modules) > 8
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name for name in names if name in NETWORKED or name.split(".")[0] in NETWORKED}, module


def test_a_code_is_drawn_without_its_text_as_markup() -> None:
    assert "evil" not in qr_svg("https://x.example/<script>evil</script>", title="Scan")
