"""The tree of commands: names, options and help. What they do is in the modules they import when they run."""

import asyncio
import sys
from enum import StrEnum
from typing import Annotated

import typer

from sekisho.cli import launch

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

commands = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Sekisho, the identity platform."
)
admin = typer.Typer(no_args_is_help=True, help="The administrators of this installation.")
database = typer.Typer(no_args_is_help=True, help="The database.")
applications = typer.Typer(no_args_is_help=True, help="Applications that sign their users in here.")
users = typer.Typer(no_args_is_help=True, help="Users.")
commands.add_typer(admin, name="admin")
commands.add_typer(database, name="db")
commands.add_typer(applications, name="app")
commands.add_typer(users, name="user")


class TenantName(StrEnum):
    DEFAULT = "default"
    ADMIN = "admin"


Tenant = Annotated[TenantName, typer.Option(help="Whose: users of applications are in default.")]


@commands.command()
def start(host: Host = launch.EVERYWHERE) -> None:
    """Serve, in production."""
    launch.start(host)


@commands.command()
def dev(
    host: Host = launch.THIS_MACHINE,
    mail_port: Annotated[
        int, typer.Option(help="Where its own mail server listens.", envvar="SEKISHO_DEVELOPMENT_MAIL_PORT")
    ] = 3025,
) -> None:
    """Serve on this machine, with what helps to develop: demo applications, fake providers, an inbox and plain logs."""
    launch.dev(host, mail_port=mail_port)


@commands.command()
def doctor(*, as_json: Json = False) -> None:
    """Look for what is wrong with this installation; the status is 1 when something is."""
    from sekisho.cli.doctor import examine, print_findings  # noqa: PLC0415

    findings = asyncio.run(examine())
    print_findings(findings, as_json=as_json)
    if any(finding.is_bad for finding in findings):
        raise typer.Exit(1)


@admin.command("link")
def admin_link() -> None:
    """Print a new link for the first administrator; the one before it no longer works."""
    from sekisho.cli.desk import opened  # noqa: PLC0415
    from sekisho.cli.first_admin import required_link  # noqa: PLC0415

    async def work() -> str:
        async with opened() as runtime:
            return await required_link(runtime)

    typer.echo(asyncio.run(work()))


@database.command("migrate")
def db_migrate() -> None:
    """Bring the database to this version; every start does the same."""
    from sekisho.cli.databases import migrate  # noqa: PLC0415

    typer.echo(asyncio.run(migrate()))


@database.command("check")
def db_check() -> None:
    """Compare the database with what this version expects; the status is 1 when they differ."""
    from sekisho.cli.databases import check  # noqa: PLC0415

    problems = asyncio.run(check())
    typer.echo("\n".join(problems) or "The database is as this version expects it.")
    if problems:
        raise typer.Exit(1)


@applications.command("create")
def app_create(
    *,
    type_: Annotated[str, typer.Option("--type", help="Native, SPA, Traditional or MachineToMachine.")],
    name: Annotated[str, typer.Option(help="What administrators and consent pages call it.")],
    redirect_uri: Annotated[list[str] | None, typer.Option(help="Where users come back to; may be repeated.")] = None,
    post_logout_redirect_uri: Annotated[list[str] | None, typer.Option(help="Where they go after signing out.")] = None,
    management_api: Annotated[bool, typer.Option("--management-api", help="Let it call the Management API.")] = False,
    tenant: Tenant = TenantName.DEFAULT,
    as_json: Json = False,
) -> None:
    """Register an application, and print its id and secret."""
    from sekisho.cli.applications import create, print_created  # noqa: PLC0415

    created = asyncio.run(
        create(
            type_name=type_,
            name=name,
            redirect_uris=redirect_uri or [],
            post_logout_redirect_uris=post_logout_redirect_uri or [],
            may_manage=management_api,
            tenant=tenant,
        )
    )
    print_created(created, as_json=as_json)


@users.command("create")
def user_create(
    *,
    username: Annotated[str, typer.Option(help="What the user signs in with.")],
    password: Annotated[str | None, typer.Option(help="Read from standard input when it is left out.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="A role to give; may be repeated.")] = None,
    tenant: Tenant = TenantName.DEFAULT,
    as_json: Json = False,
) -> None:
    """Create a user, and print the id."""
    from sekisho.cli.users import create, print_created  # noqa: PLC0415
    from sekisho.kernel.secret import Secret  # noqa: PLC0415

    given = _asked_password() if password is None else password
    created = asyncio.run(create(username=username, password=Secret(given), roles=role or [], tenant=tenant))
    print_created(created, as_json=as_json)


def _asked_password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")
