"""How far does a campaign of guesses at every door get, and what does it cost the house?

A million guesses with a hasher that takes no time, and a thousand with the real one. Ends with 1 when more secrets were
looked at than arithmetic allows, more were hit than chance explains, or a guess cost more CPU than it may.
"""

import argparse
import asyncio
import math
import sys
import tempfile
import time
from argparse import Namespace
from pathlib import Path
from random import Random

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # the campaign lives with the tests

from gateway.database import open_database, write  # noqa: E402
from gateway.identity.password import PasswordHashes  # noqa: E402
from gateway.identity.tables import metadata  # noqa: E402
from tests.gateway.identity.conftest import SECRET, KnownLines, Watch, hire_for  # noqa: E402
from tests.gateway.identity.guessing_campaign import (  # noqa: E402
    PASSWORD_TRIES,
    SECRETS,
    Campaign,
    CountingHasher,
    PlainHasher,
    Tally,
    most_looked_at,
)

LUCK = 1e-6
"""How likely it may be that chance alone exceeds the bound of successes."""
MOST_US, MOST_REAL_US = 900, 90_000
"""CPU of a guess in microseconds: thrice what benchmarks/README.md says of two cores of 2026."""


async def wage(url: str, hasher: PlainHasher | CountingHasher, options: Namespace, guesses: int, most_us: int) -> bool:
    """One campaign over a fresh database; whether it stayed inside the arithmetic, and each guess below ``most_us``
    microseconds of CPU, the guesser's own and the codes that it asks for included."""
    engine, watch, chance = open_database(url), Watch(), Random(options.seed)
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    ours = [f"1380013{index:04}" for index in range(options.numbers // 2)]
    nobodys = [f"1390013{index:04}" for index in range(options.numbers - len(ours))]
    lines = KnownLines()
    lines.ids = {number: f"L{number}" for number in ours}
    hashes = PasswordHashes(secret=SECRET, hasher=hasher, longest_queue=10_000)
    keeper = hire_for(engine, lines=lines, now=watch, hashes=hashes)
    for number in ours:
        while await keeper.set_password(number, f"{chance.randrange(SECRETS):06}", line_id=f"L{number}") is not None:
            continue  # too weak to be anybody's
    campaign = Campaign(keeper, watch, [*ours, *nobodys], options.sources, chance)
    began, cpu_began = time.monotonic(), time.process_time()
    tally = await campaign.run(guesses=guesses, rounds=options.rounds)
    wall_seconds, cpu_seconds = time.monotonic() - began, time.process_time() - cpu_began
    await keeper.finish()
    await engine.dispose()
    print(f"{tally.guesses:,} guesses at {options.numbers} numbers from {options.sources} sources")
    cost_us = cpu_seconds / tally.guesses * 1e6
    print(f"  {wall_seconds:.0f} s, {cpu_seconds:.0f} s of CPU: {cost_us:.0f} of at most {most_us} µs a guess")
    return judge(tally, hasher.looked, options.numbers) and cost_us <= most_us


def judge(tally: Tally, passwords: int, numbers: int) -> bool:
    """Prints what was looked at and hit, beside what arithmetic allows."""
    most_passwords, most_codes = most_looked_at(numbers)
    most_passwords += PASSWORD_TRIES * tally.successes  # a right one gives the tries back
    codes = tally.looked_at["code"] + tally.looked_at["reset"]
    bound = most_hits((most_passwords + most_codes) / SECRETS)
    print(f"  passwords looked at {passwords:,} of at most {most_passwords:,}")
    print(f"  codes looked at {codes:,} of at most {most_codes:,}")
    print(f"  successes {tally.successes} of at most {bound}; answers {dict(tally.answers)}")
    return passwords <= most_passwords and codes <= most_codes and tally.successes <= bound


def most_hits(expected: float) -> int:
    """The least number of hits that chance (Poisson) exceeds less often than LUCK."""
    hits, likely = 0, math.exp(-expected)
    reached = likely
    while 1 - reached > LUCK:
        hits += 1
        likely *= expected / hits
        reached += likely
    return hits


def read_options() -> Namespace:
    """The size of the campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("guesses", 1_000_000), ("real", 1000), ("numbers", 200), ("sources", 100), ("rounds", 10)):
        parser.add_argument(f"--{name}", type=int, default=default)
    for name, default in (("most-us", MOST_US), ("most-real-us", MOST_REAL_US)):
        parser.add_argument(f"--{name}", type=int, default=default, help="CPU of a guess, in a campaign of that size")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


async def main() -> int:
    options = read_options()
    with tempfile.TemporaryDirectory() as folder:
        inside = [
            await wage(f"sqlite:///{folder}/plain.db", PlainHasher(), options, options.guesses, options.most_us),
            await wage(f"sqlite:///{folder}/real.db", CountingHasher(), options, options.real, options.most_real_us),
        ]
    return 0 if all(inside) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
