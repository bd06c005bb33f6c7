"""Which rows about money say something about a person, and what becomes of them?"""

from typing import Final

from gateway.identity.personal_data import periods
from gateway.identity.personal_data.records import Kept, RecordKind
from gateway.identity.personal_data.which import after, by_line
from gateway.identity.tables import from_us
from ordering.auto_tables import auto_charge, auto_recharge
from ordering.money.retention import recharges_over
from ordering.money.standing_retention import auto_charges_over, auto_recharges_over, transfers_over
from ordering.money_tables import recharge
from ordering.transfer_tables import balance_transfer

MONEY_KINDS: Final[tuple[RecordKind, ...]] = (
    RecordKind(
        "recharges",
        recharge,
        by_line(recharge, "line_id", "by_line_id", at="began_at_us"),
        (
            *("id", "masked_number", "amount_fen", "given_fen", "currency", "source", "state", "failure"),
            *("began_at_us", "paid_at_us", "credited_at_us", "ended_at_us"),
        ),
        lambda person: recharges_over(from_us(person.now_us), keep=periods.RECHARGES),
        Kept("evidence", after(recharge.c.ended_at_us, periods.RECHARGES)),
    ),
    RecordKind(
        "transfers",
        balance_transfer,
        by_line(balance_transfer, at="asked_at_us"),
        ("id", "masked_number", "amount_fen", "currency", "state", "asked_at_us", "ended_at_us"),
        lambda person: transfers_over(from_us(person.now_us), keep=periods.RECHARGES),
        Kept("evidence", after(balance_transfer.c.asked_at_us, periods.RECHARGES)),
    ),
    RecordKind(
        "auto_charges",
        auto_charge,
        by_line(auto_charge, at="began_at_us"),
        ("id", "month", "amount_fen", "state", "began_at_us"),
        lambda person: auto_charges_over(from_us(person.now_us), keep=periods.RECHARGES),
        Kept("evidence", after(auto_charge.c.began_at_us, periods.RECHARGES)),
    ),
    RecordKind(
        "auto_recharges",
        auto_recharge,
        by_line(auto_recharge, at="asked_at_us"),
        (
            *("id", "rule", "threshold_fen", "day", "amount_fen", "cap_fen", "currency", "source", "state"),
            *("channel", "asked_at_us", "agreed_at_us", "ended_at_us"),
        ),
        lambda person: auto_recharges_over(from_us(person.now_us), keep=periods.RECHARGES),
        Kept("evidence", after(auto_recharge.c.asked_at_us, periods.RECHARGES)),
    ),
)
