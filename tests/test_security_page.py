"""Does docs/security.md name every requirement of OWASP ASVS 5.0 up to level 2 once, and only tests that exist?"""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "security.md"
WORDS_MOST = 12
REASON_WORDS_MOST = 8
ROW = re.compile(r"\| (\d+\.\d+\.\d+) \| (\d) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|")

LEVELS = """
1.1 22|1.2 1111122223|1.3 112222222223|1.4 222|1.5 123|2.1 122|2.2 112|2.3 12223|2.4 23|3.1 3|3.2 113|3.3 12223
3.4 11222233|3.5 11122333|3.6 3|3.7 22333|4.1 12233|4.2 23333|4.3 22|4.4 1222|5.1 2|5.2 112333|5.3 113|5.4 222
6.1 122|6.2 111111112222|6.3 11223333|6.4 112233|6.5 22222333|6.6 2223|6.7 33|6.8 2222|7.1 222|7.2 1111|7.3 22
7.4 11222|7.5 223|7.6 22|8.1 1233|8.2 1123|8.3 133|8.4 23|9.1 111|9.2 1222|10.1 22|10.2 223|10.3 22223
10.4 1111122222233333|10.5 22222|10.6 22|10.7 222|11.1 2233|11.2 22233|11.3 11233|11.4 1222|11.5 23|11.6 23|11.7 33
12.1 12233|12.2 11|12.3 22223|13.1 2333|13.2 222223|13.3 2233|13.4 1222233|14.1 22|14.2 12223333|14.3 122|15.1 12233
15.2 12233|15.3 1222222|15.4 3333|16.1 2|16.2 22222|16.3 2222|16.4 222|16.5 2223|17.1 23|17.2 22223333|17.3 22
"""
"""Of each section of ASVS 5.0.0 (May 2025) the levels of its requirements, in their order."""

REQUIRED = {
    f"{section.split()[0]}.{place}": int(level)
    for section in re.split(r"[|\n]", LEVELS.strip())
    for place, level in enumerate(section.split()[1], start=1)
}
ROWS = [tuple(part.strip() for part in row) for row in ROW.findall(PAGE.read_text(encoding="utf-8"))]
MET = [(row[0], row[4]) for row in ROWS if row[3] == "met"]


def test_the_table_of_levels_is_the_standard_s() -> None:
    assert Counter(REQUIRED.values()) == {1: 70, 2: 183, 3: 92}


def test_every_requirement_up_to_level_2_stands_there_once_and_in_order() -> None:
    expected = [(each, str(level)) for each, level in REQUIRED.items() if level <= 2]
    assert [(row[0], row[1]) for row in ROWS] == expected


def test_each_is_met_or_does_not_apply_or_is_not_met() -> None:
    assert {row[3] for row in ROWS} <= {"met", "n/a", "not met"}


def test_the_page_counts_itself_right() -> None:
    counted = Counter(row[3] for row in ROWS)
    told = f"| {counted['met']} | {counted['n/a']} | {counted['not met']} |"
    assert told in PAGE.read_text(encoding="utf-8"), f"write {told}"


def test_each_is_told_in_few_words_of_ours() -> None:
    long = [row[0] for row in ROWS if not 0 < len(row[2].split()) <= WORDS_MOST or row[2].startswith("Verify")]
    assert long == []


def test_what_does_not_apply_or_is_not_met_says_why_in_few_words() -> None:
    reasons = {row[0]: row[4] for row in ROWS if row[3] != "met"}
    assert [each for each, why in reasons.items() if not 0 < len(why.split()) <= REASON_WORDS_MOST] == []


@pytest.mark.parametrize(("requirement", "shown_by"), MET, ids=[each for each, _ in MET])
def test_what_is_met_names_a_file_a_section_or_a_test_that_exists(requirement: str, shown_by: str) -> None:
    named = re.findall(r"`([^`]+)`", shown_by)
    assert named, f"{requirement}: name what shows it"
    for each in named:
        path, separator, within = each.partition("::" if "::" in each else "#")
        assert (ROOT / path).is_file(), f"{requirement}: there is no {path}"
        if separator:
            assert within in (names_in(path) if separator == "::" else sections_of(path)), f"{requirement}: {each}"


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


@cache
def sections_of(path: str) -> frozenset[str]:
    titles = re.findall(r"(?m)^#+ (.+)$", (ROOT / path).read_text(encoding="utf-8"))
    return frozenset(re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles)
