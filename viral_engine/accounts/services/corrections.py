"""Corrections of a person's data: by their company, and of a child's by a parent; staff agree to a birthdate."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from viral_engine.accounts.models import BirthdateCorrection, User
from viral_engine.accounts.services.consent import require_guardian_of_minor


@transaction.atomic
def correct_child(*, parent: User, child: User, first_name: str, grade: int | None, at: datetime) -> None:
    """Change a child's first name and grade. Raises  ConsentRefused when the child is not theirs or is an adult."""
    require_guardian_of_minor(parent, child, at)
    User.objects.filter(pk=child.pk).update(first_name=first_name, grade=grade)


def check_profile(**fields: Any) -> None:
    """Check some fields of an account as its forms do; no query.

    Raises  ValidationError for names with contact data, abuse or look-alike letters.
    """
    User(**fields).clean_fields(exclude={field.name for field in User._meta.fields} - fields.keys())


def change_profile(*, user: User, **changed: Any) -> None:
    """Change names or the grade of a person for the company that brought them. Raises  ValidationError. 2 queries."""
    check_profile(**changed)
    User.objects.filter(pk=user.pk).update(**changed)
    user.refresh_from_db(fields=list(changed))


def ask_for_birthdate(*, parent: User, child: User, birthdate: date, at: datetime) -> bool:
    """Ask staff to correct a child's birthdate; False while an earlier request is open.

    A birthdate decides which consents the law asks for, so no family changes it alone.

    Raises  ConsentRefused when the child is not theirs or is an adult.
    """
    require_guardian_of_minor(parent, child, at)
    try:
        with transaction.atomic():
            BirthdateCorrection.objects.create(child=child, asked_by=parent, birthdate=birthdate, asked_at=at)
    except IntegrityError:
        return False
    return True


@transaction.atomic
def decide_correction(*, correction: BirthdateCorrection, is_accepted: bool, by: User, at: datetime) -> bool:
    """Accept or refuse a request, once; False when it was decided before."""
    undecided = BirthdateCorrection.objects.open().filter(pk=correction.pk)
    if not undecided.update(decided_at=at, decided_by=by, is_accepted=is_accepted):
        return False
    if is_accepted:
        User.objects.filter(pk=correction.child_id).update(birthdate=correction.birthdate)
    return True
