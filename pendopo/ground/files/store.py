"""Putting files in and getting them out. On disk a file is named by its SHA-256 and never changed."""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import transaction

from pendopo.ground.directory.models import Agency

from .models import File, FileRef


def path(sha: str) -> Path:
    """Where the content `sha` lies: two letters of folder keep folders small."""
    return settings.HOME.files / sha[:2] / sha


def put(
    data: bytes,
    media: str,
    *,
    room: str,
    object: str,
    agency: Agency,
    name: str = "",
    keep_until: date | None = None,
) -> FileRef:
    """Keep `data` for `object` of `room`. The content is durable on disk before the row exists."""
    sha = hashlib.sha256(data).hexdigest()
    _write(path(sha), data)
    with transaction.atomic():
        file, _made = File.objects.get_or_create(sha=sha, defaults={"size": len(data), "media": media})
        ref, _made = FileRef.objects.get_or_create(
            file=file,
            room=room,
            object=object,
            defaults={"agency": agency, "name": name[:255], "keep_until": keep_until},
        )
    return ref


def _write(target: Path, data: bytes) -> None:
    """Write, flush, then rename.

    A crash leaves the whole file or none. One that is there already is the same.
    """
    if target.exists():
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.rename(part, target)
    except BaseException:
        os.unlink(part)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(ref: FileRef) -> bytes:
    """The content, checked against its name. OSError when the disk lost or changed it."""
    data = path(ref.file_id).read_bytes()
    if hashlib.sha256(data).hexdigest() != ref.file_id:
        raise OSError(f"file {ref.file_id} is damaged on disk")
    return data


def drop(ref: FileRef) -> None:
    """The object no longer needs the file; without another reference the content goes."""
    sha = ref.file_id
    with transaction.atomic():
        ref.delete()
        File.objects.select_for_update().get(pk=sha)
        if FileRef.objects.filter(file=sha).exists():
            return
        File.objects.filter(pk=sha).delete()
        transaction.on_commit(lambda: path(sha).unlink(missing_ok=True))
