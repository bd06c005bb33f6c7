"""Can charges be stopped at once, by whoever has the line in hand, and started again only by its owner?"""

from typing import Any

import pytest

from graphql_schema.client import Caller, Channel, Outcome
from graphql_schema.ports import BssFault
from graphql_schema.types.charge_brake import PausableCharge
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio

SHOWN = """__typename ... on ChargeBrake { paused pausedSince spent { amount } } ... on BadInput { name least most }
    ... on StepUpRequired { needed } ... on SignInRequired { code } ... on KeyReused { code }"""
PAUSE = f"""mutation($key: String!, $charges: [PausableCharge!]!) {{
    pauseCharges(input: {{idempotencyKey: $key, charges: $charges}}) {{ {SHOWN} }} }}"""
RESUME = PAUSE.replace("pauseCharges", "resumeCharges")
LEVEL_1 = Caller(Channel.SMS, subscriber=LINE_ID, number=NUMBER, assurance=1)
NOBODY = Caller(Channel.WEB)


def answer(outcome: Outcome) -> dict[str, Any]:
    assert outcome.errors == ()
    assert outcome.data is not None
    word: dict[str, Any] = next(iter(outcome.data.values()))
    return word


def asked(key: str, *charges: str) -> dict[str, Any]:
    return {"key": f"key-{key:>08}", "charges": list(charges)}


async def test_a_trusted_link_is_enough_to_pause(ask: Ask, bss: FakeBss) -> None:
    word = answer(await ask(PAUSE, asked("1", "ROAMING", "THIRD_PARTY"), by=LEVEL_1))
    assert (word["__typename"], word["paused"]) == ("ChargeBrake", ["THIRD_PARTY", "ROAMING"])
    assert bss.brakes.reading.paused == {PausableCharge.ROAMING, PausableCharge.THIRD_PARTY}


async def test_resuming_takes_a_proof_because_it_costs_again(ask: Ask, bss: FakeBss) -> None:
    answer(await ask(PAUSE, asked("1", "ROAMING")))
    word = answer(await ask(RESUME, asked("2", "ROAMING"), by=LEVEL_1))
    assert (word["__typename"], word["needed"]) == ("StepUpRequired", 2)
    assert bss.brakes.reading.paused == {PausableCharge.ROAMING}
    assert answer(await ask(RESUME, asked("3", "ROAMING")))["paused"] == []


async def test_pausing_adds_and_resuming_takes(ask: Ask) -> None:
    answer(await ask(PAUSE, asked("1", "ROAMING")))
    word = answer(await ask(PAUSE, asked("2", "OUT_OF_BUCKET")))
    assert word["paused"] == ["OUT_OF_BUCKET", "ROAMING"]
    assert answer(await ask(RESUME, asked("3", "ROAMING")))["paused"] == ["OUT_OF_BUCKET"]


async def test_pausing_what_is_paused_is_harmless(ask: Ask) -> None:
    first = answer(await ask(PAUSE, asked("1", "ROAMING")))
    assert answer(await ask(PAUSE, asked("2", "ROAMING"))) == first


async def test_the_same_key_answers_the_same_and_does_it_once(ask: Ask, bss: FakeBss) -> None:
    first = answer(await ask(PAUSE, asked("1", "ROAMING")))
    answer(await ask(RESUME, asked("2", "ROAMING")))
    assert answer(await ask(PAUSE, asked("1", "ROAMING"))) == first
    assert bss.brakes.reading.paused == frozenset()


async def test_the_same_key_for_other_charges_is_refused(ask: Ask) -> None:
    answer(await ask(PAUSE, asked("1", "ROAMING")))
    assert answer(await ask(PAUSE, asked("1", "THIRD_PARTY")))["__typename"] == "KeyReused"


@pytest.mark.parametrize("text", [PAUSE, RESUME])
async def test_nothing_can_neither_be_paused_nor_resumed(ask: Ask, text: str) -> None:
    word = answer(await ask(text, asked("1")))
    assert word == {"__typename": "BadInput", "name": "charges", "least": 1, "most": 3}


async def test_a_visitor_pauses_nothing(ask: Ask, bss: FakeBss) -> None:
    assert answer(await ask(PAUSE, asked("1", "ROAMING"), by=NOBODY))["__typename"] == "SignInRequired"
    assert bss.brakes.reading.paused == frozenset()


async def test_charges_can_be_stopped_while_nobody_knows_what_they_are(
    ask: Ask, bss: FakeBss, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object) -> None:
        raise BssFault("usage_unavailable", retryable=True)

    monkeypatch.setattr(bss.use, "fetch_month", down)
    word = answer(await ask(PAUSE, asked("1", "ROAMING"), by=LEVEL_1))
    assert (word["paused"], word["spent"]) == (["ROAMING"], None)


async def test_a_pause_whose_system_fails_is_a_fault_and_can_be_tried_again_with_the_same_key(
    ask: Ask, bss: FakeBss, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object, **__: object) -> None:
        raise BssFault("line_timeout", retryable=True)

    with monkeypatch.context() as broken:
        broken.setattr(bss.brakes, "change_brake", down)
        outcome = await ask(PAUSE, asked("1", "ROAMING"))
        assert [error.code for error in outcome.errors] == ["line_timeout"]
    assert answer(await ask(PAUSE, asked("1", "ROAMING")))["paused"] == ["ROAMING"]
