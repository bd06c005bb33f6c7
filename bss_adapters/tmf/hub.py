"""TMF635 v4 Usage Management: how does the BSS learn where to send usage events?"""

from bss_adapters.tmf.call import Call, plain_id
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.wire import Wire

_PATH = "/usageManagement/v4/hub"


class TmfHub:
    """Our one registration at the BSS's hub. Who calls keeps the id, so that a restart does not register twice."""

    def __init__(self, client: TmfClient, *, callback: str, query: str = "eventType=UsageCreateEvent") -> None:
        self._client = client
        self._callback = callback
        self._query = query

    async def register(self, *, previous_id: str | None = None) -> str:
        """Registers the callback anew and returns its id; an earlier registration is ended first.

        Calling it again with the id it returned renews. A lost answer can leave a second registration behind: events
        then come twice, which their ids tell. Raises BssFault ``usage_*``; it is sent once and never retried.
        """
        if previous_id is not None:
            await self.unregister(previous_id)
        body = {"callback": self._callback, "query": self._query}
        answer = await self._client.fetch(Call(system="usage", path=_PATH, method="POST", body=body))
        return Wire(answer.json, system="usage", currency="").text("id")

    async def unregister(self, registration_id: str) -> None:
        """Ends a registration; one that is gone already is no error. Raises BssFault ``usage_*``."""
        path = f"{_PATH}/{plain_id(registration_id, system='usage')}"
        await self._client.fetch(Call(system="usage", path=path, method="DELETE", repeatable=True, may_be_absent=True))
