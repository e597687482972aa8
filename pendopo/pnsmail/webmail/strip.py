"""Files taken out of a message to make room; all else of it stays, byte for byte. Plain functions."""

from collections.abc import Callable

from .message import Attachment, files_of
from .parts import cut

LARGE = 100 * 1024  # bytes from which a file is worth taking out


def without_files(raw: bytes, note: Callable[[str, int], str]) -> tuple[bytes, list[Attachment]]:
    """The message with `note(name, bytes)` where each large file was, and the files that went.

    The message is its old self to mail programs: same id, same date, same place in its conversation.
    """
    made, at, gone = [], 0, []
    for part, known in files_of(cut(raw)):
        if known.size < LARGE or part.start == 0:  # a message that is itself one file stays whole
            continue
        words = note(known.name, known.size).encode("utf-8")
        made += [
            raw[at : part.start],
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
            b"Content-Disposition: inline\r\n\r\n" + words.replace(b"\n", b"\r\n"),
        ]
        at = part.end
        gone.append(known)
    return b"".join((*made, raw[at:])), gone
