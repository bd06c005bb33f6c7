"""How does the SMS hall word what it says, in two languages?"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, UndefinedError

from channels.rendering import LANGUAGES, Language, text_environment, to_local

FOLDER = Path(__file__).parent
SIGNATURES: Mapping[Language, str] = {"zh": "一厅", "en": "OneHall"}
"""Who signs a text (domain page §9), where the operator has not said it."""


class Wording:
    """The hall's templates, ``<sentence>.<language>.txt``, strict: a fact that is missing is an error, never a hole."""

    def __init__(self, signatures: Mapping[Language, str] = SIGNATURES, *, folder: Path = FOLDER) -> None:
        self._signatures = signatures
        self._environments = {language: _environment(folder, language) for language in LANGUAGES}

    def render(self, sentence: str, language: Language, **facts: Any) -> str:  # noqa: ANN401  facts of the graph
        """The text of one sentence, without blank edges. Raises jinja2.UndefinedError for a missing fact."""
        template = self._environments[language].get_template(f"{sentence}.{language}.txt")
        return template.render(signature=self._signatures[language], **facts).strip()

    def render_error(self, code: str, language: Language) -> str:
        """A refusal or failure in words; a code that nobody has worded yet reads as a busy system."""
        try:
            return self.render("errors", language, code=code)
        except UndefinedError:
            return self.render("errors", language, code="unavailable")


def render_code_text(
    code: str, minutes: int, language: Language, *, signatures: Mapping[Language, str] = SIGNATURES
) -> str:
    """The text that carries a one-time code; ``minutes`` is how long it is good for. One part in either language."""
    template = _environment(FOLDER, language).get_template(f"one_time_code.{language}.txt")
    return template.render(code=code, minutes=minutes, signature=signatures[language]).strip()


@cache
def _environment(folder: Path, language: Language) -> Environment:
    environment = text_environment(folder, language)
    environment.filters["business_day"] = lambda instant: to_local(instant).date().isoformat()
    environment.filters["exact"] = Decimal
    environment.tests["positive"] = lambda money: Decimal(money["amount"]) > 0
    return environment
