"""What does the graph answer about use, its cost and its brake?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.graph import HallGraph
from graphql_schema.client import Caller, Channel, Operation
from graphql_schema.money_ports import RatedDay, RatedMonth
from graphql_schema.ports import BssFault
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.line import Payer
from graphql_schema.types.month import Month
from tests.fakes.money_ports import FakeUse
from tests.fakes.ports import GIB, LINE_ID, NUMBER, FakeBss, make_line
from tests.graphql_schema.conftest import Ask

pytestmark = pytest.mark.anyio

NOVEMBER = Month(2026, 11)
BRAKE = "{ me { chargeBrake { paused pausedSince spent { amount } mean { amount } factor offered stale } } }"
FORECAST = (
    """{ me { chargeForecast { soFar { amount } expected { amount } least { amount } most { amount } ground } } }"""
)
LEVEL_1 = Caller(Channel.SMS, subscriber=LINE_ID, number=NUMBER, assurance=1)


class PatchyUse(FakeUse):
    """Use whose months can be out of reach, and which notes the months that it was asked for."""

    broken: frozenset[Month] = frozenset()
    asked: Sequence[tuple[str, Month]] = ()

    async def fetch_month(self, line_id: str, month: Month) -> RatedMonth:
        self.asked = (*self.asked, (line_id, month))
        if month in self.broken:
            raise BssFault("usage_unavailable", retryable=True)
        return await super().fetch_month(line_id, month)


@pytest.fixture
def use(bss: FakeBss) -> PatchyUse:
    bss.use = PatchyUse()
    return bss.use


def rated(day: int, fee: str, *, month: int = 11, usage_type: UsageType | None = UsageType.DATA) -> RatedDay:
    return RatedDay(date(2026, month, day), usage_type, "rate", GIB, Decimal(fee), roaming=False)


async def test_a_month_shows_its_use_by_day(ask: Ask, use: PatchyUse) -> None:
    use.months[Month(2026, 10)] = (rated(3, "0.005", month=10),)
    text = '{ me { usageOfMonth(month: "2026-10") { month stale days { day usageType used fee { amount } } } } }'
    assert (await ask(text, by=LEVEL_1)).data == {
        "me": {
            "usageOfMonth": {
                "month": "2026-10",
                "stale": False,
                "days": [{"day": "2026-10-03", "usageType": "DATA", "used": GIB, "fee": {"amount": "0.005"}}],
            }
        }
    }


async def test_without_a_month_it_is_the_running_one(ask: Ask, use: PatchyUse) -> None:
    outcome = await ask("{ me { usageOfMonth { month } } }")
    assert outcome.data == {"me": {"usageOfMonth": {"month": "2026-11"}}}


@pytest.mark.parametrize("month", ["2026-05", "2026-12", "2019-01"])
async def test_a_month_that_is_not_kept_is_refused_with_those_that_are(ask: Ask, use: PatchyUse, month: str) -> None:
    outcome = await ask("query($m: String) { me { usageOfMonth(month: $m) { month } } }", {"m": month})
    (error,) = outcome.errors
    assert (error.code, error.parameters) == ("month_not_kept", {"first": "2026-06", "last": "2026-11"})
    assert use.asked == ()


@pytest.mark.parametrize("month", ["", "2026", "2026-13", "2026-1", "november", "2026-11-01", " 2026-11"])
async def test_what_is_no_month_is_a_bad_argument(ask: Ask, use: PatchyUse, month: str) -> None:
    outcome = await ask("query($m: String) { me { usageOfMonth(month: $m) { month } } }", {"m": month})
    (error,) = outcome.errors
    assert (error.code, error.parameters) == ("bad_argument", {"name": "month"})


async def test_the_history_holds_the_running_month_and_five_before_newest_first(ask: Ask, use: PatchyUse) -> None:
    use.months = {NOVEMBER.plus(-ago): (rated(3, f"{ago}.00", month=11 - ago),) for ago in range(8)}
    outcome = await ask("{ me { usageHistory { months { month usageType used fee { amount } } } } }")
    assert outcome.data is not None
    months = outcome.data["me"]["usageHistory"]["months"]
    assert [(each["month"], each["fee"]["amount"]) for each in months] == [
        (f"2026-{11 - ago:02}", f"{ago}.00") for ago in range(6)
    ]


async def test_a_history_with_a_month_missing_is_no_history(ask: Ask, use: PatchyUse) -> None:
    use.broken = frozenset({Month(2026, 8)})
    outcome = await ask("{ me { usageHistory { months { month } } outOfBucket { stale } } }")
    assert outcome.data == {"me": {"usageHistory": None, "outOfBucket": {"stale": False}}}
    assert [error.code for error in outcome.errors] == ["usage_unavailable"]


async def test_every_month_is_asked_for_once_however_many_fields_need_it(ask: Ask, use: PatchyUse) -> None:
    fields = "usageOfMonth { month } usageHistory { stale } outOfBucket { stale } chargeForecast { stale }"
    outcome = await ask(f"{{ me {{ {fields} chargeBrake {{ offered }} }} }}")
    assert outcome.errors == ()
    assert len(use.asked) == len(set(use.asked)) == 6


async def test_cost_outside_the_allowances_is_that_of_the_running_month(ask: Ask, use: PatchyUse) -> None:
    use.months[NOVEMBER] = (rated(2, "1.50"), rated(2, "8.00", usage_type=None))
    outcome = await ask("{ me { outOfBucket { total { amount } data { amount } roaming { amount } } } }", by=LEVEL_1)
    assert outcome.data == {
        "me": {"outOfBucket": {"total": {"amount": "1.50"}, "data": {"amount": "1.50"}, "roaming": {"amount": "0.00"}}}
    }


async def test_a_forecast_starts_from_what_is_charged_and_says_what_it_rests_on(ask: Ask, use: PatchyUse) -> None:
    use.months = {NOVEMBER: (rated(2, "6.00"),), Month(2026, 10): (rated(2, "6.00", month=10),)}
    outcome = await ask(FORECAST, by=LEVEL_1)
    assert outcome.data is not None
    forecast = outcome.data["me"]["chargeForecast"]
    assert forecast["soFar"] == {"amount": "43.10"}
    assert Decimal("43.10") <= Decimal(forecast["least"]["amount"]) <= Decimal(forecast["expected"]["amount"])
    assert Decimal(forecast["expected"]["amount"]) < Decimal(forecast["most"]["amount"])
    assert forecast["ground"] == "TREND"


async def test_a_forecast_without_its_history_rests_on_the_trend(ask: Ask, use: PatchyUse) -> None:
    use.months = {NOVEMBER: (rated(2, "6.00"),)}
    use.broken = frozenset({Month(2026, 7)})
    outcome = await ask(FORECAST)
    assert outcome.errors == ()
    assert outcome.data is not None
    assert outcome.data["me"]["chargeForecast"]["ground"] == "TREND"


async def test_no_forecast_is_made_without_this_months_use(ask: Ask, use: PatchyUse) -> None:
    use.broken = frozenset({NOVEMBER})
    outcome = await ask(FORECAST)
    assert outcome.data == {"me": {"chargeForecast": None}}
    assert [error.code for error in outcome.errors] == ["usage_unavailable"]


async def test_an_account_of_many_lines_has_no_forecast(
    ask: Ask, bss: FakeBss, use: PatchyUse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def many(_: str) -> list[Any]:
        return [make_line(id=f"L{order}") for order in range(11)]

    monkeypatch.setattr(bss, "fetch_lines_of_account", many)
    outcome = await ask(FORECAST)
    assert (outcome.data, outcome.errors) == ({"me": {"chargeForecast": None}}, ())
    assert use.asked == ()


async def test_who_does_not_pay_sees_no_forecast_of_anothers_bill_but_the_own_use(
    ask: Ask, bss: FakeBss, use: PatchyUse
) -> None:
    bss.line = make_line(payer=Payer.FAMILY)
    outcome = await ask("{ me { chargeForecast { stale } outOfBucket { stale } chargeBrake { offered } } }")
    assert outcome.data == {
        "me": {"chargeForecast": None, "outOfBucket": {"stale": False}, "chargeBrake": {"offered": False}}
    }
    assert [error.code for error in outcome.errors] == ["paid_by_other"]


async def test_the_brake_is_offered_when_spending_is_far_above_the_usual(
    ask: Ask, bss: FakeBss, use: PatchyUse
) -> None:
    use.months = {NOVEMBER: (rated(2, "61.00"),), Month(2026, 10): (rated(2, "20.00", month=10),)}
    outcome = await ask(BRAKE, by=LEVEL_1)
    assert outcome.data == {
        "me": {
            "chargeBrake": {
                "paused": [],
                "pausedSince": None,
                "spent": {"amount": "61.00"},
                "mean": {"amount": "20.00"},
                "factor": "3",
                "offered": True,
                "stale": False,
            }
        }
    }


async def test_the_operator_sets_from_when_on_it_is_offered(bss: FakeBss, use: PatchyUse, caller: Caller) -> None:
    use.months = {NOVEMBER: (rated(2, "61.00"),), Month(2026, 10): (rated(2, "20.00", month=10),)}
    ports = replace(bss.ports(), brake_factor=Decimal(4))
    graph = HallGraph(ports, (), deadline_seconds=5, open_documents=True)
    outcome = await graph.run(Operation(name="", text="{ me { chargeBrake { offered factor } } }"), {}, caller)
    assert outcome.data == {"me": {"chargeBrake": {"offered": False, "factor": "4"}}}


async def test_what_is_paused_shows_while_use_cannot_be_read(ask: Ask, use: PatchyUse) -> None:
    use.broken = frozenset({NOVEMBER})
    outcome = await ask(BRAKE)
    assert outcome.errors == ()
    assert outcome.data is not None
    brake = outcome.data["me"]["chargeBrake"]
    assert (brake["paused"], brake["spent"], brake["mean"], brake["offered"]) == ([], None, None, False)


async def test_a_day_of_the_new_month_is_asked_for_as_that_month(ask: Ask, bss: FakeBss, use: PatchyUse) -> None:
    bss.now_is = datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert (await ask("{ me { usageOfMonth { month } } }")).data == {"me": {"usageOfMonth": {"month": "2026-12"}}}
