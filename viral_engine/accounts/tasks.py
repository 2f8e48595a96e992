from celery import shared_task

from viral_engine.accounts.emails import (
    send_consent_follow_up,
    send_consent_request,
    send_inactivity_notice,
    send_school_request,
)
from viral_engine.accounts.services import consent, erasure, inactivity, schools
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot


@shared_task
def mail_parents() -> int:
    """Send waiting consent requests to parents. Two runs at once are safe: each request is claimed."""
    at = now()
    mailed = consent.mail_waiting_requests(send=send_consent_request, at=at)
    return mailed + schools.mail_waiting_requests(send=send_school_request, at=at)


@shared_task
def confirm_consents() -> int:
    """Send the second mail of consents given by mail. Two runs at once are safe: each row is claimed."""
    return consent.mail_follow_ups(send=send_consent_follow_up, at=now())


@shared_task
def continue_erasures() -> int:
    """Finish erasures whose process died. Two runs at once are safe: each erasure is leased."""
    return erasure.continue_erasures(at=now())


@shared_task
def warn_of_unused_accounts() -> int:
    """Write to the parents of children who have been away for eleven months."""
    at = now()
    if not claim_slot("warn_of_unused_accounts", every_s=3600, at=at):
        return 0
    return inactivity.warn_parents(send=send_inactivity_notice, at=at)
