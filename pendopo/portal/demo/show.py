"""What a start of the demo nation prints at its end: where, who, and a line to paste."""

from pathlib import Path

from pendopo.portal.demo import messages, nation

ROLES = {
    "ground.operator": "operator node",
    "ground.administrator": "administrator instansi",
    "mantra.administrator": "administrator MANTRA",
    "mantra.provider": "penyedia",
    "mantra.requester": "pemanfaat",
    "mantra.manager": "pengelola",
    "mantra.supervisor": "pengawas",
    "simaya.administrator": "administrator siMAYA",
    "simaya.registrar": "tata usaha",
    "simaya.cleared": "boleh membaca surat rahasia",
    "pnsmail.administrator": "administrator PNSMail",
    "pnsbox.officer": "petugas jaringan",
    "pnsbox.viewer": "pengamat jaringan",
}


def text(facts: dict, base: Path) -> str:
    """The closing lines; ``facts`` is the content of demo.json."""
    lines = ["", "Negeri contoh siap. Semua orang di dalamnya rekaan; hanya untuk dicoba di mesin ini.", ""]
    for node in nation.NODES:
        lines.append(f"  http://{node.name}.localhost:{node.portal + facts['offset']}")
        for agency in (node.agency, *node.hosts):
            lines.append(f"    {nation.NAMES[agency]} ({agency})")
            for account in (a for a in facts["accounts"] if a["agency"] == agency):
                roles = ", ".join(ROLES[role] for role in account["roles"])
                lines.append(f"      {account['number']}  {account['name']}: {roles}")
    source = facts["source"]
    counts = facts["exchanges"]
    lines += [
        "",
        f"  Kata sandi untuk semua: {nation.PASSWORD}",
        "  Frasa sandi kunci tanda tangan para pimpinan sama dengan kata sandi itu.",
        *_mail(facts),
        f"  Pertukaran sejauh ini: {counts['answered']} dijawab, {counts['refused']} ditolak",
        f"  Sumber untuk dicoba: {source['kind']} {source['host']}:{source['port']}, basis data "
        f"{source['database']}, pengguna {source['user']}, kata sandi {source['password']}",
        "  Program DJP membaca data Dukcapil:",
        f"    {facts['curl']}",
        "",
        f"  Semua data ada di {base}. Ctrl-C menghentikan semuanya.",
    ]
    return "\n".join(lines)


def _mail(facts: dict) -> list[str]:
    """Who has mail, where the nation has it."""
    if not facts["mail"]:
        return []
    return [f"  Surel: semua akun {nation.NAMES[messages.AGENCY]} punya kotak surat, di ruang PNSMail."]
