"""TMF679 v4 Product Offering Qualification: what would a change of a line do?"""

from functools import partial
from typing import Any

from bss_adapters.tmf.call import query_call
from bss_adapters.tmf.change_item import party_of_line, write_item, write_start
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.qualification_word import UNKNOWN, parse_qualified
from bss_adapters.tmf.reading import Reading
from bss_adapters.tmf.written import unknown_word
from graphql_schema.client import Channel
from graphql_schema.order_ports import Qualified, WantedChange
from graphql_schema.problems import NotFound

_PATH = "/productOfferingQualification/v4/productOfferingQualification"


class TmfQualifications:
    """Port ``Qualifications`` over TMF679: asked anew each time, because a price of before binds nobody."""

    def __init__(self, client: TmfClient, *, currency: str = "CNY") -> None:
        self._client = client
        self._currency = currency

    async def preview(self, line_id: str, wanted: WantedChange, *, channel: Channel) -> Qualified:
        """What the change would do, or every reason against it. Raises NotFound, BssFault ``qualification_*``."""
        call = query_call("qualification", _PATH, self._write(line_id, wanted, channel), may_be_refused=True)
        answer = await self._client.fetch(call)
        if answer.refusal in UNKNOWN:
            raise NotFound
        if answer.refusal:
            raise unknown_word("qualification", answer)
        parse = partial(parse_qualified, line_id=line_id, wanted=wanted, currency=self._currency)
        return parse(Reading((answer.json,), answer.as_of, stale=False))

    def _write(self, line_id: str, wanted: WantedChange, channel: Channel) -> dict[str, Any]:
        item = write_item(line_id, wanted, system="qualification")
        start = write_start(wanted, now=self._client.clock.now())
        return {
            "instantSyncQualification": True,
            "provideUnavailabilityReason": True,
            "channel": {"id": channel.value},
            "relatedParty": [party_of_line(line_id)],
            "productOfferingQualificationItem": [item | ({"expectedActivationDate": start} if start else {})],
        }
