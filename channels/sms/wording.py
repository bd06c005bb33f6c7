"""How does the SMS hall word what it says, in two languages?"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, UndefinedError

from channels.last_bill import find_last_bill
from channels.overdue import sum_overdue
from channels.rendering import LANGUAGES, Language, negate, subtract, text_environment, to_local
from channels.sms.segments import count_parts
from graphql_schema.door import Purpose

FOLDER = Path(__file__).parent
NOTHING: Mapping[str, Any] = MappingProxyType({})
SIGNATURES: Mapping[Language, str] = {"zh": "一厅", "en": "OneHall"}
"""Who signs a text (domain page §9), where the operator has not said it."""

SEPARATOR: Mapping[Language, str] = {"zh": "、", "en": ", "}
SCOPE_NAMES: Mapping[str, Mapping[Language, str]] = {
    "line": {"zh": "号码与套餐", "en": "line and packages"},
    "usage": {"zh": "用量", "en": "usage"},
    "money": {"zh": "余额和话费", "en": "balance and charges"},
    "bills": {"zh": "账单明细", "en": "bills by subject"},
}
"""What a helper may see, in words."""


class Wording:
    """The hall's templates, ``<sentence>.<language>.txt``, strict: a fact that is missing is an error, never a hole."""

    def __init__(self, signatures: Mapping[Language, str] = SIGNATURES, *, folder: Path = FOLDER) -> None:
        self._signatures = signatures
        self._environments = {language: _environment(folder, language) for language in LANGUAGES}

    def render(self, sentence: str, language: Language, **facts: Any) -> str:  # noqa: ANN401  facts of the graph
        """The text of one sentence, without blank edges. Raises jinja2.UndefinedError for a missing fact."""
        template = self._environments[language].get_template(f"{sentence}.{language}.txt")
        return template.render(signature=self._signatures[language], **facts).strip()

    def render_error(self, code: str, language: Language, parameters: Mapping[str, Any] = NOTHING) -> str:
        """A refusal or failure in words; a code that nobody has worded yet reads as a system that does not answer."""
        try:
            return self.render("errors", language, code=code, parameters=parameters)
        except UndefinedError:
            return self.render("errors", language, code="unavailable", parameters=NOTHING)


def render_code_text(  # noqa: PLR0913  all that the text may say
    code: str,
    minutes: int,
    language: Language | None,
    *,
    purpose: Purpose = Purpose.SIGN_IN,
    about: str = "",
    signatures: Mapping[Language, str] = SIGNATURES,
) -> str:
    """The text that carries a one-time code and says what it is for; ``minutes`` is how long it is good for.

    ``about`` is what it will authorize: an amount and a payee, or who asks. One part in either language, with a
    signature of the usual length. Without a chosen language it says both, where both fit one part, else Chinese: who
    asks on a page in English has told the page, not us.
    """
    facts = {"code": code, "minutes": minutes, "purpose": purpose.value, "about": about}
    both = _render_code("both", facts, signatures) if language is None else ""
    if both and count_parts(both) == 1:
        return both
    return _render_code(language or "zh", facts, signatures)


def render_notice(
    notice: str,
    language: Language,
    facts: Mapping[str, Any],
    *,
    signatures: Mapping[Language, str] = SIGNATURES,
) -> str:
    """What a line's owner is told of its security (notices/<notice>.<language>.txt). Raises jinja2.UndefinedError for a
    missing fact."""
    template = _environment(FOLDER / "notices", language).get_template(f"{notice}.{language}.txt")
    return template.render(**facts, signature=signatures[language]).strip()


def _render_code(said_in: str, facts: Mapping[str, Any], signatures: Mapping[Language, str]) -> str:
    language: Language = "en" if said_in == "en" else "zh"
    template = _environment(FOLDER, language).get_template(f"one_time_code.{said_in}.txt")
    return template.render(facts, signature=signatures[language]).strip()


def _shorten(name: str, most: int) -> str:
    """A name of the catalogue in so many characters, without what stands in brackets, and cut between words."""
    plain = re.split(r"\s*[(（]", name, maxsplit=1)[0] or name
    if len(plain) <= most:
        return plain
    return plain[:most].rpartition(" ")[0] or plain[:most] if plain.isascii() else plain[:most]


def _sum_money(amounts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Of amounts in one currency, at least one."""
    held = list(amounts)
    return {"amount": str(sum(Decimal(money["amount"]) for money in held)), "currency": held[0]["currency"]}


@cache
def _environment(folder: Path, language: Language) -> Environment:
    environment = text_environment(folder, language)
    environment.filters["business_day"] = lambda instant: to_local(instant).date().isoformat()
    environment.filters["exact"] = Decimal
    environment.filters["scope_names"] = lambda scopes: SEPARATOR[language].join(
        SCOPE_NAMES[scope][language] for scope in scopes
    )
    environment.filters["overdue"] = sum_overdue
    environment.filters["last_bill"] = find_last_bill
    environment.filters["brief"] = _shorten
    environment.filters["minus"] = subtract
    environment.filters["sum_money"] = _sum_money
    environment.filters["negated"] = negate
    environment.filters["whole_minutes"] = lambda duration_seconds: duration_seconds // 60
    environment.tests["positive"] = lambda money: Decimal(money["amount"]) > 0
    return environment
