"""What letters are found by. Only letters that were sent or came are here: drafts are their authors' own.

Of a secret letter (R, SR) the words that everybody may know who sees its row stand in `Words`: number, names
of agencies, who signed. Those of its subject and text stand in `SecretWords`, which only searches of people
who may read such letters ask at all.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from pendopo.ground.directory.models import Agency
from pendopo.simaya.letters.models import Letter, Side


class Words(models.Model):
    """A letter's stems, its number in small letters, and what lists of it are narrowed and ordered by."""

    letter = models.OneToOneField(Letter, on_delete=models.CASCADE, primary_key=True, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", db_index=False)
    side = models.CharField(max_length=3, choices=Side.choices)
    day = models.DateField()
    number = models.CharField(max_length=200, blank=True)
    secret = models.BooleanField()
    stems = SearchVectorField()
    unread = models.BooleanField(default=False)  # the text of its file is not in yet: the job's work

    class Meta:
        indexes = [
            models.Index(fields=["agency", "-day", "-letter"], name="words_list"),
            GinIndex(fields=["stems"], name="words_stems", fastupdate=False),
            GinIndex(fields=["number"], name="words_number", opclasses=["gin_trgm_ops"], fastupdate=False),
            models.Index(fields=["letter"], name="words_unread", condition=Q(unread=True)),
        ]


class SecretWords(models.Model):
    """All stems of a secret letter, those of its `Words` too."""

    words = models.OneToOneField(Words, on_delete=models.CASCADE, primary_key=True, related_name="hidden")
    stems = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["stems"], name="secret_words_stems", fastupdate=False)]
