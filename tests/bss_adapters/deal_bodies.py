"""Bodies as a BSS sends them of what can be bought, of changes, orders and money (docs/operate/bss.md)."""

from typing import Any

PARTY: list[dict[str, Any]] = [{"id": "L1", "role": "line", "@referredType": "Product"}]


def yuan(amount: float) -> dict[str, Any]:
    return {"unit": "CNY", "value": amount}


ALLOWED: dict[str, Any] = {
    "id": "Q1",
    "state": "done",
    "relatedParty": PARTY,
    "productOfferingQualificationItem": [
        {
            "id": "1",
            "action": "modify",
            "productOffering": {"id": "plan-79"},
            "qualificationItemResult": "qualified",
            "changePreview": {
                "name": "5G畅享79元套餐",
                "nameEn": "5G Smart 79",
                "starts": ["nextCycle", "atOnce"],
                "start": "nextCycle",
                "startsOn": "2026-12-01",
                "price": yuan(79),
                "repeats": True,
                "charges": [
                    {"kind": "monthly", "name": "月费", "nameEn": "Fee", "amount": yuan(79), "since": "2026-12-01"},
                    {"kind": "penalty", "name": "违约金", "amount": yuan(120.5), "since": "2026-12-01"},
                ],
                "losses": [
                    {"kind": "rolledOver", "name": "结转流量", "left": 1073741824, "on": "2026-12-01"},
                    {"kind": "discount", "name": "老客户月减", "amount": yuan(10), "on": "2026-12-01"},
                ],
                "takesAway": [{"id": "P9", "name": "5G畅享59元套餐", "nameEn": "5G Smart 59"}],
                "monthlyBefore": yuan(59),
                "monthlyAfter": yuan(79),
                "contractUntil": "2027-11-30",
                "terms": [
                    {"languageCode": "zh", "value": "合约十二个月"},
                    {"languageCode": "en", "value": "12 months"},
                ],
            },
        }
    ],
}
_ITEM: dict[str, Any] = ALLOWED["productOfferingQualificationItem"][0]
REFUSED: dict[str, Any] = ALLOWED | {
    "productOfferingQualificationItem": [
        _ITEM
        | {
            "qualificationItemResult": "unqualified",
            "eligibilityUnavailabilityReason": [
                {"code": "contract", "label": "bound"},
                {"code": "underWay", "label": "another waits"},
                {"code": "inArrears", "label": "pay first"},
            ],
            "changePreview": _ITEM["changePreview"]
            | {
                "reasonDetail": [
                    {
                        "code": "contract",
                        "offering": {"id": "plan-99", "name": "合约99", "nameEn": "Contract 99"},
                        "until": "2027-03-31",
                    },
                    {"code": "underWay", "orderId": "deed-7"},
                ]
            },
        }
    ]
}
ORDER: dict[str, Any] = {
    "id": "PO-1",
    "externalId": "deed-1",
    "category": "selfService",
    "channel": [{"id": "web", "role": "selfService"}],
    "relatedParty": PARTY,
    "state": "inProgress",
    "orderDate": "2026-11-20T10:00:00+08:00",
    "requestedStartDate": "2026-12-01T00:00:00+08:00",
    "action": "changePlan",
    "name": "5G畅享79元套餐",
    "nameEn": "5G Smart 79",
    "price": yuan(79),
    "repeats": True,
    "cancellable": True,
    "productOrderItem": [
        {
            "id": "1",
            "action": "modify",
            "state": "inProgress",
            "name": "5G畅享79元套餐",
            "nameEn": "5G Smart 79",
            "@type": "NamedProductOrderItem",
        }
    ],
    "milestone": [
        {"name": "受理", "nameEn": "Accepted", "system": "order", "state": "done", "date": "2026-11-20T10:00:00+08:00"},
        {"name": "开通", "nameEn": "Activation", "system": "activation", "state": "active"},
    ],
    "@type": "TrackedProductOrder",
}
HELD: dict[str, Any] = ORDER | {
    "id": "PO-2",
    "externalId": "deed-2",
    "action": "openLine",
    "state": "partial",
    "cancellable": False,
    "orderDate": "2026-11-21T10:00:00+08:00",
    "completionDate": "2026-11-21T11:00:00+08:00",
    "failure": {"code": "documents", "name": "证件待审", "nameEn": "Documents", "nextStep": "visit"},
    "productOrderItem": [
        {"id": "1", "action": "add", "state": "failed", "failure": {"name": "号码已被占用", "nameEn": "Taken"}}
    ],
}
ORDER_EVENT: dict[str, Any] = {
    "eventType": "ProductOrderStateChangeEvent",
    "event": {"productOrder": {"id": "PO-1", "state": "completed", "relatedParty": PARTY}},
}
SWITCHABLE_LINE: dict[str, Any] = {
    "id": "L1",
    "productCharacteristic": [
        {
            "name": "serviceSwitches",
            "value": [
                {"id": "roaming", "name": "国际漫游", "nameEn": "Roaming", "on": False, "changingTo": True},
                {"id": "callerId", "name": "来电显示", "nameEn": "Caller id", "on": True, "monthlyFee": yuan(6)},
            ],
        },
        {"name": "lostSince", "value": "2026-11-20T10:00:00+08:00"},
    ],
}
SIM_CARDS: list[dict[str, Any]] = [
    {
        "id": "S1",
        "status": "active",
        "productSpecification": {"id": "sim-card"},
        "productRelationship": [{"relationshipType": "reliesOn", "product": {"id": "L1"}}],
        "productCharacteristic": [{"name": "puk", "value": "48151623"}, {"name": "pukTries", "value": 10}],
    }
]
FREE_NUMBERS: list[dict[str, Any]] = [
    {"id": "N1", "status": "created", "productSerialNumber": "13900008001", "productCharacteristic": []},
    {
        "id": "N2",
        "status": "created",
        "productSerialNumber": "13900018001",
        "productCharacteristic": [{"name": "monthlyLeast", "value": 50}],
    },
]
TOP_UP: dict[str, Any] = {
    "id": "T1",
    "description": "recharge-1",
    "status": "completed",
    "confirmationDate": "2026-11-20T10:00:00+08:00",
    "amount": {"amount": 50.00, "units": "CNY"},
    "partyAccount": {"id": "A1"},
    "arrearsSettled": yuan(12.5),
}
PAYMENT: dict[str, Any] = {
    "id": "P1",
    "correlatorId": "recharge-1",
    "status": "done",
    "paymentDate": "2026-11-20T10:00:00+08:00",
    "totalAmount": yuan(50),
}
REFUND: dict[str, Any] = {
    "id": "F1",
    "correlatorId": "refund-1",
    "status": "done",
    "refundDate": "2026-11-20T09:00:00+08:00",
    "totalAmount": yuan(20),
}
SHELF: list[dict[str, Any]] = [
    {"id": "mobile-plan", "name": "手机套餐", "description": "Mobile plans"},
    {"id": "family-plan", "name": "家庭套餐", "description": "Family plans", "parentId": "mobile-plan"},
]
PRICES: list[dict[str, Any]] = [
    {"id": "fee-79", "priceType": "recurring", "recurringChargePeriodType": "month", "price": yuan(79)},
    {"id": "once-79", "priceType": "oneTime", "price": yuan(100)},
    {"id": "exit-79", "priceType": "penalty", "price": yuan(30)},
    {"id": "off-5", "priceType": "discount", "percentage": 5},
    {"id": "off-10", "priceType": "discount", "price": yuan(-10)},
    {"id": "tariff-sms", "priceType": "usage", "price": yuan(0.1)},
]
SOLD: dict[str, Any] = {
    "id": "plan-79",
    "name": "5G畅享79元套餐",
    "localizedName": [{"languageCode": "en", "value": "5G Smart 79"}],
    "lifecycleStatus": "Active",
    "isSellable": True,
    "validFor": {"startDateTime": "2026-01-01T00:00:00+08:00", "endDateTime": "2027-01-01T00:00:00+08:00"},
    "category": [{"id": "mobile-plan"}],
    "productSpecification": {"id": "plan"},
    "productOfferingPrice": [{"id": "fee-79"}, {"id": "once-79"}, {"id": "exit-79"}],
    "productOfferingTerm": [{"name": "contract", "duration": {"amount": 12, "units": "month"}}],
    "prodSpecCharValueUse": [
        {
            "name": "data:general",
            "productSpecCharacteristicValue": [{"value": 21474836480, "unitOfMeasure": "byte"}],
        },
        {
            "name": "data:dedicated(短视频)",
            "productSpecCharacteristicValue": [{"value": "unlimited", "valueType": "string"}],
        },
    ],
    "allowance": [
        {"name": "国内通用流量", "nameEn": "National data", "shared": True, "throttleAfter": 1024, "rollsOver": True},
        {"name": "短视频流量", "nameEn": "Short-video data", "shared": False, "rollsOver": False},
    ],
    "productOfferingRelationship": [
        {"id": "benefit-5", "relationshipType": "excludes"},
        {"id": "gone", "relationshipType": "requires", "name": "已下架"},
    ],
    "orderStart": ["nextCycle", "atOnce"],
    "soldIn": ["web", "app"],
    "orderByText": True,
    "terms": [{"languageCode": "zh", "value": "合约十二个月"}],
}
BENEFIT: dict[str, Any] = {
    "id": "benefit-5",
    "name": "自动缴费95折",
    "lifecycleStatus": "Retired",
    "productSpecification": {"id": "add-on"},
    "productOfferingPrice": [{"id": "off-5"}],
    "ofThirdParty": True,
}
