"""What does the graph say of a subscriber's security, lines, helpers, consents and contacts?"""

from typing import Any

from graphql_schema.client import GraphError, Outcome

LINE = {"id": "L1", "kind": "MOBILE", "state": "ACTIVE"}
ASSURANCE = {
    "level": 2, "since": "2026-11-21T00:30:00+00:00", "until": None, "proved": ["CODE"], "restsUntil": None,
}  # fmt: skip
SURE = ASSURANCE | {"level": 3, "until": "2026-11-21T00:40:00+00:00", "proved": ["CODE", "PASSWORD"]}
RESTING = ASSURANCE | {"restsUntil": "2026-11-22T00:30:00+00:00"}


def session(number: int, **given: Any) -> dict[str, Any]:
    """A session of the line; the first one is the current one."""
    return {
        "id": f"S{number}", "channel": "WEB", "deviceName": "Chrome · Windows", "clientName": None, "helper": None,
        "level": 2, "beganAt": "2026-11-20T02:10:00+00:00",
        "seenAt": f"2026-11-20T00:3{number}:00+00:00", "current": number == 1,
    } | given  # fmt: skip


SESSIONS = [
    session(1),
    session(2, channel="APP", deviceName="OneHall · iPhone"),
    session(3, deviceName="", clientName="Budget Diary"),
    session(4, deviceName="Safari · iPad", helper="138****8003"),
    session(5, deviceName=""),
]
PASSKEYS = [
    {"id": "P1", "name": "Chrome · Windows", "madeAt": "2026-10-02T01:00:00+00:00", "usedAt": None},
    {
        "id": "P2", "name": "妈妈的手机", "madeAt": "2026-09-12T01:00:00+00:00", "usedAt": "2026-11-20T01:00:00+00:00",
    },
]  # fmt: skip


def record(number: int, deed: str, outcome: str = "done", **given: Any) -> dict[str, Any]:
    """One deed of the trail."""
    return {
        "id": f"R{number}", "at": f"2026-11-20T0{number % 10}:15:00+00:00", "deed": deed, "actor": "OWNER",
        "channel": "WEB", "level": 2, "outcome": outcome, "note": "",
    } | given  # fmt: skip


SIGN_INS = [
    record(9, "sign_in", note="Chrome · Windows"),
    record(8, "sign_in", "wrong_credentials", actor="UNKNOWN", level=0),
    record(7, "sign_in", channel="APP", note="OneHall · iPhone"),
]
RECORDS = [
    *SIGN_INS,
    record(6, "step_up"),
    record(5, "linkLine", note="138****8002"),
    record(4, "answerHelp", channel="SMS", level=1, note="138****8003"),
    record(3, "find_line", actor="STAFF", channel="DESK"),
    record(3, "code_sent", actor="UNKNOWN", level=0, note="step_up"),
    record(3, "openContact", actor="STAFF", channel="DESK", note="visit · fault"),
    record(3, "sessions_ended", actor="STAFF", channel="DESK", note="2"),
    record(3, "setConsent", note="marketing_sms=no"),
    record(2, "requestPersonalData", note="export"),
    record(2, "oauth_consent", "declined", note="diary: line usage"),
    record(2, "endSession", "step_up_required", note="+7"),
    record(2, "changePassword", "weak_password"),
    record(1, "a_deed_of_tomorrow", "a_code_of_tomorrow", actor="SYSTEM", channel="SYSTEM"),
]


def own_line(line_id: str, number: str, relation: str, **given: Any) -> dict[str, Any]:
    """A line that the caller has to do with."""
    return {
        "id": line_id, "maskedNumber": number, "kind": "MOBILE", "state": "ACTIVE", "relation": relation,
        "canOpen": True, "scopes": [], "until": None,
    } | given  # fmt: skip


LINES = [
    own_line("L1", "138****8001", "CURRENT"),
    own_line("L2", "020****0001", "SAME_CUSTOMER", kind="BROADBAND"),
    own_line("L4", "020****0002", "SAME_CUSTOMER", kind="FIXED", canOpen=False),
    own_line("L5", "138****8005", "LINKED", state="SUSPENDED"),
    own_line("L6", "138****8006", "LINKED", canOpen=False),
    own_line("L9", "138****8009", "HELPING", scopes=["line", "usage"], until="2026-12-20T16:00:00+00:00"),
]


def helper(number: int, state: str, scopes: list[str]) -> dict[str, Any]:
    """Somebody who may act for the line, or asks to."""
    return {
        "id": f"H{number}", "maskedNumber": f"138****800{number}", "scopes": scopes, "state": state,
        "askedAt": "2026-11-20T08:00:00+00:00", "until": "2026-12-20T08:00:00+00:00",
    }  # fmt: skip


HELPERS = [
    helper(3, "ASKED", ["line", "money", "usage"]),
    helper(4, "ACTIVE", ["bills", "line", "money", "usage"]),
    helper(6, "ENDED", ["line"]),
]


def consent(purpose: str, *, given: bool, party: str = "", changed: bool = True) -> dict[str, Any]:
    """The last word on one purpose."""
    return {
        "purpose": purpose, "party": party, "given": given, "wording": "2026-11",
        "changedAt": "2026-10-05T02:00:00+00:00" if changed else None, "channel": "WEB" if changed else None,
    }  # fmt: skip


CONSENTS = [
    consent("MARKETING_SMS", given=True),
    consent("MARKETING_PUSH", given=False, changed=False),
    consent("MARKETING_CALL", given=False),
    consent("PERSONAL_OFFERS", given=False, changed=False),
    consent("PARTNER", given=True, party="Budget Diary"),
    consent("PARTNER", given=False, party="An app of last year"),
]


def wish(number: int, kind: str, state: str, **given: Any) -> dict[str, Any]:
    """A request for an export or an erasure."""
    return {
        "id": f"X{number}", "kind": kind, "state": state, "askedAt": "2026-11-20T02:00:00+00:00", "dueAt": None,
        "doneAt": None, "expiresAt": None, "progress": 0, "report": [],
    } | given  # fmt: skip


REPORT = [
    {"record": "inbox", "done": 12, "kept": 0, "keptUntil": None, "why": ""},
    {"record": "consents", "done": 0, "kept": 31, "keptUntil": "2027-04-20T02:00:00+00:00", "why": "law_5_months"},
    {"record": "audit_trail", "done": 0, "kept": 9, "keptUntil": None, "why": "audit"},
    {"record": "a_record_of_tomorrow", "done": 1, "kept": 1, "keptUntil": None, "why": "a_reason_of_tomorrow"},
]
REQUESTS = [
    wish(4, "ERASURE", "WAITING", dueAt="2026-11-27T02:00:00+00:00"),
    wish(
        1, "EXPORT", "DONE", progress=100, doneAt="2026-11-20T02:01:00+00:00", expiresAt="2026-11-27T02:01:00+00:00",
        report=[REPORT[0]],
    ),
    wish(2, "ERASURE", "DONE", progress=100, doneAt="2026-11-20T02:01:00+00:00", report=REPORT),
    wish(3, "EXPORT", "EXPIRED", progress=100),
    wish(5, "ERASURE", "CALLED_OFF"),
]  # fmt: skip
CONTACTS = [
    {
        "id": "C1", "kind": "CALL", "purpose": "FAULT", "person": "李敏", "badge": "20017",
        "at": "2026-11-21T00:05:00+00:00", "validUntil": "2026-11-21T01:05:00+00:00",
    },
    {
        "id": "C2", "kind": "MESSAGE", "purpose": "ALERT", "person": "", "badge": "",
        "at": "2026-11-20T08:00:00+00:00", "validUntil": None,
    },
]  # fmt: skip


def me(**facts: Any) -> Outcome:
    """An answer about the caller's own line."""
    return Outcome({"me": facts})


def security(**facts: Any) -> Outcome:
    """The security page's answer."""
    whole = {
        "line": LINE, "assurance": ASSURANCE, "sessions": SESSIONS, "passkeys": PASSKEYS, "auditTrail": SIGN_INS,
    }  # fmt: skip
    return me(**(whole | facts))


def privacy(**facts: Any) -> Outcome:
    """The privacy page's answer."""
    return me(**({"consents": CONSENTS, "personalDataRequests": REQUESTS} | facts))


def said(deed: str, word: str, **facts: Any) -> Outcome:
    """A deed's answer: one member of its union."""
    return Outcome({deed: {"__typename": word, **facts}})


def step_up(deed: str, needed: int = 3) -> Outcome:
    """A deed that needs one more proof."""
    ways = [["PASSWORD"], ["PASSKEY"]] if needed == 3 else [["CODE"], ["PASSWORD"], ["PASSKEY"]]
    return said(deed, "StepUpRequired", needed=needed, have=2, freshWithinSeconds=600, ways=ways)


def check(contact: dict[str, Any] | None = None, *, genuine: bool = True) -> Outcome:
    """The verdict on a code."""
    told = {key: fact for key, fact in contact.items() if key != "id"} if contact else None
    return Outcome({"contact": {"genuine": genuine, "contact": told}})


def check_refused(code: str, **parameters: Any) -> Outcome:
    """No verdict, and why."""
    return Outcome({"contact": None}, (GraphError(code, ("contact",), parameters),))
