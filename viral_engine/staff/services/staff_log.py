from collections.abc import Collection

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model

from viral_engine.accounts.models import User


def log_change(*, by: User, rows: Collection[Model], message: str) -> None:
    """Write one entry of the admin's log for each row that staff changed outside the admin's forms.

    Cost  1 statement and, once in a process, 1 for the content type.
    """
    LogEntry.objects.log_actions(by.pk, list(rows), CHANGE, change_message=message)
