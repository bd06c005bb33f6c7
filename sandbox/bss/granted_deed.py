"""What happens when money is granted by a reference, or taken back?"""

from dataclasses import replace

from sandbox.bss.balance_deed import MoneyRefusedError, open_account
from sandbox.bss.grant_book import Terms
from sandbox.bss.money_book import MoneyDeed
from sandbox.bss.pot import Pot, lots_of, pot_id
from sandbox.bss.world import World


def grant(world: World, asked: MoneyDeed, terms: Terms) -> MoneyDeed:
    """The amount is a pot of its own, once for the deed's key. Raises MoneyRefusedError ``accountClosed``."""
    open_account(world, asked.account_id, "accountClosed")
    return world.store.grants.grant(asked, terms)


def take_granted(world: World, asked: MoneyDeed, granted: int) -> MoneyDeed:
    """What is left of a grant goes, at most what is asked for, which may be nothing: what is frozen first, of that what
    would be free last, then what was not spent. Raises MoneyRefusedError ``unknownGrant``."""
    pot = world.store.grants.pot(granted, asked.at_ms)
    if pot is None:
        raise MoneyRefusedError("unknownGrant", "There is no such granted money.")
    most_li, parts = -asked.amount_li, dict[int, int]()
    for place, left_li in _left(world, asked.account_id, pot, asked.at_ms):
        parts[place] = min(left_li, most_li - sum(parts.values()))
    taken_li = sum(parts.values())
    deed = replace(asked, amount_li=-taken_li)
    return world.store.grants.take(deed, granted, {place: li for place, li in parts.items() if li > 0})


def _left(world: World, account_id: str, pot: Pot, at_ms: int) -> list[tuple[int, int]]:
    """What is left of each release (its place), in the order in which it is taken: the latest first, so that what is
    frozen goes before what is free."""
    standings = world.books(world.portfolio_of(account_id), at_ms).granted
    free = {each.id: each.left_li for each in standings if each.name == "granted"}
    frozen = {
        since_ms: li for each in standings if each.id == pot_id(account_id, pot) for since_ms, li in each.releases
    }
    lots = enumerate(lots_of(pot_id(account_id, pot), pot))
    left = [
        (place, frozen.get(lot.since_ms, 0) if lot.since_ms > at_ms else free.get(lot.id, 0)) for place, lot in lots
    ]
    return left[::-1]
