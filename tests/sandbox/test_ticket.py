"""Does a customer's question about a bill live on as the operator's page says, and move the right money?"""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from sandbox.app import create_app
from sandbox.bss.tax_number import is_tax_number
from sandbox.bss.world import World

pytestmark = pytest.mark.anyio

API = "/tmf-api"
TICKET = f"{API}/troubleTicket/v4/troubleTicket"
BILL = f"{API}/customerBillManagement/v4/customerBill"
RATE = f"{API}/customerBillManagement/v4/appliedCustomerBillingRate"
ACCOUNT = f"{API}/accountManagement/v4/billingAccount"
ARREARS = "A000005"
TAX_NUMBER = "91440101MA5CKL2M08"
"""Nobody's, with its right check digit."""


async def get(bss: httpx.AsyncClient, path: str, **query: str) -> Any:
    answer = await bss.get(path, params=query)
    assert answer.status_code in {200, 206}, answer.text
    return answer.json()


async def bills_of(bss: httpx.AsyncClient, account_id: str) -> list[dict[str, Any]]:
    """The months' bills, the newest first."""
    papers = await get(bss, BILL, **{"billingAccount.id": account_id})
    return [bill for bill in papers if bill["category"] in {"normal", "last"}]


async def charge_of(bss: httpx.AsyncClient, bill_id: str, subject: str) -> dict[str, Any]:
    rates = await get(bss, RATE, **{"bill.id": bill_id})
    return next(rate for rate in rates if rate["characteristic"][0]["value"] == subject)


def about(bill: Mapping[str, Any], kind: str = "billDispute", **more: Any) -> dict[str, Any]:
    entities = [
        {"id": bill["id"], "role": "bill", "@referredType": "CustomerBill"},
        {"id": bill["billingAccount"]["id"], "role": "billingAccount", "@referredType": "BillingAccount"},
    ]
    return {"ticketType": kind, "severity": "minor", "description": "-", "relatedEntity": entities, **more}


def disputing(bill: Mapping[str, Any], charge: Mapping[str, Any] | None, **more: Any) -> dict[str, Any]:
    body = about(bill, name="not_ordered", **more)
    if charge is not None:
        reference = {"id": charge["id"], "role": "charge", "@referredType": "AppliedCustomerBillingRate"}
        body["relatedEntity"].append(reference)
    return body


def invoicing(bill: Mapping[str, Any], *, title: str = "广州恒信科技有限公司", tax_number: str = TAX_NUMBER,
              title_type: str = "Organization", **more: Any) -> dict[str, Any]:  # fmt: skip
    body = about(bill, "invoiceRequest", **more)
    body["relatedEntity"].append({"id": tax_number, "name": title, "role": "invoiceTitle", "@referredType": title_type})
    return body


async def post(bss: httpx.AsyncClient, body: Mapping[str, Any], path: str = TICKET) -> dict[str, Any]:
    answer = await bss.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def later(bss: httpx.AsyncClient, seconds: float) -> None:
    await bss.post("/sandbox/clock", json={"advanceSeconds": seconds})


async def status_after(bss: httpx.AsyncClient, ticket: Mapping[str, Any], seconds: float) -> str:
    await later(bss, seconds)
    status: str = (await get(bss, ticket["href"]))["status"]
    return status


async def test_a_third_partys_charge_is_given_back_a_few_minutes_later(bss: httpx.AsyncClient) -> None:
    bill = (await bills_of(bss, ARREARS))[0]
    charge = await charge_of(bss, bill["id"], "other_party")
    ticket = await post(bss, disputing(bill, charge))
    assert (ticket["status"], ticket["amount"]) == ("acknowledged", charge["taxIncludedAmount"])
    assert await status_after(bss, ticket, 65) == "inProgress"
    assert await status_after(bss, ticket, 240) == "resolved"
    decided = await get(bss, ticket["href"])
    assert [step["status"] for step in decided["statusChange"]] == ["acknowledged", "inProgress", "resolved"]
    assert "退还" in decided["note"][-1]["text"]
    amount = charge["taxIncludedAmount"]["value"]
    note = (await get(bss, BILL, **{"billingAccount.id": ARREARS}))[0]
    assert (note["category"], note["amountDue"]["value"], note["remainingAmount"]["value"]) == (
        "creditNote",
        -amount,
        0,
    )
    assert note["correctedBill"]["id"] == bill["id"]
    [line] = await get(bss, RATE, **{"bill.id": note["id"]})
    assert (line["type"], line["taxIncludedAmount"]["value"]) == ("appliedBillingCredit", -amount)
    after = await get(bss, bill["href"])
    assert after["amountDue"] == bill["amountDue"]
    assert after["remainingAmount"]["value"] == pytest.approx(bill["remainingAmount"]["value"] - amount)
    account = await get(bss, f"{ACCOUNT}/{ARREARS}")
    owed = sum(one["remainingAmount"]["value"] for one in await bills_of(bss, ARREARS))
    assert account["accountBalance"][0]["amount"]["value"] == pytest.approx(owed)


async def test_what_a_paid_bill_gives_back_is_the_accounts_own_money(bss: httpx.AsyncClient) -> None:
    own = f"{API}/prepayBalanceManagement/v4/bucket/M000000-own"
    before = (await get(bss, own))["remainingValue"]["amount"]
    bill = (await bills_of(bss, "A000000"))[1]
    assert bill["state"] == "settled"
    charge = await charge_of(bss, bill["id"], "value_added")
    await post(bss, disputing(bill, charge))
    await later(bss, 301)
    assert (await get(bss, own))["remainingValue"]["amount"] == pytest.approx(
        before + charge["taxIncludedAmount"]["value"]
    )
    assert (await get(bss, bill["href"]))["remainingAmount"]["value"] == 0


async def test_a_charge_by_the_tariff_is_explained_and_stays(bss: httpx.AsyncClient) -> None:
    bill = (await bills_of(bss, ARREARS))[0]
    charge = await charge_of(bss, bill["id"], "monthly_fee")
    ticket = await post(bss, disputing(bill, charge))
    assert await status_after(bss, ticket, 301) == "rejected"
    assert (await get(bss, ticket["href"]))["note"][-1]["text"]
    assert (await get(bss, bill["href"]))["remainingAmount"] == bill["remainingAmount"]
    again = await post(bss, disputing(bill, charge))
    assert again["id"] != ticket["id"], "it was decided, so it can be disputed anew"


async def test_nothing_is_given_back_twice(bss: httpx.AsyncClient) -> None:
    bill = (await bills_of(bss, ARREARS))[0]
    charge = await charge_of(bss, bill["id"], "other_party")
    await post(bss, disputing(bill, charge))
    await later(bss, 301)
    remaining = (await get(bss, bill["href"]))["remainingAmount"]
    again = await post(bss, disputing(bill, charge))
    assert await status_after(bss, again, 301) == "rejected"
    assert (await get(bss, bill["href"]))["remainingAmount"] == remaining


async def test_the_same_reference_makes_one_ticket(bss: httpx.AsyncClient) -> None:
    bill = (await bills_of(bss, ARREARS))[0]
    first = await post(bss, disputing(bill, None, externalId="R-1"))
    again = await post(bss, disputing(bill, None, externalId="R-1", description="In other words."))
    assert again == first
    found = await get(bss, TICKET, externalId="R-1")
    assert [ticket["id"] for ticket in found] == [first["id"]]


async def test_a_charge_has_one_open_dispute_whatever_the_reference(bss: httpx.AsyncClient) -> None:
    bill = (await bills_of(bss, ARREARS))[0]
    charge = await charge_of(bss, bill["id"], "other_party")
    first = await post(bss, disputing(bill, charge, externalId="R-1"))
    assert (await post(bss, disputing(bill, charge, externalId="R-2")))["id"] == first["id"]
    assert (await post(bss, disputing(bill, None, externalId="R-3")))["id"] != first["id"]


async def test_an_account_finds_its_tickets_and_no_other(bss: httpx.AsyncClient) -> None:
    mine, theirs = (await bills_of(bss, ARREARS))[0], (await bills_of(bss, "A000000"))[0]
    older = await post(bss, disputing(mine, None))
    await post(bss, disputing(theirs, None))
    newer = await post(bss, invoicing(mine))
    found = await get(bss, TICKET, **{"relatedEntity.id": ARREARS, "ticketType": "billDispute,invoiceRequest"})
    assert [ticket["id"] for ticket in found] == [newer["id"], older["id"]]
    assert await get(bss, TICKET, **{"relatedEntity.id": "A000001"}) == []


async def test_an_invoice_is_issued_and_can_be_fetched(bss: httpx.AsyncClient) -> None:
    bill = (await bills_of(bss, "A000006"))[0]
    ticket = await post(bss, invoicing(bill, title="恒信 & <科技>"))
    assert ticket["attachment"] == []
    assert await status_after(bss, ticket, 301) == "resolved"
    [attachment] = (await get(bss, ticket["href"]))["attachment"]
    document = await bss.get(attachment["url"])
    assert document.headers["content-type"].startswith("application/xml")
    said = {element.tag: element.text for element in ET.fromstring(document.text)}
    assert (said["EInvoiceNumber"], said["BuyerName"]) == (attachment["name"], "恒信 & <科技>")
    assert said["BuyerTaxNumber"] == TAX_NUMBER
    assert float(said["TotalAmount"]) == bill["amountDue"]["value"]
    assert float(said["Amount"]) + float(said["TaxAmount"]) == pytest.approx(bill["amountDue"]["value"])


async def test_there_is_no_invoice_before_it_is_issued_nor_of_another_number(bss: httpx.AsyncClient) -> None:
    ticket = await post(bss, invoicing((await bills_of(bss, "A000006"))[0]))
    serial = int(ticket["id"].rpartition("-")[2])
    for number in (f"2699000006{serial:010}", f"2699000007{serial:010}", "1" * 20, "x"):
        assert (await bss.get(f"/sandbox/invoice/{number}.xml")).status_code == 404
    await later(bss, 301)
    assert (await bss.get(f"/sandbox/invoice/2699000006{serial:010}.xml")).status_code == 200
    assert (await bss.get(f"/sandbox/invoice/2699000007{serial:010}.xml")).status_code == 404


async def test_a_bill_has_one_invoice_until_it_is_turned_down(bss: httpx.AsyncClient) -> None:
    bill = (await bills_of(bss, "A000006"))[0]
    wrong = await post(bss, invoicing(bill, tax_number="91440101MA5CKL2M00"))
    assert await status_after(bss, wrong, 301) == "rejected"
    assert "识别号" in (await get(bss, wrong["href"]))["note"][-1]["text"]
    first = await post(bss, invoicing(bill))
    assert first["id"] != wrong["id"]
    await later(bss, 301)
    again = await post(bss, invoicing(bill, title="另一个抬头", title_type="Individual", tax_number="-"))
    assert again["id"] == first["id"]


async def test_a_person_needs_no_tax_number(bss: httpx.AsyncClient) -> None:
    ticket = await post(
        bss, invoicing((await bills_of(bss, "A000000"))[0], title="陈晓彤", title_type="Individual", tax_number="-")
    )
    assert await status_after(bss, ticket, 301) == "resolved"


async def test_only_a_months_own_bill_is_invoiced_or_disputed(bss: httpx.AsyncClient) -> None:
    papers = [
        paper
        for account_id in ("A000003", "A000004", "A000006")
        for paper in await get(bss, BILL, **{"billingAccount.id": account_id})
        if paper["category"] not in {"normal", "last"}
    ]
    assert {paper["category"] for paper in papers} == {"creditNote", "duplicate", "interim", "trial"}
    for paper in papers:
        for body in (invoicing(paper), disputing(paper, None)):
            answer = await bss.post(TICKET, json=body)
            assert (answer.status_code, answer.json()["code"]) == (409, "notTheMonthsBill")


async def test_someone_decides_and_it_goes_on_by_itself_no_more(bss: httpx.AsyncClient) -> None:
    bill = (await bills_of(bss, ARREARS))[0]
    ticket = await post(bss, disputing(bill, await charge_of(bss, bill["id"], "monthly_fee")))
    pending = await post(bss, {"id": ticket["id"], "status": "pending", "note": "等待核查"}, "/sandbox/ticket")
    assert pending["status"] == "pending"
    assert await status_after(bss, ticket, 86_400) == "pending"
    decision = {"id": ticket["id"], "status": "resolved", "note": "退一半", "credit": 12.34}
    resolved = await post(bss, decision, "/sandbox/ticket")
    assert [note["text"] for note in resolved["note"]] == ["等待核查", "退一半"]
    note = (await get(bss, BILL, **{"billingAccount.id": ARREARS}))[0]
    assert (note["category"], note["amountDue"]["value"]) == ("creditNote", -12.34)
    assert (await bss.post("/sandbox/ticket", json=decision)).status_code == 409


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"id": "K000005-99"}, 404), ({"id": "nothing"}, 404), ({"status": "lost"}, 400), ({"credit": 1e9}, 400),
        ({"credit": -1}, 400), ({"credit": 0.001}, 400), ({"credit": "1"}, 400), ({"credit": True}, 400),
        ({"status": "rejected", "credit": 1}, 400), ({"note": ""}, 400), ({"note": 5}, 400), ({"more": 1}, 400),
    ],
)  # fmt: skip
async def test_a_bad_decision_changes_nothing(bss: httpx.AsyncClient, change: dict[str, Any], status: int) -> None:
    ticket = await post(bss, disputing((await bills_of(bss, ARREARS))[0], None))
    decision = {"id": ticket["id"], "status": "resolved"} | change
    assert (await bss.post("/sandbox/ticket", json=decision)).status_code == status
    assert (await get(bss, ticket["href"]))["status"] == "acknowledged"


def _unknown_bill(body: dict[str, Any]) -> None:
    body["relatedEntity"][0]["id"] = "B000005-209901"


def _others_bill(body: dict[str, Any]) -> None:
    body["relatedEntity"][1]["id"] = "A000001"


def _unknown_charge(body: dict[str, Any]) -> None:
    body["relatedEntity"].append({"id": "R000005-1", "role": "charge", "@referredType": "AppliedCustomerBillingRate"})


def _no_role(body: dict[str, Any]) -> None:
    del body["relatedEntity"][0]["role"]


def _no_title(body: dict[str, Any]) -> None:
    body["ticketType"] = "invoiceRequest"


def _other_kind(body: dict[str, Any]) -> None:
    body["ticketType"] = "fault"


@pytest.mark.parametrize("spoil", [_unknown_bill, _others_bill, _unknown_charge, _no_role, _no_title, _other_kind])
async def test_a_bad_question_opens_nothing(bss: httpx.AsyncClient, spoil: Any) -> None:
    body = disputing((await bills_of(bss, ARREARS))[0], None)
    spoil(body)
    assert (await bss.post(TICKET, json=body)).status_code == 400
    assert await get(bss, TICKET) == []


async def test_a_customer_withdraws_adds_a_note_and_closes(bss: httpx.AsyncClient) -> None:
    bill = (await bills_of(bss, ARREARS))[0]
    ticket = await post(bss, disputing(bill, await charge_of(bss, bill["id"], "other_party")))
    noted = await bss.patch(ticket["href"], json={"note": [{"text": "补充说明"}]})
    assert [(note["author"], note["text"]) for note in noted.json()["note"]] == [("客户", "补充说明")]
    assert (await bss.patch(ticket["href"], json={"status": "closed"})).status_code == 409
    assert (await bss.patch(ticket["href"], json={"status": "cancelled"})).json()["status"] == "cancelled"
    assert await status_after(bss, ticket, 301) == "cancelled"
    assert (await get(bss, bill["href"]))["remainingAmount"] == bill["remainingAmount"]
    for body, status in (({"description": "x"}, 400), ({"status": "resolved"}, 400), ({"status": "cancelled"}, 409)):
        assert (await bss.patch(ticket["href"], json=body)).status_code == status
    assert (await bss.patch(f"{TICKET}/K000005-99", json={})).status_code == 404


async def pay_all_but(bss: httpx.AsyncClient, account_id: str, amount: float) -> None:
    """Tops the account up by what is past due, less an amount."""
    now = (await get(bss, "/sandbox/clock"))["now"]
    late = [bill for bill in await bills_of(bss, account_id) if bill["paymentDueDate"] < now]
    due = round(sum(bill["remainingAmount"]["value"] for bill in late) - amount, 2)
    body = {
        "amount": {"amount": due, "units": "CNY"},
        "usageType": "monetary",
        "bucket": {"id": f"M{account_id[1:]}-own"},
        "partyAccount": {"id": account_id},
    }
    await post(bss, body, f"{API}/prepayBalanceManagement/v4/topupBalance")


async def barring(bss: httpx.AsyncClient) -> str:
    line = await get(bss, f"{API}/productInventory/v4/product/L000005-1")
    traits = {trait["name"]: trait["value"] for trait in line["productCharacteristic"]}
    return str(traits.get("barring", "none"))


async def test_a_line_in_arrears_only_by_a_disputed_third_partys_charge_is_not_barred(bss: httpx.AsyncClient) -> None:
    late = (await bills_of(bss, ARREARS))[1]
    charge = await charge_of(bss, late["id"], "other_party")
    await pay_all_but(bss, ARREARS, charge["taxIncludedAmount"]["value"])
    assert (await get(bss, f"{ACCOUNT}/{ARREARS}"))["paymentStatus"] == "pastDue"
    assert await barring(bss) == "outgoing"
    ticket = await post(bss, disputing(late, charge))
    assert (await get(bss, f"{ACCOUNT}/{ARREARS}"))["paymentStatus"] == "current"
    assert await barring(bss) == "none"
    call = {"number": "13800138007", "usageType": "voice", "amount": 5}
    assert (await bss.post("/sandbox/usage", json=call)).status_code == 201
    await post(bss, {"id": ticket["id"], "status": "rejected", "note": "订购属实"}, "/sandbox/ticket")
    assert (await get(bss, f"{ACCOUNT}/{ARREARS}"))["paymentStatus"] == "pastDue"
    assert await barring(bss) == "outgoing"


async def test_of_a_bill_that_is_disputed_as_a_whole_only_third_parties_charges_count(bss: httpx.AsyncClient) -> None:
    late = (await bills_of(bss, ARREARS))[1]
    charge = await charge_of(bss, late["id"], "other_party")
    await post(bss, disputing(late, None))
    assert await barring(bss) == "outgoing"
    await pay_all_but(bss, ARREARS, charge["taxIncludedAmount"]["value"])
    assert await barring(bss) == "none"
    await later(bss, 301)
    assert await barring(bss) == "outgoing", "it was rejected: a whole bill is no third party's charge"


async def test_any_other_disputed_charge_still_bars(bss: httpx.AsyncClient) -> None:
    late = (await bills_of(bss, ARREARS))[1]
    charge = await charge_of(bss, late["id"], "monthly_fee")
    await pay_all_but(bss, ARREARS, 1)
    await post(bss, disputing(late, charge))
    assert await barring(bss) == "outgoing"


async def test_more_open_than_what_is_disputed_bars(bss: httpx.AsyncClient) -> None:
    late = (await bills_of(bss, ARREARS))[1]
    charge = await charge_of(bss, late["id"], "other_party")
    await pay_all_but(bss, ARREARS, charge["taxIncludedAmount"]["value"] + 0.01)
    await post(bss, disputing(late, charge))
    assert await barring(bss) == "outgoing"


async def test_a_clock_moved_back_hides_a_ticket_and_its_credit_note(bss: httpx.AsyncClient) -> None:
    bill = (await bills_of(bss, ARREARS))[0]
    body = disputing(bill, await charge_of(bss, bill["id"], "other_party"), externalId="R-1")
    ticket = await post(bss, body)
    await later(bss, 301)
    assert (await get(bss, bill["href"]))["remainingAmount"] != bill["remainingAmount"]
    await later(bss, -3600)
    assert await get(bss, TICKET) == []
    assert (await bss.get(ticket["href"])).status_code == 404
    assert (await get(bss, bill["href"]))["remainingAmount"] == bill["remainingAmount"]
    assert (await post(bss, body))["id"] == ticket["id"]


async def test_the_ticket_system_can_be_out(bss: httpx.AsyncClient) -> None:
    await bss.post("/sandbox/outage", json={"systems": ["ticket"]})
    assert (await bss.get(TICKET)).status_code == 503
    assert (await bss.get(BILL)).status_code == 206


async def test_tickets_outlive_a_restart(tmp_path: Any, born_ms: int) -> None:
    for attempt in ("before", "after"):
        world = World.open(tmp_path, subscribers=20, now_ms=born_ms)
        transport = httpx.ASGITransport(create_app(world))
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as bss:
            if attempt == "before":
                await post(bss, disputing((await bills_of(bss, ARREARS))[0], None, externalId="R-1"))
            assert [ticket["externalId"] for ticket in await get(bss, TICKET)] == ["R-1"]
        world.store.close()


@pytest.mark.parametrize(
    ("number", "good"),
    [
        (TAX_NUMBER, True), ("91350100M000100Y43", True), ("91350100M000100Y44", False), ("9135010OM000100Y43", False),
        ("123456789012345", True), ("12345678901234567890", True), ("440106199001011234", True), ("", False),
        ("91350100m000100y43", False), ("1234567890", False), ("-", False),
    ],
)  # fmt: skip
def test_a_tax_number_has_its_form_and_its_check_digit(number: str, good: bool) -> None:
    assert is_tax_number(number) is good
