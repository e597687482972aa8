"""Importing a staff list: choose a file, see row by row what would happen, then do it."""

from __future__ import annotations

import csv
import io

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pendopo.ground.accounts.door import require
from pendopo.ground.files import store
from pendopo.ground.files.models import FileRef

from . import imports
from .forms import ImportForm
from .pages import answer
from .plan import Plan, import_people, plan, sheet_text, trouble_text

SHOWN = 100


def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file. It is kept until it is imported or let go; nothing else is written."""
    require("directory.import", request.actor, request.actor.agency)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        data = file.read(imports.MAX_BYTES + 1)
        try:
            imports.read(data)
        except imports.SheetError as error:
            form.add_error("file", ValidationError(sheet_text(error), code=error.code))
        else:
            ref = store.put(
                data,
                "text/csv",
                room="directory",
                object=f"import {request.actor.account.pk}",
                agency=request.actor.agency,
                name=file.name,
            )
            return redirect("directory:import_preview", pk=ref.pk)
    return answer(request, "directory/import.html", form, columns=_columns())


def preview(request: HttpRequest, pk) -> HttpResponse:
    """What the file would do, and each row that needs fixing; then, without trouble, doing it."""
    agency = request.actor.agency
    require("directory.import", request.actor, agency)
    ref = FileRef.objects.filter(
        pk=pk, room="directory", agency=agency, object=f"import {request.actor.account.pk}"
    ).first()
    if ref is None:
        raise Http404
    if request.POST.get("do") == "let go":
        store.drop(ref)
        messages.success(request, _("The file was let go. Nothing was written."))
        return redirect("directory:import")
    made = plan(agency, imports.read(store.read(ref)))
    if request.method == "POST" and not made.bad:
        import_people(agency, made, actor=request.actor)
        store.drop(ref)
        messages.success(request, _("%(n)d people were imported.") % {"n": len(made.rows)})
        return redirect("directory:people")
    status = 422 if request.method == "POST" else 200
    return render(request, "directory/import_preview.html", _context(ref, made), status=status)


def _context(ref: FileRef, made: Plan) -> dict:
    bad = [(row, [(one.column, trouble_text(one)) for one in row.troubles]) for row in made.bad[:SHOWN]]
    return {
        "ref": ref,
        "plan": made,
        "bad": bad,
        "more": max(0, len(made.bad) - SHOWN),
        "rows": [(row, row.line in made.people) for row in made.rows[:SHOWN]],
        "rest": max(0, len(made.rows) - SHOWN),
    }


@require_safe
def example(request: HttpRequest) -> HttpResponse:
    """A CSV file with the header and one made-up row, to fill in."""
    require("directory.import", request.actor, request.actor.agency)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(imports.COLUMNS)
    row = ["Ratna Wulandari", "", "S.Kom.", "nip", "198703032011012003", "", "01.2", "Subbagian Tata Usaha"]
    writer.writerow(
        [*row, "Kepala Subbagian Tata Usaha", "ya", "definitif", "2024-01-02", "", "SK 800/12/2024"]
    )
    response = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="pegawai.csv"'
    return response


def _columns() -> list[tuple[str, str]]:
    texts = {
        "nama": _("name without titles"),
        "gelar_depan": _("title before the name; may be empty"),
        "gelar_belakang": _("title after the name; may be empty"),
        "jenis_nomor": _("nip (when empty), nippppk or lokal"),
        "nomor": _("the number"),
        "lahir": _("date of birth, such as 23-11-1985; needed for mail with a local number"),
        "unit_kode": _("the unit's code; needed with a position"),
        "unit_nama": _("the unit's name; needed for a new unit"),
        "jabatan": _("the position; may be empty"),
        "kepala": _("ya when the position heads the unit"),
        "jenis": _("definitif (when empty), plt, plh or pj"),
        "mulai": _("first day; today when empty"),
        "sampai": _("first day without it; open when empty"),
        "sk": _("the decree's number"),
    }
    return [(name, texts[name]) for name in imports.COLUMNS]
