"""Does the judge let the good pass and name every kind of fault?"""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.conformance.exchange import Exchange
from tests.conformance.extension import Extensions
from tests.conformance.fault import Fault, render_faults
from tests.conformance.judge import Judge
from tests.conformance.swagger import Specifications

pytestmark = pytest.mark.tmf

BILL = {
    "id": "B1",
    "href": "http://bss.example/tmf-api/customerBillManagement/v4/customerBill/B1",
    "billNo": "2026090001",
    "billDate": "2026-10-01T00:00:00+08:00",
    "state": "sent",
    "amountDue": {"unit": "CNY", "value": 86.5},
    "billingAccount": {"id": "A1"},
}
PRODUCT = {
    "id": "P1",
    "status": "active",
    "relatedParty": [{"id": "C1", "role": "customer", "@referredType": "Customer"}],
    "productCharacteristic": [{"name": "barring", "value": {"anything": ["goes"]}}],
}
ERROR = {"code": "not_found", "reason": "There is no bill B9.", "status": "404"}
LOCATION = "http://bss.example/schemas/LocalizedProductOffering.json"
OFFERING = {
    "id": "O1",
    "name": "畅享套餐",
    "@type": "LocalizedProductOffering",
    "@schemaLocation": LOCATION,
    "localizedName": [{"languageCode": "en", "value": "Enjoy plan"}],
}
LOCALIZED_NAME = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"languageCode": {"type": "string"}, "value": {"type": "string"}},
        "required": ["languageCode", "value"],
    },
}
EXTENSION = {"title": "LocalizedProductOffering", "type": "object", "properties": {"localizedName": LOCALIZED_NAME}}


def exchange_for(path: str, body: Any, *, method: str = "GET", status: int = 200, query: str = "") -> Exchange:
    """An exchange as a faultless BSS would have it."""
    headers = {"content-type": "application/json;charset=utf-8"}
    if isinstance(body, list):
        headers |= {"x-result-count": str(len(body)), "x-total-count": str(len(body))}
    pairs = tuple((name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part))
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return Exchange(method, path, pairs, {}, b"", status, headers, raw)


def bill_answer(**changes: Any) -> Exchange:
    return exchange_for("/customerBillManagement/v4/customerBill/B1", BILL | changes)


def bill_list(**changes: Any) -> Exchange:
    return replace(exchange_for("/customerBillManagement/v4/customerBill", [BILL]), **changes)


def product_answer(**changes: Any) -> Exchange:
    return exchange_for("/productInventory/v4/product/P1", PRODUCT | changes)


def offering_answer(**changes: Any) -> Exchange:
    return exchange_for("/productCatalogManagement/v4/productOffering/O1", OFFERING | changes)


@pytest.fixture
def judge(specifications: Specifications) -> Judge:
    return Judge(specifications, Extensions({LOCATION: EXTENSION}))


GOOD = {
    "a bill": bill_answer(),
    "a list of bills": bill_list(),
    "a part of a list": bill_list(status=206, headers=bill_list().headers | {"x-total-count": "7"}),
    "an error": exchange_for("/customerBillManagement/v4/customerBill/B9", ERROR, status=404),
    "a status with its published trailing space": product_answer(status="aborted "),
    "an instant with a fraction in UTC": bill_answer(billDate="2026-10-01T00:00:00.123Z"),
    "a declared extension": offering_answer(),
    "a type with a location that leads nowhere, and nothing added": product_answer(
        **{"@type": "Product", "@schemaLocation": "http://elsewhere.example/Product.json"}
    ),
    "only the fields asked for": exchange_for(
        "/prepayBalanceManagement/v4/accumulatedBalance/1", {"id": "1", "name": "own"}, query="fields=name"
    ),
    "an empty answer to a deletion": exchange_for("/party/v4/hub/1", b"", method="DELETE", status=204),
}


@pytest.mark.parametrize("answer", GOOD.values(), ids=GOOD.keys())
def test_a_good_answer_has_no_faults(judge: Judge, answer: Exchange) -> None:
    assert judge.judge_response(answer) == []


BAD = {
    "a property nobody named": (bill_answer(totalDue=1), "/totalDue", "does not name"),
    "a property nobody named, deep down": (
        bill_answer(billingAccount={"id": "A1", "nick": "x"}),
        "/billingAccount/nick",
        "does not name",
    ),
    "a missing required property": (bill_answer(billingAccount={"name": "x"}), "/billingAccount", "'id' is a required"),
    "a required property that is null": (bill_answer(billingAccount={"id": None}), "/billingAccount/id", "not of type"),
    "a missing required @referredType": (
        product_answer(relatedParty=[{"id": "C1"}]),
        "/relatedParty/0",
        "'@referredType' is a required",
    ),
    "a word outside of the enumeration": (bill_answer(state="paid"), "/state", "is not one of"),
    "a mended trailing space": (product_answer(status="aborted"), "/status", "is not one of"),
    "money as text": (bill_answer(amountDue={"unit": "CNY", "value": "86.50"}), "/amountDue/value", "not of type"),
    "a boolean for a number": (
        bill_answer(amountDue={"unit": "CNY", "value": True}),
        "/amountDue/value",
        "not of type",
    ),
    "an instant without offset": (bill_answer(billDate="2026-10-01T00:00:00"), "/billDate", "no date-time"),
    "a date for an instant": (bill_answer(billDate="2026-10-01"), "/billDate", "no date-time"),
    "a day that does not exist": (bill_answer(billDate="2026-02-30T00:00:00Z"), "/billDate", "no date-time"),
    "a location that is no URI": (bill_answer(**{"@schemaLocation": "not a uri"}), "/@schemaLocation", "no uri"),
    "a relative location": (bill_answer(**{"@schemaLocation": "/schemas/x.json"}), "/@schemaLocation", "no uri"),
    "an object for an array": (product_answer(relatedParty={"id": "C1"}), "/relatedParty", "not of type 'array'"),
    "a number beyond a double": (
        exchange_for("/customerBillManagement/v4/customerBill/B1", b'{"amountDue":{"value":1e999}}'),
        "/amountDue/value",
        "no float",
    ),
    "NaN": (exchange_for("/customerBillManagement/v4/customerBill/B1", b'{"id": NaN}'), "", "not JSON"),
    "truncated JSON": (exchange_for("/customerBillManagement/v4/customerBill/B1", b'{"id": "B1"'), "", "not JSON"),
    "a list where one is asked": (
        exchange_for("/customerBillManagement/v4/customerBill/B1", [BILL]),
        "",
        "not of type",
    ),
    "one where a list is asked": (exchange_for("/customerBillManagement/v4/customerBill", BILL), "", "not of type"),
    "HTML": (
        replace(bill_answer(), headers={"content-type": "text/html"}),
        "header:Content-Type",
        "application/json is specified",
    ),
    "another charset": (
        replace(bill_answer(), headers={"content-type": "application/json; charset=gbk"}),
        "header:Content-Type",
        "charset=utf-8",
    ),
    "an undeclared status": (exchange_for("/customerBillManagement/v4/customerBill/B1", ERROR, status=422), "", "422"),
    "a part where one is asked": (replace(bill_answer(), status=206), "", "206 is not declared"),
    "an error without reason": (
        exchange_for("/customerBillManagement/v4/customerBill/B9", {"code": "x"}, status=404),
        "",
        "'reason' is a required",
    ),
    "an error that contradicts its status": (
        exchange_for("/customerBillManagement/v4/customerBill/B9", ERROR | {"status": "400"}, status=404),
        "/status",
        "HTTP status is 404",
    ),
    "a list without its counts": (
        bill_list(headers={"content-type": "application/json"}),
        "header:X-Total-Count",
        "integer",
    ),
    "a wrong result count": (
        bill_list(headers=bill_list().headers | {"x-result-count": "2", "x-total-count": "2"}),
        "header:X-Result-Count",
        "1 items came",
    ),
    "a total below the result": (
        bill_list(headers=bill_list().headers | {"x-total-count": "0"}),
        "header:X-Total-Count",
        "says 0",
    ),
    "a part that is the whole": (bill_list(status=206), "", "it was the whole"),
    "more than the limit": (bill_list(query=(("limit", "0"),)), "", "the limit was 0"),
    "more than the fields asked for": (bill_list(query=(("fields", "billNo"),)), "/0/state", "`fields` left it out"),
    "a body after a deletion": (
        exchange_for("/party/v4/hub/1", {}, method="DELETE", status=204),
        "",
        "no body in the specification",
    ),
    "an operation that no specification has": (
        exchange_for("/customerBillManagement/v4/invoice/1", {}),
        "",
        "no specification",
    ),
    "a method that no specification has": (
        exchange_for("/customerBillManagement/v4/customerBill", BILL, method="POST", status=201),
        "",
        "no specification",
    ),
    "an extension without its type": (
        offering_answer(**{"@type": None}),
        "/localizedName",
        "no declared extension",
    ),
    "an extension whose location leads nowhere": (
        offering_answer(**{"@schemaLocation": "http://bss.example/nowhere"}),
        "/@schemaLocation",
        "does not resolve",
    ),
    "an extension that names another type": (
        offering_answer(**{"@type": "OtherOffering"}),
        "/@schemaLocation",
        "does not name the @type OtherOffering",
    ),
    "a property that the extension lacks too": (offering_answer(shelf=3), "/shelf", "neither"),
    "a value against the extension's schema": (
        offering_answer(localizedName=[{"languageCode": "en"}]),
        "/localizedName/0",
        "'value' is a required",
    ),
    "an unnamed property inside the extension": (
        offering_answer(localizedName=[{"languageCode": "en", "value": "x", "more": 1}]),
        "/localizedName/0",
        "more",
    ),
}


@pytest.mark.parametrize(("answer", "pointer", "what"), BAD.values(), ids=BAD.keys())
def test_a_bad_answer_is_caught_where_it_is_bad(judge: Judge, answer: Exchange, pointer: str, what: str) -> None:
    faults = judge.judge_response(answer)
    assert any(fault.pointer == pointer and what in fault.what for fault in faults), render_faults(faults)


def test_faults_read_as_api_operation_pointer_and_what() -> None:
    unknown = [Fault("TMF678", "GET /customerBill", f"/{index}/totalDue", "nobody named it") for index in range(3)]
    other = Fault("TMF637", "GET /product/{id}", "", "status 422 is not declared")
    assert render_faults([*unknown, other]).splitlines() == [
        "TMF637 GET /product/{id} /: status 422 is not declared",
        "TMF678 GET /customerBill /*/totalDue: nobody named it (× 3)",
    ]


CONSUMPTION = {"searchCriteria": {"product": [{"id": "L1"}]}}


def question(path: str, body: Any = None, *, method: str = "GET", query: str = "") -> Exchange:
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    return replace(exchange_for(path, {}, method=method, query=query), request_headers=headers, request_body=raw)


def consumption_question(body: Any) -> Exchange:
    return question("/usageConsumption/v4/queryUsageConsumption", body, method="POST")


GOOD_QUESTIONS = {
    "bills of an account": question(
        "/customerBillManagement/v4/customerBill", query="billingAccount.id=A1&limit=24&fields=id,billNo"
    ),
    "records, the newest first": question("/usageManagement/v4/usage", query="sort=-usageDate,id"),
    "products of a line": question("/productInventory/v4/product", query="productRelationship.product.id=L1"),
    "an operator after the attribute": question(
        "/usageManagement/v4/usage", query="usageDate.gte=2026-10-01T00:00:00Z"
    ),
    "a field of a declared extension": question(
        "/productCatalogManagement/v4/productOffering", query="fields=id,localizedName"
    ),
    "consumption": consumption_question(CONSUMPTION),
    "a hub": question("/usageManagement/v4/hub", {"callback": "http://hall.example"}, method="POST"),
}


@pytest.mark.parametrize("asked", GOOD_QUESTIONS.values(), ids=GOOD_QUESTIONS.keys())
def test_a_good_question_has_no_faults(judge: Judge, asked: Exchange) -> None:
    assert judge.judge_request(asked) == []


BAD_QUESTIONS = {
    "a filter on nothing": (
        question("/customerBillManagement/v4/customerBill", query="account.id=A1"),
        "query:account.id",
        "names no property of CustomerBill",
    ),
    "a filter on one resource": (
        question("/customerBillManagement/v4/customerBill/B1", query="state=sent"),
        "query:state",
        "does not name",
    ),
    "a limit that is no number": (
        question("/customerBillManagement/v4/customerBill", query="limit=many"),
        "query:limit",
        "an integer",
    ),
    "an order by nothing": (
        question("/customerBillManagement/v4/customerBill", query="sort=-total"),
        "query:sort",
        "is no property of CustomerBill",
    ),
    "fields that do not exist": (
        question("/customerBillManagement/v4/customerBill", query="fields=total"),
        "query:fields",
        "'total' is no property",
    ),
    "a property nobody named": (consumption_question(CONSUMPTION | {"line": 1}), "/line", "does not name"),
    "a missing required one": (consumption_question({}), "", "'searchCriteria' is a required"),
    "half a body": (consumption_question(b"{"), "", "not JSON"),
    "a body that is not said to be JSON": (
        replace(consumption_question(CONSUMPTION), request_headers={}),
        "header:Content-Type",
        "application/json",
    ),
    "a body where none belongs": (question("/productInventory/v4/product", {}), "", "no body here"),
    "an operation that does not exist": (
        question("/customerBillManagement/v4/customerBill/B1", method="DELETE"),
        "",
        "no specification",
    ),
}


@pytest.mark.parametrize(("asked", "pointer", "what"), BAD_QUESTIONS.values(), ids=BAD_QUESTIONS.keys())
def test_a_bad_question_is_caught_where_it_is_bad(judge: Judge, asked: Exchange, pointer: str, what: str) -> None:
    faults = judge.judge_request(asked)
    assert any(fault.pointer == pointer and what in fault.what for fault in faults), render_faults(faults)
