"""Is every document that a caller can reach valid VoiceXML, worded in both languages, and what it was yesterday?"""

import copy
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.ivr.asking import ANSWERS as ASKED
from channels.ivr.call import Call
from channels.ivr.documents import Documents
from channels.ivr.hall import IvrHall
from channels.ivr.menu import load_menu
from channels.ivr.questions import questions_at
from channels.rendering import LANGUAGES, Language
from graphql_schema.client import Caller, Channel, GraphError, Outcome
from graphql_schema.scopes import HELPER_SCOPES
from graphql_schema.types.bill import SubjectCode
from graphql_schema.types.bill_difference import CauseKind
from graphql_schema.types.change import ChangeAction, ChangeChargeKind, LossKind, ObstacleCode
from graphql_schema.types.contact import ContactKind, ContactPurpose
from graphql_schema.types.order import HoldingSystem, NextStep, OrderState
from graphql_schema.types.reward import RedemptionObstacleCode, RedemptionState
from tests.channels.ivr.fakes import (
    AS_OF,
    COFFEE,
    CONTACT,
    CREDIT,
    GIB,
    GIFT,
    LINE,
    NUMBER,
    PACK,
    PREVIEW,
    FakeDoorkeeper,
    FakeGraph,
    MemoryConversations,
    against,
    bucket,
    cause,
    helper,
    reward,
    subscribed,
    yuan,
)

pytestmark = pytest.mark.anyio
MENU = load_menu()
ANSWERS = sorted(ASKED)
QUESTIONS = [
    *("language", "main", "number", "password", "agent", "goodbye", "answering"),
    *("safety", "code", "send_code", "contact_code", "end_sessions", "change_password", "forgotten", "help_asked"),
    *("text_offer", "services", "card", "drop_number"),
]
REQUEST = {"maskedNumber": "138****8002", "scopes": ["bills", "line"], "until": AS_OF}
UPGRADE = {"zh": "系统升级", "en": "an upgrade"}
RESTS = [
    {"areas": ["all"], "reason": UPGRADE, "begins": None, "until": AS_OF},
    {"areas": ["change", "voucher"], "reason": UPGRADE, "begins": AS_OF, "until": None},
]
FACTS = {
    "count": 2,
    "helper": "138****8002",
    "asked": REQUEST,
    "amount": yuan("50"),
    "tries_left": 3,
    "rests": RESTS,
    "order": {"name": PACK, "startsOn": "2026-12-01", "failure": {"zh": "资源不足", "en": "no resources"}}
    | {"nextStep": "RETRY"},
    "obstacles": [{"code": code.name, "offering": PACK, "until": None} for code in ObstacleCode],
    "why_not": [against(code.name, missing=320, most=2, until=AS_OF) for code in RedemptionObstacleCode],
}
REDEMPTIONS: dict[str, dict[str, Any]] = {
    "plain": {"item": CREDIT, "points": 2680, "pointsLeft": 1680, "usableFrom": AS_OF, "usableUntil": None},
    "few_left": {"item": COFFEE, "points": 2680, "pointsLeft": 1180, "usableFrom": AS_OF, "usableUntil": "2027-02-28"},
    "given": {"item": GIFT, "points": 100, "pointsLeft": 0, "usableFrom": None, "usableUntil": None},
    "long_terms": {"item": CREDIT | {"terms": {"zh": "条款" * 40, "en": "Terms " * 40}}, "points": 2680}
    | {"pointsLeft": 1680, "usableFrom": AS_OF, "usableUntil": None},
}
CHANGES = {
    "drop": PREVIEW,
    **{action.value: PREVIEW | {"action": action.name} for action in ChangeAction},
    "dear": PREVIEW
    | {
        "action": "CHANGE_PLAN",
        "price": yuan("79"),
        "repeats": True,
        "contractUntil": "2028-11-30",
        "charges": [
            {"kind": kind.name, "name": PACK, "amount": yuan("-8" if kind is ChangeChargeKind.REFUND else "8")}
            for kind in ChangeChargeKind
        ],
        "losses": [
            {"kind": kind.name, "name": PACK, "left": 3 * GIB if kind is LossKind.ROLLED_OVER else None}
            | {"amount": yuan("10") if kind is LossKind.DISCOUNT else None}
            for kind in LossKind
        ],
        "takesAway": [PACK],
        "monthlyAfter": yuan("85.60"),
        "terms": {"zh": "不可降档", "en": "No cheaper plan"},
    },
    "alike": PREVIEW | {"action": "SWITCH_ON", "monthlyAfter": PREVIEW["monthlyBefore"]},
}
CHECKS = {
    "genuine": {"genuine": True, "contact": CONTACT},
    "message": {"genuine": True, "contact": {**CONTACT, "kind": "MESSAGE", "person": "", "validUntil": None}},
    "of_another": {"genuine": True, "contact": None},
    "false": {"genuine": False, "contact": None},
}
LEADS = [None, *MENU.leads["zh"]]
SYSTEMS = list(MENU.systems["zh"])
CODES = [*MENU.problems["zh"], *(f"{system}_{fault}" for system in SYSTEMS for fault in MENU.faults["zh"]), "new_code"]
PAID_FOR = ["balance", "charges", "last_bill", "bill_subjects", "bill_difference", "charge_brake"]
KEY = "k" * 32
GOLDENS = Path(__file__).parents[2] / "golden" / "ivr"


def documents(*, agent_address: str | None = "tel:10086") -> Documents:
    return Documents(MENU, path="/ivr", agent_address=agent_address)


def caller(level: int = 2) -> Caller:
    return Caller(Channel.IVR, LINE, NUMBER, level)


async def answer(graph: FakeGraph, call: Call) -> str:
    """The document of an answer's place, over whatever the graph says."""
    hall = IvrHall(graph, FakeDoorkeeper(), MemoryConversations(), menu=MENU, documents=documents())
    return (await hall._document(KEY, replace(call, texting=True)))[1]


def stale(graph: FakeGraph) -> None:
    for fact in ("balance", "account", "currentCharges", "bills", "bill"):
        graph.me[fact]["stale"] = True
    graph.me["points"]["stale"] = True
    for each in graph.me["buckets"]:
        each["stale"] = True


def half_stale(graph: FakeGraph) -> None:
    graph.me["account"] |= {"stale": True, "asOf": "2026-11-20T00:32:00+00:00"}


def prepaid(graph: FakeGraph) -> None:
    graph.me["account"] |= {"kind": "PREPAID", "owed": yuan("0"), "dueOn": None}
    graph.me["balance"]["subBalances"] = []
    graph.me["bills"]["edges"] = []


def unpaid(graph: FakeGraph) -> None:
    graph.me["bills"]["edges"][0]["node"] |= {"remaining": yuan("96.05")}
    graph.me["buckets"] = [bucket("国内通用流量", "National data", used=20 * GIB, remaining=0)]


def throttled(graph: FakeGraph) -> None:
    none = {"total": None, "remaining": None, "used": 41 * GIB, "throttleAfter": 40 * GIB, "throttled": True}
    graph.me["buckets"] = [bucket("不限量", "Unlimited", **none)]


def shared(graph: FakeGraph) -> None:
    graph.me["buckets"] = [bucket("家庭共享", "Family data", shared=True, usedByLine=3 * GIB)]


def nothing(graph: FakeGraph) -> None:
    graph.me["buckets"] = []
    graph.me["pace"] = None


def overdue(graph: FakeGraph) -> None:
    graph.me["account"] |= {"state": "PAST_DUE", "dueOn": "2026-11-20"}
    graph.me["bills"]["edges"][0]["node"] |= {"dueOn": "2026-11-20"}


def partly_overdue(graph: FakeGraph) -> None:
    """The last bill is in time, the one before it is not."""
    late = copy.deepcopy(graph.me["bills"]["edges"][0])
    late["node"] |= {"dueOn": "2026-11-01", "remaining": yuan("113.37")}
    graph.me["account"] |= {"state": "PAST_DUE", "owed": yuan("199.42"), "dueOn": "2026-11-01"}
    graph.me["bills"]["edges"].append(late)


def settled(graph: FakeGraph) -> None:
    graph.me["bills"]["edges"][0]["node"] |= {"remaining": yuan("0"), "dueOn": None}


def paid_by_family(graph: FakeGraph) -> None:
    refuse(graph, "FAMILY")


def paid_by_organization(graph: FakeGraph) -> None:
    refuse(graph, "ORGANIZATION")


def refuse(graph: FakeGraph, payer: str) -> None:
    fields = ("balance", "account", "currentCharges", "bills", "bill", "billDifference", "chargeBrake")
    graph.broken = dict.fromkeys(fields, "paid_by_other")
    graph.parameters = {"payer": payer}


def broken(graph: FakeGraph) -> None:
    graph.broken = {
        "balance": "balance_timeout",
        "account": "account_garbled",
        "currentCharges": "bill_unavailable",
        "buckets": "usage_overloaded",
        "outOfBucket": "usage_overloaded",
        "chargeForecast": "usage_overloaded",
        "chargeBrake": "line_timeout",
        "line": "line_timeout",
        "bills": "bill_refused",
        "pace": "usage_overloaded",
        "helpers": "line_timeout",
        "orders": "order_timeout",
        "subscribed": "line_timeout",
        "contacts": "deadline_exceeded",
        "points": "customer_timeout",
        "rewardItems": "deadline_exceeded",
        "redemptions": "deadline_exceeded",
    }


def half_broken(graph: FakeGraph) -> None:
    graph.broken = {"balance": "balance_timeout", "pace": "usage_timeout"}


def barred(graph: FakeGraph) -> None:
    graph.me["line"]["state"] = "OUTGOING_BARRED"


def suspended(graph: FakeGraph) -> None:
    graph.me["line"]["state"] = "SUSPENDED"


def braked(graph: FakeGraph) -> None:
    graph.me["chargeBrake"] |= {"paused": ["OUT_OF_BUCKET", "ROAMING", "THIRD_PARTY"], "pausedSince": AS_OF}


def half_braked(graph: FakeGraph) -> None:
    graph.me["chargeBrake"] |= {"paused": ["ROAMING", "THIRD_PARTY"], "spent": yuan("0.00")}


def unread(graph: FakeGraph) -> None:
    """What the pausable charges cost can't be had: that must keep nobody from pausing them."""
    graph.me["chargeBrake"] |= {"spent": None}


def given(graph: FakeGraph) -> None:
    """A gift, and use beyond the plan."""
    graph.me["buckets"] = [bucket("赠送流量", "Gift data", origin="GIFT")]
    graph.me["outOfBucket"] = {"total": yuan("12.40")}


def foreseen(graph: FakeGraph) -> None:
    """The month is over: it costs what it costs."""
    graph.me["chargeForecast"] = dict.fromkeys(("least", "expected", "most"), yuan("43.20"))


def cheaper(graph: FakeGraph) -> None:
    """Less than the one before, for causes of every kind, some of another line."""
    kinds = [kind.name for kind in CauseKind]
    causes = [
        cause(kind, "-5.00", maskedNumber="138****8002", firstDay="2026-10-03", lastDay="2026-10-03") for kind in kinds
    ]
    amounts = {"this": yuan("30.00"), "that": yuan("100.00"), "difference": yuan("-70.00")}
    graph.me["billDifference"] |= {**amounts, "subjects": [{"code": "DATA", "causes": causes}]}


def alike(graph: FakeGraph) -> None:
    amounts = {"this": yuan("60.00"), "that": yuan("60.00"), "difference": yuan("0.00")}
    graph.me["billDifference"] |= {**amounts, "subjects": []}


def credited(graph: FakeGraph) -> None:
    """A credit note is the newest document of the account."""
    note = copy.deepcopy(graph.me["bills"]["edges"][0])
    note["node"] |= {"id": "B2", "category": "CREDIT_NOTE", "total": yuan("-8.00"), "remaining": yuan("0.00")}
    graph.me["bills"]["edges"].insert(0, note)
    graph.me["bill"]["creditNotes"] = [{"total": yuan("-8.00")}]


def helped(graph: FakeGraph) -> None:
    graph.me["helpers"] = [helper(), helper("138****8003", "ASKED", scopes=["bills", "line", "money", "usage"])]


def crowded(graph: FakeGraph) -> None:
    """More of them than there are keys."""
    graph.me["helpers"] = [helper(f"138****800{number}") for number in range(9)]


def unordered(graph: FakeGraph) -> None:
    graph.me["orders"], graph.me["subscribed"] = [], []


def stuck(graph: FakeGraph) -> None:
    """Orders that went wrong, and more that is subscribed than there are keys, among it what stays."""
    wrong = {"failure": {"zh": "资源不足", "en": "no resources"}, "nextStep": "VISIT", "milestones": []}
    graph.me["orders"] = [{**graph.me["orders"][0], **wrong, "state": state.name} for state in OrderState]
    graph.me["subscribed"] = subscribed(9)


def granted(graph: FakeGraph) -> None:
    """Money of more than one kind, in the order in which it is spent."""
    gift = {"kind": "GRANTED", "remaining": yuan("30"), "validUntil": "2026-12-31", "releases": []}
    graph.me["balance"]["subBalances"].insert(0, {**gift, "usableFor": ["MONTHLY_FEE", "DATA"]})


def uncontacted(graph: FakeGraph) -> None:
    graph.me["contacts"] = []


def billless(graph: FakeGraph) -> None:
    graph.broken = {"bill": "bill_not_found"}


def penniless(graph: FakeGraph) -> None:
    """Nothing to spend, something held and owed, and nothing redeemed yet."""
    graph.me["points"] |= {"available": 0, "held": 800, "owed": 35, "expiring": []}
    graph.me["redemptions"] = []


def elsewhere(graph: FakeGraph) -> None:
    """Points live on the operator's own platform."""
    graph.me["points"]["redeemable"] = False
    for item in graph.me["rewardItems"]:
        item["obstacles"] = [against("POINTS_ELSEWHERE"), against("OUT_OF_STOCK")]


def wealthy(graph: FakeGraph) -> None:
    """More to choose from than there are keys, and something under way that takes long."""
    graph.me["rewardItems"] = [reward(f"C{n}", f"奖品{n}", f"Reward {n}", n, left=1) for n in range(1, 10)]
    graph.me["redemptions"][0] |= {"state": "WORKING", "late": True, "kind": "DONATION"}


def posted(graph: FakeGraph) -> None:
    """Nothing but what is sent."""
    graph.me["rewardItems"] = [each for each in graph.me["rewardItems"] if each["kind"] == "GOODS"]


def unreachable(graph: FakeGraph) -> None:
    graph.outcome = Outcome(None, (GraphError("deadline_exceeded"),))


def signed_out(graph: FakeGraph) -> None:
    graph.outcome = Outcome({"me": None}, (GraphError("sign_in_required", ("me",)),))


STATES: list[Callable[[FakeGraph], None]] = [
    *(
        lambda graph: None,
        stale,
        half_stale,
        prepaid,
        unpaid,
        throttled,
        shared,
        nothing,
        overdue,
        partly_overdue,
        settled,
        paid_by_family,
        paid_by_organization,
        broken,
        half_broken,
        billless,
        helped,
        crowded,
        uncontacted,
    ),
    *(unordered, stuck, granted),
    *(penniless, elsewhere, wealthy, posted),
    *(barred, suspended, braked, half_braked, unread, given, foreseen, cheaper, alike, credited),
    *(unreachable, signed_out),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", QUESTIONS)
def test_every_question_is_valid_whatever_went_before(
    place: str, language: Language, judge: Callable[[str], list[str]]
) -> None:
    for lead in LEADS if place in ("language", "main") else LEADS[:3]:
        for slow, loud in ((False, False), (True, True)) if lead in LEADS[:3] else ((False, False),):
            for agent_address, ways in (("tel:10086", ("PASSWORD", "CODE")), (None, ())):
                told: dict[str, Any] = {"reason": "asked", "was_at": "main", "tries_left": 1, "lead": lead}
                call = Call(place=place, language=language, slow=slow, loud=loud, ways=ways, facts=FACTS, **told)
                document = documents(agent_address=agent_address).render_place(KEY, call)
                assert judge(document) == []
                assert "{" not in document
                if lead:
                    sentences = [MENU.leads[language].get(name, "") for name in (lead, f"{lead}_tries")]
                    begins = tuple(said.partition("{")[0] for said in sentences if said)
                    assert (
                        place in ("goodbye", "answering") or place == "agent" or any(one in document for one in begins)
                    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("check", CHECKS)
def test_what_a_check_found_is_valid_and_as_it_was(
    check: str, language: Language, judge: Callable[[str], list[str]], *, update_goldens: bool
) -> None:
    call = Call(place="contact_check", language=language, facts={"check": CHECKS[check]})
    document = documents().render_place(KEY, call)
    assert judge(document) == []
    assert_golden(document, f"contact_check_{check}.{language}.vxml", update=update_goldens)


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_the_graph_may_name_has_words(language: Language) -> None:
    names = MENU.names[language]
    assert names["kind"].keys() == {kind.name for kind in ContactKind}
    assert names["purpose"].keys() == {purpose.name for purpose in ContactPurpose}
    assert names["scope"].keys() == HELPER_SCOPES
    assert names["subject"].keys() == {code.name for code in SubjectCode}
    assert names["action"].keys() == {action.name for action in ChangeAction}
    assert names["charge"].keys() == {kind.name for kind in ChangeChargeKind}
    assert names["obstacle"].keys() == {code.name for code in ObstacleCode}
    assert names["order_state"].keys() == {state.name for state in OrderState}
    assert names["system"].keys() == {system.name for system in HoldingSystem}
    assert names["reward_obstacle"].keys() == {code.name for code in RedemptionObstacleCode}
    assert names["redemption_state"].keys() == {state.name for state in RedemptionState}
    assert names["next_step"].keys() == {step.name for step in NextStep}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("change", CHANGES)
def test_what_would_be_ordered_is_valid_and_as_it_was(
    change: str, language: Language, judge: Callable[[str], list[str]], *, update_goldens: bool
) -> None:
    call = Call(place="change", language=language, caller=caller(), chosen="C1", facts={"change": CHANGES[change]})
    document = documents().render_place(KEY, call)
    assert judge(document) == []
    assert MENU.sentences[language]["ask_change"] in document
    assert_golden(document, f"change_{change}.{language}.vxml", update=update_goldens)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("redemption", REDEMPTIONS)
def test_what_would_be_redeemed_is_valid_and_as_it_was(
    redemption: str, language: Language, judge: Callable[[str], list[str]], *, update_goldens: bool
) -> None:
    told = {"redemption": REDEMPTIONS[redemption]}
    call = Call(place="redeem", language=language, caller=caller(), chosen="HF10#1000", facts=told)
    document = documents().render_place(KEY, call)
    assert judge(document) == []
    assert MENU.sentences[language]["ask_redeem"] in document
    assert_golden(document, f"redeem_{redemption}.{language}.vxml", update=update_goldens)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_question_for_a_password_offers_a_code_only_where_one_would_do(language: Language) -> None:
    instead = MENU.sentences[language]["code_instead"]
    both = documents().render_place(KEY, Call(place="password", language=language, ways=("PASSWORD", "CODE")))
    alone = documents().render_place(KEY, Call(place="password", language=language, ways=("PASSWORD",)))
    assert instead in both
    assert "<item>1</item>" in both
    assert instead not in alone
    assert "<item>1</item>" not in alone


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("answered", ANSWERS)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__.strip("<>"))
async def test_every_answer_is_valid_in_every_state(
    answered: str, language: Language, state: Callable[[FakeGraph], None], judge: Callable[[str], list[str]]
) -> None:
    graph = FakeGraph()
    state(graph)
    for slow in (False, True) if state is STATES[0] else (False,):
        call = Call(place=answered, language=language, caller=caller(), slow=slow, loud=slow, lead="slow")
        document = await answer(graph, call)
        assert judge(document) == []
        assert "None" not in document


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_every_code_has_words(code: str, language: Language, judge: Callable[[str], list[str]]) -> None:
    error = GraphError(code)
    document = documents().render_problem(KEY, Call(place="balance", language=language, caller=caller()), error)
    assert judge(document) == []
    said = MENU.say_problem(error, language)
    assert said in document
    assert (said == MENU.problems[language]["unknown"]) == (code in ("unknown", "new_code"))
    assert ("，" in said or "。" in said) == (language == "zh") or "," in said or "." in said


def test_both_languages_word_the_same_things() -> None:
    for words in (MENU.sentences, MENU.leads, MENU.problems, MENU.faults, MENU.systems):
        assert words["zh"].keys() == words["en"].keys()
    for kind, names in MENU.names["zh"].items():
        assert names.keys() == MENU.names["en"][kind].keys()
    assert len(MENU.greeting["zh"]) == len(MENU.greeting["en"]) == 3


def test_a_name_from_the_catalogue_can_not_break_out_of_the_document(judge: Callable[[str], list[str]]) -> None:
    outcome = Outcome(
        {"me": {"buckets": [bucket("</s><exit/>", "<exit/>", scope="DEDICATED")], "pace": None, "outOfBucket": None}}
    )
    document = documents().render_answer(KEY, Call(place="data_left", caller=caller()), outcome)
    assert "&lt;/s&gt;&lt;exit/&gt;" in document
    assert judge(document) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "place",
    [
        *QUESTIONS,
        *ANSWERS,
        "balance_stale",
        "data_left_throttled",
        "data_left_shared",
        "data_left_unpaid",
        "last_bill_broken",
        "last_bill_unpaid",
        "last_bill_overdue",
        "last_bill_partly_overdue",
        "last_bill_settled",
        "balance_overdue",
        "balance_partly_overdue",
        *(f"{answer}_paid_by_{payer}" for answer in PAID_FOR for payer in ("family", "organization")),
        "agent_missing",
        *("balance_barred", "balance_suspended", "charges_barred", "charges_foreseen", "last_bill_barred"),
        *("charge_brake_braked", "charge_brake_half_braked", "charge_brake_broken", "data_left_given"),
        *("bill_difference_cheaper", "bill_difference_alike", "last_bill_credited", "bill_subjects_credited"),
        *("orders_stuck", "orders_unordered", "subscribed_stuck", "subscribed_unordered", "balance_granted"),
        *("points_stale", "points_penniless", "points_elsewhere", "points_broken", "redemptions_wealthy"),
        *("rewards_penniless", "rewards_elsewhere", "rewards_wealthy", "rewards_posted", "redemptions_penniless"),
        *("password_offering", "helpers_helped", "helpers_crowded", "contacts_uncontacted", "contacts_broken"),
    ],
)
async def test_a_document_is_what_it_was(place: str, language: Language, *, update_goldens: bool) -> None:
    graph = FakeGraph()
    spoken = max((each for each in (*QUESTIONS, *ANSWERS) if place.startswith(each)), key=len)
    state = place.removeprefix(f"{spoken}_")
    next((each for each in STATES if each.__name__ == state), STATES[0])(graph)
    call = Call(place=spoken, language=language, caller=caller(), reason="asked", was_at="main", facts=FACTS)
    call = replace(call, ways=("PASSWORD", "CODE") if state == "offering" else ())
    asked = documents(agent_address=None if state == "missing" else "tel:10086")
    rendered = asked.render_place(KEY, call) if spoken in QUESTIONS else await answer(graph, call)
    assert_golden(rendered, f"{place}.{language}.vxml", update=update_goldens)


def assert_golden(rendered: str, name: str, *, update: bool) -> None:
    golden = GOLDENS / name
    if update:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(rendered, encoding="utf-8")
    assert rendered == golden.read_text(encoding="utf-8"), "look at the difference; UPDATE_GOLDENS=1 accepts it"


@pytest.mark.parametrize(
    ("language", "fresh", "old"),
    [
        ("zh", "以上数据截至十一月二十一日", "以上是十一月二十日八点三十二分的结果"),
        ("en", "as of November twenty-first", "was so as of November twentieth"),
    ],
)
async def test_an_old_account_beside_a_fresh_balance_says_so(language: Language, fresh: str, old: str) -> None:
    graph = FakeGraph()
    half_stale(graph)
    document = await answer(graph, Call(place="balance", language=language, caller=caller()))
    assert document.index(fresh) < document.index(old)
    half_stale(whole := FakeGraph())
    whole.me["balance"] |= {"stale": True, "asOf": whole.me["account"]["asOf"]}
    document = await answer(whole, Call(place="balance", language=language, caller=caller()))
    assert document.count(old) == 1, "one moment is said once"


def test_the_greeting_has_three_parts_and_comes_once() -> None:
    first = documents().render_place(KEY, Call())
    again = documents().render_place(KEY, replace(Call(), step=2))
    assert all(part in first for part in MENU.greeting["zh"])
    assert MENU.greeting["zh"][0] not in again
    assert MENU.greeting["zh"][2] in again


def test_without_an_agent_no_key_for_one_is_named_and_who_wants_one_is_led_on() -> None:
    alone = documents(agent_address=None)
    for place in ("main", "balance"):
        assert MENU.sentences["zh"]["agent_key"] not in "".join(questions_at(MENU, Call(place=place), has_agent=False))
    said = alone.render_place(KEY, Call(place="agent", language="en"))
    assert "no agent line is connected here" in said
    assert "text your question to one zero zero eight six" in said
    assert MENU.sentences["en"]["back_to_main"] in said
    assert "<exit/>" not in said.replace(MENU.sentences["en"]["unreachable"] + "</s></prompt><exit/>", "")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_subjects_are_named_as_on_the_web(language: Language) -> None:
    catalogue = Path(__file__).parents[3] / "web" / "locales" / language / "LC_MESSAGES" / "hall.po"
    pairs = re.findall(r'^msgid "subject\.([A-Z_]+)"\nmsgstr "(.+)"$', catalogue.read_text("utf-8"), re.MULTILINE)
    assert {code for code, _ in pairs} == {code.name for code in SubjectCode}
    graph = FakeGraph()
    graph.me["bill"]["subjects"] = [{"code": code, "total": yuan("1.00")} for code, _ in pairs]
    document = await answer(graph, Call(place="bill_subjects", language=language, caller=caller()))
    colon, one_yuan = ("", "一元") if language == "zh" else (": ", "one yuan")
    for _, name in pairs:
        assert f"<s>{name}{colon}{one_yuan}" in document
