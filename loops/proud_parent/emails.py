"""The weekly email to a parent."""

from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse

from loops.core.growth_emails import EmailDraft
from loops.proud_parent.models import Recap
from viral_engine.formatting import count_noun


def recap_email(recap: Recap) -> EmailDraft:
    """Draft the e-mail of a recap; no query for a recap with its people.

    The subject names nobody, because a locked phone shows it.
    """
    context = {
        "recap": recap,
        "child": recap.child.first_name or recap.child.username,
        "url": settings.SITE_URL + reverse("loops:recap", args=[recap.pk]),
        "site_name": settings.SITE_NAME,
    }
    practices = count_noun(recap.rounds, "practice")
    return EmailDraft(
        recipient=recap.parent,
        about=recap.child,
        kind="weekly_recap",
        key=f"weekly_recap:{recap.child_id}:{recap.parent_id}:{recap.year}-W{recap.week:02d}",
        subject=f"A week of learning: {practices}, {count_noun(recap.minutes, 'minute')}",
        text=get_template("loops/proud_parent/mail/recap.txt").render(context),
        html=get_template("loops/proud_parent/mail/recap.html").render(context),
    )
