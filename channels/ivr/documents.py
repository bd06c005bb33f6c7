"""How does a place in the call become a VoiceXML 2.1 document?"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from channels.ivr.call import Call
from channels.ivr.deals import speak_deal, speak_why_not
from channels.ivr.menu import Menu
from channels.ivr.questions import PASSWORD_FIELDS, choices_at, digits_at, questions_at
from channels.ivr.speech import speak_count, speak_digits, speak_instant, speak_masked, speech_filters
from channels.largest_causes import choose_causes
from channels.last_bill import find_last_bill
from channels.overdue import sum_overdue
from channels.rendering import LANGUAGES, Language, mask_number, negate, subtract, to_local
from channels.rewards_at_hand import find_at_hand, find_line_obstacles, find_nearest
from graphql_schema.client import GraphError, Outcome

FOLDER = Path(__file__).parent
TAGS: Mapping[Language, str] = {"zh": "zh-CN", "en": "en-US"}
_FRAMES = ("goodbye", "answering", "change_password")
_TELLS: Mapping[str, str] = {"contact_check": "check", "change": "change", "redeem": "redemption"}
"""Places that tell what a deed of the call found, each with the name of that fact."""
_TRY: Mapping[Language, str] = {"zh": "次", "en": "try"}
_SESSION: Mapping[Language, str] = {"zh": "个", "en": "sign-in"}
_BETWEEN: Mapping[Language, str] = {"zh": "、", "en": ", "}


class Documents:
    """Every document of a call: ``path`` is where our routes stand, ``agent_address`` a ``tel:`` or ``sip:`` one.

    Without an agent's address no key for an agent is named, and who wants one is led on: to the menu, or to a text
    to ``hall_number``.
    """

    def __init__(self, menu: Menu, *, path: str, agent_address: str | None, hall_number: str = "10086") -> None:
        self._menu = menu
        self._path = path
        self._agent_address = agent_address
        self._hall_number = hall_number
        self._environments = {language: _environment(language) for language in LANGUAGES}

    def render_place(self, key: str, call: Call) -> str:
        """A place that asks nothing of the graph, or that tells what a deed of the call found (its facts)."""
        fact = _TELLS.get(call.place)
        if fact is not None:
            return self._render(f"{call.place}.{call.language}.vxml", key, call, **{fact: call.facts[fact]})
        frames = (*_FRAMES, "agent") if self._agent_address else _FRAMES
        frame = call.place if call.place in frames else "ask"
        return self._render(f"frames/{frame}.vxml", key, call, context=_handed_over(call))

    def render_problem(self, key: str, call: Call, error: GraphError) -> str:
        """An answer that could not be had, in words, with the menu that follows an answer."""
        said = self._menu.say_problem(error, call.language)
        return self._render("frames/problem.vxml", key, call, said=said)

    def render_answer(self, key: str, call: Call, outcome: Outcome) -> str:
        """The template of the call's place, over what its operation answered."""

        def problem(field: str) -> str:
            nothing = GraphError("none_yet" if field == "bills" else "unknown")
            return self._menu.say_problem(outcome.error_at("me", field) or nothing, call.language)

        me = (outcome.data or {})["me"]
        why_not = partial(speak_why_not, menu=self._menu, language=call.language)
        return self._render(f"{call.place}.{call.language}.vxml", key, call, me=me, problem=problem, why_not=why_not)

    def _render(self, template: str, key: str, call: Call, **facts: Any) -> str:  # noqa: ANN401  a template's names
        return (
            self._environments[call.language]
            .get_template(template)
            .render(
                menu=self._menu,
                words=self._menu.sentences[call.language],
                names=self._menu.names[call.language],
                tags=TAGS,
                language=call.language,
                call=call,
                key=key,
                path=self._path,
                agent_address=self._agent_address,
                digits=digits_at(call.place),
                choices=choices_at(self._menu, call),
                fields=PASSWORD_FIELDS,
                leads=self._leads(call),
                questions=self._questions(call),
                **facts,
            )
        )

    def _leads(self, call: Call) -> list[dict[str, str]]:
        if call.lead is None:
            return []
        languages = LANGUAGES if call.place == "language" else (call.language,)
        return [_sentence(one, self._say_lead(call, call.lead, one)) for one in languages]

    def _say_lead(self, call: Call, lead: str, language: Language) -> str:
        words = self._menu.leads[language]
        counted = f"{lead}_tries" if call.tries_left is not None and f"{lead}_tries" in words else lead
        return words.get(counted, words["turned"]).format(**self._spoken(call, language))

    def _questions(self, call: Call) -> list[dict[str, str]]:
        if call.place == "language":
            return self._greet(call)
        asked = questions_at(self._menu, call, has_agent=bool(self._agent_address))
        spoken = self._spoken(call, call.language)
        return [_sentence(call.language, said.format(**spoken)) for said in asked]

    def _greet(self, call: Call) -> list[dict[str, str]]:
        """The three parts [deck] when the call is answered, and only the choice of a language after that."""
        first = 0 if call.step == 1 else -1
        return [_sentence(one, part) for one in LANGUAGES for part in self._menu.greeting[one][first:]]

    def _spoken(self, call: Call, language: Language) -> dict[str, str]:
        """The facts of the call that a sentence may name, in words."""
        facts = call.facts
        spoken = {"hall_number": speak_digits(self._hall_number, language)}
        if call.tries_left is not None:
            spoken["tries"] = speak_count(call.tries_left, _TRY[language], language).replace("trys", "tries")
        if "count" in facts:
            spoken["count"] = speak_count(facts["count"], _SESSION[language], language)
        if "helper" in facts:
            spoken["helper"] = speak_masked(facts["helper"], language)
        if "asked" in facts:
            asked, names = facts["asked"], self._menu.names[language]["scope"]
            spoken["asker"] = speak_masked(asked["maskedNumber"], language)
            spoken["scopes"] = _BETWEEN[language].join(names[scope] for scope in asked["scopes"])
            spoken["until"] = speak_instant(asked["until"], language)
        return spoken | speak_deal(facts, self._menu, language)


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(speech_filters(language))
    environment.filters["business_day"] = lambda instant: to_local(instant).date().isoformat()
    environment.filters["exact"] = Decimal
    environment.filters["overdue"] = sum_overdue
    environment.filters["last_bill"] = find_last_bill
    environment.filters["largest"] = choose_causes
    environment.filters["at_hand"] = find_at_hand
    environment.filters["line_obstacles"] = find_line_obstacles
    environment.filters["nearest"] = find_nearest
    environment.filters["mask"] = mask_number
    environment.filters["minus"] = subtract
    environment.filters["negated"] = negate
    environment.tests["positive"] = lambda money: Decimal(money["amount"]) > 0
    return environment


def _sentence(language: Language, said: str) -> dict[str, str]:
    return {"tag": TAGS[language], "said": said}


def _handed_over(call: Call) -> str:
    """What the agent's desk is told with a transfer (application-to-application information): never a secret."""
    told = {
        "reason": call.reason,
        "at": call.was_at,
        "wanted": call.wanted,
        "language": call.language,
        "level": call.level,
        "call": call.call_id or None,
    }
    return ";".join(f"{name}={fact}" for name, fact in told.items() if fact is not None)
