"""What does a draw win?"""

from hashlib import blake2b
from typing import Final

from loyalty.rules.effects import ONE_BILLION, Lottery

ROUNDS: Final = 6


def draw_prize(lottery: Lottery, number: int) -> str | None:
    """The key of the reward that a number in 0 … 10⁹-1 wins; None: nothing.

    The prizes take their chances from 0 upwards in their order: a prize of c chances is won by exactly c numbers.
    """
    for prize in lottery.prizes:
        if number < prize.chances:
            return prize.reward
        number -= prize.chances
    return None


def shuffle_draw(draw: int, name: str, *, size: int = ONE_BILLION) -> int:
    """The number that a lottery called ``name`` sees of a happening's ``draw``, both in 0 … size-1.

    Each name sees the same draw in an order of its own, so that one lottery says nothing of another. It is a
    permutation, so that each number comes as often as it was drawn, and the odds are exactly those published: a
    Feistel network over the next even number of bits, walked on until it comes back into the range.
    """
    half = ((size - 1).bit_length() + 1) // 2 or 1
    mask, keys = (1 << half) - 1, [f"{name}\n{turn}".encode() for turn in range(ROUNDS)]
    while True:
        left, right = draw >> half, draw & mask
        for key in keys:
            left, right = right, left ^ (_mix(key, right) & mask)
        draw = left << half | right
        if draw < size:
            return draw


def _mix(key: bytes, number: int) -> int:
    return int.from_bytes(blake2b(key + b"\n%d" % number, digest_size=8).digest())
