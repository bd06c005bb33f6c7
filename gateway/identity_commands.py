"""What can the operator tell identity to do from a shell? Staff, OAuth clients, the check of the audit trail."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import click
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.command_line import with_settings
from gateway.database import open_database, read
from gateway.identity.audit.check import SealMark
from gateway.processes import CannotStart
from gateway.settings import Settings
from graphql_schema.client import Role
from graphql_schema.scopes import OPENID_SCOPES, SCOPES

T = TypeVar("T")
ALL_SCOPES = sorted({*SCOPES, *OPENID_SCOPES, "all"})


@click.group()
def staff() -> None:
    """The operator's own people, who work at /desk."""


@staff.command("add")
@click.option("--name", required=True, help="As customers and colleagues read it.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--organization", help="Of an enterprise_admin: the billing account that pays for their lines.")
@click.option("--id", "staff_id", help="Their staff number; the next free one if left out.")
@with_settings("staff")
def add_staff(settings: Settings, *, name: str, role: str, organization: str | None, staff_id: str | None) -> None:
    """Add a colleague, and print the code with which they enrol."""
    from gateway.identity.staff.accounts import add_member  # noqa: PLC0415  `onehall --help` need not load everything

    invitation = _run(
        settings,
        lambda engine: add_member(
            engine, name=name, role=Role(role), organization=organization, staff_id=staff_id, now=datetime.now(UTC)
        ),
    )
    _tell_invitation(settings, invitation.staff_id, invitation.code, invitation.expires_at)


@staff.command("list")
@with_settings("staff")
def list_staff(settings: Settings) -> None:
    """Show everybody."""
    from gateway.identity.staff.accounts import list_members  # noqa: PLC0415

    for account in _run(settings, list_members):
        state = "disabled" if not account.active else "active" if account.enrolled_at else "not enrolled"
        click.echo("\t".join(filter(None, (account.id, account.name, account.role, account.organization, state))))


@staff.command("disable")
@click.argument("staff_id")
@with_settings("staff")
def disable_staff(settings: Settings, *, staff_id: str) -> None:
    """Shut somebody out, at once."""
    from gateway.identity.staff.accounts import disable_member  # noqa: PLC0415

    _run(settings, lambda engine: disable_member(engine, staff_id, now=datetime.now(UTC)))
    click.echo(f"{staff_id} is out.")


@staff.command("reset")
@click.argument("staff_id")
@with_settings("staff")
def reset_staff(settings: Settings, *, staff_id: str) -> None:
    """Void passphrase and authenticator, and print a new enrolment code."""
    from gateway.identity.staff.accounts import reset_member  # noqa: PLC0415

    invitation = _run(settings, lambda engine: reset_member(engine, staff_id, now=datetime.now(UTC)))
    _tell_invitation(settings, invitation.staff_id, invitation.code, invitation.expires_at)


@click.group()
def client() -> None:
    """OAuth clients: the operator's app, and partners."""


@client.command("add")
@click.argument("client_id")
@click.option("--name", required=True, help="As people read it when they are asked for consent.")
@click.option("--redirect", "redirects", multiple=True, required=True, help="An exact address; may be repeated.")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(ALL_SCOPES))
@click.option("--after-logout", "after_logout", multiple=True, help="An exact address to lead to after a logout.")
@click.option("--confidential", is_flag=True, help="It can keep a secret: a server, not an app.")
@click.option("--first-party", is_flag=True, help="The operator's own: it may have the scope all.")
@click.option("--loopback", is_flag=True, help="A native app that listens on any port of the loopback address.")
@with_settings("client")
def add_oauth_client(  # noqa: PLR0913  one argument an option
    settings: Settings,
    *,
    client_id: str,
    name: str,
    redirects: tuple[str, ...],
    scopes: tuple[str, ...],
    after_logout: tuple[str, ...],
    confidential: bool,
    first_party: bool,
    loopback: bool,
) -> None:
    """Register a client; the secret of a confidential one is printed once."""
    from gateway.identity.oauth.client import ClientKind, OAuthClient  # noqa: PLC0415
    from gateway.identity.oauth.clients import add_client  # noqa: PLC0415

    wanted = OAuthClient(
        id=client_id,
        name=name,
        kind=ClientKind.CONFIDENTIAL if confidential else ClientKind.PUBLIC,
        redirect_uris=redirects,
        scopes=frozenset(scopes),
        post_logout_uris=after_logout,
        first_party=first_party,
        any_loopback_port=loopback,
    )
    secret = _run(settings, lambda engine: add_client(engine, wanted, now=datetime.now(UTC)))
    click.echo(f"{client_id} can ask for consent at {settings.public_url}/oauth/authorize.")
    if secret:
        click.echo(f"Its secret, told this once: {secret}")


@client.command("list")
@with_settings("client")
def list_oauth_clients(settings: Settings) -> None:
    """Show every client."""
    from gateway.identity.oauth.clients import list_clients  # noqa: PLC0415

    for each in _run(settings, list_clients):
        state = "active" if each.active else "disabled"
        click.echo("\t".join((each.id, each.name, each.kind, state, " ".join(sorted(each.scopes)))))


@client.command("disable")
@click.argument("client_id")
@with_settings("client")
def disable_oauth_client(settings: Settings, *, client_id: str) -> None:
    """Shut a client out and end everything that it was granted, at once."""
    from gateway.identity.oauth.clients import disable_client  # noqa: PLC0415

    if not _run(settings, lambda engine: disable_client(engine, client_id, now=datetime.now(UTC))):
        raise CannotStart(f"there is no active client {client_id}")
    click.echo(f"{client_id} is out.")


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command("verify")
@click.option("--noted", help="The newest seal as it was printed before (12:ab…): shows whether the end was cut off.")
@with_settings("audit")
def verify_audit(settings: Settings, *, noted: str | None) -> None:
    """Recompute the whole chain. Exit code 1: it was changed."""
    from gateway.identity.audit.check import verify_trail  # noqa: PLC0415
    from gateway.keys import identity_secret  # noqa: PLC0415

    secret, mark = identity_secret(settings), _read_mark(noted)
    verdict = _run(settings, lambda engine: verify_trail(engine, secret=secret, mark=mark))
    told = f"{verdict.records} records in {verdict.seals} seals; {verdict.waiting} wait to be sealed"
    if not verdict.intact:
        click.echo(f"The trail was changed: seal {verdict.broken_at} does not fit ({told}).", err=True)
        sys.exit(1)
    newest = _run(settings, _fetch_mark)
    click.echo(f"The trail is whole: {told}." + (f" Newest seal: {newest}" if newest else ""))


def _read_mark(noted: str | None) -> SealMark | None:
    if noted is None:
        return None
    seal_id, _, digest = noted.partition(":")
    if not seal_id.isdecimal() or not digest:
        raise CannotStart("a noted seal reads 12:ab…, as this command printed it")
    return SealMark(int(seal_id), digest)


async def _fetch_mark(engine: AsyncEngine) -> str | None:
    from gateway.identity.audit.sealing import fetch_newest_seal  # noqa: PLC0415

    async with read(engine) as connection:
        newest = await fetch_newest_seal(connection)
    return f"{newest.id}:{newest.digest}" if newest else None


def _run(settings: Settings, deed: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    """Does it with the database. Raises CannotStart for what a person asked for and can't have."""
    from gateway.identity.staff.accounts import AccountRefused  # noqa: PLC0415
    from gateway.migrations import upgrade_database  # noqa: PLC0415

    async def work() -> T:
        engine = open_database(settings.database)
        try:
            return await deed(engine)
        finally:
            await engine.dispose()

    upgrade_database(settings.database)
    try:
        return asyncio.run(work())
    except (AccountRefused, ValueError) as refused:
        raise CannotStart(str(refused)) from refused


def _tell_invitation(settings: Settings, staff_id: str, code: str, expires_at: datetime) -> None:
    click.echo(
        f"{staff_id} enrols at {settings.public_url}/desk/enrol with {code} until {expires_at:%Y-%m-%d %H:%M} UTC."
    )
    click.echo("Hand the code over in person. It is told this once.")
