"""What do the graph, the door and the memory of a call answer in tests?"""

import copy
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from graphql_schema.assurance import Factor, assess, find_ways
from graphql_schema.client import Caller, Channel, GraphError, Operation, Outcome
from graphql_schema.door import (
    Admitted,
    CodeEvidence,
    CodeSent,
    CodeWish,
    Evidence,
    LinkEvidence,
    PasswordEvidence,
    Purpose,
    StrongEvidence,
    Turned,
)

AS_OF = "2026-11-21T00:32:00+00:00"
GIB = 1024**3
NUMBER, PASSWORD, LINE = "13800138001", "258001", "L1"
CODE, CHALLENGE, CONTACT_CODE = "604713", "challenge-of-the-code", "52718364"
DATED = {"asOf": AS_OF, "stale": False}


def yuan(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def bucket(name_zh: str, name_en: str, **facts: Any) -> dict[str, Any]:
    counts = {"usageType": "DATA", "scope": "GENERAL", "origin": "PLAN", "shared": False, "throttled": False}
    amounts = {"total": 20 * GIB, "used": 12 * GIB, "usedByLine": 12 * GIB, "remaining": 8 * GIB, "throttleAfter": None}
    return {"name": {"zh": name_zh, "en": name_en}, **counts, **amounts, **DATED, **facts}


SPAN = ["2026-10-03", "2026-10-05"]


def cause(kind: str, amount: str, **facts: Any) -> dict[str, Any]:
    """One cause of a bill's difference."""
    span: dict[str, Any] = {"days": [], "firstDay": None, "lastDay": None, "places": []}
    return {"kind": kind, "amount": yuan(amount), "name": None, "maskedNumber": None, **span, **facts}


PACK = {"zh": "5GB流量加油包", "en": "5 GB pack"}
HELD: dict[str, Any] = {
    "position": 1,
    "packageId": "P1",
    "name": {"zh": "畅享套餐", "en": "Smart plan"},
    "kind": "ADD_ON",
    "state": "ACTIVE",
    "monthlyFee": yuan("59"),
    "ofThirdParty": False,
    "droppable": True,
    "until": None,
    **DATED,
}


def subscribed(number: int) -> list[dict[str, Any]]:
    """So many that a line has, the plan first, and one that can't be dropped after it."""
    kinds: dict[int, dict[str, Any]] = {1: {"kind": "PLAN", "droppable": False}, 2: {"droppable": False}}
    return [
        HELD
        | {"position": each, "packageId": f"P{each}", "name": {"zh": f"业务{each}", "en": f"Pack {each}"}}
        | kinds.get(each, {})
        for each in range(1, number + 1)
    ]


UNFAILED: dict[str, Any] = {"failure": None, "nextStep": None}
PREVIEW: dict[str, Any] = {
    "action": "DROP",
    "offeringId": None,
    "packageId": "P2",
    "service": None,
    "number": None,
    "name": {"zh": "视频彩铃", "en": "Ring-back tones"},
    "price": None,
    "repeats": False,
    "charges": [],
    "losses": [],
    "start": "NEXT_CYCLE",
    "starts": ["NEXT_CYCLE"],
    "startsOn": "2026-12-01",
    "takesAway": [],
    "monthlyBefore": yuan("65"),
    "monthlyAfter": yuan("59"),
    "contractUntil": None,
    "terms": None,
}
CARD = "123456789012345678"


def reward(code: str, zh: str, en: str, points: int, **facts: Any) -> dict[str, Any]:
    """One thing that points buy."""
    about: dict[str, Any] = {"code": code, "kind": "BALANCE", "points": points, "name": {"zh": zh, "en": en}}
    terms = {"zh": "兑换后不可退回。", "en": "It can not be given back."}
    return {**about, "terms": terms, "left": None, "obstacles": [], **facts}


def against(code: str, **facts: Any) -> dict[str, Any]:
    """One reason why a reward can't be had."""
    return {"code": code, "missing": None, "most": None, "until": None, **facts}


CREDIT = reward("HF10", "十元话费", "Ten yuan of credit", 1000)
COFFEE = reward("KF", "咖啡券", "A coffee <voucher>", 1500, kind="VOUCHER", left=3)
FLASK = reward("BWB", "保温杯", "A flask", 2000, kind="GOODS", left=12)
GIFT = reward("AX", "爱心捐赠", "A good cause", 100, kind="DONATION")
REDEEMED: dict[str, Any] = {
    "kind": "VOUCHER",
    "name": COFFEE["name"],
    "points": 1500,
    "state": "DONE",
    "usableUntil": "2027-02-28",
    "voucherCode": "CAFE-2026-77",
    "late": False,
}
ME: dict[str, Any] = {
    "balance": {
        "available": yuan("128.50"),
        "subBalances": [
            {"kind": "OWN", "remaining": yuan("128.50"), "validUntil": None, "usableFor": [], "releases": []},
            {"kind": "FROZEN", "remaining": yuan("1200"), "validUntil": None, "usableFor": []}
            | {"releases": [{"on": "2026-12-01", "amount": yuan("100")}]},
        ],
        **DATED,
    },
    "account": {"kind": "POSTPAID", "state": "ACTIVE", "owed": yuan("86.05"), "dueOn": "2026-11-25", **DATED},
    "currentCharges": {"total": yuan("43.20"), "periodStart": "2026-11-01", "periodEnd": "2026-12-01", **DATED},
    "buckets": [
        bucket("国内通用流量", "National data"),
        bucket("上月结转", "Rolled over", origin="ROLLED_OVER", total=2 * GIB, used=0, remaining=2 * GIB),
        bucket("视频定向", "Video data <all & more>", scope="DEDICATED", total=30 * GIB, remaining=int(12.25 * GIB)),
        bucket("通话", "Calls", usageType="VOICE", total=6000, used=60, remaining=5940),
    ],
    "line": {"state": "ACTIVE"},
    "chargeForecast": {"least": yuan("51.20"), "expected": yuan("55.00"), "most": yuan("60.35")},
    "outOfBucket": {"total": yuan("0.00")},
    "chargeBrake": {"paused": [], "pausedSince": None, "spent": yuan("12.40"), **DATED},
    "pace": {"cycleEnd": "2026-11-30T16:00:00+00:00"},
    "bills": {
        "edges": [
            {
                "node": {
                    "id": "B1",
                    "category": "NORMAL",
                    "periodStart": "2026-10-01",
                    "issuedOn": "2026-11-01",
                    "dueOn": "2026-11-25",
                    "state": "SENT",
                    "total": yuan("96.05"),
                    "remaining": yuan("86.05"),
                }
            }
        ],
        **DATED,
    },
    "bill": {
        "bill": {"periodStart": "2026-10-01", "total": yuan("96.05"), "remaining": yuan("86.05")},
        "subjects": [
            {"code": "MONTHLY_FEE", "total": yuan("99.00")},
            {"code": "VOICE", "total": yuan("7.05")},
            {"code": "DISCOUNT", "total": yuan("-10.00")},
        ],
        "payments": [{"amount": yuan("10.00")}],
        "creditNotes": [],
        **DATED,
    },
    "billDifference": {
        "this": yuan("96.05"),
        "that": yuan("60.00"),
        "difference": yuan("36.05"),
        "subjects": [
            {"code": "VOICE", "causes": [cause("ROAMING", "26.40", days=SPAN, firstDay=SPAN[0], lastDay=SPAN[-1])]},
            {
                "code": "MONTHLY_FEE",
                "causes": [
                    cause("NEW_PACKAGE", "10.00", name={"zh": "流量包", "en": "Data pack"}),
                    cause("LAPSED_DISCOUNT", "-0.35", name={"zh": "老客户优惠", "en": "Old friends"}),
                ],
            },
        ],
        **DATED,
    },
    "subscribed": [
        {**HELD, "kind": "PLAN", "droppable": False},
        {**HELD, "position": 2, "packageId": "P2", "name": {"zh": "视频彩铃", "en": "Ring-back tones"}}
        | {"monthlyFee": yuan("6"), "ofThirdParty": True},
        {**HELD, "position": 3, "packageId": "P3", "name": PACK, "state": "PENDING", "droppable": False},
    ],
    "orders": [
        {"action": "ADD", "name": PACK, "state": "IN_PROGRESS", "startsOn": "2026-11-21", **UNFAILED}
        | {"milestones": [{"system": "ACTIVATION", "state": "ACTIVE"}], **DATED}
    ],
    "points": {
        "available": 2680,
        "held": 0,
        "owed": 0,
        "redeemable": True,
        "expiring": [{"on": "2026-11-30", "points": 180}, {"on": "2026-12-31", "points": 420}],
        **DATED,
    },
    "rewardItems": [CREDIT, COFFEE, FLASK, GIFT],
    "redemptionPreview": {"item": CREDIT, "points": 2680, "pointsLeft": 1680, "usableFrom": AS_OF, "usableUntil": None},
    "redemptions": [REDEEMED],
    "helpers": [],
    "contacts": [
        {"kind": "CALL", "purpose": "FAULT", "person": "王芳", "badge": "1027", "at": AS_OF},
        {"kind": "MESSAGE", "purpose": "CODE", "person": "", "badge": "", "at": AS_OF},
    ],
}
CONTACT = {"kind": "VISIT", "purpose": "INSTALLATION", "person": "李强", "badge": "2046", "validUntil": AS_OF}


def helper(number: str = "138****8002", state: str = "ACTIVE", **facts: Any) -> dict[str, Any]:
    scopes = ["line", "usage"]
    return {"id": f"H{number[-1]}", "maskedNumber": number, "scopes": scopes, "state": state, "until": AS_OF, **facts}


DONE: dict[str, dict[str, Any]] = {
    "EndSessions": {"__typename": "SessionsEnded", "count": 2},
    "AnswerHelp": {"__typename": "Helper", "maskedNumber": "138****8002"},
    "EndHelp": {"__typename": "HelpEnded", "id": "H2"},
    "ChangePassword": {"__typename": "PasswordChanged", "changedAt": AS_OF},
    "PauseCharges": {"__typename": "ChargeBrake", "paused": ["OUT_OF_BUCKET"], "pausedSince": AS_OF},
    "ResumeCharges": {"__typename": "ChargeBrake", "paused": [], "pausedSince": None},
    "PrepareChange": {"__typename": "PreparedChange", "id": "C1", "preview": PREVIEW},
    "ConfirmChange": {"__typename": "Order", "name": PREVIEW["name"], "state": "ACKNOWLEDGED", "startsOn": "2026-12-01"}
    | UNFAILED,
    "WithdrawChange": {"__typename": "ChangeWithdrawn", "preparedId": "C1"},
    "RedeemReward": {"__typename": "Redemption", "state": "DONE", "name": CREDIT["name"]},
    "RedeemVoucher": {"__typename": "Recharge", "amount": yuan("50"), "state": "CREDITED", "arrearsSettled": None},
}


@dataclass
class FakeGraph:
    """Answers each operation from one person's facts. ``broken`` maps a field to the code that it fails with;
    ``outcome`` replaces every answer, ``answers`` that of a deed; ``needed`` is the level that a field or deed opens
    at, ``resting`` what the operator lets rest. A contact code is right for one number."""

    me: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(ME))
    broken: dict[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome | None = None
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    needed: dict[str, int] = field(
        default_factory=lambda: {
            **dict.fromkeys(("bill", "billDifference", "EndSessions", "ChangePassword", "ResumeCharges"), 2),
            **dict.fromkeys(("redemptions", "RedeemReward"), 2),
            "RedeemVoucher": 0,
        }
    )
    resting: list[dict[str, Any]] = field(default_factory=list)
    runs: list[tuple[str, Mapping[str, Any], Caller]] = field(default_factory=list)

    @property
    def asked(self) -> list[tuple[str, Mapping[str, Any], Caller]]:
        """What was run, but for the looks whether somebody asks to help and what rests."""
        return [run for run in self.runs if run[0] not in ("Helpers", "ServiceNotices")]

    async def run(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Outcome:
        self.runs.append((operation.name, variables, caller))
        if self.outcome is not None:
            return self.outcome
        if operation.name == "ContactCheck":
            return self._check_contact(variables, caller)
        if operation.name == "ServiceNotices":
            return Outcome({"serviceNotices": self.resting})
        if operation.name in DONE:
            return self._do(operation.name, variables, caller)
        if caller.subscriber is None:
            return Outcome({"me": None}, (GraphError("sign_in_required", ("me",)),))
        errors = [GraphError(code, ("me", name), self.parameters) for name, code in self.broken.items()]
        shut = [name for name, level in self.needed.items() if caller.assurance < level and name not in self.broken]
        errors += [GraphError("step_up_required", ("me", name), self._step(name, caller)) for name in shut]
        hidden = {*self.broken, *shut}
        me = {name: None if name in hidden else fact for name, fact in self.me.items()}
        asked = [error for error in errors if re.search(rf"^    {error.path[1]}\b", operation.text, re.MULTILINE)]
        return Outcome({"me": me}, tuple(asked))

    def _step(self, name: str, caller: Caller) -> dict[str, Any]:
        ways = find_ways(caller.proofs, self.needed[name], None, datetime.now(UTC))
        return {
            "needed": self.needed[name],
            "have": caller.assurance,
            "ways": [[factor.name for factor in way] for way in ways],
        }

    def _do(self, name: str, variables: Mapping[str, Any], caller: Caller) -> Outcome:
        assert 8 <= len(variables["key"]) <= 128
        if caller.assurance < self.needed.get(name, 1):
            code = {"__typename": "StepUpRequired", "code": "step_up_required"}
            return Outcome({"answer": code | self._step(name, caller)})
        return Outcome({"answer": self.answers.get(name, DONE[name])})

    def _check_contact(self, variables: Mapping[str, Any], caller: Caller) -> Outcome:
        if "contact" in self.broken:
            return Outcome({"contact": None}, (GraphError(self.broken["contact"], ("contact",)),))
        number = variables.get("number")
        if number is None and caller.subscriber is None:
            return Outcome({"contact": None}, (GraphError("bad_argument", ("contact",), {"name": "number"}),))
        genuine = variables["code"] == CONTACT_CODE and number in (None, NUMBER)
        return Outcome({"contact": {"genuine": genuine, "contact": CONTACT if genuine and number is None else None}})

    def subscribe(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> AsyncIterator[Outcome]:
        raise NotImplementedError("a call follows nothing")


@dataclass
class FakeDoorkeeper:
    """Knows one number, its password and its code; the third wrong one in a row locks it. ``turned`` is the answer to
    everything but a link, ``no_code`` that to who wishes for a code."""

    wrong: int = 0
    seen: list[Evidence] = field(default_factory=list)
    wishes: list[CodeWish] = field(default_factory=list)
    turned: Turned | None = None
    no_code: Turned | None = None

    async def admit(self, evidence: Evidence, channel: Channel) -> Admitted | Turned:
        assert channel is Channel.IVR
        if isinstance(evidence, LinkEvidence):
            self.seen.append(evidence)
            proofs = {Factor.LINK: datetime.now(UTC)}
            known = Caller(channel, LINE, NUMBER, 1, proofs[Factor.LINK], proofs=proofs)
            return Admitted(known if evidence.number == NUMBER else Caller(channel, number=evidence.number))
        assert not isinstance(evidence, CodeEvidence) or evidence.purpose is Purpose.SIGN_IN
        return self._judge(Caller(channel, LINE, NUMBER), evidence)

    async def step_up(self, standing: str | Caller, evidence: StrongEvidence, channel: Channel) -> Admitted | Turned:
        assert channel is Channel.IVR
        assert isinstance(standing, Caller)
        assert not isinstance(evidence, CodeEvidence) or evidence.purpose is Purpose.STEP_UP
        return self._judge(standing, evidence)

    async def send_code(self, wish: CodeWish) -> CodeSent | Turned:
        self.wishes.append(wish)
        now = datetime.now(UTC)
        return self.no_code or CodeSent(now + timedelta(minutes=5), now + timedelta(minutes=1), CHALLENGE)

    async def reset_password(self, reset: Any, channel: Channel) -> Turned | None:
        raise NotImplementedError("a call resets no password")

    async def sign_out(self, token: str) -> None:
        raise NotImplementedError("a call has no session")

    def _judge(self, caller: Caller, evidence: Evidence) -> Admitted | Turned:
        self.seen.append(evidence)
        if self.turned is not None:
            return self.turned
        if self.wrong >= 3:
            return Turned("locked", {"until": AS_OF})
        if isinstance(evidence, CodeEvidence):
            factor = Factor.CODE
            right = (evidence.code, evidence.challenge) == (CODE, CHALLENGE)
        else:
            assert isinstance(evidence, PasswordEvidence)
            factor, right = Factor.PASSWORD, evidence.password == PASSWORD
        if right and evidence.number == NUMBER:
            proofs = {**caller.proofs, factor: datetime.now(UTC)}
            level, since = assess(proofs, datetime.now(UTC))
            return Admitted(replace(caller, assurance=level, since=since, proofs=proofs))
        self.wrong += 1
        return Turned("wrong_credentials", {"tries_left": 3 - self.wrong}) if self.wrong < 3 else Turned("locked", {})


@dataclass
class FakeTexts:
    """Keeps what would be texted, by key; ``down`` is a queue that can't be written."""

    sent: dict[str, tuple[str, Caller, str]] = field(default_factory=dict)
    down: bool = False

    async def text(self, answer: str, caller: Caller, *, language: str, key: str) -> bool:
        if not self.down:
            self.sent[key] = (answer, caller, language)
        return not self.down


@dataclass
class MemoryConversations:
    """Keeps what SQL would keep: JSON, by key. ``written`` is everything that was ever kept."""

    kept: dict[str, str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)

    async def load(self, key: str) -> dict[str, Any] | None:
        return json.loads(self.kept[key]) if key in self.kept else None

    async def save(self, key: str, state: Mapping[str, Any], *, keep_seconds: int) -> None:
        assert keep_seconds > 0
        self.kept[key] = json.dumps(state)
        self.written.append(self.kept[key])

    async def end(self, key: str) -> None:
        self.kept.pop(key, None)
