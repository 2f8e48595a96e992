"""The Celery application and its beat table.

Every periodic task claims its work by a unique row or a lease, so any number of beats do the work once.
"""

import os

from celery import Celery
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu import Exchange, Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viral_engine.settings")

app = Celery("viral_engine")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["monitoring.growth"])
app.steps["worker"].add(DjangoStructLogInitStep)  # log lines carry the ids of their task and its request


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Keep the logging of the settings: Celery leaves it alone when this signal has a receiver."""


app.conf.beat_schedule = {
    "check-health": {"task": "monitoring.tasks.check_health", "schedule": 30.0},
    "send-notifications": {"task": "monitoring.tasks.send_notifications", "schedule": 10.0},
    "compact-checks": {"task": "monitoring.tasks.compact_checks", "schedule": 3600.0},
    "deliver-outbox": {"task": "viral_engine.kernel.tasks.deliver_outbox", "schedule": 10.0},
    "send-mails": {"task": "viral_engine.kernel.tasks.send_mails", "schedule": 10.0},
    "mail-parents": {"task": "viral_engine.accounts.tasks.mail_parents", "schedule": 30.0},
    "confirm-consents": {"task": "viral_engine.accounts.tasks.confirm_consents", "schedule": 300.0},
    "finish-overdue-tests": {"task": "viral_engine.learning.tasks.finish_overdue_tests", "schedule": 20.0},
    "warn-of-streaks": {"task": "viral_engine.learning.tasks.warn_of_streaks", "schedule": 600.0},
    "purge-personal-data": {"task": "viral_engine.kernel.tasks.purge_personal_data", "schedule": 3600.0},
    "continue-erasures": {"task": "viral_engine.accounts.tasks.continue_erasures", "schedule": 60.0},
    "warn-of-unused-accounts": {
        "task": "viral_engine.accounts.tasks.warn_of_unused_accounts",
        "schedule": 3600.0,
    },
    "send-webhooks": {"task": "viral_engine.webhooks.tasks.send_webhooks", "schedule": 5.0},
    "send-pushes": {"task": "viral_engine.notifications.tasks.send_pushes", "schedule": 10.0},
    "learn-k": {"task": "loops.tasks.learn_k", "schedule": 3600.0},
    "correct-outcomes": {"task": "loops.tasks.correct_outcomes", "schedule": 60.0},
    "write-copy": {"task": "loops.tasks.write_copy", "schedule": 60.0},
    "watch-experiments": {"task": "experiments.tasks.watch_experiments", "schedule": 300.0},
    "generate-recaps": {"task": "loops.tasks.generate_recaps", "schedule": 60.0},
    "make-reels": {"task": "loops.tasks.make_reels", "schedule": 15.0},
    "send-growth-emails": {"task": "loops.tasks.send_growth_emails", "schedule": 10.0},
    "expire-rewards": {"task": "loops.tasks.expire_rewards", "schedule": 600.0},
    "release-tutor-rewards": {"task": "loops.tasks.release_tutor_rewards", "schedule": 3600.0},
    "release-checked-rewards": {"task": "loops.tasks.release_checked_rewards", "schedule": 3600.0},
    "process-sessions": {"task": "loops.tasks.process_sessions", "schedule": 3.0},
    "send-session-reminders": {"task": "loops.tasks.send_session_reminders", "schedule": 60.0},
    "retry-session-actions": {"task": "loops.tasks.retry_session_actions", "schedule": 300.0},
    "maintain-checkpoints": {"task": "leaderboards.tasks.maintain_checkpoints", "schedule": 20.0},
    "close-leagues": {"task": "leaderboards.tasks.close_leagues", "schedule": 300.0},
    "audit-standings": {"task": "leaderboards.tasks.audit_standings", "schedule": 300.0},
    "keep-growth": {"task": "monitoring.growth.tasks.keep_growth", "schedule": 5.0},
    "correct-growth": {"task": "monitoring.growth.tasks.correct_growth", "schedule": 30.0},
    "weekly-growth-report": {"task": "monitoring.growth.tasks.weekly_report", "schedule": 600.0},
    "count-missed-results": {"task": "leaderboards.tasks.count_missed_results", "schedule": 1800.0},
}

# After an outage the worker skips queued runs that have a successor: a run expires after its period, plus five minutes,
# because the clocks of beat and worker may differ.
SKEW_S = 300.0
# Calls of the AI provider last up to a minute, and mail servers, Slack and PagerDuty may hang: each kind has workers of
# its own, and none keeps health checks and deliveries waiting. A worker without `--queues` takes all of them.
QUEUES = ("celery", "ai", "mail", "notices", "webhooks")
app.conf.task_queues = [Queue(name, Exchange(name), routing_key=name) for name in QUEUES]
app.conf.task_routes = {
    "loops.tasks.process_sessions": {"queue": "ai"},
    "loops.tasks.write_copy": {"queue": "ai"},
    "monitoring.tasks.send_notifications": {"queue": "notices"},
    "viral_engine.kernel.tasks.send_mails": {"queue": "mail"},
    "viral_engine.accounts.tasks.mail_parents": {"queue": "mail"},
    "viral_engine.accounts.tasks.confirm_consents": {"queue": "mail"},
    "viral_engine.accounts.tasks.warn_of_unused_accounts": {"queue": "mail"},
    "loops.tasks.send_growth_emails": {"queue": "mail"},
    "monitoring.growth.tasks.weekly_report": {"queue": "mail"},
    "viral_engine.webhooks.tasks.send_webhooks": {"queue": "webhooks"},
    "viral_engine.notifications.tasks.send_pushes": {"queue": "webhooks"},
}
for entry in app.conf.beat_schedule.values():
    entry["options"] = {"expires": entry["schedule"] + SKEW_S}
