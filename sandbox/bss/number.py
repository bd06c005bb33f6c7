"""Whose is a number, and whose was it?"""

from sandbox.bss.personas import STORIES
from sandbox.bss.population import candidate_index
from sandbox.bss.portfolio import Line, Portfolio
from sandbox.bss.world import World


def line_by_number(world: World, number: str) -> Line | None:
    """The line that has this number now; else the one that had it last."""
    now_ms = world.clock.now_ms()
    begun = [line for line in lines_by_number(world, number) if line.since_ms <= now_ms]
    living = [line for line in begun if not line.is_ended(now_ms)]
    return next(iter(living or begun[::-1]), None)


def lines_by_number(world: World, number: str) -> list[Line]:
    """Every line that has, had or is to have this number, in the order in which they got it."""
    found = portfolios_by_number(world, number)
    return [line for portfolio in found for line in portfolio.lines if line.number == number]


def portfolios_by_number(world: World, number: str) -> list[Portfolio]:
    """The portfolios with such a line: at most one from the beginning, then those that the number passed on
    to, and those that opened a line with it."""
    told = next((index for index in range(len(STORIES)) if _has(world.portfolio(index), number)), None)
    first = candidate_index(number) if told is None else told
    indexes = [index for index in (first,) if index is not None and index < world.founders]
    indexes += world.lines.holders_of(number) + world.orders.opened_in(number)
    found = (world.portfolio(index) for index in dict.fromkeys(indexes))
    return [portfolio for portfolio in found if _has(portfolio, number)]


def _has(portfolio: Portfolio, number: str) -> bool:
    return any(line.number == number for line in portfolio.lines)
