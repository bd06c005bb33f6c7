"""What can be asked of the graph, over the house's own deeds, in a house that may die of it?"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.line import TmfLines
from gateway.graph import HallGraph
from gateway.idempotency import SqlDeeds
from graphql_schema.client import Operation
from tests.crash.change_deeds import open_desk, open_switches
from tests.crash.house import SECRET, DeedOfHouse, House
from tests.crash.money_deeds import open_recharges
from tests.fakes.ports import FakeBss

ANSWER_WITHIN_SECONDS = 20.0
CONFIRM = """mutation($key: String!, $id: ID!) { confirmChange(input: {idempotencyKey: $key, preparedId: $id}) {
  __typename ... on Order { id } } }"""
RECHARGE = """mutation($key: String!, $amount: Decimal!) {
  startRecharge(input: {idempotencyKey: $key, amount: $amount, source: SANDBOX}) {
    __typename ... on RechargeStarted { recharge { id } } } }"""


async def confirm(house: House) -> Any:
    return await _ask(house, CONFIRM, {"key": house.asked["key"], "id": house.asked["prepared"]})


async def recharge(house: House) -> Any:
    return await _ask(house, RECHARGE, {"key": house.asked["key"], "amount": house.asked["amount"]})


async def _ask(house: House, text: str, variables: Mapping[str, Any]) -> Any:
    """The deed's answer. What these deeds ask is real, whatever else a graph has is not asked."""
    ports, catalogue = FakeBss().ports(), TmfCatalogue(house.client)
    ports = replace(
        ports,
        lines=TmfLines(house.client, catalogue),
        catalogue=catalogue,
        order_desk=open_desk(house),
        switches=open_switches(house),
        recharges=open_recharges(house),
        identity=replace(
            ports.identity, deeds=SqlDeeds(house.engine, secret=SECRET, now=house.clock, cross=house.cross)
        ),
    )
    graph = HallGraph(ports, (), deadline_seconds=ANSWER_WITHIN_SECONDS, open_documents=True)
    outcome = await graph.run(Operation(name="", text=text), variables, house.caller)
    assert not outcome.errors, outcome.errors
    assert outcome.data is not None
    return next(iter(outcome.data.values()))


GRAPH_DEEDS: Mapping[str, DeedOfHouse] = {"confirm_by_graph": confirm, "recharge_by_graph": recharge}
