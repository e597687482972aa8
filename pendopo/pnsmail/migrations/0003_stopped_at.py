from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pnsmail', '0002_welcomed'),
    ]

    operations = [
        migrations.AddField(
            model_name='mailbox',
            name='stopped_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
