"""How does a template become a page of the desk?"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from channels.browser.own_form import issue_form_token
from channels.browser.rule_words import say_rule
from channels.browser.span import render_beginning, render_end
from channels.browser.static_files import load_static_files
from channels.browser.wording import HALL, Wording, load_wordings
from channels.desk.visit import Cookies, Visit
from channels.rendering import Language, fact_filters, to_local

WORDS = "desk"
TABS: Mapping[str, frozenset[str]] = {
    "line": frozenset({"CARE"}),
    "contact": frozenset({"CARE", "OPERATIONS"}),
    "promise": frozenset({"CARE", "OPERATIONS"}),
    "members": frozenset({"ENTERPRISE_ADMIN"}),
    "bulk": frozenset({"OPERATIONS", "ENTERPRISE_ADMIN", "AUDITOR"}),
    "rest": frozenset({"OPERATIONS"}),
    "refund": frozenset({"OPERATIONS"}),
    "reconciliation": frozenset({"OPERATIONS", "AUDITOR"}),
    "campaigns": frozenset({"OPERATIONS", "AUDITOR"}),
    "mall": frozenset({"OPERATIONS", "AUDITOR"}),
    "redemption": frozenset({"CARE", "OPERATIONS", "AUDITOR"}),
    "points": frozenset({"OPERATIONS", "AUDITOR"}),
    "trail": frozenset({"AUDITOR"}),
}
"""Which pages to offer to whom; whether they open is the graph's to say."""


@dataclass(frozen=True, slots=True)
class Views:
    """The desk's templates in each language, and its cookies."""

    templates: Mapping[Language, Environment]
    cookies: Cookies

    def render(self, template: str, visit: Visit, *, status: int = 200, **facts: Any) -> Response:  # noqa: ANN401
        """A page that nobody keeps. A visitor gets the secret of their forms with it."""
        language = visit.preferences.language
        text = self.templates[language].get_template(f"desk/{template}").render(
            visit=visit,
            preferences=visit.preferences,
            form_token=issue_form_token(visit.form_secret),
            tabs=[name for name, roles in TABS.items() if visit.role in roles],
            **facts,
        )  # fmt: skip
        headers = {"Cache-Control": "no-store", "Content-Language": _tag(language)}
        response = HTMLResponse(text, status_code=status, headers=headers)
        if visit.token is None and visit.form_secret != visit.request.cookies.get(self.cookies.form):
            self.cookies.keep(response, self.cookies.form, visit.form_secret)
        return response

    def lead_to(self, address: str) -> Response:
        """Sends the browser on to a local address, by a GET."""
        return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})


@cache
def load_views(web_folder: Path, cookies: Cookies, hall_number: str) -> Views:
    """Reads templates, words and the addresses of static files once a process. Raises on a broken one."""
    static = {name: file.address for name, file in load_static_files(web_folder / "static").items()}
    wordings = load_wordings(web_folder / "locales", hall_number, HALL, WORDS)
    folder = web_folder / "templates"
    return Views({language: _environment(folder, words, static) for language, words in wordings.items()}, cookies)


def _environment(folder: Path, wording: Wording, static: Mapping[str, str]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(fact_filters(wording.language))
    environment.filters.update(
        clock=lambda instant: f"{to_local(instant):%H:%M}",
        second=lambda instant: f"{to_local(instant):%Y-%m-%d %H:%M:%S}",
        fours=lambda text: " ".join(text[start : start + 4] for start in range(0, len(text), 4)),
        deed_name=lambda deed: name_deed(deed, wording),
        rule_words=lambda sentence: say_rule(sentence, wording),
        begin_day=lambda instant: render_beginning(instant, wording.language),
        last_day=lambda instant: render_end(instant, wording.language),
        fault_words=lambda code: name_fault(code, wording),
        share_of=lambda part, whole: min(100, int(Decimal(str(part)) * 100 / Decimal(str(whole)))) if whole else 0,
        chance=lambda in_a_billion: f"{(Decimal(in_a_billion) / 10**7).normalize():f}%",
    )
    environment.globals.update(
        t=wording,
        language=wording.language,
        language_tag=_tag(wording.language),
        gap=" " if wording.language == "en" else "",
        static=lambda name: static[name],
        settings_address="/desk/settings",
    )
    for name in environment.list_templates(extensions=("html",)):
        if name.startswith("desk/"):
            environment.get_template(name)  # a syntax error shows now, not to a colleague
    return environment


def name_deed(deed: str, wording: Wording) -> str:
    """A deed of the trail in words, if it has any; else as the trail calls it."""
    known = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in deed)
    key = next((key for key in (f"desk.deed.{known}", f"deed.{known}") if key in wording.keys), None)
    return wording(key) if key else deed


def name_fault(code: str, wording: Wording) -> str:
    """What is wrong with a campaign's document; a code of tomorrow is said as it is."""
    key = f"desk.fault.{code}"
    return wording(key) if key in wording.keys else code


def _tag(language: Language) -> str:
    return "zh-CN" if language == "zh" else "en"
