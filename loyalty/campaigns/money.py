"""How does money that was promised reach the operator, part by part?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.engine import Row

from graphql_schema.loyalty_ports import FulfilmentState, GrantedMoney
from graphql_schema.types.bill import SubjectCode
from graphql_schema.types.month import Month
from loyalty.campaigns.asking import find_or_ask, read_reason
from loyalty.campaigns.money_back import MoneyBack
from loyalty.campaigns.money_rows import change_parts, from_fen, read_money, to_fen
from loyalty.campaigns.money_steps import Ask, Cut, GoOn, Part, Rest, TakeBack, decide_step
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.notation import derive_id
from loyalty.campaigns.rows import end, hold, rest, turns_of
from loyalty.campaigns.telling import tell_money
from loyalty.points.policies import find_business_day
from loyalty.rules.effects import Bonus
from loyalty.tables import from_us, to_us

STEPS_MOST: Final = 500
"""More than any grant has: a promise of years has a part a month, and each can go there and back."""


class MoneyGrants:
    """The steps of a grant of money. Each takes the grant as it was claimed. Raises Overtaken, BssFault."""

    def __init__(self, bureau: Bureau) -> None:
        self._bureau, self._back = bureau, MoneyBack(bureau)

    async def advance(self, row: Row[Any], bonus: Bonus) -> timedelta | None:
        """Brings it as far as it comes now. A pause: the operator works on it, or a month is not billed yet."""
        bureau = self._bureau
        together = bonus.months > 1 and not bonus.least_spend_fen
        for _ in range(STEPS_MOST):
            parts, returns = await read_money(bureau, row)
            came_on = True
            match decide_step(row.kept, parts, returns, today=find_business_day(bureau.now()), together=together):
                case Rest() as step:
                    await self._rest(row, step)
                    return None
                case Cut(part, fen):
                    await self._back.cut(row, part, fen)
                case TakeBack() as step:
                    came_on = await self._back.take_back(row, step, parts, number=len(returns) + 1)
                case GoOn(asked):
                    came_on = await self._ask(row, bonus, asked, first=False)
                case Ask(due):
                    enough = await self._has_spent_enough(row, bonus, due[0])
                    if enough is None:
                        return bureau.rules.ask_spend_after
                    came_on = await (self._begin(row, bonus, due) if enough else self._miss(row, due))
            if not came_on:
                break
        return turns_of(bureau).find_pause(row.attempts)

    async def _has_spent_enough(self, row: Row[Any], bonus: Bonus, part: Part) -> bool | None:
        """In the month before the part's day; None: nobody can say yet."""
        if not bonus.least_spend_fen:
            return True
        month = Month(part.on_day.year, part.on_day.month).plus(-1).first_day
        spent = await self._bureau.spend.fetch_spend(row.account_id, month)
        return None if spent is None else to_fen(spent) >= bonus.least_spend_fen

    async def _miss(self, row: Row[Any], due: Sequence[Part]) -> bool:
        """It never comes."""
        async with self._bureau.transaction() as connection:
            await hold(connection, row)
            await change_parts(connection, row, due, state="missed")
        self._bureau.cross("grant.part_missed")
        return True

    async def _begin(self, row: Row[Any], bonus: Bonus, due: tuple[Part, ...]) -> bool:
        """Writes what is about to be asked for, then asks for it."""
        now_us = to_us(self._bureau.now())
        reference = derive_id("part", row.id, due[0].number)
        async with self._bureau.transaction() as connection:
            await hold(connection, row)
            await change_parts(connection, row, due, reference=reference, state="asking", asked_at_us=now_us)
        self._bureau.cross("grant.part_intended")
        return await self._ask(row, bonus, tuple(replace(part, reference=reference) for part in due), first=True)

    async def _ask(self, row: Row[Any], bonus: Bonus, parts: tuple[Part, ...], *, first: bool) -> bool:
        """False: the operator is still at it."""
        bureau, reference = self._bureau, str(parts[0].reference)
        wanted = _build_wish(bonus, parts, bureau.rules.currency)
        answer = await find_or_ask(
            bureau,
            row.account_id,
            reference,
            lambda: bureau.fulfilment.grant_money(reference, row.account_id, wanted),
            asked_at=None if first else from_us(parts[0].asked_at_us or row.at_us),
        )
        bureau.cross("grant.part_asked")
        if answer.state not in {FulfilmentState.DONE, FulfilmentState.REFUSED}:
            return False
        given = answer.state is FulfilmentState.DONE
        async with bureau.transaction() as connection:
            await hold(connection, row, failure=None if given else read_reason(answer))
            await change_parts(connection, row, parts, state="given" if given else "refused")
            if given:
                await tell_money(bureau, connection, row, parts)
        bureau.cross("grant.part_given")
        return True

    async def _rest(self, row: Row[Any], step: Rest) -> None:
        if step.until is None:
            await end(self._bureau, row, step.state)
            return
        month = Month(step.until.year, step.until.month)
        until = month.starts_at + (step.until - month.first_day)  # business days have no summer time
        await rest(self._bureau, row, step.state, until=until)


def _build_wish(bonus: Bonus, parts: tuple[Part, ...], currency: str) -> GrantedMoney:
    """The same however often it is asked for: nothing in it depends on when."""
    last = parts[-1].on_day
    return GrantedMoney(
        amount=from_fen(sum(part.net_fen for part in parts), currency),
        releases=[(part.on_day, from_fen(part.net_fen, currency)) for part in parts],
        usable_for=[SubjectCode(code) for code in bonus.usable_for],
        valid_until=None if bonus.valid_days is None else last + timedelta(days=bonus.valid_days),
    )
