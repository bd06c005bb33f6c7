"""What does an attacker get who guesses at every door, from many places, without a pause?"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from random import Random

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.password import CHEAPEST
from graphql_schema.client import Channel
from graphql_schema.door import (
    Admitted,
    CodeEvidence,
    CodeSent,
    CodeWish,
    PasswordEvidence,
    PasswordReset,
    Purpose,
    Turned,
)

from .conftest import Watch

PASSWORD_TRIES, CODES, CODE_TRIES, SECRETS = 3, 5, 5, 10**6
CHANNELS = (Channel.WEB, Channel.APP, Channel.SMS, Channel.IVR)
PURPOSES = (Purpose.SIGN_IN, Purpose.RESET)
WHAT = ("password", "code", "password", "reset", "password", "password", "code", "password on a device", "reset")


class PlainHasher(PasswordHasher):
    """Takes no time, and counts how often it was asked whether a password is right."""

    def __init__(self) -> None:
        super().__init__()
        self.looked = 0

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        return f"plain:{password!r}"

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002  argon2's own name
        self.looked += 1
        if hash != f"plain:{password!r}":
            raise VerifyMismatchError
        return True


class CountingHasher(PasswordHasher):
    """The real one, at the cost that the house starts with, counted."""

    def __init__(self) -> None:
        super().__init__(time_cost=CHEAPEST.time_cost, memory_cost=CHEAPEST.memory_cost, parallelism=1)
        self.looked = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002  argon2's own name
        self.looked += 1
        return super().verify(hash, password)


@dataclass(slots=True)
class Tally:
    """What came of it. ``looked_at`` are guesses that were compared with a secret; all others can't succeed."""

    guesses: int = 0
    successes: int = 0
    looked_at: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)

    def note(self, what: str, verdict: Admitted | Turned | None) -> None:
        self.guesses += 1
        if not isinstance(verdict, Turned):
            self.successes += 1
            self.looked_at[what] += 1
            return
        self.answers[verdict.code] += 1
        # The third wrong password is answered as locked, with a secret looked at: the hasher counts those.
        if verdict.code == "wrong_credentials" and not what.startswith("password"):
            self.looked_at[what] += 1


@dataclass(slots=True)
class Campaign:
    """Guesses at these numbers from these sources, all at once, in rounds of one moment each within one day."""

    keeper: HallDoorkeeper
    watch: Watch
    numbers: Sequence[str]
    sources: int
    chance: Random
    tally: Tally = field(default_factory=Tally)
    challenges: dict[tuple[str, Purpose], str] = field(default_factory=dict)

    async def run(self, *, guesses: int, rounds: int, at_once: int = 10) -> Tally:
        """So many guesses in all; codes are asked for in each round, as far as the house sends them."""
        for _ in range(rounds):
            await self._ask_for_codes()
            wave = list(islice(self._guesses(), guesses // rounds))
            for start in range(0, len(wave), at_once):
                await asyncio.gather(*(self._guess(*guess) for guess in wave[start : start + at_once]))
            self.watch.advance(minutes=10)
        return self.tally

    async def _ask_for_codes(self) -> None:
        for number in self.numbers:
            wish = CodeWish(number, self.chance.choice(PURPOSES), Channel.WEB, self._source())
            sent = await self.keeper.send_code(wish)
            if isinstance(sent, CodeSent):
                self.challenges[number, wish.purpose] = sent.challenge
            await self.keeper.settle()

    def _guesses(self) -> Iterator[tuple[str, Channel, str]]:
        for what, channel in zip(cycle(WHAT), cycle(CHANNELS), strict=False):
            yield what, channel, self.chance.choice(self.numbers)

    async def _guess(self, what: str, channel: Channel, number: str) -> None:
        secret, source = f"{self.chance.randrange(SECRETS):06}", self._source()
        if what in ("code", "reset"):
            purpose = Purpose.SIGN_IN if what == "code" else Purpose.RESET
            challenge = self.challenges.get((number, purpose), "")
            evidence = CodeEvidence(number, secret, source, challenge, purpose)
            if what == "code":
                self.tally.note(what, await self.keeper.admit(evidence, channel))
            else:
                reset = PasswordReset(evidence, "110101199003078515", "471920")
                self.tally.note(what, await self.keeper.reset_password(reset, channel))
            return
        device = source if what == "password on a device" else None
        self.tally.note(what, await self.keeper.admit(PasswordEvidence(number, secret, source, device), channel))

    def _source(self) -> str:
        place = self.chance.randrange(self.sources)
        return f"10.{place // 65536}.{place // 256 % 256}.{place % 256}"


def most_looked_at(numbers: int, days: int = 1) -> tuple[int, int]:
    """How many passwords and codes can be looked at, by arithmetic: three a number and day; five codes, five tries
    each."""
    return numbers * days * PASSWORD_TRIES, numbers * days * CODES * CODE_TRIES
