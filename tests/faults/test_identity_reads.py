"""Does every failure end a question about a person or a SIM card as its fault, never as what was known before?"""

import time
from collections.abc import Callable
from typing import Any

import pytest

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.party import TmfPeople
from bss_adapters.tmf.sim_card import TmfSimCards
from graphql_schema.ports import BssFault
from tests.bss_adapters.wire_bodies import (
    COMPANY,
    COMPANY_CUSTOMER,
    CUSTOMER,
    IDENTITY_NUMBER,
    LINE,
    NEW_SIM_LINE,
    PERSON,
)
from tests.faults.fault_server import FaultServer

pytestmark = pytest.mark.anyio

FAULTS = {
    "silent": "timeout",
    "slow": "timeout",
    "dripping": "timeout",
    "reset": "unavailable",
    "not HTTP": "garbled",
    "500": "unavailable",
    "429": "overloaded",
    "400": "refused",
    "redirect": "garbled",
    "HTML": "garbled",
    "empty": "garbled",
    "truncated": "garbled",
    "broken off": "garbled",
    "longer than said": "garbled",
    "huge": "garbled",
    "endless": "garbled",
    "deep": "garbled",
}
GRACE_SECONDS = 0.3
SYSTEM_OF = {"L1": "line", "C1": "customer", "I1": "customer", "O1": "customer"}


@pytest.fixture
def people(server: FaultServer, client: TmfClient) -> TmfPeople:
    server.bodies |= {"C1": CUSTOMER, "I1": PERSON, "O1": COMPANY}
    return TmfPeople(client)


async def ask(people: TmfPeople, number: str = IDENTITY_NUMBER) -> bool:
    return await people.matches_identity("L1", number)


async def test_a_well_bss_says_whose_document_it_is(server: FaultServer, people: TmfPeople) -> None:
    assert await ask(people)
    assert not await ask(people, "990101199003071230")
    server.bodies["C1"] = COMPANY_CUSTOMER
    assert await ask(people)
    assert server.requests[-4:] == [f"GET /tmf-api/{path} HTTP/1.1" for path in (
        "productInventory/v4/product/L1", "customerManagement/v4/customer/C1", "party/v4/organization/O1",
        "party/v4/individual/I1",
    )]  # fmt: skip
    assert not any(IDENTITY_NUMBER[:-1] in request for request in server.requests)


@pytest.mark.parametrize("noun", ["L1", "C1", "I1", "O1"])
@pytest.mark.parametrize(("way", "kind"), FAULTS.items())
async def test_a_failure_anywhere_on_the_way_is_its_fault(
    server: FaultServer, people: TmfPeople, noun: str, way: str, kind: str
) -> None:
    if noun == "O1":
        server.bodies["C1"] = COMPANY_CUSTOMER
    assert await ask(people)
    server.way_of = {noun: way}
    began = time.monotonic()
    with pytest.raises(BssFault) as fault:
        await ask(people)
    assert fault.value.code == f"{SYSTEM_OF[noun]}_{kind}"
    assert time.monotonic() - began < 0.4 + GRACE_SECONDS
    assert IDENTITY_NUMBER not in f"{fault.getrepr(showlocals=False, chain=True)}{fault.value.__notes__}"


async def test_a_line_that_is_not_there_has_no_holder_and_a_lost_customer_is_a_fault(
    server: FaultServer, people: TmfPeople
) -> None:
    server.way_of = {"L1": "404"}
    assert not await ask(people)
    for noun in ("C1", "I1"):
        server.way_of = {noun: "404"}
        with pytest.raises(BssFault, match="customer_refused"):
            await ask(people)


@pytest.mark.parametrize(
    ("noun", "body"),
    [
        ("C1", CUSTOMER | {"id": "C2"}), ("C1", {"id": "C1"}), ("C1", CUSTOMER | {"engagedParty": {"id": "I1"}}),
        ("C1", CUSTOMER | {"engagedParty": {"id": "I1", "@referredType": "Robot"}}),
        ("C1", CUSTOMER | {"engagedParty": {"id": "../I1", "@referredType": "Individual"}}),
        ("I1", PERSON | {"id": "I2"}), ("I1", PERSON | {"individualIdentification": {}}),
        ("I1", PERSON | {"individualIdentification": [{"identificationType": "居民身份证"}]}),
    ],
)  # fmt: skip
async def test_what_is_not_as_the_contract_says_is_garbled(
    server: FaultServer, people: TmfPeople, noun: str, body: Any
) -> None:
    server.bodies[noun] = body
    with pytest.raises(BssFault, match="customer_garbled"):
        await ask(people)


async def test_nobody_is_who_has_no_document_or_no_agent(server: FaultServer, people: TmfPeople) -> None:
    server.bodies["I1"] = {"id": "I1"}
    assert not await ask(people)
    server.bodies |= {"C1": COMPANY_CUSTOMER, "O1": COMPANY | {"relatedParty": []}}
    assert not await ask(people)


@pytest.mark.parametrize(("way", "kind"), [*FAULTS.items(), ("404", "refused")])
async def test_a_sim_card_that_cannot_be_asked_for_is_a_fault_and_never_an_old_one(
    server: FaultServer, client: TmfClient, way: str, kind: str
) -> None:
    server.bodies["L1"] = NEW_SIM_LINE
    cards = TmfSimCards(client)
    assert await cards.fetch_changed_at("L1") is not None
    server.way = way
    began = time.monotonic()
    with pytest.raises(BssFault) as fault:
        await cards.fetch_changed_at("L1")
    assert fault.value.code == f"line_{kind}"
    assert time.monotonic() - began < client.limits.budget_seconds + GRACE_SECONDS


async def test_both_are_asked_for_each_time(server: FaultServer, make_client: Callable[..., TmfClient]) -> None:
    client = make_client(fresh_seconds=600.0)
    server.bodies |= {"L1": LINE, "C1": CUSTOMER, "I1": PERSON}
    people, cards = TmfPeople(client), TmfSimCards(client)
    for _ in range(3):
        await ask(people)
        await cards.fetch_changed_at("L1")
    assert len(server.requests) == 3 * (3 + 1)
