"""The Celery application and its beat table.

Every periodic task claims a unique (name, slot) row before it works, so two beats do the work once.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viral_engine.settings")

app = Celery("viral_engine")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "deliver-promised-events": {"task": "viral_engine.kernel.tasks.deliver_promised_events", "schedule": 10.0},
    "mail-parents": {"task": "viral_engine.accounts.tasks.mail_parents", "schedule": 30.0},
    "purge-unconsented-children": {
        "task": "viral_engine.accounts.tasks.purge_unconsented_children",
        "schedule": 3600.0,
    },
}
