"""A structural self-check of PDF/A-3a, for our own letters: what we promise about a file, looked at again.

It is no validator of the standard (veraPDF is); it holds what signing or a new renderer could break.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

ACTIVE = {
    *("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/ResetForm", "/Sound", "/Movie", "/Rendition"),
    *("/GoToE", "/GoToR", "/Hide", "/SetOCGState", "/Trans", "/GoTo3DView", "/RichMediaExecute"),
}
DEPTH, OBJECTS = 60, 200_000


def faults(data: bytes) -> list[str]:
    """The promises of PDF/A-3a that `data` breaks, as stable codes; [] when it keeps them all.

    pikepdf.PdfError for a file that is none.
    """
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return sorted(set(_faults(pdf)))


def pages(data: bytes) -> int:
    """How many pages a PDF has; pikepdf.PdfError for a file that is none."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return len(pdf.pages)


def _faults(pdf: Pdf) -> Iterator[str]:
    root = pdf.Root
    if pdf.is_encrypted:
        yield "encrypted"
    if "/ID" not in pdf.trailer:
        yield "id"
    meta = pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False)
    if (meta.get("pdfaid:part"), meta.get("pdfaid:conformance")) != ("3", "A"):
        yield "xmp"
    intents = [row for row in root.get("/OutputIntents", []) if row.get("/S") == Name.GTS_PDFA1]
    if not any("/DestOutputProfile" in row for row in intents):
        yield "output_intent"
    if not bool(root.get("/MarkInfo", {}).get("/Marked", False)) or "/StructTreeRoot" not in root:
        yield "tags"
    if "/Lang" not in root:
        yield "lang"
    if "/AA" in root or "/OpenAction" in root or "/JavaScript" in root.get("/Names", {}):
        yield "active"
    for file in root.get("/AF", []):
        if "/AFRelationship" not in file or "/Subtype" not in file.EF.F:
            yield "attachment"
    for page in pdf.pages:
        if "/AA" in page.obj:
            yield "active"
        for note in page.obj.get("/Annots", []):
            empty = "/Rect" in note and list(map(float, note.Rect))[0::2] == [0.0, 0.0]
            if not int(note.get("/F", 0)) & 4 or (not empty and "/AP" not in note):
                yield "annotation"
    for thing in _all(pdf):
        if isinstance(thing, Dictionary | Stream):
            yield from _thing(thing)


def _thing(thing: Object) -> Iterator[str]:
    kind = thing.get("/Type")
    if str(thing.get("/S", "")) in ACTIVE or "/JS" in thing:
        yield "active"
    if kind == Name.FontDescriptor and not any(f"/FontFile{n}" in thing for n in ("", 2, 3)):
        yield "font"
    simple = kind == Name.Font and thing.get("/Subtype") not in (Name.Type0, Name.Type3)
    if simple and "/FontDescriptor" not in thing:
        yield "font"
    if thing.get("/Subtype") == Name.Image and bool(thing.get("/Interpolate", False)):
        yield "interpolate"
    if kind == Name.Filespec and not ("/F" in thing and "/UF" in thing):
        yield "attachment"


def _all(pdf: Pdf) -> Iterator[Object]:
    """Every indirect object, and what lies directly in it."""
    for index, thing in enumerate(pdf.objects):
        if index > OBJECTS:
            return
        yield from _inside(thing, DEPTH)


def _inside(thing: Object, depth: int) -> Iterator[Object]:
    if depth == 0 or not isinstance(thing, Dictionary | Stream | Array):
        return
    yield thing
    children = thing if isinstance(thing, Array) else (child for _, child in thing.items())
    for child in children:
        if isinstance(child, Object) and not child.is_indirect:
            yield from _inside(child, depth - 1)
