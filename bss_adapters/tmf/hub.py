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

    async def register(self) -> str:
        """Registers the callback and returns the registration's id. Raises BssFault ``usage_*``.

        It is sent once and never retried: a lost answer can leave a second registration behind, which tells the same
        events again; their ids say so.
        """
        body = {"callback": self._callback, "query": self._query}
        answer = await self._client.fetch(Call(system="usage", path=_PATH, method="POST", body=body))
        return Wire(answer.json, system="usage", currency="").text("id")

    async def unregister(self, registration_id: str) -> None:
        """Ends a registration; one that is gone already is no error. Raises BssFault ``usage_*``."""
        path = f"{_PATH}/{plain_id(registration_id, system='usage')}"
        await self._client.fetch(Call(system="usage", path=path, method="DELETE", repeatable=True, may_be_absent=True))
