from celery import shared_task

from leaderboards.services import audit, leagues, rank_checkpoints
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot


@shared_task
def maintain_checkpoints() -> int:
    at = now()
    return rank_checkpoints.maintain_checkpoints(at=at) if claim_slot("keep_ranks", every_s=20, at=at) else 0


@shared_task
def close_leagues() -> int:
    """Close the leagues of past weeks. Two runs at once are safe: each league is claimed."""
    return leagues.close_ended_leagues(at=now())


@shared_task
def audit_standings() -> int:
    at = now()
    if not claim_slot("audit_standings", every_s=300, at=at):
        return 0
    return audit.audit_standings(at=at)


@shared_task
def count_missed_results() -> int:
    at = now()
    return audit.count_missed(at=at) if claim_slot("count_missed_results", every_s=1800, at=at) else 0
