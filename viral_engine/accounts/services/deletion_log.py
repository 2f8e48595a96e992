"""The deletion log: a file beside the database, so that deletions outlive the restore of a backup.

One JSON object a line: the number of the account, the keyed hash of the person and the instant. It names nobody.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from viral_engine.accounts.models import Erasure, User
from viral_engine.kernel.client_identity import keyed_hash, keyed_hashes

PURPOSE = "deletion_log"


@dataclass(frozen=True, slots=True)
class DeletionEntry:
    user_id: int
    person_hash: str
    erased_at: datetime

    @classmethod
    def of(cls, erasure: Erasure) -> "DeletionEntry":
        return cls(erasure.user_id, erasure.person_hash, erasure.erased_at)

    def as_line(self) -> str:
        return json.dumps({"user_id": self.user_id, "person": self.person_hash, "at": self.erased_at.isoformat()})

    def is_of(self, user: User) -> bool:
        """Whether the account is this person's: after a restore, a number may be given to another person."""
        return self.person_hash in keyed_hashes(PURPOSE, str(user.person_id))


def person_hash(person_id: str) -> str:
    return keyed_hash(PURPOSE, person_id)


def append_entry(entry: DeletionEntry) -> None:
    """Append a line and wait for the disk. A line that is written twice changes nothing. Raises  OSError."""
    if not settings.DELETION_LOG:
        return
    with Path(settings.DELETION_LOG).open("a", encoding="utf-8") as log:
        log.write(entry.as_line() + "\n")
        log.flush()
        os.fsync(log.fileno())


def read_entries(paths: Iterable[Path]) -> Iterator[DeletionEntry]:
    """The entries of these files, and those that the database still has. Raises  ValueError for a broken line."""
    for path in paths:
        with path.open(encoding="utf-8") as log:
            for line in log:
                if line.strip():
                    row = json.loads(line)
                    yield DeletionEntry(row["user_id"], row["person"], datetime.fromisoformat(row["at"]))
    for erasure in Erasure.objects.order_by("pk").iterator():
        yield DeletionEntry.of(erasure)
