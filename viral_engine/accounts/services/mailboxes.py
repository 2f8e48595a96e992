from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction

from viral_engine.accounts.events import MailboxVerified
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import announce


@transaction.atomic
def announce_verified(email_address: EmailAddress, **_: Any) -> None:
    """Announce a proved mailbox. allauth sends its signal for a mailed link, a mailed code and a password reset."""
    announce(MailboxVerified(actor_id=email_address.user_id), at=now())
