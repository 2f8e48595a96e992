"""People and cohorts of a program: made once per external id, and kept up to date."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string

from viral_engine.accounts.models import Cohort, User
from viral_engine.accounts.rules import needs_consent
from viral_engine.accounts.services.cohorts import join_cohort, save_cohort
from viral_engine.accounts.services.corrections import change_profile, check_profile
from viral_engine.accounts.services.sign_up import SignUpDetails, SignUpRefused, sign_up
from viral_engine.api.models import ApiProgram, ExternalCohort, ExternalPerson
from viral_engine.api.problems import Refusal
from viral_engine.api.schemas.people import CohortBody, PersonBody
from viral_engine.kernel.clock import today

UNKNOWN_PASSWORD = 50  # letters; nobody learns them: people log in by a code, or set a password of their own


@dataclass(frozen=True, slots=True)
class Upserted:
    """A row, and whether this call made it."""

    user: User
    is_new: bool


def upsert_person(*, program: ApiProgram, external_id: str, body: PersonBody, at: datetime) -> Upserted:
    """Make the person's account once, or change names, grade and cohort of the one that was made.

    Raises    Refusal: 409 for another role or birthdate, 422 for what sign-up refuses, 404 for an unknown cohort.
    Announces as `sign_up` and `join_cohort`.
    """
    try:
        return _upsert(program, external_id, body, at)
    except IntegrityError:  # another request made the person at this moment: now they are found
        return _upsert(program, external_id, body, at)


@transaction.atomic
def _upsert(program: ApiProgram, external_id: str, body: PersonBody, at: datetime) -> Upserted:
    cohort = cohort_of(program, body.cohort) if body.cohort is not None else None
    known = ExternalPerson.objects.filter(program=program, external_id=external_id).select_related("user").first()
    if known is None:
        user = _create(body, at)
        ExternalPerson.objects.create(program=program, external_id=external_id, user=user, linked_at=at)
    else:
        user = known.user
        _change(user, body, at)
    if cohort is not None:
        join_cohort(cohort=cohort, user=user, at=at)
    return Upserted(user, known is None)


def _create(body: PersonBody, at: datetime) -> User:
    fields = {"username": body.username, "first_name": body.first_name, "last_name": body.last_name}
    try:
        check_profile(**{name: value for name, value in fields.items() if value})
    except ValidationError as error:
        raise _refused(error) from error
    details = SignUpDetails(
        role=body.role,
        birthdate=body.birthdate,
        password=get_random_string(UNKNOWN_PASSWORD),
        **fields,
        email=body.email or "",
        grade=body.grade,
        parent_email=body.parent_email or "",
    )
    try:
        return sign_up(person=details, guest=None, device="", ip_hash="", at=at)
    except SignUpRefused as refused:
        raise Refusal(422, "invalid", errors=[{"at": refused.field, "reason": str(refused)}]) from refused


def _refused(error: ValidationError) -> Refusal:
    found = [{"at": name, "reason": " ".join(reasons)} for name, reasons in error.message_dict.items()]
    return Refusal(422, "invalid", errors=found)


def _change(user: User, body: PersonBody, at: datetime) -> None:
    """Change names and grade. Names of a child stay as their family gave them."""
    if not user.is_active or user.blocked_at is not None:
        raise Refusal(403, "person_unavailable")
    if (user.role, user.birthdate) != (body.role, body.birthdate):
        raise Refusal(409, "person_differs", "Role and birthdate are corrected by staff and families alone.")
    changed: dict[str, Any] = {"grade": body.grade} if body.grade is not None and body.role == "student" else {}
    if not needs_consent(user.age_on(today(at))):
        names = {"first_name": body.first_name, "last_name": body.last_name}
        changed |= {name: value for name, value in names.items() if value}
    if changed:
        try:
            change_profile(user=user, **changed)
        except ValidationError as error:
            raise _refused(error) from error


def cohort_of(program: ApiProgram, external_id: str) -> Cohort:
    """The program's cohort. Raises  Refusal, 404. 1 query."""
    found = ExternalCohort.objects.filter(program=program, external_id=external_id).select_related("cohort").first()
    if found is None:
        raise Refusal(404, "cohort_unknown")
    return found.cohort


def upsert_cohort(*, program: ApiProgram, external_id: str, body: CohortBody, at: datetime) -> bool:
    """Make the cohort once, or change it; True when it was made.

    Raises  Refusal: 409 where another cohort has the name, 422 for a name that others must not read.
    """
    try:
        return _upsert_cohort(program, external_id, body, at)
    except IntegrityError as error:  # its id or its name was taken at this moment
        if not ExternalCohort.objects.filter(program=program, external_id=external_id).exists():
            raise Refusal(409, "name_taken") from error
        return _upsert_cohort(program, external_id, body, at)


@transaction.atomic
def _upsert_cohort(program: ApiProgram, external_id: str, body: CohortBody, at: datetime) -> bool:
    known = ExternalCohort.objects.filter(program=program, external_id=external_id).select_related("cohort").first()
    cohort = known.cohort if known is not None else Cohort()
    try:
        save_cohort(cohort=cohort, name=body.name, grade=body.grade, is_active=body.is_active)
    except ValidationError as error:
        if "unique" in {one.code for errors in error.error_dict.values() for one in errors}:
            raise Refusal(409, "name_taken") from error
        raise _refused(error) from error
    if known is not None:
        return False
    ExternalCohort.objects.create(program=program, external_id=external_id, cohort=cohort, linked_at=at)
    return True
