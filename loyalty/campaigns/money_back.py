"""How does money go back that may not be kept?"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.engine import Row

from graphql_schema.loyalty_ports import Fulfilled, FulfilmentState
from loyalty.campaign_tables import grant_return
from loyalty.campaigns.asking import find_or_ask
from loyalty.campaigns.money_rows import change_parts, from_fen, to_fen
from loyalty.campaigns.money_steps import Part, Return, TakeBack, share_taken
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.notation import derive_id
from loyalty.campaigns.rows import hold
from loyalty.tables import from_us, to_us


class MoneyBack:
    """What did not come is cut; what came, the operator is asked for. Raises Overtaken, BssFault."""

    def __init__(self, bureau: Bureau) -> None:
        self._bureau = bureau

    async def cut(self, row: Row[Any], part: Part, fen: int) -> None:
        """So much of a part that waits never comes."""
        state = "taken_back" if fen == part.net_fen else "waiting"
        async with self._bureau.transaction() as connection:
            await hold(connection, row)
            await change_parts(connection, row, [part], cut_fen=part.cut_fen + fen, state=state)
        self._bureau.cross("grant.part_cut")

    async def take_back(self, row: Row[Any], step: TakeBack, parts: Sequence[Part], *, number: int) -> bool:
        """Asks for money that is not spent, under a reference of its own. False: the operator is still at it."""
        bureau = self._bureau
        begun = step.begun or await self._begin(row, step, number)
        most = from_fen(begun.most_fen, bureau.rules.currency)
        answer = await find_or_ask(
            bureau,
            row.account_id,
            begun.reference,
            lambda: bureau.fulfilment.take_back(begun.reference, row.account_id, granted=begun.granted, most=most),
            asked_at=None if step.begun is None else from_us(begun.at_us),
        )
        bureau.cross("grant.return_asked")
        if answer.state not in {FulfilmentState.DONE, FulfilmentState.REFUSED}:
            return False
        await self._conclude(row, begun, parts, answer)
        return True

    async def _begin(self, row: Row[Any], step: TakeBack, number: int) -> Return:
        begun = Return(
            reference=derive_id("back", row.id, number),
            granted=step.granted,
            most_fen=step.most_fen,
            taken_fen=0,
            state="asking",
            at_us=to_us(self._bureau.now()),
        )
        written = {
            "reference": begun.reference,
            "grant_id": row.id,
            "number": number,
            "granted": begun.granted,
            "most_fen": begun.most_fen,
            "taken_fen": 0,
            "state": begun.state,
            "at_us": begun.at_us,
        }
        async with self._bureau.transaction() as connection:
            await hold(connection, row)
            await connection.execute(insert(grant_return).values(written))
        self._bureau.cross("grant.return_intended")
        return begun

    async def _conclude(self, row: Row[Any], begun: Return, parts: Sequence[Part], answer: Fulfilled) -> None:
        """What was spent is not there to be taken: the operator says how much was."""
        done = answer.state is FulfilmentState.DONE
        taken_fen = to_fen(answer.taken_back) if done and answer.taken_back is not None else 0
        taken_fen = min(taken_fen, begun.most_fen)
        async with self._bureau.transaction() as connection:
            await hold(connection, row)
            mine = grant_return.c.reference == begun.reference
            ended = {"state": "done" if done else "refused", "taken_fen": taken_fen}
            await connection.execute(update(grant_return).where(mine).values(ended))
            for part, took in share_taken(parts, begun.granted, taken_fen):
                state = "taken_back" if took == part.held_fen else "given"
                await change_parts(connection, row, [part], taken_fen=part.taken_fen + took, state=state)
        self._bureau.cross("grant.return_taken")
