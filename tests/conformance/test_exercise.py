"""Does the exercise notice a BSS that answers wrongly, or not at all?"""

import json

import httpx
import pytest

from tests.conformance.exercise import exercise
from tests.conformance.fault import render_faults
from tests.conformance.listed import listed_operations
from tests.conformance.swagger import Specifications

pytestmark = [pytest.mark.anyio, pytest.mark.tmf]

READ, CREATED, CHANGED, HEARD = 26 * 2, 9, 1, 14 * 2


def test_each_listed_operation_is_official(specifications: Specifications) -> None:
    official = {(o.api, o.name) for item in specifications.by_api.values() for o in item.operations}
    assert len(listed_operations()) == READ + CREATED + CHANGED + HEARD
    assert listed_operations() - official == frozenset()


async def test_a_bss_that_only_says_unavailable_exercises_nothing(specifications: Specifications) -> None:
    error = {"code": "down", "reason": "later", "status": "503"}
    transport = httpx.MockTransport(lambda _: httpx.Response(503, json=error))
    async with httpx.AsyncClient(transport=transport, base_url="http://bss.example/tmf-api") as client:
        examination = await exercise(client, specifications)
    unexercised = {(f.api, f.operation) for f in examination.faults if "never exercised" in f.what}
    assert unexercised == listed_operations()
    assert any("status 503 is not declared" in fault.what for fault in examination.faults)


async def test_a_bss_that_does_not_answer_is_a_fault_and_not_an_exception(specifications: Specifications) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse), base_url="http://bss.example") as client:
        examination = await exercise(client, specifications)
    assert any("no answer: ConnectError" in fault.what for fault in examination.faults)


class ForgetfulBss:
    """Two customers, listed and read as specified, but paging, fields, filters and bad questions are ignored."""

    customers = (
        {"id": "C1", "name": "张伟", "engagedParty": {"id": "I1"}, "status": "active"},
        {"id": "C2", "name": "王芳", "engagedParty": {"id": "I2"}, "status": "active"},
    )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/customer"):
            headers = {"X-Result-Count": "2", "X-Total-Count": "2"}
            return httpx.Response(200, json=self.customers, headers=headers)
        if "/customer/" in request.url.path:
            return httpx.Response(200, json=self.customers[0])
        return httpx.Response(404, content=json.dumps({"code": "x", "reason": "y"}), headers={})


@pytest.mark.parametrize(
    ("operation", "what"),
    [
        ("GET /customer", "offset 1, limit 2 are not the second and third"),
        ("GET /customer", "an offset beyond the end is not an empty list"),
        ("GET /customer", "given though `fields` left it out"),
        ("GET /customer", "items came for which the filter does not hold"),
        ("GET /customer", "a filter that nothing meets is not an empty list"),
        ("GET /customer", "a filter that names no property is ignored"),
        ("GET /customer", "{'limit': '-1'}: 400 is due, 200 came"),
        ("GET /customer/{id}", "an unknown id: 404 is due, 200 came"),
        ("POST /hub", "never exercised"),
    ],
)
async def test_a_forgetful_bss_is_caught(specifications: Specifications, operation: str, what: str) -> None:
    transport = httpx.MockTransport(ForgetfulBss())
    async with httpx.AsyncClient(transport=transport, base_url="http://bss.example/tmf-api") as client:
        examination = await exercise(client, specifications)
    found = [fault for fault in examination.faults if fault.api == "TMF629" and fault.operation == operation]
    assert any(what in fault.what for fault in found), render_faults(examination.faults)
