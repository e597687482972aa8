"""`pendopo keys`: keys of this node's agencies, and, at a registry, the revocation of any member's."""

from typing import Annotated

import typer

from .cli import LANG, Home, Why, begin, hosted, report_waiting, say, t

app = typer.Typer(help=t("keys"), no_args_is_help=True, add_completion=False, rich_markup_mode=None)

STATES = {
    "current": ("berlaku", "valid"),
    "older": ("digantikan, masih berlaku", "replaced, still valid"),
    "pending": ("menunggu pengesahan registri", "waits for the registry"),
    "revoked": ("dicabut", "revoked"),
    "expired": ("lewat waktu", "expired"),
}


@app.command("list", help=t("keys_list"))
def list_keys(home: Home = None) -> None:
    begin(home)
    from pendopo.ground.nodes import state

    for key in state.own_keys():
        until = f"{key.exp:%Y-%m-%d}" if key.exp else "-"
        typer.echo(f"{key.thumb}  {key.owner}  {key.use}  {STATES[key.state][LANG == 'en']}  {until}")


@app.command(help=t("rotate"))
def rotate(
    use: Annotated[str, typer.Option(help=t("use"))],
    agency: Annotated[str, typer.Option(help=t("agency"), show_default=False)] = "",
    home: Home = None,
) -> None:
    begin(home)
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.nodes import actions

    owner = hosted(agency)
    key = actions.rotate_key(owner, use, actor=Actor.system(owner, via="cli"))
    say(f"Kunci baru {key.thumb}", f"New key {key.thumb}")
    report_waiting()


@app.command(help=t("keys_revoke"))
def revoke(thumb: Annotated[str, typer.Argument(help=t("thumb"))], why: Why, home: Home = None) -> None:
    actor = begin(home)
    from pendopo.ground.nodes import actions

    actions.revoke("key", thumb, why, actor=actor)
    say(f"Kunci {thumb} dicabut.", f"The key {thumb} is revoked.")
    report_waiting()
