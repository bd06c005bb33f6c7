"""What does a BSS that keeps to docs/operate/bss.md send? Written by hand from that page."""

from typing import Any

LINE: dict[str, Any] = {
    "id": "L1",
    "productSerialNumber": "13800138001",
    "productSpecification": {"id": "mobile-line", "name": "移动号码"},
    "status": "active",
    "billingAccount": {"id": "A1"},
    "relatedParty": [
        {"id": "P1", "role": "user", "@referredType": "Individual"},
        {"id": "C1", "role": "customer", "@referredType": "Customer"},
    ],
    "productCharacteristic": [{"name": "homeRegion", "value": "Guangzhou"}],
    "productRelationship": [],
}

PLAN: dict[str, Any] = {
    "id": "P10",
    "name": "畅享套餐 88",
    "productOffering": {"id": "O88", "name": "畅享套餐 88"},
    "productSpecification": {"id": "plan"},
    "productRelationship": [{"relationshipType": "reliesOn", "product": {"id": "L1"}}],
    "status": "active",
    "productPrice": [
        {"priceType": "oneTime", "price": {"taxIncludedAmount": {"unit": "CNY", "value": 10}}},
        {
            "priceType": "recurring",
            "recurringChargePeriod": "month",
            "price": {"taxIncludedAmount": {"unit": "CNY", "value": 88.00}},
        },
    ],
    "startDate": "2025-06-30T16:00:00Z",
    "productTerm": [{"name": "contract", "validFor": {"endDateTime": "2027-06-30T16:00:00Z"}}],
}

ADD_ON: dict[str, Any] = {
    "id": "P11",
    "name": "10GB 加油包",
    "productOffering": {"id": "O10", "name": "10GB 加油包"},
    "productSpecification": {"id": "add-on"},
    "productRelationship": [{"relationshipType": "reliesOn", "product": {"id": "L1"}}],
    "status": "pendingTerminate",
    "startDate": "2026-11-01T00:00:00+08:00",
    "terminationDate": "2026-11-30T16:00:00Z",
}

OFFERINGS: list[dict[str, Any]] = [
    {
        "id": "O88",
        "name": "畅享套餐 88",
        "@type": "LocalizedProductOffering",
        "localizedName": [{"languageCode": "en", "value": "Enjoy 88"}],
    },
    {"id": "O10", "name": "10GB 加油包"},
]

ACCOUNT: dict[str, Any] = {
    "id": "A1",
    "name": "账户",
    "accountType": "postpaid",
    "state": "active",
    "paymentStatus": "due",
    "accountBalance": [
        {
            "balanceType": "receivable",
            "amount": {"unit": "CNY", "value": 86.50},
            "validFor": {"endDateTime": "2026-11-24T16:00:00Z"},
        }
    ],
    "creditLimit": {"unit": "CNY", "value": 200},
    "relatedParty": [{"id": "C1", "role": "customer", "@referredType": "Customer"}],
}

POTS: list[dict[str, Any]] = [
    {
        "id": "M1",
        "name": "own",
        "usageType": "monetary",
        "status": "active",
        "partyAccount": {"id": "A1"},
        "remainingValue": {"amount": 3.2, "units": "CNY"},
    },
    {
        "id": "M2",
        "name": "granted",
        "usageType": "monetary",
        "status": "active",
        "remainingValue": {"amount": 10.005, "units": "CNY"},
        "validFor": {"endDateTime": "2026-12-31T15:59:59Z"},
    },
    {
        "id": "M3",
        "name": "frozen",
        "usageType": "monetary",
        "status": "active",
        "remainingValue": {"amount": 2400, "units": "CNY"},
    },
    {
        "id": "M4",
        "name": "own",
        "usageType": "monetary",
        "status": "expired",
        "remainingValue": {"amount": 50, "units": "CNY"},
    },
]


def counter(
    value_name: str, amount: object, units: str, *, user: str | None = None, number: str | None = None
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "valueName": value_name,
        "counterType": "used",
        "level": "user" if user else "global",
        "value": {"amount": amount, "units": units},
    }
    if user:
        made["user"] = {"id": user, "@referredType": "Product"} | ({"name": number} if number else {})
    return made


GENERAL_DATA: dict[str, Any] = {
    "id": "B1",
    "name": "国内流量",
    "description": "Data at home",
    "usageType": "data",
    "isShared": True,
    "status": "active",
    "remainingValueName": "general:plan",
    "remainingValue": {"amount": 6 * 1024**3, "units": "byte"},
    "bucketCounter": [
        counter("used", 4 * 1024**3, "byte"),
        counter("used", 3 * 1024**3, "byte", user="L2", number="13800138004"),
        counter("used", 1024**3, "byte", user="L1", number="13800138003"),
        counter("total", 10 * 1024**3, "byte"),
    ],
    "product": [{"id": "P10", "name": "畅享套餐 88"}],
    "validFor": {"endDateTime": "2026-11-30T16:00:00Z"},
}

UNLIMITED_DATA: dict[str, Any] = {
    "id": "B2",
    "name": "不限量流量",
    "usageType": "data",
    "status": "suspended",
    "remainingValueName": "general:plan",
    "bucketCounter": [counter("used", 42949672960, "byte"), counter("throttleAfter", 42949672960, "byte")],
}

VOICE: dict[str, Any] = {
    "id": "B3",
    "name": "国内语音",
    "usageType": "voice",
    "status": "active",
    "remainingValueName": "general:addOn",
    "remainingValue": {"amount": 0, "units": "second"},
    "bucketCounter": [counter("used", 6000, "second"), counter("total", 6000, "second")],
}

CONSUMPTION: dict[str, Any] = {
    "id": "Q1",
    "usageConsumption": [
        {
            "id": "U1",
            "state": "done",
            "lastUpdate": "2026-11-21T02:03:04Z",
            "validPeriod": {"startDateTime": "2026-10-31T16:00:00Z", "endDateTime": "2026-11-30T16:00:00Z"},
            "bucketRefOrValue": [GENERAL_DATA, UNLIMITED_DATA, VOICE],
        }
    ],
}

BILL: dict[str, Any] = {
    "id": "BILL-10",
    "billNo": "202610-A1",
    "billDate": "2026-11-01T18:00:00Z",
    "billingAccount": {"id": "A1"},
    "billingPeriod": {"startDateTime": "2026-09-30T16:00:00Z", "endDateTime": "2026-10-31T16:00:00Z"},
    "paymentDueDate": "2026-11-24T16:00:00Z",
    "category": "normal",
    "state": "partiallyPaid",
    "amountDue": {"unit": "CNY", "value": 86.50},
    "remainingAmount": {"unit": "CNY", "value": 36.50},
    "appliedPayment": [{"payment": {"id": "PAY1"}, "appliedAmount": {"unit": "CNY", "value": 50.00}}],
}

EARLIER_BILL: dict[str, Any] = BILL | {
    "id": "BILL-09",
    "billNo": "202609-A1",
    "billDate": "2026-10-01T18:00:00Z",
    "state": "settled",
    "remainingAmount": {"unit": "CNY", "value": 0},
}


def rate(rate_id: str, subject: str, amount: object, *, number: str | None = "13800138001") -> dict[str, Any]:
    characteristics = [{"name": "subject", "value": subject}]
    if number:
        characteristics.append({"name": "number", "value": number})
    return {
        "id": rate_id,
        "name": "套餐月租",
        "description": "Monthly fee",
        "taxIncludedAmount": {"unit": "CNY", "value": amount},
        "characteristic": characteristics,
    }


RATES: list[dict[str, Any]] = [
    rate("R1", "monthly_fee", 88),
    rate("R2", "voice", 3.502),
    rate("R3", "voice", 0.003),
    rate("R4", "discount", -5.01, number=None),
]

CREDIT_NOTE: dict[str, Any] = BILL | {
    "id": "BILL-10C",
    "billNo": "202610-A1C",
    "billDate": "2026-11-10T02:00:00Z",
    "category": "creditNote",
    "state": "settled",
    "amountDue": {"unit": "CNY", "value": -3},
    "remainingAmount": {"unit": "CNY", "value": 0},
    "appliedPayment": [],
    "correctedBill": {"id": "BILL-10", "href": "/customerBill/BILL-10", "@referredType": "CustomerBill"},
    "@type": "CorrectingCustomerBill",
    "@baseType": "CustomerBill",
}

ROAMING_RATE: dict[str, Any] = {
    "id": "R7",
    "name": "国际漫游流量",
    "description": "Data abroad",
    "taxIncludedAmount": {"unit": "CNY", "value": 12.305},
    "product": {"id": "L1"},
    "characteristic": [
        {"name": "subject", "value": "data"},
        {"name": "number", "value": "13800138001"},
        {"name": "lineKind", "value": "mobile"},
        {"name": "chargeKind", "value": "usage"},
        {"name": "tariff", "value": "roaming-data"},
        {"name": "roaming", "value": True},
    ],
}

ON_DEMAND: dict[str, Any] = {"id": "D1", "state": "done", "customerBill": {"id": "BILL-NOW"}}

CURRENT_BILL: dict[str, Any] = BILL | {"id": "BILL-NOW", "category": "onDemand", "state": "new", "appliedPayment": []}

USAGE_EVENT: dict[str, Any] = {
    "eventId": "E1",
    "eventTime": "2026-11-21T02:00:05Z",
    "eventType": "usageCreateEvent",
    "event": {
        "usage": {
            "id": "USE-1",
            "usageDate": "2026-11-21T02:00:00Z",
            "usageType": "data",
            "status": "rated",
            "relatedParty": [{"id": "L1", "role": "line", "@referredType": "Product"}],
            "usageCharacteristic": [
                {"name": "direction", "value": "outgoing"},
                {"name": "roaming", "value": False},
                {"name": "volumeBytes", "value": 3000},
                {
                    "name": "consumption",
                    "value": [{"bucketId": "B9", "amount": 1000}, {"bucketId": "B1", "amount": 2000}],
                },
            ],
            "ratedProductUsage": [{"taxIncludedRatingAmount": {"unit": "CNY", "value": 0.012}}],
        }
    },
}

DISPUTE: dict[str, Any] = {
    "id": "T1",
    "externalId": "billDispute/BILL-10/R9/1",
    "ticketType": "billDispute",
    "name": "not_ordered",
    "severity": "minor",
    "status": "resolved",
    "creationDate": "2026-11-20T02:00:00Z",
    "lastUpdate": "2026-11-21T02:00:00Z",
    "amount": {"unit": "CNY", "value": 8.005},
    "relatedEntity": [
        {"id": "A1", "role": "billingAccount", "@referredType": "BillingAccount"},
        {"id": "BILL-10", "role": "bill", "@referredType": "CustomerBill"},
        {"id": "R9", "role": "charge", "@referredType": "AppliedCustomerBillingRate"},
    ],
    "note": [
        {"id": "2", "date": "2026-11-21T02:00:00Z", "text": "已退还。"},
        {"id": "1", "date": "2026-11-21T09:00:00+08:00", "text": "正在核实。"},
    ],
}

TAX_NUMBER = "91350100M000100Y43"
INVOICE: dict[str, Any] = {
    "id": "T2",
    "externalId": "invoiceRequest/BILL-10/1",
    "ticketType": "invoiceRequest",
    "name": "e-invoice",
    "severity": "minor",
    "status": "resolved",
    "creationDate": "2026-11-20T03:00:00Z",
    "amount": {"unit": "CNY", "value": 86.50},
    "relatedEntity": [
        {"id": "A1", "role": "billingAccount", "@referredType": "BillingAccount"},
        {"id": "BILL-10", "role": "bill", "@referredType": "CustomerBill"},
        {"id": TAX_NUMBER, "name": "广州恒信科技有限公司", "role": "invoiceTitle", "@referredType": "Organization"},
    ],
    "attachment": [{"name": "26440000000000000001", "url": "http://127.0.0.1:8100/invoice/1.pdf"}],
}

LINE_EVENT: dict[str, Any] = {
    "eventId": "E2",
    "eventTime": "2026-11-21T02:00:05Z",
    "eventType": "productStateChangeEvent",
    "event": {"product": LINE | {"status": "terminated"}},
}

NEW_SIM_LINE: dict[str, Any] = LINE | {
    "productCharacteristic": [{"name": "simChangedAt", "valueType": "string", "value": "2026-11-20T09:30:00.000Z"}]
}

CUSTOMER: dict[str, Any] = {
    "id": "C1",
    "name": "陈晓彤",
    "engagedParty": {"id": "I1", "name": "陈晓彤", "@referredType": "Individual"},
}

COMPANY_CUSTOMER: dict[str, Any] = CUSTOMER | {"engagedParty": {"id": "O1", "@referredType": "Organization"}}

COMPANY: dict[str, Any] = {
    "id": "O1",
    "name": "广州恒信科技有限公司",
    "relatedParty": [
        {"id": "I7", "role": "owner", "@referredType": "Individual"},
        {"id": "I1", "role": "agent", "@referredType": "Individual"},
    ],
}

IDENTITY_NUMBER = "99010119900307123X"
PERSON: dict[str, Any] = {
    "id": "I1",
    "fullName": "陈晓彤",
    "individualIdentification": [
        {"identificationType": "护照", "identificationId": "E00000001"},
        {"identificationType": "居民身份证", "identificationId": IDENTITY_NUMBER},
    ],
}
