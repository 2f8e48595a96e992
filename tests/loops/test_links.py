from datetime import datetime, timedelta

import pytest
import time_machine
from django.conf import settings as live_settings
from django.db import IntegrityError, transaction
from pytest_django import Settings

from loops.buddy_challenge.models import Challenge
from loops.core.links import create_link, deactivation_reason, find_link, token_for
from loops.models import Link, Loop, Touch
from tests.factories import BROWSER, browser, challenge_of, child, counting, parent_of, person, statements
from viral_engine.accounts.models import Guest, User
from viral_engine.accounts.services.consent import give_consent, withdraw_consent
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Result, Skill

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(algebra: Skill, at: datetime) -> Link:
    """Ada's challenge, made by the loop itself."""
    return challenge_of(person("Ada", at=at), algebra, at)


def follow(link: Link, at: datetime, *, agent: str = BROWSER, method: str = "get", **headers: str) -> int:
    with time_machine.travel(at, tick=False):
        client = browser()
        call = client.get if method == "get" else client.head
        return call(f"/r/{token_for(link, 'link')}", headers={"user-agent": agent, **headers}).status_code


def test_a_click_is_one_touch_and_redirects_to_the_challenge(link: Link, at: datetime) -> None:
    with time_machine.travel(at, tick=False):
        client = browser()
        response = client.get(f"/r/{token_for(link, 'link')}?via=whatsapp&utm_campaign=spring")
        assert response.url == f"/challenge/{token_for(link, 'challenge')}"  # type: ignore[attr-defined]
        client.get(f"/r/{token_for(link, 'link')}")  # again within 24 hours
    touch = Touch.objects.get()
    assert (touch.link, touch.channel, touch.campaign) == (link, "whatsapp", "spring")
    assert touch.visitor == str(Guest.objects.get().pk)
    event = LoggedEvent.objects.get(type="link_clicked")
    assert (event.link_code, event.properties) == (link.code, {"loop": "buddy_challenge", "channel": "whatsapp"})
    with time_machine.travel(at + timedelta(hours=25), tick=False):
        client.get(f"/r/{token_for(link, 'link')}")
    assert Touch.objects.count() == 2


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "head"},
        {"agent": "WhatsApp/2.23"},
        {"agent": "facebookexternalhit/1.1"},
        {"sec-purpose": "prefetch;prerender"},
        {"x-moz": "prefetch"},
    ],
)
def test_bots_are_redirected_but_not_counted(link: Link, at: datetime, request_: dict[str, str]) -> None:
    assert follow(link, at, **request_) == 302
    assert (Touch.objects.count(), Guest.objects.count()) == (0, 0)


def test_the_referrers_own_click_is_not_a_touch(link: Link) -> None:
    with time_machine.travel(link.created_at, tick=False):
        client = browser(link.referrer)
        assert client.get(f"/r/{token_for(link, 'link')}").status_code == 302
        assert "This is your own challenge" in client.get(f"/challenge/{token_for(link, 'challenge')}").content.decode()
    assert Touch.objects.count() == 0


def test_expired_links_show_one_friendly_page_and_record_nothing(link: Link, at: datetime) -> None:
    token = token_for(link, "link")
    unknown = {
        "/r/nonsense": 404,
        f"/r/{token[:-1]}{'1' if token.endswith('0') else '0'}": 404,
        f"/r/{token}0": 404,
        f"/r/{token_for(link, 'challenge')}": 404,  # made for another purpose
        f"/challenge/{token}": 404,
        f"/cards/{token}.png": 404,
    }
    with time_machine.travel(at, tick=False):
        pages = {path: browser().get(path) for path in unknown}
    assert {path: page.status_code for path, page in pages.items()} == unknown
    assert follow(link, at + timedelta(days=30)) == 410
    Link.objects.update(deactivated_at=at)
    assert follow(link, at) == 410
    bodies = {page.content.split(b"<main")[1] for page in pages.values()}
    assert len(bodies) == 1
    assert b"This link no longer works" in bodies.pop()
    assert (Touch.objects.count(), Guest.objects.count()) == (0, 0)


def test_a_forged_token_costs_no_query(link: Link) -> None:
    with counting() as captured:
        assert find_link(f"{link.code}.0123456789abcdef", "link") is None
    assert statements(captured) == []


def test_links_survive_a_key_rotation(link: Link, settings: Settings) -> None:
    token = token_for(link, "link")
    settings.SECRET_KEY_FALLBACKS = [live_settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-another-key-another-key-another-key-abc"
    assert find_link(token, "link") == link
    settings.SECRET_KEY_FALLBACKS = []
    assert find_link(token, "link") is None


def test_links_stop_working_when_the_referrer_is_blocked_and_not_when_the_loop_is_off(link: Link, at: datetime) -> None:
    Loop.objects.update(is_on=False)
    assert follow(link, at) == 302
    User.objects.update(blocked_at=at)
    assert follow(link, at) == 410


def test_withdrawn_consent_deactivates_a_childs_links(
    algebra: Skill, at: datetime, django_capture_on_commit_callbacks: object
) -> None:
    kid = child("Comet")
    grace = parent_of(kid, at=at)
    give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    link = challenge_of(kid, algebra, at)
    assert follow(link, at) == 302
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        withdraw_consent(parent=grace, child=kid, kind="coppa", at=at)
    assert follow(link, at) == 410


def test_a_minors_landing_page_and_card_show_no_name(algebra: Skill, at: datetime) -> None:
    link = challenge_of(person("Zenobia", at=at, age=15), algebra, at)
    with time_machine.travel(at, tick=False):
        page = browser().get(f"/challenge/{token_for(link, 'challenge')}").content.decode()
    assert "A friend scored" in page
    assert [word for word in ("Zenobia", "zenobia", "Lovelace") if word in page] == []
    assert f'<meta property="og:image" content="{live_settings.SITE_URL}/cards/{token_for(link, "card")}.png">' in page


def test_an_adults_first_name_is_shown(algebra: Skill, at: datetime) -> None:
    link = challenge_of(person("Ada", at=at, age=30), algebra, at)
    with time_machine.travel(at, tick=False):
        assert "Ada scored" in browser().get(f"/challenge/{token_for(link, 'challenge')}").content.decode()


def test_a_challenge_ends_after_48_hours_and_offers_practice(link: Link, at: datetime) -> None:
    token = token_for(link, "challenge")
    with time_machine.travel(at + timedelta(hours=49), tick=False):
        client = browser()
        assert "ended after 48 hours" in client.get(f"/challenge/{token}").content.decode()
        assert client.post(f"/challenge/{token}/play").status_code == 410
    assert LoggedEvent.objects.filter(type="guest_started").count() == 0


def test_a_link_costs_one_insert_and_has_a_unique_code(algebra: Skill, at: datetime) -> None:
    ada = User.objects.select_related("referral__link").get(pk=person("Ada", at=at).pk)
    with counting() as captured:
        made = [create_link(loop_name="buddy_challenge", referrer=ada, at=at) for _ in range(50)]
    assert len(statements(captured)) == 50
    assert len({link.code for link in made}) == 50
    assert {len(link.code) for link in made} == {8}


def test_withdrawn_consent_deactivates_links_about_a_child(
    at: datetime, django_capture_on_commit_callbacks: object
) -> None:
    kid = child("Comet")
    grace = parent_of(kid, at=at)
    give_consent(parent=grace, child=kid, kind="ferpa", method="email_plus", ip_hash="", at=at)
    links = [create_link(loop_name="proud_parent", referrer=grace, about=one, at=at) for one in (kid, None)]
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        withdraw_consent(parent=grace, child=kid, kind="ferpa", at=at)
    shared = Link.objects.filter(pk__in=[one.pk for one in links]).order_by("pk")
    assert [(one.is_live(at), one.deactivation_reason) for one in shared] == [
        (False, "consent"),
        (True, ""),
    ]


def test_the_sharer_of_a_deactivated_link_reads_why(link: Link, at: datetime) -> None:
    assert deactivation_reason(link, at) == ""
    assert deactivation_reason(link, at + timedelta(days=31)).startswith(
        f"This link expired on {link.expires_at:%-d %B}."
    )
    link.referrer.blocked_at = at
    assert deactivation_reason(link, at).startswith("Your account cannot share right now")
    Link.objects.update(deactivated_at=at, deactivation_reason="consent")
    with time_machine.travel(at, tick=False):
        page = browser(link.referrer).get(f"/loops/share/{link.code}/").content.decode()
    assert "A parent withdrew consent, so people can no longer open this link." in page
    assert "data-share" not in page


def test_only_deactivated_links_have_a_reason(link: Link) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Link.objects.update(deactivation_reason="office")


def test_withdrawn_consent_for_results_deactivates_a_childs_links(
    algebra: Skill, at: datetime, django_capture_on_commit_callbacks: object
) -> None:
    kid = person("Bo", at=at, age=15)
    grace = parent_of(kid, at=at)
    give_consent(parent=grace, child=kid, kind="ferpa", method="email_plus", ip_hash="", at=at)
    link = challenge_of(kid, algebra, at)
    assert follow(link, at) == 302
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        withdraw_consent(parent=grace, child=kid, kind="ferpa", at=at)
    assert follow(link, at) == 410


def test_a_challenge_with_an_expired_deck_is_replaced(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at)
    link = challenge_of(ada, algebra, at)
    result = Result.objects.get()
    assert [one.link for one in Challenge.objects.playable(at + timedelta(hours=47)).filter(attempt=result.pk)] == [
        link
    ]
    assert not Challenge.objects.playable(at + timedelta(hours=48)).filter(attempt=result.pk).exists()
    with time_machine.travel(at + timedelta(hours=49), tick=False):
        sheet = browser(ada).post(f"/loops/challenge/{result.pk}/")
    assert sheet.status_code == 302
    assert Link.objects.count() == 2
