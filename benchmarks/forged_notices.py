"""How much money do a hundred thousand callbacks move that nobody paid, and what does refusing one cost?

Forged, mutated, shuffled and replayed, at the addresses of all three providers, over the real route, adapters, rows and
workers. Ends with 1 when anything was credited that was not paid, not credited that was, or believed that was not
signed; or when a callback cost more CPU than it may.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from argparse import Namespace
from pathlib import Path
from random import Random

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # the campaign lives with the tests

from gateway.database import open_database, write  # noqa: E402
from gateway.migrations.tables import EVERY_METADATA  # noqa: E402
from tests.gateway.notice_campaign import MAY_BE_TAKEN, NoticeCampaign, find_wrong_credits  # noqa: E402
from tests.ordering.money.till import Shop  # noqa: E402

MOST_US = 6_500
"""CPU of a callback in microseconds, whoever attacks and whoever is asked included: thrice what README.md says."""


async def wage(options: Namespace, url: str) -> bool:
    """One campaign over a fresh database; whether every fen is where it was paid."""
    engine = open_database(url)
    async with write(engine) as connection:
        for metadata in EVERY_METADATA:
            await connection.run_sync(metadata.create_all)
    shop = Shop(engine, waiting_most=options.payments * 10)
    campaign = NoticeCampaign(shop, Random(options.seed), payments=options.payments)
    began, cpu_began = time.monotonic(), time.process_time()
    await campaign.wage(options.posts)
    wall_seconds, cpu_seconds = time.monotonic() - began, time.process_time() - cpu_began
    wrong, balances = find_wrong_credits(shop, campaign.paid), await shop.balances()
    await engine.dispose()
    cost_us = cpu_seconds / options.posts * 1e6
    print(
        f"{options.posts:,} callbacks about {3 * options.payments} payments of 3 providers, {len(campaign.paid)} paid"
    )
    print(
        f"  {wall_seconds:.0f} s, {cpu_seconds:.0f} s of CPU: {cost_us:.0f} of at most {options.most_us} µs a callback"
    )
    for name, posted in sorted(campaign.tally.posted.items()):
        hint = "rightly signed: it made us ask" if name in MAY_BE_TAKEN else ""
        print(f"  {name:<20}{posted:>8,} posted{campaign.tally.taken[name]:>8,} taken  {hint}")
    print(f"  believed wrongly {len(campaign.tally.believed_wrongly)}, wrong credits {len(wrong)}, ledger {balances}")
    right = sum(balances.values()) == 0 and balances.get("bss", 0) == 5000 * len(campaign.paid)
    return right and not wrong and not campaign.tally.believed_wrongly and cost_us <= options.most_us


def read_options() -> Namespace:
    """The size of the campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("posts", 100_000), ("payments", 30), ("seed", 7), ("most-us", MOST_US)):
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


def main() -> int:
    """Wages it on SQLite."""
    logging.disable()  # a line for each refusal is the operator's, not this page's
    options = read_options()
    with tempfile.TemporaryDirectory() as folder:
        return 0 if asyncio.run(wage(options, f"sqlite:///{folder}/campaign.db")) else 1


if __name__ == "__main__":
    sys.exit(main())
