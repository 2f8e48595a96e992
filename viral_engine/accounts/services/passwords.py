from datetime import datetime

from django.db import transaction

from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import ConsentRefused, require_guardian_of_minor


@transaction.atomic
def set_child_password(*, parent: User, child: User, password: str, at: datetime) -> None:
    """Set a child's new password and log the child out everywhere.

    Only for minors without an e-mail, who cannot reset a password themselves.

    Raises    ConsentRefused when the child is not theirs, is an adult, or has an e-mail.
    Announces SignedOut.
    """
    require_guardian_of_minor(parent, child, at)
    if child.email:
        raise ConsentRefused("Your child has an e-mail and can reset the password with it.")
    child.set_password(password)
    child.save(update_fields=["password"])  # ends every session, ticket and socket of the old password
