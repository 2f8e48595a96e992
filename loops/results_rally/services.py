"""Join a rally."""

from datetime import datetime

from django.db import transaction

from loops.core.referees import record_arrival
from loops.results_rally.models import Rally, RallyEntry
from viral_engine.accounts.models import Guest, User
from viral_engine.learning.models import Attempt
from viral_engine.learning.services.assessments import start_diagnostic


class OwnRallyOpened(Exception):
    """The starter cannot join their own rally."""


@transaction.atomic
def join_rally(*, rally: Rally, owner: User | Guest, at: datetime) -> Attempt:
    """Start the person's one diagnostic in the rally; a repeat returns it, finished or not.

    An unfinished diagnostic of the subject joins the rally, and keeps the link that started it.

    Raises    OwnRallyOpened; TooFewQuestions.
    Announces GuestStarted, once per guest.
    """
    link = rally.link
    user_id, guest_id = (owner.pk, None) if isinstance(owner, User) else (None, owner.pk)
    if user_id == link.referrer_id:
        raise OwnRallyOpened
    mine = rally.attempt_of(user_id=user_id, guest_id=guest_id)
    if mine is not None:
        return mine
    attempt = start_diagnostic(owner=owner, subject=rally.subject, link_code=link.code, at=at)
    # A second press at the same moment meets the unique (rally, attempt).
    _, is_new = RallyEntry.objects.get_or_create(rally=rally, attempt=attempt, defaults={"joined_at": at})
    if is_new:
        record_arrival(link=link, owner=owner, at=at)
    return attempt
