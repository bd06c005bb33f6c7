"""A small BSS that keeps one order for an externalId and one action for a key, and whose wires break when told to."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.bss_adapters import deal_bodies as wire

Break = Callable[[httpx.Request], None]


def lose_line(_: httpx.Request) -> None:
    raise httpx.ReadError("the line was lost")


def time_out(_: httpx.Request) -> None:
    raise TimeoutError


def pass_on(_: httpx.Request) -> None:
    """Nothing breaks."""


@dataclass
class DealDesk(httpx.AsyncBaseTransport):
    """``lists`` answers a GET of a path's last part, ``answers`` a POST of one instead of what the desk does. Of each
    POST in turn something may break ``before`` or ``after`` it counts."""

    lists: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, httpx.Response] = field(default_factory=dict)
    orders: list[dict[str, Any]] = field(default_factory=list)
    actions: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: list[httpx.Request] = field(default_factory=list)
    asked: list[httpx.URL] = field(default_factory=list)
    before: list[Break] = field(default_factory=list)
    after: list[Break] = field(default_factory=list)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was posted, read."""
        return [json.loads(post.read()) for post in self.posts]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        kind = request.url.path.rpartition("/")[2]
        if request.method == "GET":
            self.asked.append(request.url)
            return httpx.Response(200, json=self._list(kind, dict(request.url.params)))
        await request.aread()
        self.posts.append(request)
        _next_of(self.before)(request)
        answer = self.answers.get(kind) or httpx.Response(201, json=self._keep(kind, request))
        _next_of(self.after)(request)
        return answer

    def _list(self, kind: str, query: dict[str, str]) -> Any:
        if kind in self.lists:
            return self.lists[kind]
        if kind == "productOrder":
            wanted = query.get("externalId")
            return [each for each in self.orders if wanted in {None, each["externalId"]}]
        if kind == "bucket":
            account = query["partyAccount.id"]
            return [
                {
                    "id": f"{account}-own",
                    "name": "own",
                    "status": "active",
                    "partyAccount": {"id": account},
                    "remainingValue": {"amount": 100, "units": "CNY"},
                }
            ]
        return [each for each in self.actions.values() if each["description"] == query["description"]]

    def _keep(self, kind: str, request: httpx.Request) -> dict[str, Any]:
        asked = json.loads(request.read())
        if kind == "cancelProductOrder":
            (order,) = (each for each in self.orders if each["id"] == asked["productOrder"]["id"])
            order["state"] = "cancelled"
            return {"id": "C1", "state": "done"}
        if kind == "productOrder":
            same = [each for each in self.orders if each["externalId"] == asked["externalId"]]
            if not same:
                kept = {name: asked[name] for name in ("externalId", "category", "channel", "relatedParty")}
                same = [wire.ORDER | kept | {"id": f"PO-{len(self.orders) + 1}"}]
                self.orders += same
            return same[0]
        owner = {"partyAccount": {"id": asked["bucket"]["id"].removesuffix("-own")}}
        done = owner | asked | {"status": "completed", "confirmationDate": wire.TOP_UP["confirmationDate"]}
        return self.actions.setdefault(request.headers["idempotency-key"], done)


def _next_of(breaks: list[Break]) -> Break:
    return breaks.pop(0) if breaks else pass_on
