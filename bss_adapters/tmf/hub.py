"""TMF622, TMF635, TMF637 and TMF678 v4: how does the BSS learn where to send events of orders, usage, lines, bills?"""

from collections.abc import Sequence
from dataclasses import dataclass

from bss_adapters.tmf import bill_event, line_event, order_event
from bss_adapters.tmf.call import Call, plain_id
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.wire import Wire


@dataclass(frozen=True, slots=True)
class Wanted:
    """Events that we want of one system: where its hub is, and the types."""

    system: str
    path: str
    events: Sequence[str]


USAGE = Wanted("usage", "/usageManagement/v4/hub", ("UsageCreateEvent",))
LINES = Wanted("line", "/productInventory/v4/hub", line_event.EVENTS)
BILLS = Wanted("bill", "/customerBillManagement/v4/hub", (bill_event.EVENT,))
ORDERS = Wanted("order", "/productOrderingManagement/v4/hub", (order_event.EVENT,))


class TmfHub:
    """Our one registration at a hub of the BSS. Who calls keeps the id, so that a restart does not register twice."""

    def __init__(self, client: TmfClient, *, callback: str, wanted: Wanted = USAGE) -> None:
        self._client = client
        self._callback = callback
        self._wanted = wanted

    async def register(self) -> str:
        """Registers the callback and returns the registration's id. Raises BssFault of the system.

        It is sent once and never retried: a lost answer can leave a second registration behind, which tells the same
        events again; usage and bills are told apart by their ids, and a line may be looked at twice.
        """
        body = {"callback": self._callback, "query": f"eventType={','.join(self._wanted.events)}"}
        system, path = self._wanted.system, self._wanted.path
        answer = await self._client.fetch(Call(system=system, path=path, method="POST", body=body))
        return Wire(answer.json, system=system, currency="").text("id")

    async def unregister(self, registration_id: str) -> None:
        """Ends a registration; one that is gone already is no error. Raises BssFault of the system."""
        system = self._wanted.system
        path = f"{self._wanted.path}/{plain_id(registration_id, system=system)}"
        await self._client.fetch(Call(system=system, path=path, method="DELETE", repeatable=True, may_be_absent=True))
