from datetime import datetime

from django.db import transaction

from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import ConsentRefused, require_guardian_of_minor
from viral_engine.accounts.services.sessions import sign_out


@transaction.atomic
def set_child_password(*, parent: User, child: User, password: str, at: datetime) -> None:
    """The child has a new password and is logged out everywhere.

    For a minor without an e-mail, who can reset nothing alone; whoever has one resets it there. The account of somebody
    of age is nobody's to take over.

    Raises    ConsentRefused when the child is not theirs, of age, or has an e-mail.
    Announces SignedOut.
    """
    require_guardian_of_minor(parent, child, at)
    if child.email:
        raise ConsentRefused("Whoever has an e-mail resets their password by it.")
    child.set_password(password)
    child.save(update_fields=["password"])  # every session of the old password is void with it
    sign_out(user=child, at=at)
