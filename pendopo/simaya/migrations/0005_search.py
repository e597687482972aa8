"""What letters are found by. Numbers are searched by any part of them, with PostgreSQL's pg_trgm.

pg_trgm is a trusted extension: whoever may create things in the database may create it, no superuser needed.
"""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0001_initial'),
        ('simaya', '0004_signing'),
    ]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name='Words',
            fields=[
                ('letter', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='simaya.letter')),
                ('side', models.CharField(choices=[('out', 'out'), ('in', 'in')], max_length=3)),
                ('day', models.DateField()),
                ('number', models.CharField(blank=True, max_length=200)),
                ('secret', models.BooleanField()),
                ('stems', django.contrib.postgres.search.SearchVectorField()),
                ('unread', models.BooleanField(default=False)),
                ('agency', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.agency')),
            ],
        ),
        migrations.CreateModel(
            name='SecretWords',
            fields=[
                ('words', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='hidden', serialize=False, to='simaya.words')),
                ('stems', django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['stems'], name='secret_words_stems')],
            },
        ),
        migrations.AddIndex(
            model_name='words',
            index=models.Index(fields=['agency', '-day', '-letter'], name='words_list'),
        ),
        migrations.AddIndex(
            model_name='words',
            index=django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['stems'], name='words_stems'),
        ),
        migrations.AddIndex(
            model_name='words',
            index=django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['number'], name='words_number', opclasses=['gin_trgm_ops']),
        ),
        migrations.AddIndex(
            model_name='words',
            index=models.Index(condition=models.Q(('unread', True)), fields=['letter'], name='words_unread'),
        ),
    ]
