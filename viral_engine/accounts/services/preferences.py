from datetime import datetime

from django.db import transaction

from viral_engine.accounts.events import PreferencesChanged
from viral_engine.accounts.models import Theme, User
from viral_engine.accounts.services.consent import require_guardian_of_minor
from viral_engine.kernel.services import announce


@transaction.atomic
def set_preferences(*, user: User, avatar: str, at: datetime, language: str = "", **switches: bool) -> None:
    """Save a person's avatar, language and switches; an empty language keeps the current one.

    Raises    TypeError for a name that is not a preference: role, cohort and birthdate never come from a form.
    Announces PreferencesChanged.
    """
    unknown = set(switches) - set(User.PREFERENCES)
    if unknown:
        raise TypeError(f"not a preference: {', '.join(sorted(unknown))}")
    user.avatar, user.language = avatar, language or user.language
    for name, value in switches.items():
        setattr(user, name, value)
    user.save(update_fields=["avatar", "language", *switches])
    announce(PreferencesChanged(actor_id=user.pk), at=at)


@transaction.atomic
def set_child_growth(*, parent: User, child: User, is_on: bool, at: datetime) -> None:
    """Switch a child's offers to share on or off for the parent.

    Raises    ConsentRefused when the child is not theirs or is an adult.
    Announces PreferencesChanged of the child, when the switch moved.
    """
    require_guardian_of_minor(parent, child, at)
    if User.objects.filter(pk=child.pk, growth_prompts=not is_on).update(growth_prompts=is_on):
        announce(PreferencesChanged(actor_id=child.pk), at=at)


def set_current_subject(*, user: User, subject: str) -> None:
    """Keep the subject that a person practices now, by slug. Cost  1 statement; none when it is already kept."""
    if user.current_subject != subject:
        user.current_subject = subject
        user.save(update_fields=["current_subject"])


def choose_theme(*, user: User, theme: str) -> None:
    """Set a person's theme; the caller checks that they own it. 1 statement."""
    user.theme = Theme(theme)
    user.save(update_fields=["theme"])
