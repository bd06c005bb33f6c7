"""TMF637 v4 Product Inventory: which lines are there, and how do they stand?"""

import asyncio
from collections.abc import Callable
from functools import partial

from bss_adapters.tmf.call import is_plain_id, read_call
from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.kept_reading import keys_of_line
from bss_adapters.tmf.line_product import (
    LINE_SPECIFICATIONS,
    LIVING_STATUSES,
    parse_found_lines,
    parse_line_by_id,
    parse_living_lines,
)
from bss_adapters.tmf.package import name_package, package_question
from bss_adapters.tmf.reading import Question, Reading, reading_key
from graphql_schema.ports import BssFault
from graphql_schema.types.line import Line
from graphql_schema.types.package import Package

PRODUCTS = "/productInventory/v4/product"
LINES_MOST = 200
"""Of one customer or account. A company has more: for those nobody is shown a list of all."""
_IS_LINE = {"productSpecification.id": ",".join(LINE_SPECIFICATIONS)}


class TmfLines:
    """Port ``Lines`` over TMF637, with names from the catalogue."""

    def __init__(self, client: TmfClient, catalogue: TmfCatalogue, *, currency: str = "CNY") -> None:
        self._client = client
        self._catalogue = catalogue
        self._currency = currency

    async def find_line(self, number: str) -> Line | None:
        """The line that has this number now, or None. Raises BssFault ``line_*``."""
        if not is_plain_id(number):
            return None
        question: Question[Line] = Question(
            system="line",
            key=_number_key(number),
            ask=partial(self._client.ask_once, read_call("line", PRODUCTS, {"productSerialNumber": number} | _IS_LINE)),
            parse=partial(parse_found_lines, number=number, currency=self._currency),
        )
        return await self._client.read_if_any(question)

    async def fetch_line(self, line_id: str) -> Line | None:
        """The line with this id, or None. Raises BssFault ``line_*``."""
        if not is_plain_id(line_id):
            return None
        return await self._client.read_if_any(self._line_question(line_id))

    async def fetch_lines_of_customer(self, customer_id: str) -> list[Line]:
        """The living lines that this customer has signed for, by number; at most 200. Raises BssFault ``line_*``."""
        parse = partial(parse_living_lines, customer_id=customer_id, currency=self._currency)
        return await self._fetch_living(_customer_key(customer_id), {"relatedParty.id": customer_id}, parse)

    async def fetch_lines_of_account(self, account_id: str) -> list[Line]:
        """The living lines that this account pays for, by number; at most 200. Raises BssFault ``line_*``."""
        parse = partial(parse_living_lines, account_id=account_id, currency=self._currency)
        return await self._fetch_living(_account_key(account_id), {"billingAccount.id": account_id}, parse)

    async def fetch_packages(self, line_id: str) -> list[Package]:
        """The plan first, then the add-ons by start; ended ones are left out. Raises BssFault ``line_*``."""
        question = package_question(self._client, line_id, currency=self._currency)
        names, packages = await asyncio.gather(self._catalogue.fetch_names(), self._client.read(question))
        return [name_package(package, names) for package in packages]

    async def outdate(self, line_id: str) -> None:
        """Something about the line changed: whatever shows it comes from the BSS next time. Never fails.

        Where it was found before, and where it is found now: a line can change its number, its account and its holder.
        """
        if not is_plain_id(line_id):
            return
        readings, question = self._client.readings, self._line_question(line_id)
        former = await readings.last_known(question)
        await readings.outdate(*keys_of_line(line_id))
        try:
            present = await self.fetch_line(line_id)
        except BssFault:
            present = None
        for line in filter(None, (former, present)):
            await readings.outdate(
                _number_key(line.number), _customer_key(line.customer_id), _account_key(line.account_id)
            )

    def _line_question(self, line_id: str) -> Question[Line]:
        return Question(
            system="line",
            key=reading_key("line", "id", line_id),
            ask=partial(self._client.ask_once, read_call("line", f"{PRODUCTS}/{line_id}", may_be_absent=True)),
            parse=partial(parse_line_by_id, line_id=line_id, currency=self._currency),
        )

    async def _fetch_living(
        self, key: str, query: dict[str, str], parse: Callable[[Reading], list[Line]]
    ) -> list[Line]:
        if not all(is_plain_id(value) for value in query.values()):
            return []
        asked = {**query, **_IS_LINE, "status": ",".join(LIVING_STATUSES), "limit": str(LINES_MOST)}
        ask = partial(self._client.ask_once, read_call("line", PRODUCTS, asked))
        return await self._client.read(Question(system="line", key=key, ask=ask, parse=parse))


def _number_key(number: str) -> str:
    return reading_key("line", "number", number)


def _customer_key(customer_id: str) -> str:
    return reading_key("line", "customer", customer_id)


def _account_key(account_id: str) -> str:
    return reading_key("line", "account", account_id)
