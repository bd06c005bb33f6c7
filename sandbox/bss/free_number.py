"""Which numbers can be reserved for a new line?"""

from collections.abc import Collection, Iterator
from random import Random
from typing import Final

_STEM: Final = "137"
_BLOCKS: Final = 20
_ENDINGS: Final = 10_000


def pool(seed: int) -> tuple[str, ...]:
    """The first seven digits of the numbers that the operator has free: 20 blocks of 10,000 each."""
    chance = Random(f"{seed}/free-numbers")
    return tuple(f"{_STEM}{block:04}" for block in sorted(chance.sample(range(10_000), _BLOCKS)))


def is_in_pool(number: str, seed: int) -> bool:
    """Whether a number was ever free."""
    return len(number) == 11 and number.isascii() and number.isdigit() and number[:7] in pool(seed)


def free_numbers(ending: str, *, seed: int, taken: Collection[str]) -> Iterator[str]:
    """The numbers of the pool that end so (at most four digits) and are not taken, ascending by their last four."""
    blocks, step = pool(seed), 10 ** len(ending)
    for last in range(int(ending or 0), _ENDINGS, step):
        for block in blocks:
            number = f"{block}{last:04}"
            if number not in taken:
                yield number
