"""Who prepares for the holder of a post."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import pendopo.ground.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0001_initial'),
        ('simaya', '0007_desk'),
    ]

    operations = [
        migrations.CreateModel(
            name='Assistant',
            fields=[
                ('id', models.UUIDField(default=pendopo.ground.base.new_key, editable=False, primary_key=True, serialize=False)),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('by', models.JSONField()),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.agency')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.person')),
                ('position', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.position')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddConstraint(
            model_name='assistant',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('position', '='), ('person', '='), ('valid', '&&')], name='assistant_once'),
        ),
    ]
