"""Does every use cost what the tariff says, and draw buckets in their order?"""

from random import Random

import pytest

from sandbox.bss.bucket import Bucket
from sandbox.bss.money import rounded_to_fen, share_of
from sandbox.bss.month import Month, parse_instant_ms
from sandbox.bss.names import GUANGZHOU, person
from sandbox.bss.portfolio import Habit, Line
from sandbox.bss.rating import Rated, rate_uses
from sandbox.bss.tariff import MEGABYTE
from sandbox.bss.usage import Use

MONTH = Month(2026, 10)
DAY, NIGHT, SEVEN = (f"2026-10-12T{hour}" for hour in ("15:00", "06:59:59", "07:00"))


def line(id_: str = "L1", main: str | None = None) -> Line:
    someone = person(Random(1), id_="I1", contact_number="1")
    return Line(id_, "mobile", "13800000000", GUANGZHOU, "A1", someone, 0, Habit(), (), main_line_id=main)


def use(kind: str, amount: int, at: str = DAY, *, line_id: str = "L1", **more: object) -> Use:
    fields = {"outgoing": True, "long_distance": False, "app": ""} | more
    return Use(
        f"U-{at}-{amount}", line_id, parse_instant_ms(at), kind, amount, fields["outgoing"], "", "广州", False,
        fields["long_distance"], fields["app"],
    )  # fmt: skip


def bucket(id_: str, kind: str, total: int | None, **more: object) -> Bucket:
    fields = {
        "line_id": "L1", "package_id": "P1", "origin": "plan", "app": None, "shared": False, "throttle_after": None,
        "rolls_over": False, "month": MONTH, "zh": "", "en": "",
    } | more  # fmt: skip
    return Bucket(id=id_, kind=kind, total=total, **fields)


def rate(one: Use, *buckets: Bucket) -> Rated:
    rated, _ = rate_uses([one], buckets, [line()])
    return rated[0]


@pytest.mark.parametrize(
    ("made", "fee_li"),
    [
        (use("voice", 1), 400),
        (use("voice", 60), 400),
        (use("voice", 61), 800),
        (use("voice", 6, long_distance=True), 70),
        (use("voice", 7, long_distance=True), 140),
        (use("voice", 601, long_distance=True), 101 * 70),
        (use("voice", 7, NIGHT, long_distance=True), 80),
        (use("voice", 7, SEVEN, long_distance=True), 140),
        (use("voice", 61, NIGHT), 800),
        (use("voice", 600, outgoing=False), 0),
        (use("sms", 1), 100),
        (use("sms", 1, outgoing=False), 0),
        (use("data", 1), 5),
        (use("data", MEGABYTE), 5),
        (use("data", MEGABYTE + 1), 10),
    ],
)
def test_a_started_unit_counts_whole(made: Use, fee_li: int) -> None:
    assert rate(made).fee_li == fee_li


def test_a_call_draws_whole_minutes_and_pays_only_for_the_seconds_beyond() -> None:
    within = rate(use("voice", 61), bucket("K", "voice", 180))
    beyond = rate(use("voice", 130, long_distance=True), bucket("K", "voice", 60))
    assert (within.fee_li, within.taken) == (0, (("K", 120),))
    assert (beyond.fee_li, beyond.taken) == (12 * 70, (("K", 60),))


def test_data_draws_one_bucket_after_the_other_and_pays_for_the_rest() -> None:
    rated = rate(use("data", 10 * MEGABYTE), bucket("K1", "data", 3 * MEGABYTE), bucket("K2", "data", 4 * MEGABYTE))
    assert rated.taken == (("K1", 3 * MEGABYTE), ("K2", 4 * MEGABYTE))
    assert rated.fee_li == 3 * 5


def test_a_dedicated_bucket_serves_only_its_app() -> None:
    video = bucket("K", "data", MEGABYTE, app="短视频")
    assert rate(use("data", 1, app="短视频"), video).taken == (("K", 1),)
    assert rate(use("data", 1, app="微信"), video).fee_li == 5


def test_an_unlimited_bucket_never_ends() -> None:
    assert rate(use("data", 10**15), bucket("K", "data", None)).fee_li == 0


def test_lines_draw_from_a_shared_bucket_in_order_of_time_and_from_no_one_elses() -> None:
    shared, own = bucket("K1", "data", 100, shared=True), bucket("K2", "data", 100)
    uses = [use("data", 70, line_id="L2"), use("data", 70, line_id="L1")]
    rated, states = rate_uses(uses, [shared, own], [line("L1"), line("L2", main="L1")])
    assert [one.taken for one in rated] == [(("K1", 70),), (("K1", 30), ("K2", 40))]
    assert states[0].used_by == {"L2": 70, "L1": 30}


@pytest.mark.parametrize(("li", "fen_li"), [(4, 0), (5, 10), (14, 10), (15, 20), (-4, 0), (-5, -10), (-15, -20)])
def test_half_a_fen_goes_away_from_zero(li: int, fen_li: int) -> None:
    assert rounded_to_fen(li) == fen_li


def test_a_share_is_rounded_half_away_from_zero() -> None:
    assert [share_of(amount, 5, 100) for amount in (9, 10, -10, 30)] == [0, 1, -1, 2]
