"""When is what was confirmed still what would be done?"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from graphql_schema.order_ports import WantedChange
from graphql_schema.types.change import (
    ChangeAction,
    ChangeCharge,
    ChangeChargeKind,
    ChangeLoss,
    ChangePreview,
    ChangeStart,
    LossKind,
)
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.money import Money
from graphql_schema.types.scalar import Long
from ordering.changes.comparing import name_thing, still_holds
from tests.fakes.deal_ports import make_preview
from tests.ordering.changes.world import IN_ARREARS

TODAY, GIB = date(2026, 11, 16), 1024**3


def yuan(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="CNY")


def text(words: str) -> LocalizedText:
    return LocalizedText(zh=words, en=words)


def loss(**changes: Any) -> ChangeLoss:
    facts: dict[str, Any] = {
        "kind": LossKind.ROLLED_OVER,
        "name": text("结转流量"),
        "left": Long(3 * GIB),
        "amount": None,
    }
    return ChangeLoss(**(facts | {"on": TODAY} | changes))


def gift(amount: str) -> ChangeLoss:
    return loss(kind=LossKind.GIFT, name=text("存费赠礼"), left=None, amount=yuan(amount))


FEE = ChangeCharge(kind=ChangeChargeKind.PENALTY, name=text("违约金"), amount=yuan("90"), since=TODAY)
SHOWN = make_preview(losses=[loss(), gift("100")], charges=[FEE])


@pytest.mark.parametrize(
    "now",
    [
        SHOWN,
        replace(SHOWN, losses=[loss(left=Long(GIB)), gift("100")]),
        replace(SHOWN, losses=[gift("100"), loss()]),
        replace(SHOWN, losses=[gift("80")]),
        replace(SHOWN, losses=[]),
        replace(SHOWN, monthly_before=yuan("99"), monthly_after=yuan("114")),
        replace(SHOWN, terms=text("新条款说明")),
        replace(SHOWN, starts=[ChangeStart.AT_ONCE]),
    ],
)
def test_it_holds_while_nothing_costs_or_takes_more(now: ChangePreview) -> None:
    assert still_holds(SHOWN, now)


@pytest.mark.parametrize(
    "now",
    [
        replace(SHOWN, allowed=False, obstacles=[IN_ARREARS]),
        replace(SHOWN, price=yuan("15.01")),
        replace(SHOWN, price=yuan("14.99")),
        replace(SHOWN, price=Money(amount=Decimal(15), currency="HKD")),
        replace(SHOWN, charges=[replace(FEE, amount=yuan("91"))]),
        replace(SHOWN, charges=[FEE, FEE]),
        replace(SHOWN, charges=[replace(FEE, since=date(2026, 11, 17))]),
        replace(SHOWN, starts_on=date(2026, 12, 1)),
        replace(SHOWN, contract_until=date(2028, 1, 1)),
        replace(SHOWN, takes_away=[text("夜间包")]),
        replace(SHOWN, offering_id="pack-gold"),
        replace(SHOWN, losses=[loss(left=Long(3 * GIB + 1))]),
        replace(SHOWN, losses=[loss(left=None)]),
        replace(SHOWN, losses=[gift("100.01")]),
        replace(SHOWN, losses=[loss(on=date(2026, 12, 1))]),
        replace(SHOWN, losses=[loss(), gift("100"), loss(kind=LossKind.NUMBER, name=text("号码"), left=None)]),
    ],
)
def test_a_yes_to_one_thing_is_no_yes_to_another(now: ChangePreview) -> None:
    assert not still_holds(SHOWN, now)


def test_every_action_changes_some_thing_and_opposites_the_same() -> None:
    wanted = {action: WantedChange(action, "o", "p", "s", "n") for action in ChangeAction}
    things = {action: name_thing(each) for action, each in wanted.items()}
    for one, other in (
        (ChangeAction.SWITCH_ON, ChangeAction.SWITCH_OFF),
        (ChangeAction.REPORT_LOSS, ChangeAction.RESUME),
        (ChangeAction.CLOSE, ChangeAction.KEEP_OPEN),
    ):
        assert things[one] == things[other]
    assert len(set(things.values())) == len(ChangeAction) - 3
