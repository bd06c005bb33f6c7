"""Does every field of the graph open to exactly those whom the hand-reviewed table names?"""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.graph import HallGraph
from graphql_schema.access import INHERITED, rule_of
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel, Operation, Outcome, Role, Staff
from graphql_schema.guard import walk_fields
from graphql_schema.schema import build_schema, executable
from graphql_schema.scopes import open_fields
from tests.fakes.deal_ports import make_order, make_prepared, make_recharge
from tests.fakes.loyalty_ports import ITEMS, make_redemption
from tests.fakes.ports import LINE_ID, NUMBER, FakeBss

pytestmark = pytest.mark.anyio

KEY = 'idempotencyKey: "a-key-of-mine"'
TABLE = Path(__file__).with_name("graph.tsv")
MEANING = {
    "sign_in_required": "S",
    "step_up_required": "U",
    "field_not_declared": "N",
    "role_required": "N",
    "rests": "R",
}
WORDS = {"SignInRequired": "S", "StepUpRequired": "U", "NotYours": "N", "Rests": "R"}
QUESTIONS: Mapping[str, str] = {
    "Query.me": "{ me { line { id } } }",
    "Query.contact": '{ contact(code: "12345678", number: "13800138001") { genuine } }',
    "Query.catalogue": "{ catalogue { categories { id } } }",
    "Query.serviceNotices": "{ serviceNotices { id } }",
    "Query.rechargeOptions": "{ rechargeOptions { least { amount } } }",
    "Query.invitationRewards": "{ invitationRewards { key } }",
    "Query.recharge": '{ recharge(receipt: "receipt-R1") { id } }',
    "Query.payOffer": '{ payOffer(receipt: "receipt-R1") { recharge { id } } }',
    "Me.changePreview": 'changePreview(wanted: {action: ADD, offeringId: "pack-data-5"}) { allowed }',
    "Me.preparedChanges": "preparedChanges { id }",
    "Me.preparedChange": 'preparedChange(id: "D1") { id }',
    "Me.orders": "orders { id }",
    "Me.order": 'order(id: "O1") { id }',
    "Me.subscribed": "subscribed { position }",
    "Me.serviceSwitches": "serviceSwitches { id }",
    "Me.life": "life { standing }",
    "Me.puk": "puk { puk }",
    "Me.recommendations": "recommendations { offeringId }",
    "Me.freeNumbers": "freeNumbers { number }",
    "Me.recharges": "recharges { id }",
    "Me.myRecharge": 'myRecharge(id: "R1") { id }',
    "Me.autoRecharge": "autoRecharge { id }",
    "Me.transferTerms": "transferTerms { least { amount } }",
    "Me.transfers": "transfers { id }",
    "Me.points": "points { available }",
    "Me.pointsMonth": 'pointsMonth(month: "2026-11") { closing }',
    "Me.rewardItems": "rewardItems { code }",
    "Me.redemptionPreview": 'redemptionPreview(code: "HF10") { points }',
    "Me.redemptions": "redemptions { id }",
    "Me.redemption": 'redemption(id: "D1") { id }',
    "Me.promotions": "promotions { id }",
    "Me.rewardForecast": 'rewardForecast(amount: "50") { moreFrom { amount } }',
    "Me.grants": "grants { id }",
    "Me.grant": 'grant(id: "G1") { id }',
    "Me.referral": "referral { code }",
    "StaffDesk.restingDeeds": "restingDeeds { id }",
    "StaffDesk.reconciliation": 'reconciliation(day: "2026-11-15") { agrees }',
    "Mutation.prepareChange": 'wanted: {action: ADD, offeringId: "pack-data-5"}',
    "Mutation.confirmChange": 'preparedId: "D1"',
    "Mutation.withdrawChange": 'preparedId: "D1"',
    "Mutation.cancelOrder": 'orderId: "O1"',
    "Mutation.startRecharge": 'amount: "50", source: SANDBOX',
    "Mutation.cancelRecharge": 'receipt: "receipt-R1"',
    "Mutation.redeemVoucher": 'card: "123456789012345678"',
    "Mutation.refundRecharge": 'rechargeId: "R1", amount: "10"',
    "Mutation.transferBalance": 'number: "13800138002", amount: "10"',
    "Mutation.setAutoRecharge": 'rule: DAY, day: 5, amount: "50", monthlyCap: "100", source: SANDBOX',
    "Mutation.endAutoRecharge": "",
    "Mutation.redeemReward": 'code: "HF10", points: 1000',
    "Mutation.transferPoints": 'number: "13800138002", points: 10',
    "Mutation.chooseGift": 'grantId: "G1", rewardKey: "frozen"',
    "Mutation.acceptInvitation": 'code: "ABCD2345"',
    "Mutation.restDeeds": (
        'deeds: ["grantHelp"], beginsAt: "2099-01-01T00:00:00Z", reasonZh: "系统维护", reasonEn: "Maintenance"'
    ),
    "Mutation.endRest": 'noticeId: "N1"',
    "Query.staff": "{ staff { member { id } } }",
    "Me.line": "line { id }",
    "Me.account": "account { id }",
    "Me.balance": "balance { stale }",
    "Me.buckets": "buckets { id }",
    "Me.pace": "pace { state }",
    "Me.currentCharges": "currentCharges { stale }",
    "Me.bills": "bills { totalCount }",
    "Me.bill": 'bill(id: "B10") { stale }',
    "Me.packages": "packages { id }",
    "Me.attention": "attention { code }",
    "Me.inbox": "inbox { id }",
    "Me.assurance": "assurance { level }",
    "Me.contacts": "contacts { id }",
    "Me.helpers": "helpers { id }",
    "Me.sessions": "sessions { id }",
    "Me.passkeys": "passkeys { id }",
    "Me.ownLines": "ownLines { id }",
    "Me.consents": "consents { purpose }",
    "Me.auditTrail": "auditTrail { id }",
    "Me.personalDataRequests": "personalDataRequests { id }",
    "Me.billDifference": 'billDifference(id: "B10") { stale }',
    "Me.disputes": "disputes { id }",
    "Me.invoiceRequests": "invoiceRequests { id }",
    "Me.billShares": "billShares { id }",
    "Me.promises": "promises { id }",
    "Me.chargeBrake": "chargeBrake { stale }",
    "Me.usageOfMonth": "usageOfMonth { month }",
    "Me.usageHistory": "usageHistory { stale }",
    "Me.outOfBucket": "outOfBucket { stale }",
    "Me.chargeForecast": "chargeForecast { stale }",
    "Me.callRecords": "callRecords { totalCount }",
    "Me.callRecordSwitch": "callRecordSwitch { locked }",
    "Me.recordExports": "recordExports { id }",
    "Line.number": "line { number }",
    "CurrentCharges.subjects": "currentCharges { subjects { code } }",
    "StaffDesk.member": "member { id }",
    "StaffDesk.line": 'line(number: "13800138001") { id }',
    "StaffDesk.auditTrail": "auditTrail { actorId }",
    "StaffDesk.auditVerdict": "auditVerdict { intact }",
    "StaffDesk.bulkDeeds": "bulkDeeds { id }",
    "StaffDesk.members": "members { id }",
    "StaffDesk.campaigns": "campaigns { on }",
    "StaffDesk.campaign": 'campaign(id: "recharge-gift") { versions { version } }',
    "StaffDesk.campaignCheck": 'campaignCheck(document: "{}") { faults { line } }',
    "StaffDesk.rewardShelf": "rewardShelf { taken }",
    "StaffDesk.rewardItemChanges": 'rewardItemChanges(code: "KF") { version }',
    "StaffDesk.rewardBatches": "rewardBatches { batch }",
    "StaffDesk.rewardTroubles": "rewardTroubles { late { id } }",
    "StaffDesk.servedRedemption": 'servedRedemption(id: "D1") { id }',
    "StaffDesk.pointsVerdict": "pointsVerdict { count }",
    "Mutation.proposeCampaign": 'document: "{}"',
    "Mutation.switchCampaignOn": 'campaignId: "recharge-gift", version: 1',
    "Mutation.switchCampaignOff": 'campaignId: "recharge-gift"',
    "Mutation.putRewardItem": 'code: "NEW", kind: DONATION, points: 10, nameZh: "捐赠", nameEn: "A gift"',
    "Mutation.switchRewardItem": 'code: "KF", on: true',
    "Mutation.putRewardCodes": 'batch: "coffee", codes: ["CCCC"]',
    "Mutation.beginReturn": 'redemptionId: "D1"',
    "Mutation.finishReturn": 'redemptionId: "D1"',
    "Mutation.dropReturn": 'redemptionId: "D1"',
    "Mutation.changePassword": 'oldPassword: "258001", newPassword: "914725"',
    "Mutation.endSession": 'sessionId: "S2"',
    "Mutation.endOtherSessions": "",
    "Mutation.removePasskey": 'passkeyId: "Y1"',
    "Mutation.keepPushToken": 'kind: FCM, token: "a-token"',
    "Mutation.linkLine": 'number: "13800138009", code: "123456", challenge: "c"',
    "Mutation.unlinkLine": 'lineId: "L2"',
    "Mutation.grantHelp": 'number: "13800138003", scopes: ["usage"], days: 30',
    "Mutation.askToHelp": 'number: "13800138003", scopes: ["usage"], days: 30',
    "Mutation.answerHelp": "accept: true",
    "Mutation.endHelp": 'helperId: "H1"',
    "Mutation.setConsent": "purpose: MARKETING_SMS, given: false",
    "Mutation.requestPersonalData": "kind: EXPORT",
    "Mutation.callOffPersonalData": 'requestId: "P1"',
    "Mutation.disputeCharge": 'billId: "B10", ratedLineId: "R1", reason: NOT_ORDERED',
    "Mutation.requestInvoice": 'billId: "B10", titleKind: PERSON, title: "陈晓彤"',
    "Mutation.shareBill": 'billId: "B10"',
    "Mutation.endBillShare": 'shareId: "H1"',
    "Mutation.pauseCharges": "charges: [ROAMING]",
    "Mutation.resumeCharges": "charges: [ROAMING]",
    "Mutation.lockCallRecords": "",
    "Mutation.openCallRecords": "",
    "Mutation.exportCallRecords": 'month: "2026-11", format: CSV',
    "Mutation.deleteRecordExport": 'exportId: "X1"',
    "Mutation.keepPromise": (
        'number: "13800138001", offeringId: "plan-59", monthlyPrice: "49.00", startsOn: "2026-12-01", months: 12'
    ),
    "Mutation.openContact": 'number: "13800138001", kind: CALL, purpose: FAULT',
    "Mutation.endLineSessions": 'number: "13800138001", reason: "they asked"',
    "Mutation.proposeBulkDeed": 'kind: END_SESSIONS, numbers: ["13800138001"], reason: "a leak"',
    "Mutation.decideBulkDeed": 'bulkDeedId: "U1", approve: true',
}


def callers() -> dict[str, Caller]:
    now = datetime.now(UTC)
    old = now - timedelta(minutes=11)

    def owner(level: int, since: datetime = now, **more: Any) -> Caller:
        factors = {1: (Factor.LINK,), 2: (Factor.PASSWORD,), 3: (Factor.PASSWORD, Factor.CODE)}[level]
        return Caller(Channel.APP, LINE_ID, NUMBER, level, since, proofs=dict.fromkeys(factors, since), **more)

    def staff(role: Role) -> Caller:
        return Caller(Channel.DESK, assurance=2, since=now, staff=Staff(f"staff-{role}", role))

    return {
        "visitor": Caller(Channel.APP),
        "link": owner(1),
        "proved": owner(2),
        "stale": owner(2, since=old),
        "strict": owner(3),
        "resting": owner(3, rests_until=now + timedelta(hours=19)),
        "helper": owner(2, helper="L3", fields=open_fields({"line", "usage"})),
        "client": owner(2, client="partner", fields=open_fields({"line", "money"})),
        "care": staff(Role.CARE),
        "operations": staff(Role.OPERATIONS),
        "auditor": staff(Role.AUDITOR),
        "admin": staff(Role.ENTERPRISE_ADMIN),
        "alert": Caller(Channel.SYSTEM, LINE_ID, fields=frozenset({"Me.line", "Me.buckets"})),
    }


def read_table() -> dict[str, dict[str, str]]:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    names = lines[0].split("\t")[1:]
    rows = [line.split("\t") for line in lines[1:]]
    return {field: dict(zip(names, cells, strict=True)) for field, *cells in rows}


def prepare_deals(bss: FakeBss) -> None:
    """What the questions ask for is there, whatever the cell before did with it."""
    bss.deals.orders, bss.deals.prepared = [make_order("O1")], {"D1": make_prepared("D1")}
    bss.money.recharges, bss.money.cards = [make_recharge("R1")], {"123456789012345678": "50"}
    bss.money.standing_order, bss.switches.notices = None, []
    bss.loyalty.redemptions = [make_redemption(ITEMS[0], id="D1")]


CELLS = [(field, who, cell) for field, row in read_table().items() for who, cell in row.items()]


@pytest.fixture(scope="module")
def bss() -> FakeBss:
    return FakeBss()


@pytest.fixture(scope="module")
def graph(bss: FakeBss) -> HallGraph:
    return HallGraph(bss.ports(), (), deadline_seconds=10, open_documents=True)


@pytest.mark.parametrize(("field", "who", "expected"), CELLS, ids=[f"{field}-{who}" for field, who, _ in CELLS])
async def test_a_cell_of_the_table_is_true(graph: HallGraph, bss: FakeBss, field: str, who: str, expected: str) -> None:
    bss.changed = asyncio.Queue()
    bss.identity.kept.clear()
    bss.identity.calls.clear()
    prepare_deals(bss)
    caller = callers()[who]
    assert await judge(graph, field, caller) == expected
    if expected != "Y":
        assert bss.identity.calls == [], "a refused caller reached identity"


async def judge(graph: HallGraph, field: str, caller: Caller) -> str:
    kind, _, name = field.partition(".")
    if kind == "Subscription":
        return await judge_subscription(graph, name, caller)
    if kind == "Mutation":
        document = f"mutation {{ {name}(input: {{{KEY} {QUESTIONS[field]}}}) {{ __typename }} }}"
        outcome = await graph.run(Operation("", document), {}, caller)
        assert outcome.data is not None
        assert outcome.errors == ()
        return WORDS.get(outcome.data[name]["__typename"], "Y")
    root = {"Query": "{}", "StaffDesk": "{{ staff {{ {} }} }}"}.get(kind, "{{ me {{ {} }} }}")
    return read_verdict(await graph.run(Operation("", root.format(QUESTIONS[field])), {}, caller))


async def judge_subscription(graph: HallGraph, name: str, caller: Caller) -> str:
    """An open inbox says nothing until there is something to say; a refusal comes at once."""
    selected = {"usageChanged": "line { id }", "callRecordsRead": "read"}.get(name, "id")
    stream = graph.subscribe(Operation("", f"subscription {{ {name} {{ {selected} }} }}"), {}, caller)
    async with aclosing(stream) as outcomes:
        first = asyncio.ensure_future(anext(outcomes))
        done, _ = await asyncio.wait({first}, timeout=0.3)
        if done:
            return read_verdict(first.result())
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        return "Y"


def read_verdict(outcome: Outcome) -> str:
    if not outcome.errors:
        return "Y"
    assert len(outcome.errors) == 1, outcome.errors
    return MEANING[outcome.errors[0].code]


def test_the_table_has_a_row_for_every_field_with_a_rule_of_its_own_and_no_other() -> None:
    own = {name for name, _ in walk_fields(executable(build_schema())) if rule_of(name) is not INHERITED}
    assert own == set(read_table())


def test_every_other_field_was_looked_at_by_a_person_too() -> None:
    lines = (TABLE.with_name("inherited.txt")).read_text(encoding="utf-8").splitlines()
    reviewed = {
        f"{kind}.{field}"
        for kind, _, fields in (line.partition(": ") for line in lines if not line.startswith("#"))
        for field in fields.split()
    }
    inherited = {name for name, _ in walk_fields(executable(build_schema())) if rule_of(name) is INHERITED}
    assert inherited == reviewed
