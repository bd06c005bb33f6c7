"""What can be done with money in a house that may die of it?"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from bss_adapters.payment.sandbox import SandboxPay
from bss_adapters.payment.sandbox_signature import sign
from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.line import TmfLines
from bss_adapters.tmf.money import TmfMoney
from gateway.identity.number import parse_number
from gateway.identity.seal import Seal
from gateway.money_budgets import MoneyBudgets
from graphql_schema.client import Caller, Channel, Role, Staff
from graphql_schema.identity_ports import Deed
from graphql_schema.types.money import Money
from graphql_schema.types.recharge import PayWay, Recharge, RechargeSource
from notifications.tables import outbound_sms
from ordering.money.ledger import fetch_balances
from ordering.money.needs import Till
from ordering.money.notices import PaymentNotices
from ordering.money.recharges import SqlRecharges
from ordering.money.reconciliation import ReconciliationWork
from ordering.money.work import PaymentWork
from sandbox.payments import PLAY_MERCHANT
from tests.crash.house import SECRET, DeedOfHouse, House

PAUSES_SECONDS = (0, 3, 10, 31, 45, 65, 100, 180)


def open_till(house: House) -> Till:
    provider = SandboxPay(
        f"{house.sandbox}/pay-api/v1", merchant=PLAY_MERCHANT.name, secret=PLAY_MERCHANT.secret, budget_seconds=4.0
    )
    budgets = MoneyBudgets(house.engine, now=house.clock)
    return Till(
        transaction=house.transaction,
        reading=house.view,
        lines=TmfLines(house.client, TmfCatalogue(house.client)),
        money=TmfMoney(house.client),
        providers={RechargeSource.SANDBOX: provider},
        agreements={RechargeSource.SANDBOX: provider},
        teller=house.notices,
        tries=budgets,
        seal=Seal(secret=SECRET, purpose="recharge"),
        spell=parse_number,
        lookups=budgets.look_up,
        now=house.clock,
        pages="http://localhost:1",
        notice_url=lambda source: f"{house.sandbox}/sandbox/nobody/{source.value}",
        secret=SECRET,
        cross=house.cross,
    )


def open_recharges(house: House) -> SqlRecharges:
    till = open_till(house)
    return SqlRecharges(till, ReconciliationWork(till).fetch_reports)


async def start(house: House) -> dict[str, Any]:
    deed, amount = Deed(house.asked["deed"], house.caller), _yuan(house.asked["amount"])
    started = await open_recharges(house).start(deed, None, amount, RechargeSource.SANDBOX, PayWay.PAGE)
    return _tell(started.recharge)


async def charge(house: House) -> dict[str, Any]:
    """By the agreement that was begun under the name ``agreement``."""
    till = open_till(house)
    line = await till.lines.fetch_line(house.asked["line"])
    assert line is not None
    begun = await SqlRecharges(till, ReconciliationWork(till).fetch_reports).start_automatic(
        house.asked["deed"],
        line,
        _yuan(house.asked["amount"]),
        RechargeSource.SANDBOX,
        agreement=house.asked["agreement"],
    )
    return _tell(begun)


async def agree(house: House) -> dict[str, Any]:
    """An agreement at the provider, to be signed."""
    provider = open_till(house).agreements[RechargeSource.SANDBOX]
    begun = await provider.begin_agreement(
        house.asked["deed"], most_a_month=_yuan("500"), return_url="http://localhost:1"
    )
    return {"id": begun.id, "page": begun.sign_page}


async def redeem(house: House) -> dict[str, Any]:
    deed = Deed(house.asked["deed"], house.caller)
    return _tell(await open_recharges(house).redeem_voucher(deed, None, house.asked["card"]))


async def cancel(house: House) -> dict[str, Any]:
    recharges, deed = open_recharges(house), Deed(house.asked["deed"], house.caller)
    [mine] = [each for each in await recharges.fetch_of_line(house.asked["line"], limit=9) if each.receipt]
    assert mine.receipt is not None
    return _tell(await recharges.cancel(deed, mine.receipt))


async def give_back(house: House) -> dict[str, Any]:
    """A colleague gives a part of the recharge ``recharge`` back."""
    colleague = Caller(Channel.DESK, staff=Staff("2001", Role.OPERATIONS), assurance=2)
    deed, amount = Deed(house.asked["deed"], colleague), _yuan(house.asked["amount"])
    return _tell(await open_recharges(house).refund(deed, house.asked["recharge"], amount))


async def give_back_at_provider(house: House) -> str:
    """Somebody gives a part back at the provider's own desk, and we don't know of it."""
    provider, amount = open_till(house).providers[RechargeSource.SANDBOX], _yuan(house.asked["amount"])
    total, url = _yuan(house.asked["total"]), "http://localhost:1"
    done = await provider.refund(
        house.asked["recharge"], house.asked["deed"], amount=amount, total=total, notify_url=url
    )
    return done.state.value


async def notify(house: House) -> int:
    """The provider tells that the recharge ``recharge`` was paid."""
    said = {"id": "N" + house.asked["recharge"], "kind": "payment", "reference": house.asked["recharge"]}
    body = json.dumps(said | {"amount": house.asked["amount"], "currency": "CNY", "state": "paid"}).encode()
    headers = sign(body, secret=PLAY_MERCHANT.secret, now=house.clock())
    return (await PaymentNotices(open_till(house)).take(RechargeSource.SANDBOX, headers, body)).status


async def work(house: House) -> None:
    await PaymentWork(open_till(house)).work_on_payments()


async def heal(house: House) -> None:
    """Workers work, and time passes, until everything is at rest."""
    worker, began = PaymentWork(open_till(house)), house.clock.later_seconds
    for pause in PAUSES_SECONDS:
        house.clock.later_seconds = began + pause
        await worker.work_on_payments()


async def look(house: House) -> dict[str, Any]:
    """What the customer sees, where the ledger has the money, and which texts are on their way."""
    recharges = await open_recharges(house).fetch_of_line(house.asked["line"], limit=9)
    async with house.view() as connection:
        balances = await fetch_balances(connection)
        texts = (await connection.execute(select(outbound_sms.c.text))).scalars().all()
    return {
        "recharges": [_tell(each) for each in recharges],
        "balances": {name: fen for name, fen in balances.items() if fen},
        "texts": list(texts),
    }


def _tell(recharge: Recharge) -> dict[str, Any]:
    back = recharge.given_back
    return {
        "id": recharge.id,
        "state": recharge.state.value,
        "amount": str(recharge.amount.amount),
        "given_back": None if back is None else str(back.amount),
    }


def _yuan(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="CNY")


MONEY_DEEDS: Mapping[str, DeedOfHouse] = {
    "recharge": start,
    "charge": charge,
    "agree": agree,
    "redeem": redeem,
    "cancel_recharge": cancel,
    "refund": give_back,
    "refund_at_provider": give_back_at_provider,
    "notify": notify,
    "work_on_money": work,
    "heal_money": heal,
    "look_at_money": look,
}
