"""How does a place in the call become a VoiceXML 2.1 document?"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from channels.ivr.call import Call
from channels.ivr.menu import Menu
from channels.ivr.speech import speak_count, speak_digits, speech_filters
from channels.ivr.turn import KEYED_NUMBER_DIGITS, PASSWORD_DIGITS
from channels.overdue import sum_overdue
from channels.rendering import LANGUAGES, Language, to_local
from graphql_schema.client import GraphError, Outcome

FOLDER = Path(__file__).parent
TAGS: Mapping[Language, str] = {"zh": "zh-CN", "en": "en-US"}
_DIGITS = {
    "number": f"digits?minlength={KEYED_NUMBER_DIGITS.start};maxlength={KEYED_NUMBER_DIGITS.stop - 1}",
    "password": f"digits?length={PASSWORD_DIGITS}",
}


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
        """A place that asks nothing of the graph."""
        frames = ("agent", "goodbye", "answering") if self._agent_address else ("goodbye", "answering")
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
        return self._render(f"{call.place}.{call.language}.vxml", key, call, me=me, problem=problem)

    def _render(self, template: str, key: str, call: Call, **facts: Any) -> str:  # noqa: ANN401  a template's names
        return (
            self._environments[call.language]
            .get_template(template)
            .render(
                menu=self._menu,
                words=self._menu.sentences[call.language],
                tags=TAGS,
                language=call.language,
                call=call,
                key=key,
                path=self._path,
                agent_address=self._agent_address,
                digits=_DIGITS.get(call.place),
                choices=choices_at(self._menu, call.place),
                leads=self._leads(call),
                questions=self._questions(call),
                **facts,
            )
        )

    def _leads(self, call: Call) -> list[dict[str, str]]:
        if call.lead is None:
            return []
        languages = LANGUAGES if call.place == "language" else (call.language,)
        return [_sentence(one, _say_lead(self._menu, call, call.lead, one)) for one in languages]

    def _questions(self, call: Call) -> list[dict[str, str]]:
        if call.place == "language":
            return self._greet(call)
        asked = questions_at(self._menu, call, has_agent=bool(self._agent_address))
        hall_number = speak_digits(self._hall_number, call.language)
        return [_sentence(call.language, said.format(hall_number=hall_number)) for said in asked]

    def _greet(self, call: Call) -> list[dict[str, str]]:
        """The three parts [deck] when the call is answered, and only the choice of a language after that."""
        first = 0 if call.step == 1 else -1
        return [_sentence(one, part) for one in LANGUAGES for part in self._menu.greeting[one][first:]]


def choices_at(menu: Menu, place: str) -> tuple[str, ...]:
    """The single keys that are heard at a place."""
    keys = menu.keys
    if place in _DIGITS:
        return (keys.back,)
    if place == "language":
        return (*menu.languages, keys.agent, keys.end)
    own = tuple(item.key for item in menu.items) if place == "main" else (keys.again,)
    return (*own, keys.slower, keys.louder, keys.agent, keys.back, keys.end)


def questions_at(menu: Menu, call: Call, *, has_agent: bool) -> list[str]:
    """What a place asks, in the language of the call, sentence by sentence."""
    words = menu.sentences[call.language]
    agent = [words["agent_key"]] if has_agent else []
    if call.place in _DIGITS:
        return [words[f"ask_{call.place}"]]
    voice = [words["normal_speed" if call.slow else "slower"], words["normal_volume" if call.loud else "louder"]]
    if call.place == "main":
        items = [item.words[call.language] for item in menu.items]
        return [words["main_intro"], *items, *voice, *agent, words["back_to_language"], words["end_key"]]
    if call.place == "agent":
        return [words["no_agent"], words["text_hall"], words["back_to_main"], words["end_key"]]
    return [words["again"], *voice, words["back_to_main"], *agent, words["end_key"]]


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
    environment.tests["positive"] = lambda money: Decimal(money["amount"]) > 0
    return environment


def _sentence(language: Language, said: str) -> dict[str, str]:
    return {"tag": TAGS[language], "said": said}


def _say_lead(menu: Menu, call: Call, lead: str, language: Language) -> str:
    words = menu.leads[language]
    if lead in ("wrong_credentials", "wrong_password") and call.tries_left is not None:
        measure: Mapping[Language, str] = {"zh": "次", "en": "try"}
        tries = speak_count(call.tries_left, measure[language], language).replace("trys", "tries")
        return words[f"{lead}_tries"].format(tries=tries)
    return words.get(lead, words["turned"])


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
