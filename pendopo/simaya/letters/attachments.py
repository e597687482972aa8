"""Files that go with a letter as they are: looked at before they are taken, kept, handed out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

from pendopo.core.errors import Fault
from pendopo.ground.files import store
from pendopo.ground.files.models import FileRef
from pendopo.simaya.paper import outside

from .drafting import Attached
from .models import Attachment, Letter

MOST = 10 << 20  # bytes of one file
PDF = "application/pdf"
ROOM = "simaya"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was looked at, and its bytes."""

    file: Attached
    data: bytes


def upload(name: str, data: bytes) -> Upload:
    """A file from a browser, if it is a PDF that can be shown. Costs a process: no transaction waits for it.

    `Fault letters.file_size` over 10 MB, `letters.file_media` for another kind, and `outside.Unreadable`.
    What the file calls itself does not count, only what it is.
    """
    if len(data) > MOST:
        raise Fault("letters.file_size", most=MOST >> 20)
    if b"%PDF-" not in data[:1024]:
        raise Fault("letters.file_media")
    pages = outside.look(data, count=0, width=0)["pages"]
    return Upload(Attached(name=name, sha=sha256(data).hexdigest(), size=len(data), pages=pages), data)


def keep(letter: Letter, files: Iterable[Attached], new: Upload | None) -> None:
    """Make the letter's rows say `files`; those of them that are not `new` are kept already.

    A file that was taken off goes, unless a version that somebody read names it.
    """
    if new:
        store.put(new.data, PDF, room=ROOM, object=str(letter.pk), agency=letter.agency, name=new.file.name)
    had = [row.file.file_id for row in letter.attachments.select_related("file")]
    now = [one.sha for one in files]
    if had == now:
        return
    letter.attachments.all().delete()
    refs = {ref.file_id: ref for ref in FileRef.objects.filter(room=ROOM, object=str(letter.pk))}
    Attachment.objects.bulk_create(
        Attachment(letter=letter, file=refs[one.sha], name=one.name, media=PDF, pages=one.pages, order=order)
        for order, one in enumerate(files, 1)
    )
    read = {one["sha"] for row in letter.versions.all() for one in row.fields.get("files", ())}
    for sha in set(had) - set(now) - read:
        store.drop(refs[sha])


def handed(letter: Letter, n: int) -> HttpResponse:
    """Attached file `n`, counted from 1, for a reader who may open the letter; 404 when there is none.

    Nothing in it runs here: a file from outside is a stranger's. Of a top secret letter none is handed out.
    """
    row = letter.attachments.select_related("file").filter(order=n).first()
    if row is None or letter.security == Letter.Security.SR:
        raise Http404
    known = row.media == PDF
    answer = HttpResponse(store.read(row.file), content_type=PDF if known else "application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(not known, row.name) or "attachment"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store" if letter.secret else "private"
    return answer
