"""Letters to set: an office in Ende, its posts and a body with all that a letter may hold."""

import json
from datetime import UTC, date, datetime

from pendopo.simaya.kinds import profiles, rules
from pendopo.simaya.paper import document, render

AT = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
HEAD = rules.Post("bupati", "Bupati Ende", (), True, "head")
SECRETARY = rules.Post("sekda", "Sekretaris Daerah", ("bupati",), True, "secretary")
ASSISTANT = rules.Post("asisten", "Asisten Administrasi Umum", ("sekda", "bupati"), True)
AGENCY = rules.Post("kadis", "Kepala Dinas Komunikasi dan Informatika", (), True)
PERSON = rules.Person("Yohanes Bata", "Drs.", "M.Si.", "Pembina Utama Muda (IV/c)", "197001011995031001")
CREST = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 48"><path d="M2 2h36v24q0 14-18 20Q2 40 2 26z" '
    'fill="#1b5e3b" stroke="#c9a227" stroke-width="2"/><circle cx="20" cy="20" r="9" fill="#c9a227"/></svg>'
)
LONG = (
    "Menindaklanjuti Peraturan Presiden Nomor 95 Tahun 2018 tentang Sistem Pemerintahan Berbasis Elektronik, "
    "bersama ini kami mohon Saudara menyampaikan data pelaksanaan SPBE tahun 2026 pada perangkat daerah "
    "masing-masing, dengan ketentuan sebagai berikut."
)
KINDS = [(p, k) for p in profiles.codes() for k in profiles.load(p).kinds]


def p(text: str, *marks: str) -> dict:
    node: dict = {"type": "text", "text": text}
    if marks:
        node["marks"] = [{"type": mark} for mark in marks]
    return {"type": "paragraph", "content": [node]}


def points(*items: list[dict]) -> dict:
    rows = [{"type": "list_item", "content": item} for item in items]
    return {"type": "ordered_list", "attrs": {"order": 1}, "content": rows}


def table(rows: list[list[str]]) -> dict:
    def cell(text: str, kind: str) -> dict:
        return {"type": kind, "attrs": {"colspan": 1, "rowspan": 1}, "content": [p(text)]}

    made = [
        {"type": "table_row", "content": [cell(t, "table_cell" if n else "table_header") for t in row]}
        for n, row in enumerate(rows)
    ]
    return {"type": "table", "content": made}


def body(text: str = LONG) -> dict:
    rows = [["No.", "Uraian", "Jumlah"], *([str(n), "Aplikasi layanan publik", "12"] for n in range(1, 5))]
    return document.parse(
        {
            "type": "doc",
            "content": [
                p(text),
                points(
                    [p("Data diisi sampai dengan 31 Oktober 2026 pada formulir terlampir;")],
                    [
                        p("Data sekurang-kurangnya memuat:"),
                        points([p("nama aplikasi; dan")], [p("jumlah pengguna.")]),
                    ],
                    [p("Tulisan seperti #emph[ini], $x$, <b> dan @ref tetap tulisan.", "em")],
                ),
                p("Rekapitulasi sementara adalah sebagai berikut."),
                table(rows),
                p("Demikian, atas perhatian Saudara kami ucapkan terima kasih."),
            ],
        }
    )


def sheet(
    profile: str = "permendagri-2023", kind: str = "surat-dinas", signed: bool = True, **over: object
) -> dict:
    """A letter of one kind and profile, finished or a draft; `over` replaces fields of the sheet."""
    rule = profiles.load(profile)
    capacity = rules.Capacity("definitive", (HEAD,))
    block = rules.signature_block(rule.kinds[kind], SECRETARY, capacity, PERSON, rule)
    if kind == "nota-dinas":
        block = rules.signature_block(rule.kinds[kind], AGENCY, rules.Capacity(), PERSON, rule)
    facts = rules.Facts(
        kind=rule.kinds[kind],
        profile=rule,
        subject="Permintaan Data Pelaksanaan Sistem Pemerintahan Berbasis Elektronik Tahun 2026",
        to=("Kepala Dinas Komunikasi dan Informatika", "Kabupaten Ende", "di Ende"),
        number="000.1.2.3/4461/107.1/2026" if signed else "",
        day=date(2026, 11, 25) if signed else None,
        urgency="segera",
        attachments="1 (satu) berkas",
        sender="Kepala Dinas Komunikasi dan Informatika",
        copies=("Bupati Ende (sebagai laporan)", "Inspektur Daerah Kabupaten Ende"),
        annexes=(rules.Annex("Lampiran", "Daftar Perangkat Daerah", body()),),
    )
    office = rules.Office(
        "Sekretariat Daerah Kabupaten Ende",
        ("PEMERINTAH KABUPATEN ENDE", "SEKRETARIAT DAERAH", "Jalan Eltari, Ende, Nusa Tenggara Timur 86317"),
        "Ende",
        CREST,
        "Lambang Kabupaten Ende",
    )
    qr = render.qr_svg("http://kominfo.localhost:8000/s/019ab3c4d5e6f7a8") if signed else None
    data = json.dumps({"v": 1, "number": facts.number})
    return rules.sheet(facts, office, block, body(), qr=qr, data=data) | over
