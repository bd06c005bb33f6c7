"""How does a command get its settings, and say what a person can mend?"""

import functools
import os
from collections.abc import Callable
from typing import Any

import click

from gateway.database import DatabaseFault
from gateway.processes import CannotStart, check_folder_is_writable
from gateway.settings import BadSettings, load_settings
from gateway.telemetry import configure_logging, configure_tracing


class Hall(click.Group):
    """Turns the faults that a person can mend into one line and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  click's own signature
        """Runs the command; CannotStart, BadSettings and a database that does not answer end as one clear line."""
        try:
            return super().invoke(ctx)
        except (CannotStart, BadSettings) as fault:
            said = str(fault)
        except DatabaseFault as fault:
            said = f"the database does not answer ({fault}). Check ONEHALL_DATABASE_URL."
        click.echo(f"onehall: {said}", err=True)
        return ctx.exit(2)


def with_settings(process: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the settings, and its process logs and traces under this name."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def started(**arguments: Any) -> None:  # noqa: ANN401  whatever options the command has
            os.umask(0o077)  # databases, keys, logs: whatever a process makes is its user's alone
            settings = load_settings()
            log_format = "text" if process == "run" else settings.log_format  # a person looks on
            configure_logging(level=settings.log_level, log_format=log_format, process=process)
            configure_tracing(settings.otlp_endpoint, process=process)
            check_folder_is_writable(settings.data_folder)
            command(settings, **arguments)

        return started

    return decorate
