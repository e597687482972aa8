"""The table of the cache that all workers share: it counts wrong sign-in attempts."""

from django.core.management import call_command
from django.db import migrations


def make(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunPython(make, lambda apps, editor: editor.execute("DROP TABLE portal_cache")),
    ]
