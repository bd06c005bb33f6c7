"""What is missing for this configuration to work?"""

import asyncio
from urllib.parse import urlsplit

import click

from gateway.database import DatabaseFault, read
from gateway.health import bss_lists, find_faults
from gateway.migrations import find_revision_gap
from gateway.settings import Settings
from gateway.wiring import Hall, open_hall

REMEDIES = {
    "database": "Check ONEHALL_DATABASE_URL, and that the database accepts this user.",
    "redis": "Check ONEHALL_REDIS_URL, or leave it empty for the embedded Valkey that `onehall run` starts.",
    "smsc": "Check ONEHALL_SMSC_HOST and ONEHALL_SMSC_PORT.",
}
BSS_REMEDY = "Check ONEHALL_BSS_URL and ONEHALL_BSS_TOKEN; `make conformance BSS_URL=…` says more."


def examine(settings: Settings) -> bool:
    """Prints one line a system and says whether all is well."""
    return asyncio.run(_examine(settings))


async def _examine(settings: Settings) -> bool:
    addresses = {
        "database": settings.database.rpartition("@")[2],
        "redis": settings.redis.rpartition("@")[2],
        "smsc": ":".join(map(str, settings.smsc)),
        **dict.fromkeys(bss_lists(settings), settings.bss),
    }
    async with open_hall(settings) as hall:
        faults = await find_faults(hall)
        for name, address in addresses.items():
            fault = faults.get(name)
            click.echo(f"  {'ok ' if fault is None else 'NO '} {name:9} {address}{f'  {fault}' if fault else ''}")
        for remedy in dict.fromkeys(REMEDIES.get(name, BSS_REMEDY) for name in faults):
            click.echo(f"  → {remedy}")
        shaped = "database" not in faults and await _has_this_shape(hall)
    reachable = has_reachable_callback(settings)
    if not reachable:
        click.echo(f"  NO  events    {settings.bss} can't reach us at {settings.host}: no alert would ever be raised")
        click.echo("      Set ONEHALL_HUB_CALLBACK_URL to the address at which the BSS reaches the gateway.")
    return shaped and reachable and not faults


def has_reachable_callback(settings: Settings) -> bool:
    """Whether the BSS can send its events to the address that we register; without one set, only on this machine."""
    near = ("localhost", "127.0.0.1", "::1")
    return bool(settings.hub_callback_url) or urlsplit(settings.bss).hostname in near


async def _has_this_shape(hall: Hall) -> bool:
    try:
        async with read(hall.engine) as connection:
            gap = await find_revision_gap(connection)
    except DatabaseFault:
        return False
    if gap is None:
        return True
    click.echo(f"  NO  tables    the database stands at {gap[0] or 'nothing'}, this version needs {gap[1]}")
    click.echo("      Run `onehall migrate` (after a backup).")
    return False
