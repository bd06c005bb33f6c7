"""How do operations let deeds rest?"""

from datetime import datetime
from typing import Annotated

import strawberry

from graphql_schema.context import Context
from graphql_schema.mutations.answers import Always
from graphql_schema.mutations.once import under_way
from graphql_schema.order_ports import WantedSwitch
from graphql_schema.problems import BadArgument
from graphql_schema.types.deed_switch import ServiceNotice
from graphql_schema.types.refusal import NotFound
from graphql_schema.types.word import word

REASON_CHARACTERS = range(2, 101)
DEEDS = range(1, 51)
Info = strawberry.Info[Context, None]


@word
class DeedsGoOn:
    """The deeds of this notice can be done again."""

    notice_id: str


@strawberry.input
class RestDeedsInput:
    """Which deeds (names of the graph, ``*``: all of customers) rest from when until when (null: further notice), and
    what customers are told (2-100 characters)."""

    idempotency_key: str
    deeds: list[str]
    begins_at: datetime
    ends_at: datetime | None = None
    reason_zh: str
    reason_en: str


@strawberry.input
class EndRestInput:
    """Which notice ends."""

    idempotency_key: str
    notice_id: strawberry.ID


RestDeedsResult = Annotated[ServiceNotice | Always, strawberry.union("RestDeedsResult")]
EndRestResult = Annotated[DeedsGoOn | NotFound | Always, strawberry.union("EndRestResult")]


@strawberry.type
class DeedSwitchDeeds:
    """Deeds on deeds."""

    @strawberry.mutation
    async def rest_deeds(self, info: Info, input: RestDeedsInput) -> RestDeedsResult:
        """Lets deeds rest, in every channel, now or in a planned window."""
        for name, words in (("reasonZh", input.reason_zh), ("reasonEn", input.reason_en)):
            if len(words) not in REASON_CHARACTERS or not words.isprintable():
                raise BadArgument(name=name, least=REASON_CHARACTERS.start, most=REASON_CHARACTERS.stop - 1)
        if len(input.deeds) not in DEEDS:
            raise BadArgument(name="deeds", least=DEEDS.start, most=DEEDS.stop - 1)
        if input.begins_at.tzinfo is None or (input.ends_at is not None and input.ends_at.tzinfo is None):
            raise BadArgument(name="beginsAt")
        if input.ends_at is not None and input.ends_at <= input.begins_at:
            raise BadArgument(name="endsAt")
        under_way().note = ",".join(input.deeds)[:100]
        wanted = WantedSwitch(
            deeds=tuple(input.deeds),
            begins_at=input.begins_at,
            ends_at=input.ends_at,
            reason_zh=input.reason_zh,
            reason_en=input.reason_en,
        )
        return await info.context.facts.ports.switches.switch_off(under_way().deed, wanted)

    @strawberry.mutation
    async def end_rest(self, info: Info, input: EndRestInput) -> EndRestResult:
        """The deeds go on at once."""
        await info.context.facts.ports.switches.end(under_way().deed, input.notice_id)
        return DeedsGoOn(notice_id=input.notice_id)
