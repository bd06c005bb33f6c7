"""Which campaigns, happenings and counts can there be?

Values are few, so that campaigns and happenings meet often.
"""

from datetime import UTC, date, datetime, timedelta
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from graphql_schema.types.month import BUSINESS_ZONE
from loyalty.rules.campaign import Campaign, ChannelException, CriteriaGroup, Limits, Relation
from loyalty.rules.condition import (
    Between,
    Birthday,
    Condition,
    DailyHours,
    FirstTime,
    Listed,
    Measured,
    OneOf,
    Period,
    Span,
    Weekdays,
)
from loyalty.rules.effects import Bonus, Clawback, Code, Effect, Goods, Lottery, Pack, PointsGift, Prize, Reward, Tier
from loyalty.rules.facts import Facts, HappeningKind, Taken
from loyalty.rules.sentences import say_effect, say_tier


def try_often(count: int) -> settings:
    """So many examples; a busy machine may take its time over each."""
    return settings(max_examples=count, deadline=None, suppress_health_check=[HealthCheck.too_slow])


NAMES = ("app", "sms", "web")
"""Of channels, and of all else."""
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
instants = st.integers(0, 40).map(lambda steps: FIRST + timedelta(hours=steps * 7))
names = st.sampled_from(NAMES)
some_names = st.frozensets(names, min_size=1)
some_kinds = st.frozensets(st.sampled_from(HappeningKind)).map(lambda kinds: kinds | {HappeningKind.RECHARGE})


@st.composite
def one_of(draw: st.DrawFn) -> Condition:
    return OneOf(draw(st.sampled_from(Listed)), draw(some_names), draw(st.booleans()))


@st.composite
def between(draw: st.DrawFn) -> Condition:
    least, most = draw(st.one_of(st.none(), st.integers(0, 3))), draw(st.one_of(st.none(), st.integers(3, 5)))
    return Between(draw(st.sampled_from(Measured)), least, 4 if least is most is None else most)


@st.composite
def periods(draw: st.DrawFn) -> Condition:
    begins_at, hours = draw(instants), draw(st.integers(1, 200))
    ends_at = begins_at + timedelta(hours=hours)
    return Period(*draw(st.sampled_from(((begins_at, None), (None, ends_at), (begins_at, ends_at)))))


def hours(begins: int, length: int) -> Condition:
    """A window of less than a day; one that ends at midnight ends at 24:00."""
    return DailyHours(begins * 30, (begins * 30 + length * 30) % 1440 or 1440)


conditions = st.one_of(
    one_of(),
    between(),
    periods(),
    st.builds(FirstTime, st.booleans()),
    st.builds(Birthday, st.sampled_from(Span)),
    st.builds(Weekdays, st.frozensets(st.integers(1, 7), min_size=1)),
    st.builds(hours, st.integers(1, 47), st.integers(1, 47)),
)
groups = st.builds(
    CriteriaGroup,
    st.lists(conditions, min_size=1, max_size=2).map(tuple),
    st.sampled_from(Relation),
    st.sampled_from(("", "group")),
)

bonuses = st.integers(1, 30).flatmap(
    lambda months: st.builds(
        Bonus,
        st.integers(30, 5000),
        st.just(months),
        st.just(0) if months == 1 else st.integers(0, 5000),
        st.lists(st.sampled_from(("monthly_fee", "voice")), unique=True).map(tuple),
        st.one_of(st.none(), st.integers(1, 365)),
    )
)
effects: st.SearchStrategy[Effect] = st.one_of(
    bonuses,
    st.builds(Pack, names, st.one_of(st.none(), st.integers(1, 12))),
    st.builds(PointsGift, st.integers(1, 10_000)),
    st.builds(Goods, names),
    st.builds(Code, names),
)


@st.composite
def rewards(draw: st.DrawFn) -> tuple[Reward, ...]:
    """One to three of different keys, and perhaps a lottery for them."""
    made = []
    for key in NAMES[: draw(st.integers(1, 3))]:
        effect, cost_fen = draw(effects), draw(st.integers(0, 3000))
        stock = draw(st.one_of(st.none(), st.integers(0, 3)))
        made.append(Reward(key, effect, say_effect(effect), f"礼{key}", f"gift {key}", cost_fen, stock))
    if draw(st.booleans()):
        lottery = Lottery(tuple(Prize(reward.key, draw(st.integers(1, 333_333_333))) for reward in made))
        made.append(Reward("draw", lottery, say_effect(lottery), "抽奖", "draw", draw(st.integers(0, 500))))
    return tuple(made)


@st.composite
def tiers(draw: st.DrawFn, keys: tuple[str, ...], *, all_of: bool = False) -> tuple[Tier, ...]:
    """Ascending; the first gives everything where nothing may be left over."""
    made = []
    for from_fen in sorted(draw(st.sets(st.sampled_from((0, 1000, 5000, 10_000)), min_size=1, max_size=3))):
        given = draw(st.lists(st.sampled_from(keys), min_size=1, unique=True))
        if all_of and not made:
            given = list(keys)
        made.append(Tier(from_fen, tuple(given), len(given) > 1 and draw(st.booleans()), say_tier(from_fen)))
    return tuple(made)


@st.composite
def campaigns(draw: st.DrawFn, campaign_id: str = "autumn") -> Campaign:
    """Any that can be compiled; it may never match."""
    given = draw(rewards())
    keys = tuple(reward.key for reward in given)
    begins_at = FIRST + timedelta(hours=draw(st.integers(0, 100)))
    exceptions = ()
    if draw(st.integers(0, 3)) == 0:
        start = begins_at - timedelta(hours=draw(st.integers(1, 50)))
        exceptions = (ChannelException(draw(names), "面", "face", start, draw(st.one_of(st.just(()), tiers(keys)))),)
    return Campaign(
        id=campaign_id,
        version=draw(st.integers(1, 9)),
        name_zh="秋日充值",
        name_en="Autumn",
        kinds=draw(some_kinds),
        begins_at=begins_at,
        ends_at=begins_at + timedelta(hours=draw(st.integers(50, 400))),
        rewards=given,
        tiers=draw(tiers(keys, all_of=True)),
        groups=tuple(draw(st.lists(groups, max_size=2))),
        relation=draw(st.sampled_from(Relation)),
        exclusion_group=draw(st.one_of(st.none(), names)),
        priority=draw(st.integers(0, 3)),
        is_stackable=draw(st.integers(0, 3)) > 0,
        limits=Limits(draw(st.one_of(st.none(), st.integers(1, 3))), draw(st.one_of(st.none(), st.integers(1, 5)))),
        budget_fen=draw(st.one_of(st.none(), st.integers(1000, 20_000))),
        clawback=Clawback(draw(st.integers(0, 24))),
        exceptions=exceptions,
        is_on=draw(st.integers(0, 7)) > 0,
    )


IDS = ("autumn", "birthday", "club", "double", "early")
some_campaigns = st.sampled_from(range(1, len(IDS) + 1)).flatmap(
    lambda count: st.tuples(*(campaigns(campaign_id) for campaign_id in IDS[:count]))
)


def make_many_facts(seed: int, count: int) -> list[Facts]:
    """So many happenings, made without asking Hypothesis for each value: campaigns must meet many to be met."""
    chance = Random(seed)
    return [_make_facts(chance, number) for number in range(count)]


def _make_facts(chance: Random, number: int) -> Facts:
    at = FIRST + timedelta(hours=chance.randrange(300))
    born = date(2026, 11, 1) + timedelta(days=chance.randrange(30))
    return Facts(
        kind=chance.choice((*HappeningKind, HappeningKind.RECHARGE, HappeningKind.RECHARGE)),
        key=f"happening:{number}",
        at=at,
        day=at.astimezone(BUSINESS_ZONE).date(),
        amount_fen=chance.choice((0, 999, 1000, 5000, 20_000, 20_000)),
        channel=chance.choice((*NAMES, "ivr")),
        offering=chance.choice((None, *NAMES)),
        package=chance.choice((None, *NAMES)),
        region=chance.choice((None, *NAMES)),
        tenure_months=chance.randrange(6),
        stars=chance.randrange(6),
        birthday=chance.choice((None, (born.month, born.day), (at.month, at.day))),
        is_first=chance.random() < 0.5,
        arrears_free_months=chance.randrange(6),
        draw=chance.randrange(10**9),
        taken={campaign_id: _make_taken(chance) for campaign_id in chance.sample(IDS, chance.randrange(3))},
        chosen={campaign_id: chance.choice(NAMES) for campaign_id in chance.sample(IDS, chance.randrange(3))},
    )


def _make_taken(chance: Random) -> Taken:
    stock = {key: chance.randrange(3) for key in chance.sample(NAMES, 2)}
    return Taken(chance.randrange(3), chance.randrange(5), chance.randrange(10_000), stock)


many_facts = st.integers(0, 10**6).map(lambda seed: make_many_facts(seed, 40))
