
import django.db.models.deletion
import django.utils.timezone
import pendopo.ground.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0001_initial'),
        ('files', '0001_initial'),
        ('simaya', '0002_guards'),
    ]

    operations = [
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(default=pendopo.ground.base.new_key, editable=False, primary_key=True, serialize=False)),
                ('to_agency', models.CharField(max_length=200)),
                ('to_name', models.CharField(max_length=200)),
                ('role', models.CharField(choices=[('to', 'addressee'), ('copy', 'copy')], max_length=4)),
                ('state', models.CharField(choices=[('waiting', 'waits'), ('queued', 'on its way'), ('sent', 'delivered'), ('received', 'received'), ('registered', 'registered'), ('read', 'read'), ('rejected', 'rejected'), ('failed', 'given up')], default='waiting', max_length=10)),
                ('doc', models.TextField()),
                ('sha', models.CharField(db_index=True, max_length=64)),
                ('message', models.UUIDField(null=True)),
                ('exchange_id', models.CharField(blank=True, max_length=64)),
                ('fault', models.CharField(blank=True, max_length=100)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('agenda', models.CharField(blank=True, max_length=200)),
                ('times', models.JSONField(default=dict)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Disposition',
            fields=[
                ('id', models.UUIDField(default=pendopo.ground.base.new_key, editable=False, primary_key=True, serialize=False)),
                ('orders', models.JSONField(default=list)),
                ('note', models.TextField(blank=True, max_length=4000)),
                ('due', models.DateTimeField(blank=True, null=True)),
                ('state', models.CharField(choices=[('open', 'unread'), ('read', 'read'), ('forwarded', 'passed on'), ('answered', 'answered'), ('withdrawn', 'withdrawn'), ('closed', 'closed')], default='open', max_length=10)),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('report', models.TextField(blank=True, max_length=8000)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Part',
            fields=[
                ('id', models.UUIDField(default=pendopo.ground.base.new_key, editable=False, primary_key=True, serialize=False)),
                ('from_agency', models.CharField(max_length=200)),
                ('uid', models.UUIDField()),
                ('sha', models.CharField(max_length=64)),
                ('size', models.BigIntegerField()),
                ('n', models.PositiveIntegerField()),
                ('of', models.PositiveIntegerField()),
                ('data', models.BinaryField()),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.UUIDField(default=pendopo.ground.base.new_key, editable=False, primary_key=True, serialize=False)),
                ('from_agency', models.CharField(max_length=200)),
                ('event', models.CharField(max_length=10)),
                ('of', models.CharField(max_length=64)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('agenda', models.CharField(blank=True, max_length=200)),
                ('by', models.JSONField(null=True)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('doc', models.TextField(blank=True)),
                ('exchange_id', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.AddField(
            model_name='access',
            name='read_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='letter',
            name='attempt',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='letter',
            name='attempt_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='letter',
            name='checked',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name='letter',
            name='day',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='letter',
            name='doc',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='letter',
            name='due',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='letter',
            name='exchange_id',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='letter',
            name='file',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.fileref'),
        ),
        migrations.AddField(
            model_name='letter',
            name='is_copy',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='letter',
            name='number',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='letter',
            name='origin',
            field=models.CharField(choices=[('draft', 'written here'), ('wire', 'from another agency'), ('memo', 'from within the agency'), ('scan', 'from paper')], default='draft', max_length=5),
        ),
        migrations.AddField(
            model_name='letter',
            name='pages',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='letter',
            name='peer',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='letter',
            name='peer_name',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='letter',
            name='reason',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='letter',
            name='received_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='letter',
            name='reply_to',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='replies', to='simaya.letter'),
        ),
        migrations.AddField(
            model_name='letter',
            name='signed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='letter',
            name='signed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.assignment'),
        ),
        migrations.AddField(
            model_name='letter',
            name='signer_name',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='letter',
            name='template',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='letter',
            name='token',
            field=models.CharField(blank=True, max_length=32, null=True, unique=True),
        ),
        migrations.AlterField(
            model_name='access',
            name='why',
            field=models.CharField(choices=[('author', 'writes it'), ('step', 'initials it'), ('signer', 'signs it'), ('passed', 'it was passed on to it'), ('disposition', 'by disposition')], max_length=12),
        ),
        migrations.AlterField(
            model_name='letter',
            name='state',
            field=models.CharField(choices=[('draft', 'draft'), ('review', 'in review'), ('approval', 'waits for the signature'), ('signing', 'is being signed'), ('signed', 'signed'), ('withdrawn', 'withdrawn'), ('received', 'received'), ('registered', 'registered'), ('rejected', 'rejected'), ('closed', 'closed')], max_length=10),
        ),
        migrations.AddIndex(
            model_name='letter',
            index=models.Index(condition=models.Q(('state', 'received')), fields=['agency', '-id'], name='letter_waits'),
        ),
        migrations.AddField(
            model_name='delivery',
            name='letter',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='simaya.letter'),
        ),
        migrations.AddField(
            model_name='delivery',
            name='recipient',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='delivery', to='simaya.recipient'),
        ),
        migrations.AddField(
            model_name='disposition',
            name='agency',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.agency'),
        ),
        migrations.AddField(
            model_name='disposition',
            name='answered_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='simaya.letter'),
        ),
        migrations.AddField(
            model_name='disposition',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.assignment'),
        ),
        migrations.AddField(
            model_name='disposition',
            name='letter',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dispositions', to='simaya.letter'),
        ),
        migrations.AddField(
            model_name='disposition',
            name='parent',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='simaya.disposition'),
        ),
        migrations.AddField(
            model_name='disposition',
            name='read_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.assignment'),
        ),
        migrations.AddField(
            model_name='disposition',
            name='to',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.position'),
        ),
        migrations.AddField(
            model_name='part',
            name='agency',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.agency'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='agency',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.agency'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='letter',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='simaya.letter'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('letter', 'to_agency', 'role'), name='delivery_once'),
        ),
        migrations.AddIndex(
            model_name='disposition',
            index=models.Index(fields=['to', 'state'], name='simaya_disp_to_id_814f1d_idx'),
        ),
        migrations.AddIndex(
            model_name='disposition',
            index=models.Index(fields=['agency', 'state', 'due'], name='simaya_disp_agency__d4a991_idx'),
        ),
        migrations.AddConstraint(
            model_name='part',
            constraint=models.UniqueConstraint(fields=('agency', 'from_agency', 'uid', 'sha', 'n'), name='part_once'),
        ),
        migrations.AddIndex(
            model_name='receipt',
            index=models.Index(condition=models.Q(('doc', '')), fields=['at'], name='receipt_unsealed'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.UniqueConstraint(fields=('letter', 'from_agency', 'event', 'of'), name='receipt_once'),
        ),
        migrations.RemoveConstraint(
            model_name='letter',
            name='letter_once',
        ),
        migrations.AddConstraint(
            model_name='letter',
            constraint=models.UniqueConstraint(fields=('agency', 'side', 'peer', 'uid'), name='letter_once'),
        ),
    ]
