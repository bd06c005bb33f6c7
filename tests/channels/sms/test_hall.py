"""What does the hall answer, whoever asks, whatever is down, in either language?"""

import os
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.rendering import Language
from channels.sms.asking import OPERATIONS
from channels.sms.hall import SmsHall, load_hall_grammar
from channels.sms.segments import count_parts, split_text
from channels.sms.wording import Wording, render_code_text
from graphql_schema.client import Caller, Channel, GraphError, Operation, Outcome
from graphql_schema.door import (
    Admitted,
    CodeSent,
    CodeWish,
    Evidence,
    LinkEvidence,
    PasswordReset,
    StrongEvidence,
    Turned,
)

pytestmark = pytest.mark.anyio

GOLDEN = Path(__file__).parents[2] / "golden" / "sms"
NUMBER = "13800138001"
GIB = 1024**3
AS_OF = {"asOf": "2026-11-21T00:32:00+00:00", "stale": False}
STALE_ACCOUNT = {"asOf": "2026-11-20T02:00:00+00:00", "stale": True}
STALE = {"asOf": "2026-11-21T00:32:00+00:00", "stale": True}


def money(amount: str, currency: str = "CNY") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def pot(kind: str, amount: str) -> dict[str, Any]:
    return {"kind": kind, "remaining": money(amount), "validUntil": None}


def balance(
    available: str,
    pots: list[dict[str, Any]],
    account: dict[str, Any] | None,
    dated: Any = AS_OF,
    bills: dict[str, Any] | None = None,
) -> Any:
    money_at_hand = {"available": money(available), "subBalances": pots, **dated}
    return {"balance": money_at_hand, "account": account, "bills": bills}


def open_bills(*due: tuple[str | None, str]) -> dict[str, Any]:
    """The bills of an account, by the day and the amount that is due."""
    return {"edges": [{"node": {"dueOn": day, "remaining": money(amount)}} for day, amount in due], **AS_OF}


def bucket(zh: str, en: str, total: int | None, used: int, **more: Any) -> dict[str, Any]:
    return {
        "name": {"zh": zh, "en": en},
        "usageType": "DATA",
        "scope": "GENERAL",
        "origin": "PLAN",
        "shared": False,
        "total": total,
        "used": used,
        "remaining": None if total is None else total - used,
        "throttleAfter": None,
        "throttled": False,
        **AS_OF,
        **more,
    }


def package(zh: str, en: str, fee: str | None, **more: Any) -> dict[str, Any]:
    return {
        "name": {"zh": zh, "en": en},
        "kind": "PLAN",
        "state": "ACTIVE",
        "monthlyFee": money(fee) if fee else None,
        "since": "2025-07-01",
        "until": None,
        "contractUntil": None,
        **AS_OF,
        **more,
    }


def bill(  # noqa: PLR0917
    state: str, total: str, remaining: str, due_on: str | None, dated: Any = AS_OF, owed: str | None = None
) -> dict[str, Any]:
    node = {
        "periodStart": "2026-10-01",
        "dueOn": due_on,
        "state": state,
        "total": money(total),
        "remaining": money(remaining),
    }
    account = {"owed": money(owed), **dated} if owed else None
    return {"bills": {"edges": [{"node": node}], **dated}, "account": account}


POSTPAID = {"kind": "POSTPAID", "owed": money("0.00"), "dueOn": None, **AS_OF}
OWING = {"kind": "POSTPAID", "owed": money("128.40"), "dueOn": "2026-11-25", **AS_OF}
LATE = {**OWING, "dueOn": "2026-11-01"}
DUE_TODAY = {**OWING, "dueOn": "2026-11-21"}
TWO_MONTHS = (("2026-12-01", "161.04"), ("2026-11-01", "113.37"))
PACE = {"cycleEnd": "2026-11-30T16:00:00+00:00"}
VOICE = bucket("国内通话", "Calls", 500 * 60, 130 * 60 + 1, usageType="VOICE")
TEXTS = bucket("短信", "Texts", 100, 3, usageType="SMS")

STATES: dict[str, tuple[str, dict[str, Any]]] = {
    "balance.plain": ("YE", balance("86.50", [pot("OWN", "86.50")], POSTPAID)),
    "balance.owing_and_frozen": ("YE", balance("1286.5", [pot("OWN", "1286.5"), pot("FROZEN", "200")], OWING)),
    "balance.overdue": ("YE", balance("0", [], LATE, bills=open_bills(("2026-11-20", "128.40"), ("2026-10-20", "0")))),
    "balance.partly_overdue": (
        "YE",
        balance("0", [], {**LATE, "owed": money("274.41")}, bills=open_bills((None, "0"), *TWO_MONTHS)),
    ),
    "balance.overdue_by_how_much_is_not_known": ("YE", balance("0", [], LATE)),
    "balance.due_today": ("YE", balance("0", [], DUE_TODAY, bills=open_bills(("2026-11-21", "128.40")))),
    "balance.nearly_empty": ("YE", balance("3.20", [pot("OWN", "3.20")], POSTPAID)),
    "balance.overdrawn": ("YE", balance("-5.00", [pot("OWN", "-5.00")], POSTPAID)),
    "balance.stale": ("YE", balance("86.50", [pot("OWN", "86.50")], POSTPAID, STALE)),
    "balance.account_stale": ("YE", balance("86.50", [pot("OWN", "86.50")], {**OWING, **STALE_ACCOUNT})),
    "balance.all_stale": ("YE", balance("86.50", [], {**OWING, **STALE}, STALE)),
    "balance.account_down": ("YE", balance("86.50", [pot("OWN", "86.50")], None)),
    "balance.other_currency": (
        "YE",
        {"balance": {"available": money("86.50", "EUR"), "subBalances": [], **AS_OF}, "account": None, "bills": None},
    ),
    "charges.plain": ("HF", {"currentCharges": {"total": money("59.005"), "periodStart": "2026-11-01", **AS_OF}}),
    "charges.stale": ("HF", {"currentCharges": {"total": money("59"), "periodStart": "2026-11-01", **STALE}}),
    "data_left.ordinary": (
        "LL",
        {
            "buckets": [
                bucket("国内流量(结转)", "National data, rolled over", 2 * GIB, 2 * GIB, origin="ROLLED_OVER"),
                bucket("家庭结转流量", "Family data, rolled over", 2 * GIB, GIB, origin="ROLLED_OVER", shared=True),
                bucket("视频定向流量", "Video data", 30 * GIB, 4 * GIB, scope="DEDICATED"),
                bucket("国内流量", "National data", 20 * GIB, 9 * GIB),
                bucket("国内流量", "National data", 5 * GIB, 0, origin="ADD_ON"),
                VOICE,
                TEXTS,
            ],
            "pace": PACE,
        },
    ),
    "data_left.throttled": (
        "LL",
        {
            "buckets": [
                bucket("畅享流量", "Unlimited data", None, 45 * GIB, throttleAfter=40 * GIB, throttled=True),
            ],
            "pace": PACE,
        },
    ),
    "data_left.unlimited": (
        "LL",
        {"buckets": [bucket("畅享流量", "Unlimited data", None, 5 * GIB, throttleAfter=40 * GIB)], "pace": PACE},
    ),
    "data_left.shared": (
        "LL",
        {"buckets": [bucket("家庭共享流量", "Family data", 60 * GIB, 59 * GIB, shared=True)], "pace": PACE},
    ),
    "data_left.used_up": (
        "LL",
        {
            "buckets": [
                bucket("视频定向流量", "Video data", 5 * GIB, 5 * GIB, scope="DEDICATED"),
                bucket("音乐定向流量", "Music data", None, GIB, scope="DEDICATED"),
                {**VOICE, "shared": True},
                VOICE,
                {**TEXTS, "shared": True},
            ],
            "pace": PACE,
        },
    ),
    "data_left.voice_only": ("LL", {"buckets": [VOICE], "pace": None}),
    "data_left.nothing": ("LL", {"buckets": [], "pace": None}),
    "data_left.stale": (
        "LL",
        {"buckets": [bucket("国内流量", "National data", 20 * GIB, 9 * GIB, **STALE)], "pace": PACE},
    ),
    "packages.plan_and_add_ons": (
        "TC",
        {
            "packages": [
                package("5G畅享129元套餐", "5G 129 plan", "129.00", contractUntil="2027-07-31"),
                package("流量加油包10元", "Data add-on 5 GB", "10", kind="ADD_ON", state="ENDING", until="2026-11-30"),
                package("5G畅享199元套餐", "5G 199 plan", "199", state="PENDING", since="2026-12-01"),
                package("来电显示", "Caller display", None, kind="ADD_ON", state="SUSPENDED"),
            ]
        },
    ),
    "packages.none": ("TC", {"packages": []}),
    "packages.stale": ("TC", {"packages": [package("5G畅享129元套餐", "5G 129 plan", "129", **STALE)]}),
    "bill.unpaid": ("ZD", bill("SENT", "128.40", "128.40", "2026-11-25")),
    "bill.due_today": ("ZD", bill("SENT", "128.40", "128.40", "2026-11-21")),
    "bill.partly_paid": ("ZD", bill("PARTIALLY_PAID", "128.40", "28.40", "2026-11-25")),
    "bill.overdue": ("ZD", bill("SENT", "128.40", "128.40", "2026-11-20")),
    "bill.among_others": ("ZD", bill("SENT", "161.04", "161.04", "2026-12-01", AS_OF, "274.41")),
    "bill.only_one_owed": ("ZD", bill("SENT", "161.04", "161.04", "2026-12-01", AS_OF, "161.04")),
    "bill.settled_but_earlier_not": ("ZD", bill("SETTLED", "161.04", "0.00", "2026-12-01", AS_OF, "113.37")),
    "bill.without_due_day": ("ZD", bill("SENT", "128.40", "128.40", None)),
    "bill.settled": ("ZD", bill("SETTLED", "128.40", "0.00", "2026-11-25")),
    "bill.none_yet": ("ZD", {"bills": {"edges": [], **AS_OF}, "account": None}),
    "bill.stale": ("ZD", bill("SENT", "128.40", "128.40", "2026-11-25", STALE)),
}

LONG = {
    *("data_left.ordinary", "data_left.used_up", "packages.plan_and_add_ons"),
    *("balance.all_stale",),
}
"""Lists, and an answer that is old as well."""

CODES = [
    "sign_in_required",
    "not_yours",
    "sim_changed",
    "bill_not_found",
    "bad_cursor",
    "deadline_exceeded",
    "wrong_credentials",
    "locked",
    "code_expired",
    "too_many_codes",
    "session_ended",
    "invalid_number",
    "unavailable",
    *(
        f"{system}_{fault}"
        for system in ("account", "balance", "bill", "catalogue", "customer", "line", "usage")
        for fault in ("unavailable", "timeout", "overloaded", "refused", "garbled")
    ),
]


class OneAnswer:
    """A graph that gives the answer it was made with, and remembers what it was asked."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.asked: list[tuple[str, Caller]] = []

    async def run(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Outcome:
        self.asked.append((operation.name, caller))
        return self.outcome

    async def _never(self) -> AsyncIterator[Outcome]:
        raise AssertionError("the SMS hall subscribes to nothing")
        yield

    def subscribe(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> AsyncIterator[Outcome]:
        return self._never()


class Door:
    """Lets every number in at level 1, or turns it away with a code."""

    def __init__(self, code: str | None = None) -> None:
        self.code = code
        self.seen: list[Evidence] = []

    async def admit(self, evidence: Evidence, channel: Channel) -> Admitted | Turned:
        self.seen.append(evidence)
        if self.code:
            return Turned(self.code)
        return Admitted(Caller(channel=channel, subscriber="L1", number=NUMBER, assurance=1))

    async def step_up(self, standing: str | Caller, evidence: StrongEvidence, channel: Channel) -> Admitted | Turned:
        raise AssertionError("these questions need no proof")

    async def send_code(self, wish: CodeWish) -> CodeSent | Turned:
        raise AssertionError("these questions need no code")

    async def reset_password(self, reset: PasswordReset, channel: Channel) -> Turned | None:
        raise AssertionError("nobody forgot anything")

    async def sign_out(self, token: str) -> None:
        return


class Notebook:
    """Conversations in memory."""

    def __init__(self) -> None:
        self.states: dict[str, dict[str, Any]] = {}

    async def load(self, key: str) -> dict[str, Any] | None:
        return self.states.get(key)

    async def save(self, key: str, state: Mapping[str, Any], *, keep_seconds: int) -> None:
        self.states[key] = dict(state)

    async def end(self, key: str) -> None:
        self.states.pop(key, None)


class Scene:
    """A hall with everything around it."""

    def __init__(self, outcome: Outcome | None = None, *, turned: str | None = None) -> None:
        self.now = datetime(2026, 11, 21, 0, 32, tzinfo=UTC)
        self.graph = OneAnswer(outcome or Outcome(data={"me": STATES["balance.plain"][1]}))
        self.door = Door(turned)
        self.notebook = Notebook()
        self.hall = SmsHall(
            self.graph,
            self.door,
            self.notebook,
            grammar=load_hall_grammar(),
            wording=Wording({"zh": "一厅", "en": "OneHall"}),
            clock=lambda: self.now,
        )

    async def ask(self, text: str, language: Language = "zh", *, sender: str = NUMBER) -> str:
        if language == "en":
            await self.hall.answer(sender, "EN", message_id=1)
        return (await self.hall.answer(sender, text, message_id=2)).text


def judge(name: str, text: str) -> None:
    """Compares with the golden file; GOLDEN_WRITE=1 writes it anew, for a person to read."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN_WRITE") == "1":
        path.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("state", STATES)
async def test_each_state_of_each_intent_reads_as_agreed(state: str, language: Language) -> None:
    question, me = STATES[state]
    scene = Scene(Outcome(data={"me": me}))
    reply = await scene.ask(question, language)
    judge(f"{state}.{language}", reply)
    assert [name for name, _ in scene.graph.asked] == [OPERATIONS[state.split(".", maxsplit=1)[0]].name]
    assert "138****8001" in reply
    assert NUMBER not in reply


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("text", ["BZ", "CXLLL", "ZW", "EN"])
async def test_what_needs_no_fact_reads_as_agreed(text: str, language: Language) -> None:
    scene = Scene()
    judge(f"say_{text.lower()}.{language}", await scene.ask(text, language))
    assert scene.graph.asked == []


def test_every_golden_has_its_test() -> None:
    expected = {f"{state}.{language}" for state in STATES for language in ("zh", "en")}
    expected |= {f"say_{text}.{language}" for text in ("bz", "cxlll", "zw", "en") for language in ("zh", "en")}
    expected |= {f"paid_by_{payer}.{language}" for payer in ("family", "organization") for language in ("zh", "en")}
    assert {path.stem for path in GOLDEN.glob("*.txt")} == expected


@pytest.mark.parametrize("state", [state for state in STATES if state.endswith(".stale")])
@pytest.mark.parametrize(
    ("language", "marks"), [("zh", ("系统暂时没有响应", "11月21日 08:32")), ("en", ("no answer now", "21 Nov 08:32"))]
)
async def test_a_stale_value_says_so_and_says_its_time(state: str, language: Language, marks: tuple[str, str]) -> None:
    question, me = STATES[state]
    reply = await Scene(Outcome(data={"me": me})).ask(question, language)
    assert all(mark in reply for mark in marks)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("code", CODES)
async def test_every_error_code_is_worded_and_shows_no_code(code: str, language: Language) -> None:
    failed = Outcome(data={"me": {"balance": None, "account": None}}, errors=(GraphError(code, ("me", "balance")),))
    reply = await Scene(failed).ask("YE", language)
    busy = await Scene(Outcome(data=None)).ask("YE", language)
    assert code not in reply
    assert (reply == busy) == (code == "unavailable")


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome(data=None, errors=(GraphError("deadline_exceeded"),)), "没能及时响应"),
        (Outcome(data={"me": None}), "没有查到可用短厅查询的业务"),
        (Outcome(data={"me": None}, errors=(GraphError("line_timeout", ("me",)),)), "号码资料系统暂时没有响应"),
        (
            Outcome(data={"me": {"balance": None}}, errors=(GraphError("balance_garbled", ("me", "balance")),)),
            "余额系统",
        ),
        (Outcome(data={"me": {"balance": None}}, errors=(GraphError("a_new_code", ("me", "balance")),)), "没有响应"),
    ],
)
async def test_what_failed_is_said_in_words(outcome: Outcome, expected: str) -> None:
    assert expected in await Scene(outcome).ask("YE")


@pytest.mark.parametrize("code", ["wrong_credentials", "invalid_number", "sign_in_required"])
async def test_a_number_that_is_not_ours_gets_a_helpful_refusal_and_may_ask_for_help(code: str) -> None:
    scene = Scene(turned=code)
    assert "请用办理业务的本机号码发送短信" in await scene.ask("YE")
    assert "剩余流量" in await scene.ask("BZ")
    assert scene.graph.asked == []


@pytest.mark.parametrize("sender", ["13800138001", "8613800138001", "+8613800138001", "008613800138001"])
async def test_the_sender_is_the_line_however_the_network_writes_it(sender: str) -> None:
    scene = Scene()
    await scene.ask("YE", sender=sender)
    assert scene.door.seen == [LinkEvidence(number=NUMBER, link="sms")]


async def test_a_digit_answers_the_last_menu_for_two_hours() -> None:
    scene = Scene(Outcome(data={"me": STATES["bill.unpaid"][1]}))
    await scene.ask("BZ")
    scene.now += timedelta(minutes=119)
    assert "账单合计128.40元" in await scene.ask("5")
    scene.now += timedelta(minutes=2)
    assert "没有看懂" in await scene.ask("5")


async def test_the_suggestions_for_an_unknown_text_are_a_menu_too() -> None:
    scene = Scene(Outcome(data={"me": STATES["data_left.ordinary"][1]}))
    assert "1 剩余流量（CXLL）" in await scene.ask("CXLLL")
    assert "国内流量" in await scene.ask("1")


async def test_the_language_is_remembered_until_it_is_changed() -> None:
    scene = Scene()
    assert "余额" in await scene.ask("YE")
    await scene.ask("EN")
    assert "balance" in await scene.ask("YE")
    assert "balance" in await scene.ask("余额")
    await scene.ask("ZW")
    assert "余额" in await scene.ask("my balance")


async def test_an_english_sentence_is_answered_in_english() -> None:
    scene = Scene(Outcome(data={"me": STATES["data_left.ordinary"][1]}))
    assert "National data" in await scene.ask("how much data left")
    assert "国内流量" in await scene.ask("CXLL")


async def test_what_was_kept_by_an_older_release_is_forgotten_not_fatal() -> None:
    scene = Scene()
    scene.notebook.states[f"sms:{NUMBER}"] = {"language": "fr", "unknown": 1}
    assert "余额" in await scene.ask("YE")


async def test_asking_again_gives_the_same_answer() -> None:
    scene = Scene()
    for text in ("CXLLL", "1", "BZ", "1"):
        assert await scene.ask(text) == await scene.ask(text)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("payer", ["family", "organization"])
@pytest.mark.parametrize(("question", "field"), [("YE", "balance"), ("HF", "currentCharges"), ("ZD", "bills")])
async def test_who_does_not_pay_is_told_who_does(question: str, field: str, payer: str, language: Language) -> None:
    refused = GraphError("paid_by_other", ("me", field), {"payer": payer.upper()})
    reply = await Scene(Outcome({"me": {field: None}}, (refused,))).ask(question, language)
    judge(f"paid_by_{payer}.{language}", reply)


async def test_a_payer_that_nobody_has_worded_yet_is_no_hole() -> None:
    refused = GraphError("paid_by_other", ("me", "balance"), {"payer": "STATE"})
    assert "没有响应" in await Scene(Outcome({"me": {"balance": None}}, (refused,))).ask("YE")


@pytest.mark.parametrize("state", [state for state in STATES if state not in LONG])
async def test_an_english_answer_is_one_part(state: str) -> None:
    question, me = STATES[state]
    assert count_parts(await Scene(Outcome(data={"me": me})).ask(question, "en")) == 1


@pytest.mark.parametrize("state", STATES)
async def test_an_english_answer_stays_in_the_cheap_alphabet(state: str) -> None:
    question, me = STATES[state]
    reply = await Scene(Outcome(data={"me": me})).ask(question, "en")
    assert {part.alphabet for part in split_text(reply, reference=0)} == {"gsm0338"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_code_fits_one_part_and_says_how_long_it_lives(language: Language) -> None:
    text = render_code_text("246813", 5, language)
    assert count_parts(text) == 1
    assert "246813" in text
    assert "5" in text.replace("246813", "")


def test_a_code_for_somebody_who_chose_no_language_is_said_in_both_in_one_part() -> None:
    text = render_code_text("246813", 5, None)
    assert text == "【登录验证码】246813，5分钟有效，请勿告诉他人。Sign-in code, 5 min: keep it secret.【一厅】"
    assert count_parts(text) == 1


def test_a_code_under_a_long_signature_is_said_in_chinese_rather_than_in_two_parts() -> None:
    signatures: Mapping[Language, str] = {"zh": "某某省电信网上营业厅", "en": "Telecom of some province"}
    text = render_code_text("246813", 5, None, signatures=signatures)
    assert "请勿告诉任何人" in text
    assert "Sign-in code" not in text
    assert count_parts(text) == 1
