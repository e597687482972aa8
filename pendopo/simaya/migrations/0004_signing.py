import django.db.models.deletion
import django.utils.timezone
import pendopo.ground.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0001_initial'),
        ('simaya', '0003_road'),
    ]

    operations = [
        migrations.CreateModel(
            name='Issued',
            fields=[
                ('id', models.UUIDField(default=pendopo.ground.base.new_key, editable=False, primary_key=True, serialize=False)),
                ('serial', models.CharField(max_length=40, unique=True)),
                ('request', models.CharField(max_length=64, unique=True)),
                ('agency', models.CharField(max_length=200)),
                ('name', models.CharField(max_length=64)),
                ('number', models.CharField(blank=True, max_length=64)),
                ('purpose', models.CharField(choices=[('person', 'a person'), ('stamper', 'a time stamper')], max_length=8)),
                ('der', models.BinaryField()),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('revoked_at', models.DateTimeField(null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Authority',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('authority', models.TextField()),
                ('crl', models.BinaryField()),
                ('root_crl', models.BinaryField()),
                ('number', models.BigIntegerField()),
                ('doc', models.BinaryField()),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='authority_single')],
            },
        ),
        migrations.CreateModel(
            name='Stamper',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('request', models.CharField(blank=True, max_length=64)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('chain', models.JSONField(default=list)),
                ('until', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='stamper_single')],
            },
        ),
        migrations.CreateModel(
            name='PersonKey',
            fields=[
                ('id', models.UUIDField(default=pendopo.ground.base.new_key, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=64)),
                ('number', models.CharField(max_length=64)),
                ('sealed', models.BinaryField(null=True)),
                ('spki', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('asked', 'is being certified'), ('ready', 'can sign'), ('refused', 'refused by the registry'), ('revoked', 'ended')], default='asked', max_length=8)),
                ('request', models.CharField(max_length=64, unique=True)),
                ('certificate', models.BinaryField(null=True)),
                ('chain', models.JSONField(default=list)),
                ('serial', models.CharField(blank=True, max_length=40)),
                ('until', models.DateTimeField(null=True)),
                ('fault', models.CharField(blank=True, max_length=100)),
                ('why', models.CharField(blank=True, max_length=300)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('locked_until', models.DateTimeField(null=True)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.agency')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.person')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('asked', 'ready'))), fields=('person', 'agency', 'state'), name='person_key_one')],
            },
        ),
    ]
