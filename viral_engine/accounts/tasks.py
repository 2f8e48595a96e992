from celery import shared_task
from django.core.management import call_command

from viral_engine.accounts.emails import send_consent_follow_up, send_consent_request
from viral_engine.accounts.services import consent, purge
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot


@shared_task
def mail_parents() -> int:
    """Send waiting consent requests to parents. Two runs at once are safe: each request is claimed."""
    return consent.mail_waiting_requests(send=send_consent_request, at=now())


@shared_task
def confirm_consents() -> int:
    """Send the second mail of consents given by mail. Two runs at once are safe: each row is claimed."""
    return consent.mail_follow_ups(send=send_consent_follow_up, at=now())


@shared_task
def purge_unconsented_children() -> int:
    at = now()
    if not claim_slot("purge_unconsented_children", every_s=3600, at=at):
        return 0
    return purge.purge_unconsented(at=at)


@shared_task
def purge_rights_changes() -> int:
    at = now()
    return purge.purge_rights_changes(at=at) if claim_slot("purge_rights_changes", every_s=3600, at=at) else 0


@shared_task
def clear_sessions() -> None:
    """Delete expired sessions, which nothing else removes and which identify users."""
    if claim_slot("clear_sessions", every_s=3600, at=now()):
        call_command("clearsessions")
