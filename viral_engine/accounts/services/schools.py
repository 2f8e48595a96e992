"""School records under contract (FERPA): no growth, a log of disclosures, requests that go to the school."""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import IntegrityError, transaction

from viral_engine.accounts.models import Cohort, Disclosure, School, SchoolRequest, User
from viral_engine.accounts.services.erasure import erase_account
from viral_engine.accounts.services.exports import json_parts
from viral_engine.kernel.leases import GiveUp, run

INTEREST = {
    Disclosure.Kind.EXPORT: "Access to all data, asked for by the recipient",
    Disclosure.Kind.SCHOOL_EXPORT: "Access of the school to its own records",
    Disclosure.Kind.REQUEST: "A parent's right of access (34 CFR 99.10)",
}


def school_of(user_id: int) -> School | None:
    """The contract school whose pupil the person is; 1 query."""
    return School.objects.of_pupil(user_id).order_by("pk").first()


def is_school_pupil(user_id: int) -> bool:
    """Whether a school under contract gave us the person's records: then they serve teaching alone. 1 query."""
    return Cohort.objects.all().of_contract_schools().filter(memberships__user=user_id).exists()


@transaction.atomic
def ask_school(*, school: School, pupil: User, by: User, kind: str, at: datetime) -> SchoolRequest:
    """Send a parent's request to the school, once while it is open; the log of disclosures keeps it."""
    try:
        with transaction.atomic():
            request = SchoolRequest.objects.create(
                school=school, pupil=pupil, asked_by=by, kind=kind, asked_at=at, due_at=at + SchoolRequest.ANSWER_WITHIN
            )
    except IntegrityError:
        return SchoolRequest.objects.get(school=school, pupil=pupil, kind=kind, closed_at=None)
    _note(school, pupil, by, Disclosure.Kind.REQUEST, "parent", at)
    return request


def close_request(*, request: SchoolRequest, at: datetime) -> bool:
    """Note that the school has answered; False when it was noted before. Cost  1 statement."""
    return bool(SchoolRequest.objects.filter(pk=request.pk, closed_at=None).update(closed_at=at))


def note_disclosure(*, pupil: User, by: User, kind: str, recipient: str, at: datetime) -> None:
    """Log who received the records of a school's pupil; nothing for other people. 1 query, 1 insert."""
    school = school_of(pupil.pk)
    if school is not None:
        _note(school, pupil, by, Disclosure.Kind(kind), recipient, at)


def _note(school: School, pupil: User, by: User | None, kind: Disclosure.Kind, recipient: str, at: datetime) -> None:
    Disclosure.objects.create(
        school=school, pupil=pupil, kind=kind, recipient=recipient, by=by, interest=INTEREST[kind], at=at
    )


def mail_waiting_requests(*, send: Callable[[SchoolRequest], None], at: datetime) -> int:
    """Write once to the school of every new request; returns how many mails were sent."""

    def mail(request: SchoolRequest) -> None:
        if not request.school.contact_email:
            raise GiveUp("The school has no address.")
        send(request)

    return len(run(SchoolRequest.objects.select_related("school", "pupil", "asked_by"), mail, at=at))


# -- A school's whole data -----------------------------------------------------------------------------------
def pupils_of(school: School) -> Iterator[User]:
    return User.objects.filter(memberships__cohort__school=school, is_active=True).distinct().order_by("pk").iterator()


def export_school(*, school: School, at: datetime) -> Iterator[str]:
    """The exports of all pupils of a school, one JSON document a pupil; each is in the log of disclosures."""
    for pupil in pupils_of(school):
        _note(school, pupil, None, Disclosure.Kind.SCHOOL_EXPORT, "school", at)
        yield from json_parts(pupil, at=at)


def erase_school(*, school: School, at: datetime) -> int:
    """Erase the accounts of all pupils of a school, as the end of a contract asks; returns how many."""
    pupils = list(pupils_of(school))
    for pupil in pupils:
        erase_account(user=pupil, by=pupil, at=at)
    return len(pupils)
