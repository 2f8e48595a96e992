from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
import zxingcpp
from PIL import Image

from loops.media.qr import AddressTooLong, qr_matrix, qr_png, qr_svg

ADDRESS = "https://brightside.example/r/Ab3dE6gH.0123456789abcdef?via=qr"


def test_the_png_reads_back_and_has_no_metadata() -> None:
    image = Image.open(BytesIO(qr_png(ADDRESS)))
    image.load()
    assert [code.text for code in zxingcpp.read_barcodes(image.convert("L"))] == [ADDRESS]
    assert dict(image.getexif()) == {}
    assert set(image.info) <= {"transparency"}


def test_the_svg_reads_back() -> None:
    root = ET.fromstring(qr_svg(ADDRESS))  # noqa: S314  (our own)
    side = int(root.get("viewBox", "").split()[-1])
    canvas = Image.new("L", (side, side), 255)
    for run in root[2].get("d", "").split("z")[:-1]:
        x, y, length = (int(part) for part in run.removeprefix("M").replace("h", " ").split("v")[0].split())
        canvas.paste(0, (x, y, x + length, y + 1))
    assert [code.text for code in zxingcpp.read_barcodes(canvas.resize((side * 8, side * 8), 0))] == [ADDRESS]


def test_the_svg_has_a_quiet_zone_a_name_and_no_style() -> None:
    drawn = qr_svg(ADDRESS, title='Scan "me"')
    root = ET.fromstring(drawn)  # noqa: S314  (our own)
    modules = len(qr_matrix(ADDRESS))
    assert root.get("viewBox") == f"0 0 {modules + 8} {modules + 8}"
    assert (root.get("role"), root[0].text) == ("img", 'Scan "me"')
    assert "style" not in drawn
    assert "M4 4h7v1h-7z" in drawn


def test_an_address_too_long_for_phones_is_refused() -> None:
    with pytest.raises(AddressTooLong):
        qr_svg("x" * 301)
