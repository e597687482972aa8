"""What the commands say to people, in Indonesian and English. Errors are in `pendopo.core.errors`."""

LANGUAGES = ("id", "en")

TEXTS: dict[str, tuple[str, str]] = {
    "up.starting": ("mulai", "starting"),
    "up.ready": ("siap      {address}", "ready     {address}"),
    "up.died": (
        "mati      ({how}), dinyalakan lagi dalam {wait} detik: {tail}",
        "died      ({how}), starting again in {wait} s: {tail}",
    ),
    "up.stopped": ("berhenti", "stopped"),
    "up.killed": (
        "dihentikan paksa: tidak berhenti sendiri tepat waktu",
        "killed: it did not stop by itself in time",
    ),
    "up.gateway_address": (
        "{app} (program instansi), {peer} (gateway lain)",
        "{app} (the agency's programs), {peer} (other gateways)",
    ),
    "up.worker_address": (
        "kotak keluar, kotak masuk, dokumen node",
        "outbox, inbox, the node's documents",
    ),
}


def text(key: str, lang: str, **params: object) -> str:
    """The text `key` in `lang` ("id" or "en"), its placeholders filled in."""
    return TEXTS[key][LANGUAGES.index(lang)].format(**params)
