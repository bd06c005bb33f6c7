"""How many decisions does one core make a second, and what do campaigns that cannot match cost?

    python benchmarks/decisions.py [--rounds 7] [--happenings 2000] [--profile]

A thousand live campaigns of an operator with 31 provinces: each asks for some of channel, package, region, tenure,
stars, a first time, a weekday, hours, a birthday, and an amount; one in twenty is a lottery, one in ten a choice. The
happenings are recharges of the usual amounts. The naive way looks at every campaign, with the same judge. For flatness
the same thousand stand beside 10 … 10,000 that cannot match. All sides take turns, and a ratio is taken within each
round: a busy machine slows all. CPU time of this process.
"""

import argparse
import cProfile
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from loyalty.rules.action import Action
from loyalty.rules.campaign import Campaign, CriteriaGroup, Limits
from loyalty.rules.compiling import Rules, compile_rules
from loyalty.rules.condition import (
    Between,
    Birthday,
    Condition,
    DailyHours,
    FirstTime,
    Listed,
    Measured,
    OneOf,
    Weekdays,
)
from loyalty.rules.decision import decide, decide_action
from loyalty.rules.effects import Bonus, Effect, Lottery, Pack, PointsGift, Prize, Reward, Sentence, Tier
from loyalty.rules.facts import Facts, HappeningKind, Taken
from loyalty.rules.judging import judge
from loyalty.rules.plan import Offer, make_plan
from loyalty.rules.stacking import stack

LIVE = 1000
GOAL_A_SECOND = 20_000
GOAL_FLAT = 1.5
BESIDE = (10, 100, 1_000, 10_000)
CHANNELS = ("app", "web", "sms", "ivr", "hall")
REGIONS = tuple(f"{number}0000" for number in range(11, 42))
PACKAGES = tuple(f"plan-{price}" for price in (8, 19, 38, 59, 79, 99, 129, 159, 199, 239, 299, 399))
AMOUNTS_FEN = (1000, 2000, 3000, 5000, 10_000, 20_000, 30_000, 50_000)
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)

Decide = Callable[[Facts], Sequence[Action]]


def make_campaign(chance: random.Random, number: int, *conditions: Condition, floor_fen: int | None = None) -> Campaign:
    """A campaign with two tiers, a reward or two, a limit and a budget."""
    effects: list[Effect] = [Bonus(1000, months=5), Pack("pack-data-5", months=1), PointsGift(500)]
    rewards = [make_reward(f"r{place}", effect) for place, effect in enumerate(effects)]
    if number % 20 == 0:
        rewards.append(make_reward("draw", Lottery((Prize("r0", 10_000_000), Prize("r2", 300_000_000)))))
    floor = floor_fen if floor_fen is not None else chance.choice(AMOUNTS_FEN[3:])
    upper = Tier(floor * 2, ("r0", "r1"), is_choice=number % 10 == 0)
    return Campaign(
        id=f"campaign-{number}",
        version=1,
        name_zh="充值有礼",
        name_en="Recharge and receive",
        kinds=frozenset({HappeningKind.RECHARGE}),
        begins_at=datetime(2026, 11, 1 + number % 20, tzinfo=UTC),
        ends_at=datetime(2026, 12, 1 + number % 28, tzinfo=UTC),
        rewards=tuple(rewards),
        tiers=(Tier(floor, (rewards[-1].key,)), upper),
        groups=(CriteriaGroup(conditions),) if conditions else (),
        exclusion_group=f"group-{number % 7}" if number % 3 == 0 else None,
        priority=number,
        limits=Limits(of_customer=5, total=100_000),
        budget_fen=100_000_000,
    )


def make_reward(key: str, effect: Effect) -> Reward:
    """A reward that costs ten yuan."""
    return Reward(key, effect, Sentence("reward"), "礼", "gift", cost_fen=1000)


def make_live(chance: random.Random, number: int) -> Campaign:
    """A campaign as operators make them: for a province and a few packages, or for a channel and old customers, …"""
    region = OneOf(Listed.REGION, frozenset(chance.sample(REGIONS, 2)))
    package = OneOf(Listed.PACKAGE, frozenset(chance.sample(PACKAGES, 3)))
    channel = OneOf(Listed.CHANNEL, frozenset(chance.sample(CHANNELS, 2)))
    kinds: tuple[tuple[Condition, ...], ...] = (
        (region, package),
        (region, channel, Between(Measured.TENURE, chance.choice((12, 24, 60)))),
        (package, channel, Between(Measured.STARS, chance.choice((3, 4, 5)))),
        (region, FirstTime()),
        (region, Weekdays(frozenset(chance.sample(range(1, 8), 2)))),
        (region, package, DailyHours(8 * 60, chance.choice((12, 20, 24)) * 60)),
        (channel, Birthday()),
    )
    return make_campaign(chance, number, *chance.choice(kinds))


def make_dead(chance: random.Random, number: int) -> Campaign:
    """A campaign that no happening of ours can match, each for one reason or another, beside what all others ask."""
    nowhere = OneOf(Listed.REGION, frozenset({f"abroad-{number % 100}"}))
    reasons: tuple[tuple[Condition, ...], ...] = (
        (nowhere,),
        (OneOf(Listed.CHANNEL, frozenset({"kiosk"})),),
        (OneOf(Listed.PACKAGE, frozenset({f"old-plan-{number % 50}"})),),
        (Between(Measured.TENURE, 600 + number % 10),),
        (FirstTime(), FirstTime(is_first=False)),
        (Weekdays(frozenset({1 + number % 6})),),  # the happenings are on a Sunday
        (DailyHours(0, 60 + number % 30),),
    )
    if number % 8 == 7:
        return make_campaign(chance, number, floor_fen=1_000_000)
    return make_campaign(chance, number, *reasons[number % 8])


def make_facts(chance: random.Random, number: int) -> Facts:
    """A recharge on a Sunday noon."""
    return Facts(
        kind=HappeningKind.RECHARGE,
        key=f"recharge:{number}",
        at=NOON + timedelta(seconds=number),
        day=NOON.date(),
        amount_fen=chance.choice(AMOUNTS_FEN),
        channel=chance.choice(CHANNELS),
        package=chance.choice(PACKAGES),
        region=chance.choice(REGIONS),
        tenure_months=chance.randrange(120),
        stars=chance.randrange(6),
        birthday=(chance.randrange(1, 13), chance.randrange(1, 29)),
        is_first=chance.random() < 0.1,
        draw=chance.randrange(10**9),
        taken={f"campaign-{chance.randrange(LIVE)}": Taken(of_customer=1, total=10, cost_fen=10_000)},
    )


def decide_by(rules: Rules) -> Decide:
    """Our way."""
    return lambda facts: decide(rules, facts).actions


def decide_naively(campaigns: Sequence[Campaign]) -> Decide:
    """A look at every campaign."""

    plans = [make_plan(campaign) for campaign in campaigns]

    def look(facts: Facts) -> Sequence[Action]:
        offers = [offer for plan in plans if isinstance(offer := judge(plan, facts), Offer)]
        return tuple(decide_action(offer, facts) for offer, rival in stack(offers) if rival is None)

    return look


def measure(decide_one: Decide, happenings: Sequence[Facts]) -> float:
    """CPU microseconds a decision."""
    began = time.process_time()
    for facts in happenings:
        decide_one(facts)
    return (time.process_time() - began) / len(happenings) * 1e6


def compare(rounds: int, happenings: int) -> dict[str, list[float]]:
    """Each side's turns, one after the other in each round; the first round is not counted."""
    chance = random.Random(6)
    live = [make_live(chance, number) for number in range(LIVE)]
    recharges = [make_facts(chance, number) for number in range(happenings)]
    sides = {"naive": decide_naively(live), "ours": decide_by(compile_rules(live))}
    for beside in BESIDE:
        dead = [make_dead(chance, LIVE + number) for number in range(beside)]
        began = time.process_time()
        sides[f"beside {beside}"] = decide_by(compile_rules([*live, *dead]))
        print(f"{LIVE + beside} campaigns compiled in {time.process_time() - began:.2f} s")
    for facts in recharges[:200]:
        assert tuple(sides["ours"](facts)) == tuple(sides["naive"](facts)), "both must decide the same"
        assert all(tuple(sides[f"beside {beside}"](facts)) == tuple(sides["ours"](facts)) for beside in BESIDE)
    costs: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(rounds + 1):
        for side, decide_one in sides.items():
            costs[side].append(measure(decide_one, recharges[:100] if side == "naive" else recharges))
    found = [len(list(compile_rules(live).find_clauses(facts))) for facts in recharges]
    given = [len(sides["ours"](facts)) for facts in recharges]
    print(f"{statistics.mean(found):.1f} candidates and {statistics.mean(given):.1f} actions a decision on average")
    return {side: turns[1:] for side, turns in costs.items()}


def report(costs: dict[str, list[float]]) -> int:
    """The table; 1 where a goal is missed."""
    for side, turns in costs.items():
        cost = statistics.median(turns)
        print(f"{side:14}{cost:9.1f} µs a decision {1e6 / cost:12,.0f} a second")
    flat = find_ratio(costs[f"beside {BESIDE[-1]}"], costs[f"beside {BESIDE[0]}"])
    print(
        f"ours {find_ratio(costs['naive'], costs['ours']):.0f} × faster; {BESIDE[-1]} against {BESIDE[0]}: {flat:.2f} ×"
    )
    return 0 if 1e6 / statistics.median(costs["ours"]) >= GOAL_A_SECOND and flat <= GOAL_FLAT else 1


def find_ratio(turns: Sequence[float], others: Sequence[float]) -> float:
    """The median over the rounds."""
    return statistics.median(turn / other for turn, other in zip(turns, others, strict=True))


def main() -> int:
    """Prints the table; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--happenings", type=int, default=2000)
    parser.add_argument("--profile", action="store_true", help="show where a decision's time goes instead")
    asked = parser.parse_args()
    if asked.profile:
        chance = random.Random(6)
        decide_one = decide_by(compile_rules([make_live(chance, number) for number in range(LIVE)]))
        recharges = [make_facts(chance, number) for number in range(asked.happenings)]
        cProfile.runctx("measure(decide_one, recharges)", globals(), locals(), sort="tottime")
        return 0
    return report(compare(asked.rounds, asked.happenings))


if __name__ == "__main__":
    raise SystemExit(main())
