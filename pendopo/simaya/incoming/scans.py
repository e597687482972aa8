"""Letters on paper, as a scanner or a phone's camera gives them."""

from pendopo.core.errors import Fault
from pendopo.simaya.paper import outside

MOST = 25 << 20  # bytes of a scan
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")  # how JPEG and PNG begin


def paper(data: bytes) -> tuple[bytes, int]:
    """The scan as a PDF that can be shown, and its pages; a picture becomes a PDF of one page.

    `Fault incoming.scan_size` over 25 MiB, `incoming.scan_media` for another kind of file, and
    `outside.Unreadable`. What the file calls itself does not count, only what it is.
    """
    if len(data) > MOST:
        raise Fault("incoming.scan_size", most=MOST >> 20)
    if data.startswith(PICTURES):
        data = outside.from_picture(data)
    elif b"%PDF-" not in data[:1024]:
        raise Fault("incoming.scan_media")
    return data, outside.look(data, count=0)["pages"]
