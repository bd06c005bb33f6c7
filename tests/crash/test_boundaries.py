"""Is a process killed at every boundary between two durable effects that the code names?

Each run of the tests holds every literal of the code to a case of its own; of the cases of the ways of money
and of rewards it runs a third (see conftest.py), and ``make campaign`` runs them all.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.conftest import find_left_out

ROOT = Path(__file__).parents[2]
CROSSED = (
    *sorted((ROOT / "ordering").rglob("*.py")),
    *sorted((ROOT / "loyalty").rglob("*.py")),
    ROOT / "gateway" / "idempotency.py",
)
"""Where deeds take effect, and where it is kept that they did."""
CROSS = frozenset({"_cross", "cross"})
LEAST = 60


def find_boundaries() -> Iterator[tuple[str, str]]:
    """Where a boundary is crossed, and its name as the code says it."""
    for path in CROSSED:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CROSS:
                [named] = node.args
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                assert isinstance(named, ast.Constant), f"{where}: name the boundary by a literal"
                assert isinstance(named.value, str), where
                yield where, named.value


PLACES = list(find_boundaries())
BOUNDARIES = sorted({name for _, name in PLACES})
KILLED_AT = {
    node.value
    for path in Path(__file__).parent.glob("test_*.py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
}
"""What the tests of this folder name: each that a process is told to die at has to be reached (see Processes.do)."""


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_somebody_dies_at_every_boundary(boundary: str) -> None:
    places = [where for where, name in PLACES if name == boundary]
    assert boundary in KILLED_AT, f"{places}: let a test of tests/crash kill a process there"


def test_a_campaign_leaves_no_case_out() -> None:
    campaign = (ROOT / "Makefile").read_text(encoding="utf-8").partition("campaign:")[2].partition("\n\n")[0]
    assert "pytest tests/crash tests/contract tests/browser tests/loyalty --whole" in campaign


def test_each_test_of_money_runs_its_first_case() -> None:
    cases = ["a/test_money.py::test_a[1]", "a/test_money.py::test_b", "a/test_money.py::test_a[2]"]
    cases += ["a/test_money.py::test_a[3]", "a/test_money.py::test_a[4]", "a/test_changes.py::test_a[2]"]
    assert find_left_out(cases) == {"a/test_money.py::test_a[2]", "a/test_money.py::test_a[3]"}


def test_there_are_enough_of_them_to_mean_something() -> None:
    assert len(BOUNDARIES) >= LEAST
