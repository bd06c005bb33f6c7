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
        """Registers the callback anew and returns its id; the registration before is ended afterwards.

        Calling it again with the id it returned renews. In that order an event may come twice, which its id tells, but
        none falls between; a lost answer can leave a second registration behind, which does the same. Raises BssFault
        ``usage_*``; registering is sent once and never retried.
        """
        body = {"callback": self._callback, "query": self._query}
        answer = await self._client.fetch(Call(system="usage", path=_PATH, method="POST", body=body))
        registered_id = Wire(answer.json, system="usage", currency="").text("id")
        if previous_id is not None and previous_id != registered_id:
            await self.unregister(previous_id)
        return registered_id

    async def unregister(self, registration_id: str) -> None:
        """Ends a registration; one that is gone already is no error. Raises BssFault ``usage_*``."""
        path = f"{_PATH}/{plain_id(registration_id, system='usage')}"
        await self._client.fetch(Call(system="usage", path=path, method="DELETE", repeatable=True, may_be_absent=True))
