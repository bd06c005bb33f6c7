"""Are the base paths that the operator's page promises those of the official files, and is each operation found?"""

import re
from pathlib import Path

import pytest

from tests.conformance.swagger import Specifications

pytestmark = pytest.mark.tmf

PROMISED = re.compile(r"^\| (TMF\d{3}) [^|]*\| `([^`]+)` \| (.+) \|$", re.MULTILINE)


@pytest.fixture
def promised(pytestconfig: pytest.Config) -> list[tuple[str, str, str]]:
    """API, base path and operations of each row of the operator's page."""
    page = Path(pytestconfig.rootpath, "docs/operate/bss.md").read_text(encoding="utf-8")
    return PROMISED.findall(page)


def test_the_page_promises_the_official_base_paths(
    specifications: Specifications, promised: list[tuple[str, str, str]]
) -> None:
    official = {api: specification.base_path for api, specification in specifications.by_api.items()}
    assert {api: base_path for api, base_path, _ in promised} == official


def test_each_operation_that_the_page_names_is_official(
    specifications: Specifications, promised: list[tuple[str, str, str]]
) -> None:
    named = [
        (base_path + path.replace("{id}", "1"), method)
        for _, base_path, operations in promised
        for method, path in re.findall(r"`(GET|POST|DELETE) ([^`]+)`", operations)
    ]
    assert len(named) >= 14
    assert [found for found in named if specifications.operation(found[1], found[0]) is None] == []


def test_an_identifier_is_one_segment_of_the_path(specifications: Specifications) -> None:
    assert specifications.operation("GET", "/productInventory/v4/product/a/b") is None
    assert specifications.operation("GET", "/productInventory/v4/product/") is None
