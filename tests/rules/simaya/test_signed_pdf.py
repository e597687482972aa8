"""`pendopo verify` and a letter's PDF alone: who signed, when, as what, and what became of a bent one."""

import io
import json
import zlib
from functools import cache, partial

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from pendopo.core import strict
from pendopo.core.errors import LANGUAGES, Broken
from pendopo.core.letterreport import PdfReport
from pendopo.ops.verify import BROKEN, UNREADABLE, VALID, look, run
from pendopo.simaya.signing import pades as module
from tests.rules.simaya import sent
from tests.rules.simaya.signatures import Instance, letter, page
from tests.worlds import NAMES


@cache
def anchor(of: Instance | None = None) -> bytes:
    return sent.Nation(of).anchor()


def attached(*files: tuple[str, bytes], kids: int = 0) -> bytes:
    """A page with embedded files, their names in a flat tree or in one `kids` levels deep."""
    with pikepdf.open(io.BytesIO(page())) as pdf:
        names = pikepdf.Array()
        for name, data in files:
            file = pdf.make_stream(zlib.compress(data), Type=pikepdf.Name.EmbeddedFile)
            file.write(zlib.compress(data), filter=pikepdf.Name.FlateDecode)
            names.append(pikepdf.String(name))
            spec = pikepdf.Dictionary(Type=pikepdf.Name.Filespec, F=name, UF=name, EF={"/F": file})
            names.append(pdf.make_indirect(spec))
        tree = pikepdf.Dictionary(Names=names)
        for _ in range(kids):
            tree = pikepdf.Dictionary(Kids=pikepdf.Array([pdf.make_indirect(tree)]))
        pdf.Root.Names = pikepdf.Dictionary(EmbeddedFiles=pdf.make_indirect(tree))
        out = io.BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        return out.getvalue()


def said(pdf: bytes) -> PdfReport | Broken:
    return look(pdf, anchor())


def saying(*files, **more) -> PdfReport | Broken:
    """What is said of a signed page with these files."""
    return said(sent.sealed(attached(*files, **more)))


TRUE = ("letter.json", sent.inside().raw)


def test_who_signed_when_which_letter_in_which_capacity():
    report = said(sent.signed())
    assert isinstance(report, PdfReport), report
    for lang, words in (
        ("id", ("hal “Undangan rapat koordinasi”", "Sekretaris a.n. Kepala", "sah sebagai AdES LTA", "WIB")),
        ("en", ("on “Undangan rapat koordinasi”", "Sekretaris a.n. Kepala", "valid as AdES LTA", "(UTC+7)")),
    ):
        told = "\n".join(report.sentences(lang))
        assert all(word in told for word in (*words, NAMES[sent.DJP], sent.NUMBER, report.sha)), told
        assert (
            "B-7/IJ/KP.07.6/03/2026" in told and {"id": "TIDAK DIPERIKSA", "en": "NOT CHECKED"}[lang] in told
        )
    data = report.data()
    assert (
        data["letter"]["signers"][0]["capacity"] == "an" and data["letter"]["signers"][0]["for"] == "Kepala"
    )
    assert data["pdf_signature"]["at"] == strict.utc(sent.NOW)


def test_the_command_on_a_pdf(tmp_path, capsys):
    file, trust = tmp_path / "surat.pdf", tmp_path / "anchor.json"
    trust.write_bytes(anchor())
    file.write_bytes(sent.signed())
    assert run(file, trust, "id") == VALID
    assert capsys.readouterr().out.startswith("SAH. Berkas ini membuktikan:\n  Surat nomor B-7/")
    assert run(file, trust, "en", True) == VALID
    assert json.loads(capsys.readouterr().out)["kind"] == "pdf"
    file.write_bytes(sent.signed() + b"\n%")
    assert run(file, trust, "en") == BROKEN
    assert "(pades.appended)" in capsys.readouterr().out


def test_without_the_extra_the_command_says_how_to_get_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("pendopo.ops.verify._pades", lambda: None)
    file, trust = tmp_path / "surat.pdf", tmp_path / "anchor.json"
    trust.write_bytes(anchor())
    file.write_bytes(sent.signed())
    assert run(file, trust, "id") == UNREADABLE
    assert "pip install 'pendopo[letters]'" in capsys.readouterr().out


def test_each_97th_byte_bent_is_named():
    pdf, links = sent.sealed(attached(TRUE)), set()
    assert isinstance(said(pdf), PdfReport)
    for place in range(0, len(pdf), 97):
        bent = bytearray(pdf)
        bent[place] ^= 1 << place % 8
        outcome = said(bytes(bent))
        assert isinstance(outcome, Broken), f"byte {place} of {len(pdf)}"
        assert all("{" not in outcome.text(lang) for lang in LANGUAGES)
        links.add(outcome.link)
    # A PDF whose first byte is bent is no PDF: it is looked at as evidence, and is none.
    assert {"pades.changed", "pades.form", "evidence.format"} <= links


def revised(pdf: bytes) -> bytes:
    """With a revision behind the seal of time that turns the page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    first = writer.root["/Pages"]["/Kids"].raw_get(0)
    first.get_object()["/Rotate"] = generic.NumberObject(180)
    writer.mark_update(first)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_revision_behind_the_seal_is_named():
    outcome = said(revised(sent.signed()))
    assert isinstance(outcome, Broken) and outcome.link == "pades.appended"


def test_another_root_does_not_stand_above_it():
    other = Instance.make()
    outcome = look(sent.signed(), anchor(other))
    assert isinstance(outcome, Broken) and outcome.link == "pades.signature"
    theirs = other.sign(page())
    assert isinstance(look(theirs, anchor(other)), PdfReport) and isinstance(said(theirs), Broken)


@pytest.mark.parametrize(
    ("root", "link"),
    [
        (None, "evidence.anchor"),
        ("", "pades.root"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "pades.root"),
    ],
)
def test_an_anchor_without_a_root_is_named(root, link):
    told = strict.loads(anchor()) | {"root_x509": root}
    outcome = look(sent.signed(), strict.dumps(told))
    assert isinstance(outcome, Broken) and outcome.link == link


def test_a_pdf_without_a_letter_says_so():
    report = said(letter())
    assert isinstance(report, PdfReport) and report.data()["letter"] is None
    assert "PDF ini tidak memuat data surat." in report.sentences("id")
    assert "This PDF holds no data of a letter." in report.sentences("en")


@pytest.mark.parametrize("kids", [0, 1, 5])
def test_letter_json_is_found_however_the_names_are_laid_out(kids):
    report = saying(("a.txt", b"x"), TRUE, kids=kids)
    assert isinstance(report, PdfReport), report
    assert report.seal.letter == sent.inside()


long = sent.inside(recipients=tuple(f"Yth. {n:0990}" for n in range(400)))
another = sent.inside(signers=(sent.inside().signers[0]._replace(name="Budi"),))


@pytest.mark.parametrize(
    ("files", "link", "why"),
    [
        ([TRUE, TRUE], "pades.letter", "2 ×"),
        ([TRUE, ("letter.json", sent.inside(number="B-8").raw)], "pades.letter", "2 ×"),
        ([("letter.json", b"")], "pades.letter", "letter.form"),
        ([("letter.json", b"\xff")], "pades.letter", "letter.form"),
        ([("letter.json", TRUE[1].replace(b'"v":1', b'"v":2'))], "pades.letter", "letter.version"),
        ([("letter.json", TRUE[1].replace(b'"v":1', b'"v":1,"v":1'))], "pades.letter", "letter.form"),
        ([("letter.json", TRUE[1].replace(b'"kind"', b'"Kind"'))], "pades.letter", "letter.form"),
        ([("letter.json", b" " * (64 << 20))], "pades.letter", "> "),
        ([("letter.json", long.raw)], "pades.letter", "> "),
        ([("letter.json", another.raw)], "pades.letter_signer", ""),
    ],
)
def test_what_the_pdf_says_of_itself_is_read_strictly(files, link, why):
    outcome = saying(*files)
    assert isinstance(outcome, Broken) and outcome.link == link, outcome
    assert str(outcome.params.get("why", why)).startswith(why), outcome
    assert all("{" not in outcome.text(lang) for lang in LANGUAGES)


def test_a_tree_that_turns_in_a_circle_ends():
    with pikepdf.open(io.BytesIO(attached(TRUE, kids=1))) as pdf:
        tree = pdf.Root.Names.EmbeddedFiles
        for _ in range(50):
            tree.Kids.append(tree)
        out = io.BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    outcome = said(sent.sealed(out.getvalue()))
    assert isinstance(outcome, Broken) and outcome.link == "pades.letter"


def test_what_is_unpacked_is_no_longer_than_it_may_be():
    """64 MiB of blanks in 64 kB never stand in memory."""
    asked = []
    packer = zlib.decompressobj

    class Spy:
        def __init__(self):
            self.inner = packer()

        def decompress(self, raw, most):
            asked.append(most)
            return self.inner.decompress(raw, most)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.zlib, "decompressobj", Spy)
        unpack = partial(module.pades, root=sent.instance().root.public_bytes(sent.Encoding.PEM))
        with pytest.raises(Broken):
            unpack(sent.sealed(attached(("letter.json", b" " * (64 << 20)))))
    assert asked == [module.MOST + 1]
