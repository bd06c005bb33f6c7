"""Which hall do the tests of points by text ask: the real graph over a fake operator, as one line?"""

from dataclasses import dataclass, field
from datetime import timedelta

from channels.sms.hall import SmsHall, load_hall_grammar
from channels.sms.wording import Wording
from gateway.graph import HallGraph
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, Evidence, Turned
from graphql_schema.problems import NotFound
from tests.channels.sms.test_identity import Door, Notebook
from tests.fakes.loyalty_ports import FakeLoyalty
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss

GRAMMAR, WORDING = load_hall_grammar(), Wording({"zh": "一厅", "en": "OneHall"})


@dataclass
class LineDoor(Door):
    """Lets the fake operator's line in at level 1, and a stranger as nobody."""

    async def admit(self, evidence: Evidence, channel: Channel) -> Admitted | Turned:
        return Admitted(Caller(channel) if self.stranger else Caller(channel, LINE_ID, NUMBER, assurance=1))


@dataclass
class RewardScene:
    """A dialogue with the hall; ``loyalty`` is what the line has."""

    loyalty: FakeLoyalty = field(default_factory=FakeLoyalty)

    def __post_init__(self) -> None:
        self.bss = FakeBss(loyalty=self.loyalty)
        self.bss.identity.helpers = []
        self.bss.identity.refuse("answer", NotFound())
        self.door, self.notebook, self.now, self.messages, self.secret = (
            LineDoor(),
            Notebook(),
            self.bss.now(),
            0,
            False,
        )
        graph = HallGraph(self.bss.ports(), (), deadline_seconds=10, open_documents=True)
        self.hall = SmsHall(graph, self.door, self.notebook, grammar=GRAMMAR, wording=WORDING, clock=lambda: self.now)

    async def text(self, *words: str) -> str:
        """The answer to the last of these texts."""
        for each in words:
            self.messages += 1
            said = await self.again(each)
        return said

    async def again(self, words: str) -> str:
        """The last text, taken up once more after a crash."""
        reply = await self.hall.answer(NUMBER, words, message_id=self.messages)
        self.secret, self.tells_secret = reply.secret, reply.tells_secret
        return reply.text

    def pass_time(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @property
    def redeemed(self) -> list[str]:
        """The codes of what was redeemed, oldest first."""
        return [each.code for each in reversed(self.loyalty.redemptions)]
