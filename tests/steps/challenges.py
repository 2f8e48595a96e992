"""Send a Buddy Challenge over HTTP, and accept one."""

import re

from django.test import Client

from loops.models import Link
from tests.factories import path_of
from tests.steps.practice import play


def challenge_from(client: Client, *, right: int = 4) -> tuple[Link, str]:
    """Practice, take the offer on the result page, and return the link with the address to share."""
    started = client.post("/practice/start/algebra/")
    played = play(client, started.url, right=right)  # type: ignore[attr-defined]
    offer = client.post(f"/loops/after/{played.attempt.pk}/").content.decode()
    url = re.search(r'data-text="(http[^"]+)\?via=copy"', offer)
    assert url is not None
    return Link.objects.latest("pk"), path_of(url[1])


def accept(client: Client, shared: str) -> str:
    """Follow a shared address and start to play; the attempt's path."""
    landing: str = client.get(f"{shared}?via=whatsapp").url  # type: ignore[attr-defined]
    assert "A friend scored" in client.get(landing).content.decode()
    attempt_url: str = client.post(f"{landing}/play").url  # type: ignore[attr-defined]
    return attempt_url


def loop_panel(client: Client, attempt_id: str) -> str:
    """The panel that loops add to a result page."""
    return client.post(f"/loops/after/{attempt_id}/").content.decode()
