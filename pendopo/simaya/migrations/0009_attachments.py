"""Files that go with a letter."""

import django.db.models.deletion
import pendopo.ground.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0001_initial'),
        ('simaya', '0008_assistants'),
    ]

    operations = [
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.UUIDField(default=pendopo.ground.base.new_key, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('media', models.CharField(max_length=100)),
                ('pages', models.PositiveIntegerField()),
                ('order', models.PositiveIntegerField()),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.fileref')),
                ('letter', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='simaya.letter')),
            ],
            options={
                'ordering': ['order'],
                'constraints': [models.UniqueConstraint(fields=('letter', 'order'), name='attachment_once')],
            },
        ),
    ]
