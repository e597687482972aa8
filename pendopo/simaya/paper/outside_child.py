"""The child of `outside`: one PDF in, its pages as PNG and its text out; or a picture in, a PDF out.

Nothing of ours is imported.
"""

import base64
import io
import json
import resource
import sys

MEMORY, SIDE, TEXT = 512 << 20, 2800, 200_000  # bytes, pixels, signs
DOTS, PAPER = 40_000_000, 8.27  # pixels of a picture; inches across the page it becomes


def limit(seconds: int) -> None:
    """No more memory, processor time or files than one page image needs."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """The limits come before the first byte of the file, and before PDFium is loaded."""
    asked = json.loads(sys.stdin.buffer.readline())
    limit(asked["seconds"])
    if asked.get("picture"):
        return draw(sys.stdin.buffer.read())
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    except pypdfium2.PdfiumError as error:
        refuse("locked" if "assword" in str(error) else "format")
    pages = len(pdf)
    if not 0 < pages <= asked["limit"]:
        refuse("pages")
    text, images = "", []
    for number in range(asked["first"], min(asked["first"] + asked["count"], pages)):
        page = pdf[number]
        text += page.get_textpage().get_text_bounded()[: TEXT - len(text)]
        if not asked["width"]:
            continue
        width, height = page.get_size()
        scale = min(asked["width"] / max(width, 1), SIDE / max(height, 1))
        picture = page.render(scale=scale, may_draw_forms=False).to_pil().convert("L").quantize(16)
        out = io.BytesIO()
        picture.save(out, "PNG", optimize=True)
        images.append(base64.b64encode(out.getvalue()).decode())
    sys.stdout.write(json.dumps({"pages": pages, "text": text, "images": images}))


def draw(data: bytes) -> None:
    """Write a PDF of one page that shows the picture, upright, at most SIDE pixels a side."""
    from PIL import Image, ImageOps

    try:
        found = Image.open(io.BytesIO(data), formats=("JPEG", "PNG"))
        if found.width * found.height > DOTS:
            refuse("picture")
        found.draft("RGB", (SIDE, SIDE))  # a large JPEG is read smaller at once
        found.thumbnail((SIDE, SIDE))
        found = ImageOps.exif_transpose(found).convert("RGBA")
        flat = Image.new("RGB", found.size, "white")
        flat.paste(found, mask=found.getchannel("A"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        refuse("picture")
    out = io.BytesIO()
    flat.save(out, "PDF", resolution=flat.width / PAPER, quality=85)
    sys.stdout.buffer.write(out.getvalue())


def refuse(why: str) -> None:
    """End with the exit code that says: the reason stands on the standard output."""
    sys.stdout.write(why)
    sys.stdout.flush()
    sys.exit(3)


if __name__ == "__main__":
    main()
