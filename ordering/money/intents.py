"""What stands in a row before anything happens?"""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.ports import BssFault
from graphql_schema.problems import BadArgument, NotRechargeable, TooMany
from graphql_schema.types.line import Line, LineState, Payer
from graphql_schema.types.recharge import RechargeSource
from ordering.money.needs import RechargeRules, Till
from ordering.money.units import to_us
from ordering.money.view import digest_receipt, make_receipt
from ordering.money_tables import recharge


async def find_target(till: Till, caller: Caller, number: str | None) -> Line:
    """The line that a caller means, None being their own. Raises BadArgument, NotRechargeable, TooMany, BssFault."""
    if number is None:
        if caller.subscriber is None:
            raise BadArgument(name="number")
        return judge_target(await till.lines.fetch_line(caller.subscriber))
    spelled = till.spell(number)
    if spelled is None:
        raise NotRechargeable(reason="unknown")
    if spelled != caller.number or caller.subscriber is None:
        await till.lookups(caller)
    return judge_target(await till.lines.find_line(spelled))


def draft(till: Till, deed: Deed, line: Line, source: RechargeSource) -> dict[str, Any]:
    """The row of an intent, without its amount and state. A worker leaves it alone while whoever wrote it is at it."""
    whose = {"by_line_id": deed.caller.subscriber, "channel": deed.caller.channel.value}
    return draft_for(till, deed.id, line, source) | whose


def draft_for(till: Till, recharge_id: str, line: Line, source: RechargeSource) -> dict[str, Any]:
    """The same for one that no person begins."""
    now = till.now()
    return {
        "id": recharge_id,
        "receipt_digest": digest_receipt(make_receipt(till, recharge_id)),
        "line_id": line.id,
        "by_line_id": line.id,
        "account_id": line.account_id,
        "masked_number": line.masked_number,
        "number": till.seal.close(line.number),
        "back_fen": 0,
        "given_fen": 0,
        "currency": till.rules.currency,
        "source": source.value,
        "channel": Channel.SYSTEM.value,
        "offer": "",
        "card": "",
        "began_at_us": to_us(now),
        "changed_at_us": to_us(now),
        "free_at_us": to_us(now + till.rules.lease),
        "attempts": 0,
    }


async def check_room(connection: AsyncConnection, rules: RechargeRules, line_id: str | None) -> None:
    """Who began so many that wait for their payment pays or cancels one first. Raises TooMany."""
    if line_id is None:
        return
    waiting = (recharge.c.by_line_id == line_id, recharge.c.state.in_(("opening", "waiting")))
    asked = select(func.count()).select_from(recharge).where(*waiting)
    if (await connection.execute(asked)).scalar_one() >= rules.waiting_most:
        raise TooMany(most=rules.waiting_most)


def judge_target(line: Line | None) -> Line:
    if line is None or line.state is LineState.PENDING:
        raise NotRechargeable(reason="unknown")
    if line.state is LineState.CLOSED:
        raise NotRechargeable(reason="closed")
    if line.payer is Payer.ORGANIZATION:
        raise NotRechargeable(reason="paid_by_organization")
    if line.stale:  # the number may have gone to somebody else since
        raise BssFault("line_unavailable", retryable=True)
    return line
