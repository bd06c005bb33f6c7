"""Is a campaign's document a TMF671 Promotion, and all that TMF does not know named as ours?"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft4Validator

from loyalty.campaigns import document
from loyalty.campaigns.document import read_campaign, render_document
from tests.conformance.conftest import SPECS_REMEDY, TMF_SPECS
from tests.judges import go_without
from tests.loyalty.campaigns.documents import AUTUMN

INNER = {
    "pattern": "PromotionPattern",
    "criteriaGroup": "PromotionCriteriaGroup",
    "criteria": "PromotionCriteria",
    "action": "PromotionAction",
    "actionEntityRef": "EntityRef",
    "validFor": "TimePeriod",
}


@pytest.fixture(scope="module")
def definitions(pytestconfig: pytest.Config) -> Mapping[str, Any]:
    """Those of the official file."""
    folder = pytestconfig.rootpath / pytestconfig.getoption("--tmf-specs", default=TMF_SPECS)
    path = next(iter(folder.glob("TMF671-*.swagger.json")), None)
    if path is None:
        go_without(SPECS_REMEDY.format(folder=folder))
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))["definitions"]
    return found


DOCUMENTS = pytest.mark.parametrize(
    "text", [AUTUMN, render_document(read_campaign(AUTUMN))], ids=["written", "rendered"]
)


@pytest.mark.tmf
@DOCUMENTS
def test_a_document_is_a_promotion(text: str, definitions: Mapping[str, Any]) -> None:
    schema = {"$ref": "#/definitions/Promotion", "definitions": definitions}
    faults = [fault.message for fault in Draft4Validator(schema).iter_errors(json.loads(text))]
    assert not faults


@pytest.mark.tmf
@DOCUMENTS
def test_what_tmf_does_not_know_is_named_as_ours(text: str, definitions: Mapping[str, Any]) -> None:
    ours = set(find_unknown(json.loads(text), "Promotion", definitions))
    assert ours
    assert not {member for member in ours if f"``{member}``" not in (document.__doc__ or "")}


def find_unknown(value: Mapping[str, Any], definition: str, definitions: Mapping[str, Any]) -> Iterator[str]:
    """Members that the definition does not declare, here and in what it does."""
    for member, inner in value.items():
        if member not in definitions[definition]["properties"]:
            yield member
        elif member in INNER:
            for each in inner if isinstance(inner, list) else [inner]:
                yield from find_unknown(each, INNER[member], definitions)
