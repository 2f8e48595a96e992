"""The installed app: manifest, worker, offline page and share target."""

import pytest
from django.contrib.staticfiles import finders
from PIL import Image

from tests.factories import browser


@pytest.mark.django_db
def test_the_manifest_names_icons_of_their_sizes_and_a_share_target() -> None:
    answer = browser().get("/manifest.webmanifest")
    about = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert (about["display"], about["start_url"], about["scope"]) == ("standalone", "/", "/")
    for icon in about["icons"]:
        path = finders.find(icon["src"].removeprefix("/static/"))
        assert path is not None
        assert Image.open(str(path)).size == tuple(int(side) for side in icon["sizes"].split("x"))
    assert {icon["purpose"] for icon in about["icons"]} == {"any", "maskable"}
    assert about["share_target"]["action"] == "/share/"


@pytest.mark.django_db
def test_worker_and_offline_page_name_nobody_and_are_fresh() -> None:
    worker, offline = (browser().get(path) for path in ("/service-worker.js", "/offline/"))
    assert (worker["Content-Type"], worker["Cache-Control"]) == ("text/javascript", "no-cache")
    assert b'"/offline/"' in worker.content.replace(b"\\u002D", b"-")
    assert "You are offline" in offline.content.decode()


@pytest.mark.django_db
def test_a_shared_link_of_ours_is_opened_and_nothing_else() -> None:
    shared = {"text": "Beat me! https://site.example/r/Ab3dE6gH.0123456789abcdef?via=copy"}
    assert browser().get("/share/", shared)["Location"] == "/r/Ab3dE6gH.0123456789abcdef"
    other = browser().get("/share/", {"url": "https://evil.example/"})
    assert (other.status_code, "nothing to open" in other.content.decode()) == (200, True)
