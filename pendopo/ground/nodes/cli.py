"""`pendopo nodes`: the registry's members and invitations, at the machine itself.

Each command is the action a page would call; the actor is the node itself (its operator), `via="cli"`.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from pendopo.core.errors import Fault

LANG = "en" if os.environ.get("PENDOPO_LANG") == "en" else "id"

HELP = {
    "nodes": ("Anggota registri dan undangannya", "Members of the registry, and invitations"),
    "keys": ("Kunci simpul ini dan kunci para anggota", "Keys of this node and of the members"),
    "home": ("Folder rumah simpul", "The node's home directory"),
    "invite": (
        "Undang instansi; token hanya ditampilkan sekali",
        "Invite an agency; the token is shown once",
    ),
    "agency": ("Pengenal instansi, misalnya ID/GOV/DJP", "The agency's identifier, such as ID/GOV/DJP"),
    "name": ("Nama simpul, misalnya djp", "The node's name, such as djp"),
    "agency_name": ("Nama instansi", "The agency's name"),
    "url": ("Alamat portal ini dilihat dari simpul baru", "This portal's address as the new node reaches it"),
    "rekey": (
        "Instansi sudah anggota tetapi kehilangan kuncinya; penyedia harus menyetujui kunci barunya",
        "The agency is a member but lost its keys; providers have to confirm the new ones",
    ),
    "hours": ("Token berlaku sekian jam", "For how many hours the token is valid"),
    "list": ("Tampilkan anggota, simpul, dan keadaannya", "Show members, nodes and how they stand"),
    "revoke": ("Cabut simpul atau instansi untuk selamanya", "Revoke a node or agency for good"),
    "why": ("Alasannya", "Why"),
    "host": (
        "Tampung satu instansi lagi di simpul registri ini, sebagai anggota",
        "Let one more agency live on this registry's node, as a member",
    ),
    "zone": ("WIB, WITA, atau WIT", "WIB, WITA or WIT"),
    "admin": ("Nomor administrator pertamanya", "Its first administrator's number"),
    "admin_name": ("Nama administrator pertamanya", "Its first administrator's name"),
    "rejoin": (
        "Pakai token pengganti kunci di simpul ini; jalankan ulang simpul sesudahnya",
        "Use a re-key token on this node; start the node again afterwards",
    ),
    "address": ("Ubah alamat sambungan sebuah simpul", "Change where other gateways reach a node"),
    "reissue": (
        "Sahkan kunci pengesah baru dengan kunci akar yang disimpan terpisah",
        "Certify a new issuing key with the root key that is kept elsewhere",
    ),
    "letters": (
        "Perbarui daftar pencabutan akar untuk tanda tangan surat; buat otoritasnya bila belum ada",
        "Renew the root's revocation list for letters' signatures; make their authority where there is none",
    ),
    "root": ("Berkas root.pendopo", "The file root.pendopo"),
    "reissue_revoke": (
        "Cabut juga kunci pengesah lama, dengan alasan",
        "Also revoke the old issuing key: why",
    ),
    "passphrase": ("Frasa sandi kunci akar", "Passphrase of the root key"),
    "rotate": (
        "Ganti kunci; kunci lama menjamin yang baru",
        "Replace a key; the old one vouches for the new one",
    ),
    "use": ("exchange, agreement, letter, atau log", "exchange, agreement, letter or log"),
    "keys_list": ("Tampilkan kunci dan keadaannya", "Show keys and how they stand"),
    "keys_revoke": ("Cabut kunci untuk selamanya", "Revoke a key for good"),
    "thumb": ("Sidik kunci", "The key's thumbprint"),
}


def t(key: str) -> str:
    return HELP[key][LANG == "en"]


def say(indonesian: str, english: str) -> None:
    typer.echo(english if LANG == "en" else indonesian)


app = typer.Typer(help=t("nodes"), no_args_is_help=True, add_completion=False, rich_markup_mode=None)
Home = Annotated[
    Path | None, typer.Option("--home", envvar="PENDOPO_HOME", help=t("home"), show_default=False)
]
Why = Annotated[str, typer.Option("--why", help=t("why"), prompt=t("why"))]


def begin(home: Path | None):
    """Sets Django up for the home and gives the operator as an actor."""
    if home is not None:
        os.environ["PENDOPO_HOME"] = str(home.resolve())
    from pendopo.ground import loading

    loading.setup()
    from django.db import OperationalError, connection

    from pendopo.ground.accounts.actor import Actor

    try:
        connection.ensure_connection()
    except OperationalError:
        raise Fault("nodes.database_down") from None
    return Actor.system(via="cli")


def hosted(code: str):
    """The agency `code` that lives on this node; without a code the only one. `Fault nodes.not_hosted`."""
    from pendopo.ground.directory.models import Agency

    found = Agency.objects.filter(hosted=True)
    found = found.filter(code=code) if code else found
    if len(found) != 1:
        raise Fault("nodes.not_hosted", agency=code or "?")
    return found[0]


def report_waiting() -> None:
    """Says so when the gateway does not have the documents yet."""
    from pendopo.ground.nodes.state import waiting_documents

    if waiting_documents():
        say(
            "Tersimpan. Gerbang belum menerimanya; dikirim begitu gerbang kembali.",
            "Saved. The gateway does not have it yet; it is sent when the gateway is back.",
        )


@app.command(help=t("invite"))
def invite(
    agency: Annotated[str, typer.Option(help=t("agency"))],
    name: Annotated[str, typer.Option(help=t("name"))],
    home: Home = None,
    agency_name: Annotated[str, typer.Option(help=t("agency_name"), show_default=False)] = "",
    url: Annotated[str, typer.Option(help=t("url"), show_default=False)] = "",
    rekey: Annotated[bool, typer.Option("--rekey", help=t("rekey"))] = False,
    hours: Annotated[int, typer.Option(help=t("hours"), min=1, max=720)] = 72,
) -> None:
    actor = begin(home)
    from pendopo.ground.nodes import actions

    token = actions.invite(
        agency,
        agency_name or agency,
        name,
        actor=actor,
        url=url,
        rekey=rekey,
        life=timedelta(hours=hours),
    )
    typer.echo(str(token))


@app.command("list", help=t("list"))
def list_nodes(home: Home = None) -> None:
    begin(home)
    from pendopo.ground.nodes import reads

    document = reads.registry()
    until = f"{document.valid_until:%Y-%m-%d %H:%M} UTC"
    say(
        f"Instans {document.instance}, dokumen {document.serial}, berlaku sampai {until}",
        f"Instance {document.instance}, document {document.serial}, valid until {until}",
    )
    for member in document.members.values():
        node = document.nodes[member["node"]]
        ended = document.revoked_at("agency", member["id"]) or document.revoked_at("node", node["id"])
        states = [("registri", "registry")] if node["registry"] else []
        if ended:
            states.append((f"dicabut {ended:%Y-%m-%d %H:%M} UTC", f"revoked {ended:%Y-%m-%d %H:%M} UTC"))
        state = ", ".join(words[LANG == "en"] for words in states)
        typer.echo(
            f"{member['id']}  {node['id']}  {' '.join(node['addrs'])}  {member['name']}  {state}".rstrip()
        )


@app.command(help=t("revoke"))
def revoke(
    subject: Annotated[str, typer.Argument(metavar="NODE|ID/GOV/CODE")], why: Why, home: Home = None
) -> None:
    actor = begin(home)
    from pendopo.ground.nodes import actions

    actions.revoke("agency" if "/" in subject else "node", subject, why, actor=actor)
    say(f"{subject} dicabut.", f"{subject} is revoked.")
    report_waiting()


@app.command(help=t("host"))
def host(
    agency: Annotated[str, typer.Argument(help=t("agency"))],
    name: Annotated[str, typer.Option("--name", help=t("agency_name"))] = "",
    zone: Annotated[str, typer.Option("--zone", help=t("zone"))] = "WIB",
    admin: Annotated[str, typer.Option("--admin", help=t("admin"))] = "",
    admin_name: Annotated[str, typer.Option("--admin-name", help=t("admin_name"))] = "",
    home: Home = None,
) -> None:
    actor = begin(home)
    from django.db import transaction

    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory.models import Agency
    from pendopo.ground.nodes import actions

    with transaction.atomic():
        found, activation = Agency.objects.filter(code=agency).first(), ""
        if found is None:
            found, activation = _new_agency(agency, name, zone, admin, admin_name, actor)
        actions.host(found, actor=Actor.system(found, via="cli"))
    say(f"{agency} menjadi anggota di simpul ini.", f"{agency} is a member on this node.")
    if activation:
        say(f"Kode aktivasi {admin_name}: {activation}", f"Activation code of {admin_name}: {activation}")
    report_waiting()


def _new_agency(code: str, name: str, zone: str, admin: str, admin_name: str, actor):
    """An agency that comes to live here, and its first administrator's activation code.

    She holds every role of the agency but the operator's, which is the node's.
    """
    from django.core.exceptions import ValidationError

    from pendopo.core import nip
    from pendopo.ground.accounts import actions as accounts
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.roles import ROLES
    from pendopo.ground.directory import actions as directory
    from pendopo.ground.directory.models import Agency

    zones = {"WIB": Agency.Zone.WIB, "WITA": Agency.Zone.WITA, "WIT": Agency.Zone.WIT}
    if not (name.strip() and admin.strip() and admin_name.strip() and zone in zones):
        raise Fault("nodes.host_new", agency=code)
    number = nip.any_scheme(admin)
    try:
        found = directory.create_agency(code, name.strip(), zones[zone], actor=actor)
        system = Actor.system(found, via="cli")
        person = directory.create_person(found, admin_name.strip(), number.scheme, number.value, actor=system)
        roles = [(room, role) for room, known in ROLES.items() for role in known if role != "operator"]
        _account, activation = accounts.create_account(person, roles, actor=system)
    except ValidationError as error:
        raise Fault("nodes.host_refused", why=" ".join(error.messages)) from None
    return found, activation


@app.command(help=t("address"))
def address(
    node: Annotated[str, typer.Argument(help=t("name"))],
    addrs: Annotated[list[str], typer.Argument(metavar="HOST:PORT...")],
    home: Home = None,
) -> None:
    actor = begin(home)
    from pendopo.ground.nodes import actions

    actions.advertise(node, addrs, actor=actor)
    say(f"Alamat {node}: {' '.join(addrs)}", f"Address of {node}: {' '.join(addrs)}")
    report_waiting()


@app.command(help=t("rejoin"))
def rejoin(token: Annotated[str, typer.Argument()], home: Home = None) -> None:
    actor = begin(home)
    from django.conf import settings

    from pendopo.ground.nodes import setup, tokens

    setup.join_registry(settings.HOME, hosted(tokens.parse(token).agency), token, actor=actor)
    say(
        "Kunci baru sudah sah. Hentikan simpul ini (Ctrl-C pada pendopo up), lalu jalankan lagi.",
        "The new keys are certified. Stop this node (Ctrl-C at pendopo up), then start it again.",
    )


@app.command(help=t("reissue"))
def reissue(
    root: Annotated[Path, typer.Option("--root", help=t("root"))],
    revoke: Annotated[str, typer.Option("--revoke", metavar="WHY", help=t("reissue_revoke"))] = "",
    home: Home = None,
) -> None:
    actor = begin(home)
    from pendopo.ground.nodes import actions
    from pendopo.ground.nodes import root as roots

    key = actions.reissue(roots.open(root.read_bytes(), _passphrase()), actor=actor, revoke=revoke)
    say(f"Kunci pengesah baru {key.thumb}", f"New issuing key {key.thumb}")
    report_waiting()


@app.command(help=t("letters"))
def letters(
    root: Annotated[Path, typer.Option("--root", help=t("root"))],
    home: Home = None,
) -> None:
    actor = begin(home)
    from pendopo.ground.nodes import actions
    from pendopo.ground.nodes import root as roots

    until = actions.renew_letters(roots.open(root.read_bytes(), _passphrase()), actor=actor)
    say(
        f"Daftar pencabutan akar berlaku sampai {until:%Y-%m-%d}.",
        f"The root's revocation list is valid until {until:%Y-%m-%d}.",
    )


def _passphrase() -> str:
    return os.environ.get("PENDOPO_ROOT_PASSPHRASE") or typer.prompt(t("passphrase"), hide_input=True)
