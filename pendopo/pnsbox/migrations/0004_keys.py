"""Boxes change their WireGuard key: the next one, the one before, since when, and who asked."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pnsbox', '0003_withdrawn'),
    ]

    operations = [
        migrations.AddField(
            model_name='box',
            name='former_key',
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name='box',
            name='key_asked',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='box',
            name='key_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='box',
            name='next_key',
            field=models.BinaryField(null=True),
        ),
        migrations.AddConstraint(
            model_name='box',
            constraint=models.UniqueConstraint(fields=('network', 'next_key'), name='pnsbox_box_next_key'),
        ),
        # A key that was made at the enrolment serves since then.
        migrations.RunSQL(
            "UPDATE pnsbox_box SET key_since = enrolled_at WHERE wg_key IS NOT NULL", migrations.RunSQL.noop
        ),
    ]
