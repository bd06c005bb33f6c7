"""What do the graph, the door and the memory of a call answer in tests?"""

import copy
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from graphql_schema.client import Caller, Channel, GraphError, Operation, Outcome
from graphql_schema.door import Admitted, CodeSent, Evidence, LinkEvidence, PasswordEvidence, Turned

AS_OF = "2026-11-21T00:32:00+00:00"
GIB = 1024**3
NUMBER, PASSWORD, LINE = "13800138001", "258001", "L1"
DATED = {"asOf": AS_OF, "stale": False}


def yuan(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def bucket(name_zh: str, name_en: str, **facts: Any) -> dict[str, Any]:
    counts = {"usageType": "DATA", "scope": "GENERAL", "origin": "PLAN", "shared": False, "throttled": False}
    amounts = {"total": 20 * GIB, "used": 12 * GIB, "usedByLine": 12 * GIB, "remaining": 8 * GIB, "throttleAfter": None}
    return {"name": {"zh": name_zh, "en": name_en}, **counts, **amounts, **DATED, **facts}


ME: dict[str, Any] = {
    "balance": {
        "available": yuan("128.50"),
        "subBalances": [
            {"kind": "OWN", "remaining": yuan("128.50"), "validUntil": None},
            {"kind": "FROZEN", "remaining": yuan("1200"), "validUntil": None},
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
    "pace": {"cycleEnd": "2026-11-30T16:00:00+00:00"},
    "bills": {
        "edges": [
            {
                "node": {
                    "id": "B1",
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
        **DATED,
    },
}


@dataclass
class FakeGraph:
    """Answers each operation from one person's facts. ``broken`` maps a field to the code that it fails with;
    ``outcome`` replaces every answer."""

    me: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(ME))
    broken: dict[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome | None = None
    runs: list[tuple[str, Mapping[str, Any], Caller]] = field(default_factory=list)

    async def run(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Outcome:
        self.runs.append((operation.name, variables, caller))
        if self.outcome is not None:
            return self.outcome
        if caller.subscriber is None:
            return Outcome({"me": None}, (GraphError("sign_in_required", ("me",)),))
        errors = [GraphError(code, ("me", name), self.parameters) for name, code in self.broken.items()]
        me = {name: None if name in self.broken else fact for name, fact in self.me.items()}
        if caller.assurance < 2 and "bill" not in self.broken:
            me["bill"] = None
            errors.append(GraphError("step_up_required", ("me", "bill"), {"needed": 2, "have": caller.assurance}))
        asked = [error for error in errors if re.search(rf"^    {error.path[1]}\b", operation.text, re.MULTILINE)]
        return Outcome({"me": me}, tuple(asked))

    def subscribe(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> AsyncIterator[Outcome]:
        raise NotImplementedError("a call follows nothing")


@dataclass
class FakeDoorkeeper:
    """Knows one number and its password; the third wrong one in a row locks it."""

    wrong: int = 0
    seen: list[Evidence] = field(default_factory=list)
    turned: Turned | None = None

    async def admit(self, evidence: Evidence, channel: Channel) -> Admitted | Turned:
        self.seen.append(evidence)
        assert channel is Channel.IVR
        if self.turned is not None:
            return self.turned
        if isinstance(evidence, LinkEvidence):
            known = evidence.number == NUMBER
            return Admitted(Caller(channel, LINE, NUMBER, 1)) if known else Turned("invalid_number")
        assert isinstance(evidence, PasswordEvidence)
        if self.wrong >= 3:
            return Turned("locked", {"until": AS_OF})
        if (evidence.number, evidence.password) == (NUMBER, PASSWORD):
            return Admitted(Caller(channel, LINE, NUMBER, 2, datetime(2026, 11, 21, tzinfo=UTC)))
        self.wrong += 1
        return Turned("wrong_credentials", {"tries_left": 3 - self.wrong}) if self.wrong < 3 else Turned("locked", {})

    async def send_code(self, number: str, *, channel: Channel, source: str) -> CodeSent | Turned:
        raise NotImplementedError("a call asks for no code")

    async def sign_out(self, token: str) -> None:
        raise NotImplementedError("a call has no session")


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
