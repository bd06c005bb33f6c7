"""How is everything that happened decided, and everything that was promised granted, whatever happens to a worker?"""

from typing import Final

from loyalty.campaign_tables import happening
from loyalty.campaigns.choosing import Choices
from loyalty.campaigns.decisions import Decisions
from loyalty.campaigns.grants import Grants
from loyalty.campaigns.live import CampaignShelf
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.rows import turns_of
from loyalty.claiming import work_on

AT_ONCE: Final = 8
"""Rows that one process works on at a time: one system that does not answer keeps no other waiting."""


class CampaignWork:
    """Claims what is due and takes it one step further; any number of workers may, at once.

    A worker that dies leaves its lease to end, and the next one asks what became of what it had asked for.
    """

    def __init__(self, bureau: Bureau, shelf: CampaignShelf, *, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._jobs = (
            (turns_of(bureau, happening), Decisions(bureau, shelf).decide),
            (turns_of(bureau), Grants(bureau, Choices(bureau, shelf)).advance),
        )

    async def work(self) -> int:
        """Works until nothing is due; how many steps it took."""
        return await work_on(self._jobs, at_once=self._at_once)
