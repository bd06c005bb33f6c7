"""Is granted money set free, spent and lost as it was promised?"""

from hypothesis import given
from hypothesis import strategies as st

from sandbox.bss.money import yuan
from sandbox.bss.month import Month
from sandbox.bss.pot import Pot, Purse, released_monthly

NOVEMBER, DECEMBER = Month(2026, 11), Month(2026, 12)
MID = NOVEMBER.start_ms + 1_000_000
SUBJECTS = ("monthly_fee", "voice", "data", "other_party")


def granted(amount: float, months: int, *usable_for: str, key: str = "") -> Pot:
    return Pot("granted", yuan(amount), NOVEMBER.plus(months).start_ms, MID, usable_for, key=key)


def spend(purse: Purse, month: Month, **open_yuan: float) -> list[float]:
    """What is paid of a month's bill, in yuan."""
    subjects = {name: yuan(amount) for name, amount in open_yuan.items()}
    most_li = max(0, sum(subjects.values()))
    paid = purse.spend(subjects, most_li=most_li, in_force=(month.end_ms - 1, month.end_ms))
    return [amount_li / 1000 for amount_li in paid]


def left(purse: Purse, at_ms: int) -> dict[str, float]:
    return {each.id: each.left_li / 1000 for each in purse.standings(at_ms)}


def test_what_is_good_for_little_goes_before_what_ends_sooner_and_is_good_for_all() -> None:
    purse = Purse("A1", [granted(10, 1, key="all"), granted(5, 9, "voice", key="calls")])
    assert spend(purse, NOVEMBER, voice=7, data=1) == [5, 3]
    assert left(purse, MID) == {"M1-calls": 0, "M1-all": 7}


def test_of_equals_what_ends_soonest_goes_first() -> None:
    purse = Purse("A1", [granted(10, 3, key="late"), granted(10, 2, key="soon")])
    assert spend(purse, NOVEMBER, voice=12) == [10, 2]
    assert left(purse, MID) == {"M1-soon": 0, "M1-late": 8}


def test_a_discount_is_not_paid_and_no_more_than_the_bill_is() -> None:
    purse = Purse("A1", [granted(100, 3, "monthly_fee", key="fee")])
    assert spend(purse, NOVEMBER, monthly_fee=59, discount=-10) == [49]


def test_money_that_is_not_good_for_a_subject_leaves_it_alone() -> None:
    purse = Purse("A1", [granted(100, 3, "monthly_fee", key="fee")])
    assert spend(purse, NOVEMBER, other_party=20) == []


def test_what_ended_before_the_month_was_over_pays_nothing_of_it() -> None:
    purse = Purse("A1", [granted(10, 1)])
    assert spend(purse, DECEMBER, voice=5) == []
    assert left(purse, DECEMBER.start_ms) == {"M1-granted": 0}


def test_2400_over_24_months_are_set_free_a_hundred_at_a_time_from_the_next_month_on() -> None:
    purse = Purse("A1", [released_monthly(MID, yuan(2400), 24, ["monthly_fee"])])
    assert left(purse, MID) == {"M1-frozen": 2400}
    assert spend(purse, NOVEMBER, monthly_fee=59) == []
    assert left(purse, DECEMBER.start_ms) == {"M1-frozen-202612": 100, "M1-frozen": 2300}
    assert spend(purse, DECEMBER, monthly_fee=59) == [59]
    assert left(purse, DECEMBER.end_ms) == {"M1-frozen-202701": 100, "M1-frozen": 2200}  # 41 are lost
    last = NOVEMBER.plus(24)
    assert left(purse, last.start_ms) == {"M1-frozen-202811": 100}
    assert left(purse, last.end_ms) == {}


@given(amount_fen=st.integers(1, 10**7), months=st.integers(1, 120))
def test_what_is_set_free_adds_up_to_what_was_granted(amount_fen: int, months: int) -> None:
    pot = released_monthly(MID, amount_fen * 10, months, [])
    [frozen] = Purse("A1", [pot]).standings(MID)
    assert sum(part_li for _, part_li in frozen.releases) == frozen.left_li == amount_fen * 10
    assert len(frozen.releases) <= months
    assert all(part_li % 10 == 0 and 0 < part_li <= pot.monthly_li for _, part_li in frozen.releases)
    assert frozen.releases[-1][0] < frozen.until_ms


POTS = st.lists(
    st.builds(
        granted,
        st.integers(1, 5000).map(lambda fen: fen / 100),
        st.integers(1, 4),
        st.sampled_from(SUBJECTS),
    ),
    max_size=5,
)


@given(pots=POTS, months=st.lists(st.dictionaries(st.sampled_from(SUBJECTS), st.integers(-2000, 4000)), max_size=4))
def test_no_money_is_made_or_lost_in_spending(pots: list[Pot], months: list[dict[str, int]]) -> None:
    named = [
        Pot(p.name, p.amount_li, p.valid_until_ms, p.since_ms, p.usable_for, key=f"p{n}") for n, p in enumerate(pots)
    ]
    purse = Purse("A1", named)
    spent_li = 0
    for ahead, subjects in enumerate(months):
        month = NOVEMBER.plus(ahead)
        open_li = {name: fen * 10 for name, fen in subjects.items()}
        most_li = max(0, sum(open_li.values()))
        paid = purse.spend(open_li, most_li=most_li, in_force=(month.end_ms - 1, month.end_ms))
        assert all(part_li > 0 for part_li in paid)
        assert sum(paid) <= most_li
        assert sum(paid) <= sum(amount_li for amount_li in open_li.values() if amount_li > 0)
        spent_li += sum(paid)
    alive_li = sum(each.left_li for each in purse.standings(MID))
    assert alive_li + spent_li == sum(pot.amount_li for pot in named)
