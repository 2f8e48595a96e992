"""The ready-made groups of staff. Later permissions are granted by migrations with the same helper."""

from django.db import migrations

from viral_engine.staff.groups import grant

GROUPS = {
    "support": [
        "accounts.view_user",
        "accounts.change_user",
        "accounts.view_cohort",
        "accounts.view_cohortmembership",
        "accounts.add_cohortmembership",
        "accounts.change_cohortmembership",
        "accounts.delete_cohortmembership",
        "accounts.view_guardianship",
        "accounts.view_consent",
        "accounts.view_consentrequest",
        "account.view_emailaddress",
        "learning.view_attempt",
        "learning.view_result",
        "learning.view_progress",
        "learning.view_tutoringsession",
        "learning.view_tutorstudent",
        "learning.add_tutorstudent",
        "loops.view_referral",
        "loops.view_rewardentry",
        "loops.view_purchase",
        # What a parent asks of us, and support answers.
        "accounts.view_parentverification",
        "accounts.change_parentverification",
        "accounts.view_birthdatecorrection",
        "accounts.change_birthdatecorrection",
        "accounts.view_schoolrequest",
        "accounts.change_schoolrequest",
    ],
    "moderator": [
        "accounts.view_user",
        "accounts.view_cohort",
        "feeds.view_activity",
        "feeds.view_message",
        "feeds.view_chatmute",
        "safety.view_reviewitem",
        "safety.change_reviewitem",
        "safety.view_report",
        "loops.view_link",
        "loops.change_link",
    ],
    "on-call": [
        "monitoring.view_alert",
        "monitoring.acknowledge_alert",
        "monitoring.silence_alert",
        "monitoring.view_silence",
        "monitoring.view_notification",
        "monitoring.change_notification",
        "monitoring.view_healthcheck",
        "monitoring.view_agentstate",
        "monitoring.view_requesttally",
        "kernel.view_delivery",
        "kernel.change_delivery",
        "kernel.view_periodicrun",
        "kernel.view_exclusive",
    ],
    "growth": [
        "experiments.view_experiment",
        "experiments.add_experiment",
        "experiments.change_experiment",
        "loops.view_loop",
        "loops.change_loop",
        "loops.view_generatedcopy",
        "loops.view_actionpoints",
        "loops.view_rewardterms",
        "loops.view_spendlimit",
        "loops.view_attributionwindow",
        "monitoring.view_growthreport",
    ],
}


def create_groups(apps, _):
    for group, permissions in GROUPS.items():
        grant(apps, group, permissions)


def delete_groups(apps, _):
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    replaces = [("monitoring", "0003_staff_groups"), ("monitoring", "0004_support_decides")]

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("account", "0001_initial"),
        ("kernel", "0001_squashed"),
        ("accounts", "0001_squashed"),
        ("learning", "0001_squashed"),
        ("experiments", "0001_squashed"),
        ("feeds", "0001_squashed"),
        ("safety", "0001_squashed"),
        ("loops", "0001_squashed"),
        ("monitoring", "0001_squashed"),
    ]

    operations = [migrations.RunPython(create_groups, delete_groups)]
