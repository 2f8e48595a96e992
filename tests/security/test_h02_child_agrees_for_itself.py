"""Hole 2: a child with a second mailbox plays its own parent. Consent is bound to mailbox, device, verdict, method."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
from django.core import mail, signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import Settings

from feeds.services.chat import MessageRefused, post_message
from monitoring.models import StreamCursor
from tests.factories import Committed, browser, child, cohort_of, consent_request, parent_of, person
from tests.steps.admin import choose_action, decide_case, give_reason
from tests.steps.mailboxes import letters_to, linked_in, log_in_by_code
from viral_engine.accounts import tasks
from viral_engine.accounts.emails import consent_token, send_consent_follow_up
from viral_engine.accounts.identity import DEVICE_COOKIE
from viral_engine.accounts.models import Consent, ConsentFollowUp, Guardianship, ParentVerification, User
from viral_engine.accounts.queries import public_name_of
from viral_engine.accounts.rules import CONSENT_TEXT_VERSION, CONSENT_TEXTS, consent_text_hash
from viral_engine.accounts.services import consent, verification
from viral_engine.accounts.services.consent import ConsentRefused, give_consent, withdraw_consent
from viral_engine.accounts.services.verification import FormRefused
from viral_engine.accounts.viewer_profiles import viewer_profile_of
from viral_engine.kernel.agent_registry import TRUST_AND_SAFETY
from viral_engine.kernel.client_identity import keyed_hash
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import purge_personal_data
from viral_engine.safety.rules import compliance
from viral_engine.safety.services.detections import Detection, open_detection

pytestmark = pytest.mark.django_db
PASSWORD, MAILBOX = "correct-horse-9", "grace@example.com"
KID = {"username": "comet", "grade": "4", "parent_email": MAILBOX, "password": PASSWORD}
ADULT = {"first_name": "Grace", "last_name": "Hopper", "email": MAILBOX, "password": PASSWORD}
PDF, KEY = b"%PDF-1.7 signed", UUID(int=1)


def answer_gate(client: Client, year: int) -> None:
    client.post("/signup/", {"month": "5", "day": "4", "year": str(year)})


def child_signs_up(client: Client) -> User:
    answer_gate(client, datetime.now(UTC).year - 8)
    assert client.post("/signup/details/", KID).status_code == 302
    return User.objects.get(username="comet")


def consent_page() -> str:
    assert tasks.mail_parents() == 1
    return next(linked_in(text) for text in letters_to(MAILBOX) if "/consent/" in text)


def consents() -> list[tuple[str, str]]:
    return sorted(Consent.objects.values_list("kind", "method"))


# -- The child's device ------------------------------------------------------------------------------------------
def test_the_attack_of_the_report(committed: Committed) -> None:
    """Born 2018, second mailbox, log out, answer 1980 in the same browser, accept the link."""
    client = browser()
    with committed():
        child_signs_up(client)
    page = consent_page()
    client.post("/accounts/logout/")
    answer_gate(client, 1980)
    form = client.get("/signup/details/?role=parent").content.decode()
    assert "parent_email" in form  # the branch of the first answer
    client.post("/signup/details/?role=parent", ADULT)
    assert User.objects.count() == 1
    assert client.post(page, {"kinds": ["coppa"]}).status_code == 200
    assert consents() == []


def test_a_parents_account_that_began_on_the_childs_device_cannot_agree(committed: Committed) -> None:
    """The age cookie is gone, the device's is not; later the child answers from another device."""
    client = browser()
    with committed():
        kid = child_signs_up(client)
    page = consent_page()
    client.post("/accounts/logout/")
    del client.cookies["birthdate"]
    answer_gate(client, 1980)
    with committed():
        assert client.post("/signup/details/?role=parent", ADULT).status_code == 302
    parent = User.objects.get(email=MAILBOX)
    assert parent.signup_device == kid.signup_device
    refusal = client.post(page, {"kinds": ["coppa"]}).content.decode()
    assert "Your child uses this device" in refusal
    assert "on your own phone or" in refusal
    elsewhere = browser()
    log_in_by_code(elsewhere, MAILBOX)
    elsewhere.post(page, {"kinds": ["coppa"]})
    assert (consents(), Guardianship.objects.count()) == ([], 0)


def test_a_parent_on_another_device_agrees(committed: Committed) -> None:
    with committed():
        child_signs_up(browser())
    page, client = consent_page(), browser()
    answer_gate(client, 1980)
    with committed():
        client.post("/signup/details/?role=parent", ADULT)
    assert client.post(page, {"kinds": ["coppa"]}).status_code == 302
    assert consents() == [("coppa", "email_plus")]


def test_the_family_page_refuses_the_childs_device_too() -> None:
    kid, client = child("Comet"), browser()
    grace = parent_of(kid, at=now())
    client.post("/accounts/login/", {"login": "grace", "password": PASSWORD})  # sets the device cookie
    device = signing.loads(client.cookies[DEVICE_COOKIE].value, salt="cookie.device")
    User.objects.filter(pk=kid.pk).update(signup_device=keyed_hash("device", device))
    answers = {"kinds": ["coppa"], "own_password": PASSWORD}
    assert "uses this device" in client.post(f"/family/{kid.pk}/agree/", answers).content.decode()
    assert browser(grace).post(f"/family/{kid.pk}/agree/", answers).status_code == 302


def test_a_browser_in_which_the_child_ever_logged_in_is_the_childs(committed: Committed) -> None:
    """The child signs up on a laptop, logs in and out on a phone, and answers as the parent on the phone."""
    with committed():
        kid = child_signs_up(browser())
    page, phone = consent_page(), browser()
    phone.post("/accounts/login/", {"login": "comet", "password": PASSWORD})
    phone.post("/accounts/logout/")
    answer_gate(phone, 1980)
    with committed():
        assert phone.post("/signup/details/?role=parent", ADULT).status_code == 302
    parent = User.objects.get(email=MAILBOX)
    assert kid.signup_device not in {"", parent.signup_device}
    assert "Your child uses this device" in phone.post(page, {"kinds": ["coppa"]}).content.decode()
    assert (consents(), Guardianship.objects.count()) == ([], 0)


# -- The age gate ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("first", "second", "branch"), [(8, 46, 8), (8, 15, 8), (15, 46, 15), (15, 8, 8), (46, 8, 8)])
def test_a_later_answer_opens_no_older_branch(first: int, second: int, branch: int) -> None:
    year = datetime.now(UTC).year
    client = browser()
    answer_gate(client, year - first)
    extra = KID if first == 8 else ADULT | {"username": "bo", "grade": "8"}
    assert client.post("/signup/details/?role=student", extra).status_code == 302
    client.post("/accounts/logout/")
    answer_gate(client, year - second)
    page = client.get("/signup/details/?role=parent").content.decode()
    assert ("parent_email" in page, "last_name" in page) == (branch == 8, branch == 46)


def test_a_person_who_goes_back_keeps_the_first_answer() -> None:
    client = browser()
    answer_gate(client, datetime.now(UTC).year - 8)
    answer_gate(client, 1980)
    assert "parent_email" in client.get("/signup/details/").content.decode()


def test_a_forged_answer_is_no_answer() -> None:
    client = browser()
    client.cookies["birthdate"] = "1980-05-04"
    assert client.get("/signup/details/").status_code == 302


# -- Verdicts of trust and safety --------------------------------------------------------------------------------
def verdict(user: User, outcome: str, *, minutes: int = 0) -> None:
    Decision.objects.create(
        agent=TRUST_AND_SAFETY.key,
        actor_id=user.pk,
        type="sign_up",
        outcome=outcome,
        rationale="same_device",
        decided_at=now() + timedelta(minutes=minutes),
    )


@pytest.mark.parametrize("outcome", ["block", "hold"])
def test_a_blocked_sign_up_cannot_agree_until_staff_release_it(outcome: str) -> None:
    kid, grace = child("Comet"), person("Grace", age=40, role="parent", grade=None)
    request = consent_request(kid)
    verdict(grace, outcome)
    case = open_detection(Detection(grace.pk, outcome, "same_device", {}), at=now())
    assert case is not None
    staff = browser(person("Root", age=40, role="admin", grade=None, is_staff=True, is_superuser=True))
    client, path = browser(grace), f"/consent/{consent_token(request)}/"
    waiting = "Our team has to look at your account first"

    assert waiting in client.post(path, {"kinds": ["coppa"]}).content.decode()
    assert "Done: approve" in decide_case(staff, case, "approve")
    decide_case(staff, case, "reopen")
    assert waiting in client.post(path, {"kinds": ["coppa"]}).content.decode()
    assert consents() == []
    decide_case(staff, case, "approve")
    assert client.post(path, {"kinds": ["coppa"]}).status_code == 302


def test_the_verdict_about_a_parent_outlives_the_log_of_decisions() -> None:
    grace, ada = person("Grace", age=40, role="parent", grade=None), person("Ada")
    for user in (grace, ada):
        verdict(user, "hold", minutes=-60 * 24 * 200)
    StreamCursor.objects.create(stream="decisions", position=Decision.objects.latest("pk").pk, moved_at=now())
    purge_personal_data(at=now())
    assert [one.actor_id for one in Decision.objects.all()] == [grace.pk]


def test_an_account_whose_check_has_not_run_yet_waits() -> None:
    client = browser()
    answer_gate(client, 1980)
    client.post("/signup/details/?role=parent", ADULT)  # no commit: the review has not run
    path = f"/consent/{consent_token(consent_request(child('Comet')))}/"
    assert "still checking your new account" in client.post(path, {"kinds": ["coppa"]}).content.decode()


# -- The mailbox that was asked ----------------------------------------------------------------------------------
def test_a_forwarded_link_is_no_consent_of_another_parent() -> None:
    dee = person("Dee", age=40, role="parent", grade=None)
    path = f"/consent/{consent_token(consent_request(child('Comet')))}/"
    assert "for another e-mail address" in browser(dee).get(path).content.decode()
    assert browser(dee).post(path, {"kinds": ["coppa"]}).status_code == 200
    assert consents() == []


# -- Evidence ----------------------------------------------------------------------------------------------------
def test_a_consent_keeps_its_evidence_and_the_text_that_was_shown() -> None:
    kid, grace = child("Comet"), person("Grace", age=40, role="parent", grade=None)
    request = consent_request(kid)
    path = f"/consent/{consent_token(request)}/"
    assert CONSENT_TEXTS["coppa"] in browser(grace).get(path).content.decode()
    browser(grace).post(path, {"kinds": ["coppa"]})
    kept = Consent.objects.get()
    assert (kept.evidence, kept.method, kept.given_by) == (f"request:{request.pk}", "email_plus", grace)
    assert (kept.text_version, kept.text_hash) == (
        CONSENT_TEXT_VERSION,
        hashlib.sha256(CONSENT_TEXTS["coppa"].encode()).hexdigest(),
    )
    assert len(kept.ip_hash) == 32


def test_the_second_mail_confirms_a_day_later_and_says_how_to_revoke() -> None:
    kid, grace = child("Comet"), person("Grace", age=40, role="parent", grade=None)
    browser(grace).post(f"/consent/{consent_token(consent_request(kid))}/", {"kinds": ["coppa"]})
    given_at = Consent.objects.get().given_at

    def send(after: timedelta) -> int:
        return consent.mail_follow_ups(send=send_consent_follow_up, at=given_at + after)

    assert [send(timedelta(hours=23)), send(timedelta(hours=25)), send(timedelta(hours=26))] == [0, 1, 0]
    text = letters_to(MAILBOX)[-1]
    assert "take it back at any time" in text
    assert linked_in(text) == "/family/"


def test_a_consent_taken_back_is_not_confirmed() -> None:
    kid, grace = child("Comet"), person("Grace", age=40, role="parent", grade=None)
    browser(grace).post(f"/consent/{consent_token(consent_request(kid))}/", {"kinds": ["coppa"]})
    withdraw_consent(parent=grace, child=kid, kind="coppa", at=now())
    sent = len(mail.outbox)
    consent.mail_follow_ups(send=send_consent_follow_up, at=now() + timedelta(days=2))
    assert len(mail.outbox) == sent
    assert ConsentFollowUp.objects.get().sent_at is not None


# -- Chat, boards and names need a verified parent ---------------------------------------------------------------
@pytest.mark.parametrize("method", ["email_plus", "password", "x"])
def test_a_weak_method_cannot_publish_a_child(method: str, at: datetime) -> None:
    kid = child("Comet")
    grace = parent_of(kid, at=at)
    give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    with pytest.raises(ConsentRefused):
        give_consent(parent=grace, child=kid, kind="disclosure", method=method, ip_hash="", at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.create(
            child=kid, given_by=grace, kind="disclosure", method=method, text_version="1", given_at=at
        )


@pytest.mark.parametrize(("action", "kind"), [("chat", "disclosure"), ("public_leaderboard", "disclosure")])
def test_compliance_asks_for_the_strength(action: str, kind: str) -> None:
    assert compliance(action, age=10, consents={"coppa", "ferpa"}) == "coppa_no_consent"
    assert compliance(action, age=10, consents={"coppa", kind}) is None
    assert compliance("create_challenge", age=10, consents={"coppa"}) is None


def consented(at: datetime, **fields: Any) -> tuple[User, User]:
    kid = child("Comet", **fields)
    grace = parent_of(kid, at=at)
    give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    return kid, grace


def test_a_childs_name_shows_only_with_a_verified_parent(at: datetime) -> None:
    kid, grace = consented(at, first_name="Cometina")
    assert (public_name_of(kid, at), viewer_profile_of(kid).name) == ("A friend", "comet")
    give_consent(parent=grace, child=kid, kind="disclosure", method="signed_form", ip_hash="", at=at)
    assert (public_name_of(kid, at), viewer_profile_of(kid).name) == ("Cometina", "Cometina")
    withdraw_consent(parent=grace, child=kid, kind="coppa", at=at)
    assert Consent.objects.kinds_for(kid.pk) == set()  # the stronger one ends with it
    assert public_name_of(kid, at) == "A friend"


def test_a_child_reads_the_chat_and_writes_with_a_verified_parent(at: datetime) -> None:
    kid, grace = consented(at)
    cohort = cohort_of(kid, at=at)
    with pytest.raises(MessageRefused, match="sign a form"):
        post_message(author=kid, cohort_id=cohort.pk, text="Hello", key=KEY, at=at)
    give_consent(parent=grace, child=kid, kind="disclosure", method="signed_form", ip_hash="", at=at)
    assert post_message(author=kid, cohort_id=cohort.pk, text="Hello", key=KEY, at=at).text == "Hello"


# -- The signed form ---------------------------------------------------------------------------------------------
def upload(client: Client, kid: User, content: bytes, name: str = "form.pdf") -> str:
    answers = {"signed_form": SimpleUploadedFile(name, content), "own_password": PASSWORD}
    response = client.post(f"/family/{kid.pk}/verify/", answers)
    return "" if response.status_code == 302 else response.content.decode()


def staff() -> User:
    return User.objects.create_superuser("root", "root@example.com", PASSWORD)


def decide(client: Client, action: str, *forms: ParentVerification) -> str:
    page = choose_action(client, "/admin/accounts/parentverification/", action, *(form.pk for form in forms))
    return str(page.content.decode())


def test_staff_approve_a_signed_form(at: datetime) -> None:
    kid, grace = consented(at)
    assert CONSENT_TEXTS["disclosure"] in browser(grace).get(f"/family/{kid.pk}/verify/form/").content.decode()
    assert upload(browser(grace), kid, PDF) == ""
    form = ParentVerification.objects.get()
    assert (form.form_type, form.form_sha256) == ("application/pdf", hashlib.sha256(PDF).hexdigest())
    assert "disclosure" not in Consent.objects.kinds_for(kid.pk)
    at_root = browser(staff())
    assert "approved" in decide(at_root, "approve", form)
    kept = Consent.objects.get(kind="disclosure")
    assert (kept.method, kept.evidence) == ("signed_form", f"verification:{form.pk}")
    assert kept.text_hash == consent_text_hash("disclosure")
    assert "was decided before" in decide(at_root, "approve", form)
    assert browser(grace).get(f"/family/{kid.pk}/verify/").status_code == 404  # nothing is left to agree to


def test_a_rejected_form_is_deleted(at: datetime) -> None:
    kid, grace = consented(at)
    upload(browser(grace), kid, PDF)
    form = ParentVerification.objects.get()
    assert "1 rejected" in decide(browser(staff()), "reject", form)
    form.refresh_from_db()
    assert (form.form, form.status) == (None, "rejected")
    assert "disclosure" not in Consent.objects.kinds_for(kid.pk)


def test_a_form_leaves_only_through_the_admin(at: datetime) -> None:
    kid, grace = consented(at)
    upload(browser(grace), kid, PDF)
    path = f"/admin/accounts/parentverification/{ParentVerification.objects.get().pk}/form/"
    assert [browser(one).get(path).status_code for one in (None, kid, grace)] == [404, 404, 404]
    viewer = person("Dee", age=40, role="admin", grade=None, is_staff=True)
    desk = browser(viewer)
    give_reason(desk, path)
    assert desk.get(path).status_code == 403
    office = browser(staff())
    give_reason(office, path)
    answer = office.get(path)
    assert answer.content == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"<svg onload=alert(1)>", "form.pdf"), (b"MZ\x90", "form.png"), (b"GIF89a", "form.jpg"), (b"", "form.pdf")],
)
def test_other_files_are_refused(content: bytes, name: str, at: datetime) -> None:
    kid, grace = consented(at)
    assert upload(browser(grace), kid, content, name) != ""
    assert ParentVerification.objects.count() == 0


def test_a_form_is_bounded(at: datetime) -> None:
    kid, grace = consented(at)
    assert "too big" in upload(browser(grace), kid, PDF + b"x" * 4_000_000)
    with pytest.raises(FormRefused):
        verification.form_type(PDF + b"x" * 4_000_000)
    assert upload(browser(grace), kid, b"%PDF-1") == ""
    assert upload(browser(grace), kid, b"%PDF-2") == ""  # the second replaces the one that waits
    assert ParentVerification.objects.get().form_sha256 == hashlib.sha256(b"%PDF-2").hexdigest()


def test_only_the_parent_with_the_password_hands_in_a_form(at: datetime) -> None:
    kid, grace = consented(at)
    other = person("Dee", age=40, role="parent", grade=None)
    assert browser(other).get(f"/family/{kid.pk}/verify/").status_code == 404
    answers = {"signed_form": SimpleUploadedFile("form.pdf", PDF), "own_password": "x"}
    assert "This is not your password" in browser(grace).post(f"/family/{kid.pk}/verify/", answers).content.decode()
    assert ParentVerification.objects.count() == 0


# -- The payment -------------------------------------------------------------------------------------------------
@dataclass
class Provider:
    """A payment provider on this machine; `changes` are lies in its answers."""

    url: str = ""
    status: str = "open"
    paid: set[str] = field(default_factory=set)
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    changes: dict[str, Any] = field(default_factory=dict)


@contextmanager
def provider() -> Iterator[Provider]:
    ours = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = f"p{len(ours.payments)}"
            ours.payments[name] = body
            self.answer(201, {"id": name, "url": f"{ours.url}/checkout/{name}"})

        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            status = "paid" if name in ours.paid else ours.status
            self.answer(200, {"id": name, "status": status} | ours.payments[name] | ours.changes)

        def answer(self, status: int, body: dict[str, Any]) -> None:
            ours.keys.add(self.headers["Authorization"])
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ours.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield ours
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def shop(settings: Settings) -> Iterator[Provider]:
    with provider() as running:
        settings.CONSENT_PAYMENT_URL, settings.CONSENT_PAYMENT_KEY = running.url, "key-1"
        yield running


def test_a_payment_verifies_a_parent(shop: Provider, at: datetime) -> None:
    kid, grace = consented(at)
    client, base = browser(grace), f"/family/{kid.pk}/verify"
    assert shop.url in client.post(f"{base}/pay/").content.decode()
    assert "do not see your payment" in client.post(f"{base}/paid/").content.decode()
    assert "disclosure" not in Consent.objects.kinds_for(kid.pk)
    shop.status = "paid"
    assert client.post(f"{base}/paid/").status_code == 302
    kept = Consent.objects.get(kind="disclosure")
    assert (kept.method, kept.evidence) == ("payment", ParentVerification.objects.get().evidence)
    assert shop.keys == {"Bearer key-1"}
    assert client.post(f"{base}/paid/").status_code == 404


def test_a_payment_counts_after_another_was_opened(shop: Provider, at: datetime) -> None:
    """The button of the page was pressed again, and the parent paid at the first address."""
    kid, grace = consented(at)
    client, base = browser(grace), f"/family/{kid.pk}/verify"
    for _ in range(2):
        client.post(f"{base}/pay/")
    first, second = ParentVerification.objects.order_by("pk")
    assert (first.payment_id, second.payment_id) == ("p0", "p1")
    shop.paid = {"p0"}
    assert client.post(f"{base}/paid/").status_code == 302
    assert Consent.objects.get(kind="disclosure").evidence == first.evidence
    assert list(ParentVerification.objects.order_by("pk").values_list("status", flat=True)) == ["approved", "rejected"]
    shop.paid = {"p0", "p1"}
    withdraw_consent(parent=grace, child=kid, kind="disclosure", at=now())
    assert client.post(f"{base}/paid/").status_code == 200  # the second payment was for the consent that is over
    assert "disclosure" not in Consent.objects.kinds_for(kid.pk)


def test_a_payment_is_for_the_text_of_its_opening(
    shop: Provider, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    kid, grace = consented(at)
    client, base = browser(grace), f"/family/{kid.pk}/verify"
    client.post(f"{base}/pay/")
    monkeypatch.setitem(CONSENT_TEXTS, "disclosure", "Another text.")
    shop.paid = {"p0"}
    assert "The text has changed" in client.post(f"{base}/paid/", follow=True).content.decode()
    assert "disclosure" not in Consent.objects.kinds_for(kid.pk)
    client.post(f"{base}/pay/")
    shop.paid = {"p0", "p1"}
    client.post(f"{base}/paid/")
    assert Consent.objects.get(kind="disclosure").text_hash == consent_text_hash("disclosure")


def test_payments_that_one_parent_opens_in_a_day_are_bounded(shop: Provider, at: datetime) -> None:
    kid, grace = consented(at)
    client, base = browser(grace), f"/family/{kid.pk}/verify"
    for _ in range(11):
        page = client.post(f"{base}/pay/", follow=True).content.decode()
    assert "You opened many payments today" in page
    assert len(shop.payments) == ParentVerification.objects.count() == 10


@pytest.mark.parametrize("lie", [{"reference": "verification:0"}, {"amount_cents": 1}, {"status": "refunded"}])
def test_a_payment_for_something_else_verifies_nobody(lie: dict[str, Any], shop: Provider, at: datetime) -> None:
    kid, grace = consented(at)
    client, base = browser(grace), f"/family/{kid.pk}/verify"
    client.post(f"{base}/pay/")
    shop.status, shop.changes = "paid", lie
    assert client.post(f"{base}/paid/").status_code == 200
    assert "disclosure" not in Consent.objects.kinds_for(kid.pk)


def test_a_provider_that_is_away_changes_nothing(settings: Settings, at: datetime) -> None:
    settings.CONSENT_PAYMENT_URL = "http://127.0.0.1:9"
    kid, grace = consented(at)
    page = browser(grace).post(f"/family/{kid.pk}/verify/pay/", follow=True).content.decode()
    assert "We cannot reach the payment service" in page
    assert ParentVerification.objects.count() == 0
    assert "disclosure" not in Consent.objects.kinds_for(kid.pk)


def test_payments_are_off_without_a_provider(at: datetime) -> None:
    kid, grace = consented(at)
    assert browser(grace).post(f"/family/{kid.pk}/verify/pay/").status_code == 404
    assert "Use a card" not in browser(grace).get(f"/family/{kid.pk}/verify/").content.decode()
