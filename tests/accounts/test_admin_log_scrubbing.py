"""Names and mailboxes of an erased person that stand in other rows: requests as typed, and the log of the admin."""

from datetime import datetime

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import CHANGE, LogEntry
from django.test import Client

from tests.factories import browser, child, cohort_of, consent_request, parent_of, person
from tests.steps.admin import JOINED, NOON, save_form
from viral_engine.accounts.emails import consent_token
from viral_engine.accounts.models import Cohort, CohortMembership, ConsentRequest, Guardianship, User
from viral_engine.accounts.services import erasure, purge
from viral_engine.kernel.clock import now
from viral_engine.kernel.text.mailboxes import same_mailbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    return browser(User.objects.create_superuser("root", "root@example.com", "correct-horse-9"))


def notes() -> str:
    return " ".join(f"{note.object_repr} {note.change_message}" for note in LogEntry.objects.all()).casefold()


def answered(kid: User, grace: User, *, typed: str) -> ConsentRequest:
    request = consent_request(kid)
    ConsentRequest.objects.filter(pk=request.pk).update(parent_email=typed)
    proven = {"email": same_mailbox(typed), "defaults": {"verified": True}}
    EmailAddress.objects.get_or_create(user=grace, **proven)
    browser(grace).post(f"/consent/{consent_token(request)}/", {"kinds": ["coppa"]})
    return request


@pytest.mark.parametrize(
    ("typed", "is_family"), [("Grace@Example.com", False), ("Grace@Example.com", True), ("g@work.example", True)]
)
def test_a_parents_address_goes_as_the_child_typed_it_and_from_another_mailbox(typed: str, is_family: bool) -> None:
    grace = person("Grace", age=41, role="parent")
    answered(child("Comet"), grace, typed=typed)
    if not is_family:
        grace.guardianships.all().delete()
    others = answered(child("Nova"), person("Alan", age=41, role="parent"), typed="alan@example.com")
    erasure.erase_account(user=grace, by=grace, at=now())
    assert list(ConsentRequest.objects.all()) == [others]


def test_a_request_nobody_answered_yet_stays_for_the_purge() -> None:
    kid = child("Comet")
    waiting, grace = consent_request(kid), parent_of(kid, at=now())  # made a guardian by staff
    erasure.erase_account(user=grace, by=grace, at=now())
    assert list(ConsentRequest.objects.all()) == [waiting]


@pytest.mark.parametrize("gone_before", [False, True])
@pytest.mark.parametrize("name", ["Comet", "Émile", "in"])
def test_no_note_of_staff_names_the_erased(staff: Client, at: datetime, name: str, *, gone_before: bool) -> None:
    kid, grace = person("Kid", is_proven=False), person("Grace", age=41, role="parent")
    User.objects.filter(pk=kid.pk).update(username=name)
    kid.refresh_from_db()
    save_form(staff, "accounts/guardianship/add/", parent=grace.pk, child=kid.pk, **NOON)
    save_form(staff, "account/emailaddress/add/", user=kid.pk, email="Kid@Example.com", primary="on")
    cohort = Cohort.objects.create(name="Comets")
    save_form(staff, f"accounts/cohort/{cohort.pk}/change/", name=cohort.name, grade="8", is_active="on")
    save_form(staff, "accounts/cohortmembership/add/", user=kid.pk, cohort=cohort.pk, is_primary="on", **JOINED)
    row = CohortMembership.objects.get()
    save_form(staff, f"accounts/cohortmembership/{row.pk}/change/", user=kid.pk, cohort=cohort.pk, **JOINED)
    assert {"kid@example.com", f"grace for {name.casefold()}"} <= {
        note.object_repr.casefold() for note in LogEntry.objects.all()
    }
    if gone_before:
        save_form(staff, f"accounts/guardianship/{Guardianship.objects.get().pk}/delete/", post="yes")
        save_form(staff, f"accounts/cohortmembership/{row.pk}/delete/", post="yes")
        EmailAddress.objects.all().delete()
    written = LogEntry.objects.count()
    erasure.erase_account(user=kid, by=kid, at=at)
    left = notes()
    assert f" {name.casefold()} " not in f" {left} "
    assert "\\u00c9mile" not in left
    assert "kid@" not in left
    assert "comets" in left  # the cohort itself is nobody
    assert LogEntry.objects.count() == written


def test_no_note_tells_what_the_erased_was_called_before(staff: Client, at: datetime) -> None:
    words = {"password1": "correct-horse-9", "password2": "correct-horse-9", "usable_password": "true"}
    save_form(staff, "accounts/user/add/", username="comet", **words)
    kid = User.objects.get(username="comet")
    grace = person("Grace", age=41, role="parent")
    save_form(staff, "accounts/guardianship/add/", parent=grace.pk, child=kid.pk, **NOON)
    save_form(staff, "account/emailaddress/add/", user=kid.pk, email="old@example.com")
    cohort = cohort_of(kid, at=at, name="Rockets")
    row = f"accounts/cohortmembership/{CohortMembership.objects.get().pk}/change/"
    save_form(staff, row, user=kid.pk, cohort=cohort.pk, **JOINED)
    assert LogEntry.objects.count() == 4
    EmailAddress.objects.update(email="new@example.com")
    User.objects.filter(pk=kid.pk).update(username="nova", email="new@example.com")
    kid.refresh_from_db()
    erasure.erase_account(user=kid, by=kid, at=at)
    assert set(LogEntry.objects.values_list("object_repr", "change_message")) == {("erased", "")}


def test_no_note_of_staff_names_a_purged_child(staff: Client) -> None:
    request = consent_request(kid := child("Comet"))
    grace = person("Grace", age=41, role="parent")
    save_form(staff, "accounts/guardianship/add/", parent=grace.pk, child=kid.pk, **NOON)
    assert "grace for comet" in notes()
    assert purge.purge_unconsented(at=request.expires_at) == 1
    assert "comet" not in notes()


def test_notes_on_others_keep_their_words(staff: Client, at: datetime) -> None:
    """Even where the erased was called like a word of the log itself."""
    cohort = cohort_of(person("Bo"), at=at)
    clerk = User.objects.get(is_superuser=True)
    removed = {"deleted": {"name": "cohort membership", "object": "Bo in Comets"}}  # of a form with rows inside
    LogEntry.objects.log_actions(clerk.pk, [cohort], CHANGE, change_message=[removed], single_object=True)
    before = notes()
    assert '"deleted": {"name": "cohort membership", "object": "bo in comets"}' in before
    for word in ("deleted", "name", "in", "membership", "b"):
        erased = person(word)
        erasure.erase_account(user=erased, by=erased, at=at)
    assert notes() == before
