"""Who gets in on a line that is pending, barred, suspended or closed, by each thing that may show a person?"""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.passkey.ceremony import Passkeys
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel
from graphql_schema.door import (
    Admitted,
    LinkEvidence,
    PasskeyChallenge,
    PasskeyEvidence,
    PasswordEvidence,
    TokenEvidence,
    Turned,
)
from graphql_schema.types.line import LineState

from .conftest import NUMBER, PASSWORD, SECRET, Customer, Hire, KnownLines, Letters, Phone, Watch
from .passkey.authenticator import Authenticator

pytestmark = pytest.mark.anyio
URL = "http://localhost:8000"

Show = Callable[[], Awaitable[Admitted | Turned]]


class Owner:
    """Gets each thing ready while the line is active, and shows it after its state has changed."""

    def __init__(self, keeper: HallDoorkeeper, passkeys: Passkeys, phone: Phone, watch: Watch) -> None:
        self.keeper, self.passkeys, self.phone, self.watch = keeper, passkeys, phone, watch

    async def ready(self, evidence: str) -> Show:
        match evidence:
            case "password":
                return lambda: self.keeper.admit(PasswordEvidence(NUMBER, PASSWORD, "s"), Channel.WEB)
            case "sms" | "ivr":
                channel = Channel.SMS if evidence == "sms" else Channel.IVR
                return lambda: self.keeper.admit(LinkEvidence(NUMBER, evidence), channel)
            case "code":
                customer = Customer(self.keeper, self.phone)
                await customer.ask()
                code = self.phone.last_code(NUMBER)
                return lambda: customer.enter(code)
            case "session":
                admitted = await self.keeper.admit(PasswordEvidence(NUMBER, PASSWORD, "s"), Channel.WEB)
                assert isinstance(admitted, Admitted)
                token = TokenEvidence(admitted.token or "")
                return lambda: self.keeper.admit(token, Channel.WEB)
        return await self._make_passkey()

    async def _make_passkey(self) -> Show:
        key, now = Authenticator(URL), self.watch()
        owner = Caller(Channel.WEB, "L1", NUMBER, 2, now, proofs={Factor.PASSWORD: now})
        asked = await self.passkeys.begin_making(owner)
        assert isinstance(asked, PasskeyChallenge)
        assert await self.passkeys.finish_making(owner, asked.challenge, key.make(asked.options), "我的手机") is None

        async def show() -> Admitted | Turned:
            asked = await self.passkeys.begin_use(source="s")
            assert isinstance(asked, PasskeyChallenge)
            evidence = PasskeyEvidence(asked.challenge, key.use(asked.options), "s")
            return await self.keeper.admit(evidence, Channel.WEB)

        return show


@pytest.fixture
async def owner(  # noqa: PLR0917  the world around it
    hire: Hire, engine: AsyncEngine, lines: KnownLines, phone: Phone, watch: Watch, letters: Letters
) -> Owner:
    passkeys = Passkeys(engine, lines, letters, URL, "一厅", watch, SECRET)
    keeper = hire(passkeys=passkeys)
    assert await keeper.set_password(NUMBER, PASSWORD, line_id="L1") is None
    return Owner(keeper, passkeys, phone, watch)


def level_of(verdict: Admitted | Turned) -> int:
    """0: nobody's line was opened."""
    if isinstance(verdict, Turned):
        assert verdict.code in {"wrong_credentials", "passkey_refused", "session_ended", "code_expired"}
        return 0
    assert verdict.caller.subscriber in {"L1", None}
    assert (verdict.caller.subscriber is None) == (verdict.caller.assurance == 0)
    return verdict.caller.assurance


LEVELS = {"password": 2, "code": 2, "passkey": 2, "session": 2, "sms": 1, "ivr": 1}


@pytest.mark.parametrize("evidence", LEVELS)
@pytest.mark.parametrize("state", LineState)
async def test_a_line_opens_in_every_state_but_closed_by_each_evidence_at_its_level(
    owner: Owner, lines: KnownLines, watch: Watch, state: LineState, evidence: str
) -> None:
    show = await owner.ready(evidence)
    lines.states[NUMBER] = state
    watch.advance(minutes=5 if evidence == "session" else 1)  # its line is due to be looked at again
    expected = 0 if state is LineState.CLOSED else LEVELS[evidence]
    assert level_of(await show()) == expected


@pytest.mark.parametrize("evidence", ["password", "passkey", "sms", "ivr"])
async def test_a_line_that_stood_closed_by_mistake_opens_again(owner: Owner, lines: KnownLines, evidence: str) -> None:
    show = await owner.ready(evidence)
    lines.states[NUMBER] = LineState.CLOSED
    assert level_of(await show()) == 0
    lines.states[NUMBER] = LineState.ACTIVE
    assert level_of(await show()) == LEVELS[evidence]
