"""Does a line that somebody else pays for show nothing of the payer's money?"""

import json

import pytest

from graphql_schema.client import Caller, Channel, GraphError
from graphql_schema.types.account import AccountState
from graphql_schema.types.line import Payer
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss, make_account, make_line, make_package, yuan
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio

OF_THE_PAYER = {
    "account": "account { id owed { amount } creditLimit { amount } dueOn state }",
    "balance": "balance { available { amount } subBalances { remaining { amount } } }",
    "currentCharges": "currentCharges { total { amount } subjects { total { amount } ratedLines { number } } }",
    "bills": "bills { totalCount edges { node { id total { amount } remaining { amount } } } }",
    "bill": 'bill(id: "B10") { bill { total { amount } } payments { amount { amount } } }',
}
ITS_OWN = (
    "line { id payer } buckets { id } pace { state } packages { id } inbox { id } attention { code amount { amount } }"
)
EVERYTHING = "{ me { " + " ".join(OF_THE_PAYER.values()) + " " + ITS_OWN + " } }"
PAID = [Payer.FAMILY, Payer.ORGANIZATION]


@pytest.fixture
def paid_for(bss: FakeBss) -> FakeBss:
    """An overdue account, so that attention too would have money to speak of."""
    bss.account = make_account(state=AccountState.PAST_DUE)
    bss.packages = [make_package(monthly_fee=yuan("0.07"))]
    return bss


@pytest.mark.parametrize("payer", PAID)
@pytest.mark.parametrize("channel", [Channel.WEB, Channel.APP, Channel.SMS, Channel.IVR])
async def test_the_payers_money_is_refused_and_all_else_is_told(
    ask: Ask, paid_for: FakeBss, payer: Payer, channel: Channel
) -> None:
    paid_for.line = make_line(payer=payer)
    outcome = await ask(EVERYTHING, by=Caller(channel, LINE_ID, NUMBER, assurance=3))
    assert outcome.data is not None
    me = outcome.data["me"]
    assert [name for name, section in me.items() if section is None] == list(OF_THE_PAYER)
    assert sorted(outcome.errors, key=str) == sorted(
        (GraphError("paid_by_other", ("me", name), {"payer": payer.name}) for name in OF_THE_PAYER), key=str
    )
    assert me["line"] == {"id": LINE_ID, "payer": payer.name}
    assert me["attention"] == []
    answered = json.dumps(outcome.data)
    assert not any(amount in answered for amount in ("86.5", "120.00", "43.10", "10.00"))


@pytest.mark.parametrize("payer", PAID)
async def test_the_payers_systems_are_not_even_asked(ask: Ask, paid_for: FakeBss, payer: Payer) -> None:
    paid_for.line = make_line(payer=payer)
    await ask(EVERYTHING)
    assert set(paid_for.calls) == {"fetch_line", "fetch_usage", "fetch_packages", "fetch_messages"}


@pytest.mark.parametrize("bill_id", [f"B{month}" for month in range(5, 11)] + ["B99"])
async def test_no_bill_id_opens_a_bill_or_tells_whether_there_is_one(ask: Ask, paid_for: FakeBss, bill_id: str) -> None:
    paid_for.line = make_line(payer=Payer.ORGANIZATION)
    outcome = await ask("query ($id: ID!) { me { bill(id: $id) { stale } } }", {"id": bill_id})
    assert outcome.errors == (GraphError("paid_by_other", ("me", "bill"), {"payer": "ORGANIZATION"}),)


async def test_a_line_that_pays_for_itself_sees_all_of_it(ask: Ask, paid_for: FakeBss) -> None:
    outcome = await ask(EVERYTHING)
    assert outcome.errors == ()
    assert outcome.data is not None
    assert None not in outcome.data["me"].values()
    assert [each["code"] for each in outcome.data["me"]["attention"]] == ["BILL_DUE"]


async def test_an_alert_reads_what_it_declared_whoever_pays(ask: Ask, paid_for: FakeBss) -> None:
    paid_for.line = make_line(payer=Payer.FAMILY)
    alert = Caller(Channel.SYSTEM, subscriber=LINE_ID, fields=frozenset({"Me.balance", "Me.attention"}))
    outcome = await ask("{ me { balance { available { amount } } attention { code } } }", by=alert)
    assert outcome.errors == ()
    assert outcome.data == {"me": {"balance": {"available": {"amount": "120.00"}}, "attention": []}}
