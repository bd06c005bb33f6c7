"""Which readings does an event outdate, and whose?"""

import asyncio
import time

from bss_adapters.tmf.account import TmfAccounts
from bss_adapters.tmf.bill import TmfBills
from bss_adapters.tmf.line import TmfLines
from bss_adapters.tmf.usage import TmfUsage
from bss_adapters.tmf.usage_history import TmfUsageHistory
from graphql_schema.ports import BssFault, answering_by
from graphql_schema.types.usage_event import UsageEvent

LINE_WITHIN_SECONDS = 1.0
"""To learn which account a fee goes to. After that a fee shows when the account's reading ages."""


class UseEffects:
    """Sees to it that after an event all that it changed is read anew together, as of the same moment."""

    def __init__(
        self,
        lines: TmfLines,
        usage: TmfUsage,
        accounts: TmfAccounts,
        bills: TmfBills,
        history: TmfUsageHistory | None = None,
    ) -> None:
        """Without ``history`` a month's use shows a new one when its reading ages."""
        self._lines = lines
        self._usage = usage
        self._accounts = accounts
        self._bills = bills
        self._history = history

    async def outdate(self, event: UsageEvent) -> frozenset[str]:
        """Outdates the allowances of every line that holds one of the used buckets, the month of the line that used
        them, and the money if there was a fee.

        Answers the lines that see a change: the using one, and those that share. Never fails.
        """
        lines, _, _ = await asyncio.gather(
            self._usage.outdate(event.line_id, (bucket_id for bucket_id, _ in event.consumption)),
            self._outdate_money(event),
            self._outdate_month(event),
        )
        return lines

    async def outdate_line(self, line_id: str) -> None:
        """Outdates how a line stands, what it holds, and the lists that it stands in. Never fails."""
        await self._lines.outdate(line_id)

    async def _outdate_month(self, event: UsageEvent) -> None:
        if self._history is not None:
            await self._history.outdate(event.line_id, event.at)

    async def _outdate_money(self, event: UsageEvent) -> None:
        if not event.fee.amount:
            return
        with answering_by(time.monotonic() + LINE_WITHIN_SECONDS):
            try:
                line = await self._lines.fetch_line(event.line_id)
            except BssFault:
                return
            if line is not None:
                await asyncio.gather(
                    self._accounts.outdate_balance(line.account_id),
                    self._bills.outdate_current_charges(line.account_id),
                )
