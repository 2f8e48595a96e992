"""Each share sheet has a QR code of the link; showing it is an invite, and scanning it a click with its channel."""

import pytest

from loops.core.registry import share_pack_for
from loops.media.qr import qr_svg
from tests.factories import BROWSER, browser, challenge_of, person
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
KEY = "6b9f2b1e-6f62-4bd0-9a53-0a0c4b1b2c3d"


def test_the_sheet_shows_the_code_and_a_scan_is_a_touch_of_its_channel(algebra: Skill) -> None:
    ada = person("Ada")
    link = challenge_of(ada, algebra, at=now())
    sheet = browser(ada).get(f"/loops/share/{link.code}/").content.decode()
    pack = share_pack_for(link)
    address = f"{pack.url}?via=qr"
    assert qr_svg(address, title="QR code of your link") in sheet
    assert browser(ada).post(f"/loops/share/{link.code}/sent/", {"channel": "qr", "key": KEY}).status_code == 204
    assert LoggedEvent.objects.get(type="invite_sent").properties["channel"] == "qr"
    path = "/r/" + address.split("/r/")[1]
    browser().get(path, headers={"User-Agent": BROWSER})
    assert LoggedEvent.objects.get(type="link_clicked").properties["channel"] == "qr"
