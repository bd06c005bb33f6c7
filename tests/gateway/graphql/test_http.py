"""Does the endpoint keep to GraphQL over HTTP, and to its own documents, whatever it is sent?"""

import asyncio
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphql_schema.client import Operation
from tests.fakes.doorkeeper import FakeDoorkeeper
from tests.fakes.ports import FakeBss

pytestmark = pytest.mark.anyio

SIGNED_IN = {"authorization": "Bearer level-2"}
NEW, OLD = "application/graphql-response+json", "application/json"
OPEN = pytest.mark.parametrize("application", [True], indirect=True, ids=["open documents"])
HOME = {"documentId": "Home"}
DEEP = 100_000


def codes(answer: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in answer.json().get("errors", [])]


async def post(client: httpx.AsyncClient, body: Any, **headers: str) -> httpx.Response:
    return await client.post("/graphql", json=body, headers=SIGNED_IN | headers)


async def test_home_is_answered_to_a_bearer(client: httpx.AsyncClient) -> None:
    answer = await post(client, HOME)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "errors" not in answer.json()
    assert answer.json()["data"]["me"]["account"]["owed"] == {"amount": "86.50", "currency": "CNY"}


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (None, OLD),
        ("*/*", OLD),
        ("application/*", OLD),
        (OLD, OLD),
        (NEW, NEW),
        (f"{NEW}, {OLD}", NEW),
        (f"{NEW};q=0.5, {OLD};q=0.9", OLD),
        (f"{NEW};q=0.9, {OLD};q=0.5", NEW),
        (f"{NEW}; charset=utf-8, {OLD};q=0.9", NEW),
        (f"text/html, {NEW};q=0.1", NEW),
    ],
)
async def test_the_media_type_is_the_one_that_is_accepted(
    client: httpx.AsyncClient, accept: str | None, answered: str
) -> None:
    del client.headers["accept"]
    answer = await post(client, HOME, **({} if accept is None else {"accept": accept}))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{answered}; charset=utf-8"


@pytest.mark.parametrize("accept", ["text/html", f"{OLD};q=0, {NEW};q=0", "nonsense", f"{OLD};q=x"])
async def test_nothing_acceptable_is_406(client: httpx.AsyncClient, accept: str) -> None:
    answer = await post(client, HOME, accept=accept)
    assert (answer.status_code, codes(answer)) == (406, ["not_acceptable"])


async def test_a_trusted_document_has_four_names(client: httpx.AsyncClient, operations: dict[str, Operation]) -> None:
    text = operations["home"].text
    digest = sha256(text.encode()).hexdigest()
    for body in (
        {"documentId": "Home"},
        {"documentId": f"sha256:{digest}"},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}},
        {"query": text},
        {"query": text, "documentId": "Home", "operationName": "Home", "variables": None, "extensions": None},
    ):
        answer = await post(client, body, accept=NEW)
        assert answer.status_code == 200, body
        assert "errors" not in answer.json()


@pytest.mark.parametrize("accept", [NEW, OLD])
@pytest.mark.parametrize(
    "body",
    [
        {"query": "{ me { line { id } } }"},
        {"query": "{ __schema { types { name } } }"},
        {"query": "{"},
        {"query": ""},
        {"documentId": "Nothing"},
        {"documentId": ""},
        {"documentId": "sha256:" + "0" * 64},
        {"documentId": "Home", "query": "{ me { line { id } } }"},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "abc"}}},
    ],
    ids=str,
)
async def test_any_other_document_is_refused(client: httpx.AsyncClient, bss: FakeBss, body: Any, accept: str) -> None:
    answer = await post(client, body, accept=accept)
    assert (answer.status_code, codes(answer)) == (400, ["document_not_trusted"])
    assert "data" not in answer.json()
    assert not bss.calls


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"null", "bad_request"),
        (b"123", "bad_request"),
        (b'"Home"', "bad_request"),
        (b"true", "bad_request"),
        (b"{}", "bad_request"),
        (b"[]", "batching_refused"),
        (b'[{"documentId": "Home"}]', "batching_refused"),
        (b"", "bad_json"),
        (b"{", "bad_json"),
        (b"\xff\xfe", "bad_json"),
        (b'{"documentId": "\xff"}', "bad_json"),
        (b'{"documentId": "\\ud800"}', "bad_json"),
        (b'{"documentId": NaN}', "bad_json"),
        (b"[" * 20_000 + b"]" * 20_000, "bad_json"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "bad_json"),
        (b'{"documentId": 1}', "bad_request"),
        (b'{"documentId": ["Home"]}', "bad_request"),
        (b'{"query": {}}', "bad_request"),
        (b'{"documentId": "Home", "variables": []}', "bad_request"),
        (b'{"documentId": "Home", "variables": "{}"}', "bad_request"),
        (b'{"documentId": "Home", "operationName": 5}', "bad_request"),
        (b'{"documentId": "Home", "operationName": "Bills"}', "bad_request"),
        (b'{"documentId": "Home", "extensions": 5}', "bad_request"),
        (b'{"extensions": {"persistedQuery": 5}}', "bad_request"),
        (b'{"extensions": {"persistedQuery": {}}}', "bad_request"),
        (b'{"extensions": {}}', "bad_request"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_body_that_is_no_request_is_400(
    client: httpx.AsyncClient, bss: FakeBss, content: bytes, code: str
) -> None:
    headers = SIGNED_IN | {"content-type": OLD}
    answer = await client.post("/graphql", content=content, headers=headers)
    assert (answer.status_code, codes(answer)) == (400, [code])
    assert not bss.calls


async def test_a_body_is_bounded(client: httpx.AsyncClient) -> None:
    answer = await post(client, {"documentId": "Home", "variables": {"pad": "x" * 65536}})
    assert (answer.status_code, codes(answer)) == (413, ["body_too_large"])


async def test_a_body_that_drips_is_not_waited_for(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.body.WITHIN_SECONDS", 0.1)

    async def drip() -> AsyncIterator[bytes]:
        for byte in json.dumps(HOME).encode():
            yield bytes([byte])
            await asyncio.sleep(0.05)

    answer = await client.post("/graphql", content=drip(), headers=SIGNED_IN | {"content-type": OLD})
    assert (answer.status_code, codes(answer)) == (408, ["body_timeout"])


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/graphql", "application/json; charset=gbk"])
async def test_a_body_of_another_type_is_refused(client: httpx.AsyncClient, content_type: str) -> None:
    headers = SIGNED_IN | {"content-type": content_type}
    answer = await client.post("/graphql", content=json.dumps(HOME).encode(), headers=headers)
    assert (answer.status_code, codes(answer)) == (415, ["media_type_refused"])


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_refused(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/graphql")
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


async def test_a_query_can_be_fetched(client: httpx.AsyncClient) -> None:
    parameters = {"documentId": "Bills", "variables": '{"first": 2}', "operationName": "Bills"}
    answer = await client.get("/graphql", params=parameters, headers=SIGNED_IN)
    assert answer.status_code == 200
    assert len(answer.json()["data"]["me"]["bills"]["edges"]) == 2


@pytest.mark.parametrize(
    "parameters",
    [{}, {"documentId": "Bills", "variables": "{"}, {"documentId": "Bills", "variables": "[]"}, {"variables": "{}"}],
    ids=str,
)
async def test_a_fetch_that_is_no_request_is_400(client: httpx.AsyncClient, parameters: dict[str, str]) -> None:
    answer = await client.get("/graphql", params=parameters, headers=SIGNED_IN)
    assert answer.status_code == 400


async def test_a_subscription_needs_a_socket(client: httpx.AsyncClient) -> None:
    answer = await post(client, {"documentId": "UsageChanged"})
    assert (answer.status_code, codes(answer)) == (400, ["subscription_needs_websocket"])


@pytest.mark.parametrize(
    ("variables", "name"),
    [({"first": "x"}, "first"), ({"first": 1.5}, "first"), ({"first": 2**40}, "first"), ({"first": {}}, "first")],
    ids=str,
)
async def test_a_variable_of_a_wrong_type_is_a_bad_argument(
    client: httpx.AsyncClient, bss: FakeBss, variables: Any, name: str
) -> None:
    for accept, status in ((NEW, 400), (OLD, 200)):
        answer = await post(client, {"documentId": "Bills", "variables": variables}, accept=accept)
        assert (answer.status_code, codes(answer)) == (status, ["bad_argument"])
        assert answer.json()["errors"][0]["extensions"]["parameters"] == {"name": name}
    assert not bss.calls


@pytest.mark.parametrize("accept", [NEW, OLD])
@pytest.mark.parametrize(
    "after", ["", "x", "Ym9yZWQ=", "账单", "YmlsbDo=", "=" * 5000, 7, {}, ["YmlsbDpCMTE="]], ids=str
)
async def test_what_cannot_be_a_cursor_is_refused_before_anything_is_asked(
    client: httpx.AsyncClient, bss: FakeBss, after: Any, accept: str
) -> None:
    answer = await post(client, {"documentId": "Bills", "variables": {"after": after}}, accept=accept)
    assert (answer.status_code, codes(answer)) == (400, ["bad_cursor"])
    assert "data" not in answer.json()
    assert not bss.calls


async def test_a_missing_variable_is_a_bad_argument(client: httpx.AsyncClient) -> None:
    answer = await post(client, {"documentId": "Bill"}, accept=NEW)
    assert (answer.status_code, codes(answer)) == (400, ["bad_argument"])


@pytest.mark.parametrize(
    ("document", "variables", "code"),
    [
        ("Bills", {"after": "YmlsbDpCMTE="}, "bad_cursor"),
        ("Bills", {"first": 0}, "bad_argument"),
        ("Bill", {"id": "nope"}, "bill_not_found"),
        ("Bill", {"id": 7}, "bill_not_found"),
    ],
)
async def test_an_unknown_cursor_or_id_is_a_null_with_a_code(
    client: httpx.AsyncClient, document: str, variables: Any, code: str
) -> None:
    answer = await post(client, {"documentId": document, "variables": variables}, accept=NEW)
    assert (answer.status_code, codes(answer)) == (200, [code])
    field = document.lower()
    assert answer.json()["data"]["me"][field] is None
    assert answer.json()["errors"][0]["path"] == ["me", field]


async def test_a_visitor_is_asked_to_sign_in(client: httpx.AsyncClient, doorkeeper: FakeDoorkeeper) -> None:
    answer = await client.post("/graphql", json=HOME)
    assert answer.status_code == 200
    assert answer.json()["data"] == {"me": None}
    assert codes(answer) == ["sign_in_required"]
    assert doorkeeper.asked == []


@pytest.mark.parametrize(
    "credentials", ["Bearer unknown", "Bearer ", "Bearer", "Basic bGV2ZWwtMg==", "level-2", "", "Bearer \xff"]
)
async def test_a_token_that_opens_nothing_is_401(client: httpx.AsyncClient, bss: FakeBss, credentials: str) -> None:
    headers = {"authorization": credentials.encode("latin-1"), "content-type": b"application/json"}
    answer = await client.post("/graphql", content=json.dumps(HOME), headers=headers)
    assert (answer.status_code, codes(answer)) == (401, ["session_ended"])
    assert answer.headers["www-authenticate"] == "Bearer"
    assert not bss.calls


async def test_an_ended_session_is_401(client: httpx.AsyncClient, doorkeeper: FakeDoorkeeper) -> None:
    await doorkeeper.sign_out("level-2")
    answer = await post(client, HOME)
    assert (answer.status_code, codes(answer)) == (401, ["session_ended"])


async def test_a_doorkeeper_that_can_not_tell_is_503(client: httpx.AsyncClient, doorkeeper: FakeDoorkeeper) -> None:
    doorkeeper.away = True
    answer = await post(client, HOME)
    assert (answer.status_code, codes(answer)) == (503, ["unavailable"])


async def test_a_level_that_is_too_low_says_which_is_needed_and_what_would_do(client: httpx.AsyncClient) -> None:
    parameters = {"needed": 2, "have": 1, "freshWithinSeconds": None, "ways": [["CODE"], ["PASSWORD"], ["PASSKEY"]]}
    body = {"documentId": "Bill", "variables": {"id": "B10"}}
    answer = await client.post("/graphql", json=body, headers={"authorization": "bearer level-1"})
    assert answer.status_code == 200
    assert answer.json() == {
        "data": {"me": {"bill": None}},
        "errors": [
            {
                "message": "step_up_required",
                "path": ["me", "bill"],
                "extensions": {"code": "step_up_required", "parameters": parameters},
            }
        ],
    }


# --- open documents: development, or an operator's own network -----------------------------------------------------

FRAGMENT_BOMB = "".join(f"fragment F{n} on Me {{ ...F{n + 1} ...F{n + 1} }} " for n in range(30)) + (
    "fragment F30 on Me { line { id } } { me { ...F0 } }"
)


@OPEN
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{ me { line { id } } }", None),
        ("query A { me { line { id } } } query B { me { packages { id } } }", "bad_document"),
        ("{ me { lien { id } } }", "bad_document"),
        ("{", "bad_document"),
        ("", "bad_document"),
        ("fragment F on Me { line { id } }", "bad_document"),
        ("{ me { ...F } } fragment F on Me { ...F }", "document_too_large"),
        (FRAGMENT_BOMB, "document_too_large"),
        ("{ me " * 17 + "{ id }" + "}" * 17, "document_too_large"),
        ("{" * DEEP, "body_too_large"),
        ("{ me " * 5000, "bad_document"),
        ("{ " + " ".join(f"a{n}: me {{ line {{ id }} }}" for n in range(21)) + " }", "document_too_large"),
        ("{ me { line { " + "id " * 501 + "} } }", "document_too_large"),
        ("{ me { line { " + "id " * 3000 + "} } }", "bad_document"),
        ("{ me { line { ... on Line { ... on Dated { stale } } } } }", None),
    ],
    ids=lambda value: str(value)[:50],
)
async def test_an_open_document_is_bounded(client: httpx.AsyncClient, text: str, code: str | None) -> None:
    answer = await post(client, {"query": text}, accept=NEW)
    assert codes(answer) == ([] if code is None else [code])
    assert answer.status_code == {None: 200, "body_too_large": 413}.get(code, 400)


@OPEN
async def test_a_mistake_does_not_teach_the_schema(client: httpx.AsyncClient) -> None:
    answer = await post(client, {"query": "{ me { lien { id } } }"})
    assert "Did you mean" not in answer.text


@OPEN
async def test_an_open_document_is_chosen_by_its_operation_name(client: httpx.AsyncClient) -> None:
    text = "query A { me { line { id } } } query B { me { packages { id } } }"
    answer = await post(client, {"query": text, "operationName": "B"})
    assert answer.json() == {"data": {"me": {"packages": [{"id": "H1"}]}}}


# --- whatever it is sent --------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "documentId": st.sampled_from(["Home", "Bills", "Bill", "UsageChanged"]) | JSON,
        "query": JSON,
        "variables": st.dictionaries(st.sampled_from(["first", "after", "id"]), JSON) | JSON,
        "operationName": JSON,
        "extensions": st.fixed_dictionaries({"persistedQuery": JSON}) | JSON,
    },
)
BODIES = st.binary(max_size=200) | (JSON | REQUESTS).map(lambda sent: json.dumps(sent).encode("utf-8", "replace"))


@pytest.mark.parametrize("application", [False, True], indirect=True, ids=["trusted", "open"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=BODIES, accept=st.sampled_from([NEW, OLD]))
async def test_no_body_makes_the_server_fail(client: httpx.AsyncClient, content: bytes, accept: str) -> None:
    headers = SIGNED_IN | {"content-type": OLD, "accept": accept}
    answer = await client.post("/graphql", content=content, headers=headers)
    assert answer.status_code in {200, 400, 413}
    assert "internal_error" not in codes(answer)
    assert answer.json().keys() <= {"data", "errors"}
