"""Which operations must a BSS offer, and with which body is a resource created there?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.conformance.swagger import APIS

Resource = Mapping[str, Any]


@dataclass(frozen=True)
class Creation:
    """How a resource is made: from a sample of another one, found at ``source`` below the base address.

    ``choose`` says with which attribute filters the samples are asked for; ``draft`` gives the body for one of them,
    or None if that sample will not do; ``draft_of_two`` where it takes two samples.
    """

    source: str
    choose: Mapping[str, str]
    draft: Callable[[Resource], dict[str, Any] | None] = lambda _: None
    draft_of_two: Callable[[Resource, Resource], dict[str, Any] | None] | None = None

    def drafts(self, samples: Sequence[Resource]) -> list[dict[str, Any]]:
        """The bodies that the samples give; where two are needed, each is tried with the next that will do."""
        if self.draft_of_two is None:
            return [draft for sample in samples if (draft := self.draft(sample))]
        pairs = ((one, other) for one in samples for other in samples)
        return [draft for one, other in pairs if (draft := self.draft_of_two(one, other))]


@dataclass(frozen=True)
class Change:
    """How a resource that was just made is changed: ``good`` is taken, ``bad`` (a property of another type) is not."""

    good: Mapping[str, Any]
    bad: Mapping[str, Any]


@dataclass(frozen=True)
class Listed:
    """A resource that is listed and read by its id; ``creation`` where the hall must be able to make one, ``change``
    where what was made can be changed.

    ``scope``: a filter that every filtered list carries, where no BSS would search everybody's.
    """

    api: str
    name: str
    creation: Creation | None = None
    scope: str | None = None
    change: Change | None = None


def _consumption_of(line: Resource) -> dict[str, Any] | None:
    return {"searchCriteria": {"product": [{"id": line["id"]}]}} if "productSerialNumber" in line else None


def _bill_so_far_of(account: Resource) -> dict[str, Any]:
    return {"billingAccount": {"id": account["id"]}}


def _smallest_topup_of(bucket: Resource) -> dict[str, Any] | None:
    account, left = bucket.get("partyAccount", {}).get("id"), bucket.get("remainingValue", {})
    if account is None or bucket.get("status", "active") != "active":
        return None
    return {
        "amount": {"amount": 0.01, "units": left.get("units", "CNY")},
        "usageType": "monetary",
        "bucket": {"id": bucket["id"]},
        "partyAccount": {"id": account},
    }


def _smallest_refund_of(bucket: Resource) -> dict[str, Any] | None:
    """A fen of own money goes out again."""
    left = bucket.get("remainingValue", {})
    if bucket.get("name") != "own" or left.get("amount", 0) <= 1:
        return None
    return {
        "amount": {"amount": -0.01, "units": left.get("units", "CNY")},
        "usageType": "monetary",
        "bucket": {"id": bucket["id"]},
        "adjustType": "oneTime",
    }


def _smallest_gift_of(giver: Resource, receiver: Resource) -> dict[str, Any] | None:
    """A fen of own money goes to another account."""
    accounts = [bucket.get("partyAccount", {}).get("id") for bucket in (giver, receiver)]
    draft = _smallest_refund_of(giver)
    if draft is None or receiver.get("name") != "own" or None in accounts or accounts[0] == accounts[1]:
        return None
    del draft["adjustType"]
    return draft | {
        "amount": {"amount": 0.01, "units": giver["remainingValue"].get("units", "CNY")},
        "receiverBucket": {"id": receiver["id"]},
        "receiverBucketUsageType": "monetary",
        "logicalResource": [{"id": accounts[0]}],
        "receiverLogicalResource": {"id": accounts[1]},
        "reason": "transfer",
        "channel": {"id": "conformance"},
    }


def _dispute_of(bill: Resource) -> dict[str, Any] | None:
    """Only a bill of a month can be disputed."""
    if bill.get("category") not in {"normal", "last"}:
        return None
    entities = [
        {"id": bill["id"], "role": "bill", "@referredType": "CustomerBill"},
        {"id": bill["billingAccount"]["id"], "role": "billingAccount", "@referredType": "BillingAccount"},
    ]
    return {
        "ticketType": "billDispute",
        "severity": "minor",
        "name": "wrong_amount",
        "description": "Asked by the conformance suite.",
        "relatedEntity": entities,
    }


def _drop_of(package: Resource) -> dict[str, Any] | None:
    """What would come of dropping an add-on from the next cycle on: nothing is ordered by that."""
    lines = [
        related["product"]["id"]
        for related in package.get("productRelationship", ())
        if related["relationshipType"] == "reliesOn"
    ]
    if not lines:
        return None
    item = {
        "id": "1",
        "action": "delete",
        "product": {
            "id": package["id"],
            "productRelationship": [{"relationshipType": "reliesOn", "product": {"id": lines[0]}}],
        },
    }
    return {
        "instantSyncQualification": True,
        "provideUnavailabilityReason": True,
        "channel": {"id": "web"},
        "relatedParty": [{"id": lines[0], "role": "line", "@referredType": "Product"}],
        "productOfferingQualificationItem": [item],
    }


def _order_to_drop(package: Resource) -> dict[str, Any] | None:
    """The same, ordered; the suite calls it off as soon as it has looked at it."""
    wish = _drop_of(package)
    if wish is None:
        return None
    return {
        "externalId": f"conformance-{uuid4().hex}",
        "category": "selfService",
        "channel": [{"id": "web", "role": "selfService"}],
        "relatedParty": wish["relatedParty"],
        "productOrderItem": wish["productOfferingQualificationItem"],
    }


def _cancellation_of(order: Resource) -> dict[str, Any] | None:
    """Only of an order that this suite placed."""
    if not order.get("externalId", "").startswith("conformance-"):
        return None
    return {"productOrder": {"id": order["id"]}, "cancellationReason": "Asked by the conformance suite."}


CONSUMPTION = Creation("/productInventory/v4/product", {"status": "active"}, _consumption_of)
BILL_SO_FAR = Creation("/accountManagement/v4/billingAccount", {}, _bill_so_far_of)
TOPUP = Creation("/prepayBalanceManagement/v4/bucket", {"usageType": "monetary"}, _smallest_topup_of)
TAKEN_BACK = Creation("/prepayBalanceManagement/v4/bucket", {"usageType": "monetary"}, _smallest_refund_of)
GIVEN = Creation("/prepayBalanceManagement/v4/bucket", {"usageType": "monetary"}, draft_of_two=_smallest_gift_of)
DISPUTE = Creation("/customerBillManagement/v4/customerBill", {}, _dispute_of)
HELD = {"status": "active", "productSpecification.id": "add-on"}
QUALIFIED = Creation("/productInventory/v4/product", HELD, _drop_of)
ORDERED = Creation("/productInventory/v4/product", HELD, _order_to_drop)
CALLED_OFF = Creation(
    "/productOrderingManagement/v4/productOrder", {"state": "acknowledged,pending"}, _cancellation_of
)  # fmt: skip
WITHDRAWAL = Change({"status": "cancelled"}, {"status": 7})

LISTED = (
    Listed("TMF679", "productOfferingQualification", QUALIFIED),
    Listed("TMF622", "productOrder", ORDERED),
    Listed("TMF622", "cancelProductOrder", CALLED_OFF),
    Listed("TMF629", "customer"),
    Listed("TMF632", "individual"),
    Listed("TMF621", "troubleTicket", DISPUTE, change=WITHDRAWAL),
    Listed("TMF666", "billingAccount"),
    Listed("TMF620", "category"),
    Listed("TMF620", "productOffering"),
    Listed("TMF620", "productOfferingPrice"),
    Listed("TMF637", "product"),
    Listed("TMF635", "usage", scope="relatedParty.id"),
    Listed("TMF654", "bucket"),
    Listed("TMF654", "accumulatedBalance"),
    Listed("TMF654", "topupBalance", TOPUP),
    Listed("TMF654", "adjustBalance", TAKEN_BACK),
    Listed("TMF654", "transferBalance", GIVEN),
    Listed("TMF658", "loyaltyProgramMember"),
    Listed("TMF658", "loyaltyBalance"),
    Listed("TMF658", "loyaltyEvent"),
    Listed("TMF676", "payment"),
    Listed("TMF676", "refund"),
    Listed("TMF677", "queryUsageConsumption", CONSUMPTION),
    Listed("TMF678", "customerBill"),
    Listed("TMF678", "appliedCustomerBillingRate", scope="bill.id"),
    Listed("TMF678", "customerBillOnDemand", BILL_SO_FAR),
)


def listed_operations() -> frozenset[tuple[str, str]]:
    """Every (API, operation) that must be exercised, e.g. ("TMF678", "GET /customerBill/{id}")."""
    reads = {(item.api, f"GET /{item.name}{by_id}") for item in LISTED for by_id in ("", "/{id}")}
    creations = {(item.api, f"POST /{item.name}") for item in LISTED if item.creation}
    hubs = {(api, name) for api in APIS for name in ("POST /hub", "DELETE /hub/{id}")}
    changes = {(item.api, f"PATCH /{item.name}/{{id}}") for item in LISTED if item.change}
    return frozenset(reads | creations | changes | hubs)
