from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("feeds", "0005_reports_move_to_safety")]

    operations = [migrations.DeleteModel(name="MessageReport")]
