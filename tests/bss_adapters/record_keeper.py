"""A small BSS that keeps one line's records, newest first, and can be made to fail in every way that matters here."""

import json
from asyncio import sleep
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def usage(
    record_id: str,
    at: datetime,
    *,
    kind: str = "voice",
    amount: int = 60,
    fee: str = "0",
    tariff: str = "included",
    line_id: str = "L1",
    **traits: Any,
) -> dict[str, Any]:
    """A TMF635 Usage; ``traits`` are further characteristics."""
    name = {
        "voice": "durationSeconds",
        "sms": "messageCount",
        "data": "volumeBytes",
        "valueAdded": "eventCount",
    }[kind]
    named = {name: amount, "roaming": False, "place": "广州"} | traits
    return {
        "id": record_id,
        "usageDate": at.isoformat(),
        "usageType": kind,
        "usageCharacteristic": [{"name": each, "value": value} for each, value in named.items()],
        "ratedProductUsage": [
            {"offerTariffType": tariff, "taxIncludedRatingAmount": {"unit": "CNY", "value": float(fee)}}
        ],
        "relatedParty": [{"id": line_id, "role": "line", "@referredType": "Product"}],
    }


@dataclass
class RecordKeeper:
    """Answers ``GET /usage`` over its records. ``most`` caps a page below what is asked for; ``before_page`` is called
    with the page's number (from 1) and may answer instead,
    ``pause`` before any answer."""

    records: list[dict[str, Any]] = field(default_factory=list)
    most: int = 1000
    tells_total: bool = True
    before_page: Callable[[int], Response | None] = lambda _page: None
    pause: Callable[[], Awaitable[None]] = lambda: sleep(0)
    asked: list[dict[str, str]] = field(default_factory=list)

    def keep(self, records: Iterable[dict[str, Any]]) -> None:
        """Adds records."""
        self.records += records

    @property
    def app(self) -> Starlette:
        """The BSS."""
        return Starlette(routes=[Route("/usageManagement/v4/usage", self._answer)])

    async def _answer(self, request: Request) -> Response:
        query = dict(request.query_params)
        self.asked.append(query)
        await self.pause()
        instead = self.before_page(len(self.asked))
        if instead is not None:
            return instead
        ordered = sorted(self.records, key=_order)
        keys = [_order(record)[0] for record in ordered]
        first = bisect_left(keys, datetime.fromisoformat(query["usageDate.gte"]))
        last = bisect_left(keys, datetime.fromisoformat(query["usageDate.lt"]))
        found = ordered[first:last][::-1]
        if "usageDate.lte" in query:
            until = datetime.fromisoformat(query["usageDate.lte"])
            found = [record for record in found if _order(record)[0] <= until]
        page = found[int(query.get("offset", 0)) :][: min(int(query["limit"]), self.most)]
        headers = {"X-Total-Count": str(len(found))} if self.tells_total else {}
        return Response(json.dumps(page), media_type="application/json", headers=headers)


def _order(record: dict[str, Any]) -> tuple[datetime, str]:
    return datetime.fromisoformat(record["usageDate"]).astimezone(UTC), record["id"]
