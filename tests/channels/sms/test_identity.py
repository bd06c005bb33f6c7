"""How does the SMS hall ask who somebody is, take the answer, and do what needs it?"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.sms.hall import SmsHall, load_hall_grammar
from channels.sms.segments import count_parts
from channels.sms.wording import Wording
from graphql_schema.client import Caller, Channel, GraphError, Operation, Outcome
from graphql_schema.door import (
    Admitted,
    CodeEvidence,
    CodeSent,
    CodeWish,
    Evidence,
    PasswordEvidence,
    PasswordReset,
    Purpose,
    StrongEvidence,
    Turned,
)

pytestmark = pytest.mark.anyio

NUMBER, PASSWORD, CODE = "13800138001", "258001", "914725"
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
BILLS = {"edges": [{"node": {"id": "B10", "category": "NORMAL", "periodStart": "2026-10-01"}}]}
MONEY = {"amount": "128.40", "currency": "CNY"}
DETAIL = {
    "bill": {"periodStart": "2026-10-01", "total": MONEY, "remaining": {"amount": "0.00", "currency": "CNY"}},
    "subjects": [{"code": "MONTHLY_FEE", "total": MONEY}],
    "payments": [{"amount": MONEY}],
    "creditNotes": [],
    "asOf": "2026-11-22T04:00:00+00:00",
    "stale": False,
}
HELPER = {
    "id": "H1",
    "maskedNumber": "138****8003",
    "scopes": ["line", "usage"],
    "state": "ACTIVE",
    "until": "2026-12-22T04:00:00+00:00",
}
CONTACT = {"kind": "VISIT", "purpose": "FAULT", "person": "李工", "badge": "1024", "at": "2026-11-22T03:00:00+00:00"}


@dataclass
class Graph:
    """Answers by operation; ``levels`` says what each needs."""

    answers: dict[str, Any]
    levels: dict[str, int] = field(default_factory=lambda: {"BillDetail": 2, "ChangePassword": 2, "EndSessions": 2})
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def run(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> Outcome:
        if operation.name == "ServiceNotices":
            return Outcome(self.answers[operation.name])
        self.asked.append((operation.name, dict(variables)))
        needed = self.levels.get(operation.name, 1)
        if caller.assurance >= needed:
            return Outcome(self.answers[operation.name])
        if operation.text.startswith("mutation"):
            return Outcome({"answer": {"__typename": "StepUpRequired", "code": "step_up_required", "needed": needed}})
        error = GraphError("step_up_required", ("me", "bill"), {"needed": needed, "have": 1})
        return Outcome({"me": {"bill": None}}, (error,))

    async def _never(self) -> AsyncIterator[Outcome]:
        raise AssertionError("the SMS hall subscribes to nothing")
        yield

    def subscribe(self, operation: Operation, variables: Mapping[str, Any], caller: Caller) -> AsyncIterator[Outcome]:
        return self._never()


@dataclass
class Door:
    """Knows one password and one code."""

    wishes: list[CodeWish] = field(default_factory=list)
    evidence: list[StrongEvidence] = field(default_factory=list)
    resets: list[PasswordReset] = field(default_factory=list)
    turned: Turned | None = None
    stranger: bool = False

    async def admit(self, evidence: Evidence, channel: Channel) -> Admitted | Turned:
        return Admitted(Caller(channel) if self.stranger else Caller(channel, "L1", NUMBER, assurance=1))

    async def step_up(self, standing: str | Caller, evidence: StrongEvidence, channel: Channel) -> Admitted | Turned:
        assert isinstance(standing, Caller)
        self.evidence.append(evidence)
        right = evidence.password == PASSWORD if isinstance(evidence, PasswordEvidence) else False
        if isinstance(evidence, CodeEvidence):
            right = (evidence.code, evidence.challenge, evidence.purpose) == (CODE, "a challenge", Purpose.STEP_UP)
        if right and not self.turned:
            return Admitted(replace(standing, assurance=2))
        return self.turned or Turned("wrong_credentials", {"tries_left": 2})

    async def send_code(self, wish: CodeWish) -> CodeSent | Turned:
        self.wishes.append(wish)
        return CodeSent(NOW + timedelta(minutes=5), NOW + timedelta(minutes=1), "a challenge")

    async def reset_password(self, reset: PasswordReset, channel: Channel) -> Turned | None:
        self.resets.append(reset)
        return self.turned

    async def sign_out(self, token: str) -> None:
        raise AssertionError("a text has no session")


@dataclass
class Notebook:
    states: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def load(self, key: str) -> dict[str, Any] | None:
        return self.states.get(key)

    async def save(self, key: str, state: Mapping[str, Any], *, keep_seconds: int) -> None:
        self.states[key] = dict(state)

    async def end(self, key: str) -> None:
        self.states.pop(key, None)


class Scene:
    def __init__(self, **answers: Any) -> None:
        me = {"LatestBill": {"me": {"bills": BILLS}}, "BillDetail": {"me": {"bill": DETAIL}}}
        me["PreparedChanges"] = {"me": {"preparedChanges": []}}
        me["ServiceNotices"] = {"serviceNotices": []}
        self.graph = Graph(me | answers)
        self.door, self.notebook, self.now, self.messages = Door(), Notebook(), NOW, 0
        self.secret = False
        self.hall = SmsHall(
            self.graph,
            self.door,
            self.notebook,
            grammar=load_hall_grammar(),
            wording=Wording({"zh": "一厅", "en": "OneHall"}),
            clock=lambda: self.now,
        )

    async def text(self, words: str) -> str:
        self.messages += 1
        reply = await self.hall.answer(NUMBER, words, message_id=self.messages)
        self.secret = reply.secret
        assert count_parts(reply.text) <= 5
        return reply.text

    def names(self) -> list[str]:
        return [name for name, _ in self.graph.asked]


async def test_a_bill_by_subject_asks_for_a_proof_and_follows_it() -> None:
    scene = Scene()
    assert "请直接回复6位服务密码" in await scene.text("ZDMX")
    said = await scene.text(PASSWORD)
    assert "月租费128.40元" in said
    assert scene.secret, "a password was written: nothing of it may be kept"


async def test_a_code_does_as_well_and_must_be_the_one_for_this_dialogue() -> None:
    scene = Scene()
    await scene.text("ZDMX")
    assert "验证码已发送" in await scene.text("YZM")
    assert scene.door.wishes == [CodeWish(NUMBER, Purpose.STEP_UP, Channel.SMS, f"sms:{NUMBER}")]
    assert "月租费" in await scene.text(CODE)


async def test_a_wrong_proof_says_how_many_tries_are_left_and_may_be_repeated() -> None:
    scene = Scene()
    await scene.text("ZDMX")
    assert "还可再试2次" in await scene.text("111222")
    assert "月租费" in await scene.text(PASSWORD)


async def test_a_lock_ends_the_question() -> None:
    scene = Scene()
    await scene.text("ZDMX")
    scene.door.turned = Turned("locked", {"until": NOW})
    assert "锁定" in await scene.text(PASSWORD)
    scene.door.turned = None
    assert "没有看懂" in await scene.text(PASSWORD), "nothing waits any more"


async def test_another_command_lets_go_of_what_waited() -> None:
    scene = Scene(Contacts={"me": {"contacts": []}})
    await scene.text("ZDMX")
    await scene.text("YZ")
    await scene.text(PASSWORD)
    assert scene.door.evidence == []


async def test_after_five_minutes_nothing_waits() -> None:
    scene = Scene()
    await scene.text("ZDMX")
    scene.now += timedelta(minutes=5)
    await scene.text(PASSWORD)
    assert scene.door.evidence == []


async def test_the_proof_is_good_for_what_asked_for_it_and_no_more() -> None:
    scene = Scene()
    await scene.text("ZDMX")
    await scene.text(PASSWORD)
    assert "请直接回复6位服务密码" in await scene.text("ZDMX")


async def test_no_secret_is_kept_in_the_dialogue() -> None:
    scene = Scene()
    for words in ("ZDMX", "111222", "YZM", CODE, f"BGMM#{PASSWORD}#914725#914726", f"MMCZ#{CODE}#11010119900307#1#2"):
        await scene.text(words)
        kept = repr(scene.notebook.states)
        assert not [secret for secret in (PASSWORD, CODE, "111222", "1101011990") if secret in kept]


async def test_changing_the_password_takes_the_old_one_and_happens_once_a_message() -> None:
    scene = Scene(ChangePassword={"answer": {"__typename": "PasswordChanged", "changedAt": "2026-11-22T04:00:00Z"}})
    assert "服务密码已修改" in await scene.text(f"BGMM#{PASSWORD}#914725#914725")
    assert scene.secret
    expected = {"key": "sms-message-1", "old": PASSWORD, "new": "914725"}
    assert scene.graph.asked == [("ChangePassword", expected)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("BGMM", "BGMM#旧密码#新密码#新密码"),
        (f"BGMM#{PASSWORD}#914725#914726", "不一致"),
        ("BGMM#111222#914725#914725", "还可再试2次"),
    ],
)
async def test_a_password_is_not_changed_by_half_a_wish(words: str, said: str) -> None:
    scene = Scene()
    assert said in await scene.text(words)
    assert scene.graph.asked == []


async def test_a_weak_password_says_why() -> None:
    weak = {"__typename": "WeakPassword", "code": "weak_password", "reason": "run"}
    scene = Scene(ChangePassword={"answer": weak})
    assert "连号" in await scene.text(f"BGMM#{PASSWORD}#123456#123456")


async def test_a_forgotten_password_is_reset_by_code_and_id() -> None:
    scene = Scene()
    assert "MMCZ#验证码#证件号码" in await scene.text("MMCZ")
    assert "已重置" in await scene.text(f"MMCZ#{CODE}#110101199003074258#914725#914725")
    assert scene.secret
    [reset] = scene.door.resets
    assert (reset.evidence.purpose, reset.evidence.challenge) == (Purpose.RESET, "a challenge")
    assert (reset.identity_number, reset.new_password) == ("110101199003074258", "914725")


async def test_a_reset_that_is_refused_does_not_tell_which_part_was_wrong() -> None:
    scene = Scene()
    await scene.text("MMCZ")
    scene.door.turned = Turned("wrong_credentials", {"tries_left": 2})
    assert "验证码或证件号码不正确" in await scene.text(f"MMCZ#{CODE}#1#914725#914725")


async def test_signing_out_everywhere_asks_for_a_proof() -> None:
    scene = Scene(EndSessions={"answer": {"__typename": "SessionsEnded", "count": 3}})
    await scene.text("TX")
    assert "3个登录已全部退出" in await scene.text(PASSWORD)


async def test_what_we_really_said_can_be_asked() -> None:
    scene = Scene(Contacts={"me": {"contacts": [CONTACT]}})
    assert "上门（故障） 李工 工号1024" in await scene.text("YZ")


@pytest.mark.parametrize(("genuine", "said"), [(True, "属实"), (False, "不属实")])
async def test_a_code_that_somebody_named_is_judged(genuine: bool, said: str) -> None:
    known = CONTACT | {"validUntil": "2026-11-22T05:00:00+00:00"}
    scene = Scene(ContactCheck={"contact": {"genuine": genuine, "contact": known if genuine else None}})
    assert f"【核实】{said}" in await scene.text("YZ#12345678")
    assert scene.secret


@pytest.mark.parametrize(("genuine", "said"), [(True, "属实：是我们的工作人员"), (False, "不属实")])
@pytest.mark.parametrize("from_outside", [False, True], ids=["a relative", "no customer"])
async def test_a_code_that_was_named_to_somebody_else_is_judged_by_their_number(
    genuine: bool, said: str, from_outside: bool
) -> None:
    scene = Scene(ContactCheck={"contact": {"genuine": genuine, "contact": None}})
    scene.door.stranger = from_outside
    scene.graph.levels["ContactCheck"] = 0
    assert f"【核实】{said}" in await scene.text("YZ#12345678#13800138005")
    assert scene.graph.asked == [("ContactCheck", {"code": "12345678", "number": "13800138005"})]
    assert scene.secret


async def test_whoever_is_no_customer_is_asked_whom_they_ask_for() -> None:
    scene = Scene()
    scene.door.stranger = True
    assert "YZ#核验码#号码" in await scene.text("YZ#12345678")
    assert scene.graph.asked == []
    assert scene.secret


@pytest.mark.parametrize(("words", "accept", "said"), [("是", True, "已同意"), ("N", False, "已拒绝")])
async def test_one_reply_answers_who_asked_to_help(words: str, accept: bool, said: str) -> None:
    scene = Scene(AnswerHelp={"answer": {"__typename": "Helper", **HELPER}})
    assert said in await scene.text(words)
    assert scene.graph.asked == [("AnswerHelp", {"key": "sms-message-1", "accept": accept})]


async def test_a_yes_to_nothing_says_so() -> None:
    nobody = {"me": {"helpers": [HELPER]}}
    scene = Scene(AnswerHelp={"answer": {"__typename": "NotFound", "code": "not_found"}}, Permissions=nobody)
    assert "没有等待您确认的申请" in await scene.text("是")


async def test_where_several_ask_a_yes_answers_none_of_them_and_the_list_says_how_to_choose() -> None:
    first, second = HELPER | {"state": "ASKED"}, HELPER | {"id": "H2", "maskedNumber": "138****8005", "state": "ASKED"}
    ambiguous = {"answer": {"__typename": "NotFound", "code": "not_found"}}
    scene = Scene(AnswerHelp=ambiguous, Permissions={"me": {"helpers": [first, second]}})
    said = await scene.text("是")
    assert "2 138****8005" in said
    assert "回复 是#序号" in said
    assert "回复 是#序号" in await scene.text("是#3"), "nobody stands in that place"


async def test_one_of_several_who_ask_is_answered_by_its_place_in_the_list() -> None:
    second = HELPER | {"id": "H2", "maskedNumber": "138****8005", "state": "ASKED"}
    scene = Scene(
        AnswerHelp={"answer": {"__typename": "Helper", **second}}, Permissions={"me": {"helpers": [HELPER, second]}}
    )
    assert "已拒绝138****8005" in await scene.text("否#2")
    assert (scene.graph.asked[-1][1]["id"], scene.graph.asked[-1][1]["accept"]) == ("H2", False)


async def test_a_permission_is_ended_by_its_place_in_the_list() -> None:
    second = HELPER | {"id": "H2", "maskedNumber": "138****8005"}
    ended = {"answer": {"__typename": "HelpEnded", "id": "H2"}}
    scene = Scene(Permissions={"me": {"helpers": [HELPER, second]}}, EndPermission=ended)
    assert "2 138****8005" in await scene.text("DB")
    assert "1 138****8003" in await scene.text("QXDB"), "which one? the list again"
    assert "138****8005" in await scene.text("QXDB#2")
    assert scene.graph.asked[-1][1]["id"] == "H2"


@pytest.mark.parametrize("words", ["ZDMX", "BGMM", "MMCZ", "TX", "YZ", "DB", "QXDB", "是", "YZM"])
async def test_english_is_spoken_too(words: str) -> None:
    answers = {
        "EndSessions": {"answer": {"__typename": "SessionsEnded", "count": 3}},
        "Contacts": {"me": {"contacts": [CONTACT]}},
        "Permissions": {"me": {"helpers": [HELPER]}},
        "AnswerHelp": {"answer": {"__typename": "Helper", **HELPER}},
        "EndPermission": {"answer": {"__typename": "HelpEnded", "id": "H1"}},
    }
    scene = Scene(**answers)
    await scene.text("EN")
    assert (await scene.text(words)).endswith("-OneHall")
