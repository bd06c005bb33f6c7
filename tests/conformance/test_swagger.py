"""Are the base paths that the operator's page promises those of the official files, and is each operation found?"""

import pytest

from tests.conformance.conftest import Promise
from tests.conformance.swagger import Specifications

pytestmark = pytest.mark.tmf


def test_the_page_promises_the_official_base_paths(
    specifications: Specifications, promised: tuple[Promise, ...]
) -> None:
    official = {api: specification.base_path for api, specification in specifications.by_api.items()}
    assert {row.api: row.base_path for row in promised}.items() <= official.items()


def test_each_operation_that_the_page_names_is_official(
    specifications: Specifications, promised: tuple[Promise, ...]
) -> None:
    official = {(o.api, o.name) for item in specifications.by_api.values() for o in item.operations}
    assert len(promised) >= 10
    assert {(row.api, row.operation) for row in promised} <= official


def test_an_identifier_is_one_segment_of_the_path(specifications: Specifications) -> None:
    assert specifications.operation("GET", "/productInventory/v4/product/a/b") is None
    assert specifications.operation("GET", "/productInventory/v4/product/") is None
