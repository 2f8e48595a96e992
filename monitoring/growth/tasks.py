from celery import shared_task

from monitoring.growth.emails import send_report
from monitoring.growth.services import corrections, reports, rollup
from viral_engine.kernel.clock import now
from viral_engine.kernel.services import claim_slot

CHUNKS_A_TICK = 5  # works through a backlog without occupying a worker


@shared_task
def keep_growth() -> int:
    """Count new rows of the logs. Two runs at once are safe, because each chunk claims its log."""
    at, done = now(), 0
    if not claim_slot("keep_growth", every_s=5, at=at):
        return 0
    counts = (rollup.count_events, rollup.count_decisions, rollup.count_rewards, rollup.count_credits)
    for count in counts:
        for _ in range(CHUNKS_A_TICK):
            read = count(at=at)
            done += read
            if not read:
                break
    return done


@shared_task
def correct_growth() -> int:
    at = now()
    if not claim_slot("correct_growth", every_s=30, at=at):
        return 0
    return corrections.exclude_people(at=at) + corrections.correct_events(at=at)


@shared_task
def weekly_report() -> int:
    """Write and e-mail the report of a week that has ended. Runs often, so that a missed beat does not matter."""
    at = now()
    reports.make_reports(at=at)
    return reports.send_report_emails(send=send_report, at=at)
