"""Session intelligence over HTTP: Toni uploads a transcript, and the family reads a cited summary.

Ada dares a friend with the deck of her gap, Bo joins through it, and what was shared can be taken back.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from loops.core.links import token_for
from loops.models import Link, Prompt, Referral
from loops.session_intelligence.models import SessionAction, SessionPipeline, SessionReminder
from loops.session_intelligence.tasks import process_transcripts, remind_of_exams
from tests.ai_provider import messages, provided, reply, summary_json
from tests.factories import browser, counting, parent_of, path_of, person, statements
from tests.ledgers import beside_points, events
from tests.loops.session_intelligence.sessions import golden_vtt, loop_row
from tests.steps.admin import give_reason
from tests.steps.practice import play
from tests.steps.sign_up import sign_up
from viral_engine.accounts.models import User
from viral_engine.accounts.services import consent
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision, Delivery
from viral_engine.learning.models import Subject, TutoringSession, TutorStudent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    loop_row()
    yield
    cache.clear()


def upload(client: Client, student: User, math: Subject, golden: str = "algebra") -> TutoringSession:
    start = (now() - timedelta(hours=2)).replace(second=0, microsecond=0)
    facts = {
        "student_id": student.pk,
        "subject": math.pk,
        "started_at": start.strftime("%Y-%m-%dT%H:%M"),
        "duration_min": "45",
        "transcript_file": SimpleUploadedFile("session.vtt", golden_vtt(golden).encode()),
    }
    saved = client.post("/sessions/new/", facts)
    assert saved.status_code == 302, saved.content.decode()
    return TutoringSession.objects.latest("pk")


def family() -> tuple[User, User, User]:
    toni, ada = person("Toni", age=33, role="tutor", grade=None), person("Ada")
    TutorStudent.objects.create(tutor=toni, student=ada, created_at=now())
    return toni, ada, parent_of(ada, at=now())


def test_from_an_upload_to_a_friend_who_joins(math: Subject) -> None:
    toni, ada, grace = family()
    at_toni, at_ada, at_grace, at_bo = browser(toni), browser(ada), browser(grace), browser()
    session = upload(at_toni, ada, math)
    insights = f"/sessions/{session.pk}/insights/"

    # The page shows how far it is, and asks again until it is done.
    waiting = at_toni.get(insights).content.decode()
    assert "We are reading the transcript" in waiting
    assert f'hx-get="{insights}"' in waiting
    assert process_transcripts() == 1
    assert SessionPipeline.objects.get().stage == "delivered"
    assert f'hx-get="{insights}"' not in at_toni.get(insights).content.decode()

    # Each reads what is theirs, and every item leads to its cue.
    pages = {name: one.get(insights).content.decode() for name, one in (("t", at_toni), ("s", at_ada), ("p", at_grace))}
    assert "Quality" in pages["t"]
    assert "Quality" not in pages["s"]
    assert "Next topic" in pages["t"]
    assert "Next topic" not in pages["p"]
    for page in pages.values():
        assert "do exercises 11 to 20 on page 84" in page
        for number in re.findall(r'href="#cue-(\d+)"', page):
            assert f'id="cue-{number}"' in at_toni.get(f"/sessions/{session.pk}/").content.decode()
    assert pages["s"].count('<li class="idea') == 2
    assert "Beat my skill: Algebra" in pages["s"]
    assert re.search(r"From minute 1:40 of \w+day&#x27;s session", pages["s"])
    assert "Open the pack" in pages["t"]
    assert "Make the link" not in pages["s"]

    # Ada shares the link of her gap; Bo plays it as a guest and joins.
    action = SessionAction.objects.select_related("link").get(kind="beat_my_skill")
    assert action.link is not None
    sheet = at_ada.get(f"/loops/share/{action.link.code}/").content.decode()
    assert "I am training Algebra" in sheet
    for part in ("balance", "minus", "confused"):  # nothing of the session is shown
        assert part not in sheet
    sent = at_ada.post(f"/loops/share/{action.link.code}/sent/", {"channel": "sms", "key": str(uuid4())})
    assert sent.status_code == 204
    shared = re.search(r'value="([^"]+)\?via=copy"', sheet)
    assert shared is not None
    landing = at_bo.get(path_of(shared[1])).headers["Location"]
    page = at_bo.get(landing).content.decode()
    assert "five questions in Algebra" in page
    started = at_bo.post(f"{landing}/try")
    play(at_bo, started.headers["Location"], right=5)
    assert [event.link_code for event in events("fvm_reached")] == [action.link.code]
    bo = sign_up(at_bo, "Bo", year=2011)
    assert Referral.objects.get().link == action.link
    assert (Referral.objects.get().referee, Referral.objects.get().referrer) == (bo, ada)
    rewards = beside_points().values_list("user", "kind", "amount")
    assert list(rewards) == [(ada.pk, "referral_xp", 50)]

    # The funnel of the dashboard counts each step.
    for kind, count in (("session_summarized", 1), ("session_action_made", 4), ("invite_sent", 1)):
        assert len(events(kind)) == count, kind
    assert {one.loop_id for one in Prompt.objects.all()} == {"session_intelligence"}
    assert not Delivery.objects.filter(processed_at=None).exists()


def test_a_tutor_prepares_the_next_session(math: Subject) -> None:
    toni, ada, grace = family()
    session = upload(browser(toni), ada, math)
    process_transcripts()
    page = browser(toni).get(f"/sessions/{session.pk}/prep/").content.decode()
    assert "Practice set" in page
    assert page.count("Show the answer") == 8
    assert "Class sampler" in page
    for stranger in (ada, grace, person("Tim", age=40, role="tutor", grade=None)):
        assert browser(stranger).get(f"/sessions/{session.pk}/prep/").status_code == 404


def test_what_was_made_is_taken_back_by_tutor_or_parent(math: Subject) -> None:
    toni, ada, grace = family()
    session = upload(browser(toni), ada, math)
    process_transcripts()
    beat, buddy = (SessionAction.objects.get(kind=kind) for kind in ("beat_my_skill", "study_buddy"))
    strangers = (person("Bo"), person("Hal", age=44, role="parent", grade=None))
    for stranger in strangers:
        assert browser(stranger).post(f"/sessions/actions/{beat.pk}/recall/").status_code == 404
    tutors = SessionAction.objects.get(kind="prep_pack")
    assert browser(ada).post(f"/sessions/actions/{tutors.pk}/recall/").status_code == 404
    assert SessionReminder.objects.filter(action=buddy).exists()
    for by, action in ((toni, beat), (grace, buddy)):
        for _ in range(2):  # the second press changes nothing
            assert browser(by).post(f"/sessions/actions/{action.pk}/recall/").status_code == 302
        action.refresh_from_db()
        assert (action.status, action.recalled_by) == ("recalled", by)
        link = Link.objects.get(pk=action.link_id or 0)
        assert (link.deactivated_at is not None, link.deactivation_reason) == (True, "person")
        assert Prompt.objects.get(link=link).dismissed_at is not None
    assert not SessionReminder.objects.exists()
    assert len(events("session_action_recalled")) == 2
    assert "Taken back." in browser(ada).get(f"/sessions/{session.pk}/insights/").content.decode()
    SessionPipeline.objects.update(stage="summarized", delivered_at=None)
    process_transcripts()  # a repeated stage makes nothing again
    assert SessionAction.objects.filter(status="recalled").count() == 2
    assert SessionAction.objects.count() == 6


def test_withdrawn_consent_to_third_parties_ends_the_calls(math: Subject, settings: Settings) -> None:
    toni, ada, grace = family()
    consent.give_consent(parent=grace, child=ada, kind="third_party", method="email_plus", ip_hash="", at=now())
    with messages(reply(summary_json())) as provider:
        provided(settings, provider)
        upload(browser(toni), ada, math)
        assert browser(grace).post(f"/family/{ada.pk}/withdraw/third_party/").status_code == 302
        process_transcripts()
    assert provider.bodies == []
    assert Decision.objects.get(agent="session_intelligence").outcome == "extractive"


def test_a_reminder_comes_two_days_before_the_exam_once(math: Subject) -> None:
    import time_machine

    toni, ada, _ = family()
    upload(browser(toni), ada, math)
    process_transcripts()
    reminder = SessionReminder.objects.select_related("action").get()
    assert reminder.action.exam_on is not None
    if reminder.due_at > now():
        assert remind_of_exams() == 0
    with time_machine.travel(reminder.due_at + timedelta(minutes=1), tick=False):
        assert remind_of_exams() == 1
        assert remind_of_exams() == 0
    from loops.models import GrowthEmail

    email = GrowthEmail.objects.get()
    assert (email.recipient, email.subject) == (ada, f"Your test on Algebra is on {reminder.action.exam_on:%A, %-d %B}")


def test_the_pages_cost_eight_statements_at_most(math: Subject) -> None:
    toni, ada, grace = family()
    session = upload(browser(toni), ada, math)
    process_transcripts()
    for reader in (toni, ada, grace):
        client = browser(reader)
        for path in (f"/sessions/{session.pk}/", f"/sessions/{session.pk}/insights/"):
            client.get(path)
            with counting() as captured:
                assert client.get(path).status_code == 200
            assert len(statements(captured)) <= 8, (reader, path)


def test_only_the_page_that_shows_the_transcript_decrypts_it(math: Subject) -> None:
    toni, ada, grace = family()
    session = upload(browser(toni), ada, math)
    process_transcripts()
    action = SessionAction.objects.select_related("link").get(kind="beat_my_skill")
    assert action.link is not None
    link = token_for(action.link, "link")
    root = browser(User.objects.create_superuser("root", "root@example.com", "correct-horse-9"))
    admin = [f"/admin/loops/session{name}/" for name in ("pipeline", "action", "reminder")]
    admin += [f"{admin[0]}{session.pk}/change/", f"{admin[1]}{action.pk}/change/"]
    insights = f"/sessions/{session.pk}/insights/"
    pages = [
        *((browser(reader), path) for reader in (toni, ada, grace) for path in ("/sessions/", insights, "/")),
        (browser(ada), "/sessions/to-rate/"),
        (browser(ada), f"/loops/share/{action.link.code}/"),
        (browser(ada), "/loops/waiting/"),
        (browser(toni), f"/sessions/{session.pk}/prep/"),
        *((browser(), path) for path in (f"/r/{link}", f"/shared/{token_for(action.link, 'session')}")),
        *((root, path) for path in admin),
    ]
    for path in admin:
        give_reason(root, path)
    for client, path in pages:
        with counting() as captured:
            answer = client.get(path)
        assert answer.status_code in {200, 302}, path
        read = [statement for statement in statements(captured) if '"transcript"' in statement]
        assert read == [], path
    with counting() as captured:
        assert "minus" in browser(ada).get(f"/sessions/{session.pk}/").content.decode()
    assert sum('"transcript"' in statement for statement in statements(captured)) == 1
    with counting() as captured:
        browser(toni).post(f"/sessions/actions/{action.pk}/recall/")
    assert not any('"transcript"' in statement for statement in statements(captured))
