"""Remind a learner of an exam, two days before it, by e-mail and on the open page."""

from datetime import datetime

from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse

from loops.core.growth_emails import EmailDraft, queue_emails
from loops.session_intelligence.models import SessionReminder
from viral_engine.kernel.leases import run


def send_reminders(*, at: datetime, limit: int = 50) -> int:
    """Queue the e-mail of every due reminder, once; returns how many. The e-mail's own rules decide about sending.

    Cost  1 query, and 5 statements a reminder.
    """

    def remind(reminder: SessionReminder) -> dict[str, object]:
        queue_emails([_email(reminder)], at=at)
        return {}

    due = SessionReminder.objects.select_related("action__owner", "action__skill", "action__session__subject")
    return len(run(due, remind, at=at, limit=limit))


def _email(reminder: SessionReminder) -> EmailDraft:
    action = reminder.action
    topic = action.skill.name if action.skill else action.session.subject.name
    context = {
        "topic": topic,
        "exam_on": action.exam_on,
        "url": settings.SITE_URL + reverse("learning:session", args=[action.session_id]),
        "site_name": settings.SITE_NAME,
    }
    return EmailDraft(
        recipient=action.owner,
        about=action.owner,
        kind="exam_reminder",
        key=f"session_action:{action.pk}:exam",
        subject=f"Two days left for {topic}",
        text=get_template("loops/session_intelligence/mail/exam.txt").render(context),
        html=get_template("loops/session_intelligence/mail/exam.html").render(context),
    )
