"""Tutor Spotlight over HTTP: five stars, a shared page, a guest's booking request, an acceptance and 50 XP."""

import re
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import Settings

from loops.core.links import token_for
from loops.core.orchestrator import route_loop
from loops.core.payouts import pay_verified
from loops.core.rewards.grants import grant_reward
from loops.core.rewards.holds import revoke_reward
from loops.models import Link, Loop, Payout, Prompt, Referral, RewardEntry, Touch
from loops.tutor_spotlight.bookings import BookingDetails, answer_booking, cancel_booking, request_booking
from loops.tutor_spotlight.models import BookingRequest, Spotlight
from loops.tutor_spotlight.tasks import release_tutor_rewards
from tests.concurrency import at_once
from tests.factories import browser, child, counting, parent_of, path_of, person, statements, verify
from tests.ledgers import events
from tests.servers import Server
from tests.sockets import connected, in_thread, post
from tests.steps.practice import play
from tests.steps.retention import purge
from tests.steps.sign_up import prove_mailbox
from tests.steps.tutor_spotlight import logged_session, loop_row, rate, spotlight_of, tutor, wish
from viral_engine.accounts.events import MailboxVerified
from viral_engine.accounts.models import Guardianship, Guest, User
from viral_engine.accounts.services import consent, erasure
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision, Delivery, LoggedEvent, OutgoingMail
from viral_engine.learning.models import Question, TutoringSession

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue", "row")]
PRAISE = "Comet finally loves fractions"


@pytest.fixture
def row(catalogue: None) -> Loop:
    return loop_row()


def join_as_parent(client: Client, name: str = "Dee") -> User:
    client.post("/signup/", {"month": "5", "day": "4", "year": "1985"})
    answers = {"first_name": name, "last_name": "Lovelace", "email": f"{name.lower()}@example.org"}
    response = client.post("/signup/details/?role=parent", answers | {"password": "correct-horse-9"})
    assert response.status_code == 302, response.content.decode()
    return User.objects.get(email=f"{name.lower()}@example.org")


def xp_of(user: User) -> list[int]:
    lines = RewardEntry.objects.filter(user=user, kind="referral_xp").order_by("pk")
    return list(lines.values_list("amount", flat=True))


def usable_xp(user: User) -> int:
    return RewardEntry.objects.all().holdings(user.pk, now()).get("referral_xp", 0)


def accept(booking: BookingRequest) -> None:
    toni = browser(booking.tutor)
    assert toni.post(f"/tutoring/requests/{booking.pk}/answer/", {"answer": "accept"}).status_code == 302


def test_a_spotlight_from_five_stars_to_fifty_xp() -> None:
    toni, bo = tutor(), person("Bo")
    at_toni, at_dee = browser(toni), browser()

    # Bo gives five stars: the tutor gets an offer, and the log records why.
    rate(browser(bo), logged_session(toni, bo))
    decision = Decision.objects.get(agent="orchestrator")
    assert (decision.actor_id, decision.outcome, decision.type) == (
        toni.pk,
        "tutor_spotlight",
        "session_rated_five_stars",
    )
    assert decision.features["is_milestone"] is True
    offer = at_toni.get("/loops/waiting/").content.decode()
    assert "A session worth sharing" in offer
    link = Link.objects.get()
    spotlight = Spotlight.objects.get()
    assert (spotlight.link, spotlight.tutor, spotlight.subject.slug, spotlight.discount_percent) == (
        link,
        toni,
        "math",
        50,
    )

    # One tap opens WhatsApp, messages or mail with the text ready.
    sheet = at_toni.get(f"/loops/share/{link.code}/").content.decode()
    assert [sheet.count(f'href="{start}') for start in ("https://wa.me/?text=", "sms:?", "mailto:?subject=")] == [1] * 3
    assert [event.actor_id for event in events("loop_exposed")] == [toni.pk]
    sent = at_toni.post(f"/loops/share/{link.code}/sent/", {"channel": "whatsapp", "key": str(uuid4())})
    assert sent.status_code == 204
    assert at_toni.get("/loops/waiting/").status_code == 204

    # Dee opens it as a guest and sees the tutor's profile.
    shared = path_of(sheet.split('data-text="')[1].split("?via=copy")[0])
    landing = at_dee.get(f"{shared}?via=whatsapp").headers["Location"]
    page = at_dee.get(landing).content.decode()
    assert re.search(r"<h1>(.*?)</h1>", page)[1] == "Toni"  # type: ignore[index]
    assert '<meta name="robots" content="noindex">' in page
    assert "Lovelace" not in page
    card = re.search(r'og:image" content="http[^"]*?(/cards/[^"]+)"', page)
    assert card is not None
    assert at_dee.get(card[1]).headers["Content-Type"] == "image/png"
    assert Touch.objects.get().channel == "whatsapp"


def test_a_spotlight_from_a_try_to_an_accepted_booking_and_fifty_xp() -> None:
    toni = tutor()
    link, landing = spotlight_of(toni, person("Bo"))
    at_toni, at_dee = browser(toni), browser()
    at_dee.get(f"/r/{token_for(link, 'link')}?via=sms")

    # The five questions are her first value and lead back to the tutor.
    attempt_url = at_dee.post(f"{landing}/try").headers["Location"]
    assert at_dee.post(f"{landing}/try").headers["Location"] == attempt_url
    played = play(at_dee, attempt_url, right=4)
    assert [event.link_code for event in events("fvm_reached")] == [link.code]
    assert [event.link_code for event in events("guest_started")] == [link.code]
    after = at_dee.post(f"/loops/after/{played.attempt.pk}/").content.decode()
    assert f'href="{landing}#lesson">Request a session</a>' in after
    assert "scored <b>80%</b>" in at_dee.get(landing).content.decode()

    # She requests a session; a guest earns the tutor nothing.
    form = wish(is_adult="on")
    for _ in range(2):
        assert at_dee.post(f"{landing}/book", form).headers["Location"] == f"{landing}#lesson"
    booking = BookingRequest.objects.get()
    assert (booking.status, booking.discount_percent, booking.guest, booking.user) == (
        "requested",
        50,
        Guest.objects.get(),
        None,
    )
    [asked] = events("booking_requested")
    assert (asked.guest_id, asked.link_code, asked.properties) == (
        str(booking.guest_id),
        link.code,
        {"loop": "tutor_spotlight", "booking_id": booking.pk, "tutor_id": toni.pk},
    )
    assert "Toni has your request" in at_dee.get(landing).content.decode()

    # The tutor sees the email only after accepting; the guest sees the answer by their cookie.
    requests = at_toni.get("/tutoring/requests/").content.decode()
    assert "Tuesdays after 4" in requests
    assert "dee@example.org" not in requests
    for _ in range(2):
        at_toni.post(f"/tutoring/requests/{booking.pk}/answer/", {"answer": "accept"})
    assert "mailto:dee@example.org" in at_toni.get("/tutoring/requests/").content.decode()
    assert "Agreed, with 50% off the first session." in at_dee.get("/tutoring/bookings/").content.decode()
    assert "Toni said yes" in at_dee.get(landing).content.decode()
    assert "No requests yet" in browser().get("/tutoring/bookings/").content.decode()
    assert len(events("booking_accepted")) == 1

    # She signs up: attributed to the tutor, whose 50 XP wait for her mailbox, then for the session.
    dee = join_as_parent(at_dee)
    assert (Referral.objects.get().referrer, Referral.objects.get().referee) == (toni, dee)
    assert xp_of(toni) == []
    prove_mailbox(dee)
    assert (xp_of(toni), usable_xp(toni)) == ([50], 0)
    assert Decision.objects.get(agent="incentives", type="tutor_spotlight").outcome == "rewarded"
    assert Delivery.objects.filter(processed_at=None).count() == 0

    # The tutor's pages, before and after the week that an unlogged session takes, and revoking the reward.
    waiting = at_toni.get("/tutoring/referrals/").content.decode()
    assert '<b>0</b><span class="muted small">XP earned' in waiting
    assert "50 more after the first session" in waiting
    with time_machine.travel(now() + timedelta(days=7, hours=1), tick=False):
        assert (release_tutor_rewards(), usable_xp(toni)) == (1, 50)
    with counting() as captured:
        board = at_toni.get("/tutoring/referrals/").content.decode()
    assert len(statements(captured)) <= 8
    assert re.findall(r'<th scope="row">([^<]+)</th><td class="number">(\d+)</td>', board) == [
        ("Shares", "0"),
        ("Clicks", "1"),
        ("Guests", "1"),
        ("Sign-ups", "1"),
        ("Session requests", "1"),
        ("Sessions agreed", "1"),
    ]
    assert '<b>50</b><span class="muted small">XP earned' in board
    assert "<svg" in board
    key = f"tutor_spotlight:booking:{BookingRequest.objects.get().pk}:inviter"
    revoke_reward(key=key, reason="Mistake", at=now())
    assert xp_of(toni) == [50, -50]
    assert '<b>0</b><span class="muted small">XP earned' in at_toni.get("/tutoring/referrals/").content.decode()


def test_no_detail_of_a_family_is_shown() -> None:
    """By default no comment, no single rating and no child is shown."""
    toni, kid = tutor(), child("Comet")
    grace = parent_of(kid, at=now())
    consent.give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    rate(browser(grace), logged_session(toni, kid), feedback=PRAISE)
    link = Prompt.objects.get().link
    assert link.about == kid
    landing = f"/tutors/{token_for(link, 'tutor')}"
    pages = [browser().get(landing).content.decode(), browser(toni).get(f"/loops/share/{link.code}/").content.decode()]
    for page in pages:
        assert [word for word in ("Comet", "comet", "Grace", PRAISE, "of 5 stars") if word in page] == []


def test_an_average_is_shown_from_three_ratings_on() -> None:
    toni = tutor()
    names = ("Bo", "Cy", "Dee")
    sessions = [logged_session(toni, person(name)) for name in names]
    clients = [browser(User.objects.get(username=name.lower())) for name in names]
    rate(clients[0], sessions[0], 5)
    rate(clients[1], sessions[1], 4)
    link = Prompt.objects.get().link
    landing = f"/tutors/{token_for(link, 'tutor')}"
    before = browser().get(landing).content.decode()
    assert "ratings" not in before
    assert "<dt>Sessions taught</dt><dd><b>3</b></dd>" in before
    rate(clients[2], sessions[2], 4)
    after = browser().get(landing).content.decode()
    assert '<b>4.3</b> <span class="muted small">from 3 ratings</span>' in after
    assert 'aria-label="4 of 5 stars"' in after


def test_four_stars_and_people_who_are_not_tutors_get_no_offer() -> None:
    toni, bo = tutor(), person("Bo")
    rate(browser(bo), logged_session(toni, bo), 4)
    assert (Prompt.objects.count(), Decision.objects.filter(agent="orchestrator").count()) == (0, 0)
    session = logged_session(toni, bo)
    User.objects.filter(pk=toni.pk).update(role="parent")
    rate(browser(bo), session, 5)
    assert Decision.objects.get(agent="orchestrator").rationale == ("Nothing to offer. tutor_spotlight: not a tutor.")


def test_offers_are_a_day_apart() -> None:
    toni, bo = tutor(), person("Bo")
    spotlight_of(toni, bo)
    rate(browser(bo), logged_session(toni, bo))
    assert "cooling down" in Decision.objects.filter(agent="orchestrator").latest("pk").rationale
    with time_machine.travel(now() + timedelta(hours=24, seconds=1), tick=False):
        rate(browser(bo), logged_session(toni, bo))
    assert (Prompt.objects.count(), Spotlight.objects.count()) == (2, 2)


def test_a_childs_session_needs_consent_for_an_offer() -> None:
    toni, kid = tutor(), child("Comet")
    rate(browser(kid), logged_session(toni, kid))
    assert (
        Decision.objects.get(agent="orchestrator").rationale
        == "Nothing to offer. tutor_spotlight: no parent has agreed for the child of this session."
    )
    assert Link.objects.count() == 0


def test_withdrawn_consent_deactivates_the_page_and_tells_the_tutor_why() -> None:
    toni, kid = tutor(), child("Comet")
    grace = parent_of(kid, at=now())
    consent.give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    link, landing = spotlight_of(toni, kid)
    at_dee = browser()
    attempt_url = at_dee.post(f"{landing}/try").headers["Location"]
    consent.withdraw_consent(parent=grace, child=kid, kind="coppa", at=now())
    card = f"/cards/{token_for(link, 'card')}.png"
    assert [at_dee.get(path).status_code for path in (landing, card, f"/r/{token_for(link, 'link')}")] == [410] * 3
    assert at_dee.post(f"{landing}/book", wish(is_adult="on")).status_code == 410
    assert at_dee.post(f"{landing}/try").status_code == 410
    assert at_dee.get(attempt_url).status_code == 200  # an attempt stays with the person who started it
    assert BookingRequest.objects.count() == 0
    why = "A parent withdrew consent, so people can no longer open this link."
    for page in (f"/loops/share/{link.code}/", "/tutoring/referrals/"):
        assert why in browser(toni).get(page).content.decode()


def test_a_loop_that_is_off_leaves_the_shared_page_working(row: Loop, settings: Settings) -> None:
    toni, bo = tutor(), person("Bo")
    link, landing = spotlight_of(toni, bo)
    Loop.objects.update(is_on=False)
    assert browser().get(landing).status_code == 200
    assert "data-share" in browser(toni).get(f"/loops/share/{link.code}/").content.decode()
    Loop.objects.update(is_on=True)
    settings.FEATURES = settings.FEATURES | {"tutor_spotlight": False}
    assert browser().post(f"{landing}/book", wish(is_adult="on")).status_code == 302
    assert BookingRequest.objects.count() == 1


def test_a_forged_token_opens_nothing_and_costs_no_query() -> None:
    link, landing = spotlight_of(tutor(), person("Bo"))
    forged = [f"{landing[:-1]}{'1' if landing.endswith('0') else '0'}", f"/tutors/{token_for(link, 'link')}"]
    for path in forged:
        with counting() as captured:
            assert browser().get(path).status_code == 404
        assert statements(captured) == []
        assert [browser().post(f"{path}/{act}").status_code for act in ("try", "book")] == [404, 404]


def test_the_landing_page_costs_the_same_at_one_session_and_at_three() -> None:
    toni, bo = tutor(), person("Bo")
    _, landing = spotlight_of(toni, bo)

    def cost(client: Client) -> int:
        with counting() as captured:
            assert client.get(landing).status_code == 200
        return len(statements(captured))

    at_dee = browser()
    at_dee.post(f"{landing}/try")
    before = (cost(browser()), cost(at_dee), cost(browser(bo)))
    for _ in range(2):
        logged_session(toni, bo)
    assert (cost(browser()), cost(at_dee), cost(browser(bo))) == before == (3, 6, 6)


def test_a_tutor_cannot_book_their_own_session() -> None:
    toni, bo = tutor(), person("Bo")
    link, landing = spotlight_of(toni, bo)
    at_toni = browser(toni)
    assert "This is your own page" in at_toni.get(landing).content.decode()
    for act in ("try", "book"):
        answer = at_toni.post(f"{landing}/{act}", wish())
        assert answer.headers["Location"] == f"/loops/share/{link.code}/"
    assert BookingRequest.objects.count() == 0


def test_a_tutors_second_account_earns_nothing() -> None:
    toni = tutor(email="toni.smith@example.com")
    _, landing = spotlight_of(toni, person("Bo"))
    twin = person("Dee", age=33, role="parent", grade=None, email="tonismith+x@example.com")
    assert browser(twin).post(f"{landing}/book", wish()).status_code == 302
    accept(BookingRequest.objects.get())
    assert xp_of(toni) == []
    assert Decision.objects.get(agent="incentives").rationale == "self_referral_mailbox"


def test_a_family_pays_once_whichever_member_books() -> None:
    toni, kid = tutor(), child("Comet")
    _, landing = spotlight_of(toni, person("Bo"))
    for name in ("Grace", "Dee"):
        parent = parent_of(kid, name, at=now())
        assert browser(parent).post(f"{landing}/book", wish()).status_code == 302
    assert xp_of(toni) == []
    for booking in BookingRequest.objects.order_by("pk"):
        accept(booking)
    assert (xp_of(toni), usable_xp(toni)) == ([50], 0)
    # A session with a child of the family makes the reward due; one with another person does not.
    logged_session(toni, User.objects.get(username="bo"))
    assert usable_xp(toni) == 0
    logged_session(toni, kid)
    logged_session(toni, kid)
    assert (xp_of(toni), usable_xp(toni)) == ([50], 50)


def test_a_family_whose_payment_waits_pays_once_too() -> None:
    """The tutor has no proved mailbox yet: the first yes waits, and the second one is of the same family."""
    toni, kid = tutor(is_proven=False), child("Comet")
    _, landing = spotlight_of(toni, person("Bo"))
    for name in ("Grace", "Dee"):
        browser(parent_of(kid, name, at=now())).post(f"{landing}/book", wish())
    for booking in BookingRequest.objects.order_by("pk"):
        accept(booking)
    assert list(Payout.objects.values_list("status", "reason")) == [("waiting", "referrer_unverified")]
    verify(toni)
    pay_verified(MailboxVerified(actor_id=toni.pk), now())
    assert xp_of(toni) == [50]


def test_a_request_is_mailed_to_the_tutor_and_its_answer_to_the_family() -> None:
    toni, grace = tutor(), person("Grace", age=41, role="parent", grade=None)
    _, landing = spotlight_of(toni, person("Bo"))
    browser(grace).post(f"{landing}/book", wish())
    accept(BookingRequest.objects.get())
    browser(grace).post(f"{landing}/book", wish())  # a repeat while the first is open mails nobody
    mails = OutgoingMail.objects.filter(kind__startswith="booking_").order_by("pk").values_list("kind", "person_id")
    assert list(mails) == [("booking_request", toni.pk), ("booking_accepted", grace.pk)]


def test_a_session_before_the_tutor_said_yes_earns_nothing() -> None:
    toni, grace, kid = tutor(), person("Grace", age=41, role="parent", grade=None), child("Comet")
    Guardianship.objects.create(parent=grace, child=kid, created_at=now())
    _, landing = spotlight_of(toni, person("Bo"))
    browser(grace).post(f"{landing}/book", wish())
    logged_session(toni, kid)
    accept(BookingRequest.objects.get())
    assert (xp_of(toni), usable_xp(toni)) == ([50], 0)


def test_a_cancelled_or_declined_request_earns_nothing() -> None:
    toni = tutor()
    _, landing = spotlight_of(toni, person("Bo"))
    grace = person("Grace", age=41, role="parent", grade=None)
    at_grace = browser(grace)
    at_grace.post(f"{landing}/book", wish())
    booking = BookingRequest.objects.get()
    assert browser(person("Cy")).post(f"/tutoring/bookings/{booking.pk}/cancel/").status_code == 404
    for _ in range(2):
        assert at_grace.post(f"/tutoring/bookings/{booking.pk}/cancel/").status_code == 302
    assert (BookingRequest.objects.get().status, xp_of(toni)) == ("cancelled", [])
    assert "Request a session" in at_grace.get(landing).content.decode()
    at_grace.post(f"{landing}/book", wish())
    again = BookingRequest.objects.exclude(pk=booking.pk).get()
    browser(toni).post(f"/tutoring/requests/{again.pk}/answer/", {"answer": "decline"})
    with time_machine.travel(now() + timedelta(days=8), tick=False):
        assert (release_tutor_rewards(), xp_of(toni)) == (0, [])


def test_a_request_paid_before_rewards_waited_is_still_revoked_when_the_family_cancels() -> None:
    toni, grace = tutor(), person("Grace", age=41, role="parent", grade=None)
    _, landing = spotlight_of(toni, person("Bo"))
    browser(grace).post(f"{landing}/book", wish())
    booking = BookingRequest.objects.get()
    key = f"tutor_spotlight:booking:{booking.pk}:inviter"
    grant_reward(user=toni, kind="referral_xp", amount=50, reason="Test", key=key, at=now(), loop="tutor_spotlight")
    cancel_booking(booking=booking, at=now())
    assert xp_of(toni) == [50, -50]


def test_a_request_can_be_answered_once() -> None:
    toni = tutor()
    _, landing = spotlight_of(toni, person("Bo"))
    browser(person("Grace", age=41, role="parent", grade=None)).post(f"{landing}/book", wish())
    booking = BookingRequest.objects.select_related("spotlight__link", "guest").get()
    assert answer_booking(booking=booking, is_accepted=False, at=now()) is True
    assert answer_booking(booking=booking, is_accepted=True, at=now()) is False
    assert cancel_booking(booking=booking, at=now()) is False
    assert (BookingRequest.objects.get().status, len(events("booking_declined"))) == ("declined", 1)
    assert len(events("booking_accepted")) == 0


def test_only_the_tutor_sees_requests() -> None:
    toni = tutor()
    _, landing = spotlight_of(toni, person("Bo"))
    browser(person("Grace", age=41, role="parent", grade=None)).post(f"{landing}/book", wish())
    path = f"/tutoring/requests/{BookingRequest.objects.get().pk}/answer/"
    others = [browser(tutor("Cy")), browser(person("Dee"))]
    assert [client.post(path, {"answer": "accept"}).status_code for client in others] == [404, 404]
    assert [others[1].get(f"/tutoring/{page}/").status_code for page in ("requests", "referrals")] == [404, 404]
    assert browser().post(path).headers["Location"] == "/accounts/login/?next=/tutoring/requests/"
    assert BookingRequest.objects.get().status == "requested"


def test_a_child_under_13_is_sent_to_a_parent_and_leaves_no_address() -> None:
    toni, kid = tutor(), child("Comet")
    _, landing = spotlight_of(toni, person("Bo"))
    at_kid = browser(kid)
    assert "Ask a parent" in at_kid.get(landing).content.decode()
    assert at_kid.post(f"{landing}/book", wish()).headers["Location"] == f"{landing}#lesson"
    assert BookingRequest.objects.count() == 0
    teen = browser(person("Cy", age=13))
    assert teen.post(f"{landing}/book", wish()).status_code == 302
    assert BookingRequest.objects.count() == 1


def test_a_browser_that_answered_as_a_minor_cannot_book_as_a_parent() -> None:
    _, landing = spotlight_of(tutor(), person("Bo"))
    client = browser()
    client.post("/signup/", {"month": "5", "day": "4", "year": str(now().year - 14)})
    assert "Ask a parent" in client.get(landing).content.decode()
    client.post(f"{landing}/book", wish(is_adult="on"))
    assert BookingRequest.objects.count() == 0


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({}, "Ask a parent to book."),
        ({"is_adult": "on", "email": "dee@"}, "Enter a valid email address."),
        ({"is_adult": "on", "name": "http://x.example"}, "Use letters only."),
        ({"is_adult": "on", "suits": ""}, "This field is required."),
        ({"is_adult": "on", "subject": "999999"}, "Select a valid choice."),
        ({"is_adult": "on", "key": "x"}, "Request a session"),
        ({"is_adult": "on", "note": "x" * 501}, "at most 500 characters"),
    ],
)
def test_input_is_validated_before_anything_is_written(answers: dict[str, str], message: str) -> None:
    _, landing = spotlight_of(tutor(), person("Bo"))
    response = browser().post(f"{landing}/book", wish() | answers)
    assert (response.status_code, message in response.content.decode()) == (200, True)
    assert (BookingRequest.objects.count(), Guest.objects.count()) == (0, 0)


def test_a_bot_is_ignored_and_a_flood_is_stopped(stopped_clock: None) -> None:
    _, landing = spotlight_of(tutor(), person("Bo"))
    trapped = browser().post(f"{landing}/book", wish(is_adult="on", website="http://x.example"))
    assert (trapped.status_code, BookingRequest.objects.count()) == (302, 0)
    client = browser()
    codes = [client.post(f"{landing}/book", wish(is_adult="on")).status_code for _ in range(30)]
    assert (codes, BookingRequest.objects.count()) == ([302] * 29 + [429], 1)


def test_a_blocked_family_is_refused() -> None:
    toni = tutor()
    _, landing = spotlight_of(toni, person("Bo"))
    grace = person("Grace", age=41, role="parent", grade=None)
    User.objects.filter(pk=grace.pk).update(blocked_at=now())
    response = browser(grace).post(f"{landing}/book", wish())
    assert response.status_code == 403
    assert "This account cannot share right now." in response.content.decode()
    assert Decision.objects.get(type="book_lesson").rationale == "blocklisted"


def test_erasure_removes_contact_details_of_family_and_tutor() -> None:
    toni = tutor()
    _, landing = spotlight_of(toni, person("Bo"))
    grace, at_guest = person("Grace", age=41, role="parent", grade=None), browser()
    browser(grace).post(f"{landing}/book", wish(name="Grace", email="grace@example.org"))
    at_guest.post(f"{landing}/book", wish(is_adult="on"))
    erasure.erase_account(user=grace, by=grace, at=now())
    mine = BookingRequest.objects.get(user=grace)
    assert (mine.name, mine.email, mine.suits, mine.note, mine.status) == ("", "", "", "", "cancelled")
    assert BookingRequest.objects.get(user=None).email == "dee@example.org"
    erasure.erase_account(user=toni, by=toni, at=now())
    assert set(BookingRequest.objects.values_list("email", "note", "status")) == {("", "", "cancelled")}
    assert at_guest.get(landing).status_code == 410


def test_stars_changed_before_the_offer_prevent_it() -> None:
    from loops.core import orchestrator
    from viral_engine.learning.events import SessionRatedFiveStars

    toni, bo = tutor(), person("Bo")
    session = logged_session(toni, bo)
    rate(browser(bo), session, 4)
    late = SessionRatedFiveStars(
        actor_id=toni.pk, session_id=session.pk, tutor_id=toni.pk, subject="math", rated_by_id=bo.pk
    )
    assert (
        orchestrator.trigger_event(late, now()).rationale
        == "Nothing to offer. tutor_spotlight: no session with five stars."
    )


def test_a_subject_without_questions_is_not_shared() -> None:
    toni, bo = tutor(), person("Bo")
    Question.objects.filter(skill__subject__slug="math").update(is_active=False)
    rate(browser(bo), logged_session(toni, bo))
    assert (
        Decision.objects.get(agent="orchestrator").rationale
        == "Nothing to offer. tutor_spotlight: Math has too few questions to try."
    )


def test_constraints_refuse_a_second_live_request_and_an_incomplete_answer() -> None:
    toni = tutor()
    _, landing = spotlight_of(toni, person("Bo"))
    grace = person("Grace", age=41, role="parent", grade=None)
    browser(grace).post(f"{landing}/book", wish())
    first = BookingRequest.objects.get()
    twin = BookingRequest.objects.get()
    twin.pk, twin.key = None, uuid4()
    for write in (
        partial(twin.save, force_insert=True),
        partial(BookingRequest.objects.filter(pk=first.pk).update, status="accepted"),
        partial(BookingRequest.objects.filter(pk=first.pk).update, user=None),
        partial(BookingRequest.objects.filter(pk=first.pk).update, discount_percent=0),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
    assert browser(grace).post(f"{landing}/book", wish()).status_code == 302
    assert BookingRequest.objects.count() == 1


async def test_both_are_notified_on_their_open_pages(server: Server) -> None:
    def prepare() -> tuple[User, User, str, Client, Client, dict[str, str]]:
        toni, grace = tutor(), person("Grace", age=41, role="parent", grade=None)
        _, landing = spotlight_of(toni, person("Bo"))
        return toni, grace, landing, browser(toni), browser(grace), wish()

    toni, grace, landing, at_toni, at_grace, form = await in_thread(prepare)
    async with connected(server, toni, grace) as [a, b]:
        await a.join(f"user:{toni.pk}")
        await b.join(f"user:{grace.pk}")
        await in_thread(partial(post, server, at_grace, f"{landing}/book", **form))
        [asked] = await a.hears(f"user:{toni.pk}", "booking_requested")
        assert (asked["text"], asked["url"]) == ("A family asked you for a session.", "/tutoring/requests/")
        booking = await in_thread(BookingRequest.objects.get)
        answer = f"/tutoring/requests/{booking.pk}/answer/"
        await in_thread(partial(post, server, at_toni, answer, answer="accept"))
        [pushed] = await b.hears(f"user:{grace.pk}", "booking_accepted")
    assert pushed == {
        "text": "Your tutor said yes to your session.",
        "url": "/tutoring/bookings/",
        "booking_id": booking.pk,
        "seq": pushed["seq"],
    }
    page = await in_thread(partial(at_grace.get, "/tutoring/bookings/"))
    assert "Agreed, with 50% off the first session." in page.content.decode()


def test_the_log_matches_the_actions() -> None:
    toni = tutor()
    _, landing = spotlight_of(toni, person("Bo"))
    browser().post(f"{landing}/book", wish(is_adult="on"))
    wrong = LoggedEvent.objects.get(type="booking_requested")
    LoggedEvent.objects.filter(pk=wrong.pk).update(is_invalid=True)
    assert (
        '<b>0</b><span class="muted small">Session requests'
        in browser(toni).get("/tutoring/referrals/").content.decode()
    )
    assert TutoringSession.objects.count() == 1


def test_an_agent_may_request_the_loop_by_name() -> None:
    toni, bo = tutor(), person("Bo")
    assert (
        route_loop("tutor_spotlight", toni, now()).rationale
        == "Nothing to offer. tutor_spotlight: no session with five stars."
    )
    session = logged_session(toni, bo)
    TutoringSession.objects.filter(pk=session.pk).update(rating=5, rated_at=now())
    choice = route_loop("tutor_spotlight", toni, now())
    assert (choice.action, choice.loop) == ("show_tutor_share_pack", "tutor_spotlight")
    assert Spotlight.objects.get().session == session
    assert route_loop("tutor_spotlight", bo, now()).rationale == "Nothing to offer. tutor_spotlight: not a tutor."


def test_concurrent_requests_make_one_booking_and_one_reward() -> None:
    toni = tutor()
    link, _ = spotlight_of(toni, person("Bo"))
    grace = person("Grace", age=41, role="parent", grade=None)
    spotlight = Link.objects.all().with_details("tutor_spotlight").get(pk=link.pk).spotlight
    at = now()

    def ask(_: int) -> object:
        asked = BookingDetails("Grace", "grace@example.org", spotlight.subject, "Tuesdays", "", uuid4())
        return request_booking(spotlight=spotlight, owner=grace, wish=asked, at=at).pk

    # Fewer than the ten allowed per hour, because the limiter may refuse an eleventh before the first is committed.
    assert at_once(8, ask) == {BookingRequest.objects.get().pk: 8}
    assert (xp_of(toni), len(events("booking_requested"))) == ([], 1)
    booking = BookingRequest.objects.select_related("spotlight__link", "guest").get()

    def close(number: int) -> object:
        if number % 2:
            return cancel_booking(booking=booking, at=at)
        return answer_booking(booking=booking, is_accepted=True, at=at)

    assert at_once(12, close) == {True: 1, False: 11}


def test_a_childs_account_in_a_parents_browser_belongs_to_the_family() -> None:
    toni = tutor()
    _, landing = spotlight_of(toni, person("Bo"))
    client = browser()
    client.post(f"{landing}/book", wish(is_adult="on"))
    client.post("/signup/", {"month": "5", "day": "4", "year": str(now().year - 10)})
    answers = {"username": "comet", "grade": "4", "parent_email": "grace@example.com", "password": "correct-horse-9"}
    assert client.post("/signup/details/", answers).status_code == 302
    assert Guest.objects.get().user == User.objects.get(username="comet")
    assert xp_of(toni) == []


def test_contact_details_are_kept_for_ninety_days() -> None:
    _, landing = spotlight_of(tutor(), person("Bo"))
    browser().post(f"{landing}/book", wish(is_adult="on"))
    assert [purge("bookings", now() + timedelta(days=days)) for days in (89, 91, 91)] == [0, 1, 0]
    booking = BookingRequest.objects.get()
    assert (booking.name, booking.email, booking.suits, booking.note, booking.status) == ("", "", "", "", "cancelled")


def test_the_tutors_pages_cost_the_same_at_one_request_and_at_three() -> None:
    toni = tutor()
    _, landing = spotlight_of(toni, person("Bo"))
    at_toni = browser(toni)

    def costs() -> list[int]:
        found = []
        for page in ("requests", "referrals", "bookings"):
            with counting() as captured:
                assert at_toni.get(f"/tutoring/{page}/").status_code == 200
            found.append(len(statements(captured)))
        return found

    browser().post(f"{landing}/book", wish(is_adult="on"))
    before = costs()
    for _ in range(2):
        browser().post(f"{landing}/book", wish(is_adult="on"))
    assert costs() == before == [2, 5, 2]
