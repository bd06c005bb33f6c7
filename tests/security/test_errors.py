"""What does a person read when something of ours breaks that nobody foresaw?"""

import re
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from gateway.app import list_routes
from graphql_schema.client import Channel
from tests.security.conftest import PUBLIC_URL, StrongHouse

INNERMOST = "SELECT secret FROM credential WHERE number = '13800138001'"
TELLTALES = (INNERMOST, "Traceback", 'File "', "RuntimeError", "gateway/", "sqlalchemy", "site-packages")


@pytest.mark.parametrize("broken", ["doorkeeper", "graph"])
def test_a_fault_of_ours_is_told_without_its_words(
    strong_house: StrongHouse, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    async def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError(INNERMOST)

    cookie, bearer = f"__Host-hall={strong_house.token(Channel.WEB)}", f"Bearer {strong_house.token()}"
    for name in ("admit", "send_code", "sign_out") if broken == "doorkeeper" else ("run",):
        monkeypatch.setattr(getattr(strong_house.hall, broken), name, breaks)
    answers = [
        httpx.request(method, f"{strong_house.address}{path}", headers=headers, timeout=60, **body)
        for headers in ({"cookie": cookie, "origin": PUBLIC_URL}, {"authorization": bearer})
        for method, path, body in deeds(strong_house)
    ]
    assert any(answer.status_code == 500 for answer in answers), "something has to break for this to be a test"
    for answer in answers:
        assert not [word for word in TELLTALES if word in answer.text], (answer.request.url, answer.text[:300])


def deeds(house: StrongHouse) -> list[tuple[str, str, dict[str, Any]]]:
    """One request for each route and method, well-formed enough to get past the first checks."""
    found: list[tuple[str, str, dict[str, Any]]] = []
    for route in list_routes(house.hall):
        if isinstance(route, Route):
            address = re.sub(r"\{[^}]*\}", "x", route.path)
            json = {"number": "13800138001", "password": "258001"}
            body = {"json": {"documentId": "Home"} if address == "/graphql" else json}
            found += [(method, address, body if method == "POST" else {}) for method in sorted(route.methods or ())]
    return found


def test_a_fault_of_ours_in_the_graph_is_a_code(strong_house: StrongHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError(INNERMOST)

    with strong_house.app() as app:
        monkeypatch.setattr(type(strong_house.hall.use_effects._accounts), "fetch_account", breaks)
        answer: httpx.Response = app.post("/graphql", json={"query": "{ me { account { id } } }"})
    assert answer.json()["errors"][0]["message"] == "internal_error"
    assert INNERMOST not in answer.text
