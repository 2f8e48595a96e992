"""The page of a child: a parent sees what is agreed and shared, and ends, corrects or deletes it."""

import json
from datetime import date, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.core.management import call_command

from feeds.models import Activity
from loops.core.growth_emails import EmailDraft, drop_reason, queue_emails
from loops.core.links import token_for
from loops.core.orchestrator import ineligibility_to_ask, trigger_event
from loops.events import ChallengeInitiated
from loops.models import GrowthEmail, Link
from loops.proud_parent.models import RecapReel
from tests.factories import Committed, browser, challenge_of, child, cohort_of, parent_of, person, practice
from tests.steps.admin import choose_action, give_reason
from tests.steps.privacy import pupil_of_school, shared_reel
from viral_engine.accounts import tasks
from viral_engine.accounts.models import BirthdateCorrection, Disclosure, SchoolRequest, User
from viral_engine.accounts.services import consent, schools
from viral_engine.accounts.services.corrections import decide_correction
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-9"


def family(at: datetime) -> tuple[User, User]:
    """Ada, aged 15, and Grace, her mother."""
    ada = person("Ada", at=at)
    return ada, parent_of(ada, at=at)


def give(parent: User, kid: User, kind: str, at: datetime) -> None:
    consent.give_consent(parent=parent, child=kid, kind=kind, method="password", ip_hash="", at=at)


def page_of(parent: User, kid: User) -> str:
    answer = browser(parent).get(f"/family/{kid.pk}/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


# -- Access ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("part", ["", "growth/", "correct/", "birthdate/", "export/", "delete/", "shared/link/1/"])
def test_another_parent_the_child_and_a_stranger_open_nothing(at: datetime, part: str) -> None:
    ada, _ = family(at)
    path = f"/family/{ada.pk}/{part}"
    for other in (person("Dee", age=40, role="parent"), ada):
        client = browser(other)
        assert {client.get(path).status_code, client.post(path, {}).status_code} <= {404, 405}
        assert client.post(path, {}).status_code == 404 or part == ""
    assert browser().post(path, {}).status_code in {302, 405}


# -- Permissions ----------------------------------------------------------------------------------------------------
def test_permissions_have_a_state_and_a_history(at: datetime) -> None:
    ada, grace = family(at)
    give(grace, ada, "ferpa", at)
    consent.withdraw_consent(parent=grace, child=ada, kind="ferpa", at=at + timedelta(days=2))
    give(grace, ada, "third_party", at + timedelta(days=3))
    page = page_of(grace, ada)
    assert "4 March 2026, 15:00" in page
    assert "Taken back on 6 March 2026, 15:00." in page
    assert f"/family/{ada.pk}/withdraw/third_party/" in page
    assert page.count("You</b>") == 0
    assert page.count("You agreed that") == 2


# -- Sharing ---------------------------------------------------------------------------------------------------------
def test_a_link_is_taken_back_by_one_press_and_again(at: datetime, algebra: Skill) -> None:
    ada, grace = family(at)
    link = challenge_of(ada, algebra, now())
    browser().get(f"/r/{token_for(link, 'link')}")
    page = page_of(grace, ada)
    assert "Buddy Challenge: a link with a card" in page
    assert "Anyone who has the link; opened once" in page
    client = browser(grace)
    for _ in range(2):
        assert client.post(f"/family/{ada.pk}/shared/link/{link.pk}/").status_code == 302
    link.refresh_from_db()
    assert link.deactivation_reason == Link.Reason.PARENT
    assert LoggedEvent.objects.filter(type="link_taken_back").count() == 1
    for purpose, path in (("link", "/r/{}"), ("card", "/cards/{}.png")):
        assert browser().get(path.format(token_for(link, purpose))).status_code == 410
    assert "Ended" in page_of(grace, ada)


def test_a_link_of_another_child_is_not_taken_back(at: datetime, algebra: Skill) -> None:
    ada, grace = family(at)
    link = challenge_of(person("Bo", at=at), algebra, now())
    browser(grace).post(f"/family/{ada.pk}/shared/link/{link.pk}/")
    link.refresh_from_db()
    assert link.deactivated_at is None
    for wrong in ("shared/film/1/", "shared/link/x/"):
        assert browser(grace).post(f"/family/{ada.pk}/{wrong}").status_code == 404


def test_a_reel_is_taken_back_alone_or_with_its_link(at: datetime, algebra: Skill, committed: Committed) -> None:
    ada, grace = family(at)
    reel = shared_reel(ada, grace, at)
    page = page_of(grace, ada)
    assert "A film of a week" in page
    assert "a link with a card, shared by a parent" in page
    client = browser(grace)
    for _ in range(2):
        assert client.post(f"/family/{ada.pk}/shared/reel/{reel.pk}/").status_code == 302
    assert not RecapReel.objects.exists()
    RecapReel.objects.create(share=reel.share, webp=b"RIFF", made_at=at)
    with committed():
        client.post(f"/family/{ada.pk}/shared/link/{reel.share.link_id}/")
    assert not RecapReel.objects.exists()


def test_the_feed_is_taken_back(at: datetime, algebra: Skill) -> None:
    ada, grace = family(at)
    Activity.objects.create(actor=ada, kind="practice_completed", skill=algebra, source="x", at=at)
    assert "1 post in the feed" in page_of(grace, ada)
    for _ in range(2):
        browser(grace).post(f"/family/{ada.pk}/shared/feed/all/")
    assert not Activity.objects.filter(is_shown=True).exists()
    assert "Nothing is shared." in page_of(grace, ada)


def test_offers_to_share_are_switched_off_and_on(at: datetime) -> None:
    ada, grace = family(at)
    client, path = browser(grace), f"/family/{ada.pk}/growth/"
    for is_on in ("0", "0", "1"):
        assert client.post(path, {"is_on": is_on}).status_code == 302
        ada.refresh_from_db()
        assert ada.growth_prompts is (is_on == "1")
    assert LoggedEvent.objects.filter(type="preferences_changed", actor_id=ada.pk).count() == 2
    kid = child("Comet", at=at, growth_prompts=False)
    kid.guardians.create(parent=grace, created_at=at)
    assert client.post(f"/family/{kid.pk}/growth/", {"is_on": "1"}).status_code == 404  # it needs consent first


# -- Correct and delete ---------------------------------------------------------------------------------------------
def test_name_and_grade_are_corrected(at: datetime) -> None:
    ada, grace = family(at)
    client, path = browser(grace), f"/family/{ada.pk}/correct/"
    assert client.post(path, {"first_name": "Adele", "grade": "9"}).status_code == 302
    ada.refresh_from_db()
    assert (ada.first_name, ada.grade) == ("Adele", 9)
    refused = client.post(path, {"first_name": "call 555 123 4567", "grade": "13"})
    assert refused.status_code == 400
    ada.refresh_from_db()
    assert (ada.first_name, ada.grade) == ("Adele", 9)


def test_a_birthdate_is_corrected_after_staff_agree(at: datetime) -> None:
    ada, grace = family(at)
    client, path = browser(grace), f"/family/{ada.pk}/birthdate/"
    born = ada.birthdate
    assert client.post(path, {"birthdate": "1850-01-01"}).status_code == 400
    for _ in range(2):
        assert client.post(path, {"birthdate": "2012-05-04"}).status_code == 302
    ada.refresh_from_db()
    assert ada.birthdate == born
    assert "You asked us to change the birthday to 4 May 2012" in page_of(grace, ada)
    request = BirthdateCorrection.objects.get()
    clerk = User.objects.create_superuser("clerk", "clerk@example.com", PASSWORD)
    choose_action(browser(clerk), "/admin/accounts/birthdatecorrection/", "accept", request.pk)
    ada.refresh_from_db()
    request.refresh_from_db()
    assert (ada.birthdate, request.decided_by) == (date(2012, 5, 4), clerk)
    assert LogEntry.objects.get().get_change_message() == "Changed the birthdate."
    assert decide_correction(correction=request, is_accepted=False, by=clerk, at=now()) is False


def test_the_account_is_deleted_after_the_password(at: datetime) -> None:
    ada, grace = family(at)
    client, path = browser(grace), f"/family/{ada.pk}/delete/"
    client.post(path, {"own_password": "wrong"})
    ada.refresh_from_db()
    assert ada.is_active
    assert client.post(path, {"own_password": PASSWORD}).status_code == 302
    assert client.get(f"/family/{ada.pk}/").status_code == 404


# -- Schools under contract (FERPA) --------------------------------------------------------------------------------
def test_school_records_are_not_used_for_growth(at: datetime, algebra: Skill) -> None:
    ada, grace = family(at)
    result = practice(ada, algebra, at=now())
    asked = ChallengeInitiated(actor_id=ada.pk, attempt_id=str(result.pk), skill="algebra", score=80)
    assert ineligibility_to_ask(asked, ada, score=80, at=now()) is None
    school = pupil_of_school(at)[2]
    cohort_of(ada, at=at)
    assert schools.school_of(ada.pk) == school
    offered = trigger_event(asked, now())
    assert (offered.action, offered.link) == ("none", None)
    assert offered.message == "You learn here with your school, so there are no challenges to share."
    assert "under contract" in Decision.objects.filter(agent="orchestrator").latest("pk").rationale
    assert ineligibility_to_ask(asked, ada, score=80, at=now()) == offered.message
    page = page_of(grace, ada)
    assert "Hill School gave us these records" in page
    assert "Switch on" not in page
    assert browser(grace).post(f"/family/{ada.pk}/growth/", {"is_on": "1"}).status_code == 404


def test_no_marketing_about_a_schools_pupil(at: datetime) -> None:
    kid, grace, school = pupil_of_school(at)
    queue_emails(
        [EmailDraft(recipient=grace, kind="recap", key="k", subject="s", text="t", html="h", about=kid)], at=at
    )
    letter = GrowthEmail.objects.get()
    assert drop_reason(letter, at) == "school"
    school.is_contract = False
    school.save(update_fields=["is_contract"])
    assert drop_reason(letter, at) == ""


@pytest.mark.parametrize(("part", "kind"), [("correct/", "correct"), ("birthdate/", "correct"), ("delete/", "delete")])
def test_requests_about_school_records_go_to_the_school(at: datetime, part: str, kind: str) -> None:
    kid, grace, school = pupil_of_school(at)
    assert browser(grace).post(f"/family/{kid.pk}/{part}", {"own_password": PASSWORD}).status_code == 302
    request = SchoolRequest.objects.get()
    assert (request.kind, request.school) == (kind, school)
    kid.refresh_from_db()
    assert kid.is_active
    assert [tasks.mail_parents(), tasks.mail_parents()] == [1, 0]
    assert mail.outbox[-1].to == ["office@hill.example"]
    assert "You asked on" in page_of(grace, kid)


def test_every_disclosure_is_listed(at: datetime) -> None:
    kid, grace, school = pupil_of_school(at)
    browser(grace).post(f"/family/{kid.pk}/export/")
    staff = User.objects.create_superuser("clerk", "clerk@example.com", PASSWORD)
    choose_action(browser(staff), "/admin/accounts/user/", "export_person", kid.pk)
    list(schools.export_school(school=school, at=at))
    listed = Disclosure.objects.filter(pupil=kid).order_by("pk").values_list("kind", "recipient")
    assert list(listed) == [("request", "parent"), ("export", "staff"), ("school_export", "school")]
    disclosure, desk = Disclosure.objects.earliest("pk"), browser(staff)
    give_reason(desk, f"/admin/accounts/disclosure/{disclosure.pk}/change/")
    assert desk.post(f"/admin/accounts/disclosure/{disclosure.pk}/delete/").status_code == 403


def test_a_schools_data_is_exported_and_deleted_as_a_whole(at: datetime, capsys: pytest.CaptureFixture[str]) -> None:
    kid, _, school = pupil_of_school(at)
    other = person("Bo", at=at)
    call_command("school_data", "export", str(school.pk))
    assert json.loads(capsys.readouterr().out)["account"] == kid.pk
    call_command("school_data", "erase", str(school.pk), "--yes")
    kid.refresh_from_db()
    other.refresh_from_db()
    assert (kid.is_active, other.is_active) == (False, True)
