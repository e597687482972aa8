"""The command `pendopo`.

Each command imports what it needs when it runs: an auditor's `pendopo verify` works with the base
dependencies alone and never loads Django. Groups of commands that other parts contribute stand in `GROUPS`,
one line each; a group is a Typer app named `app` in its module.
"""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from pendopo.core.errors import Fault
from pendopo.ops.texts import text

LANG = "en" if os.environ.get("PENDOPO_LANG") == "en" else "id"

# name → module that holds the Typer app; its one line of help is the text "cli.NAME".
GROUPS = {
    "box": "pendopo.box.cli",
    "nodes": "pendopo.ground.nodes.cli",
    "keys": "pendopo.ground.nodes.cli_keys",
}


def t(key: str) -> str:
    return text(f"cli.{key}", LANG)


app = typer.Typer(
    name="pendopo",
    help=t("pendopo"),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="PENDOPO_HOME", help=t("home"), show_default=False)
]

MaybeHome = Annotated[
    Path | None, typer.Option("--home", envvar="PENDOPO_HOME", help=t("home"), show_default=False)
]


@app.command(help=t("init"))
def init(
    home: HomeOption,
    name: Annotated[str, typer.Option(help=t("init.name"))],
    agency: Annotated[str, typer.Option(help=t("init.agency"))],
    agency_name: Annotated[str, typer.Option(help=t("init.agency_name"))],
    admin: Annotated[str, typer.Option(help=t("init.admin"))],
    admin_name: Annotated[str, typer.Option(help=t("init.admin_name"))],
    zone: Annotated[str, typer.Option(help=t("init.zone"))] = "Asia/Jakarta",
    registry: Annotated[bool, typer.Option("--registry", help=t("init.registry"))] = False,
    join: Annotated[str, typer.Option(help=t("init.join"), show_default=False)] = "",
    host: Annotated[str, typer.Option(help=t("init.host"))] = "127.0.0.1",
    portal_port: Annotated[int, typer.Option(help=t("init.portal_port"), min=1, max=65535)] = 8000,
    app_port: Annotated[int, typer.Option(help=t("init.app_port"), min=1, max=65535)] = 8080,
    peer_port: Annotated[int, typer.Option(help=t("init.peer_port"), min=1, max=65535)] = 5500,
    advertise: Annotated[str, typer.Option(help=t("init.advertise"), show_default=False)] = "",
    url: Annotated[str, typer.Option(help=t("init.url"), show_default=False)] = "",
    database: Annotated[str, typer.Option(help=t("init.database"), show_default=False)] = "",
    mail_domain: Annotated[str, typer.Option(help=t("init.mail_domain"), show_default=False)] = "",
    mail_offset: Annotated[int, typer.Option(help=t("init.mail_offset"), min=0, max=60000)] = 0,
    lang: Annotated[str, typer.Option(help=t("init.lang"))] = "id",
) -> None:
    from pendopo.ops import init as module

    plan = module.Plan(
        root=home,
        name=name,
        agency=agency,
        agency_name=agency_name,
        admin=admin,
        admin_name=admin_name,
        zone=zone,
        registry=registry,
        join=join,
        host=host,
        portal_port=portal_port,
        app_port=app_port,
        peer_port=peer_port,
        advertise=advertise,
        url=url,
        database=database,
        mail_domain=mail_domain,
        mail_offset=mail_offset,
        lang=lang,
        passphrase=module.ask_passphrase(lang) if registry else "",
    )
    made = module.init(plan)
    for line in module.report(made):
        typer.echo(line)


@app.command(help=t("up"))
def up(
    home: MaybeHome = None,
    demo: Annotated[bool, typer.Option("--demo", help=t("up.demo"))] = False,
    port_offset: Annotated[int, typer.Option(help=t("up.port_offset"), min=0, max=50000)] = 0,
) -> None:
    if demo:
        from pendopo.portal import demo as nation

        raise typer.Exit(nation.run(home, offset=port_offset))
    from pendopo.ops import home as homes
    from pendopo.ops.up import up as run

    raise typer.Exit(0 if run([homes.load(home)]) else 1)


@app.command(help=t("doctor"))
def doctor(home: MaybeHome = None) -> None:
    from pendopo.ops.doctor import doctor as run

    raise typer.Exit(run(home, LANG))


@app.command(help=t("verify"))
def verify(
    file: Annotated[Path, typer.Argument(help=t("verify.file"))],
    anchor: Annotated[Path, typer.Option(help=t("verify.anchor"))],
    lang: Annotated[str, typer.Option(help=t("verify.lang"))] = LANG,
    as_json: Annotated[bool, typer.Option("--json", help=t("verify.json"))] = False,
) -> None:
    from pendopo.ops.verify import run

    raise typer.Exit(run(file, anchor, lang, as_json))


def mount(name: str, module: str) -> None:
    """A command that hands the rest of its line to the Typer app in `module`, imported only then."""

    @app.command(
        name,
        help=t(name),
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    def delegate(ctx: typer.Context) -> None:
        group = import_module(module).app
        raise typer.Exit(group(args=ctx.args, prog_name=f"pendopo {name}", standalone_mode=False) or 0)


for _name, _module in GROUPS.items():
    mount(_name, _module)


def main() -> None:
    """Run the command. Every failure is one line with a stable code on stderr, and exit status 1."""
    try:
        app()
    except Fault as fault:
        fail(fault)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("pendopo"):
            raise
        fail(Fault("ops.not_installed", module=error.name))
    except Exception as error:
        if os.environ.get("PENDOPO_DEBUG"):
            raise
        fail(Fault("ops.unexpected", what=f"{type(error).__name__}: {error}"))


def fail(fault: Fault) -> None:
    print(f"pendopo: {fault.text(LANG)} ({fault.code})", file=sys.stderr)
    sys.exit(1)
