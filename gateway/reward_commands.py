"""What can the operator tell rewards to do from a shell: campaigns, the mall's items, the check of the ledger?"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from gateway.command_line import with_settings
from gateway.processes import CannotStart
from gateway.settings import Settings
from graphql_schema.ports import BssFault
from loyalty.campaigns.document import parse_campaign
from loyalty.campaigns.document_text import Fault
from loyalty.rules.campaign import Campaign

if TYPE_CHECKING:  # `onehall --help` need not load everything
    from gateway.rewards import Rewards
    from graphql_schema.types.loyalty_desk import CampaignTrial

T = TypeVar("T")
BY = "system:shell"
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def campaign() -> None:
    """Campaigns: what earns which rewards (TMF671)."""


@campaign.command("check")
@click.argument("file", type=FILE)
@with_settings("campaign")
def check_campaign(settings: Settings, *, file: Path) -> None:
    """Read a document beside the campaigns that are on, and name every fault by its line. Exit code 1: there are."""
    document = _read(file)
    read = _run(settings, lambda rewards: _parse(rewards, document))
    _end_with_faults(file, read)
    click.echo(f"{file} can be put in.")


@campaign.command("try")
@click.argument("file", type=FILE)
@with_settings("campaign")
def try_campaign(settings: Settings, *, file: Path) -> None:
    """Tell what a document would have done last month beside the campaigns that are on; nothing is kept."""
    document = _read(file)

    async def try_out(rewards: "Rewards") -> "CampaignTrial | tuple[Fault, ...]":
        read = await _parse(rewards, document)
        if isinstance(read, tuple):
            return read
        checked = await rewards.desk.check(document)
        if checked.trial is None:
            raise CannotStart(f"{file} can't be put in any more: check it again")
        return checked.trial

    try:
        trial = _run(settings, try_out)
    except BssFault as fault:
        raise CannotStart(f"nobody says who the customers are: {fault.code}") from fault
    _end_with_faults(file, trial)
    for name, figure in () if isinstance(trial, tuple) else _tell_trial(trial):
        click.echo(f"{name}\t{figure}")


@campaign.command("put")
@click.argument("file", type=FILE)
@with_settings("campaign")
def put_campaign(settings: Settings, *, file: Path) -> None:
    """Keep a document as its campaign's next version. A new campaign is off; of one that is on it counts at once."""
    document = _read(file)

    async def put(rewards: "Rewards") -> tuple[str, int] | tuple[Fault, ...]:
        read = await _parse(rewards, document)
        if isinstance(read, tuple):
            return read
        return read.id, await rewards.campaigns.put_campaign(read, document, by=BY)

    answer = _run(settings, put)
    _end_with_faults(file, answer)
    click.echo(f"{answer[0]} has version {answer[1]}.")


@campaign.command("on")
@click.argument("campaign_id")
@with_settings("campaign")
def switch_on(settings: Settings, *, campaign_id: str) -> None:
    """Let a campaign run."""
    _switch(settings, campaign_id, on=True)


@campaign.command("off")
@click.argument("campaign_id")
@with_settings("campaign")
def switch_off(settings: Settings, *, campaign_id: str) -> None:
    """Let it grant nothing any more, at once. What it promised still comes."""
    _switch(settings, campaign_id, on=False)


@campaign.command("list")
@with_settings("campaign")
def list_campaigns(settings: Settings) -> None:
    """Show every campaign with what was taken of it."""
    for each in _run(settings, lambda rewards: rewards.campaigns.fetch_standings()):
        budget = "-" if each.budget_fen is None else f"{each.budget_fen / 100:.2f}"
        state, cost = "on" if each.is_on else "off", f"{each.cost_fen / 100:.2f}"
        click.echo("\t".join((each.campaign.id, f"v{each.campaign.version}", state, str(each.count), cost, budget)))


@click.group("rewards")
def reward_items() -> None:
    """The mall: what points can buy."""


@reward_items.command("load")
@click.argument("file", type=FILE)
@with_settings("rewards")
def load_items(settings: Settings, *, file: Path) -> None:
    """Put the items of a TOML file there whose codes are not there yet; the desk changes the others."""
    from loyalty.rewards.item_file import BadItemsError, parse_items  # noqa: PLC0415  --help need not load it

    try:
        items = parse_items(_read(file))
    except BadItemsError as bad:
        raise CannotStart(f"{file}, {bad}") from bad
    new = _run(settings, lambda rewards: rewards.shelf.load_items(items))
    click.echo(f"{new} of {len(items)} items are new.")


@click.group()
def points() -> None:
    """The ledger of points."""


@points.command("audit")
@with_settings("points")
def audit_points(settings: Settings) -> None:
    """Compare every account with its postings, lots and holds, and name each that differs. Exit code 1: one does."""
    from loyalty.points.audit import Difference, audit  # noqa: PLC0415

    async def compare(rewards: "Rewards") -> list[Difference]:
        return [each async for each in audit(rewards.mall_rows.reading)]

    differences = _run(settings, compare)
    for each in differences:
        click.echo(f"{each.account}\t{each.what}\tkept {each.kept}\tsummed {each.summed}", err=True)
    if differences:
        sys.exit(1)
    click.echo("Every account is the sum of its postings.")


def _switch(settings: Settings, campaign_id: str, *, on: bool) -> None:
    async def switch(rewards: "Rewards") -> bool:
        return await rewards.campaigns.switch(campaign_id, on=on, by=BY)

    try:
        changed = _run(settings, switch)
    except LookupError as none:
        raise CannotStart(str(none)) from none
    click.echo(f"{campaign_id} is {'on' if on else 'off'}{'' if changed else ' already'}.")


def _tell_trial(trial: "CampaignTrial") -> Iterator[tuple[str, object]]:
    """One figure a line; ``-``: no end, or it lasted."""
    yield "month", f"{trial.month:%Y-%m}"
    yield "happenings", "-" if trial.happenings is None else trial.happenings
    yield "looked at", trial.looked_at
    yield "grants", trial.grants
    yield "winners", trial.winners
    yield "cost", f"{trial.cost.amount:.2f}"
    yield "budget", "-" if trial.budget is None else f"{trial.budget.amount:.2f}"
    yield "budget ended", "-" if trial.budget_ended_at is None else trial.budget_ended_at.isoformat()
    for each in trial.rewards:
        yield each.key, each.given


async def _parse(rewards: "Rewards", document: str) -> Campaign | tuple[Fault, ...]:
    standings = await rewards.campaigns.fetch_standings()
    return parse_campaign(document, beside=[each.campaign for each in standings if each.is_on])


def _end_with_faults(file: Path, answer: object) -> None:
    """Says what is wrong with the document and ends, where that is the answer."""
    faults = [each for each in answer if isinstance(each, Fault)] if isinstance(answer, tuple) else []
    for fault in faults:
        said = " ".join(f"{name}={value}" for name, value in fault.parameters)
        words = filter(None, (f"{file}:{fault.line}:", fault.pointer, fault.code, said))  # no pointer: the whole text
        click.echo(" ".join(words), err=True)
    if faults:
        sys.exit(1)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"{file} can't be read as UTF-8 text") from error


def _run(settings: Settings, deed: Callable[["Rewards"], Awaitable[T]]) -> T:
    """Does it with the house's rewards, over a database that has this version's shape."""
    from gateway.migrations import upgrade_database  # noqa: PLC0415
    from gateway.wiring import open_hall  # noqa: PLC0415

    async def work() -> T:
        async with open_hall(settings) as hall:
            return await deed(hall.rewards)

    upgrade_database(settings.database)
    return asyncio.run(work())
