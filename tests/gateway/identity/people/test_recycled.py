"""What does the new holder of a number see of the former one, anywhere in identity, and the other way round?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.line import TmfLines
from bss_adapters.tmf.party import TmfPeople
from bss_adapters.tmf.sim_card import TmfSimCards
from bss_adapters.tmf.snapshot import MemorySnapshots
from gateway.identity.assembly import Identity, IdentityNeeds, assemble_identity
from graphql_schema.client import Caller, Channel
from graphql_schema.door import (
    Admitted,
    CodeEvidence,
    CodeSent,
    CodeWish,
    PasswordEvidence,
    Purpose,
    TokenEvidence,
    Turned,
)
from graphql_schema.identity_ports import Deed
from graphql_schema.types.consent import ConsentPurpose
from graphql_schema.types.line import mask_number
from graphql_schema.types.personal_data import PersonalDataKind
from sandbox.app import create_app
from sandbox.bss.world import World

from .conftest import Letterbox

pytestmark = pytest.mark.anyio
NUMBER, FRIEND, PASSWORD = "13800138001", "13800138006", "258001"
SOURCE = "198.51.100.7"
SECRET = b"a secret of these tests, 32 bytes"
TOLD = pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])


class Phones:
    """Every phone, by number."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}

    async def send(self, connection: AsyncConnection, *, number: str, code: str, **_: object) -> None:
        self.codes[number] = code


@dataclass
class Place:
    """Identity as it is wired, over the sandbox's BSS, and the sandbox's levers."""

    identity: Identity
    levers: httpx.AsyncClient
    phones: Phones = field(default_factory=Phones)
    letters: Letterbox = field(default_factory=Letterbox)

    async def line_id(self, number: str) -> str:
        line = await self.identity.lines.find_line(number)
        assert line is not None
        return line.id

    async def ask(self, number: str, purpose: Purpose, about: str = "", device: str | None = None) -> str:
        sent = await self.identity.doorkeeper.send_code(
            CodeWish(number, purpose, Channel.WEB, SOURCE, device, about=about)
        )
        assert isinstance(sent, CodeSent)
        await self.identity.doorkeeper.settle()
        return sent.challenge

    async def enter(self, number: str, challenge: str) -> Admitted | Turned:
        evidence = CodeEvidence(number, self.phones.codes[number], SOURCE, challenge)
        return await self.identity.doorkeeper.admit(evidence, Channel.WEB)

    async def come_in(self, number: str) -> Admitted:
        admitted = await self.enter(number, await self.ask(number, Purpose.SIGN_IN))
        assert isinstance(admitted, Admitted), admitted
        return admitted

    async def come_home(self, number: str) -> Admitted:
        """By password: the next code may only follow in a minute."""
        keeper = self.identity.doorkeeper
        assert await keeper.set_password(number, PASSWORD, line_id=await self.line_id(number)) is None
        admitted = await keeper.admit(PasswordEvidence(number, PASSWORD, SOURCE), Channel.WEB)
        assert isinstance(admitted, Admitted), admitted
        return admitted

    async def link(self, caller: Caller, number: str, deed: str) -> None:
        challenge = await self.ask(number, Purpose.LINK_LINE, mask_number(caller.number or ""))
        await self.identity.ports.own_lines.link(Deed(deed, caller), number, self.phones.codes[number], challenge)

    async def recycle(self, *, told: bool) -> tuple[str, str]:
        """The number passes on; the former line and the new one. The BSS's events come, or are lost."""
        passed = (await self.levers.post("/sandbox/recycle", json={"number": NUMBER})).raise_for_status().json()
        for line_id in (passed["formerLineId"], passed["lineId"]) if told else ():
            await self.identity.doorkeeper.recheck_line(line_id)
        return passed["formerLineId"], passed["lineId"]


@pytest.fixture
async def place(engine: AsyncEngine) -> AsyncIterator[Place]:
    world = World.open(subscribers=12, now_ms=int(datetime.now(UTC).timestamp() * 1000))
    transport = httpx.ASGITransport(create_app(world))
    limits = Limits(budget_seconds=20.0, fresh_seconds=0.0)
    base_url = "http://bss.example/tmf-api"
    client = TmfClient(base_url, snapshots=MemorySnapshots(), transport=transport, limits=limits)
    phones, letters = Phones(), Letterbox()
    needs = IdentityNeeds(
        engine=engine,
        lines=TmfLines(client, TmfCatalogue(client)),
        people=TmfPeople(client),
        sim_cards=TmfSimCards(client),
        codes=phones,
        notices=letters,
        business_now=client.clock.now,
        public_url="http://localhost:8000",
        hall_name="OneHall",
        trusted_links=frozenset({"sms"}),
        own_prefixes=(),
        secret=SECRET,
    )
    identity = assemble_identity(needs)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(world)), base_url="http://bss") as levers:
        yield Place(identity, levers, phones, letters)
    await identity.finish()
    await client.aclose()
    world.store.close()


async def _settle_in(place: Place) -> dict[str, Admitted]:
    """The former holder uses everything that identity has, and so does a friend with them."""
    ports = place.identity.ports
    mine, theirs = await place.come_home(NUMBER), await place.come_home(FRIEND)
    await place.link(mine.caller, FRIEND, "link-1")
    await place.link(theirs.caller, NUMBER, "link-2")
    await ports.helpers.grant(Deed("grant-1", mine.caller), FRIEND, ["line"], 30)
    await ports.helpers.grant(Deed("grant-2", theirs.caller), NUMBER, ["line"], 30)
    await ports.helpers.ask(Deed("ask-1", theirs.caller), NUMBER, ["line", "money"], 30)
    await ports.consents.record(Deed("consent-1", mine.caller), next(iter(ConsentPurpose)), given=True)
    await ports.personal_data.request(Deed("data-1", mine.caller), PersonalDataKind.EXPORT)
    await place.identity.errands.finish(within_seconds=5)
    over = await place.identity.switch.switch(theirs.token or "", mine.caller.subscriber or "", Channel.WEB)
    assert isinstance(over, Admitted)
    return {"mine": mine, "friends": over}


@TOLD
async def test_the_new_holder_finds_nothing_of_the_former_one(place: Place, told: bool) -> None:
    await _settle_in(place)
    former, heir = await place.recycle(told=told)
    assert former != heir
    caller = (await place.come_in(NUMBER)).caller
    assert caller.subscriber == heir
    ports = place.identity.ports
    assert [(session.current, session.helper) for session in await ports.sessions.fetch_sessions(caller)] == [
        (True, None)
    ]
    assert await ports.passkeys.fetch_passkeys(caller) == []
    assert [line.id for line in await ports.own_lines.fetch_lines(caller)] == [heir]
    assert await ports.helpers.fetch_helpers(caller) == []
    assert not any(consent.given for consent in await ports.consents.fetch_consents(caller))
    assert list(await ports.personal_data.fetch_requests(caller)) == []
    trail = await ports.trail.fetch_own(caller, first=100, before=None, sign_ins_only=False)
    assert {record.deed for record in trail} <= {"sign_in", "code_sent"}


@TOLD
async def test_the_former_holder_is_out_everywhere(place: Place, told: bool) -> None:
    before = await _settle_in(place)
    await place.recycle(told=told)
    keeper = place.identity.doorkeeper
    for admitted in (before["mine"], before["friends"]):
        assert await keeper.admit(TokenEvidence(admitted.token), Channel.WEB) == Turned("session_ended")
    by_password = PasswordEvidence(NUMBER, PASSWORD, SOURCE, before["mine"].device)
    refused = await keeper.admit(by_password, Channel.WEB)
    assert isinstance(refused, Turned)
    assert refused.code == "wrong_credentials"


@TOLD
async def test_a_code_that_the_former_holder_was_texted_opens_nothing_of_the_new_one(place: Place, told: bool) -> None:
    challenge = await place.ask(NUMBER, Purpose.SIGN_IN)
    _, heir = await place.recycle(told=told)
    entered = await place.enter(NUMBER, challenge)
    if isinstance(entered, Admitted):  # whoever was not told looks at the line when the session is first used
        assert entered.caller.subscriber != heir
        entered = await place.identity.doorkeeper.admit(TokenEvidence(entered.token or ""), Channel.WEB)
    assert isinstance(entered, Turned)


@TOLD
async def test_a_friend_of_the_former_holder_reaches_the_new_one_in_no_way(place: Place, told: bool) -> None:
    await _settle_in(place)
    at_home = await place.come_home(FRIEND)
    former, heir = await place.recycle(told=told)
    seen = await place.identity.ports.own_lines.fetch_lines(at_home.caller)
    assert {line.id for line in seen} & {former, heir} == set()
    for line_id in (former, heir):
        assert await place.identity.switch.switch(at_home.token or "", line_id, Channel.WEB) == Turned("not_found")
    await place.identity.tidings.tell_waiting()
    assert not told or "help_ended" in place.letters.of(FRIEND)
    assert "help_ended" not in place.letters.of(NUMBER)
