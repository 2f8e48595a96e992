from django.db import migrations, models

# Of the skills of the bank at the time of this migration; skills of admins keep 1 until they are edited.
FIRST_GRADES = {
    "algebra": 6,
    "geometry": 5,
    "fractions": 4,
    "percentages": 6,
    "integers": 6,
    "main-idea": 2,
    "inference": 3,
    "vocabulary": 3,
    "grammar": 3,
    "life-science": 3,
    "earth-space": 4,
    "forces-energy": 4,
    "matter": 5,
}


def set_first_grades(apps, _):
    skills = apps.get_model("learning", "Skill").objects
    for slug, grade in FIRST_GRADES.items():
        skills.filter(slug=slug).update(first_grade=grade)


class Migration(migrations.Migration):
    dependencies = [("learning", "0006_current_subject_kept_by_practice")]

    operations = [
        migrations.AddField(
            model_name="skill",
            name="first_grade",
            field=models.PositiveSmallIntegerField(
                default=1,
                help_text="The grade in which learners meet it first; before that they get its easy questions.",
            ),
        ),
        migrations.AddConstraint(
            model_name="skill",
            constraint=models.CheckConstraint(
                condition=models.Q(("first_grade__range", (1, 12))), name="skill_grade_in_school"
            ),
        ),
        migrations.RunPython(set_first_grades, migrations.RunPython.noop),
    ]
