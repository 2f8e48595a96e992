"""Reports of messages become cases of the review queue, which any kind of object shares."""

from django.db import migrations


def move_reports(apps, _):
    reports = apps.get_model("feeds", "MessageReport").objects.select_related("message").order_by("at", "pk")
    items, made = apps.get_model("safety", "ReviewItem"), apps.get_model("safety", "Report")
    for old in reports.iterator():
        hidden_at = old.message.hidden_at
        decided_at = old.settled_at
        status = "open" if decided_at is None else ("rejected" if hidden_at else "approved")
        known = items.objects.filter(kind="message", object_key=str(old.message_id), status=status).first()
        item = known or items.objects.create(
            kind="message",
            object_key=str(old.message_id),
            subject_id=old.message.author_id,
            reason="Reported: Something else is wrong",
            evidence={"text": old.message.text},
            status=status,
            opened_at=old.at,
            decided_at=decided_at,
            undone_at=hidden_at,
            undone={"was_shown": True} if hidden_at else {},
        )
        made.objects.create(
            item=item,
            reporter_id=old.reporter_id,
            reporter_key=f"user:{old.reporter_id}",
            kind="message",
            object_key=str(old.message_id),
            owner_id=old.message.author_id,
            reason="other",
            at=old.at,
            settled_at=decided_at,
            is_upheld=None if decided_at is None else bool(hidden_at),
        )


def move_back(apps, _):
    old_model = apps.get_model("feeds", "MessageReport")
    moved = apps.get_model("safety", "Report").objects.filter(kind="message", reporter__isnull=False).order_by("at")
    for report in moved.iterator():
        known = {"message_id": int(report.object_key), "reporter_id": report.reporter_id}
        old_model.objects.get_or_create(**known, defaults={"at": report.at, "settled_at": report.settled_at})


class Migration(migrations.Migration):
    dependencies = [
        ("feeds", "0004_shown_with_the_person"),
        ("safety", "0001_review_and_signals"),
    ]

    operations = [migrations.RunPython(move_reports, move_back)]
