"""What can a person tell OneHall to do from a shell?"""

import os
import shutil
import sys
from pathlib import Path

import click

from gateway.command_line import Hall, with_settings
from gateway.identity_commands import audit, client, staff
from gateway.processes import CannotStart
from gateway.reward_commands import campaign, points, reward_items
from gateway.settings import Settings


@click.group(cls=Hall, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="onehall")
def main() -> None:
    """OneHall: one hall, every channel. Settings come from ONEHALL_… variables; the README lists them."""


@main.command()
@with_settings("run")
def run(settings: Settings) -> None:
    """Start everything on this machine and stay until Ctrl-C."""
    from gateway.run import run as bring_up  # noqa: PLC0415  `onehall --help` need not load everything

    bring_up(settings)


@main.command()
@with_settings("gateway")
def serve(settings: Settings) -> None:
    """Serve web, API and IVR: the gateway alone."""
    from gateway.serve import serve as answer  # noqa: PLC0415

    answer(settings)


@main.command()
@with_settings("worker")
def worker(settings: Settings) -> None:
    """Work on alerts: a Celery worker."""
    from gateway.worker import work  # noqa: PLC0415

    work(settings)


@main.command()
@with_settings("beat")
def beat(settings: Settings) -> None:
    """Keep the schedule for any number of workers: Celery's beat. Two of them do no harm."""
    from gateway.worker import keep_schedule  # noqa: PLC0415

    keep_schedule(settings)


@main.command()
@with_settings("sms")
def sms(settings: Settings) -> None:
    """Own the link to the SMSC: receive, answer and send texts."""
    from gateway.sms import run_link  # noqa: PLC0415

    run_link(settings)


@main.command()
@with_settings("sandbox")
def sandbox(settings: Settings) -> None:
    """Run the sandbox: a BSS, an SMSC and a handset, in a process of their own."""
    from gateway.keys import ivr_token, sandbox_pay_secret  # noqa: PLC0415

    arguments = {
        "--port": settings.sandbox_port,
        "--smsc-port": settings.smsc_port,
        "--folder": settings.data_folder / "sandbox",
        "--subscribers": settings.sandbox_subscribers,
        "--ivr-url": f"http://{settings.host}:{settings.port}/ivr",
    }
    words = [str(word) for pair in arguments.items() for word in pair]
    secrets = {  # arguments are everybody's to read
        "SANDBOX_IVR_TOKEN": ivr_token(settings),
        "SANDBOX_PAY_SECRET": sandbox_pay_secret(settings),
    }
    os.execve(sys.executable, [sys.executable, "-m", "sandbox", *words], os.environ | secrets)  # noqa: S606  no shell


@main.command(hidden=True)
@with_settings("valkey")
def valkey(settings: Settings) -> None:
    """Run the embedded Valkey."""
    from gateway.embedded_valkey import run_valkey  # noqa: PLC0415

    run_valkey(settings.valkey_socket)


@main.command()
@with_settings("seed")
def seed(settings: Settings) -> None:
    """Give the sandbox's demo people passwords and points, and fill mall and campaigns. Twice is once."""
    from gateway.seed import seed_from_sandbox  # noqa: PLC0415

    click.echo(f"{seed_from_sandbox(settings)} demo people can sign in.")


@main.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_settings("reset")
def reset(settings: Settings, *, yes: bool) -> None:
    """Forget everything that the embedded databases hold, and start over."""
    from gateway.run import only_once  # noqa: PLC0415

    folder: Path = settings.data_folder
    if settings.database_url:
        raise CannotStart(
            f"ONEHALL_DATABASE_URL is set, and without the keys in {folder} no password in that database is ever right "
            "again. Reset is for the embedded database alone."
        )
    with only_once(folder):
        if not yes:
            click.confirm(f"Everything in {folder.resolve()} will be deleted. Go on?", abort=True)
        for entry in folder.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    click.echo("Done. The next start makes everything new.")


@main.command()
@with_settings("doctor")
def doctor(settings: Settings) -> None:
    """Check the configured database, Redis, BSS and SMSC, and say what is missing."""
    from gateway.doctor import examine  # noqa: PLC0415

    sys.exit(0 if examine(settings) else 1)


@main.command()
@with_settings("migrate")
def migrate(settings: Settings) -> None:
    """Bring the database to this version's shape."""
    from gateway.migrations import upgrade_database  # noqa: PLC0415

    upgrade_database(settings.database)
    click.echo("The database has this version's shape.")


@main.command()
@click.argument("archive", type=click.Path(path_type=Path, dir_okay=False))
@with_settings("backup")
def backup(settings: Settings, archive: Path) -> None:
    """Write the database and the keys into one archive, while OneHall runs."""
    from gateway.backup import write_backup  # noqa: PLC0415

    write_backup(settings.database, settings.data_folder, archive)
    click.echo(f"Written: {archive}. It holds secrets: keep it as safe as the machine.")


@main.command()
@click.argument("archive", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Replace what is there.")
@with_settings("restore")
def restore(settings: Settings, archive: Path, *, replace: bool) -> None:
    """Put an archive's database and keys back; OneHall must not run."""
    from gateway.backup import restore_backup  # noqa: PLC0415
    from gateway.run import only_once  # noqa: PLC0415

    with only_once(settings.data_folder):
        restore_backup(settings.database, settings.data_folder, archive, replace=replace)
    click.echo("Restored.")


main.add_command(staff)
main.add_command(client)
main.add_command(audit)
main.add_command(campaign)
main.add_command(reward_items)
main.add_command(points)

if __name__ == "__main__":
    main(prog_name="onehall")
