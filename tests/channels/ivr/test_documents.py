"""Is every document that a caller can reach valid VoiceXML, worded in both languages, and what it was yesterday?"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.ivr.call import Call
from channels.ivr.documents import Documents
from channels.ivr.hall import IvrHall
from channels.ivr.menu import load_menu
from channels.rendering import LANGUAGES, Language
from graphql_schema.client import Caller, Channel, GraphError, Outcome
from tests.channels.ivr.fakes import GIB, LINE, NUMBER, FakeDoorkeeper, FakeGraph, MemoryConversations, bucket, yuan

pytestmark = pytest.mark.anyio
MENU = load_menu()
ANSWERS = [item.answer for item in MENU.items]
QUESTIONS = ["language", "main", "number", "password", "agent", "goodbye", "answering"]
LEADS = [None, *MENU.leads["zh"]]
SYSTEMS = list(MENU.systems["zh"])
CODES = [*MENU.problems["zh"], *(f"{system}_{fault}" for system in SYSTEMS for fault in MENU.faults["zh"]), "new_code"]
KEY = "k" * 32
GOLDENS = Path(__file__).parents[2] / "golden" / "ivr"


def documents(*, agent_address: str | None = "tel:10086") -> Documents:
    return Documents(MENU, path="/ivr", agent_address=agent_address)


def caller(level: int = 2) -> Caller:
    return Caller(Channel.IVR, LINE, NUMBER, level)


async def answer(graph: FakeGraph, call: Call) -> str:
    """The document of an answer's place, over whatever the graph says."""
    hall = IvrHall(graph, FakeDoorkeeper(), MemoryConversations(), menu=MENU, documents=documents())
    return (await hall._document(KEY, call))[1]


def stale(graph: FakeGraph) -> None:
    for fact in ("balance", "account", "currentCharges", "bills", "bill"):
        graph.me[fact]["stale"] = True
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
    graph.me["account"] |= {"state": "PAST_DUE"}
    graph.me["bills"]["edges"][0]["node"] |= {"remaining": yuan("0"), "dueOn": None}


def broken(graph: FakeGraph) -> None:
    graph.broken = {
        "balance": "balance_timeout",
        "account": "account_garbled",
        "currentCharges": "bill_unavailable",
        "buckets": "usage_overloaded",
        "bills": "bill_refused",
        "pace": "usage_overloaded",
    }


def half_broken(graph: FakeGraph) -> None:
    graph.broken = {"balance": "balance_timeout", "pace": "usage_timeout"}


def billless(graph: FakeGraph) -> None:
    graph.broken = {"bill": "bill_not_found"}


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
        broken,
        half_broken,
        billless,
    ),
    *(unreachable, signed_out),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", QUESTIONS)
def test_every_question_is_valid_whatever_went_before(
    place: str, language: Language, judge: Callable[[str], list[str]]
) -> None:
    for lead in LEADS:
        for slow, loud in ((False, False), (True, True)):
            for agent_address in ("tel:10086", None):
                told: dict[str, Any] = {"reason": "asked", "was_at": "main", "tries_left": 1, "lead": lead}
                call = Call(place=place, language=language, slow=slow, loud=loud, **told)
                document = documents(agent_address=agent_address).render_place(KEY, call)
                assert judge(document) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("answered", ANSWERS)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__.strip("<>"))
async def test_every_answer_is_valid_in_every_state(
    answered: str, language: Language, state: Callable[[FakeGraph], None], judge: Callable[[str], list[str]]
) -> None:
    graph = FakeGraph()
    state(graph)
    for slow in (False, True):
        call = Call(place=answered, language=language, caller=caller(), slow=slow, loud=slow, lead="slow")
        document = await answer(graph, call)
        assert judge(document) == []
        assert "None" not in document


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_every_code_has_words(code: str, language: Language, judge: Callable[[str], list[str]]) -> None:
    document = documents().render_problem(KEY, Call(place="balance", language=language, caller=caller()), code)
    assert judge(document) == []
    said = MENU.say_problem(code, language)
    assert said in document
    assert (said == MENU.problems[language]["unknown"]) == (code in ("unknown", "new_code"))
    assert ("，" in said or "。" in said) == (language == "zh") or "," in said or "." in said


def test_both_languages_word_the_same_things() -> None:
    for words in (MENU.sentences, MENU.leads, MENU.problems, MENU.faults, MENU.systems):
        assert words["zh"].keys() == words["en"].keys()
    assert len(MENU.greeting["zh"]) == len(MENU.greeting["en"]) == 3


def test_a_name_from_the_catalogue_can_not_break_out_of_the_document(judge: Callable[[str], list[str]]) -> None:
    outcome = Outcome({"me": {"buckets": [bucket("</s><exit/>", "<exit/>", scope="DEDICATED")], "pace": None}})
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
    ],
)
async def test_a_document_is_what_it_was(place: str, language: Language, *, update_goldens: bool) -> None:
    graph = FakeGraph()
    spoken, _, state = (place, "", "") if place in (*QUESTIONS, *ANSWERS) else place.rpartition("_")
    next((each for each in STATES if each.__name__ == state), STATES[0])(graph)
    call = Call(place=spoken, language=language, caller=caller(), reason="asked", was_at="main")
    rendered = documents().render_place(KEY, call) if spoken in QUESTIONS else await answer(graph, call)
    golden = GOLDENS / f"{place}.{language}.vxml"
    if update_goldens:
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
