"""The files the store holds, and what refers to them."""

from django.db import models

from pendopo.ground.base import Record
from pendopo.ground.directory.models import Agency


class File(models.Model):
    """A file's content: named by its SHA-256 in hex, kept once however often it is referred to."""

    sha = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    media = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.sha


class FileRef(Record):
    """An object of a room that needs a file. A file without references may go."""

    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="refs")
    room = models.CharField(max_length=16)
    object = models.CharField(max_length=64)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255, blank=True)
    # Until when it must be kept, as the room's retention rule says; None: until the room lets go.
    keep_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "room", "object"], name="file_ref"),
        ]

    def __str__(self) -> str:
        return f"{self.room}/{self.object}: {self.name or self.file_id}"
