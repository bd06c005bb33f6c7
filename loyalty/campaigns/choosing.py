"""Which of the options is it, and where is it sent?"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.identity_ports import Deed
from graphql_schema.loyalty_ports import Delivery
from graphql_schema.problems import BadArgument, NotFound, RedemptionRefused
from graphql_schema.types.reward import RedemptionObstacle, RedemptionObstacleCode
from loyalty.campaign_tables import happening, reward_grant
from loyalty.campaigns.drafts import GrantDraft, Winner, fill, win_nothing
from loyalty.campaigns.gathering import read_told
from loyalty.campaigns.giving import give_at_once, settle_points
from loyalty.campaigns.happenings import count_parts
from loyalty.campaigns.ladder import Won, find_quantity
from loyalty.campaigns.live import CampaignShelf
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.notation import parse_rewards
from loyalty.campaigns.rows import Overtaken, announce, end, find_grant, hold
from loyalty.campaigns.uses import Exhausted, find_stock_uses, give_back_cost, hold_cost, take
from loyalty.rewards.deliveries import close_delivery, digest_address, open_delivery
from loyalty.rules.campaign import Campaign
from loyalty.rules.effects import Goods, Lottery, Reward
from loyalty.rules.lottery import draw_prize, shuffle_draw

NO_ADDRESS, GONE = "no_address", "out_of_stock"
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class _Choice:
    """What was chosen, by whom it may be had, and where it goes (sealed; blank: nowhere)."""

    row: Row[Any]
    option: Reward
    campaign: Campaign
    winner: Winner
    draw: int
    delivery: str


class Choices:
    """One of the options becomes the grant, in one transaction: the first choice counts."""

    def __init__(self, bureau: Bureau, shelf: CampaignShelf) -> None:
        self._bureau, self._shelf = bureau, shelf

    async def choose(self, deed: Deed, grant_id: str, reward_key: str, *, to: Delivery | None) -> Row[Any]:
        """The grant as it then stands; the same choice again changes nothing. Raises NotFound, BadArgument where goods
        have no delivery, RedemptionRefused where another was chosen or the last one is gone."""
        for _ in range(ATTEMPTS):
            row = await find_grant(self._bureau, grant_id)
            if row is None or row.is_hidden or row.line_id != deed.caller.subscriber:
                raise NotFound
            if row.state != "choosing":
                if row.chosen == reward_key:
                    return row
                raise _refuse(RedemptionObstacleCode.ITEM_CHANGED)
            option = _find_option(row, reward_key)
            if isinstance(option.effect, Goods) and to is None:
                raise BadArgument(name="delivery")
            delivery = close_delivery(self._bureau.seal, to) if to and isinstance(option.effect, Goods) else ""
            try:
                return await self._take(row, option, delivery)
            except Overtaken:
                continue
            except Exhausted:
                raise _refuse(RedemptionObstacleCode.OUT_OF_STOCK) from None
        raise _refuse(RedemptionObstacleCode.ITEM_CHANGED)

    async def lapse(self, row: Row[Any]) -> None:
        """Nobody chose in time: the first option that is there and needs no address is taken by itself. Raises
        Overtaken."""
        options = parse_rewards(row.options)
        for option in options:
            if isinstance(option.effect, Goods):
                continue
            try:
                await self._take(row, option, "")
            except Exhausted:
                continue
            return
        failure = NO_ADDRESS if any(isinstance(option.effect, Goods) for option in options) else GONE
        await end(self._bureau, row, "refused", failure=failure)

    async def _take(self, row: Row[Any], option: Reward, delivery: str) -> Row[Any]:
        bureau = self._bureau
        async with bureau.reading() as connection:
            campaign = await self._shelf.fetch_version(connection, row.campaign_id, row.version)
        async with bureau.transaction() as connection:
            await hold(connection, row, turn=row.turn + 1, chosen=option.key)
            choice = await self._read_choice(connection, row, option, campaign, delivery)
            reward = option if row.reward_key else await _take_uses(connection, choice)
            draft = _fill(choice, reward)
            written = settle_points(bureau, draft) | {"turn": row.turn + 1, "chosen": option.key}
            if delivery:
                written["address_digest"] = digest_address(bureau.seal, open_delivery(bureau.seal, delivery))
            await connection.execute(update(reward_grant).where(reward_grant.c.id == row.id).values(written))
            if written["state"] != "refused":
                await give_at_once(bureau, connection, [draft])
        bureau.cross("grant.chosen")
        await announce(bureau, row.line_id)
        chosen = await find_grant(bureau, row.id)
        if chosen is None:
            raise NotFound
        return chosen

    async def _read_choice(
        self, connection: AsyncConnection, row: Row[Any], option: Reward, campaign: Campaign, delivery: str
    ) -> _Choice:
        """What of the happening is left is read after the grant is held: whoever gives it back comes before or after
        that."""
        asked = select(happening).where(happening.c.id == row.happening_id)
        happened = (await connection.execute(asked)).one()
        winner = Winner(
            happening_id=row.happening_id,
            line_id=row.line_id,
            account_id=row.account_id,
            package=row.package,
            channel=read_told(happened).channel,
            earned_on=row.earned_on,
            left=count_parts(happened) - happened.back_parts,
            now=self._bureau.now(),
            choose_for=self._bureau.rules.choose_for,
        )
        return _Choice(row, option, campaign, winner, happened.draw, delivery)


async def _take_uses(connection: AsyncConnection, choice: _Choice) -> Reward | None:
    """One of its stock, and of the prize's where it is a draw; the budget gets back what the dearest option would have
    cost more. None: the draw won nothing. Raises Exhausted."""
    campaign, option = choice.campaign, choice.option
    await hold_cost(connection, campaign.id)
    await take(connection, find_stock_uses(campaign, [option]))
    reward: Reward | None = option
    cost_fen = option.cost_fen
    if isinstance(option.effect, Lottery):
        reward = await _draw(connection, choice, option.effect)
        cost_fen += reward.cost_fen if reward else 0
    await give_back_cost(connection, campaign.id, choice.row.cost_fen - cost_fen)
    return reward


async def _draw(connection: AsyncConnection, choice: _Choice, lottery: Lottery) -> Reward | None:
    """By the happening's own number, as if it had been drawn at once; a prize that is gone is nothing."""
    campaign = choice.campaign
    key = draw_prize(lottery, shuffle_draw(choice.draw, f"{campaign.id}/{choice.option.key}"))
    if key is None:
        return None
    prize = campaign.find_reward(key)
    try:
        await take(connection, find_stock_uses(campaign, [prize]))
    except Exhausted:
        return None
    return prize


def _fill(choice: _Choice, reward: Reward | None) -> GrantDraft:
    """The row of what was chosen or drawn; a draw that won nothing is over, and says so by its own name."""
    row, option = choice.row, choice.option
    columns = {column.name: getattr(row, column.name) for column in reward_grant.c} | {"delivery": choice.delivery}
    if reward is None:
        return win_nothing(columns, option, choice.winner.now)
    quantity = find_quantity(reward.effect)
    won = Won(reward, option.key, quantity, ((option.key, quantity),) if option is not reward else ())
    draft = fill(columns, choice.campaign, won, choice.winner)
    if row.reward_key is None:
        return draft
    return replace(draft, row=draft.row | {"kept": row.kept, "ladder": row.ladder})  # it was won before: as it was


def _find_option(row: Row[Any], reward_key: str) -> Reward:
    for option in parse_rewards(row.options):
        if option.key == reward_key:
            return option
    raise NotFound


def _refuse(code: RedemptionObstacleCode) -> RedemptionRefused:
    return RedemptionRefused(obstacles=[RedemptionObstacle(code=code)])
