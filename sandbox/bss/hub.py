"""Who hears of what happens, and how surely?"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import uuid4

import httpx

from sandbox.bss.store import Store, Subscription
from sandbox.bss.tmf.wire import render_body
from sandbox.trusted_roots import trusted_roots

_LOG = logging.getLogger(__name__)
_FIRST_PAUSE_SECONDS: Final = 0.2
_LONGEST_PAUSE_SECONDS: Final = 15.0
_NEVER_WANTED: Final = frozenset({400, 413, 422})
"""The listener read the event and will never take it; anything else is tried again."""


class Hub:
    """Delivers events to subscribers: each in order, until the listener takes it. What is under way stands in the
    store,
    so a restart loses nothing; an event may arrive twice (same eventId) if the listener's answer was lost."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._couriers: dict[str, asyncio.Task[None]] = {}
        self._news: dict[str, asyncio.Event] = {}
        self._client: httpx.AsyncClient | None = None

    async def start(self) -> None:
        """Starts delivering, what was left over first."""
        self._client = httpx.AsyncClient(verify=trusted_roots(), timeout=10, trust_env=False)
        for subscription in self._store.subscriptions():
            self._dispatch(subscription)

    async def stop(self) -> None:
        """Stops delivering; what is under way stays in the store."""
        couriers = list(self._couriers.values())
        self._couriers.clear()
        for courier in couriers:
            courier.cancel()
        await asyncio.gather(*couriers, return_exceptions=True)
        if self._client:
            await self._client.aclose()
        self._client = None

    def subscribe(self, api: str, callback: str, query: str) -> Subscription:
        """Someone wants the events of an API from now on. The same wish again is the same subscription."""
        subscription = self._store.subscribe(Subscription(uuid4().hex, api, callback.rstrip("/"), query))
        self._dispatch(subscription)
        return subscription

    def unsubscribe(self, api: str, id_: str) -> bool:
        """Someone has heard enough; False if nobody has this id."""
        found = self._store.unsubscribe(api, id_)
        self._news.pop(id_, None)
        if found and (courier := self._couriers.pop(id_, None)):
            courier.cancel()
        return found

    def is_heard(self, api: str, event_type: str) -> bool:
        """Whether anyone wants events of this type."""
        return bool(self._listeners(api, event_type))

    def announce(self, api: str, event_type: str, event_time: str, event: Mapping[str, Any], **progress: int) -> None:
        """Puts an event on its way to everyone who wants it. ``progress`` is remembered in the store together with it,
        so that one who tells a series goes on after a restart where it stopped."""
        listeners = self._listeners(api, event_type)
        if not listeners:
            self._store.remember(**progress)
            return
        body = {"eventId": uuid4().hex, "eventTime": event_time, "eventType": event_type, "event": event}
        text = render_body(body).decode()
        name = event_type[0].lower() + event_type[1:]
        self._store.queue([(subscription.id, name, text) for subscription in listeners], **progress)
        for subscription in listeners:
            self._dispatch(subscription)

    def _listeners(self, api: str, event_type: str) -> list[Subscription]:
        return [s for s in self._store.subscriptions() if s.api == api and _wants(s.query, event_type)]

    def _dispatch(self, subscription: Subscription) -> None:
        self._news.setdefault(subscription.id, asyncio.Event()).set()
        if self._client and subscription.id not in self._couriers:
            self._couriers[subscription.id] = asyncio.create_task(self._deliver(self._client, subscription))

    async def _deliver(self, client: httpx.AsyncClient, subscription: Subscription) -> None:
        pause_seconds = _FIRST_PAUSE_SECONDS
        while True:
            self._news[subscription.id].clear()
            for delivery in self._store.next_deliveries(subscription.id):
                if not await _post(client, f"{subscription.callback}/listener/{delivery.listener}", delivery.body):
                    await asyncio.sleep(pause_seconds)
                    pause_seconds = min(pause_seconds * 2, _LONGEST_PAUSE_SECONDS)
                    self._news[subscription.id].set()
                    break
                self._store.delivered(delivery.id)
                pause_seconds = _FIRST_PAUSE_SECONDS
                self._news[subscription.id].set()  # there may be more than one batch
            await self._news[subscription.id].wait()


def check_query(query: str) -> bool:
    """Whether a subscription's query is one that is understood: nothing, or ``eventType=A,B``."""
    return not query or set(parse_qs(query, strict_parsing=False)) == {"eventType"}


def _wants(query: str, event_type: str) -> bool:
    return not query or event_type in parse_qs(query)["eventType"][0].split(",")


async def _post(client: httpx.AsyncClient, address: str, body: str) -> bool:
    """Whether the event is off our hands."""
    try:
        answer = await client.post(address, content=body, headers={"content-type": "application/json"})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        _LOG.info("listener %s: %s", address, error)
        return False
    if answer.status_code in _NEVER_WANTED:
        _LOG.warning("listener %s refused an event for good: %s", address, answer.status_code)
        return True
    return answer.is_success
