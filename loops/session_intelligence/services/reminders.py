"""Remind a learner of an exam by e-mail: two days before it, or at once where the session was later."""

from datetime import datetime

from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse

from loops.core.growth_emails import EmailDraft, queue_emails
from loops.session_intelligence.models import SessionReminder
from viral_engine.kernel.clock import today
from viral_engine.kernel.leases import run


def send_reminders(*, at: datetime, limit: int = 50) -> int:
    """Queue the e-mail of every due reminder, once; returns how many. The e-mail's own rules decide about sending.

    Cost  1 query, and 5 statements a reminder.
    """

    def remind(reminder: SessionReminder) -> dict[str, object]:
        queue_emails([_email(reminder, at)], at=at)
        return {}

    related = SessionReminder.objects.select_related("action__owner", "action__skill", "action__session__subject")
    due = related.defer("action__session__transcript", "action__session__summary")
    return len(run(due, remind, at=at, limit=limit))


def _email(reminder: SessionReminder, at: datetime) -> EmailDraft:
    """The mail names the day of the exam, because it may wait for hours."""
    action = reminder.action
    exam_on = action.exam_on or today(at)
    topic = action.skill.name if action.skill else action.session.subject.name
    context = {
        "topic": topic,
        "exam_on": exam_on,
        "has_two_days": (exam_on - today(at)).days > 1,
        "url": settings.SITE_URL + reverse("learning:session", args=[action.session_id]),
        "site_name": settings.SITE_NAME,
    }
    return EmailDraft(
        recipient=action.owner,
        about=action.owner,
        kind="exam_reminder",
        key=f"session_action:{action.pk}:exam",
        subject=f"Your test on {topic} is on {exam_on:%A, %-d %B}",
        text=get_template("loops/session_intelligence/mail/exam.txt").render(context),
        html=get_template("loops/session_intelligence/mail/exam.html").render(context),
    )
