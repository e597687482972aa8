"""What every table of ground and the rooms has in common: a time-ordered key."""

from uuid import UUID

from django.db import models

from pendopo.core.ids import new_id


def new_key() -> UUID:
    """A fresh UUIDv7 (RFC 9562, 5.7): rows sort by the moment they were made."""
    return UUID(new_id())


class Record(models.Model):
    """A row with a UUIDv7 key."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)

    class Meta:
        abstract = True
