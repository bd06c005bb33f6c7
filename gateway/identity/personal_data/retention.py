"""What is deleted because its time is over?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.consent.retention import is_over
from gateway.identity.consent.tables import consent_word
from gateway.identity.job_claim import claim_job
from gateway.identity.people.tables import helper_permission, line_link
from gateway.identity.personal_data import periods
from gateway.identity.personal_data.ended import HELP_ENDED_US, LINK_ENDED_US
from gateway.identity.personal_data.tables import personal_data_export, personal_data_request
from gateway.identity.tables import to_us
from loyalty.notice_tables import loyalty_notice
from loyalty.notices import notices_over as reward_notices_over
from loyalty.referral.retention import invitations_over, months_over
from loyalty.referral_tables import invitation, invitation_month
from loyalty.reward_tables import redemption, reward_code, reward_limit
from loyalty.rewards.retention import codes_over, limits_over, redemptions_over
from notifications.alert_tables import alert, inbox_message
from ordering.auto_tables import auto_charge, auto_recharge
from ordering.change_tables import change_order, order_cancellation, prepared_change
from ordering.changes.retention import cancellations_over, orders_over, questions_over
from ordering.money.retention import notices_over, recharges_over, refunds_over
from ordering.money.standing_retention import auto_charges_over, auto_recharges_over, transfers_over
from ordering.money_tables import payment_notice, recharge, recharge_refund
from ordering.promises import promises_over
from ordering.tables import line_promise
from ordering.transfer_tables import balance_transfer

FORGET_EVERY = timedelta(hours=1)
ROWS_IN_A_BATCH = 500
MOST_BATCHES = 40
"""Of one kind in one run: the rest waits for the next."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """One kind of record, and which of its rows are over at a moment. What is over never becomes anything else."""

    record: str
    table: Table
    is_over: Callable[[datetime], ColumnElement[bool]]


async def forget_by_schedule(engine: AsyncEngine, *, now: datetime) -> Mapping[str, int]:
    """Deletes what is over, in short transactions, and says how much of what. Of workers that ask at once one does it.

    Raises DatabaseFault.
    """
    if not await claim_job(engine, "forget_by_schedule", period=FORGET_EVERY, now=now):
        return {}
    return {schedule.record: await _forget(engine, schedule, now) for schedule in SCHEDULES}


async def _forget(engine: AsyncEngine, schedule: Schedule, now: datetime) -> int:
    forgotten = 0
    for _ in range(MOST_BATCHES):
        over = await _find_over(engine, schedule, now)
        if not over:
            break
        async with write(engine) as connection:  # looking for rows may take a while: no other writer waits for that
            key = tuple_(*schedule.table.primary_key)
            forgotten += (await connection.execute(delete(schedule.table).where(key.in_(over)))).rowcount
    return forgotten


async def _find_over(engine: AsyncEngine, schedule: Schedule, now: datetime) -> list[tuple[Any, ...]]:
    key = list(schedule.table.primary_key)
    asked = select(*key).where(schedule.is_over(now)).order_by(*key).limit(ROWS_IN_A_BATCH)
    async with read(engine) as connection:
        return [tuple(row) for row in await connection.execute(asked)]


def _longer_ago(moment_us: ColumnElement[Any], period: timedelta) -> Callable[[datetime], ColumnElement[bool]]:
    return lambda now: moment_us < to_us(now - period)


SCHEDULES: Final[Sequence[Schedule]] = (
    Schedule("consents", consent_word, lambda now: is_over(now, keep=periods.CONSENTS)),
    Schedule("exports", personal_data_export, lambda now: personal_data_export.c.expires_at_us <= to_us(now)),
    Schedule("requests", personal_data_request, _longer_ago(personal_data_request.c.done_at_us, periods.REQUESTS)),
    Schedule("linked_lines", line_link, _longer_ago(LINK_ENDED_US, periods.PEOPLE)),
    Schedule("helpers", helper_permission, _longer_ago(HELP_ENDED_US, periods.PEOPLE)),
    Schedule("promises", line_promise, lambda now: promises_over(now, keep=periods.PROMISES)),
    Schedule("order_cancellations", order_cancellation, lambda now: cancellations_over(now, keep=periods.CHANGES)),
    Schedule("change_orders", change_order, lambda now: orders_over(now, keep=periods.CHANGES)),
    Schedule("prepared_changes", prepared_change, lambda now: questions_over(now, keep=periods.CHANGES)),
    Schedule("recharges", recharge, lambda now: recharges_over(now, keep=periods.RECHARGES)),
    Schedule("recharge_refunds", recharge_refund, refunds_over),
    Schedule("payment_notices", payment_notice, lambda now: notices_over(now, keep=periods.NOTICES)),
    Schedule("transfers", balance_transfer, lambda now: transfers_over(now, keep=periods.RECHARGES)),
    Schedule("auto_charges", auto_charge, lambda now: auto_charges_over(now, keep=periods.RECHARGES)),
    Schedule("auto_recharges", auto_recharge, lambda now: auto_recharges_over(now, keep=periods.RECHARGES)),
    Schedule("redemptions", redemption, lambda now: redemptions_over(now, keep=periods.REWARDS)),
    Schedule("reward_codes", reward_code, lambda now: codes_over(now, keep=periods.REWARDS)),
    Schedule("reward_limits", reward_limit, limits_over),
    Schedule("reward_notices", loyalty_notice, lambda now: reward_notices_over(now, keep=periods.DELIVERIES)),
    Schedule("invitations", invitation, lambda now: invitations_over(now, keep=periods.REWARDS)),
    Schedule("invitation_months", invitation_month, months_over),
    Schedule("inbox", inbox_message, _longer_ago(inbox_message.c.raised_at_us, periods.ALERTS)),
    Schedule("alerts", alert, _longer_ago(alert.c.ended_at_us, periods.ALERTS)),
)
