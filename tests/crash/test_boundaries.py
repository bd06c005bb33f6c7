"""Is a process killed at every boundary between two durable effects that the code names?"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEAST = 30


def find_boundaries() -> Iterator[tuple[str, str]]:
    """Where a boundary is crossed, and its name as the code says it."""
    for path in sorted((ROOT / "ordering").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "_cross":
                [named] = node.args
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                assert isinstance(named, ast.Constant), f"{where}: name the boundary by a literal"
                assert isinstance(named.value, str), where
                yield where, named.value


BOUNDARIES = sorted({name for _, name in find_boundaries()})
KILLED_AT = {
    node.value
    for path in Path(__file__).parent.glob("test_*.py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
}
"""What the tests of this folder name: each that a process is told to die at has to be reached (see Processes.do)."""


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_somebody_dies_at_every_boundary(boundary: str) -> None:
    places = [where for where, name in find_boundaries() if name == boundary]
    assert boundary in KILLED_AT, f"{places}: let a test of tests/crash kill a process there"


def test_there_are_enough_of_them_to_mean_something() -> None:
    assert len(BOUNDARIES) >= LEAST
