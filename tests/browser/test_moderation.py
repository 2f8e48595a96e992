"""The report dialog, the page of decisions and a case of the queue, as people and staff see them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Site
from tests.steps.browser import arrive

pytestmark = pytest.mark.browser
SIZES = (("phone", 390, 844), ("desktop", 1280, 900))
MESSAGE = """
from uuid import uuid4
from feeds.services.chat import post_message
from viral_engine.accounts.models import Cohort, CohortMembership, User
from viral_engine.kernel.clock import now
ada, bo = User.objects.get(username="ada"), User.objects.get(username="bo")
cohort = CohortMembership.objects.filter(user=ada).first().cohort
CohortMembership.objects.get_or_create(cohort=cohort, user=bo, defaults={"joined_at": now()})
said = post_message(author=ada, cohort_id=cohort.pk, text="Nobody likes your drawing", key=uuid4(), at=now())
print(cohort.pk, said.pk)
"""
REJECT = """
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.safety.models import ReviewItem
from viral_engine.safety.services.reviews import reject
item = ReviewItem.objects.get(kind="message", subject__username="ada")
reject(item=item, by=User.objects.filter(is_superuser=True).first(), at=now())
print(item.pk)
"""


def pictures(page: Page, gallery: Path, name: str) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for size, width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") == width
            page.screenshot(path=gallery / f"{name}-{size}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")


def test_a_message_is_reported_and_its_author_reads_why_it_went(
    site: Site, phone: Callable[[], Page], gallery: Path
) -> None:
    cohort, message = site.ask(MESSAGE).split()
    reader, author = phone(), phone()
    arrive(reader, site, "bo", f"/cohorts/{cohort}/")
    reader.locator(f"#message-{message} summary").click()
    reader.screenshot(path=gallery / "70-message-menu.png")
    reader.locator(f"#message-{message}").get_by_role("link", name="Report").click()
    pictures(reader, gallery, "70-report")
    reader.get_by_label("It is mean or hurtful").check()
    reader.get_by_role("button", name="Send the report").click()
    expect(reader.get_by_text("Thank you. Our team will look at it.")).to_be_visible()
    site.ask(REJECT)
    arrive(author, site, "ada", "/decisions/")
    expect(author.get_by_role("heading", name="Your message: taken down")).to_be_visible()
    author.get_by_text("Is this wrong?").click()
    pictures(author, gallery, "70-decisions")
    author.get_by_label("Tell us why").fill("It was about my own drawing")
    author.get_by_role("button", name="Look again, please").click()
    expect(author.get_by_role("heading", name="We are looking at your message again")).to_be_visible()
