"""Do shown volumes add up, and are numbers masked as in the graph?"""

import re
from decimal import Decimal

import pytest

from channels.rendering import figure_volume, mask_number, render_volume, share_volume
from graphql_schema.types.line import mask_number as mask_in_graph

GIB = 1024**3
MIB = 1024**2


@pytest.mark.parametrize(
    ("left_bytes", "total_bytes", "shown"),
    [
        (int(20.306 * GIB), 66 * GIB, ("45.70GB", "20.30GB", "66.00GB")),
        (int(4.089 * GIB), 20 * GIB, ("15.92GB", "4.08GB", "20.00GB")),
        (512 * MIB, 5 * GIB, ("4.50GB", "512MB", "5.00GB")),
        (5 * MIB, 60 * GIB, ("59.99GB", "5MB", "60.00GB")),
        (0, 5 * GIB, ("5.00GB", "0MB", "5.00GB")),
        (0, int(5.375 * GIB), ("5.37GB", "0MB", "5.37GB")),
        (5 * GIB, 5 * GIB, ("0MB", "5.00GB", "5.00GB")),
        (120 * MIB + 9, 500 * MIB, ("380MB", "120MB", "500MB")),
        (-3, GIB, ("1.00GB", "0MB", "1.00GB")),
    ],
)
def test_what_was_used_and_what_is_left_add_up(left_bytes: int, total_bytes: int, shown: tuple[str, str, str]) -> None:
    assert tuple(map(str, share_volume(left_bytes, total_bytes))) == shown


def test_shares_in_one_unit_add_up_to_the_hundredth_for_any_rest() -> None:
    for left_bytes in range(GIB, 66 * GIB, 987_654_321):
        used, left, total = share_volume(left_bytes, 66 * GIB)
        assert Decimal(used.value) + Decimal(left.value) == Decimal(total.value)


@pytest.mark.parametrize("volume_bytes", [0, 900, 2048, 3 * MIB, GIB - 1, GIB, 30 * GIB])
def test_a_volume_has_its_figure_and_its_unit_apart(volume_bytes: int) -> None:
    value, unit = figure_volume(volume_bytes)
    assert value + unit == render_volume(volume_bytes)
    assert re.fullmatch(r"\d+(\.\d\d)?", value)
    assert unit in {"GB", "MB", "KB"}


@pytest.mark.parametrize("number", ["13812344566", "02088880009", "gz00880009", "gziptv0009", "123456", "12", ""])
def test_a_number_is_masked_as_in_the_graph(number: str) -> None:
    assert mask_number(number) == mask_in_graph(number)
