"""What lies on a post's desk, and an index of it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0001_initial'),
        ('simaya', '0006_records'),
    ]

    operations = [
        migrations.AddField(
            model_name='access',
            name='done_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='access',
            index=models.Index(condition=models.Q(('done_at', None), ('why', 'passed')), fields=['post'], name='access_desk'),
        ),
    ]
