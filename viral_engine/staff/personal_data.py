"""Personal-data policies of the record of looks at children, and of second factors."""

import logging
from datetime import datetime

from allauth.mfa.models import Authenticator

from viral_engine.kernel.privacy.policies import Delete, Keep, PersonPath, Purge, declare
from viral_engine.staff.models import AuditEntry
from viral_engine.staff.services.audit import ChainBroken, NothingToPrune, prune

logger = logging.getLogger(__name__)
BY_NUMBER = Keep("The record names people by number, and the number is that of a tombstone.")
NOBODY = 0  # the purge runs without an account


def prune_old(at: datetime) -> int:
    """Delete what is older than two years behind an anchor, and return how many; 0 where the chain is broken."""
    try:
        return prune(actor_id=NOBODY, at=at)
    except NothingToPrune:
        return 0
    except ChainBroken:
        logger.exception("the audit chain is broken: nothing of it is purged, and `manage.py check_audit` says where")
        return 0


declare(
    AuditEntry,
    retention="audit",
    people=(PersonPath("person_id", BY_NUMBER),),
    codes="what reason",
    hidden="pruned_hash previous_hash row_hash",
    purges={"audit": Purge("at", service=prune_old)},
)
declare(
    Authenticator,
    retention="account",
    people=(PersonPath("user", Delete()),),
    codes="type",
    hidden="data",
)
