"""Does any question or deed that the schema allows make the graph fail, asked by somebody who has signed in?

``pytest tests/security/test_schemathesis.py --hypothesis-profile=deep`` asks a hundred times as much.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.graphql import nodes

from tests.security.conftest import StrongHouse

schemathesis.graphql.scalar("Cursor", st.text(max_size=40).map(nodes.String))
schemathesis.graphql.scalar("Decimal", st.one_of(st.decimals().map(str), st.text(max_size=20)).map(nodes.String))
GRAPH = schemathesis.graphql.from_path(Path(__file__).parents[2] / "graphql_schema" / "schema.graphql")
FIELDS = {each.ok().label: each.ok() for each in GRAPH.get_all_operations()}
ASKED_IN_ALL = 8 * settings.default.max_examples
"""Shared by all fields: 800 questions take some 12 s, and the suite has to end."""

MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
OUR_FAULTS = ("internal_error", "_garbled", "_unavailable", "_timeout")


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize("field", FIELDS)
def test_no_question_and_no_deed_is_a_fault_of_ours(
    strong_house: StrongHouse, field: str, mode: GenerationMode
) -> None:
    heard: Counter[str] = Counter()
    with strong_house.app() as app:

        @given(FIELDS[field].as_strategy(generation_mode=mode))
        @settings(
            max_examples=max(6, ASKED_IN_ALL // len(FIELDS) // len(MODES)),
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Any) -> None:
            answer = app.post("/graphql", json={"query": case.body})
            if answer.status_code == 401:  # a deed of before has ended this session
                app.headers["authorization"] = f"Bearer {strong_house.token()}"
                answer = app.post("/graphql", json={"query": case.body})
            assert answer.status_code < 500, case.body
            told = answer.json()
            codes = [error["extensions"]["code"] for error in told.get("errors", ())]
            assert not any(code.endswith(OUR_FAULTS) for code in codes), (case.body, codes)
            heard["executed" if "data" in told else "refused"] += 1

        ask()
    assert heard["executed" if mode is GenerationMode.POSITIVE else "refused"], heard
