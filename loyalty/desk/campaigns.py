"""How do the operator's people see, try, propose and switch campaigns?"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.identity_ports import Deed
from graphql_schema.problems import CampaignRefused, NotFound, StillUnderWay
from graphql_schema.types.loyalty_desk import (
    CampaignCheck,
    CampaignFile,
    CampaignTrial,
    CampaignVersion,
    StandingCampaign,
)
from loyalty.campaigns.desk import CampaignDesk
from loyalty.campaigns.document import parse_campaign
from loyalty.campaigns.document_text import Fault
from loyalty.campaigns.live import CampaignShelf
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.simulation import PastHappening, Simulation, simulate
from loyalty.campaigns.uses import fetch_taken
from loyalty.campaigns.view import NOTHING_TAKEN
from loyalty.desk.campaign_words import move_into, tell_campaign, tell_faults, tell_standing, tell_trial
from loyalty.desk.past import fetch_past
from loyalty.desk.versions import (
    CampaignRow,
    fetch_rows,
    fetch_version,
    fetch_versions,
    keep_version,
    let_count,
    tell_version,
)
from loyalty.rules.campaign import Campaign
from loyalty.rules.compiling import compile_rules
from loyalty.rules.facts import Taken

TRYING_SECONDS: Final = 2
"""So long a trial looks at what happened, one at a time in a process: others want to be answered meanwhile."""

COLLEAGUE: Final = "staff:"
NOT_TRIED: Final = Fault(1, "", "not_tried")
"""Of a version that was proposed at the desk and has no trial: whoever switches on is to see what it would cost."""


class StaffCampaigns:
    """The part of ``LoyaltyDesk`` that is about campaigns."""

    def __init__(self, bureau: Bureau, shelf: CampaignShelf) -> None:
        self._bureau, self._shelf, self._desk = bureau, shelf, CampaignDesk(bureau, shelf)
        self._trying = asyncio.Lock()

    async def fetch_campaigns(self) -> Sequence[StandingCampaign]:
        """All of them, also those that were never switched on, by id."""
        async with self._bureau.reading() as connection:
            rows = await fetch_rows(connection)
            taken = await fetch_taken(connection, [each.row.id for each in rows], customer_id=None)
            return [await self._tell(connection, each, taken) for each in rows]

    async def fetch_campaign(self, campaign_id: str) -> CampaignFile:
        """One with all of its versions. Raises NotFound."""
        async with self._bureau.reading() as connection:
            versions = await fetch_versions(connection, campaign_id)
            standing = await self._find(connection, campaign_id)
        return CampaignFile(standing=standing, versions=[tell_version(row) for row in versions])

    async def check(self, document: str) -> CampaignCheck:
        """Its faults, or what it would have done last month beside those that are on. Raises BssFault; StillUnderWay
        where another is being tried."""
        others = await self._fetch_live()
        read = parse_campaign(document, beside=others)
        if isinstance(read, tuple):
            return CampaignCheck(faults=tell_faults(read), promotion=None, trial=None)
        if self._trying.locked():
            raise StillUnderWay
        trial = await self._try(read, others)
        promotion = tell_campaign(read, NOTHING_TAKEN, currency=self._bureau.rules.currency)
        return CampaignCheck(faults=[], promotion=promotion, trial=trial)

    async def propose(self, deed: Deed, document: str) -> CampaignVersion:
        """The next version of the campaign that the document names, kept with what it would have done last month. It
        waits for a trial that is under way. Raises CampaignRefused, BssFault."""
        others = await self._fetch_live()
        read = _take_good(parse_campaign(document, beside=others))
        return await keep_version(self._bureau, deed, read.id, document, await self._try(read, others))

    async def switch_on(self, deed: Deed, campaign_id: str, version: int) -> StandingCampaign:
        """Lets this version count. Raises NotFound, NeedsOtherEyes, CampaignRefused."""
        wanted = await fetch_version(self._bureau, deed, campaign_id, version)
        if wanted.trial is None and wanted.proposed_by.startswith(COLLEAGUE):
            raise CampaignRefused(faults=tell_faults([NOT_TRIED]))
        _take_good(parse_campaign(wanted.document, beside=await self._fetch_live()))
        await let_count(self._bureau, deed, campaign_id, version)
        return await self._fetch_one(campaign_id)

    async def switch_off(self, deed: Deed, campaign_id: str) -> StandingCampaign:
        """At once. Raises NotFound."""
        try:
            await self._desk.switch(campaign_id, on=False, by=deed.caller.actor)
        except LookupError:
            raise NotFound from None
        return await self._fetch_one(campaign_id)

    async def _try(self, read: Campaign, others: Sequence[Campaign]) -> CampaignTrial:
        """One at a time."""
        beside = [each for each in others if each.id != read.id and each.kinds & read.kinds]
        async with self._trying:
            past = await fetch_past(self._bureau, [read, *beside], read.kinds)
            simulated = await asyncio.to_thread(_simulate, (move_into(read, past), *beside), past.build())
        return tell_trial(read, past, simulated, currency=self._bureau.rules.currency)

    async def _fetch_live(self) -> list[Campaign]:
        async with self._bureau.reading() as connection:
            return list((await self._shelf.fetch_live(connection)).campaigns.values())

    async def _fetch_one(self, campaign_id: str) -> StandingCampaign:
        async with self._bureau.reading() as connection:
            return await self._find(connection, campaign_id)

    async def _find(self, connection: AsyncConnection, campaign_id: str) -> StandingCampaign:
        for found in await fetch_rows(connection, campaign_id):
            return await self._tell(connection, found, await fetch_taken(connection, [campaign_id], customer_id=None))
        raise NotFound

    async def _tell(
        self, connection: AsyncConnection, found: CampaignRow, taken: Mapping[str, Taken]
    ) -> StandingCampaign:
        campaign_id, version = found.row.id, found.row.version or found.newest.version
        shown = await self._shelf.fetch_version(connection, campaign_id, version)
        currency = self._bureau.rules.currency
        return tell_standing(found, shown, taken.get(campaign_id, NOTHING_TAKEN), currency=currency)


def _take_good(read: Campaign | tuple[Fault, ...]) -> Campaign:
    if isinstance(read, tuple):
        raise CampaignRefused(faults=tell_faults(read))
    return read


def _simulate(campaigns: Sequence[Campaign], happenings: Iterable[PastHappening]) -> Simulation:
    """In a thread of its own, so that nobody else waits for it."""
    return simulate(compile_rules(campaigns), _take_in_time(happenings, TRYING_SECONDS))


def _take_in_time(happenings: Iterable[PastHappening], seconds: float) -> Iterator[PastHappening]:
    """Those that there is time for."""
    until = time.monotonic() + seconds
    for each in happenings:
        if time.monotonic() >= until:
            return
        yield each
