"""`pendopo box`: what is typed at a box, and the lab."""

import asyncio
import os
import socket
import sys
from enum import StrEnum
from typing import Annotated

import typer

from pendopo.core.errors import Fault

LANG = "en" if os.environ.get("PENDOPO_LANG") == "en" else "id"

HELP = {
    "box": ("Perangkat jaringan privat di sebuah kantor", "The box of an office on the private network"),
    "enrol": (
        "Daftarkan perangkat ini dengan kode pada lembarnya",
        "Enrol this box with its code",
    ),
    "controller": ("Alamat pengendali", "The controller's address"),
    "code": ("Kode sekali pakai", "The one-time code"),
    "name": ("Nama perangkat ini", "The name of this box"),
    "run": ("Jalankan agen sampai dihentikan", "Run the agent until it is stopped"),
    "lab": (
        "Negeri kecil di satu mesin, untuk mencoba: dua ISP, pusat, dua kantor, pusat data",
        "A small nation on one machine, to try things out: two ISPs, a centre, two offices, a data centre",
    ),
    "what": (
        "up: bangun; down: hapus; di: jalankan perintah di suatu tempat",
        "up: make it; down: take it away; di: run a command at a place",
    ),
    "place": (
        "Untuk di: centre, isp1, dukcapil, bogor, bogor-pc, …; lalu perintahnya",
        "For di: centre, isp1, dukcapil, bogor, bogor-pc, …; then the command",
    ),
    "lab_name": ("Nama lab", "The lab's name"),
    "further": (
        "Untuk up: juga tiga kantor yang tidak dapat dihubungi dari luar",
        "For up: also three offices that nobody can call from outside",
    ),
}


def t(key: str) -> str:
    return HELP[key][LANG == "en"]


app = typer.Typer(help=t("box"), no_args_is_help=True, add_completion=False, rich_markup_mode=None)


def root_only() -> None:
    """`Fault box.root` for anybody else: networks are the machine's."""
    if os.geteuid() != 0:
        raise Fault("box.root")


@app.command(help=t("enrol"))
def enrol(
    controller: Annotated[str, typer.Option(help=t("controller"))],
    code: Annotated[str, typer.Option(help=t("code"), prompt=t("code"))],
    name: Annotated[str, typer.Option(help=t("name"))] = "",
) -> None:
    from pendopo.box.enrol import enrol as join
    from pendopo.box.state import Paths

    root_only()
    identity = asyncio.run(join(Paths(), controller, code.strip(), name or socket.gethostname()))
    typer.echo(f"{'Enrolled' if LANG == 'en' else 'Terdaftar'}: {identity.box}")


@app.command(help=t("run"))
def run() -> None:
    root_only()
    # Without the command line's own libraries, which would stay in memory for years.
    os.execv(sys.executable, [sys.executable, "-m", "pendopo.box"])  # noqa: S606


class What(StrEnum):
    """What to do with the lab."""

    up, down, di = "up", "down", "di"


@app.command(
    help=t("lab"), context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
def lab(
    what: Annotated[What, typer.Argument(help=t("what"))],
    command: Annotated[list[str] | None, typer.Argument(help=t("place"))] = None,
    name: Annotated[str, typer.Option(help=t("lab_name"))] = "lab",
    further: Annotated[bool, typer.Option("--further", help=t("further"))] = False,
) -> None:
    from pendopo.box.lab import FURTHER, PLACES, Lab

    root_only()
    # A command may be run at any of them, however the lab was made.
    made = Lab(name, PLACES if what == What.up and not further else PLACES + FURTHER)
    if what == What.up:
        made.up()
        for line in made.said():
            typer.echo(line)
    elif what == What.down:
        made.down()
    else:
        place, *rest = command or ["centre"]
        whole = made.command(place, *(rest or [os.environ.get("SHELL", "/bin/sh")]))
        os.execvp(whole[0], whole)  # noqa: S606 - the terminal is the command's from here on
